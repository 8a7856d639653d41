import { sameText } from '../../kernel/same-text.ts';
import type { PecReport } from '../../model/pec.ts';
import { addresseeOf, type Office } from '../register/office.ts';
import type { OwnMail } from '../register/office-transaction.ts';

/**
 * Why a receipt that names our Message-ID is about a mail of somebody else; null: it is about ours. Whoever got our mail knows
 * its Message-ID and can submit a mail of his own under it: his receipts are signed as well as ours. But his provider
 * certifies him as `mittente` (it refuses a mail whose From is not the account's own, DM 2 November 2005), so that a receipt
 * of ours names an address of ours there, and the recipient of that mail.
 */
export function foreignReason(pec: PecReport, { from, recipient }: OwnMail, office: Office): string | null {
  const own = [from, office.smtp.user, ...addresseeOf(office).addresses];
  if (!own.some((address) => sameText(address, pec.sender)))
    return `il mittente certificato è ${pec.sender ?? 'assente'}, che non è un indirizzo di questo ufficio`;
  // `consegna` tells of one recipient, and is looked at by itself. An acceptance names them all.
  const isOfAll = pec.deliveredTo === null || pec.type === 'accettazione';
  return isOfAll && !pec.recipients.some(({ address }) => sameText(address, recipient))
    ? `fra i destinatari certificati non c'è ${recipient}`
    : null;
}
