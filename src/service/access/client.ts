import type { AooId } from '../../kernel/ids.ts';

/** What a caller of the API may do. Every route asks for exactly one; a test holds the table of all routes. */
export const SCOPES = [
  /** Submit, re-send, annul outgoing messages; upload their documents; read them. */
  'messages:send',
  /** Read incoming messages and their documents. */
  'messages:read',
  /** Take, register, confirm, refuse, update incoming messages. */
  'messages:receive',
  'register:read',
  /** Annul registrations, change classification and assignment. */
  'register:write',
  'events:read',
  'webhooks:manage',
  /** Ask for the state of one's own message at another office. */
  'visura:read',
  'index:read',
  'index:write',
  /** See one's own credential, and change one's own key. */
  'credentials:rotate',
  /** The node's administrator: every office, credentials, imports. */
  'node:admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** What an office may be given that is not one of this node's: the state of its own messages, the index, its own key. */
export const EXTERNAL_SCOPES: ReadonlySet<Scope> = new Set(['visura:read', 'index:read', 'credentials:rotate']);

/** Who calls. A credential belongs to one AOO; only the node's administrator has none of its own. */
export interface Client {
  readonly id: string;
  readonly name: string;
  readonly aoo: AooId | null;
  readonly scopes: ReadonlySet<Scope>;
  readonly how: 'api-key' | 'jwt' | 'certificate' | 'node-token' | 'loopback';
}
