import { Readable } from 'node:stream';
import type { ImapFlow } from 'imapflow';
import { MailRefusedError } from '../../service/intake/mailbox.ts';
import { toMailboxError } from './to-mailbox-error.ts';

/** Bytes asked for at once: few round trips, and what one mail in flight may hold in memory. */
const CHUNK = 1024 * 1024;

/**
 * A mail in pieces, each its own command, so that a consumer who stops half-way leaves nothing hanging on the
 * connection and other commands fit in between. It ends at the first short piece.
 */
export function largeMail(client: ImapFlow, uid: number): Readable {
  return Readable.from(pieces(client, uid), { objectMode: false, highWaterMark: 64 * 1024 });
}

async function* pieces(client: ImapFlow, uid: number): AsyncGenerator<Buffer> {
  for (let start = 0; ; ) {
    let piece: Buffer | undefined;
    try {
      const answer = await client.fetchOne(String(uid), { source: { start, maxLength: CHUNK } }, { uid: true });
      if (answer === false || answer === undefined)
        throw new MailRefusedError(uid, `mail ${uid} disappeared while it was read`);
      piece = answer.source;
    } catch (error) {
      throw toMailboxError(error);
    }
    // An empty piece is the end; some servers answer NIL there.
    if (piece === undefined || piece.length === 0) {
      if (start === 0) throw new MailRefusedError(uid, `the server gives no bytes for mail ${uid}`);
      return;
    }
    // Bytes beyond the asked window would be counted twice.
    if (piece.length > CHUNK) throw new MailRefusedError(uid, `the server ignores partial fetches (mail ${uid})`);
    start += piece.length;
    yield piece;
    if (piece.length < CHUNK) return;
  }
}
