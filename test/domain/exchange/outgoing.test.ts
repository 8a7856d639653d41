import { describe, expect, it } from 'vitest';
import {
  awaitedOutgoing,
  OUTGOING_STATES,
  type OutgoingEvent,
  type OutgoingState,
  outgoing,
} from '../../../src/domain/exchange/outgoing.ts';
import { describeStep, readSteps } from './steps.ts';

const reason = '5.1.1 - indirizzo inesistente';

interface Case {
  readonly title: string;
  readonly event: OutgoingEvent;
  /** See `readSteps`. */
  readonly steps: string;
}

const CASES: Record<OutgoingEvent['type'], readonly Case[]> = {
  sent: [
    {
      title: 'it was handed over to our provider',
      event: { type: 'sent' },
      steps: `
        queued -> sent
        any other -> stays`,
    },
  ],
  acceptance: [
    {
      title: 'the provider accepts it',
      event: { type: 'acceptance', certified: true },
      steps: `
        queued, sent -> accepted
        any other -> stays`,
    },
    {
      title: 'the provider accepts it for an ordinary mailbox',
      event: { type: 'acceptance', certified: false },
      steps: `
        queued, sent, accepted -> unevidenced
        any other -> stays`,
    },
  ],
  'taken-in-charge': [
    {
      title: "the recipient's provider takes it in charge",
      event: { type: 'taken-in-charge' },
      steps: `
        any -> stays`,
    },
  ],
  delivery: [
    {
      title: 'it is delivered',
      event: { type: 'delivery' },
      steps: `
        queued, sent, accepted, unevidenced, failed -> delivered
        any other -> stays`,
    },
  ],
  notice: [
    {
      title: 'the provider announces that delivery is late',
      event: { type: 'notice', reason },
      steps: `
        queued, sent, accepted -> stays: task delivery-notice
        any other -> stays`,
    },
  ],
  'given-up': [
    {
      title: 'it cannot be handed over',
      event: { type: 'given-up', reason },
      steps: `
        queued -> failed: task not-sent
        any other -> stays: task not-sent`,
    },
  ],
  refusal: [
    {
      title: 'the provider refuses it',
      event: { type: 'refusal', reason },
      steps: `
        queued, sent, accepted -> failed: task not-accepted
        replaced -> stays
        any other -> stays: task not-accepted`,
    },
  ],
  'non-delivery': [
    {
      title: 'it is not delivered',
      event: { type: 'non-delivery', reason },
      steps: `
        queued, sent, accepted -> failed: task not-delivered
        replaced -> stays
        any other -> stays: task not-delivered`,
    },
    {
      title: "the recipient's mailbox is full",
      event: { type: 'non-delivery', reason, mailboxFull: true },
      steps: `
        queued, sent, accepted -> failed: task mailbox-full
        replaced -> stays
        any other -> stays: task mailbox-full`,
    },
  ],
  confirmation: [
    {
      title: 'the recipient confirms it',
      event: { type: 'confirmation' },
      steps: `
        queued, sent, accepted, unevidenced, delivered, failed, replaced -> confirmed
        excepted -> confirmed: task contradiction
        annulled -> stays: task contradiction
        confirmed, withdrawn -> stays`,
    },
  ],
  update: [
    {
      title: 'the recipient updates its confirmation',
      event: { type: 'update' },
      steps: `
        queued, sent, accepted, unevidenced, delivered, failed, replaced -> confirmed
        excepted -> confirmed: task contradiction
        annulled -> stays: task contradiction
        confirmed, withdrawn -> stays`,
    },
  ],
  exception: [
    {
      title: 'the recipient refuses it',
      event: { type: 'exception', reason },
      steps: `
        queued, sent, accepted, unevidenced, delivered, failed, replaced -> excepted: task excepted
        confirmed -> excepted: task contradiction
        excepted -> stays: task excepted
        annulled, withdrawn -> stays: task contradiction`,
    },
  ],
  'annulled-by-peer': [
    {
      title: 'the recipient annuls its registration',
      event: { type: 'annulled-by-peer', reason },
      steps: `
        annulled, withdrawn -> stays: task annulled-by-recipient
        any other -> annulled: task annulled-by-recipient`,
    },
  ],
  annul: [
    {
      title: 'we annul our registration',
      event: { type: 'annul' },
      steps: `
        annulled, withdrawn -> stays: not allowed
        any other -> withdrawn: annul and tell`,
    },
  ],
  resend: [
    {
      title: 'a person has it sent again',
      event: { type: 'resend', answer: null },
      steps: `
        sent, accepted, unevidenced, delivered -> stays: send again, waits anew
        failed, replaced -> queued: send again
        any other -> stays: not allowed`,
    },
  ],
  'send-elsewhere': [
    {
      title: 'a person has it sent to another address',
      event: { type: 'send-elsewhere' },
      steps: `
        failed -> replaced: send elsewhere
        any other -> stays: not allowed`,
    },
  ],
  overdue: [
    {
      title: 'what was awaited has not come',
      event: { type: 'overdue', awaited: 'delivery', since: reason },
      steps: `
        any -> stays: task delivery-late, waits for nothing, a person knows`,
    },
  ],
  'notice-failed': [
    {
      title: 'an annulment of ours does not arrive',
      event: { type: 'notice-failed', reason },
      steps: `
        any -> stays: task notice-failed`,
    },
  ],
};

describe('the life of an outgoing message', () => {
  for (const [type, cases] of Object.entries(CASES))
    for (const { title, event, steps } of cases)
      it(`${title} (${type})`, () => {
        expect(event.type).toBe(type);
        const taken = OUTGOING_STATES.map((state) => [state, describeStep(state, outgoing(state, event))]);
        expect(Object.fromEntries(taken)).toEqual(readSteps(OUTGOING_STATES, steps));
      });

  it('waits for what each state says', () => {
    const awaits = (answerWanted: boolean) =>
      Object.fromEntries(OUTGOING_STATES.map((state) => [state, awaitedOutgoing(state, answerWanted)]));
    const wanted = {
      queued: 'acceptance',
      sent: 'acceptance',
      accepted: 'delivery',
      unevidenced: null,
      delivered: 'confirmation',
      failed: null,
      replaced: null,
      confirmed: null,
      excepted: 'follow-up',
      annulled: null,
      withdrawn: null,
    };
    expect(awaits(true)).toEqual(wanted);
    expect(awaits(false)).toEqual({ ...wanted, delivered: null });
  });

  it('receipts in any order end in the same state', () => {
    const events: OutgoingEvent[] = [
      { type: 'sent' },
      { type: 'acceptance', certified: true },
      { type: 'taken-in-charge' },
      { type: 'delivery' },
      { type: 'confirmation' },
    ];
    for (const order of permutations(events)) {
      expect(order.reduce<OutgoingState>((state, event) => outgoing(state, event).next, 'queued')).toBe('confirmed');
    }
  });

  it('tells a person why', () => {
    expect(outgoing('sent', { type: 'non-delivery', reason }).effects).toEqual([
      { type: 'show', task: 'not-delivered', reason },
    ]);
    expect(outgoing('excepted', { type: 'confirmation' }).effects[0]).toMatchObject({
      task: 'contradiction',
      reason: expect.stringContaining('contraddice'),
    });
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
