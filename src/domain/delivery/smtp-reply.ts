/**
 * What a failed hand-over means. The server's reply decides (RFC 5321 §4.2.1), made precise by its enhanced status code
 * (RFC 3463, RFC 5248) and by the command it answers; its text is never used. The library's code counts only where no reply
 * came: nodemailer says EENVELOPE for a 550 and for a 450 alike.
 *
 * - `permanent`: this mail will never be taken; a person decides.
 * - `size`: it is larger than the server takes.
 * - `envelope`: the sender's or the recipient's address is refused.
 * - `full`, `full-for-now`: a mailbox has no room left, the recipient's or, with some providers, the sender's own.
 * - `temporary`: the server asks to come back later.
 * - `rate`: the server asks to come back much later: too much at once, or a sender it does not know yet.
 * - `authentication`: the account is refused; nothing of this account will go until it is mended.
 * - `unreachable`: the session failed or broke, so the mail itself is neither accepted nor refused.
 */
export type SmtpFailure =
  | 'permanent'
  | 'size'
  | 'envelope'
  | 'full'
  | 'full-for-now'
  | 'temporary'
  | 'rate'
  | 'authentication'
  | 'unreachable';

export interface SmtpTrouble {
  /** Three digits of the server's reply, or null when none came. */
  readonly reply: number | null;
  /** Enhanced status code of the reply (`5.1.1`), or null. */
  readonly enhanced: string | null;
  /** The library's code: `EAUTH`, `EENVELOPE`, `ETIMEDOUT` … */
  readonly code: string | null;
  /** The command that was being sent: `CONN`, `EHLO`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  readonly command: string | null;
  /** The session was set up, and the mail itself was being sent. */
  readonly begun: boolean;
}

export interface SmtpVerdict {
  readonly outcome: SmtpFailure;
  /** `account`: any other mail of this account would have failed as well. */
  readonly concerns: 'mail' | 'account';
}

/** RFC 4954 §6 and RFC 5248: the server wants other credentials, or any. 538: it wants them encrypted. */
const CREDENTIALS = new Set([432, 530, 534, 535, 538]);
/** X.7.8 to X.7.14 (RFC 5248): credentials wrong, too weak, in need of encryption, expired, account disabled. */
const CREDENTIAL_STATUS = /^7\.(8|9|1[0-4])$/;
/** Greeting, hello and STARTTLS concern the session: a mail must not die because our address is blocked for a day. */
const SESSION = /^(CONN|EHLO|HELO|LHLO|STARTTLS|RSET|NOOP|QUIT|API)\b/;
/** X.3.4: message too big for the system; X.2.3: larger than the mailbox takes. */
const SIZE_STATUS = new Set(['3.4', '2.3']);
/** X.5.3: too many recipients; X.4.5: congestion, said with 550 of a used-up daily quota. */
const RATE_STATUS = new Set(['5.3', '4.5']);
/** Mailbox full. */
const FULL_STATUS = '2.2';
/** X.1: addresses; X.2: the recipient's mailbox; X.4.1 and X.4.4: no way to its host. */
const ENVELOPE_STATUS = /^(1\.\d+|2\.\d+|4\.1|4\.4)$/;

const OF_THE_MAIL: ReadonlySet<SmtpFailure> = new Set(['permanent', 'size', 'envelope', 'full', 'full-for-now']);

export function judgeSmtpFailure(trouble: SmtpTrouble): SmtpVerdict {
  const outcome = classifySmtpFailure(trouble);
  if (trouble.begun) return { outcome, concerns: outcome === 'authentication' ? 'account' : 'mail' };
  // Nothing had been said about the mail yet, so it was not the mail that was refused.
  return { outcome: OF_THE_MAIL.has(outcome) ? 'unreachable' : outcome, concerns: 'account' };
}

export function classifySmtpFailure(trouble: SmtpTrouble): SmtpFailure {
  const { reply, code, command } = trouble;
  if (reply !== null && reply >= 400 && reply <= 599) return ofReply(reply, trouble);
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'authentication';
  // Without a reply the library judged by itself: no usable address, or larger than the server announced.
  if (code === 'EENVELOPE') return 'envelope';
  if (code === 'EMESSAGE') return command === 'MAIL FROM' ? 'size' : 'permanent';
  return 'unreachable';
}

function ofReply(reply: number, { enhanced, command }: SmtpTrouble): SmtpFailure {
  const said = command ?? '';
  const status = statusOf(enhanced);
  if (CREDENTIALS.has(reply)) return 'authentication';
  if (said.startsWith('AUTH')) return reply >= 500 ? 'authentication' : 'rate';
  if (CREDENTIAL_STATUS.test(status) && said !== 'RCPT TO' && said !== 'DATA') return 'authentication';
  if (RATE_STATUS.has(status)) return 'rate';
  if (reply < 500) {
    if (status.startsWith('7.')) return 'rate';
    // 452 says "insufficient storage"; to a recipient that is the mailbox's.
    if (status === FULL_STATUS || (status === '' && reply === 452 && said === 'RCPT TO')) return 'full-for-now';
    return SESSION.test(said) && reply !== 421 ? 'unreachable' : 'temporary';
  }
  if (SESSION.test(said)) return 'unreachable';
  if (SIZE_STATUS.has(status)) return 'size';
  if (status === FULL_STATUS) return 'full';
  if (status !== '') return ENVELOPE_STATUS.test(status) || reply === 553 ? 'envelope' : 'permanent';
  return withoutStatus(reply, said);
}

/** What the three digits say by themselves (RFC 5321 §4.2.2, §4.2.3). */
function withoutStatus(reply: number, said: string): SmtpFailure {
  const isAddress = said === 'RCPT TO' || said === 'MAIL FROM';
  // 552 to a recipient is a full mailbox; elsewhere it is the mail that is too large.
  if (reply === 552) return said === 'RCPT TO' ? 'full' : 'size';
  if (reply === 553) return 'envelope';
  return isAddress && (reply === 550 || reply === 551 || reply === 501) ? 'envelope' : 'permanent';
}

/** Subject and detail of the enhanced code; '' where there is none or it says nothing (X.0.0). */
function statusOf(enhanced: string | null): string {
  const found = /^[245]\.(\d{1,3}\.\d{1,3})$/.exec(enhanced ?? '')?.[1] ?? '';
  return found === '0.0' ? '' : found;
}

/** The enhanced status code in a reply of one or more lines: it opens the text of each (RFC 2034 §4). */
export function enhancedStatus(response: string): string | null {
  return /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?=\s|$)/m.exec(response)?.[1] ?? null;
}
