import { describe, expect, it } from 'vitest';
import { backOff, retry, type SendOutcome } from '../../../src/domain/delivery/retry.ts';

const DAY = 24 * 3600;
const ofMail = (outcome: SendOutcome, attempts: number, ageSeconds: number, jitter = 0.5) =>
  retry({ outcome, concerns: 'mail', attempts, ageSeconds }, jitter);

describe('when a mail is tried again', () => {
  it.each<[SendOutcome, number, string]>([
    ['accepted', 0, 'sent'],
    ['accepted', 10 * DAY, 'sent'],
    ['permanent', 0, 'given-up'],
    ['document-altered', 0, 'given-up'],
    ['size', 0, 'given-up'],
    ['envelope', 0, 'given-up'],
    ['full', 0, 'given-up'],
    ['full-for-now', 3 * DAY, 'queued'],
    ['full-for-now', 3 * DAY + 1, 'given-up'],
    ['temporary', 0, 'queued'],
    ['temporary', 3 * DAY, 'queued'],
    ['temporary', 3 * DAY + 1, 'given-up'],
    ['rate', 3 * DAY, 'queued'],
    ['rate', 3 * DAY + 1, 'given-up'],
    ['unreachable', 3 * DAY, 'queued'],
    ['unreachable', 3 * DAY + 1, 'given-up'],
    ['own-fault', 3 * DAY, 'queued'],
    ['own-fault', 3 * DAY + 1, 'given-up'],
  ])('%s, queued %d seconds ago: %s', (outcome, age, state) => {
    expect(ofMail(outcome, 50, age).state).toBe(state);
  });

  it('is not given up before ten tries, whatever its age', () => {
    expect(ofMail('unreachable', 8, 30 * DAY).state).toBe('queued');
    expect(ofMail('unreachable', 9, 30 * DAY).state).toBe('given-up');
    expect(ofMail('permanent', 0, 0).state).toBe('given-up');
  });

  it.each<SendOutcome>(['unreachable', 'authentication', 'rate'])(
    'no try counts and no mail is given up while its account fails: %s',
    (outcome) => {
      for (const jitter of [0, 1]) {
        const next = retry({ outcome, concerns: 'account', attempts: 50, ageSeconds: 300 * DAY }, jitter);
        expect(next).toEqual({ state: 'queued', afterSeconds: jitter === 0 ? 1 : 4, counts: false });
      }
    },
  );

  it('doubles the pause each time, up to an hour, half of it random', () => {
    const longest = Array.from({ length: 12 }, (_, attempts) => backOff(attempts, 1));
    expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(Array.from({ length: 12 }, (_, attempts) => backOff(attempts, 0))).toEqual(longest.map((full) => full / 2));
    expect(backOff(1_000_000, 1)).toBe(3600);
    expect(ofMail('temporary', 2, 0, 1)).toEqual({ state: 'queued', afterSeconds: 20, counts: true });
  });

  it('starts with a longer pause when asked to slow down', () => {
    const pauses = [0, 1, 2, 5, 6, 50].map((attempts) => ofMail('rate', attempts, 0, 1));
    expect(pauses.map((next) => next.state === 'queued' && next.afterSeconds)).toEqual([
      60, 120, 240, 1920, 3600, 3600,
    ]);
  });
});
