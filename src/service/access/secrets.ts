import type { Result } from '../../kernel/result.ts';

/**
 * Secrets at rest: mailbox passwords, keys of webhooks. The database holds sealed text; the key lies elsewhere.
 * `context` (`webhook:<aoo>:<id>`) is authenticated but not stored, so sealed text moved to another row does not open.
 */
export interface Secrets {
  /** Refuses with `secrets-unavailable` when the node has no key. */
  seal(text: string, context: string): Result<string>;
  /** Refuses with `secret-unreadable` what was altered, or sealed with a key that is gone or for another context. */
  open(sealed: string, context: string): Result<string>;
}

/** The context of a mailbox password in the offices file. */
export const PASSWORD_CONTEXT = 'offices.json';
