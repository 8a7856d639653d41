import type { Problem } from '../kernel/problems.ts';
import type { MimeTree } from './mime.ts';
import type { RevocationReport, UsedChain } from './revocation.ts';

/** Value of `postacert/@tipo`; any text, because the norm's list is open. */
export type PecType = string;

export type Integrity = 'intact' | 'modified' | 'absent' | 'unreadable';
export type Chain = 'trusted' | 'untrusted' | 'not-checked';
export type Today = 'valid' | 'expired' | 'not-yet-valid' | 'revoked' | 'unknown';

export interface PecRecipient {
  readonly address: string;
  readonly certified: boolean;
}

/** What the envelope says of itself, and how far that can be believed. `inspect` prints it as it is. */
export interface PecReport {
  readonly type: PecType | null;
  /** Is the signed part what was signed? */
  readonly integrity: Integrity;
  /** Does the signer lead to a trust anchor at the certified time? */
  readonly chain: Chain;
  /** Status of the signer's certificate at the time of the judgement. */
  readonly today: Today;
  /** What lists of revoked certificates say of the chain, where it is trusted. */
  readonly revocation?: RevocationReport;
  /** SAN rfc822Name of the signer equals the From address. */
  readonly signerMatchesFrom: boolean;
  /** X-Trasporto / X-Ricevuta, daticert and the structure say the same thing. */
  readonly agrees: boolean;
  /**
   * ISO time of daticert's `data`, with its zone; when that cannot be read, of the CMS signing time or the Date field
   * (a problem says so, save for an anomaly, which has no daticert).
   */
  readonly certifiedAt: string | null;
  readonly identifier: string | null;
  /** daticert `msgid`, with its angle brackets. */
  readonly messageId: string | null;
  /** A receipt without `msgid`: the id is that of X-Riferimento-Message-ID, which nobody signed. */
  readonly unsignedReference?: true;
  readonly sender: string | null;
  readonly recipients: readonly PecRecipient[];
  readonly receiptType: string | null;
  /** `postacert/@errore`. */
  readonly error: string | null;
  /** `errore-esteso`. */
  readonly errorDetail: string | null;
  /** `consegna`: the one recipient a delivery receipt speaks of. */
  readonly deliveredTo: string | null;
}

export interface MailHeaders {
  /** With angle brackets, or null. */
  readonly messageId: string | null;
  readonly from: string | null;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly subject: string;
  /** ISO time or null. */
  readonly date: string | null;
  /** X-Riferimento-Message-ID. */
  readonly reference: string | null;
  /** Sent by a program by itself (RFC 3834), in reply to a mail or not; null where nothing says so. */
  readonly automatic: 'reply' | 'generated' | null;
}

/**
 * A mail taken apart. `kind` speaks only of what is proven: `transport`, `receipt` and `anomaly` need an intact signature,
 * a trusted chain at the certified time that was not revoked then, SAN = From and agreement; everything else is `ordinary`, however it calls itself.
 */
export interface OpenedMail {
  readonly kind: 'transport' | 'receipt' | 'anomaly' | 'ordinary' | 'unreadable';
  readonly headers: MailHeaders;
  /** Null when the mail does not even look like PEC. */
  readonly pec: PecReport | null;
  /**
   * The message a person wrote: postacert.eml inside a transport envelope (also of one that is not proven), the
   * original inside an anomaly, the mail itself when ordinary; null for receipts and where nothing can be read.
   */
  readonly content: MimeTree | null;
  /** Headers of `content`. */
  readonly contentHeaders: MailHeaders | null;
  readonly problems: readonly Problem[];
  /** What lists of revoked certificates may speak of; absent where no trusted chain is. */
  readonly usedChain?: UsedChain;
}

/** A certificate, as DER, that the administrator (or the built-in default) trusts; see `trust.ts`. */
export interface TrustAnchors {
  /** Of PEC providers. */
  readonly anchors: readonly TrustAnchor[];
  /** Of the seals of segnature; absent: the same, for a person who tries. */
  readonly seals?: readonly TrustAnchor[];
}
export interface TrustAnchor {
  readonly certificate: Uint8Array;
  /**
   * When not empty, chains to this anchor count only when the CA right below it has one of these subject common names
   * (the default trust: the Actalis root, only by way of AgID CA1).
   */
  readonly onlyVia: readonly string[];
  /** The body (IPA code) whose own seal the administrator says this certificate is. */
  readonly sealOf?: string;
}
