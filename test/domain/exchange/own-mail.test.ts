import { describe, expect, it } from 'vitest';
import type { IncomingExchange, OutgoingExchange } from '../../../src/domain/exchange/exchange.ts';
import { type MailFate, mailTransition, ownAnswer } from '../../../src/domain/exchange/own-mail.ts';
import { describeStep } from './steps.ts';

const received = (state: IncomingExchange['state']) =>
  ({ direction: 'incoming', state, registered: null }) as IncomingExchange;
const sent = (state: OutgoingExchange['state']) =>
  ({ direction: 'outgoing', state, registered: null }) as OutgoingExchange;

const reason = 'motivo';
const fates: readonly [string, MailFate][] = [
  ['sent', { type: 'sent' }],
  ['given up', { type: 'given-up', reason }],
  ['accepted', { type: 'acceptance', certified: true }],
  ['accepted for an ordinary mailbox', { type: 'acceptance', certified: false }],
  ['refused', { type: 'refusal', reason }],
  ['taken in charge', { type: 'taken-in-charge' }],
  ['late', { type: 'notice', reason }],
  ['not delivered', { type: 'non-delivery', reason }],
  ['not delivered, the mailbox full', { type: 'non-delivery', reason, mailboxFull: true }],
  ['delivered', { type: 'delivery' }],
];
const table = (step: (fate: MailFate) => string) => Object.fromEntries(fates.map(([name, fate]) => [name, step(fate)]));

describe('a mail of ours', () => {
  it.each([
    ['confirmation', 'confirming', 'confirmed'],
    ['receipt', 'confirming', 'confirmed'],
    ['exception', 'refusing', 'refused'],
  ] as const)('that is the %s moves the message it answers', (purpose, owed, given) => {
    expect(table((fate) => describeStep(owed, mailTransition(received(owed), purpose, fate)))).toEqual({
      sent: given,
      'given up': 'unanswered: task answer-failed',
      accepted: given,
      // An ordinary mailbox sends no receipt of delivery: nothing more will come.
      'accepted for an ordinary mailbox': `${given}: waits for nothing more`,
      refused: 'unanswered: task answer-failed',
      'taken in charge': given,
      late: given,
      'not delivered': 'unanswered: task answer-failed',
      'not delivered, the mailbox full': 'unanswered: task mailbox-full',
      delivered: `${given}: waits for nothing more`,
    });
  });

  it('that is the message itself moves its own exchange', () => {
    expect(table((fate) => describeStep('sent', mailTransition(sent('sent'), 'message', fate)))).toMatchObject({
      sent: 'stays',
      accepted: 'accepted',
      'accepted for an ordinary mailbox': expect.stringMatching(/^unevidenced/),
      delivered: 'delivered',
    });
  });

  it.each([
    ['update', received('confirmed')],
    ['annulment', received('annulled')],
    ['annulment', sent('withdrawn')],
    // Filed under the wrong direction: it answers nothing there.
    ['confirmation', sent('delivered')],
    ['message', received('operator')],
  ] as const)('that only tells (%s, of %o) moves nothing, and a person learns that it failed', (purpose, exchange) => {
    const failed = expect.stringMatching(/^stays: task /);
    expect(table((fate) => describeStep(exchange.state, mailTransition(exchange, purpose, fate)))).toEqual({
      sent: 'stays',
      'given up': failed,
      accepted: 'stays',
      'accepted for an ordinary mailbox': 'stays',
      refused: failed,
      'taken in charge': 'stays',
      late: 'stays',
      'not delivered': failed,
      'not delivered, the mailbox full': failed,
      delivered: 'stays',
    });
  });

  it('is an answer by its purpose', () => {
    const purposes = ['message', 'confirmation', 'exception', 'update', 'annulment', 'receipt'] as const;
    expect(purposes.map(ownAnswer)).toEqual([null, 'confirmation', 'exception', null, null, 'confirmation']);
  });
});
