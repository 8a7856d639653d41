import { describe, expect, it } from 'vitest';
import { type OutgoingEvent, type OutgoingState, outgoing } from '../../../src/domain/exchange/outgoing.ts';

const STATES = [
  'queued',
  'sent',
  'accepted',
  'delivered',
  'failed',
  'confirmed',
  'excepted',
  'annulled',
] as const satisfies readonly OutgoingState[];
const reason = '5.1.1 - indirizzo inesistente';

/** One line per event, one cell per state in the order of STATES: the next state (`=` stays), `!` where a person is told. */
const TABLE: readonly [OutgoingEvent, string][] = [
  [{ type: 'sent' }, 'sent | = | = | = | = | = | = | ='],
  [{ type: 'acceptance' }, 'accepted | accepted | = | = | = | = | = | ='],
  [{ type: 'taken-in-charge' }, '= | = | = | = | = | = | = | ='],
  [{ type: 'delivery' }, 'delivered | delivered | delivered | = | delivered | = | = | ='],
  [{ type: 'notice', reason }, '= ! | = ! | = ! | = ! | = ! | = ! | = ! | = !'],
  [{ type: 'given-up', reason }, 'failed ! | failed ! | failed ! | = ! | = ! | = ! | = ! | = !'],
  [{ type: 'refusal', reason }, 'failed ! | failed ! | failed ! | = ! | = ! | = ! | = ! | = !'],
  [{ type: 'non-delivery', reason }, 'failed ! | failed ! | failed ! | = ! | = ! | = ! | = ! | = !'],
  [{ type: 'confirmation' }, 'confirmed | confirmed | confirmed | confirmed | confirmed | = | confirmed ! | ='],
  [{ type: 'update' }, 'confirmed | confirmed | confirmed | confirmed | confirmed | = | = | ='],
  [
    { type: 'exception', reason },
    'excepted ! | excepted ! | excepted ! | excepted ! | excepted ! | excepted ! | = ! | = !',
  ],
  [
    { type: 'annulment', reason },
    'annulled ! | annulled ! | annulled ! | annulled ! | annulled ! | annulled ! | annulled ! | = !',
  ],
];

describe('the life of an outgoing message', () => {
  for (const [event, row] of TABLE) {
    it(`${event.type} in every state`, () => {
      const cells = row.split('|').map((cell) => cell.trim().split(' '));
      const expected = STATES.map((state, index) => {
        const [next, shown] = cells[index] ?? [];
        return `${state}: ${next === '=' ? state : next}${shown === '!' ? ' shown' : ''}`;
      });
      const found = STATES.map((state) => {
        const step = outgoing(state, event);
        return `${state}: ${step.next}${step.effects.length > 0 ? ' shown' : ''}`;
      });
      expect(found).toEqual(expected);
    });
  }

  it('receipts in any order end in the same state', () => {
    const events: OutgoingEvent[] = [
      { type: 'sent' },
      { type: 'acceptance' },
      { type: 'delivery' },
      { type: 'confirmation' },
    ];
    for (const order of permutations(events)) {
      expect(order.reduce<OutgoingState>((state, event) => outgoing(state, event).next, 'queued')).toBe('confirmed');
    }
  });

  it('says why', () => {
    expect(outgoing('sent', { type: 'non-delivery', reason }).effects).toEqual([{ type: 'show', reason }]);
    expect(outgoing('excepted', { type: 'confirmation' }).effects[0]?.reason).toContain('contraddice');
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}
