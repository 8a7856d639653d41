/**
 * The life of an incoming message, from its arrival to the answer we owe.
 *
 * | state      | means                                                       | waits for, at most                     |
 * | ---------- | ----------------------------------------------------------- | -------------------------------------- |
 * | operator   | a person decides: register, refuse or close                 | a person                               |
 * | held       | ready for the office's protocol system, which numbers it    | its number (one day)                   |
 * | registered | has its number; no answer was asked for                     | nothing                                |
 * | confirming | has its number; the confirmation is to be handed over       | its delivery (24 hours)                |
 * | confirmed  | the confirmation was handed over                            | its delivery (24 hours)                |
 * | refusing   | the exception is to be handed over                          | its delivery (24 hours)                |
 * | refused    | the exception was handed over                               | its delivery (24 hours)                |
 * | unanswered | the answer cannot be handed over or was not delivered       | a person                               |
 * | annulled   | the sender annulled its registration, or we annulled ours   | nothing                                |
 * | closed     | a person put it aside without registering it                | nothing                                |
 *
 *   (new) ──register──► registered            no answer asked for
 *         ──register──► confirming ──sent──► confirmed
 *         ──exception─► refusing ──sent──► refused
 *         ──operator──► operator ──┬─ a person registers ──► registered / confirming
 *                                  ├─ a person refuses ────► refusing
 *                                  └─ a person closes ─────► closed
 *         ──the office has a register elsewhere──► held ── the same three; or handed to a person ──► operator
 *   refusing, refused ── the sender sends it again, mended ──► as when new
 *   refused ── a person registers it after all ──► registered / confirming
 *   registered ones ── a person refuses ──► refusing      registered, unanswered ── a person confirms ──► confirming
 *   confirming, refusing ── the answer cannot be handed over ──► unanswered   a person decides
 *   confirming, confirmed, refusing, refused ── the answer is not delivered ──► unanswered
 *   unanswered ── a person has it sent again, or the same message comes again ──► confirming / refusing
 *   unanswered, without a number ── it is delivered after all ──► refused
 *   unanswered, without a number ── a person registers; the sender mends it ──► as when new
 *   any other ── the same message again ──► same state, and the answer is sent again if it had been sent
 *   any but operator, refusing, refused, closed ── the sender annuls ──► annulled
 *   registered ones ── we annul ──► annulled, and the sender is told where it had been told our number
 *   any ── the same identifier with other content ──► same state; what came is an exchange of its own, for a person
 *
 * Only the answer that is owed now moves the state. What becomes of an exception once the sender has mended its message,
 * or of a confirmation once we have refused, is recorded and nothing more.
 *
 * A message is registered at most once: only transitions out of (new), refusing, refused, unanswered, operator and held
 * have the effect `register`, and only while it has no number.
 */
import type { TaskCode } from '../../kernel/tasks.ts';
import type { Decision } from './inspection.ts';
import {
  type Awaited,
  type CommonEvent,
  type NotAllowed,
  OVERDUE,
  type OwnAnswer,
  type Show,
  type Step,
} from './step.ts';

export const INCOMING_STATES = [
  'new',
  'operator',
  'held',
  'registered',
  'confirming',
  'confirmed',
  'refusing',
  'refused',
  'unanswered',
  'annulled',
  'closed',
] as const;
export type IncomingState = (typeof INCOMING_STATES)[number];

export type IncomingEvent =
  | CommonEvent
  | Received
  | { readonly type: 'answer-sent' | 'answer-accepted' | 'answer-delivered'; readonly answer: OwnAnswer }
  | {
      readonly type: 'answer-given-up' | 'answer-not-delivered';
      readonly answer: OwnAnswer;
      readonly reason: string;
      readonly mailboxFull?: true;
    }
  /** Commands, of a person or of the office's protocol system. */
  | { readonly type: 'register'; readonly answerWanted: boolean }
  | { readonly type: 'refuse'; readonly reasons: readonly string[] }
  | { readonly type: 'close' }
  | { readonly type: 'hand-over'; readonly reason: string }
  | { readonly type: 'take' | 'confirm' | 'update' };

