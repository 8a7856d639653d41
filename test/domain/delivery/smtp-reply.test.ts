import { describe, expect, it } from 'vitest';
import {
  classifySmtpFailure,
  enhancedStatus,
  judgeSmtpFailure,
  type SmtpFailure,
} from '../../../src/domain/delivery/smtp-reply.ts';

/** Replies in the words of providers; the words are there to show that they do not matter. */
const replies: readonly [string, string, SmtpFailure][] = [
  ['550 5.1.1 <nessuno@pec.example.it>: Recipient address rejected: User unknown', 'RCPT TO', 'envelope'],
  ['550-5.1.1 The email account that you tried to reach\n550-5.1.1 does not exist\n550 5.1.1 x', 'RCPT TO', 'envelope'],
  ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found', 'RCPT TO', 'envelope'],
  ['550 5.4.1 Recipient address rejected: Access denied', 'RCPT TO', 'envelope'],
  ['550 5.2.1 mailbox disabled', 'RCPT TO', 'envelope'],
  ['550 Requested action not taken: mailbox unavailable', 'RCPT TO', 'envelope'],
  ['551 User not local', 'RCPT TO', 'envelope'],
  ['501 5.1.3 Bad recipient address syntax', 'RCPT TO', 'envelope'],
  ['501 Syntax error in address', 'MAIL FROM', 'envelope'],
  ['553 5.1.8 Sender address rejected: Domain not found', 'MAIL FROM', 'envelope'],
  ['553 5.7.1 Sender address not owned by the authenticated user', 'MAIL FROM', 'envelope'],
  ['553 sorry, your envelope sender is not allowed', 'MAIL FROM', 'envelope'],
  ['552 5.2.2 Mailbox full', 'RCPT TO', 'full'],
  ['552 Mailbox quota exceeded', 'RCPT TO', 'full'],
  ['552 5.2.2 Your own mailbox is full', 'MAIL FROM', 'full'],
  ['550 5.2.2 Over quota', 'DATA', 'full'],
  ['552 5.3.4 Message size exceeds fixed limit', 'MAIL FROM', 'size'],
  ['552-5.2.3 Your message exceeded our\n552 5.2.3 message size limits', 'DATA', 'size'],
  ['552 Message exceeds maximum size', 'DATA', 'size'],
  ['552 5.0.0 Too large', 'DATA', 'size'],
  ['554 5.3.4 Message too big for system', 'DATA', 'size'],
  ['552-5.7.0 This message was blocked because its content\n552 5.7.0 presents a potential issue', 'DATA', 'permanent'],
  ['554 5.7.1 Message refused: too big', 'DATA', 'permanent'],
  ['554 5.7.1 <x@example.it>: Relay access denied', 'RCPT TO', 'permanent'],
  ['550 5.7.1 Authentication required', 'RCPT TO', 'permanent'],
  ['554 Transaction failed', 'DATA', 'permanent'],
  ['550 5.6.0 virus found', 'DATA', 'permanent'],
  ['503 5.5.1 Error: need MAIL command', 'RCPT TO', 'permanent'],
  ['550 5.5.3 Too many recipients', 'RCPT TO', 'rate'],
  ['550 5.4.5 Daily user sending quota exceeded', 'DATA', 'rate'],
  ['452 4.5.3 Too many recipients', 'RCPT TO', 'rate'],
  ['421 4.7.0 Try again later, closing connection', 'MAIL FROM', 'rate'],
  ['421 4.7.28 Unusual rate of mail', 'CONN', 'rate'],
  ['450 4.7.1 Error: too much mail from 192.0.2.7', 'MAIL FROM', 'rate'],
  ['450 4.7.1 <x@example.it>: Greylisted', 'RCPT TO', 'rate'],
  ['451 4.7.1 Service unavailable - try again later', 'DATA', 'rate'],
  ['454 4.7.0 Temporary authentication failure', 'AUTH PLAIN', 'rate'],
  ['421 Too many concurrent sessions', 'AUTH LOGIN', 'rate'],
  ['450 4.2.0 mailbox busy', 'RCPT TO', 'temporary'],
  ['450 too many messages, slow down', 'RCPT TO', 'temporary'],
  ['451 4.3.0 Temporary lookup failure', 'MAIL FROM', 'temporary'],
  ['451 4.3.2 System not accepting messages', 'DATA', 'temporary'],
  ['452 4.3.1 Insufficient system storage', 'MAIL FROM', 'temporary'],
  ['452 4.2.2 Mailbox full', 'RCPT TO', 'full-for-now'],
  ['452 Insufficient storage', 'RCPT TO', 'full-for-now'],
  ['422 4.2.2 Over quota', 'RCPT TO', 'full-for-now'],
  ['452 Insufficient storage', 'MAIL FROM', 'temporary'],
  ['421 4.4.2 Error: timeout exceeded', 'DATA', 'temporary'],
  ['421 Service not available', 'CONN', 'temporary'],
  ['535 5.7.8 Error: authentication failed', 'AUTH PLAIN', 'authentication'],
  ['535-5.7.8 Username and Password not accepted.\n535 5.7.8 Learn more', 'AUTH LOGIN', 'authentication'],
  ['534 5.7.9 Application-specific password required', 'AUTH PLAIN', 'authentication'],
  ['538 5.7.11 Encryption required', 'AUTH PLAIN', 'authentication'],
  ['432 4.7.12 A password transition is needed', 'AUTH PLAIN', 'authentication'],
  ['503 bad sequence', 'AUTH PLAIN', 'authentication'],
  ['525 5.7.13 User account disabled', 'AUTH PLAIN', 'authentication'],
  ['530 5.7.0 Authentication required', 'MAIL FROM', 'authentication'],
  ['550 5.7.13 User account disabled', 'MAIL FROM', 'authentication'],
  ['554 5.7.1 Blocked: your address is listed', 'CONN', 'unreachable'],
  ['550 Access denied', 'EHLO', 'unreachable'],
  ['454 4.3.0 TLS not available', 'STARTTLS', 'unreachable'],
  ['500 5.5.1 unknown command', 'EHLO', 'unreachable'],
];

