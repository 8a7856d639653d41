import { describe, expect, it } from 'vitest';
import {
  awaitedIncoming,
  INCOMING_STATES,
  type IncomingEvent,
  type IncomingState,
  type IncomingStep,
  incoming,
  type Received,
} from '../../../src/domain/exchange/incoming.ts';
import type { Action, Decision } from '../../../src/domain/exchange/inspection.ts';
import { AWAITED, OVERDUE } from '../../../src/domain/exchange/step.ts';
import { TASKS } from '../../../src/kernel/tasks.ts';

const reason = 'motivo';
const decision = (action: Action): Decision => ({ action, reasons: [reason], codes: [] });
const received = (
  action: Action,
  answerWanted: boolean,
  sameContent: boolean,
  change: Partial<Received> = {},
): IncomingEvent => ({
  type: 'received',
  decision: decision(action),
  answerWanted,
  sameContent,
  answered: null,
  numbering: 'own',
  ...change,
});

interface Row {
  readonly title: string;
  readonly event: IncomingEvent;
  /**
   * One cell per state in the order of INCOMING_STATES: the next state (`=` stays), the effects (`!` a task, `no` not
   * allowed), and what is awaited where that is not the state's own.
   */
  readonly row: string;
  /** The same with a number, where that differs. */
  readonly registered?: string;
}