export interface Received {
  readonly type: 'received';
  readonly decision: Decision;
  readonly answerWanted: boolean;
  /** The exchange exists already and the segnatura and documents are the ones it has. */
  readonly sameContent: boolean;
  /** Our answer that was queued last, if any. */
  readonly answered: OwnAnswer | null;
  /** Who numbers: this register, or the office's own protocol system. */
  readonly numbering: 'own' | 'external';
}

export type IncomingEffect =
  | Show
  | NotAllowed
  | { readonly type: 'register' | 'confirm' | 'answer-again' | 'update' }
  /** The identifier is taken: what came is not this exchange's. */
  | { readonly type: 'apart' }
  | { readonly type: 'refuse'; readonly reasons: readonly string[] }
  /** `tell`: the sender knows our number, so it learns of the annulment (allegato 6). */
  | { readonly type: 'annul'; readonly tell: boolean };
export type IncomingStep = Step<IncomingState, IncomingEffect>;

/** `registered`: the message has its number, whatever became of the answer. */
export function incoming(state: IncomingState, event: IncomingEvent, registered: boolean): IncomingStep {
  switch (event.type) {
    case 'received':
      return received(state, event, registered);
    case 'register':
      return register(state, event.answerWanted, registered);
    case 'refuse':
      if (['operator', 'held', 'registered', 'confirming', 'confirmed', 'unanswered'].includes(state))
        return { next: 'refusing', effects: [{ type: 'refuse', reasons: event.reasons }] };
      return notAllowed(state);
    case 'close':
      return state === 'operator' || state === 'held' ? stay('closed') : notAllowed(state);
    case 'hand-over':
      return state === 'held' ? show('operator', 'decide', event.reason) : notAllowed(state);
    case 'take':
      // The protocol system has taken it: the wait for its number starts again.
      return state === 'held' ? { ...stay(state), awaits: 'anew' } : notAllowed(state);
    case 'confirm':
      if (registered && (state === 'registered' || state === 'unanswered'))
        return { next: 'confirming', effects: [{ type: 'confirm' }] };
      return notAllowed(state);
    case 'resend':
      return resend(state, event.answer);
    case 'update':
      return update(state, registered);
    case 'annul':
      return annul(state, registered);
    case 'annulled-by-peer':
      return show(
        UNREGISTERED.has(state) ? state : 'annulled',
        registered ? 'annulled-by-sender' : 'annulled-unregistered',
        event.reason,
      );
    case 'overdue':
      return { ...show(state, OVERDUE[event.awaited], event.since), awaits: null };
    case 'notice-failed':
      return show(state, 'notice-failed', event.reason);
    default:
      return answer(state, event, registered);
  }
}

const ANSWERING: ReadonlySet<IncomingState> = new Set(['confirming', 'confirmed', 'refusing', 'refused']);
const OWED = { confirmation: 'confirming', exception: 'refusing' } as const satisfies Record<OwnAnswer, IncomingState>;
const GIVEN = { confirmation: 'confirmed', exception: 'refused' } as const satisfies Record<OwnAnswer, IncomingState>;
const UNREGISTERED: ReadonlySet<IncomingState> = new Set(['operator', 'refusing', 'refused', 'closed']);

/** What becomes of our answer. A receipt may arrive before our own record of the sending, and proves it. */
function answer(
  state: IncomingState,
  event: Extract<IncomingEvent, { type: `answer-${string}` }>,
  registered: boolean,
): IncomingStep {
  const owed = OWED[event.answer];
  const given = GIVEN[event.answer];
  // Another answer has taken its place since.
  if (ANSWERING.has(state) && state !== owed && state !== given) return stay(state);
  switch (event.type) {
    case 'answer-sent':
    case 'answer-accepted':
      return stay(state === owed ? given : state);
    case 'answer-delivered':
      if (ANSWERING.has(state)) return { ...stay(given), awaits: 'done' };
      // Without a number only exceptions have been sent; with one, this may not be the answer that failed.
      if (state === 'unanswered' && !registered && event.answer === 'exception')
        return { ...stay('refused'), awaits: 'done' };
      return stay(state);
    case 'answer-given-up':
      return show(state === owed ? 'unanswered' : state, 'answer-failed', event.reason);
    case 'answer-not-delivered':
      return show(
        ANSWERING.has(state) ? 'unanswered' : state,
        event.mailboxFull ? 'mailbox-full' : 'answer-failed',
        event.reason,
      );
  }
}

