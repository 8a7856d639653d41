import type { JSONWebKeySet } from 'jose';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { OfficeTransaction } from '../register/office-transaction.ts';
import type { Registrar } from '../register/unit-of-work.ts';
import type { Scope } from './scopes.ts';

export const CREDENTIAL_KINDS = ['api-key', 'jwt', 'certificate'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];

/** ModI patterns a client must follow besides authentication: INTEGRITY_REST_01/02, AUDIT_REST_01/02. */
export const REQUIREMENTS = ['integrity', 'audit'] as const;
export type Requirement = (typeof REQUIREMENTS)[number];

/** Which tokens of an issuer belong to the credential. */
export interface TokenIdentity {
  readonly issuer: string;
  readonly claim: 'client_id' | 'sub';
  readonly subject: string;
  /** PDND's purpose; null: any. */
  readonly purposeId: string | null;
}

/** One way for a client to prove who it is. `client` stays the same when its key changes. */
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
  /** SHA-256 of the client certificate's DER: the certificate that is the credential, or that the key or token is bound to. */
  readonly thumbprint: Sha256 | null;
  readonly signingKeys: JSONWebKeySet | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly revokedBy: string | null;
  readonly lastUsedAt: Date | null;
}

/** Who acts at the desk; on the machine there is a user's name alone. */
export interface KeyMaker {
  readonly personId: string;
  /** Of the browser. */
  readonly address: string;
}

export interface ContentKey {
  readonly credential: Credential;
  readonly maker: KeyMaker | null;
}

/** A transaction that changes the credentials of one office, under its lock, or those of the node. */
export interface CredentialTransaction {
  /** Null for the node's administrators, who have no audit chain. */
  readonly office: OfficeTransaction | null;
  one(id: string): Promise<Credential | null>;
  /** Those not revoked. */
  createdBy(by: string): Promise<readonly Credential[]>;
  /** False when an active credential has the same certificate or token. */
  insert(credential: Credential): Promise<boolean>;
  /** For the head of document management, in the log of accesses. */
  recordContentKey(key: ContentKey): Promise<void>;
  revoke(id: string, at: Date, by: string): Promise<void>;
  /** Only ever brings the end forward. */
  expire(id: string, at: Date): Promise<void>;
}

export interface CredentialStore {
  /** Records an office of another node, so that it can have credentials. */
  addExternalOffice(office: Pick<Registrar, 'aoo' | 'administration' | 'code'>): Promise<void>;
  change<T>(aoo: AooId | null, work: (tx: CredentialTransaction) => Promise<T>): Promise<T>;
  /** Newest first. `all`: every office's and the node's. */
  list(aoo: AooId | null | 'all'): Promise<readonly Credential[]>;
  byId(id: string): Promise<Credential | null>;
  byCertificate(thumbprint: Sha256): Promise<Credential | null>;
  /** Those not revoked whose token identity matches one of these claims. */
  byToken(issuer: string, clientId: string | null, subject: string | null): Promise<readonly Credential[]>;
  recordUse(id: string, at: Date): Promise<void>;
  /** Remembers a token until `expires`. False when it was already remembered. */
  rememberToken(digest: Sha256, expires: Date): Promise<boolean>;
  /** Forgets tokens that expired before `at`. */
  forgetTokens(at: Date): Promise<void>;
  /** Calls back whenever credentials may have changed, here or in another process. */
  onChange(listener: () => void): Promise<() => Promise<void>>;
}
