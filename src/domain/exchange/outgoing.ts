/**
 * The life of an outgoing message towards one recipient, from our registration to the recipient's answer.
 *
 *   queued ──handed to SMTP──► sent ──accettazione──► accepted ──consegna──► delivered ──┬─ ConfermaRicezione ──► confirmed
 *                                                                                        └─ NotificaEccezione ──► excepted
 *   queued ──given up──► failed          sent ──non accettazione──► failed       accepted ──mancata consegna──► failed
 *   any ── the recipient annuls its registration ──► annulled
 *
 * Receipts arrive in any order, twice, or before we have recorded our own sending, so a state only moves forward: an
 * earlier receipt is recorded as an event and leaves the state where it is. An answer of the recipient proves delivery,
 * whatever the receipts said. A confirmation and an exception for the same message contradict each other: the later one
 * is shown to a person and the state follows it.
 */
import { problem } from '../../kernel/problems.ts';

export type OutgoingState =
  | 'queued'
  | 'sent'
  | 'accepted'
  | 'delivered'
  | 'failed'
  | 'confirmed'
  | 'excepted'
  | 'annulled';

export type OutgoingEvent =
  | { readonly type: 'sent' | 'acceptance' | 'taken-in-charge' | 'delivery' | 'confirmation' | 'update' }
  | {
      readonly type: 'given-up' | 'refusal' | 'non-delivery' | 'notice' | 'exception' | 'annulment';
      readonly reason: string;
    };

export interface OutgoingStep {
  readonly next: OutgoingState;
  readonly effects: readonly { readonly type: 'show'; readonly reason: string }[];
}

const RANK: Record<OutgoingState, number> = {
  queued: 0,
  sent: 1,
  accepted: 2,
  delivered: 3,
  failed: 3,
  confirmed: 4,
  excepted: 4,
  annulled: 5,
};

export function outgoing(state: OutgoingState, event: OutgoingEvent): OutgoingStep {
  switch (event.type) {
    case 'sent':
      return forward(state, 'sent');
    case 'acceptance':
      return forward(state, 'accepted');
    case 'taken-in-charge':
      return { next: state, effects: [] };
    case 'delivery':
      // A delivery may still follow the notice of the first twelve hours, or a failure that was not final.
      return state === 'failed' ? { next: 'delivered', effects: [] } : forward(state, 'delivered');
    case 'notice':
      return { next: state, effects: [{ type: 'show', reason: event.reason }] };
    case 'given-up':
    case 'refusal':
    case 'non-delivery':
      return RANK[state] < RANK.failed
        ? { next: 'failed', effects: [{ type: 'show', reason: event.reason }] }
        : { next: state, effects: [{ type: 'show', reason: event.reason }] };
    case 'confirmation':
      if (state === 'excepted')
        return { next: 'confirmed', effects: [{ type: 'show', reason: problem('answer-contradicts').message }] };
      return forward(state, 'confirmed');
    case 'update':
      return forward(state, 'confirmed');
    case 'exception':
      return state === 'annulled'
        ? { next: state, effects: [{ type: 'show', reason: event.reason }] }
        : { next: 'excepted', effects: [{ type: 'show', reason: event.reason }] };
    case 'annulment':
      return { next: 'annulled', effects: [{ type: 'show', reason: event.reason }] };
  }
}

const forward = (state: OutgoingState, next: OutgoingState): OutgoingStep => ({
  next: RANK[next] > RANK[state] ? next : state,
  effects: [],
});
