import { type FetchedMail, MailboxError } from '../../../src/service/intake/mailbox.ts';

export const never = new AbortController().signal;

export const whole = (mail: FetchedMail | undefined): Buffer => {
  if (!Buffer.isBuffer(mail?.bytes)) throw new Error('a whole mail was expected');
  return mail.bytes;
};

/** The fault with which the work fails. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'nothing went wrong';
  } catch (error) {
    if (error instanceof MailboxError) return error.fault;
    throw error;
  }
}
