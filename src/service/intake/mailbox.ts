import type { Readable } from 'node:stream';
import type { MailboxAccount } from '../register/accounts.ts';

export interface MailboxConnector {
  /** Rejects with MailboxError. */
  connect(account: MailboxAccount, signal: AbortSignal): Promise<MailboxConnection>;
}

/** One open connection to one mailbox. A broken one rejects with MailboxError; the caller makes a new one. */
export interface MailboxConnection {
  readonly uidValidity: bigint;
  /**
   * Mails with uid > `after`, ascending, a page at a time (at most `limit` mails), fully read from the wire before the
   * page is handed out. An empty page: nothing newer. Rejects with MailRefusedError when the server refuses one mail; the
   * mails before it were handed out by an earlier call.
   */
  fetchAfter(after: number, limit: number): Promise<readonly FetchedMail[]>;
  /** Resolves when the server hints at new mail, after `milliseconds`, or when `signal` aborts. */
  waitForMail(milliseconds: number, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

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
  /** Why the server does not hand it out whole; `bytes` are what it gave. */
  readonly refusal?: string;
}

/**
 * Why a mailbox cannot be read. `authentication` and `folder-missing` need a person; `unreachable` passes by itself;
 * `tls` is the certificate or the handshake; `protocol` is a server that answers something it should not, or a folder
 * whose UIDVALIDITY changed while it was open.
 */
export type MailboxFault = 'authentication' | 'unreachable' | 'tls' | 'protocol' | 'folder-missing';

export class MailboxError extends Error {
  override readonly name: string = 'MailboxError';
  readonly fault: MailboxFault;

  constructor(fault: MailboxFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** The server does not hand out this one mail whole. The connection is good, and the caller may step over the mail. */
export class MailRefusedError extends MailboxError {
  override readonly name = 'MailRefusedError';
  readonly uid: number;
  /** What it gave of it. */
  readonly bytes: Buffer;

  constructor(uid: number, message: string, bytes: Buffer = Buffer.alloc(0)) {
    super('protocol', message);
    this.uid = uid;
    this.bytes = bytes;
  }
}
