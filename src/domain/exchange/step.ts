import type { TaskCode } from '../../kernel/tasks.ts';

/** What an exchange waits for; how long it may take is the office's configuration. */
export const AWAITED = ['acceptance', 'delivery', 'confirmation', 'follow-up', 'taking', 'answer-delivery'] as const;
export type Awaited = (typeof AWAITED)[number];

/** What a person is told when it does not come. */
export const OVERDUE: Readonly<Record<Awaited, TaskCode>> = {
  acceptance: 'acceptance-late',
  delivery: 'delivery-late',
  confirmation: 'confirmation-late',
  'follow-up': 'exception-open',
  taking: 'taking-late',
  'answer-delivery': 'answer-delivery-late',
};

/** Which of our answers: the confirmation (to mail without segnatura the receipt of registration), or the exception. */
export type OwnAnswer = 'confirmation' | 'exception';

/** What can happen to an exchange in either direction. */
export type CommonEvent =
  | { readonly type: 'overdue'; readonly awaited: Awaited; readonly since: string }
  /** An update or annulment of ours could not be handed over or delivered. */
  | { readonly type: 'notice-failed'; readonly reason: string }
  /** The other office annulled its registration. */
  | { readonly type: 'annulled-by-peer'; readonly reason: string }
  /** Command: we annul our registration. */
  | { readonly type: 'annul' }
  /** Command: the mail is sent once more. `answer`: the one queued last, of an incoming exchange; null: none was. */
  | { readonly type: 'resend'; readonly answer: OwnAnswer | null };

/** Something for a person's list. */
export type Show = { readonly type: 'show'; readonly task: TaskCode; readonly reason: string };
/** The state does not allow the command: nothing happens, the caller is told. */
export type NotAllowed = { readonly type: 'not-allowed' };

/**
 * What a transition leads to. `awaits` is there only where it differs from what the next state awaits: null, nothing,
 * because a person has been told; `done`, nothing, because it came; `anew`, the same, counted from now. `done` and `anew`
 * count as progress though the state stays.
 */
export interface Step<State, Effect> {
  readonly next: State;
  readonly effects: readonly Effect[];
  readonly awaits?: null | 'done' | 'anew';
}
