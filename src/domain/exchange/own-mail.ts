/** What the fate of one mail of ours means for its exchange: of the message, of an answer, of a notice. */
import type { ReceiptNews, UnknownNews } from '../delivery/receipt.ts';
import type { Purpose } from './event-types.ts';
import type { Exchange } from './exchange.ts';
import type { IncomingEvent } from './incoming.ts';
import { type OutgoingState, outgoing } from './outgoing.ts';
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

/**
 * A receipt that counted turns out not to be about this mail: what it alone had led to is taken back. `rest`: what the other
 * receipts say of the mail, whose acceptance is there.
 */
export function withdrawnTransition(
  exchange: Exchange,
  purpose: Purpose,
  forged: MailFate,
  rest: readonly MailFate[],
): AnyStep {
  const stays: AnyStep = { next: exchange.state, effects: [] };
  const isFailure = forged.type === 'refusal' || forged.type === 'non-delivery';
  if (!isFailure && forged.type !== 'delivery') return stays;
  if (exchange.direction === 'outgoing') {
    if (purpose !== 'message' || exchange.state !== (isFailure ? 'failed' : 'delivered')) return stays;
    return { next: rest.reduce<OutgoingState>((state, fate) => outgoing(state, fate).next, 'accepted'), effects: [] };
  }
  const answer = ownAnswer(purpose);
  if (answer === null) return stays;
  const given = answer === 'confirmation' ? 'confirmed' : 'refused';
  // A person is at work on an answer that failed: it is theirs only while it is the one that is owed.
  const isOwed = (answer === 'confirmation') === (exchange.registered !== null);
  if (exchange.state !== (isFailure ? 'unanswered' : given) || (isFailure && !isOwed)) return stays;
  const proven = rest.map((fate) => transition({ ...exchange, state: given }, answerEvent(answer, fate)));
  if (proven.some(({ next }) => next === 'unanswered')) return { ...stays, next: 'unanswered' };
  return { next: given, effects: [], awaits: proven.some(({ awaits }) => awaits === 'done') ? 'done' : 'anew' };
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
