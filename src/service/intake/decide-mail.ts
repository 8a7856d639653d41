/** What becomes of one judged mail: one function a kind of mail. */
import type { IncomingExchange } from '../../domain/exchange/exchange.ts';
import { transition } from '../../domain/exchange/transition.ts';
import { problem } from '../../kernel/problems.ts';
import { applyTransition } from '../register/apply-transition.ts';
import type { Office } from '../register/office.ts';
import type { UnitOfWork } from '../register/unit-of-work.ts';
import { correlateAnnulment } from './correlate-annulment.ts';
import { correlateAnswer } from './correlate-answer.ts';
import { correlateReceipt } from './correlate-receipt.ts';
import type { JudgedMail, Outcome } from './judged-mail.ts';
import type { Prefetched } from './prefetch.ts';
import { receiveMessage } from './receive-message.ts';

export async function decideMail(
  office: Office,
  mail: JudgedMail,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Outcome> {
  const opened = work.exchange(prefetched.openedBefore.get(mail.kept.mailId) ?? '');
  // A receipt that only belongs to the exchange is judged again because the acceptance of its mail has come.
  const isReceipt = mail.inspection.kind === 'pec-receipt' && opened?.mailId !== mail.kept.mailId;
  return opened?.direction === 'incoming' && !isReceipt
    ? decideAgain(office, mail, opened, work, prefetched)
    : decideByKind(office, mail, work, prefetched);
}

async function decideByKind(
  office: Office,
  mail: JudgedMail,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Outcome> {
  const seen = prefetched.seenBefore.get(mail.kept.mailId);
  if (seen !== undefined) return seenBefore(seen.exchangeId);
  switch (mail.inspection.kind) {
    case 'protocol-message':
    case 'plain-pec':
    case 'anomaly':
    case 'ordinary-mail':
    case 'unreadable':
      return receiveMessage(office, mail, work, prefetched);
    case 'confirmation':
    case 'update':
    case 'exception':
      if (isForOthers(mail)) return answerForOthers(mail, work);
      return correlateAnswer(office, mail, work, prefetched);
    case 'annulment':
      if (isForOthers(mail)) return answerForOthers(mail, work);
      return correlateAnnulment(office, mail, work);
    case 'pec-receipt':
      return correlateReceipt(office, mail, work, prefetched);
  }
}

const isForOthers = ({ inspection }: JudgedMail): boolean =>
  inspection.problems.some(({ code }) => code === 'envelope-for-others');

function answerForOthers({ inspection, kept }: JudgedMail, work: UnitOfWork): Outcome {
  const code = 'envelope-for-others';
  const detail = inspection.pec?.recipients.map(({ address }) => address).join(', ') ?? '';
  const { message } = problem(code, '', detail.slice(0, 200));
  work.show({ code, detail: message, exchangeId: null, mailId: kept.mailId });
  return { exchangeId: null, note: message, decision: { action: 'operator', reasons: [message], codes: [code] } };
}

/**
 * A mail that waits for a person is judged again, for example under a certificate that was missing. If it is what it was,
 * it goes on waiting. If it is something else, the new decision replaces the old exchange, unless a person has decided
 * meanwhile.
 */
async function decideAgain(
  office: Office,
  mail: JudgedMail,
  opened: IncomingExchange,
  work: UnitOfWork,
  prefetched: Prefetched,
): Promise<Outcome> {
  const { exchangeId } = opened;
  if (opened.state !== 'operator') return seenBefore(exchangeId);
  const outcome = await decideByKind(office, mail, work, prefetched);
  if (outcome.exchangeId === exchangeId) return { exchangeId, note: null };
  const { mailId } = mail.kept;
  const data = { by: 'interpro', reason: problem('mail-judged-anew').message };
  const event = { type: 'closed', once: `judged anew ${mailId}`, mailId, data } as const;
  applyTransition(office, work, opened, transition(opened, { type: 'close' }), event);
  work.audit('closed', exchangeId, data);
  return outcome;
}

function seenBefore(exchangeId: string | null): Outcome {
  const { message, code } = problem('mail-seen-before');
  return { exchangeId, note: null, decision: { action: 'ignore', reasons: [message], codes: [code] } };
}
