import type { EntryVersion } from '../../domain/index/model.ts';
import type { Correspondent } from '../../model/segnatura.ts';
import type { SenderIndex } from './check-senders.ts';
import type { JudgedMail } from './judged-mail.ts';

/**
 * Who sent a certified message without segnatura, where the index knows its address: the register then shows more than an
 * address, and the sender's system may read a confirmation. One look-up for the whole page.
 */
export async function identifySenders(
  mails: readonly JudgedMail[],
  { entries }: SenderIndex,
): Promise<readonly JudgedMail[]> {
  const addresses = [...new Set(mails.flatMap((mail) => plainSenderOf(mail) ?? []))];
  if (addresses.length === 0) return mails;
  const owners = await entries.byAddresses(addresses, null);
  return mails.map((mail) => {
    const address = plainSenderOf(mail);
    const owner = address && owners.find(({ mails: borne }) => borne.some((one) => one.address === address));
    return owner ? { ...mail, knownSender: correspondentOf(owner, address) } : mail;
  });
}

const plainSenderOf = ({ inspection, opened }: JudgedMail): string | null =>
  inspection.kind === 'plain-pec' ? (opened.pec?.sender?.toLowerCase() ?? null) : null;

const correspondentOf = (entry: EntryVersion, address: string): Correspondent => ({
  kind: 'administration',
  name: entry.bodyName ?? entry.name,
  administration: entry.body,
  aoo: entry.kind === 'aoo' ? entry.code : null,
  aooName: entry.kind === 'aoo' ? entry.name : null,
  office: entry.kind === 'office' ? entry.name : null,
  address,
  taxCode: entry.taxCode,
});
