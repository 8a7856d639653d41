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

export type Show = { readonly type: 'show'; readonly task: TaskCode; readonly reason: string };
/** A command that this state does not allow: nothing happens, whoever asked is told. */
export type NotAllowed = { readonly type: 'not-allowed' };

/**
 * What a transition leads to. `awaits` only where it is not what the next state awaits anyway: null, nothing any longer, as
 * a person has been told; `done`, nothing any longer, as it came; `anew`, the same, from now on. With the last two the
 * exchange has moved on though its state is the same.
 */
export interface Step<State, Effect> {
  readonly next: State;
  readonly effects: readonly Effect[];
  readonly awaits?: null | 'done' | 'anew';
}
