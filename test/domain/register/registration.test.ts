import { describe, expect, it } from 'vitest';
import { identifierOf, identityOf, type Registration, shortNumber } from '../../../src/domain/register/registration.ts';
import type { Identifier } from '../../../src/model/segnatura.ts';

const identifier: Identifier = {
  administration: 'c_esempio',
  aoo: 'AESEMP1',
  register: 'PROT',
  number: '0000042',
  date: '2026-03-02',
  time: '10:11:12',
};

describe('the identity of a registration', () => {
  it('has at least seven digits', () => {
    expect(shortNumber(42, 2026)).toBe('0000042/2026');
    expect(shortNumber(123_456_789, 2026)).toBe('123456789/2026');
    const owner = { administration: 'c_esempio', code: 'AESEMP1', register: 'PROT' };
    const registration = { register: 'PROT', number: 42, date: '2026-03-02', time: '10:11:12' } as Registration;
    expect(identifierOf(owner, registration)).toEqual(identifier);
  });

  it('does not depend on zeros, case, day or time', () => {
    const same: Partial<Identifier>[] = [
      { number: '42' },
      { number: '000000000042' },
      { date: '2026-12-31' },
      { time: null },
      { administration: 'C_ESEMPIO', aoo: 'aesemp1', register: 'prot' },
    ];
    for (const change of same) expect(identityOf({ ...identifier, ...change })).toBe(identityOf(identifier));
  });

  it('differs when code, register, year or number differ', () => {
    const others: Partial<Identifier>[] = [
      { administration: 'c_provaria' },
      { aoo: 'AESEMP2' },
      { register: null },
      { register: 'EMERGENZA' },
      { number: '43' },
      { number: '420' },
      { number: '0' },
      { number: '' },
      { date: '2025-03-02' },
    ];
    const known = new Set([identityOf(identifier)]);
    for (const change of others) known.add(identityOf({ ...identifier, ...change }));
    expect(known.size).toBe(others.length + 1);
  });

  it('stays distinct when a code contains a separator', () => {
    const a = identityOf({ ...identifier, administration: 'a|b', aoo: 'c' });
    const b = identityOf({ ...identifier, administration: 'a', aoo: 'b|c' });
    expect(a).not.toBe(b);
  });

  it('stays short enough for an index, whatever the sender writes', () => {
    const long = Array.from({ length: 20_000 }, (_, index) => String((index * 7_919) % 9)).join('');
    const a = identityOf({ ...identifier, number: `1${long}` });
    expect(a.length).toBeLessThan(1_000);
    expect(a).not.toBe(identityOf({ ...identifier, number: `2${long}` }));
    expect(a).toBe(identityOf({ ...identifier, number: `01${long}` }));
  });
});
