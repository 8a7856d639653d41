import type { Awaited } from './step.ts';

const HOUR = 3600;

/**
 * After how many seconds a person is told that something awaited has not come, unless the office's configuration says
 * otherwise. Three days for the confirmation are those of allegato 6.
 */
export const STANDARD_DEADLINES = {
  acceptance: HOUR,
  delivery: 24 * HOUR,
  confirmation: 72 * HOUR,
  'follow-up': 120 * HOUR,
  taking: 24 * HOUR,
  'answer-delivery': 24 * HOUR,
} as const satisfies Readonly<Record<Awaited, number>>;

/** After how many seconds a person is told that a mailbox cannot be read. */
export const MAILBOX_UNREAD_SECONDS = 15 * 60;
