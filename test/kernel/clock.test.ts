import { describe, expect, it } from 'vitest';
import { legalStamp, legalTime } from '../../src/kernel/clock.ts';

const at = (iso: string) => {
  const { year, date, time } = legalTime(new Date(iso));
  return `${year} ${date} ${time}`;
};

describe('legal time', () => {
  it('the year turns at midnight in Rome', () => {
    expect(at('2026-12-31T22:59:59.999Z')).toBe('2026 2026-12-31 23:59:59');
    expect(at('2026-12-31T23:00:00.000Z')).toBe('2027 2027-01-01 00:00:00');
  });

  it('the day turns an hour earlier in summer', () => {
    expect(at('2026-07-01T21:59:59Z')).toBe('2026 2026-07-01 23:59:59');
    expect(at('2026-07-01T22:00:00Z')).toBe('2026 2026-07-02 00:00:00');
  });

  it('the clocks go forward: no two o’clock', () => {
    expect(at('2026-03-29T00:59:59Z')).toBe('2026 2026-03-29 01:59:59');
    expect(at('2026-03-29T01:00:00Z')).toBe('2026 2026-03-29 03:00:00');
  });

  it('the clocks go back: two o’clock comes twice', () => {
    expect(at('2026-10-25T00:00:00Z')).toBe('2026 2026-10-25 02:00:00');
    expect(at('2026-10-25T00:59:59Z')).toBe('2026 2026-10-25 02:59:59');
    expect(at('2026-10-25T01:00:00Z')).toBe('2026 2026-10-25 02:00:00');
    expect(at('2026-10-25T23:00:00Z')).toBe('2026 2026-10-26 00:00:00');
  });

  it('does not depend on the time zone of the machine', () => {
    const before = process.env['TZ'];
    try {
      for (const zone of ['America/Los_Angeles', 'Asia/Tokyo']) {
        process.env['TZ'] = zone;
        expect(at('2026-12-31T23:00:00Z')).toBe('2027 2027-01-01 00:00:00');
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });
});

it('shows a time as a table does, in legal time also on the days the clocks change', () => {
  expect(legalStamp('2026-11-30T23:10:53.319Z')).toBe('2026-12-01 00:10:53');
  expect(legalStamp('2026-10-25T00:59:59Z')).toBe('2026-10-25 02:59:59');
});
