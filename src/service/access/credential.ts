import type { JSONWebKeySet } from 'jose';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { OfficeTransaction } from '../register/store.ts';
import type { Registrar } from '../register/unit-of-work.ts';
import type { Scope } from './client.ts';

export const CREDENTIAL_KINDS = ['api-key', 'jwt', 'certificate'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** ModI patterns asked of a client beyond its authentication: INTEGRITY_REST_01/02, AUDIT_REST_01/02. */
export const REQUIREMENTS = ['integrity', 'audit'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** Which tokens of an issuer are meant. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly claim: 'client_id' | 'sub';
  readonly subject: string;
  /** PDND's purpose; null: any. */
  readonly purposeId: string | null;
}

/** One way for a client to show who it is. `client` stays the same when its key is changed. */
export interface Credential {
  /** 16 hexadecimal digits, public. */
  readonly id: string;
  readonly client: string;
  /** Null: an administrator of the node. */
  readonly aoo: AooId | null;
  readonly kind: CredentialKind;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly requires: readonly Requirement[];
  /** Digest of the secret of an API key; null for the other kinds. */
  readonly secret: Sha256 | null;
  readonly token: TokenIdentity | null;
  /** SHA-256 of the client certificate's DER: what a certificate is known by, what a key or a token is bound to. */
  readonly thumbprint: Sha256 | null;
  readonly signingKeys: JSONWebKeySet | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  readonly lastUsedAt: Date | null;
}

/** A transaction that changes credentials of one office, under its lock, or of the node. */
export interface CredentialTransaction {
  /** Null for the node's administrators, who have no audit chain. */
  readonly office: OfficeTransaction | null;
  one(id: string): Promise<Credential | null>;
  /** Not revoked ones. */
  madeBy(by: string): Promise<readonly Credential[]>;
  /** False when an active credential is known by the same certificate or token. */
  insert(credential: Credential): Promise<boolean>;
  revoke(id: string, at: Date, by: string): Promise<void>;
  /** Never prolongs. */
  expire(id: string, at: Date): Promise<void>;
}

export interface CredentialStore {
  /** An office that this node does not serve can have credentials once it is known. */
  know(office: Pick<Registrar, 'aoo' | 'administration' | 'code'>): Promise<void>;
  change<T>(aoo: AooId | null, work: (tx: CredentialTransaction) => Promise<T>): Promise<T>;
  /** Newest first; `all`: of every office and of the node. */
  list(aoo: AooId | null | 'all'): Promise<readonly Credential[]>;
  byId(id: string): Promise<Credential | null>;
  byCertificate(thumbprint: Sha256): Promise<Credential | null>;
  /** Not revoked ones that are known by one of these claims of a token. */
  byToken(issuer: string, clientId: string | null, subject: string | null): Promise<readonly Credential[]>;
  used(id: string, at: Date): Promise<void>;
  /** Remembers a token until `expires`; false when it was seen before. */
  seeToken(digest: Sha256, expires: Date): Promise<boolean>;
  /** Forgets the tokens that have expired before `at`. */
  forgetTokens(at: Date): Promise<void>;
  /** Calls back whenever credentials may have changed, here or in another process. */
  onChange(listener: () => void): Promise<() => Promise<void>>;
}