const silences: readonly [string | null, string | null, SmtpFailure][] = [
  ['EAUTH', 'API', 'authentication'],
  ['EENVELOPE', 'API', 'envelope'],
  ['EMESSAGE', 'MAIL FROM', 'size'],
  ['EMESSAGE', 'API', 'permanent'],
  ['ETIMEDOUT', 'CONN', 'unreachable'],
  ['ECONNECTION', 'CONN', 'unreachable'],
  ['ESOCKET', 'DATA', 'unreachable'],
  ['EDNS', 'CONN', 'unreachable'],
  ['ETLS', 'STARTTLS', 'unreachable'],
  [null, null, 'unreachable'],
];

describe('a failed hand-over', () => {
  it.each(replies)('%s, to %s: %s', (response, command, expected) => {
    const trouble = { reply: Number(response.slice(0, 3)), enhanced: enhancedStatus(response), code: 'EANY', command };
    expect(classifySmtpFailure({ ...trouble, begun: true })).toBe(expected);
  });

  it.each(silences)('without a reply, %s at %s: %s', (code, command, expected) => {
    expect(classifySmtpFailure({ reply: null, enhanced: null, code, command, begun: true })).toBe(expected);
    // A reply that is no failure decides nothing.
    for (const reply of [250, 399, 600])
      expect(classifySmtpFailure({ reply, enhanced: '2.0.0', code, command, begun: true })).toBe(expected);
  });

  // 4xx passes and 5xx does not, also where nobody has given the number a meaning (RFC 5321 §4.3.2).
  it.each<[number, string, SmtpFailure]>([
    [400, 'DATA', 'temporary'],
    [499, 'DATA', 'temporary'],
    [500, 'DATA', 'permanent'],
    [599, 'DATA', 'permanent'],
    [499, 'AUTH PLAIN', 'rate'],
    [500, 'AUTH PLAIN', 'authentication'],
  ])('with %d to %s: %s', (reply, command, expected) => {
    expect(classifySmtpFailure({ reply, enhanced: null, code: null, command, begun: true })).toBe(expected);
  });

  it('concerns the account before the mail is submitted, and whenever the account is refused', () => {
    const judge = (reply: number | null, command: string, begun: boolean) =>
      judgeSmtpFailure({ reply, enhanced: null, code: null, command, begun }).concerns;
    expect(judge(null, 'CONN', false)).toBe('account');
    expect(judge(421, 'CONN', false)).toBe('account');
    expect(judge(535, 'AUTH PLAIN', false)).toBe('account');
    expect(judge(530, 'MAIL FROM', true)).toBe('account');
    expect(judge(null, 'CONN', true)).toBe('mail');
    expect(judge(450, 'RCPT TO', true)).toBe('mail');
  });

  it('never blames a mail that was not yet submitted', () => {
    for (const command of ['CONN', 'EHLO', 'SOMETHING', null])
      for (const reply of [550, 552, 553, 554]) {
        const verdict = judgeSmtpFailure({ reply, enhanced: null, code: null, command, begun: false });
        expect(verdict).toEqual({ outcome: 'unreachable', concerns: 'account' });
      }
  });

  it.each([
    ['550 5.1.1 no', '5.1.1'],
    ['250-2.1.0 a\n250 2.1.0 b', '2.1.0'],
    ['550-no code here\n550 5.7.1 but here', '5.7.1'],
    ['550 5.1.1', '5.1.1'],
    ['550 version 5.1.1 of the mailer', null],
    ['550 192.0.2.7 is listed', null],
    ['550 5.1.1.1 is no status', null],
    ['550 3.1.1 nor this', null],
    ['', null],
  ])('the status code of %j is %s', (response, expected) => {
    expect(enhancedStatus(response)).toBe(expected);
  });
});
