import { generateSync } from 'otplib';
import { afterAll, describe, expect, it } from 'vitest';
import { operator } from '../../../src/service/people/person.ts';
import { ESEMPIO } from '../../support/access-house.ts';
import { grant, openPeopleHouse, PASSWORD, visitor } from '../../support/people-house.ts';

describe('the second factor', async () => {
  const house = await openPeopleHouse();
  const { people, clock, pool } = house;
  afterAll(() => house.stop());
  const { caller } = await house.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol')]);
  const begun = await people.factor.begin(caller);
  if (!begun.ok) throw new Error(begun.problem.message);
  const secret = begun.value.key.replaceAll(' ', '');
  const codeNow = () => generateSync({ secret, epoch: Math.floor(clock.now().getTime() / 1000) });
  const signIn = async (code: string) => {
    const done = await people.signIn({ login: 'nora.esempi', password: PASSWORD, code }, visitor());
    return done.ok ? 'in' : done.problem.code;
  };
  const confirmed = await people.factor.confirm(caller, codeNow(), '192.0.2.7');
  if (!confirmed.ok) throw new Error(confirmed.problem.message);

  it('is asked for once it is on, and each code counts once', async () => {
    expect(await signIn('')).toBe('sign-in-refused');
    // The code that turned it on is used up, too.
    expect(await signIn(codeNow())).toBe('sign-in-refused');
    clock.forward(30);
    const code = codeNow();
    expect(await signIn(`${code.slice(0, 3)} ${code.slice(3)}`)).toBe('in');
    expect(await signIn(code)).toBe('sign-in-refused');
  });

  it('takes a code once, also from two at the same moment', async () => {
    clock.forward(60);
    const code = codeNow();
    expect((await Promise.all([signIn(code), signIn(code)])).sort()).toEqual(['in', 'sign-in-refused']);
  });

  it('has codes on paper, each for one time', async () => {
    const [first = ''] = confirmed.value;
    expect(await signIn(first.toUpperCase())).toBe('in');
    expect(await signIn(first)).toBe('sign-in-refused');
    expect(await people.factor.state(caller)).toEqual({ codesLeft: 9 });
  });

  it('is at rest without anything that a code follows from', async () => {
    const { rows } = await pool.query<{ all: string }>(
      'select (select json_agg(f)::text from second_factor f) || (select json_agg(c)::text from recovery_code c) as all',
    );
    expect(rows[0]?.all).not.toContain(secret);
    for (const code of confirmed.value) expect(rows[0]?.all).not.toContain(code);
  });

  it('is not guessed by whoever holds a link for a new password', async () => {
    const link = await people.manage.recoveryEntry(caller.personId, false, operator('prova'));
    if (!link.ok) throw new Error(link.problem.message);
    const form = { name: '', login: '', password: 'cinque cani nella nebbia' };
    const guess = async (code: string) => {
      const done = await people.useEntry(link.value, { ...form, code }, visitor());
      return done.ok ? 'in' : done.problem.code;
    };
    const all = await Promise.all(Array.from({ length: 6 }, (_, n) => guess(`00000${n}`)));
    all.push(...(await Promise.all(Array.from({ length: 6 }, (_, n) => guess(`10000${n}`)))));
    expect(all.filter((code) => code === 'code-wrong').length).toBeLessThanOrEqual(5);
    expect(all).toContain('sign-in-slowed');
    clock.forward(1_000);
    expect(await guess('000009')).toBe('code-wrong');
  });

  it('is taken off with the password alone, by its person', async () => {
    expect((await people.own.endFactor(caller, 'non è questa', '192.0.2.7')).ok).toBe(false);
    expect((await people.own.endFactor(caller, PASSWORD, '192.0.2.7')).ok).toBe(true);
    expect(await signIn('')).toBe('in');
  });
});
