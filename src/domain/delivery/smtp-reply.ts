/**
 * What a failed hand-over means for the mail. The server's reply decides (RFC 5321 §4.2.1), the library's code only
 * where no reply came: nodemailer says EENVELOPE for a 550 and for a 450 alike.
 *
 * - `permanent`: this mail will never be taken; a person decides.
 * - `temporary`: the server asks to come back later.
 * - `authentication`: the account is refused; nothing of this account will go until it is mended.
 * - `unreachable`: the session failed or broke, so the mail itself is neither accepted nor refused.
 */
export type SmtpFailure = 'permanent' | 'temporary' | 'authentication' | 'unreachable';

export interface SmtpTrouble {
  /** Three digits of the server's reply, or null when none came. */
  readonly reply: number | null;
  /** The library's code: `EAUTH`, `EENVELOPE`, `ETIMEDOUT` … */
  readonly code: string | null;
  /** What was being said: `CONN`, `EHLO`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA` … */
  readonly command: string | null;
}

/** RFC 4954 §6 and RFC 5248: the server wants other credentials, or any. 538: it wants them encrypted. */
const CREDENTIALS = new Set([530, 534, 535, 538]);
/** Greeting, hello and STARTTLS concern the session: a mail must not die because our address is blocked for a day. */
const SESSION = /^(CONN|EHLO|HELO|LHLO|STARTTLS|RSET|NOOP|QUIT|API)\b/;

export function classifySmtpFailure({ reply, code, command }: SmtpTrouble): SmtpFailure {
  const said = command ?? '';
  if (reply !== null && reply >= 400 && reply <= 599) {
    if (CREDENTIALS.has(reply)) return 'authentication';
    if (said.startsWith('AUTH')) return reply >= 500 ? 'authentication' : 'temporary';
    if (reply < 500) return 'temporary';
    return SESSION.test(said) ? 'unreachable' : 'permanent';
  }
  if (code === 'EAUTH' || code === 'ENOAUTH') return 'authentication';
  // Without a reply these are our own findings: no usable recipient, or larger than the server announced it takes.
  if (code === 'EENVELOPE' || code === 'EMESSAGE') return 'permanent';
  return 'unreachable';
}
