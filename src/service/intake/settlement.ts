import type { Settlement } from '../register/changes.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { headersOf, type JudgedMail, type Outcome, senderAddressOf } from './judged-mail.ts';
import { receiptTies } from './prefetch.ts';

/** What is kept of a mail once it is decided on. */
export function settlementOf(mail: JudgedMail, { exchangeId, note, decision }: Outcome): Settlement {
  const { kept, inspection, opened } = mail;
  return {
    kept,
    inspection: decision === undefined ? inspection : { ...inspection, decision },
    subject: headersOf(mail).subject,
    sender: senderAddressOf(mail),
    messageId: opened.headers.messageId,
    exchangeId,
    receipt: receiptTies(inspection),
    note,
  };
}

/** Acceptances go first: the other receipts of a page are judged by them. */
export const acceptancesFirst = (mails: readonly JudgedMail[]): readonly JudgedMail[] => {
  const isAcceptance = ({ inspection: { kind, pec } }: JudgedMail): boolean =>
    kind === 'pec-receipt' && pec?.type === ACCEPTANCE;
  return [...mails.filter(isAcceptance), ...mails.filter((mail) => !isAcceptance(mail))];
};

const ACCEPTANCE = 'accettazione';

/**
 * Puts the settlements of a page into the unit of work. Mails of earlier pages that matched nothing are settled again if
 * this page brought what they speak of: a receipt may arrive before its message is known, an annulment may overtake its
 * message or the confirmation whose number it names.
 */
export async function collectPage(
  settled: readonly { readonly settlement: Settlement }[],
  tx: OfficeTransaction,
  work: UnitOfWork,
): Promise<void> {
  for (const { settlement } of settled) work.settle(settlement);
  const matched = settled.map(({ settlement }) => settlement).filter(({ exchangeId }) => exchangeId !== null);
  const ties = matched.flatMap(({ receipt }) => receipt ?? []);
  const accepted = matched.flatMap(({ inspection: { pec }, exchangeId, receipt }) =>
    pec?.type === ACCEPTANCE && exchangeId !== null && receipt?.identifier != null
      ? { exchangeId, identifier: receipt.identifier }
      : [],
  );
  if (ties.length > 0) await tx.mails.adoptReceipts(ties, accepted);
  const senders = matched.flatMap(({ inspection: { kind }, sender }) =>
    sender !== null && (kind === 'confirmation' || kind === 'protocol-message') ? sender.toLowerCase() : [],
  );
  if (senders.length > 0) await tx.mails.adoptAnnulments([...new Set(senders)], work.at);
}
