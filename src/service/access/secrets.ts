import type { Result } from '../../kernel/result.ts';

/**
 * Secrets at rest: mailbox passwords, keys of webhooks. What the database holds is sealed text; the key lies elsewhere.
 * `context` is authenticated but not stored (`webhook:<aoo>:<id>`): sealed text moved to another row does not open.
 */
export interface Secrets {
  /** Refuses with `secrets-unavailable` where the node has no key. */
  seal(text: string, context: string): Result<string>;
  /** Refuses with `secret-unreadable` what was sealed with a key that is gone, for another context, or was changed. */
  open(sealed: string, context: string): Result<string>;
}

/** Of a mailbox's password in the file of the offices: text sealed for something else does not open there. */
export const PASSWORD_CONTEXT = 'offices.json';
