import { describe, expect, it } from 'vitest';
import { parseMime } from '../../../src/formats/mime/parse.ts';
import { readMailHeaders, soleSender } from '../../../src/formats/pec/mail-headers.ts';

const root = (...lines: readonly string[]) => parseMime(Buffer.from(`${lines.join('\r\n')}\r\n\r\nx`)).root;
const read = (...lines: readonly string[]) => readMailHeaders(root('X-First: 1', ...lines));

describe('the headers of a mail', () => {
  it('have the first of several senders, and all recipients of repeated fields', () => {
    const headers = read('From: A <a@x.it>, b@x.it', 'From: c@x.it', 'To: d@x.it', 'Cc: e@x.it, f@x.it', 'To: g@x.it');
    expect(headers).toMatchObject({ from: 'a@x.it', to: ['d@x.it', 'g@x.it'], cc: ['e@x.it', 'f@x.it'] });
  });

  it('may all be missing', () => {
    expect(read()).toEqual({
      messageId: null,
      from: null,
      to: [],
      cc: [],
      subject: '',
      date: null,
      reference: null,
      automatic: null,
    });
  });

  it.each([
    ['<a@x.it>', '<a@x.it>'],
    [' scritto <a@x .it> oggi', '<a@x.it>'],
    ['a@x.it', '<a@x.it>'],
    ['due parole', null],
    ['', null],
  ])('the message id %j is %j', (field, expected) => {
    const headers = read(`Message-ID: ${field}`, `X-Riferimento-Message-ID: ${field}`);
    expect([headers.messageId, headers.reference]).toEqual([expected, expected]);
  });

  it.each([
    [['Auto-Submitted: auto-replied'], 'reply'],
    [['Auto-Submitted: AUTO-REPLIED; by=x'], 'reply'],
    [['Auto-Submitted: auto-generated'], 'generated'],
    [['Auto-Submitted: no'], null],
    [['Auto-Submitted: no (a person)'], null],
    [['Precedence: auto_reply'], 'reply'],
    [['Precedence: Bulk'], 'generated'],
    [['Precedence: junk'], 'generated'],
    [['Precedence: list'], 'generated'],
    [['Precedence: first-class'], null],
    [['X-Autoreply: yes'], 'reply'],
    [['X-Autorespond:'], 'reply'],
    [['Auto-Submitted: no', 'X-Autorespond: yes'], 'reply'],
    [['Auto-Submitted: auto-generated', 'Precedence: auto_reply'], 'reply'],
    [['Auto-Submitted: no', 'Precedence: bulk'], 'generated'],
    [[], null],
  ])('%j: sent by a program: %j', (lines, expected) => {
    expect(read(...lines).automatic).toBe(expected);
  });
});

describe('the only sender', () => {
  it.each([
    [['From: A <a@x.it>'], 'a@x.it'],
    [['From: a@x.it, b@x.it'], null],
    [['From: a@x.it', 'From: a@x.it'], null],
    [['From: nessuno'], null],
    [['Sender: a@x.it'], null],
  ])('of %j is %j', (lines, expected) => {
    expect(soleSender(root(...lines))).toBe(expected);
  });
});
