import { insideOfCms, type ListedMail, listMail } from './list-mail.ts';
import { type WrittenMail, writtenIn } from './segnatura-of-mail.ts';

/**
 * Looks into kept mails, which may be hostile, where a long look holds nobody up. The bytes are given away: whoever needs
 * them afterwards reads them again. Rejects where it took too long.
 */
export interface MailLooks {
  /** Where its files lie. */
  list(mail: Buffer): Promise<ListedMail>;
  /** What a CMS carries; null where nothing can be read. */
  inside(cms: Buffer): Promise<Buffer | null>;
  /** What a person wrote in it. */
  written(mail: Buffer, cuts?: readonly number[]): Promise<WrittenMail | null>;
}

/** In this thread: for the command line, and where nobody else waits. */
export const looksHere: MailLooks = {
  list: async (mail) => listMail(mail),
  inside: async (cms) => insideOfCms(cms),
  written: async (mail, cuts) => writtenIn(mail, cuts),
};
