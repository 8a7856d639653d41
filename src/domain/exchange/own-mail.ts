/** What the fate of one mail of ours means for its exchange: of the message, of an answer, of a notice. */
import type { ReceiptNews, UnknownNews } from '../delivery/receipt.ts';
import type { Purpose } from './event-types.ts';
import type { Exchange } from './exchange.ts';
import type { IncomingEvent } from './incoming.ts';
import type { OwnAnswer } from './step.ts';
import { type AnyStep, transition } from './transition.ts';

/** Handed over or given up by our outbox, or told by a PEC receipt. */
export type MailFate =
  | { readonly type: 'sent' }
  | { readonly type: 'given-up'; readonly reason: string }
  | Exclude<ReceiptNews, UnknownNews>;

/** Which of our answers a mail of this purpose is; null: none. */
export function ownAnswer(purpose: Purpose): OwnAnswer | null {
  switch (purpose) {
    case 'confirmation':
    case 'receipt':
      return 'confirmation';
    case 'exception':
      return 'exception';
    case 'message':
    case 'update':
    case 'annulment':
      return null;
  }
}

export function mailTransition(exchange: Exchange, purpose: Purpose, fate: MailFate): AnyStep {
  if (exchange.direction === 'outgoing' && purpose === 'message') return transition(exchange, fate);
  const answer = ownAnswer(purpose);
  if (exchange.direction === 'incoming' && answer !== null) return transition(exchange, answerEvent(answer, fate));
  // An update or annulment of ours: only its failure matters, and to a person.
  const failed = fate.type === 'given-up' || fate.type === 'refusal' || fate.type === 'non-delivery';
  return failed
    ? transition(exchange, { type: 'notice-failed', reason: fate.reason })
    : { next: exchange.state, effects: [] };
}

function answerEvent(answer: OwnAnswer, fate: MailFate): IncomingEvent {
  switch (fate.type) {
    case 'sent':
      return { type: 'answer-sent', answer };
    case 'given-up':
      return { type: 'answer-given-up', answer, reason: fate.reason };
    case 'delivery':
      return { type: 'answer-delivered', answer };
    case 'refusal':
      return { type: 'answer-not-delivered', answer, reason: fate.reason };
    case 'non-delivery':
      return { ...fate, type: 'answer-not-delivered', answer };
    case 'acceptance':
      // To an ordinary mailbox nothing further will come.
      return { type: fate.certified ? 'answer-accepted' : 'answer-delivered', answer };
    case 'taken-in-charge':
    case 'notice':
      return { type: 'answer-accepted', answer };
  }
}
