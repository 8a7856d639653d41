import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { type FetchedMail, MailRefusedError } from '../../service/intake/mailbox.ts';

/**
 * Mails that their server does not hand out. After so many tries such a mail is stepped over: it is recorded without bytes,
 * shown to a person, and no longer in the way of the next.
 */
const MAX_TRIES = 3;

export interface RefusedMails {
  /** Counts a refusal. Gives the mail as refused once it was tried often enough; else throws the error again. */
  count(error: unknown): readonly FetchedMail[];
  /** Replaces mails that were refused often enough: a large mail is only read, and refused, after its page was fetched. */
  stepOver(page: readonly FetchedMail[]): readonly FetchedMail[];
}

export function refusedMails(clock: Clock): RefusedMails {
  const refusals = new Map<number, { times: number; message: string }>();
  const asRefused = (uid: number, message: string, mail?: FetchedMail): FetchedMail => ({
    uid,
    size: mail?.size ?? 0,
    arrivedAt: mail?.arrivedAt ?? clock.now(),
    bytes: Buffer.alloc(0),
    refusal: problem('mail-refused-by-server', '', message).message,
  });
  return {
    count(error) {
      if (!(error instanceof MailRefusedError)) throw error;
      const { uid, message } = error;
      const times = (refusals.get(uid)?.times ?? 0) + 1;
      refusals.set(uid, { times, message });
      if (times < MAX_TRIES) throw error;
      return [asRefused(uid, message)];
    },
    stepOver: (page) =>
      page.map((mail) => {
        const refused = refusals.get(mail.uid);
        if (refused === undefined || refused.times < MAX_TRIES) return mail;
        if (!Buffer.isBuffer(mail.bytes)) mail.bytes.destroy();
        return asRefused(mail.uid, refused.message, mail);
      }),
  };
}
