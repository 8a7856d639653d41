import { describe, expect, it } from 'vitest';
import {
  awaitedIncoming,
  INCOMING_STATES,
  type IncomingEvent,
  type IncomingState,
  incoming,
  type Received,
} from '../../../src/domain/exchange/incoming.ts';
import type { Action, Decision } from '../../../src/domain/exchange/inspection.ts';
import { AWAITED, OVERDUE } from '../../../src/domain/exchange/step.ts';
import { TASKS } from '../../../src/kernel/tasks.ts';
import { describeStep, readSteps } from './steps.ts';

const reason = 'motivo';
const decision = (action: Action): Decision => ({ action, reasons: [reason], codes: [] });
const received = (action: Action, change: Partial<Received> = {}): IncomingEvent => ({
  type: 'received',
  decision: decision(action),
  answerWanted: true,
  sameContent: false,
  answered: null,
  numbering: 'own',
  ...change,
});

interface Case {
  readonly title: string;
  readonly event: IncomingEvent;
  /** See `readSteps`. */
  readonly steps: string;
  /** The steps of a message that has its number, if they differ. */
  readonly numbered?: string;
}

const CASES: Record<IncomingEvent['type'], readonly Case[]> = {
  received: [
    {
      title: 'a message to register arrives, an answer is wanted',
      event: received('register'),
      steps: `
        new, refusing, refused, unanswered -> confirming: register, confirm
        any other -> stays: apart`,
      numbered: `
        new -> confirming: register, confirm
        any other -> stays: apart`,
    },
    {
      title: 'a message to register with flags arrives, an answer is wanted',
      event: received('register-flagged'),
      steps: `
        new, refusing, refused, unanswered -> confirming: register, confirm
        any other -> stays: apart`,
      numbered: `
        new -> confirming: register, confirm
        any other -> stays: apart`,
    },
    {
      title: 'a message to register arrives, no answer is wanted',
      event: received('register', { answerWanted: false }),
      steps: `
        new, refusing, refused, unanswered -> registered: register
        any other -> stays: apart`,
      numbered: `
        new -> registered: register
        any other -> stays: apart`,
    },
    {
      title: 'a message to register arrives in an office that is numbered elsewhere',
      event: received('register', { numbering: 'external' }),
      steps: `
        new, refusing, refused, unanswered -> held
        any other -> stays: apart`,
      numbered: `
        new -> held
        any other -> stays: apart`,
    },
    {
      title: 'a message to refuse arrives',
      event: received('exception'),
      steps: `
        new, refused, unanswered -> refusing: refuse
        refusing -> stays: refuse
        any other -> stays: apart`,
      numbered: `
        new -> refusing: refuse
        any other -> stays: apart`,
    },
    {
      title: 'a message for a person arrives',
      event: received('operator'),
      steps: `
        new, refusing, refused, unanswered -> operator: task decide
        any other -> stays: apart`,
      numbered: `
        new -> operator: task decide
        any other -> stays: apart`,
    },
    {
      title: 'a mail without a message to register arrives',
      event: received('ignore'),
      steps: `
        new, refusing, refused, unanswered -> operator: task decide
        any other -> stays: apart`,
      numbered: `
        new -> operator: task decide
        any other -> stays: apart`,
    },
    {
      title: 'a return message arrives where a message was expected',
      event: received('correlate'),
      steps: `
        new, refusing, refused, unanswered -> operator: task decide
        any other -> stays: apart`,
      numbered: `
        new -> operator: task decide
        any other -> stays: apart`,
    },
    {
      title: 'the same message arrives again, after our confirmation',
      event: received('register', { sameContent: true, answered: 'confirmation' }),
      steps: `
        new -> confirming: register, confirm
        operator, held, closed -> stays
        unanswered -> confirming: answer again
        any other -> stays: answer again`,
    },
    {
      title: 'the same message arrives again, after our exception',
      event: received('exception', { sameContent: true, answered: 'exception' }),
      steps: `
        new -> refusing: refuse
        unanswered -> refusing: answer again
        refusing, refused -> stays: answer again
        any other -> stays`,
    },
    {
      title: 'the same message arrives again, before any answer',
      event: received('register', { sameContent: true }),
      steps: `
        new -> confirming: register, confirm
        operator, held, unanswered, closed -> stays
        any other -> stays: answer again`,
    },
  ],
  'answer-sent': [
    {
      title: 'our confirmation is sent',
      event: { type: 'answer-sent', answer: 'confirmation' },
      steps: `
        confirming -> confirmed
        any other -> stays`,
    },
    {
      title: 'our exception is sent',
      event: { type: 'answer-sent', answer: 'exception' },
      steps: `
        refusing -> refused
        any other -> stays`,
    },
  ],
  'answer-accepted': [
    {
      title: 'our confirmation is accepted by our provider',
      event: { type: 'answer-accepted', answer: 'confirmation' },
      steps: `
        confirming -> confirmed
        any other -> stays`,
    },
    {
      title: 'our exception is accepted by our provider',
      event: { type: 'answer-accepted', answer: 'exception' },
      steps: `
        refusing -> refused
        any other -> stays`,
    },
  ],
  'answer-delivered': [
    {
      title: 'our confirmation is delivered',
      event: { type: 'answer-delivered', answer: 'confirmation' },
      steps: `
        confirming -> confirmed: waits for nothing more
        confirmed -> stays: waits for nothing more
        any other -> stays`,
    },
    {
      title: 'our exception is delivered',
      event: { type: 'answer-delivered', answer: 'exception' },
      steps: `
        refusing, unanswered -> refused: waits for nothing more
        refused -> stays: waits for nothing more
        any other -> stays`,
      numbered: `
        refusing -> refused: waits for nothing more
        refused -> stays: waits for nothing more
        any other -> stays`,
    },
  ],
  'answer-given-up': [
    {
      title: 'our confirmation cannot be sent',
      event: { type: 'answer-given-up', answer: 'confirmation', reason },
      steps: `
        confirming -> unanswered: task answer-failed
        refusing, refused -> stays
        any other -> stays: task answer-failed`,
    },
    {
      title: 'our exception cannot be sent',
      event: { type: 'answer-given-up', answer: 'exception', reason },
      steps: `
        confirming, confirmed -> stays
        refusing -> unanswered: task answer-failed
        any other -> stays: task answer-failed`,
    },
  ],
  'answer-not-delivered': [
    {
      title: 'our confirmation is not delivered',
      event: { type: 'answer-not-delivered', answer: 'confirmation', reason },
      steps: `
        confirming, confirmed -> unanswered: task answer-failed
        refusing, refused -> stays
        any other -> stays: task answer-failed`,
    },
    {
      title: 'our exception is not delivered',
      event: { type: 'answer-not-delivered', answer: 'exception', reason },
      steps: `
        confirming, confirmed -> stays
        refusing, refused -> unanswered: task answer-failed
        any other -> stays: task answer-failed`,
    },
    {
      title: 'the mailbox that our confirmation goes to is full',
      event: { type: 'answer-not-delivered', answer: 'confirmation', reason, mailboxFull: true },
      steps: `
        confirming, confirmed -> unanswered: task mailbox-full
        refusing, refused -> stays
        any other -> stays: task mailbox-full`,
    },
  ],
  'notice-failed': [
    {
      title: 'an update or annulment of ours does not arrive',
      event: { type: 'notice-failed', reason },
      steps: `
        any -> stays: task notice-failed`,
    },
  ],
  'annulled-by-peer': [
    {
      title: 'the sender annuls its registration',
      event: { type: 'annulled-by-peer', reason },
      steps: `
        new, held, registered, confirming, confirmed, unanswered -> annulled: task annulled-unregistered
        any other -> stays: task annulled-unregistered`,
      numbered: `
        new, held, registered, confirming, confirmed, unanswered -> annulled: task annulled-by-sender
        any other -> stays: task annulled-by-sender`,
    },
  ],
  overdue: [
    {
      title: 'what was awaited has not come',
      event: { type: 'overdue', awaited: 'answer-delivery', since: reason },
      steps: `
        any -> stays: task answer-delivery-late, waits for nothing, a person knows`,
    },
  ],
  register: [
    {
      title: 'a person registers it, an answer is wanted',
      event: { type: 'register', answerWanted: true },
      steps: `
        operator, held, refused, unanswered -> confirming: register, confirm
        any other -> stays: not allowed`,
      numbered: `
        any -> stays: not allowed`,
    },
    {
      title: 'a person registers it, no answer is wanted',
      event: { type: 'register', answerWanted: false },
      steps: `
        operator, held, refused, unanswered -> registered: register
        any other -> stays: not allowed`,
      numbered: `
        any -> stays: not allowed`,
    },
  ],
  refuse: [
    {
      title: 'a person refuses it',
      event: { type: 'refuse', reasons: [reason] },
      steps: `
        operator, held, registered, confirming, confirmed, unanswered -> refusing: refuse
        any other -> stays: not allowed`,
    },
  ],
  close: [
    {
      title: 'a person puts it aside',
      event: { type: 'close' },
      steps: `
        operator, held -> closed
        any other -> stays: not allowed`,
    },
  ],
  'hand-over': [
    {
      title: 'the protocol system hands it over to a person',
      event: { type: 'hand-over', reason },
      steps: `
        held -> operator: task decide
        any other -> stays: not allowed`,
    },
  ],
  take: [
    {
      title: 'the protocol system takes it',
      event: { type: 'take' },
      steps: `
        held -> stays: waits anew
        any other -> stays: not allowed`,
    },
  ],
  confirm: [
    {
      title: 'a person confirms it',
      event: { type: 'confirm' },
      steps: `
        any -> stays: not allowed`,
      numbered: `
        registered, unanswered -> confirming: confirm
        any other -> stays: not allowed`,
    },
  ],
  resend: [
    {
      title: 'a person has our confirmation sent again',
      event: { type: 'resend', answer: 'confirmation' },
      steps: `
        confirmed, refused -> stays: answer again, waits anew
        unanswered -> confirming: answer again
        any other -> stays: not allowed`,
    },
    {
      title: 'a person has our exception sent again',
      event: { type: 'resend', answer: 'exception' },
      steps: `
        confirmed, refused -> stays: answer again, waits anew
        unanswered -> refusing: answer again
        any other -> stays: not allowed`,
    },
    {
      title: 'a person wants to send again, but nothing was sent',
      event: { type: 'resend', answer: null },
      steps: `
        any -> stays: not allowed`,
    },
  ],
  update: [
    {
      title: 'classification or office are changed',
      event: { type: 'update' },
      steps: `
        any -> stays: not allowed`,
      numbered: `
        registered -> stays
        annulled -> stays: not allowed
        any other -> stays: update`,
    },
  ],
  annul: [
    {
      title: 'we annul our registration',
      event: { type: 'annul' },
      steps: `
        any -> stays: not allowed`,
      numbered: `
        registered -> annulled: annul
        annulled -> stays: annul
        any other -> annulled: annul and tell`,
    },
  ],
};
const ALL = Object.values(CASES).flat();

