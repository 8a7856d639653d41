import { describe, expect, it } from 'vitest';
import { classifySmtpFailure, type SmtpFailure } from '../../../src/domain/delivery/smtp-reply.ts';

const table: readonly [number | null, string | null, string | null, SmtpFailure][] = [
  [550, 'EENVELOPE', 'RCPT TO', 'permanent'],
  [450, 'EENVELOPE', 'RCPT TO', 'temporary'],
  [451, 'EENVELOPE', 'MAIL FROM', 'temporary'],
  [552, 'EMESSAGE', 'DATA', 'permanent'],
  [554, 'EMESSAGE', 'DATA', 'permanent'],
  [452, 'EMESSAGE', 'DATA', 'temporary'],
  [535, 'EAUTH', 'AUTH PLAIN', 'authentication'],
  [534, 'EAUTH', 'AUTH PLAIN', 'authentication'],
  [538, 'EAUTH', 'AUTH PLAIN', 'authentication'],
  [530, 'EENVELOPE', 'MAIL FROM', 'authentication'],
  [503, 'EAUTH', 'AUTH PLAIN', 'authentication'],
  [454, 'EAUTH', 'AUTH PLAIN', 'temporary'],
  [421, 'ECONNECTION', 'CONN', 'temporary'],
  [554, 'EPROTOCOL', 'CONN', 'unreachable'],
  [500, 'EPROTOCOL', 'EHLO', 'unreachable'],
  [null, 'EAUTH', 'API', 'authentication'],
  [null, 'EENVELOPE', 'API', 'permanent'],
  [null, 'EMESSAGE', 'MAIL FROM', 'permanent'],
  [null, 'ETIMEDOUT', 'CONN', 'unreachable'],
  [null, 'ECONNECTION', 'CONN', 'unreachable'],
  [null, 'EDNS', 'CONN', 'unreachable'],
  [null, 'ETLS', 'STARTTLS', 'unreachable'],
  [null, null, null, 'unreachable'],
  [250, 'ESOCKET', 'DATA', 'unreachable'],
];

describe('a failed hand-over', () => {
  it.each(table)('%s %s at %s is %s', (reply, code, command, expected) => {
    expect(classifySmtpFailure({ reply, code, command })).toBe(expected);
  });
});
