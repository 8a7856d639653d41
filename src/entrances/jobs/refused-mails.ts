import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { type FetchedMail, MailRefusedError } from '../../service/intake/mailbox.ts';

/**
 * Mails that their server does not hand out whole. After so many tries such a mail is stepped over: it is recorded with what
 * came of it, shown to a person, and no longer in the way of the next.
 */
const MAX_TRIES = 3;

export interface RefusedMails {
  /**
   * Counts a refusal. Gives the mail as refused once it was tried often enough; else throws the error again. A UID names a
   * mail only together with its UIDVALIDITY (RFC 3501 section 2.3.1.1).
   */
  count(error: unknown, uidValidity: bigint): readonly FetchedMail[];
  /**
   * Replaces large mails that were refused often enough: they are only read, and refused, after their page was fetched. A
   * mail whose bytes have arrived is kept, whatever was refused before.
   */
  stepOver(page: readonly FetchedMail[], uidValidity: bigint): readonly FetchedMail[];
}

export function refusedMails(clock: Clock): RefusedMails {
  const refusals = new Map<string, { times: number; message: string }>();
  const asRefused = (uid: number, message: string, bytes: Buffer, mail?: FetchedMail): FetchedMail => ({
    uid,
    size: mail?.size ?? 0,
    arrivedAt: mail?.arrivedAt ?? clock.now(),
    bytes,
    refusal: problem('mail-refused-by-server', '', message).message,
  });
  return {
    count(error, uidValidity) {
      if (!(error instanceof MailRefusedError)) throw error;
      const { uid, message, bytes } = error;
      const key = `${uidValidity}/${uid}`;
      const times = (refusals.get(key)?.times ?? 0) + 1;
      refusals.set(key, { times, message });
      if (times < MAX_TRIES) throw error;
      return [asRefused(uid, message, bytes)];
    },
    stepOver: (page, uidValidity) =>
      page.map((mail) => {
        const refused = refusals.get(`${uidValidity}/${mail.uid}`);
        if (refused === undefined || refused.times < MAX_TRIES || Buffer.isBuffer(mail.bytes)) return mail;
        mail.bytes.destroy();
        return asRefused(mail.uid, refused.message, Buffer.alloc(0), mail);
      }),
  };
}
