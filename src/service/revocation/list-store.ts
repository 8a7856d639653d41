import type { Revoked } from '../../model/revocation.ts';

/** A place where an authority keeps a list of revoked certificates. */
export interface ListPoint {
  readonly issuer: string;
  readonly url: string;
  readonly issuerName: string;
  /** DER. */
  readonly issuerCertificate: Uint8Array;
  readonly failures: number;
  /** Of the list that is held; null: none has come yet. */
  readonly thisUpdate: Date | null;
  readonly nextUpdate: Date | null;
  readonly listedSha256: string | null;
}

export interface NewList {
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly listedSha256: string;
  /** Null: they are those that are held. */
  readonly entries: Iterable<readonly NamedRevoked[]> | null;
}

export interface NamedRevoked extends Revoked {
  readonly serial: string;
}

/** How one place does, for `doctor` and for monitoring. */
export interface ListPointStatus {
  readonly issuerName: string;
  readonly url: string;
  readonly failures: number;
  readonly lastError: string | null;
  readonly fetchedAt: Date | null;
  readonly nextUpdate: Date | null;
  readonly entries: number | null;
  /** When another place of the same authority was last not taken, for it has as many as one may have. To the day. */
  readonly leftOutAt: Date | null;
}

export interface ListStore {
  /** Those that are due, for whoever holds the lease only. */
  lease(owner: string, at: Date, limit: number, seconds: number): Promise<readonly ListPoint[]>;
  /** False: the lease was lost, and nothing is written. All or nothing. */
  save(owner: string, point: ListPoint, list: NewList, at: Date, dueAt: Date): Promise<boolean>;
  failed(owner: string, point: ListPoint, reason: string, dueAt: Date): Promise<void>;
  /** Removes places that no certificate has named since then. */
  forget(unusedSince: Date): Promise<number>;
  status(): Promise<readonly ListPointStatus[]>;
}

export type ListFetched =
  | { readonly ok: true; readonly bytes: Buffer }
  /** For the log and for `doctor`. */
  | { readonly ok: false; readonly reason: string };

export interface ListFetcher {
  fetch(url: string, signal: AbortSignal): Promise<ListFetched>;
}
