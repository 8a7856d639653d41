import { describe, expect, it } from 'vitest';
import {
  type AssignmentAct,
  type AssignmentState,
  actsIn,
  afterAnnulment,
  isSameHolder,
  stepOf,
} from '../../../src/domain/assignments/assignment.ts';

const ACTS: readonly AssignmentAct[] = [
  'accept',
  'return',
  'reassign',
  'delegate',
  'note',
  'close',
  'read',
  'withdraw',
];
const STATES: readonly AssignmentState[] = ['assigned', 'taken', 'returned', 'done', 'unread', 'read', 'withdrawn'];

/** One line a state, one column an act in the order of ACTS; `-` is refused. */
const COMPETENCE = `
  assigned   taken  returned  assigned  assigned  assigned  -     -  withdrawn
  taken      -      returned  assigned  assigned  taken     done  -  -
  returned   -      -         assigned  -         returned  -     -  withdrawn
  done       -      -         assigned  -         done      -     -  -
  unread     -      -         -         -         -         -     -  -
  read       -      -         -         -         -         -     -  -
  withdrawn  -      -         assigned  -         -         -     -  -`;
const INFORMATION = `
  assigned   -  -  -       -  -       -  -     -
  taken      -  -  -       -  -       -  -     -
  returned   -  -  -       -  -       -  -     -
  done       -  -  -       -  -       -  -     -
  unread     -  -  -       -  unread  -  read  withdrawn
  read       -  -  -       -  read    -  -     withdrawn
  withdrawn  -  -  unread  -  -       -  -     -`;

describe.each([
  ['competence', COMPETENCE],
  ['information', INFORMATION],
] as const)('an assignment for %s', (kind, table) => {
  const lines = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));

  it('has a line for every state', () => expect(lines.map(([state]) => state)).toEqual(STATES));

  it.each(lines)('in the state %s', (state, ...expected) => {
    const found = ACTS.map((act) => stepOf({ kind, state: state as AssignmentState }, act) ?? '-');
    expect(found).toEqual(expected);
    const offered = ACTS.filter((_, index) => expected[index] !== '-');
    expect([...actsIn({ kind, state: state as AssignmentState })].sort()).toEqual([...offered].sort());
  });
});

it.each([
  ['assigned', 'done'],
  ['taken', 'done'],
  ['returned', 'withdrawn'],
  ['unread', null],
  ['done', null],
  ['read', null],
  ['withdrawn', null],
] as const)('what is %s is left %s by an annulment', (state, left) => {
  expect(afterAnnulment({ state })).toBe(left);
});

it('a unit and a person of it are two holders', () => {
  const unit = { unitId: 'a', personId: null };
  expect(isSameHolder(unit, { ...unit })).toBe(true);
  expect(isSameHolder(unit, { ...unit, personId: 'p' })).toBe(false);
  expect(isSameHolder(unit, { ...unit, unitId: 'b' })).toBe(false);
});
