/**
 * The life of an outgoing message towards one recipient, from our registration to the recipient's answer.
 *
 * | state       | means                                                | waits for, at most                 |
 * | ----------- | ---------------------------------------------------- | ---------------------------------- |
 * | queued      | registered, to be handed to the provider             | accettazione (one hour)            |
 * | sent        | handed over                                          | accettazione (one hour)            |
 * | accepted    | accettazione                                         | consegna (24 hours)                |
 * | unevidenced | accettazione, and the recipient has ordinary mail    | nothing: no evidence will follow   |
 * | delivered   | consegna                                             | the confirmation asked for (3 days) |
 * | replaced    | failed, and sent to another address instead          | nothing                            |
 * | confirmed   | ConfermaRicezione: the recipient's number is known   | nothing                            |
 * | excepted    | NotificaEccezione                                    | a person's follow-up               |
 * | failed      | given up, non accettazione, mancata consegna         | a person: send again or withdraw   |
 * | annulled    | the recipient annulled its registration              | nothing; a person is told          |
 * | withdrawn   | we annulled ours                                     | nothing                            |
 *
 *   queued ──handed to SMTP──► sent ──accettazione──► accepted ──consegna──► delivered ──┬─ ConfermaRicezione ──► confirmed
 *                                                        └─ ordinary mail ──► unevidenced └─ NotificaEccezione ──► excepted
 *   queued ──given up──► failed          sent ──non accettazione──► failed       accepted ──mancata consegna──► failed
 *   failed, replaced ──sent again by hand──► queued      any but annulled, withdrawn ──our annulment──► withdrawn
 *   failed ──consegna──► delivered             sent, accepted, unevidenced, delivered ──sent again by hand──► the same
 *   failed ──sent to another address by hand──► replaced, and that address has an exchange of its own
 *   any but withdrawn ── the recipient annuls its registration ──► annulled
 *   delivered, failed ── the receipt that said so is of another transmission ──► what the others say (own-mail.ts)
 *
 * Receipts arrive in any order, twice, or before we have recorded our own sending, so a state only moves forward: an
 * earlier receipt is recorded as an event and leaves the state where it is. An answer of the recipient proves delivery,
 * whatever the receipts said. A confirmation and an exception for the same message contradict each other, and so do two
 * confirmations with different numbers: a person is shown the later one, and the state follows it. What comes after an
 * annulment is only recorded, and shown where it contradicts the annulment; a confirmation that crosses our own annulment
 * does not.
 */
import { problem } from '../../kernel/problems.ts';
import type { TaskCode } from '../../kernel/tasks.ts';
import { type Awaited, type CommonEvent, type NotAllowed, OVERDUE, type Show, type Step } from './step.ts';

export const OUTGOING_STATES = [
  'queued',
  'sent',
  'accepted',
  'unevidenced',
  'delivered',
  'failed',
  'replaced',
  'confirmed',
  'excepted',
  'annulled',
  'withdrawn',
] as const;
export type OutgoingState = (typeof OUTGOING_STATES)[number];

export type OutgoingEvent =
  | CommonEvent
  /** Command: the same registration goes to another address, because this one did not get it. */
  | { readonly type: 'send-elsewhere' }
  | { readonly type: 'sent' | 'taken-in-charge' | 'delivery' }
  /** `contradiction`: it tells another number than the recipient had told before. */
  | { readonly type: 'confirmation' | 'update'; readonly contradiction?: string }
  /** `certified` false: the recipient has ordinary mail (`destinatari/@tipo` = esterno). */
  | { readonly type: 'acceptance'; readonly certified: boolean }
  | {
      readonly type: 'given-up' | 'refusal' | 'notice' | 'exception';
      readonly reason: string;
    }
  | { readonly type: 'non-delivery'; readonly reason: string; readonly mailboxFull?: true };

export type OutgoingEffect =
  | Show
  | NotAllowed
  | { readonly type: 'send-again' }
  | { readonly type: 'send-elsewhere' }
  | { readonly type: 'annul'; readonly tell: true };
export type OutgoingStep = Step<OutgoingState, OutgoingEffect>;

const RANK: Record<OutgoingState, number> = {
  queued: 0,
  sent: 1,
  accepted: 2,
  unevidenced: 3,
  delivered: 3,
  failed: 3,
  replaced: 3,
  confirmed: 4,
  excepted: 4,
  annulled: 5,
  withdrawn: 6,
};

