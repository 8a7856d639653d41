/** A certificate of a trusted chain, as the lists of who issued it would name it. Plain data: it travels with a judgement. */
export interface ChainCertificate {
  /** Digest of the name and the key of who issued it. */
  readonly issuer: string;
  /** DER in base64; its key signs the lists. */
  readonly issuerCertificate: string;
  readonly issuerName: string;
  /** Hexadecimal, without leading zeros. */
  readonly serial: string;
  readonly name: string;
  /** Milliseconds. Later lists may leave it out. */
  readonly notAfter: number;
  /** Where the lists are: http and https only. */
  readonly points: readonly string[];
}

/** From the signer on, without the anchor: an administrator's decision, that nobody else revokes. */
export type UsedChain = readonly ChainCertificate[];

/** What a list that is held says of a certificate. Times in milliseconds. */
export interface ListedFact {
  readonly issuer: string;
  readonly url: string;
  readonly serial: string;
  /** When the list was made, and until when its silence counts. Null: none has come yet. */
  readonly thisUpdate: number | null;
  readonly nextUpdate: number | null;
  readonly revoked: Revoked | null;
}

export interface Revoked {
  /** Since when it is not to be relied on, in milliseconds: the revocation, or the earlier day that the authority names. */
  readonly at: number;
  /** CRLReason (RFC 5280 §5.3.1); null: unspecified. */
  readonly reason: number | null;
}

/** What is known of a signature's certificates at the time of the judgement. `inspect` prints it as it is; times are ISO. */
export type RevocationReport =
  /** No list, none that is current, or nobody looked. */
  | { readonly status: 'not-known' }
  /** `listedAt`: the oldest list that was looked at. */
  | { readonly status: 'good'; readonly listedAt: string }
  | RevokedReport;

export interface RevokedReport {
  readonly status: 'revoked';
  readonly listedAt: string | null;
  readonly revokedAt: string;
  /** Which one of the chain, and why. */
  readonly certificate: string;
  readonly reason: RevocationReason;
  /** It was revoked when the signature was made, as far as can be said: the signature does not count. */
  readonly whenSigned: boolean;
}

export const NOT_KNOWN: RevocationReport = { status: 'not-known' };

export type RevocationReason =
  | 'unspecified'
  | 'key-compromise'
  | 'ca-compromise'
  | 'affiliation-changed'
  | 'superseded'
  | 'cessation'
  | 'hold'
  | 'privilege-withdrawn'
  | 'aa-compromise';
