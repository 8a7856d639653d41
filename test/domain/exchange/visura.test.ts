import { describe, expect, it } from 'vitest';
import { INCOMING_STATES, type IncomingState } from '../../../src/domain/exchange/incoming.ts';
import { VISURA_STATES, type VisuraState, visuraSentence, visuraState } from '../../../src/domain/exchange/visura.ts';

const TOLD: Record<IncomingState, VisuraState> = {
  new: 'ricevuto',
  closed: 'ricevuto',
  operator: 'in attesa',
  held: 'in attesa',
  registered: 'registrato',
  confirming: 'registrato',
  confirmed: 'registrato',
  refusing: 'rifiutato',
  refused: 'rifiutato',
  unanswered: 'registrato',
  annulled: 'annullato',
};

describe('the state a sender is told', () => {
  it.each(INCOMING_STATES)('%s', (state) => {
    expect(visuraState({ state, registered: true, annulled: false })).toBe(TOLD[state]);
    expect(visuraState({ state, registered: true, annulled: true })).toBe('annullato');
  });

  it('is the refusal, also when it could not be delivered', () => {
    expect(visuraState({ state: 'unanswered', registered: false, annulled: false })).toBe('rifiutato');
  });

  it('has a sentence of its own for each', () => {
    expect(new Set(VISURA_STATES.map(visuraSentence)).size).toBe(VISURA_STATES.length);
  });
});
