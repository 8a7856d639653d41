/** What a message and a row of the Scrivania offer, state by state: never what the use cases would refuse. */
import { describe, expect, it } from 'vitest';
import { INCOMING_STATES, type IncomingEvent } from '../../../../src/domain/exchange/incoming.ts';
import { OUTGOING_STATES } from '../../../../src/domain/exchange/outgoing.ts';
import { isAllowed, transition } from '../../../../src/domain/exchange/transition.ts';
import { actsOn } from '../../../../src/entrances/http/desk/message/message-state.ts';
import { actsOf } from '../../../../src/entrances/http/desk/worklist/work-words.ts';
import { TASKS, type TaskCode } from '../../../../src/kernel/tasks.ts';
import type { MessageSheet } from '../../../../src/service/queries/message-sheets.ts';
import { WORK_OF_TASK, type WorkItem } from '../../../../src/service/queries/worklist.ts';

const KEY = { register: 'PROT', year: 2026, number: 1 };

/** What the acts ask for of an exchange alone. */
const messageIn = (direction: string, state: string, isRegistered: boolean, purpose = 'confirmation'): MessageSheet =>
  ({
    exchange: { direction, state, registration: null, outbox: [{ purpose }] },
    registration: isRegistered ? KEY : null,
  }) as unknown as MessageSheet;

/** By state, what an incoming message offers without a number and with one. */
const OFFERED = {
  new: ['', ''],
  operator: ['register refuse close', 'refuse close'],
  held: ['register refuse close hand-over', 'refuse close hand-over'],
  registered: ['refuse', 'refuse confirm'],
  confirming: ['', ''],
  confirmed: ['resend', 'resend'],
  refusing: ['', ''],
  refused: ['register resend', 'resend'],
  unanswered: ['register refuse resend', 'refuse confirm resend'],
  annulled: ['', ''],
  closed: ['', ''],
} as const;

describe('a message that arrived offers', () => {
  it.each(INCOMING_STATES)('what can be done to one that is %s', (state) => {
    const offered = [false, true].map((isRegistered) => [...actsOn(messageIn('incoming', state, isRegistered))]);
    expect(offered.map((acts) => acts.join(' '))).toEqual(OFFERED[state]);
  });

  it('to send again only an answer that there is', () => {
    expect([...actsOn(messageIn('incoming', 'unanswered', true, 'message'))]).toEqual(['refuse', 'confirm']);
  });
});

it.each(OUTGOING_STATES)('a message that was sent and is %s offers what the state machine allows', (state) => {
  const step = transition({ direction: 'outgoing', state, registered: KEY }, { type: 'resend', answer: null });
  expect(actsOn(messageIn('outgoing', state, true)).has('resend')).toBe(isAllowed(step));
});

describe('a row of the Scrivania', () => {
  const rows = (Object.keys(TASKS) as TaskCode[]).flatMap((code) => [
    ...INCOMING_STATES.map((state) => ({ code, direction: 'incoming', state }) as const),
    ...OUTGOING_STATES.map((state) => ({ code, direction: 'outgoing', state }) as const),
    { code, direction: null, state: null } as const,
  ]);
  const itemOf = ({ code, direction, state }: (typeof rows)[number]): WorkItem => ({
    ...{ id: '', detail: '', subject: '', peer: '', since: '', actBy: '', message: null, version: 1, mailbox: null },
    ...{ code, kind: WORK_OF_TASK[code][0], direction, state, exchange: direction === null ? null : 'one' },
    ...{ registration: null, peerNumber: null },
  });
  const isTaken = (row: (typeof rows)[number], event: IncomingEvent): boolean =>
    row.direction === 'incoming' && isAllowed(transition({ ...row, registered: null }, event));

  it('offers to send again only what can be sent again', () => {
    const again = rows.filter((row) => actsOf(itemOf(row), { numbering: 'own' }).sendAgain);
    expect(again.length).toBeGreaterThan(10);
    for (const row of again) {
      if (row.direction === 'outgoing')
        expect(isAllowed(transition({ ...row, registered: KEY }, { type: 'resend', answer: null }))).toBe(true);
      else expect(isTaken(row, { type: 'resend', answer: 'confirmation' })).toBe(true);
      expect(row.code).not.toBe('notice-failed');
    }
  });

  it('asks for a decision only while one can be taken, and closes only what needs none', () => {
    const decided = rows.filter(
      ({ code, state }) => TASKS[code].until === 'decided' && (state === 'operator' || state === 'held'),
    );
    for (const row of decided.filter(({ direction }) => direction === 'incoming')) {
      const may = actsOf(itemOf(row), { numbering: 'own' });
      expect([may.register, may.putAside, may.close, may.sendAgain]).toEqual([true, true, false, false]);
      for (const event of [
        { type: 'register', answerWanted: true },
        { type: 'close' },
        { type: 'refuse', reasons: [] },
      ] as const)
        expect(isTaken(row, event)).toBe(true);
    }
    for (const row of rows)
      if (actsOf(itemOf(row), { numbering: 'own' }).close) expect(TASKS[row.code].until).not.toBe('decided');
  });

  it('never registers in place where the protocol system gives the number', () => {
    for (const row of rows) expect(actsOf(itemOf(row), { numbering: 'external' }).register).toBe(false);
  });
});
