import { expect, it } from 'vitest';
import { INCOMING_STATES } from '../../../src/domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../src/domain/exchange/outgoing.ts';
import { exchangeStateLabel } from '../../../src/service/evidence/labels.ts';

it.each([
  ...INCOMING_STATES.map((state) => ['incoming', state] as const),
  ...OUTGOING_STATES.map((state) => ['outgoing', state] as const),
])('%s %s is shown in Italian words', (direction, state) => {
  expect(exchangeStateLabel(direction, state)).not.toBe(state);
});

it('a state it does not know is shown as it is recorded', () => {
  expect(exchangeStateLabel('outgoing', 'unheard-of')).toBe('unheard-of');
});