function received(state: IncomingState, event: Received, registered: boolean): IncomingStep {
  switch (state) {
    case 'new':
      return first(event);
    case 'refusing':
    case 'refused':
      // The same content again: the same answer again. Other content: the sender has mended it.
      if (event.sameContent) return again(state);
      return registered ? apart(state) : first(event);
    case 'operator':
    case 'held':
    case 'closed':
      return event.sameContent ? stay(state) : apart(state);
    case 'unanswered':
      if (event.sameContent) return event.answered === null ? stay(state) : again(OWED[event.answered]);
      return registered ? apart(state) : first(event);
    case 'confirming':
    case 'confirmed':
    case 'registered':
    case 'annulled':
      if (!event.sameContent) return apart(state);
      // A person has registered it since: the sender must not read again that it was refused.
      return event.answered === 'exception' ? stay(state) : again(state);
  }
}

/** Two messages under one identifier: one sender is wrong or an impostor. Neither may keep the other from being registered. */
const apart = (state: IncomingState): IncomingStep => ({ next: state, effects: [{ type: 'apart' }] });

function first({ decision, answerWanted, numbering }: Received): IncomingStep {
  switch (decision.action) {
    case 'register':
    case 'register-flagged':
      return numbering === 'external' ? stay('held') : registering(answerWanted);
    case 'exception':
      return { next: 'refusing', effects: [{ type: 'refuse', reasons: decision.reasons }] };
    case 'operator':
    case 'correlate':
    case 'ignore':
      return show('operator', 'decide', decision.reasons.join(' '));
  }
}

const registering = (answerWanted: boolean): IncomingStep =>
  answerWanted
    ? { next: 'confirming', effects: [{ type: 'register' }, { type: 'confirm' }] }
    : { next: 'registered', effects: [{ type: 'register' }] };

/** A person or the protocol system registers what was held. A person may also overrule a refusal, delivered or not. */
function register(state: IncomingState, answerWanted: boolean, registered: boolean): IncomingStep {
  const may = state === 'operator' || state === 'held' || state === 'refused' || state === 'unanswered';
  return may && !registered ? registering(answerWanted) : notAllowed(state);
}

function resend(state: IncomingState, answer: OwnAnswer | null): IncomingStep {
  if (answer === null) return notAllowed(state);
  if (state === 'confirmed' || state === 'refused') return { ...again(state), awaits: 'anew' };
  return state === 'unanswered' ? again(OWED[answer]) : notAllowed(state);
}

/** Classification or office changed (DPR 445/2000 art. 54): a sender that was told our number is told of the change. */
function update(state: IncomingState, registered: boolean): IncomingStep {
  if (!registered || state === 'annulled') return notAllowed(state);
  return state === 'registered' ? stay(state) : { next: state, effects: [{ type: 'update' }] };
}

/** Without a confirmation no annulment can be expressed (allegato 6). */
function annul(state: IncomingState, registered: boolean): IncomingStep {
  if (!registered) return notAllowed(state);
  const tell = state !== 'registered' && state !== 'annulled';
  return { next: 'annulled', effects: [{ type: 'annul', tell }] };
}

/** What a message in this state waits for. */
export function awaitedIncoming(state: IncomingState): Awaited | null {
  switch (state) {
    case 'held':
      return 'taking';
    case 'confirming':
    case 'confirmed':
    case 'refusing':
    case 'refused':
      return 'answer-delivery';
    case 'new':
    case 'operator':
    case 'registered':
    case 'unanswered':
    case 'annulled':
    case 'closed':
      return null;
  }
}

const stay = (next: IncomingState): IncomingStep => ({ next, effects: [] });
const again = (next: IncomingState): IncomingStep => ({ next, effects: [{ type: 'answer-again' }] });
const show = (next: IncomingState, task: TaskCode, reason: string): IncomingStep => ({
  next,
  effects: [{ type: 'show', task, reason }],
});
const notAllowed = (state: IncomingState): IncomingStep => ({ next: state, effects: [{ type: 'not-allowed' }] });
