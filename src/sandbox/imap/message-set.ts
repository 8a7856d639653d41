import { ImapSyntaxError } from './read-command.ts';

/** Ascending numbers. Sets of RFC 3501 (`1,4:6,9:*`) are looked up in them at a cost that depends on the answer alone. */
export interface Numbered {
  readonly length: number;
  /** Positions count from 0. */
  at(position: number): number;
}

const SET = /^(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?(?:,(?:\d{1,10}|\*)(?::(?:\d{1,10}|\*))?)*$/;

export const isMessageSet = (text: string): boolean => SET.test(text);

/** The positions of the members, ascending, each once. `*` is the last number; a range may be written in either order. */
export function positionsIn(set: string, numbers: Numbered): readonly number[] {
  if (!SET.test(set)) throw new ImapSyntaxError(`Not a set of messages: ${set.slice(0, 50)}`);
  const last = numbers.length === 0 ? 0 : numbers.at(numbers.length - 1);
  const spans = set.split(',').map((part) => {
    const [first = '', second = first] = part.split(':');
    const [a, b] = [first, second].map((text) => (text === '*' ? last : Number(text)));
    return [
      firstNotBelow(numbers, Math.min(a ?? 0, b ?? 0)),
      firstNotBelow(numbers, Math.max(a ?? 0, b ?? 0) + 1),
    ] as const;
  });
  const found: number[] = [];
  let next = 0;
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    for (next = Math.max(next, from); next < to; next += 1) found.push(next);
  }
  return found;
}

/** By binary search. */
function firstNotBelow(numbers: Numbered, value: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers.at(middle) < value) from = middle + 1;
    else to = middle;
  }
  return from;
}
