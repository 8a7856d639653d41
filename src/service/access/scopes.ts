/** What a caller of the API may do. Every route requires exactly one of them, as a test checks. */
export const SCOPES = [
  /** Submit, resend, annul and read outgoing messages and their files; upload their documents. */
  'messages:send',
  /** Read incoming messages, and the documents, segnatura and mail of every registration. */
  'messages:read',
  /** Take, register, confirm, refuse, update incoming messages. */
  'messages:receive',
  'register:read',
  /** Annul registrations, change classification and assignment. */
  'register:write',
  'events:read',
  'webhooks:manage',
  /** Ask for the state of one's own message at the office that received it. */
  'visura:read',
  'index:read',
  'index:write',
  /** See one's own credential, and change one's own key. */
  'credentials:rotate',
  /** The node's administrator: every office, credentials, imports. */
  'node:admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** All that an office of another node may be given. */
export const EXTERNAL_SCOPES: ReadonlySet<Scope> = new Set(['visura:read', 'index:read', 'credentials:rotate']);
