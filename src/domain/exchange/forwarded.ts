import { legalTime } from '../../kernel/clock.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import type { ProtocolMessage } from '../../model/segnatura.ts';
import type { Arrival } from './checks.ts';

const DAY = 24 * 60 * 60 * 1000;
/** A message leaves within days of its registration; what is older was hardly written for this mail. */
const FRESH = 31 * DAY;

/**
 * People forward what they got, with the segnatura of somebody else in it. Taken for theirs, it would register their mail as
 * that body's and send that body's exceptions to them. Where the certified sender is not named in it, and it is for another
 * office, old or damaged, a person decides. `found`: what the checks of the message said.
 */
export function checkForwarded(
  { identifier }: ProtocolMessage,
  { envelope }: Arrival,
  found: readonly Problem[],
  repaired: boolean,
): Problem | null {
  const says = (code: Problem['code']) => found.some((each) => each.code === code);
  if (envelope === null || !says('sender-address-differs')) return null;
  const elsewhere = says('recipient-wrong') || says('recipient-other-aoo');
  const sent = envelope.certifiedAt;
  const isOld = sent !== null && identifier.date < legalTime(new Date(sent.getTime() - FRESH)).date;
  if (!elsewhere && !isOld && !repaired) return null;
  const { administration, aoo, number, date } = identifier;
  const whose = `${administration}/${aoo} n. ${number.slice(0, 30)} del ${date}`.slice(0, 120);
  return problem('segnatura-forwarded', '', `è di ${whose}, mentre scrive ${envelope.sender ?? 'un altro mittente'}`);
}
