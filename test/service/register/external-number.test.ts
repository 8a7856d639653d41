import { describe, expect, it } from 'vitest';
import { externalNumber } from '../../../src/service/register/external-number.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { office } from '../../adapters/postgres/support.ts';

const OWN = office('c_esempio', 'AESEMP1');
const EXTERNAL: Office = { ...OWN, numbering: 'external' };
const told = { register: 'LORO', number: 12, date: '2026-03-03', time: '00:00:00' };

/** `at` is the time in Rome, in winter. */
const given = (at: string, date: string) => {
  const result = externalNumber(EXTERNAL, { ...told, date }, new Date(`${at}+01:00`));
  return result.ok ? result.value : result.problem.code;
};

describe("a number given by the office's own protocol system", () => {
  it('is required if the office numbers elsewhere, and refused otherwise', () => {
    const at = new Date('2026-03-03T10:00:00Z');
    expect(externalNumber(OWN, null, at)).toEqual({ ok: true, value: null });
    expect(externalNumber(OWN, told, at)).toMatchObject({ ok: false, problem: { code: 'number-not-ours' } });
    expect(externalNumber(EXTERNAL, null, at)).toMatchObject({ ok: false, problem: { code: 'number-missing' } });
    expect(externalNumber(EXTERNAL, told, at)).toEqual({ ok: true, value: { ...told, year: 2026 } });
  });

  it('may be dated an hour ahead of our clock, and not a second more', () => {
    expect(given('2026-03-02T23:00:00', '2026-03-03')).toMatchObject({ date: '2026-03-03' });
    expect(given('2026-03-02T22:59:59', '2026-03-03')).toBe('number-date-future');
    expect(given('2026-03-02T23:59:59', '2026-03-04')).toBe('number-date-future');
  });

  it("may be of last year: a registration of New Year's Eve may be reported later", () => {
    expect(given('2026-01-02T09:00:00', '2025-12-31')).toMatchObject({ year: 2025 });
    expect(given('2025-12-31T23:00:00', '2026-01-01')).toMatchObject({ year: 2026 });
    expect(given('2025-12-31T22:59:59', '2026-01-01')).toBe('number-date-future');
  });
});
