import { describe, expect, it } from 'vitest';
import {
  type Attempted,
  judgeAttempt,
  outcomeWord,
  retryAfter,
  type WebhookOutcome,
  webhookBackOff,
} from '../../../src/domain/delivery/webhook.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;
const first: Attempted = { attempts: 0, ageSeconds: 0, failures: 0, failingSeconds: 0, jitter: 1 };
const answered = (status: number, retryAfterSeconds: number | null = null): WebhookOutcome => ({
  kind: 'answered',
  status,
  retryAfterSeconds,
});
const timeout: WebhookOutcome = { kind: 'unreachable', reason: 'timeout' };

describe('what becomes of a delivery', () => {
  it.each([200, 201, 202, 204, 299])('%d: delivered', (status) => {
    expect(judgeAttempt(answered(status), first)).toEqual({ next: 'delivered' });
  });

  it.each([400, 413, 414, 415, 422, 431])('%d: this event is refused and the next one follows at once', (status) => {
    expect(judgeAttempt(answered(status), first)).toEqual({ next: 'dead', afterSeconds: 0 });
    expect(judgeAttempt(answered(status), { ...first, failures: 23 }).next).toBe('dead');
    expect(judgeAttempt(answered(status), { ...first, failures: 24 })).toEqual({ next: 'pause', reason: 'refusing' });
  });

  it('410: the receiver wants no more events', () => {
    expect(judgeAttempt(answered(410), first)).toEqual({ next: 'pause', reason: 'gone' });
  });

  it.each([100, 199, 300, 301, 302, 304, 307, 401, 403, 404, 405, 407, 408, 409, 425, 429, 451, 500, 502, 503, 599])(
    '%d: again later',
    (status) => {
      expect(judgeAttempt(answered(status), first)).toEqual({ next: 'waiting', afterSeconds: 5 });
    },
  );

  it.each(['address-not-allowed', 'name-not-resolved', 'no-connection', 'tls', 'timeout', 'no-answer'] as const)(
    '%s: again later',
    (reason) => {
      expect(judgeAttempt({ kind: 'unreachable', reason }, first)).toEqual({ next: 'waiting', afterSeconds: 5 });
    },
  );

  it.each([
    [DAY, 50, 'waiting'],
    [DAY + 1, 50, 'dead'],
    [DAY + 1, 6, 'waiting'],
    [DAY + 1, 7, 'dead'],
    [30 * DAY, 0, 'waiting'],
  ])('an event of %d seconds, tried %d times before: %s', (ageSeconds, attempts, next) => {
    expect(judgeAttempt(timeout, { ...first, attempts, ageSeconds, failures: 50 }).next).toBe(next);
  });

  it.each([
    [3 * DAY, 50, 'waiting'],
    [3 * DAY + 1, 50, 'pause'],
    [3 * DAY + 1, 6, 'waiting'],
    [3 * DAY + 1, 7, 'pause'],
  ])('a receiver that has taken nothing for %d seconds, %d failures: %s', (failingSeconds, failures, next) => {
    expect(judgeAttempt(timeout, { ...first, failingSeconds, failures }).next).toBe(next);
  });

  it('doubles the pause each time, up to an hour, half of it random', () => {
    const longest = Array.from({ length: 12 }, (_, failures) => webhookBackOff(failures, 1));
    expect(longest).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]);
    expect(Array.from({ length: 12 }, (_, n) => webhookBackOff(n, 0))).toEqual(longest.map((full) => full / 2));
    expect(webhookBackOff(1_000_000, 1)).toBe(3600);
  });

  it.each([
    [429, 30, 33],
    [503, 30, 33],
    [429, 0, 1.1],
    [429, 10 * DAY, 1.1 * HOUR],
    [500, 30, 5],
  ])('%d with Retry-After %d: after %d seconds', (status, seconds, expected) => {
    const verdict = judgeAttempt(answered(status, seconds), first);
    expect(verdict).toEqual({ next: 'waiting', afterSeconds: expect.closeTo(expected, 6) });
  });

  it.each([
    [undefined, null],
    ['120', 120],
    ['0', 0],
    ['-1', null],
    ['1e3', null],
    ['99999999999999', null],
    ['Mon, 02 Mar 2026 10:01:00 GMT', 60],
    ['Mon, 02 Mar 2026 09:00:00 GMT', 0],
    ['2026-03-02T10:01:00Z', null],
    ['soon', null],
    ['x'.repeat(100_000), null],
  ])('Retry-After: %s', (header, expected) => {
    expect(retryAfter(header, new Date('2026-03-02T10:00:00Z'))).toBe(expected);
  });

  it('has a word for every outcome', () => {
    expect([answered(204), timeout].map(outcomeWord)).toEqual(['204', 'timeout']);
  });
});
