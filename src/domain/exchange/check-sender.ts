/**
 * Checks the sender's codes and certified address against what the index knows of its body. Anybody can write the codes of
 * another council, nobody can fake the certified address: where it is none of the sender's, a person decides. The rest is
 * only flagged, since the index may be out of date. A body that the index does not know is not remarked on.
 */

import { italianDay } from '../../kernel/clock.ts';
import type { MailAddress } from '../../kernel/ids.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import { COMMUNICATION, type ProtocolMessage } from '../../model/segnatura.ts';
import type { EntryVersion, LayerRow } from '../index/model.ts';

/** A public body as it names itself in the registration; null for everybody else. */
export function senderCodes({ sender, identifier }: ProtocolMessage): SenderCodes | null {
  if (sender.kind !== 'administration' || sender.administration === null) return null;
  if (identifier.administration === COMMUNICATION || sender.administration === COMMUNICATION) return null;
  return { body: identifier.administration, aoo: identifier.aoo };
}

export interface SenderCodes {
  readonly body: string;
  readonly aoo: string;
}

type Entry = Pick<EntryVersion, 'kind' | 'body' | 'code' | 'uniCode' | 'name' | 'validTo' | 'mails'> & {
  /** The day on which the index saw its body end. */
  readonly bodyEnded?: string | null;
};

/** What the index knows of the sender's body. */
export interface KnownSender {
  readonly current: readonly Entry[];
  readonly ceased: readonly Entry[];
  /** Bodies, AOOs, offices and listed addresses that have the certified address. */
  readonly owners: readonly Entry[];
  /** What the regional layer says of the body and the AOO today. */
  readonly layer: readonly LayerRow[];
}

export const isAoo = (entry: Entry, { body, aoo }: SenderCodes): boolean =>
  entry.kind === 'aoo' && sameText(entry.body, body) && (sameText(entry.code, aoo) || sameText(entry.uniCode, aoo));

/** `day`: when the mail was sent, `yyyy-mm-dd`. */
export function checkSender(
  codes: SenderCodes,
  certified: MailAddress | null,
  day: string,
  known: KnownSender,
): readonly Problem[] {
  const { current, ceased, layer } = known;
  if (current.length === 0 && ceased.length === 0) return [];
  const own = current.find((entry) => isAoo(entry, codes));
  const gone = ceased.find((entry) => isAoo(entry, codes));
  const ended = firstEnd(own ?? gone, layer);
  const named = `${codes.body}/${codes.aoo}`.slice(0, 100);
  const found: Problem[] = [];
  if (own === undefined && gone === undefined) found.push(problem('sender-unknown', '', named));
  else if (typeof ended === 'string' && ended <= day)
    found.push(problem('sender-ceased', '', `${named}, dal ${italianDay(ended)}`));
  if (certified !== null && !isTheirs(certified, codes, own ?? gone, known))
    found.push(problem('sender-address-not-in-index', '', `${certified}, ${named}`));
  return found;
}

/** Its own address, its offices' or its body's; of an AOO that has ceased also its last one; of an unknown one, any of its body. */
function isTheirs(certified: MailAddress, codes: SenderCodes, own: Entry | undefined, known: KnownSender): boolean {
  const { owners, layer } = known;
  const isOwner = (owner: Entry): boolean =>
    sameText(owner.body, codes.body) &&
    (own === undefined ||
      owner.kind === 'body' ||
      owner.kind === 'pec' ||
      isAoo(owner, codes) ||
      (owner.kind === 'office' && (owner.uniCode === null || sameText(owner.uniCode, own.uniCode ?? ''))));
  return (
    owners.some(isOwner) ||
    own?.mails.some(({ address }) => address === certified) === true ||
    layer.some(({ field, value }) => field === 'mailbox' && sameText(String(value), certified))
  );
}

/** An AOO ends by itself or with its body, whichever was first; for each the layer counts before the index. */
function firstEnd(entry: Entry | undefined, layer: readonly LayerRow[]): string | null {
  if (entry === undefined) return null;
  const said = (ofBody: boolean, indexed: string | null): string | null => {
    const last = layer.findLast(({ field, aoo }) => field === 'ceased' && (aoo === '') === ofBody)?.value;
    return typeof last === 'string' ? last : indexed;
  };
  const ends = [said(false, entry.validTo), said(true, entry.bodyEnded ?? null)].filter((day) => day !== null);
  return ends.toSorted()[0] ?? null;
}