//   new | operator | held | registered | confirming | confirmed | refusing | refused | unanswered | annulled | closed
const TABLE: Record<IncomingEvent['type'], readonly Row[]> = {
  received: [
    {
      title: 'to register, answer wanted',
      event: received('register', true, false),
      row: 'confirming register confirm | = apart | = apart | = apart | = apart | = apart | confirming register confirm | confirming register confirm | confirming register confirm | = apart | = apart',
      registered:
        'confirming register confirm | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'flagged, answer wanted',
      event: received('register-flagged', true, false),
      row: 'confirming register confirm | = apart | = apart | = apart | = apart | = apart | confirming register confirm | confirming register confirm | confirming register confirm | = apart | = apart',
      registered:
        'confirming register confirm | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'to register, no answer wanted',
      event: received('register', false, false),
      row: 'registered register | = apart | = apart | = apart | = apart | = apart | registered register | registered register | registered register | = apart | = apart',
      registered:
        'registered register | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'to register, numbered elsewhere',
      event: received('register', true, false, { numbering: 'external' }),
      row: 'held | = apart | = apart | = apart | = apart | = apart | held | held | held | = apart | = apart',
      registered:
        'held | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'to refuse',
      event: received('exception', true, false),
      row: 'refusing refuse | = apart | = apart | = apart | = apart | = apart | = refuse | refusing refuse | refusing refuse | = apart | = apart',
      registered:
        'refusing refuse | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'for a person',
      event: received('operator', true, false),
      row: 'operator !decide | = apart | = apart | = apart | = apart | = apart | operator !decide | operator !decide | operator !decide | = apart | = apart',
      registered:
        'operator !decide | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'no message to register',
      event: received('ignore', true, false),
      row: 'operator !decide | = apart | = apart | = apart | = apart | = apart | operator !decide | operator !decide | operator !decide | = apart | = apart',
      registered:
        'operator !decide | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'an answer',
      event: received('correlate', true, false),
      row: 'operator !decide | = apart | = apart | = apart | = apart | = apart | operator !decide | operator !decide | operator !decide | = apart | = apart',
      registered:
        'operator !decide | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart | = apart',
    },
    {
      title: 'the same again, confirmed before',
      event: received('register', true, true, { answered: 'confirmation' }),
      row: 'confirming register confirm | = | = | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | confirming answer-again | = answer-again | =',
    },
    {
      title: 'the same again, refused before',
      event: received('exception', true, true, { answered: 'exception' }),
      row: 'refusing refuse | = | = | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | refusing answer-again | = answer-again | =',
    },
    {
      title: 'the same again, never answered',
      event: received('register', true, true),
      row: 'confirming register confirm | = | = | = answer-again | = answer-again | = answer-again | = answer-again | = answer-again | = | = answer-again | =',
    },
  ],
  'answer-sent': [
    {
      title: 'our confirmation',
      event: { type: 'answer-sent', answer: 'confirmation' },
      row: '= | = | = | = | confirmed | = | = | = | = | = | =',
    },
    {
      title: 'our exception',
      event: { type: 'answer-sent', answer: 'exception' },
      row: '= | = | = | = | = | = | refused | = | = | = | =',
    },
  ],
  'answer-accepted': [
    {
      title: 'our confirmation',
      event: { type: 'answer-accepted', answer: 'confirmation' },
      row: '= | = | = | = | confirmed | = | = | = | = | = | =',
    },
    {
      title: 'our exception',
      event: { type: 'answer-accepted', answer: 'exception' },
      row: '= | = | = | = | = | = | refused | = | = | = | =',
    },
  ],
  'answer-delivered': [
    {
      title: 'our confirmation',
      event: { type: 'answer-delivered', answer: 'confirmation' },
      row: '= | = | = | = | confirmed done | = done | = | = | = | = | =',
    },
    {
      title: 'our exception',
      event: { type: 'answer-delivered', answer: 'exception' },
      row: '= | = | = | = | = | = | refused done | = done | refused done | = | =',
      registered: '= | = | = | = | = | = | refused done | = done | = | = | =',
    },
  ],
  'answer-given-up': [
    {
      title: 'our confirmation',
      event: { type: 'answer-given-up', answer: 'confirmation', reason },
      row: '= !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed | unanswered !answer-failed | = !answer-failed | = | = | = !answer-failed | = !answer-failed | = !answer-failed',
    },
    {
      title: 'our exception',
      event: { type: 'answer-given-up', answer: 'exception', reason },
      row: '= !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed | = | = | unanswered !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed',
    },
  ],
  'answer-not-delivered': [
    {
      title: 'our confirmation',
      event: { type: 'answer-not-delivered', answer: 'confirmation', reason },
      row: '= !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed | unanswered !answer-failed | unanswered !answer-failed | = | = | = !answer-failed | = !answer-failed | = !answer-failed',
    },
    {
      title: 'our exception',
      event: { type: 'answer-not-delivered', answer: 'exception', reason },
      row: '= !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed | = | = | unanswered !answer-failed | unanswered !answer-failed | = !answer-failed | = !answer-failed | = !answer-failed',
    },
  ],
  'notice-failed': [
    {
      title: 'an update or annulment of ours',
      event: { type: 'notice-failed', reason },
      row: '= !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed | = !notice-failed',
    },
  ],
  'annulled-by-peer': [
    {
      title: '',
      event: { type: 'annulled-by-peer', reason },
      row: 'annulled !annulled-by-sender | = !annulled-by-sender | annulled !annulled-by-sender | annulled !annulled-by-sender | annulled !annulled-by-sender | annulled !annulled-by-sender | = !annulled-by-sender | = !annulled-by-sender | annulled !annulled-by-sender | = !annulled-by-sender | = !annulled-by-sender',
    },
  ],
  overdue: [
    {
      title: '',
      event: { type: 'overdue', awaited: 'answer-delivery', since: reason },
      row: '= !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told | = !answer-delivery-late told',
    },
  ],
  register: [
    {
      title: 'by hand, answer wanted',
      event: { type: 'register', answerWanted: true },
      row: '= no | confirming register confirm | confirming register confirm | = no | = no | = no | = no | confirming register confirm | confirming register confirm | = no | = no',
      registered: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
    },
    {
      title: 'by hand, no answer wanted',
      event: { type: 'register', answerWanted: false },
      row: '= no | registered register | registered register | = no | = no | = no | = no | registered register | registered register | = no | = no',
      registered: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
    },
  ],
  refuse: [
    {
      title: 'by hand',
      event: { type: 'refuse', reasons: [reason] },
      row: '= no | refusing refuse | refusing refuse | refusing refuse | refusing refuse | refusing refuse | = no | = no | refusing refuse | = no | = no',
    },
  ],
  close: [
    {
      title: 'by hand',
      event: { type: 'close' },
      row: '= no | closed | closed | = no | = no | = no | = no | = no | = no | = no | = no',
    },
  ],
  'hand-over': [
    {
      title: 'to a person',
      event: { type: 'hand-over', reason },
      row: '= no | = no | operator !decide | = no | = no | = no | = no | = no | = no | = no | = no',
    },
  ],
  take: [
    {
      title: 'by the protocol system',
      event: { type: 'take' },
      row: '= no | = no | = anew | = no | = no | = no | = no | = no | = no | = no | = no',
    },
  ],
  confirm: [
    {
      title: 'by hand',
      event: { type: 'confirm' },
      row: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
      registered:
        '= no | = no | = no | confirming confirm | = no | = no | = no | = no | confirming confirm | = no | = no',
    },
  ],
  resend: [
    {
      title: 'the confirmation',
      event: { type: 'resend', answer: 'confirmation' },
      row: '= no | = no | = no | = no | = no | = answer-again anew | = no | = answer-again anew | confirming answer-again | = no | = no',
    },
    {
      title: 'the exception',
      event: { type: 'resend', answer: 'exception' },
      row: '= no | = no | = no | = no | = no | = answer-again anew | = no | = answer-again anew | refusing answer-again | = no | = no',
    },
    {
      title: 'nothing',
      event: { type: 'resend', answer: null },
      row: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
    },
  ],
  update: [
    {
      title: 'by hand',
      event: { type: 'update' },
      row: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
      registered:
        '= update | = update | = update | = | = update | = update | = update | = update | = update | = no | = update',
    },
  ],
  annul: [
    {
      title: 'by hand',
      event: { type: 'annul' },
      row: '= no | = no | = no | = no | = no | = no | = no | = no | = no | = no | = no',
      registered:
        'annulled annul-tell | annulled annul-tell | annulled annul-tell | annulled annul | annulled annul-tell | annulled annul-tell | annulled annul-tell | annulled annul-tell | annulled annul-tell | = annul | annulled annul-tell',
    },
  ],
};
const ALL = Object.values(TABLE).flat();

