import { describe, expect, it } from 'vitest';
import { backOff, retry, type SendOutcome } from '../../../src/domain/delivery/retry.ts';

const DAY = 24 * 3600;

describe('when a mail is tried again', () => {
  it.each<[SendOutcome, number, string]>([
    ['accepted', 0, 'sent'],
    ['accepted', 10 * DAY, 'sent'],
    ['permanent', 0, 'given-up'],
    ['temporary', 0, 'queued'],
    ['temporary', 3 * DAY, 'queued'],
    ['temporary', 3 * DAY + 1, 'given-up'],
    ['authentication', 3 * DAY, 'queued'],
    ['authentication', 3 * DAY + 1, 'given-up'],
    ['unreachable', 3 * DAY, 'queued'],
    ['unreachable', 3 * DAY + 1, 'given-up'],
  ])('%s, queued %d seconds ago: %s', (outcome, age, state) => {
    expect(retry(outcome, 50, age, 0.5).state).toBe(state);
  });

  it('is not given up before ten tries, however old it is', () => {
    expect(retry('unreachable', 8, 30 * DAY, 0.5).state).toBe('queued');
    expect(retry('unreachable', 9, 30 * DAY, 0.5).state).toBe('given-up');
    expect(retry('permanent', 0, 0, 0.5).state).toBe('given-up');
  });

  it('waits twice as long each time, up to an hour, half of it by chance', () => {
    const longest = Array.from({ length: 12 }, (_, attempts) => backOff(attempts, 1));
    expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(Array.from({ length: 12 }, (_, attempts) => backOff(attempts, 0))).toEqual(longest.map((full) => full / 2));
    expect(backOff(1_000_000, 1)).toBe(3600);
    expect(retry('temporary', 2, 0, 1)).toEqual({ state: 'queued', afterSeconds: 20 });
  });
});