describe('the life of an incoming message', () => {
  for (const [type, cases] of Object.entries(CASES))
    for (const { title, event, steps, numbered = steps } of cases)
      it(`${title} (${type})`, () => {
        expect(event.type).toBe(type);
        const taken = (registered: boolean) =>
          Object.fromEntries(
            INCOMING_STATES.map((state) => [state, describeStep(state, incoming(state, event, registered))]),
          );
        expect(taken(false)).toEqual(readSteps(INCOMING_STATES, steps));
        expect(taken(true)).toEqual(readSteps(INCOMING_STATES, numbered));
      });

  it('lists every state once', () => {
    const read = (text: string) => () => readSteps(['new', 'held'], text);
    expect(read('new -> held\nheld -> stays')()).toEqual({ new: 'held', held: 'stays' });
    expect(read('new -> held')).toThrow('no line names held');
    expect(read('new -> held\nnew, held -> stays')).toThrow('new stands in two lines');
    expect(read('new, lost -> held\nany other -> stays')).toThrow('there is no state lost');
    expect(read('new, held -> stays\nany other -> stays')).toThrow('no state is left');
  });

  it('waits for what each state says, with a task when it does not come', () => {
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

  it('passes on the reasons', () => {
    expect(incoming('new', received('exception'), false).effects).toEqual([{ type: 'refuse', reasons: [reason] }]);
    const given = incoming('confirming', { type: 'answer-given-up', answer: 'confirmation', reason: '550' }, true);
    expect(given.effects).toEqual([{ type: 'show', task: 'answer-failed', reason: '550' }]);
  });
});
