import { describe, expect, it } from 'vitest';
import { goingOnFrom, isBehind, lostNumbers, type RegisterHeads } from '../../../src/domain/register/heads.ts';

const HASH = 'a'.repeat(64);
const heads = (change: Partial<RegisterHeads> = {}): RegisterHeads => ({
  recoveries: 0,
  audit: { seq: 10, hash: HASH },
  events: 20,
  numbers: [{ register: 'PROT', year: 2026, last: 5 }],
  ...change,
});
const last = (number: number) => [{ register: 'PROT', year: 2026, last: number }];

describe('a database held against its witness', () => {
  it.each<[string, Partial<RegisterHeads>, string | null, boolean]>([
    ['the same', {}, HASH, false],
    ['further on', { audit: { seq: 11, hash: 'b' }, events: 22, numbers: last(6) }, HASH, false],
    ['fewer numbers', { numbers: last(4) }, HASH, true],
    ['no number yet', { numbers: [] }, HASH, true],
    ['fewer events', { events: 19 }, HASH, true],
    ['fewer audit records', { audit: { seq: 9, hash: 'x' } }, null, true],
    ['another audit record under the same number', {}, 'b'.repeat(64), true],
    [
      'after a recovery the witness has not seen',
      { recoveries: 1, events: 21, audit: { seq: 11, hash: 'x' } },
      HASH,
      true,
    ],
    ['after such a recovery, with fewer numbers', { recoveries: 1, numbers: last(4) }, null, true],
  ])('%s', (_what, change, hashThen, expected) => {
    expect(isBehind(heads(change), heads(), hashThen)).toBe(expected);
  });

  it('is behind a recovery that it does not know', () => {
    expect(isBehind(heads(), heads({ recoveries: 1, audit: { seq: 4, hash: 'x' }, events: 1 }), HASH)).toBe(true);
  });

  it('says which numbers it lacks, and goes on above what either knows', () => {
    const witness = heads({
      events: 30,
      numbers: [...last(8), { register: 'PROT', year: 2025, last: 40 }, { register: 'RIS', year: 2026, last: 2 }],
    });
    const database = heads({ recoveries: 2, numbers: [...last(5), { register: 'PROT', year: 2025, last: 40 }] });
    expect(lostNumbers(database, witness)).toEqual([
      { register: 'PROT', year: 2026, from: 6, to: 8 },
      { register: 'RIS', year: 2026, from: 1, to: 2 },
    ]);
    expect(lostNumbers(witness, database)).toEqual([]);
    const next = goingOnFrom(database, witness);
    expect(next).toMatchObject({ recoveries: 3, events: 30 });
    expect(lostNumbers(next, witness)).toEqual([]);
    expect(next.numbers).toHaveLength(3);
  });
});
