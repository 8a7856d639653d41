/** docs/exchange.md describes what the state machines do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  awaitedIncoming,
  INCOMING_STATES,
  type IncomingEvent,
  incoming,
} from '../../../src/domain/exchange/incoming.ts';
import {
  awaitedOutgoing,
  OUTGOING_STATES,
  type OutgoingEvent,
  outgoing,
} from '../../../src/domain/exchange/outgoing.ts';
import type { Awaited } from '../../../src/domain/exchange/step.ts';
import { STANDARD } from '../../../src/service/register/office.ts';

const page = readFileSync(new URL('../../../docs/exchange.md', import.meta.url), 'utf8');
const [, out = '', into = ''] = page.split(/^## /m);
const reason = 'motivo';
const answers = ['confirmation', 'exception'] as const;

const OUT: Record<OutgoingEvent['type'], readonly OutgoingEvent[]> = {
  sent: [{ type: 'sent' }],
  'taken-in-charge': [{ type: 'taken-in-charge' }],
  delivery: [{ type: 'delivery' }],
  confirmation: [{ type: 'confirmation' }],
  update: [{ type: 'update' }],
  acceptance: [
    { type: 'acceptance', certified: true },
    { type: 'acceptance', certified: false },
  ],
  'given-up': [{ type: 'given-up', reason }],
  refusal: [{ type: 'refusal', reason }],
  'non-delivery': [{ type: 'non-delivery', reason }],
  notice: [{ type: 'notice', reason }],
  exception: [{ type: 'exception', reason }],
  'annulled-by-peer': [{ type: 'annulled-by-peer', reason }],
  annul: [{ type: 'annul' }],
  resend: [{ type: 'resend', answer: null }],
  'send-elsewhere': [{ type: 'send-elsewhere' }],
  overdue: [{ type: 'overdue', awaited: 'delivery', since: reason }],
  'notice-failed': [{ type: 'notice-failed', reason }],
};
const received = (['register', 'exception', 'operator'] as const).flatMap((action): IncomingEvent[] =>
  [true, false].flatMap((answerWanted) =>
    (['own', 'external'] as const).map((numbering) => ({
      type: 'received',
      decision: { action, reasons: [reason], codes: [] },
      answerWanted,
      sameContent: false,
      answered: null,
      numbering,
    })),
  ),
);
const IN: Record<IncomingEvent['type'], readonly IncomingEvent[]> = {
  received,
  'answer-sent': answers.map((answer) => ({ type: 'answer-sent', answer })),
  'answer-accepted': answers.map((answer) => ({ type: 'answer-accepted', answer })),
  'answer-delivered': answers.map((answer) => ({ type: 'answer-delivered', answer })),
  'answer-given-up': answers.map((answer) => ({ type: 'answer-given-up', answer, reason })),
  'answer-not-delivered': answers.map((answer) => ({ type: 'answer-not-delivered', answer, reason })),
  'notice-failed': [{ type: 'notice-failed', reason }],
  'annulled-by-peer': [{ type: 'annulled-by-peer', reason }],
  overdue: [{ type: 'overdue', awaited: 'taking', since: reason }],
  register: [{ type: 'register', answerWanted: true }],
  refuse: [{ type: 'refuse', reasons: [reason] }],
  close: [{ type: 'close' }],
  'hand-over': [{ type: 'hand-over', reason }],
  take: [{ type: 'take' }],
  confirm: [{ type: 'confirm' }],
  resend: answers.map((answer) => ({ type: 'resend', answer })),
  update: [{ type: 'update' }],
  annul: [{ type: 'annul' }],
};

const WORDS: Record<Awaited, string> = {
  acceptance: 'accettazione',
  delivery: 'consegna',
  confirmation: 'ConfermaRicezione',
  'follow-up': 'a follow-up',
  taking: 'its number',
  'answer-delivery': 'the delivery of our answer',
};
function timeOf(seconds: number): string {
  const hours = seconds / 3600;
  if (hours > 24) return `${hours / 24} days`;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}

/** Each state in the table of a section, with what it waits for. */
const table = (section: string): ReadonlyMap<string, string> =>
  new Map(
    [...section.matchAll(/^\| `([a-z]+)` *\|[^|\n]*\|([^|\n]*)\|$/gm)].map(([, state = '', waits = '']) => [
      state,
      waits.trim(),
    ]),
  );
const arrows = (section: string): readonly string[] =>
  [...section.matchAll(/^ {2}([a-z]+) --> ([a-z]+): \S/gm)].map(([, from, to]) => `${from} ${to}`);

function holds(waits: string, awaited: Awaited | null): void {
  if (awaited === null) expect(waits).toMatch(/^nothing$|^a person\b/);
  else expect(waits.startsWith(`${WORDS[awaited]}, ${timeOf(STANDARD.deadlines[awaited])}`), waits).toBe(true);
}

describe('the page about exchanges', () => {
  it('names every state of an outgoing message, with what it waits for', () => {
    const rows = table(out);
    expect([...rows.keys()].sort()).toEqual([...OUTGOING_STATES].sort());
    for (const state of OUTGOING_STATES) holds(rows.get(state) ?? '', awaitedOutgoing(state, true));
  });

  it('names every state of an incoming message, with what it waits for', () => {
    const rows = table(into);
    expect(['new', ...rows.keys()].sort()).toEqual([...INCOMING_STATES].sort());
    for (const state of INCOMING_STATES) if (state !== 'new') holds(rows.get(state) ?? '', awaitedIncoming(state));
  });

  it('draws only arrows that are transitions, and every state', () => {
    const steps = new Set<string>();
    for (const from of OUTGOING_STATES)
      for (const event of Object.values(OUT).flat()) steps.add(`${from} ${outgoing(from, event).next}`);
    const drawn = arrows(out);
    expect(drawn.filter((arrow) => !steps.has(arrow))).toEqual([]);
    expect([...new Set(drawn.flatMap((arrow) => arrow.split(' ')))].sort()).toEqual([...OUTGOING_STATES].sort());

    const inSteps = new Set<string>();
    for (const from of INCOMING_STATES)
      for (const event of Object.values(IN).flat())
        for (const registered of [true, false]) inSteps.add(`${from} ${incoming(from, event, registered).next}`);
    const inDrawn = arrows(into);
    expect(inDrawn.filter((arrow) => !inSteps.has(arrow))).toEqual([]);
    expect([...new Set(inDrawn.flatMap((arrow) => arrow.split(' ')))].sort()).toEqual([...INCOMING_STATES].sort());
  });

  it('agrees with the tables at the top of the state machines', () => {
    const top = (file: string) =>
      readFileSync(new URL(`../../../src/domain/exchange/${file}`, import.meta.url), 'utf8');
    const named = (text: string) => [...text.matchAll(/^ \* \| ([a-z]+) +\| .*\|$/gm)].map(([, state]) => state);
    expect(named(top('outgoing.ts')).sort()).toEqual(['state', ...OUTGOING_STATES].sort());
    expect(named(top('incoming.ts')).sort()).toEqual(
      ['state', ...INCOMING_STATES.filter((one) => one !== 'new')].sort(),
    );
  });
});
