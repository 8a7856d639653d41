/**
 * What a PEC receipt says about a mail of ours (RFC 6109; types in `postacert/@tipo`). The list is open: an unknown type
 * says nothing about the delivery and is shown to a person.
 */
import type { PecReport } from '../../model/pec.ts';

export type ReceiptNews =
  | { readonly type: 'taken-in-charge' | 'delivery' }
  /** `certified` false: the recipient has ordinary mail, so that no evidence of delivery will ever follow. */
  | { readonly type: 'acceptance'; readonly certified: boolean }
  | { readonly type: 'refusal' | 'notice'; readonly reason: string }
  /** `mailboxFull`: the address is right, and its mailbox has no room left. */
  | { readonly type: 'non-delivery'; readonly reason: string; readonly mailboxFull?: true }
  | UnknownNews;
export type UnknownNews = { readonly type: 'unknown'; readonly reason: string };

/** `recipient`: whom our mail went to. */
export function newsOf(pec: PecReport, recipient: string): ReceiptNews {
  const reason = [pec.type, pec.error === 'nessuno' ? null : pec.error, pec.errorDetail].filter(Boolean).join(': ');
  switch (pec.type) {
    case 'accettazione':
      return { type: 'acceptance', certified: !isOrdinary(pec, recipient) };
    case 'presa-in-carico':
      return { type: 'taken-in-charge' };
    case 'avvenuta-consegna':
      return { type: 'delivery' };
    case 'non-accettazione':
      return { type: 'refusal', reason };
    case 'errore-consegna':
    case 'rilevazione-virus':
      return { type: 'non-delivery', reason, ...(isFull(pec) && { mailboxFull: true }) };
    case 'preavviso-errore-consegna':
      // The notices after 12 and 24 hours look alike; only 5.4.1 is final.
      return { type: pec.errorDetail?.trimStart().startsWith('5.4.1') ? 'non-delivery' : 'notice', reason };
    default:
      return { type: 'unknown', reason };
  }
}

/** X.2.2 (RFC 3463), or the words of providers that write no code. */
const FULL =
  /(?<![\d.])[45]\.2\.2(?!\d|\.\d)|over ?quota|quota (?:exceeded|superata)|mailbox (?:is )?full|casella\b.{0,60}\bpiena|spazio\b.{0,40}\b(?:esaurito|insufficiente)/i;
const isFull = ({ errorDetail }: PecReport): boolean => FULL.test(errorDetail?.slice(0, 2_000) ?? '');

const isOrdinary = ({ recipients }: PecReport, recipient: string): boolean =>
  recipients.some(({ address, certified }) => !certified && address.toLowerCase() === recipient.toLowerCase());
