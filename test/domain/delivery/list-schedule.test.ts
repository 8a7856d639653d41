import { describe, expect, it } from 'vitest';
import { nextLook, nextTry } from '../../../src/domain/delivery/list-schedule.ts';

const AT = new Date('2026-03-02T12:00:00Z');
const minutes = (date: Date): number => (date.getTime() - AT.getTime()) / 60_000;
const inHours = (hours: number): number => AT.getTime() + hours * 3600_000;

describe('a list of revoked certificates', () => {
  it('is looked for half-way to the next one, but neither all the time nor less than twice a day', () => {
    expect(minutes(nextLook(AT, inHours(8), 0.5))).toBe(240);
    expect(minutes(nextLook(AT, inHours(0.1), 0.5))).toBe(30);
    expect(minutes(nextLook(AT, inHours(24 * 365), 0.5))).toBe(720);
  });

  it('is tried again with growing pauses', () => {
    expect([0, 1, 2, 5, 6, 7, 1000].map((failures) => minutes(nextTry(AT, failures, 0.5)))).toEqual([
      5, 10, 20, 160, 320, 360, 360,
    ]);
  });

  it('is not asked for by all nodes together', () => {
    expect([0, 1].map((random) => minutes(nextLook(AT, inHours(8), random)))).toEqual([216, 264]);
  });
});
