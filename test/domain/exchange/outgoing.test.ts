import { describe, expect, it } from 'vitest';
import {
  awaitedOutgoing,
  OUTGOING_STATES,
  type OutgoingEvent,
  type OutgoingState,
  type OutgoingStep,
  outgoing,
} from '../../../src/domain/exchange/outgoing.ts';

const reason = '5.1.1 - indirizzo inesistente';

interface Row {
  readonly event: OutgoingEvent;
  /**
   * One cell per state in the order of OUTGOING_STATES: the next state (`=` stays), the effects (`!` a task, `no` not
   * allowed), and what is awaited where that is not the state's own.
   */
  readonly row: string;
}

//   queued | sent | accepted | unevidenced | delivered | failed | confirmed | excepted | annulled | withdrawn
const TABLE: Record<OutgoingEvent['type'], readonly Row[]> = {
  sent: [
    {
      event: { type: 'sent' },
      row: 'sent | = | = | = | = | = | = | = | = | =',
    },
  ],
  acceptance: [
    {
      event: { type: 'acceptance', certified: true },
      row: 'accepted | accepted | = | = | = | = | = | = | = | =',
    },
    {
      event: { type: 'acceptance', certified: false },
      row: 'unevidenced | unevidenced | unevidenced | = | = | = | = | = | = | =',
    },
  ],
  'taken-in-charge': [
    {
      event: { type: 'taken-in-charge' },
      row: '= | = | = | = | = | = | = | = | = | =',
    },
  ],
  delivery: [
    {
      event: { type: 'delivery' },
      row: 'delivered | delivered | delivered | delivered | = | delivered | = | = | = | =',
    },
  ],
  notice: [
    {
      event: { type: 'notice', reason },
      row: '= !delivery-notice | = !delivery-notice | = !delivery-notice | = | = | = | = | = | = | =',
    },
  ],
  'given-up': [
    {
      event: { type: 'given-up', reason },
      row: 'failed !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent | = !not-sent',
    },
  ],
  refusal: [
    {
      event: { type: 'refusal', reason },
      row: 'failed !not-accepted | failed !not-accepted | failed !not-accepted | = !not-accepted | = !not-accepted | = !not-accepted | = !not-accepted | = !not-accepted | = !not-accepted | = !not-accepted',
    },
  ],
  'non-delivery': [
    {
      event: { type: 'non-delivery', reason },
      row: 'failed !not-delivered | failed !not-delivered | failed !not-delivered | = !not-delivered | = !not-delivered | = !not-delivered | = !not-delivered | = !not-delivered | = !not-delivered | = !not-delivered',
    },
  ],
  confirmation: [
    {
      event: { type: 'confirmation' },
      row: 'confirmed | confirmed | confirmed | confirmed | confirmed | confirmed | = | confirmed !contradiction | = !contradiction | =',
    },
  ],
  update: [
    {
      event: { type: 'update' },
      row: 'confirmed | confirmed | confirmed | confirmed | confirmed | confirmed | = | confirmed !contradiction | = !contradiction | =',
    },
  ],
  exception: [
    {
      event: { type: 'exception', reason },
      row: 'excepted !excepted | excepted !excepted | excepted !excepted | excepted !excepted | excepted !excepted | excepted !excepted | excepted !contradiction | = !excepted | = !contradiction | = !contradiction',
    },
  ],
  'annulled-by-peer': [
    {
      event: { type: 'annulled-by-peer', reason },
      row: 'annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | annulled !annulled-by-recipient | = !annulled-by-recipient | = !annulled-by-recipient',
    },
  ],
  annul: [
    {
      event: { type: 'annul' },
      row: 'withdrawn annul | withdrawn annul | withdrawn annul | withdrawn annul | withdrawn annul | withdrawn annul | withdrawn annul | withdrawn annul | = no | = no',
    },
  ],
  resend: [
    {
      event: { type: 'resend', answer: null },
      row: '= no | = send-again anew | = send-again anew | = send-again anew | = send-again anew | queued send-again | = no | = no | = no | = no',
    },
  ],
  overdue: [
    {
      event: { type: 'overdue', awaited: 'delivery', since: reason },
      row: '= !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told | = !delivery-late told',
    },
  ],
  'notice-failed': [
    {
      event: { type: 'notice-failed', reason },
      row: '= !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed',
    },
  ],
};
const ALL = Object.values(TABLE).flat();

const cell = (state: OutgoingState, { next, effects, awaits }: OutgoingStep): string =>
  [
    next === state ? '=' : next,
    ...effects.map((effect) => {
      if (effect.type === 'show') return `!${effect.task}`;
      return effect.type === 'not-allowed' ? 'no' : effect.type;
    }),
    ...(awaits === undefined ? [] : [awaits ?? 'told']),
  ].join(' ');
const cells = (row: string): readonly string[] => row.split('|').map((text) => text.trim());

describe('the life of an outgoing message', () => {
  for (const [type, rows] of Object.entries(TABLE))
    for (const { event, row } of rows)
      it(`${JSON.stringify(event)} in every state`, () => {
        expect(event.type).toBe(type);
        expect(OUTGOING_STATES.map((state) => `${state}: ${cell(state, outgoing(state, event))}`)).toEqual(
          OUTGOING_STATES.map((state, index) => `${state}: ${cells(row)[index]}`),
        );
      });

  it('every row has a cell for every state', () => {
    for (const { row } of ALL) expect(cells(row).length).toBe(OUTGOING_STATES.length);
  });

  it('awaits what its table says', () => {
    const awaits = (answerWanted: boolean) =>
      Object.fromEntries(OUTGOING_STATES.map((state) => [state, awaitedOutgoing(state, answerWanted)]));
    const wanted = {
      queued: 'acceptance',
      sent: 'acceptance',
      accepted: 'delivery',
      unevidenced: null,
      delivered: 'confirmation',
      failed: null,
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

  it('says why', () => {
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
