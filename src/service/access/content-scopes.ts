/**
 * Whoever administers has no contents (LG AgID 2021 §3), but makes keys for programs, and sees them once. A key that opens
 * contents is therefore made with a line in the log of accesses, in the same transaction, and the head of document management
 * is told of it.
 */
import type { Credential } from './credential.ts';
import type { Scope } from './scopes.ts';

/** Events and states name messages by their ids alone; what is asked by visura is the asker's own. */
const CONTENT_SCOPES: ReadonlySet<Scope> = new Set([
  'messages:send',
  'messages:read',
  'messages:receive',
  'register:read',
  'register:write',
]);

export const opensContents = ({ scopes }: Pick<Credential, 'scopes'>): boolean =>
  scopes.some((scope) => CONTENT_SCOPES.has(scope));
