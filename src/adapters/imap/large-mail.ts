import { Readable } from 'node:stream';
import type { ImapFlow } from 'imapflow';
import { MailboxError, MailRefusedError } from '../../service/intake/mailbox.ts';
import { toMailboxError } from './to-mailbox-error.ts';

/** Requested at once: few round trips, and what one mail under way may hold in memory. */
const CHUNK = 1024 * 1024;

/**
 * A mail in pieces, each fetched by a command of its own: a consumer that stops half-way leaves nothing hanging on the
 * connection, and other commands fit in between. The first short piece is the last; where it ends before `size` bytes, the
 * mail is refused.
 */
export function largeMail(client: ImapFlow, uid: number, size: number): Readable {
  return Readable.from(pieces(client, uid, size), { objectMode: false, highWaterMark: 64 * 1024 });
}

async function* pieces(client: ImapFlow, uid: number, size: number): AsyncGenerator<Buffer> {
  let start = 0;
  for (;;) {
    const piece = await fetchPiece(client, uid, start);
    // An empty piece is the end; some servers answer NIL there.
    if (piece === undefined || piece.length === 0) {
      break;
    }
    // Bytes beyond the requested range would be counted twice.
    if (piece.length > CHUNK) throw refusal(client, uid, `the server ignores partial fetches (mail ${uid})`);
    start += piece.length;
    yield piece;
    if (piece.length < CHUNK) break;
  }
  if (start === 0 || start < size) throw refusal(client, uid, tooFew(uid, start, size));
}

export const tooFew = (uid: number, given: number, size: number): string =>
  given === 0
    ? `the server gives no bytes for mail ${uid}`
    : `the server gives ${given} of the ${size} bytes of mail ${uid}`;

async function fetchPiece(client: ImapFlow, uid: number, start: number): Promise<Buffer | undefined> {
  const answer = await client
    .fetchOne(String(uid), { source: { start, maxLength: CHUNK } }, { uid: true })
    .catch((error: unknown) => {
      const failure = toMailboxError(error);
      throw failure.fault === 'protocol' ? refusal(client, uid, failure.message) : failure;
    });
  if (answer === false || answer === undefined) throw refusal(client, uid, `mail ${uid} disappeared while it was read`);
  return answer.source;
}

/** A lost connection may end a command without an error: that says nothing about the mail. */
const refusal = (client: ImapFlow, uid: number, message: string): MailboxError =>
  client.usable
    ? new MailRefusedError(uid, message)
    : new MailboxError('unreachable', `the connection was lost while mail ${uid} was read`);
