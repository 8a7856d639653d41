import { MailboxError } from '../../../src/adapters/imap/mailbox-error.ts';
import type { FetchedMail } from '../../../src/service/register/ports.ts';

export const never = new AbortController().signal;

export const whole = (mail: FetchedMail | undefined): Buffer => {
  if (!Buffer.isBuffer(mail?.bytes)) throw new Error('a whole mail was expected');
  return mail.bytes;
};

/** Under which reason the work is refused. */
export async function reasonOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing went wrong';
  } catch (error) {
    if (error instanceof MailboxError) return error.reason;
    throw error;
  }
}