const cell = (state: IncomingState, { next, effects, awaits }: IncomingStep): string =>
  [
    next === state ? '=' : next,
    ...effects.map((effect) => {
      if (effect.type === 'show') return `!${effect.task}`;
      if (effect.type === 'annul' && effect.tell) return 'annul-tell';
      return effect.type === 'not-allowed' ? 'no' : effect.type;
    }),
    ...(awaits === undefined ? [] : [awaits ?? 'told']),
  ].join(' ');
const cells = (row: string): readonly string[] => row.split('|').map((text) => text.trim());

describe('the life of an incoming message', () => {
  for (const [type, rows] of Object.entries(TABLE))
    for (const { title, event, row, registered = row } of rows)
      it(`${type} ${title}`.trim(), () => {
        expect(event.type).toBe(type);
        for (const [number, expected] of [
          [false, row],
          [true, registered],
        ] as const)
          expect(INCOMING_STATES.map((state) => `${state}: ${cell(state, incoming(state, event, number))}`)).toEqual(
            INCOMING_STATES.map((state, index) => `${state}: ${cells(expected)[index]}`),
          );
      });

  it('every row has a cell for every state', () => {
    for (const { row, registered = row } of ALL)
      for (const text of [row, registered]) expect(cells(text).length).toBe(INCOMING_STATES.length);
  });

  it('awaits what its table says, and each of it has its task', () => {
    const awaits = Object.fromEntries(INCOMING_STATES.map((state) => [state, awaitedIncoming(state)]));
    expect(awaits).toEqual({
      new: null,
      operator: null,
      held: 'taking',
      registered: null,
      confirming: 'answer-delivery',
      confirmed: 'answer-delivery',
      refusing: 'answer-delivery',
      refused: 'answer-delivery',
      unanswered: null,
      annulled: null,
      closed: null,
    });
    for (const awaited of AWAITED) {
      const [effect] = incoming('confirmed', { type: 'overdue', awaited, since: 'da ieri' }, true).effects;
      expect(effect).toEqual({ type: 'show', task: OVERDUE[awaited], reason: 'da ieri' });
      expect(TASKS[OVERDUE[awaited]].until).not.toBe('by-hand');
    }
  });

  it('no path of four events registers a message twice', () => {
    const seen = new Set<string>();
    const walk = (state: IncomingState, registered: boolean, depth: number): void => {
      const key = `${state} ${registered} ${depth}`;
      if (depth === 0 || seen.has(key)) return;
      seen.add(key);
      for (const { event } of ALL) {
        const step = incoming(state, event, registered);
        const registers = step.effects.filter(({ type }) => type === 'register').length;
        expect(Number(registered) + registers).toBeLessThan(2);
        walk(step.next, registered || registers > 0, depth - 1);
      }
    };
    walk('new', false, 4);
    expect(seen.size).toBeGreaterThan(20);
  });

  it('passes on the reasons it was given', () => {
    expect(incoming('new', received('exception', true, false), false).effects).toEqual([
      { type: 'refuse', reasons: [reason] },
    ]);
    const given = incoming('confirming', { type: 'answer-given-up', answer: 'confirmation', reason: '550' }, true);
    expect(given.effects).toEqual([{ type: 'show', task: 'answer-failed', reason: '550' }]);
  });
});
