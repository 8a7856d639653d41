import { describe, expect, it } from 'vitest';
import {
  identifierOf,
  identityOf,
  isSameNumber,
  oneLine,
  type Registration,
  shortNumber,
} from '../../../src/domain/register/registration.ts';
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

  // It is stored and compared with what later versions write.
  it.each<[Partial<Identifier>, string]>([
    [{}, 'c_esempio|aesemp1|prot|2026|42'],
    [{ register: null }, 'c_esempio|aesemp1||2026|42'],
    [{ number: '000' }, 'c_esempio|aesemp1|prot|2026|0'],
    [{ aoo: 'A|B\\C' }, 'c_esempio|a\\|b\\\\c|prot|2026|42'],
    [{ aoo: 'A\0B\ud800' }, 'c_esempio|a\ufffdb\ufffd|prot|2026|42'],
  ])('with %j is written %s', (change, written) => {
    expect(identityOf({ ...identifier, ...change })).toBe(written);
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

describe('two ways to name a number', () => {
  it.each<[boolean, string, Partial<Identifier>, Partial<Identifier>]>([
    [true, 'with the same register', {}, {}],
    [true, 'with the same register, written otherwise', { register: 'prot', number: '42' }, {}],
    [true, 'with no register in either', { register: null }, { register: null }],
    [true, 'with no register in the first', { register: null }, {}],
    [true, 'with no register in the second', {}, { register: null }],
    [false, 'with two registers', {}, { register: 'EMERGENZA' }],
    [false, 'with another number, and no register in the first', { register: null }, { number: '43' }],
    [false, 'with another number, and no register in the second', {}, { register: null, number: '43' }],
    [false, 'with another number, and no register in either', { register: null }, { register: null, number: '43' }],
    [false, 'with another number', {}, { number: '43' }],
    [false, 'of another year, and no register in the second', {}, { register: null, date: '2025-03-02' }],
    [false, 'of another office, and no register in the second', {}, { register: null, aoo: 'AESEMP2' }],
  ])('mean the same registration (%s): %s', (same, _what, one, other) => {
    expect(isSameNumber({ ...identifier, ...one }, { ...identifier, ...other })).toBe(same);
  });
});

describe('a subject in a register', () => {
  it('is one line', () => {
    expect(oneLine('\n  Richiesta\t di\r\n  parere ')).toBe('Richiesta di parere');
  });
});
