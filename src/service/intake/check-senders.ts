import {
  checkSender,
  isAoo,
  type KnownSender,
  type SenderCodes,
  senderCodes,
} from '../../domain/exchange/check-sender.ts';
import { decide } from '../../domain/exchange/decide.ts';
import type { Policy } from '../../domain/exchange/problem-policy.ts';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { type MailAddress, mailAddress } from '../../kernel/ids.ts';
import type { Problem } from '../../kernel/problems.ts';
import { sameText } from '../../kernel/same-text.ts';
import { distinctTargets } from '../index/look-up.ts';
import type { HeldEntry, IndexEntries, IndexLayer } from '../index/ports.ts';
import type { JudgedMail } from './judged-mail.ts';
import { ownSealByIndex } from './own-seal-by-index.ts';

export interface SenderIndex {
  readonly entries: Pick<IndexEntries, 'byKeys' | 'ofBodies' | 'byAddresses' | 'ceasedOfBodies'>;
  readonly layer: Pick<IndexLayer, 'effective' | 'targetsWith'>;
}

interface Sender {
  readonly codes: SenderCodes;
  readonly address: MailAddress | null;
  readonly day: string;
}

/**
 * Judges the senders of a page against the index: a handful of look-ups for all of them, whatever their number, more
 * only where the layer has something to say or an AOO is not found.
 */
export async function checkSenders(
  mails: readonly JudgedMail[],
  policy: Policy,
  { entries, layer }: SenderIndex,
  clock: Clock,
): Promise<readonly JudgedMail[]> {
  const today = legalTime(clock.now()).date;
  const senders = new Map(mails.flatMap((mail) => senderOf(mail, today)));
  if (senders.size === 0) return mails;
  const all = [...senders.values()];
  const bodies = [...new Set(all.map(({ codes }) => codes.body.toLowerCase()))];
  const addresses = [...new Set(all.flatMap(({ address }) => address ?? []))];
  const [known, aoos, owners] = await Promise.all([
    entries.byKeys(['body'], bodies, null),
    entries.ofBodies('aoo', bodies, null),
    addresses.length === 0 ? [] : entries.byAddresses(addresses, null),
  ]);
  const current = Map.groupBy([...known, ...aoos], ({ body }) => body.toLowerCase());
  const missing = all.filter(({ codes }) => !aoos.some((entry) => isAoo(entry, codes)));
  const ceased =
    missing.length === 0 || current.size === 0
      ? []
      : await entries.ceasedOfBodies([...new Set(missing.map(({ codes }) => codes.body))]);
  const isMeant = (entry: HeldEntry): boolean => all.some(({ codes }) => isAoo(entry, codes));
  const layered = [...aoos, ...ceased].filter((entry) => entry.layered && isMeant(entry));
  const rows = layered.length === 0 ? [] : await layer.effective(distinctTargets(layered), today);
  const gone = Map.groupBy(ceased, ({ body }) => body.toLowerCase());
  return mails.map((mail) => {
    const sender = senders.get(mail);
    if (sender === undefined) return mail;
    const body = sender.codes.body.toLowerCase();
    const own = layered.filter((entry) => isAoo(entry, sender.codes));
    const targets = new Set(distinctTargets(own).map((target) => `${target.body}/${target.aoo}`));
    const of: KnownSender = {
      current: current.get(body) ?? [],
      ceased: gone.get(body) ?? [],
      owners: owners.filter(({ mails: borne }) => borne.some(({ address }) => address === sender.address)),
      layer: rows.filter((row) => targets.has(`${row.body}/${row.aoo}`)),
    };
    const judged = ownSealByIndex(
      mail,
      known.find((entry) => sameText(entry.body, body)),
    );
    return withProblems(judged, checkSender(sender.codes, sender.address, sender.day, of), policy, judged !== mail);
  });
}

function senderOf(mail: JudgedMail, today: string): [JudgedMail, Sender][] {
  const { inspection, reading, opened } = mail;
  const message = reading?.message;
  if (inspection.kind !== 'protocol-message' || message?.kind !== 'protocol-message') return [];
  const codes = senderCodes(message);
  if (codes === null) return [];
  const sent = new Date(opened.pec?.certifiedAt ?? Number.NaN);
  const day = Number.isNaN(sent.getTime()) ? today : legalTime(sent).date;
  return [[mail, { codes, address: mailAddress(opened.pec?.sender ?? ''), day }]];
}

/** The mail with what was found after it had been judged, and decided on anew. */
export function withProblems(
  mail: JudgedMail,
  found: readonly Problem[],
  policy: Policy,
  isChanged = false,
): JudgedMail {
  const { inspection } = mail;
  if ((found.length === 0 && !isChanged) || inspection.segnatura === null) return mail;
  const problems = [...inspection.segnatura.problems, ...found];
  const segnatura = { ...inspection.segnatura, problems };
  const decision = decide(inspection.kind, [...inspection.problems, ...problems], policy);
  return { ...mail, inspection: { ...inspection, segnatura, decision } };
}
