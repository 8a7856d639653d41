import type { Readable } from 'node:stream';
import type { SmtpVerdict } from '../../domain/delivery/smtp-reply.ts';
import type { Sha256 } from '../../kernel/ids.ts';

/** A mail still on its server. Reading it changes nothing there (BODY.PEEK). */
export interface MailOnServer {
  readonly uid: number;
  readonly size: number;
  /** INTERNALDATE. */
  readonly arrivedAt: Date;
}

export interface FetchedMail extends MailOnServer {
  /** Small mails come whole; large ones as a stream, so that they are never held in memory on the way to the disk. */
  readonly bytes: Buffer | Readable;
  /** Why the server does not hand it out; `bytes` are then empty. */
  readonly refusal?: string;
}

/** One open connection to one mailbox. A broken one rejects; the caller makes a new one. */
export interface MailboxConnection {
  readonly uidValidity: bigint;
  /**
   * Mails with uid > `after`, ascending, a page at a time (at most `limit` mails), fully read from the wire before the
   * page is handed out. An empty page: nothing newer. Rejects with an error that carries a `uid` when the server refuses
   * that one mail; the mails before it were handed out by an earlier call.
   */
  fetchAfter(after: number, limit: number): Promise<readonly FetchedMail[]>;
  /** Resolves when the server hints at news, after `milliseconds`, or when `signal` aborts; rejects when the connection is lost. */
  waitForNews(milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface MailboxAccount {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly password: string;
  readonly folder: string;
  /** PEM of an additional CA for TLS, or null for the system's. */
  readonly ca: string | null;
}

export interface MailboxConnector {
  connect(account: MailboxAccount, signal: AbortSignal): Promise<MailboxConnection>;
}

export interface SmtpAccount {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string | null;
  readonly password: string | null;
  readonly ca: string | null;
}

export interface OutgoingPart {
  readonly name: string;
  readonly mediaType: string;
  /** Small XML travels with the recipe, exact to the byte; documents are read from the document store. */
  readonly content: { readonly base64: string } | { readonly sha256: Sha256 };
}

/** Everything that determines the bytes on the wire: the same recipe gives the same mail, under the same id. */
export interface MailRecipe {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** ISO time. */
  readonly date: string;
  readonly text: string;
  /** The delivery receipt wanted (`X-TipoRicevuta`); the provider's usual one, complete, where absent. */
  readonly receipt?: 'breve';
  /** An answer that no person wrote, which no machine is to answer (`Auto-Submitted`, RFC 3834). */
  readonly automatic?: true;
  readonly parts: readonly OutgoingPart[];
}

/**
 * What the SMTP server made of a mail. A connection that breaks after the data is `unreachable` too: the mail may have
 * arrived, and the repeat bears the same Message-ID.
 */
export type Handover =
  | {
      readonly outcome: 'accepted';
      readonly response: string;
      /** Recipients refused at RCPT while the mail was taken for the others. */
      readonly refused?: readonly { readonly address: string; readonly response: string }[];
    }
  | (SmtpVerdict & { readonly response: string });

export interface MailSender {
  /** When `signal` aborts the session is cut off, and the outcome is `unreachable`. */
  send(account: SmtpAccount, recipe: MailRecipe, signal?: AbortSignal): Promise<Handover>;
  close(): Promise<void>;
}

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A file that is written and no document yet: whoever asked for it keeps it or drops it. */
export interface StagedDocument {
  readonly sha256: Sha256;
  readonly size: number;
  keep(): Promise<void>;
  /** Removes it, unless it was kept. */
  drop(): Promise<void>;
}

/** Bytes that may turn out not to be wanted. What is neither kept nor dropped goes when the service starts again. */
export interface Staging {
  /** Rejects as `put` does. */
  stage(bytes: Readable): Promise<StagedDocument>;
}

/** Bytes by their SHA-256; durable when the promise resolves; writing the same bytes twice is one file. */
export interface Documents {
  /** Rejects with an error whose `reason` is `too-large` for what is beyond the limit: that never heals. */
  put(bytes: Buffer | Readable): Promise<{ readonly sha256: Sha256; readonly size: number }>;
  read(sha256: Sha256): Promise<Buffer>;
  /** Without `range` the whole. What lies behind the end is not there: the stream is then shorter. */
  stream(sha256: Sha256, range?: ByteRange): Readable;
  has(sha256: Sha256): Promise<boolean>;
}
