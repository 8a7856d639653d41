import type { EntryVersion } from '../../domain/index/model.ts';
import type { Correspondent } from '../../model/segnatura.ts';
import type { SenderIndex } from './check-senders.ts';
import type { Judged } from './judged-mail.ts';

/**
 * Who sent a certified message without a segnatura, where the index knows its address: what the register shows is then
 * more than an address, and a confirmation can be read there. One look-up for all of them.
 */
export async function identifySenders(mails: readonly Judged[], { entries }: SenderIndex): Promise<readonly Judged[]> {
  const addresses = [...new Set(mails.flatMap((mail) => plainSenderOf(mail) ?? []))];
  if (addresses.length === 0) return mails;
  const owners = await entries.byAddresses(addresses, null);
  return mails.map((mail) => {
    const address = plainSenderOf(mail);
    const owner = address && owners.find(({ mails: borne }) => borne.some((one) => one.address === address));
    return owner ? { ...mail, knownSender: correspondentOf(owner, address) } : mail;
  });
}

const plainSenderOf = ({ judged }: Judged): string | null =>
  judged.inspection.kind === 'plain-pec' ? (judged.opened.pec?.sender?.toLowerCase() ?? null) : null;

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
