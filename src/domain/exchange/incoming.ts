/**
 * The life of an incoming message, from its arrival to the answer we owe.
 *
 *   (new) ──register──► registered            no answer asked for
 *         ──register──► confirming ──sent──► confirmed
 *         ──exception─► refusing ──sent──► refused
 *         ──operator──► operator              a person decides
 *   refusing, refused ── the sender sends it again, now acceptable ──► registered / confirming
 *   confirming, refusing ── the answer cannot be handed over ──► unanswered   a person decides
 *   confirming, confirmed, refusing, refused ── the answer is not delivered ──► unanswered
 *   any ── the same message again ──► same state, and the answer is sent again if it had been sent
 *   any but operator, refusing, refused ── the sender annuls ──► annulled
 *   any ── the same identifier with other content ──► same state; shown to a person
 *
 * A message is registered at most once: only the transitions out of (new), refusing, refused and operator carry the
 * effect `register`.
 */
import { problem } from '../../kernel/problems.ts';
import type { Decision } from './inspection.ts';

export type IncomingState =
  | 'new'
  | 'operator'
  | 'registered'
  | 'confirming'
  | 'confirmed'
  | 'refusing'
  | 'refused'
  | 'unanswered'
  | 'annulled';

export type IncomingEvent =
  /** `sameContent`: the exchange exists already and the segnatura and documents are the ones it has. */
  | {
      readonly type: 'received';
      readonly decision: Decision;
      readonly answerWanted: boolean;
      readonly sameContent: boolean;
    }
  | { readonly type: 'answer-sent' }
  | { readonly type: 'answer-given-up'; readonly reason: string }
  | { readonly type: 'answer-accepted' | 'answer-delivered' }
  | { readonly type: 'answer-not-delivered'; readonly reason: string }
  | { readonly type: 'annulled-by-sender'; readonly reason: string };

export type IncomingEffect =
  | { readonly type: 'register' }
  | { readonly type: 'confirm' }
  | { readonly type: 'refuse'; readonly reasons: readonly string[] }
  | { readonly type: 'answer-again' }
  | { readonly type: 'show'; readonly reason: string };

export interface IncomingStep {
  readonly next: IncomingState;
  readonly effects: readonly IncomingEffect[];
}

export function incoming(state: IncomingState, event: IncomingEvent): IncomingStep {
  switch (event.type) {
    case 'received':
      return received(state, event);
    case 'answer-sent':
      if (state === 'confirming') return { next: 'confirmed', effects: [] };
      if (state === 'refusing') return { next: 'refused', effects: [] };
      return stay(state);
    case 'answer-given-up':
      if (state === 'confirming' || state === 'refusing') return show('unanswered', event.reason);
      return show(state, event.reason);
    case 'answer-accepted':
    case 'answer-delivered':
      return stay(state);
    case 'answer-not-delivered':
      // The receipt may be here before our own record of the sending.
      return show(ANSWERING.has(state) ? 'unanswered' : state, event.reason);
    case 'annulled-by-sender':
      if (state === 'operator' || state === 'refusing' || state === 'refused') return show(state, event.reason);
      return { next: 'annulled', effects: [{ type: 'show', reason: event.reason }] };
  }
}

const ANSWERING: ReadonlySet<IncomingState> = new Set(['confirming', 'confirmed', 'refusing', 'refused']);

type Received = Extract<IncomingEvent, { type: 'received' }>;

function received(state: IncomingState, event: Received): IncomingStep {
  switch (state) {
    case 'new':
      return first(event);
    case 'refusing':
    case 'refused':
      // Refused with this very content: the same answer again. With other content: the sender has mended it.
      return event.sameContent ? again(state) : first(event);
    case 'operator':
      return event.sameContent ? stay(state) : show(state, CONFLICT);
    case 'confirming':
    case 'confirmed':
    case 'registered':
    case 'unanswered':
    case 'annulled':
      return event.sameContent ? again(state) : show(state, CONFLICT);
  }
}

const CONFLICT = problem('segnatura-conflict').message;

function first({ decision, answerWanted }: Received): IncomingStep {
  switch (decision.action) {
    case 'register':
    case 'register-flagged':
      if (answerWanted) return { next: 'confirming', effects: [{ type: 'register' }, { type: 'confirm' }] };
      return { next: 'registered', effects: [{ type: 'register' }] };
    case 'exception':
      return { next: 'refusing', effects: [{ type: 'refuse', reasons: decision.reasons }] };
    case 'operator':
    case 'correlate':
    case 'ignore':
      return { next: 'operator', effects: [{ type: 'show', reason: decision.reasons.join(' ') }] };
  }
}

const stay = (state: IncomingState): IncomingStep => ({ next: state, effects: [] });
const again = (state: IncomingState): IncomingStep => ({ next: state, effects: [{ type: 'answer-again' }] });
const show = (next: IncomingState, reason: string): IncomingStep => ({ next, effects: [{ type: 'show', reason }] });