export function outgoing(state: OutgoingState, event: OutgoingEvent): OutgoingStep {
  switch (event.type) {
    case 'sent':
      return forward(state, 'sent');
    case 'acceptance':
      return forward(state, event.certified ? 'accepted' : 'unevidenced');
    case 'taken-in-charge':
      return stay(state);
    case 'delivery':
      // A delivery may still follow a failure that was not final.
      return state === 'failed' || state === 'unevidenced' ? to('delivered') : forward(state, 'delivered');
    case 'notice':
      // The notice after twelve hours: once delivery or its failure is known it says nothing new.
      return RANK[state] < RANK.delivered ? show(state, 'delivery-notice', event.reason) : stay(state);
    case 'given-up':
      // If it was handed over before, only the repeat was given up.
      return show(state === 'queued' ? 'failed' : state, 'not-sent', event.reason);
    case 'refusal':
      return fail(state, 'not-accepted', event.reason);
    case 'non-delivery':
      return fail(state, event.mailboxFull ? 'mailbox-full' : 'not-delivered', event.reason);
    case 'confirmation':
    case 'update':
      // An update implies a confirmation, which may still be on its way.
      return confirmed(state, event.contradiction);
    case 'exception':
      return excepted(state, event.reason);
    case 'annulled-by-peer':
      return show(state === 'withdrawn' ? state : 'annulled', 'annulled-by-recipient', event.reason);
    case 'annul':
      return state === 'withdrawn' || state === 'annulled'
        ? notAllowed(state)
        : { next: 'withdrawn', effects: [{ type: 'annul', tell: true }] };
    case 'resend':
      return resend(state);
    case 'send-elsewhere':
      return state === 'failed' ? { next: 'replaced', effects: [{ type: 'send-elsewhere' }] } : notAllowed(state);
    case 'overdue':
      return { ...show(state, OVERDUE[event.awaited], event.since), awaits: null };
    case 'notice-failed':
      return show(state, 'notice-failed', event.reason);
  }
}

function confirmed(state: OutgoingState, otherNumber: string | undefined): OutgoingStep {
  const contradicts = problem('answer-contradicts').message;
  if (state === 'excepted') return show('confirmed', 'contradiction', contradicts);
  if (state === 'annulled') return show(state, 'contradiction', contradicts);
  const { next } = forward(state, 'confirmed');
  return otherNumber === undefined ? stay(next) : show(next, 'contradiction', otherNumber);
}

function excepted(state: OutgoingState, reason: string): OutgoingStep {
  if (state === 'annulled' || state === 'withdrawn') return show(state, 'contradiction', reason);
  return show('excepted', state === 'confirmed' ? 'contradiction' : 'excepted', reason);
}

/** Sending again cannot double a registration: it is the same mail under the same Message-ID. */
function resend(state: OutgoingState): OutgoingStep {
  switch (state) {
    case 'failed':
    case 'replaced':
      return { next: 'queued', effects: [{ type: 'send-again' }] };
    case 'sent':
    case 'accepted':
    case 'unevidenced':
    case 'delivered':
      return { next: state, effects: [{ type: 'send-again' }], awaits: 'anew' };
    case 'queued':
    case 'confirmed':
    case 'excepted':
    case 'annulled':
    case 'withdrawn':
      return notAllowed(state);
  }
}

/** What a message in this state waits for; `answerWanted`: a confirmation was asked for. */
export function awaitedOutgoing(state: OutgoingState, answerWanted: boolean): Awaited | null {
  switch (state) {
    // The outbox goes on trying, but a person is told in time that no evidence has come.
    case 'queued':
    case 'sent':
      return 'acceptance';
    case 'accepted':
      return 'delivery';
    case 'delivered':
      return answerWanted ? 'confirmation' : null;
    case 'excepted':
      return 'follow-up';
    case 'unevidenced':
    case 'failed':
    case 'replaced':
    case 'confirmed':
    case 'annulled':
    case 'withdrawn':
      return null;
  }
}

const to = (next: OutgoingState): OutgoingStep => ({ next, effects: [] });
const stay = to;
const forward = (state: OutgoingState, next: OutgoingState): OutgoingStep =>
  to(RANK[next] > RANK[state] ? next : state);
const show = (next: OutgoingState, task: TaskCode, reason: string): OutgoingStep => ({
  next,
  effects: [{ type: 'show', task, reason }],
});
/** That an address did not get what has gone to another one since, nobody needs to be told again. */
function fail(state: OutgoingState, task: TaskCode, reason: string): OutgoingStep {
  return state === 'replaced' ? stay(state) : show(RANK[state] < RANK.failed ? 'failed' : state, task, reason);
}
const notAllowed = (state: OutgoingState): OutgoingStep => ({ next: state, effects: [{ type: 'not-allowed' }] });
