import { describe, expect, it } from 'vitest';
import type { IncomingExchange, OutgoingExchange } from '../../../src/domain/exchange/exchange.ts';
import {
  type MailFate,
  mailTransition,
  ownAnswer,
  withdrawnTransition,
} from '../../../src/domain/exchange/own-mail.ts';
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

describe('a receipt that turns out to be of another transmission', () => {
  const full = { type: 'non-delivery', reason, mailboxFull: true } as const;
  const delivery = { type: 'delivery' } as const;
  const failure = { type: 'non-delivery', reason } as const;
  const accepted = { type: 'acceptance', certified: true } as const;
  const ordinary = { type: 'acceptance', certified: false } as const;
  const registered = { register: 'PROT', year: 2026, number: 1 };

  it.each([
    ['delivered', delivery, [accepted], 'accepted'],
    ['delivered', delivery, [ordinary], 'unevidenced'],
    ['delivered', delivery, [accepted, delivery], 'stays'],
    ['delivered', delivery, [accepted, failure], 'failed'],
    ['failed', failure, [accepted], 'accepted'],
    ['failed', { type: 'refusal', reason }, [accepted, delivery], 'delivered'],
    ['failed', failure, [accepted, full], 'stays'],
    // What a receipt did not lead to, or what an answer proved meanwhile, it cannot take back.
    ['failed', delivery, [accepted], 'stays'],
    ['delivered', failure, [accepted], 'stays'],
    ['confirmed', delivery, [accepted], 'stays'],
    ['queued', failure, [accepted], 'stays'],
    ['accepted', { type: 'notice', reason }, [accepted], 'stays'],
  ] as const)('of our message, %s: what the others say', (state, forged, rest, step) => {
    expect(describeStep(state, withdrawnTransition(sent(state), 'message', forged, rest))).toBe(step);
  });

  it.each([
    ['confirmed', 'confirmation', delivery, [accepted], 'stays: waits anew'],
    ['confirmed', 'receipt', delivery, [accepted, delivery], 'stays: waits for nothing more'],
    ['confirmed', 'confirmation', delivery, [accepted, failure], 'unanswered'],
    ['unanswered', 'confirmation', failure, [accepted], 'confirmed: waits anew'],
    ['unanswered', 'confirmation', failure, [accepted, failure], 'stays'],
    // The answer that is owed is another one by now.
    ['unanswered', 'exception', failure, [accepted], 'stays'],
    ['refusing', 'confirmation', delivery, [accepted], 'stays'],
    ['confirmed', 'update', failure, [accepted], 'stays'],
  ] as const)('of our answer, %s (%s)', (state, purpose, forged, rest, step) => {
    const exchange = { ...received(state), registered };
    expect(describeStep(state, withdrawnTransition(exchange, purpose, forged, rest))).toBe(step);
  });

  it('of our exception, while nothing was registered', () => {
    const step = withdrawnTransition(received('unanswered'), 'exception', failure, [accepted]);
    expect(describeStep('unanswered', step)).toBe('refused: waits anew');
  });
});
