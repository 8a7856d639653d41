import type { AddressOwner } from '../../domain/exchange/address-owner.ts';
import type { EntryVersion } from '../../domain/index/model.ts';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import { sameText } from '../../kernel/same-text.ts';
import type { Target } from '../index/ports.ts';
import type { SenderIndex } from './check-senders.ts';
import { type JudgedMail, protocolMessageOf } from './judged-mail.ts';

/**
 * Whose the addresses are that a decision depends on: the certified sender of an answer or annulment, and the address at
 * which a segnatura asks for its answer where that is not the certified one. Asked once for the whole page.
 */
export async function findOwners(
  mails: readonly JudgedMail[],
  { entries, layer }: SenderIndex,
  clock: Clock,
): Promise<readonly JudgedMail[]> {
  const asked = new Map(mails.map((mail) => [mail, addressesOf(mail)]));
  const addresses = [...new Set([...asked.values()].flat())];
  if (addresses.length === 0) return mails;
  const today = legalTime(clock.now()).date;
  const [bearers, ...layered] = await Promise.all([
    entries.byAddresses(addresses, null),
    ...addresses.map(async (address) => ({ address, targets: await layer.targetsWith('mailbox', address, today) })),
  ]);
  const bodies = [...new Set([...bearers, ...layered.flatMap(({ targets }) => targets)].map(({ body }) => body))];
  const aoos = bodies.length === 0 ? [] : await entries.ofBodies('aoo', bodies, null);
  const owners = addresses.flatMap((address) => [
    ...bearers.flatMap((entry) => (bears(entry, address) ? ownerOf(entry, address, aoos) : [])),
    ...layered
      .filter((one) => one.address === address)
      .flatMap(({ targets }) => targets.map((target) => targetOwner(target, address, aoos))),
  ]);
  return mails.map((mail) => {
    const own = asked.get(mail) ?? [];
    return own.length === 0 ? mail : { ...mail, owners: owners.filter(({ address }) => own.includes(address)) };
  });
}

const RETURNS: ReadonlySet<string> = new Set(['confirmation', 'update', 'exception', 'annulment']);

function addressesOf(mail: JudgedMail): readonly MailAddress[] {
  const certified = mailAddress(mail.opened.pec?.sender ?? '');
  if (certified === null) return [];
  if (RETURNS.has(mail.inspection.kind)) return [certified];
  const replyTo = mailAddress(protocolMessageOf(mail)?.replyTo ?? '');
  return replyTo === null || replyTo === certified ? [] : [certified, replyTo];
}

type Entry = Pick<EntryVersion, 'kind' | 'body' | 'code' | 'uniCode' | 'mails'>;

const bears = ({ mails }: Entry, address: MailAddress): boolean =>
  mails.some((borne) => borne.kind !== 'other' && borne.address === address);

const codesOf = (aoo: Entry): readonly string[] => [aoo.code, ...(aoo.uniCode === null ? [] : [aoo.uniCode])];

/** An office is its AOO's, where it says whose; else its body's. */
function ownerOf(entry: Entry, address: MailAddress, aoos: readonly Entry[]): AddressOwner {
  const { kind, body, uniCode } = entry;
  if (kind === 'aoo') return { address, body, aoo: codesOf(entry) };
  if (kind !== 'office' || uniCode === null) return { address, body, aoo: null };
  const its = aoos.find((aoo) => sameText(aoo.body, body) && sameText(aoo.uniCode, uniCode));
  return { address, body, aoo: its === undefined ? [uniCode] : codesOf(its) };
}

function targetOwner({ body, aoo }: Target, address: MailAddress, aoos: readonly Entry[]): AddressOwner {
  if (aoo === '') return { address, body, aoo: null };
  const its = aoos.find((one) => sameText(one.body, body) && codesOf(one).some((code) => sameText(code, aoo)));
  return { address, body, aoo: its === undefined ? [aoo] : codesOf(its) };
}
