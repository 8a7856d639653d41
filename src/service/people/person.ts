import type { AooId } from '../../kernel/ids.ts';
import type { Role } from './rights.ts';

export interface DeskPerson {
  readonly personId: string;
  readonly login: string;
  readonly name: string;
  /** Where notices go. */
  readonly address: string | null;
  readonly singleKeys: boolean;
  /** Null: signs in by the body's account only, or has not chosen one yet. */
  readonly hasPassword: boolean;
  readonly disabledAt: Date | null;
  readonly createdAt: Date;
  readonly version: number;
}

/** A role in an office; `aoo` null: of the node. */
export interface Grant {
  readonly aoo: AooId | null;
  readonly role: Role;
}

/** `groups`: the body's account says so at each sign-in. */
export interface HeldRole extends Grant {
  readonly source: 'person' | 'groups';
  readonly givenAt: Date;
  readonly givenBy: string;
}

/** An office a person may work for. */
export interface Workplace {
  readonly aoo: AooId;
  readonly name: string;
}

/** The browser that asks. */
export interface Visitor {
  readonly address: string;
  readonly agent: string;
  /** The cookie of a browser from which somebody has signed in before. */
  readonly device: string | null;
  /** The session it has now: it ends where another begins. */
  readonly session: string | null;
}

/** Who changes something about persons, and how far its word goes. */
export interface Actor {
  readonly personId: string | null;
  readonly name: string;
  readonly address: string;
  /** The session it acts from: it goes on where its own rights change. */
  readonly sessionId: string | null;
  /** `node`: everything; an AOO: what concerns that office alone. */
  readonly scope: 'node' | AooId;
}

/** Whoever works on the machine of the node. */
export const operator = (user: string): Actor => ({
  personId: null,
  name: user,
  address: '',
  sessionId: null,
  scope: 'node',
});

export type SignInMethod = 'password' | 'account' | 'entry';

/** With what the provider of the body's accounts wants back, where the session was opened by one. */
export interface EndedSession {
  readonly method: SignInMethod;
  readonly accountToken: string | null;
}

export interface OpenSession {
  readonly sessionId: string;
  readonly method: SignInMethod;
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly address: string;
  readonly agent: string;
}

export interface AccessEntry {
  readonly entryId: string;
  readonly at: Date;
  readonly what: AccessKind;
  readonly aoo: AooId | null;
  readonly personId: string | null;
  readonly person: string;
  readonly address: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export const ACCESS_KINDS = [
  'signed-in',
  'sign-in-refused',
  'signed-out',
  'session-ended',
  'entry-issued',
  'entry-used',
  'person-created',
  'person-changed',
  'person-disabled',
  'person-enabled',
  'role-given',
  'role-taken',
  'own-content-role',
  'password-changed',
  'factor-on',
  'factor-off',
  'account-linked',
  'account-unlinked',
  'delegated',
  'delegation-ended',
  'unit-changed',
  'reserved-opened',
  'content-key',
  'content-key-seen',
] as const;
export type AccessKind = (typeof ACCESS_KINDS)[number];
export type NewAccess = Omit<AccessEntry, 'entryId' | 'at'>;
