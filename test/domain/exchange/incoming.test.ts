import { describe, expect, it } from 'vitest';
import { type IncomingEvent, type IncomingState, incoming } from '../../../src/domain/exchange/incoming.ts';
import type { Action, Decision } from '../../../src/domain/exchange/inspection.ts';

const STATES = [
  'new',
  'operator',
  'registered',
  'confirming',
  'confirmed',
  'refusing',
  'refused',
  'unanswered',
  'annulled',
] as const satisfies readonly IncomingState[];

const decision = (action: Action): Decision => ({ action, reasons: ['motivo'], codes: [] });
const received = (action: Action, answerWanted: boolean, sameContent: boolean): IncomingEvent => ({
  type: 'received',
  decision: decision(action),
  answerWanted,
  sameContent,
});

/** One line per event, one cell per state in the order of STATES: the next state (`=` stays) and the effects. */
const TABLE: readonly [string, IncomingEvent, string][] = [
  [
    'a copy with the same content, acceptable, answer wanted',
    received('register', true, true),
    'confirming register confirm | = | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again',
  ],
  [
    'a message, acceptable, answer wanted',
    received('register', true, false),
    'confirming register confirm | = show | = show | = show | = show | confirming register confirm | confirming register confirm | = show | = show',
  ],
  [
    'a message, flagged, answer wanted',
    received('register-flagged', true, false),
    'confirming register confirm | = show | = show | = show | = show | confirming register confirm | confirming register confirm | = show | = show',
  ],
  [
    'a message, acceptable, no answer wanted',
    received('register', false, false),
    'registered register | = show | = show | = show | = show | registered register | registered register | = show | = show',
  ],
  [
    'a message to refuse',
    received('exception', true, false),
    'refusing refuse | = show | = show | = show | = show | refusing refuse | refusing refuse | = show | = show',
  ],
  [
    'a copy of a message to refuse',
    received('exception', true, true),
    'refusing refuse | = | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again',
  ],
  [
    'a message for a person',
    received('operator', true, false),
    'operator show | = show | = show | = show | = show | operator show | operator show | = show | = show',
  ],
  [
    'something that is no message to register',
    received('ignore', true, false),
    'operator show | = show | = show | = show | = show | operator show | operator show | = show | = show',
  ],
  ['our answer is sent', { type: 'answer-sent' }, '= | = | = | confirmed | = | refused | = | = | ='],
  [
    'our answer is given up',
    { type: 'answer-given-up', reason: 'motivo' },
    '= show | = show | = show | unanswered show | = show | unanswered show | = show | = show | = show',
  ],
  ['our answer is accepted', { type: 'answer-accepted' }, '= | = | = | = | = | = | = | = | ='],
  ['our answer is delivered', { type: 'answer-delivered' }, '= | = | = | = | = | = | = | = | ='],
  [
    'our answer is not delivered',
    { type: 'answer-not-delivered', reason: 'motivo' },
    '= show | = show | = show | unanswered show | unanswered show | unanswered show | unanswered show | = show | = show',
  ],
  [
    'the sender annuls',
    { type: 'annulled-by-sender', reason: 'motivo' },
    'annulled show | = show | annulled show | annulled show | annulled show | = show | = show | annulled show | annulled show',
  ],
];

describe('the life of an incoming message', () => {
  for (const [title, event, row] of TABLE) {
    const cells = row.split('|').map((cell) => cell.trim().split(' '));
    it(`${title}: ${cells.length} states`, () => {
      const expected = STATES.map((state, index) => {
        const [next, ...effects] = cells[index] ?? [];
        return `${state}: ${next === '=' ? state : next} ${effects.join(' ')}`;
      });
      const found = STATES.map((state) => {
        const step = incoming(state, event);
        return `${state}: ${step.next} ${step.effects.map(({ type }) => type).join(' ')}`;
      });
      expect(found).toEqual(expected);
    });
  }

  it('no path of three events registers a message twice', () => {
    const events = TABLE.map(([, event]) => event);
    const walk = (state: IncomingState, registered: number, depth: number): void => {
      expect(registered).toBeLessThan(2);
      if (depth === 0) return;
      for (const event of events) {
        const step = incoming(state, event);
        walk(step.next, registered + step.effects.filter(({ type }) => type === 'register').length, depth - 1);
      }
    };
    walk('new', 0, 3);
  });

  it('passes on the reasons it was given', () => {
    expect(incoming('new', received('exception', true, false)).effects).toEqual([
      { type: 'refuse', reasons: ['motivo'] },
    ]);
    expect(incoming('confirming', { type: 'answer-given-up', reason: '550' }).effects).toEqual([
      { type: 'show', reason: '550' },
    ]);
  });
});
