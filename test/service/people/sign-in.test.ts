import { afterAll, describe, expect, it } from 'vitest';
import { ESEMPIO, PROVARIA } from '../../support/access-house.ts';
import { grant, openPeopleHouse, PASSWORD, visitor } from '../../support/people-house.ts';

describe('signing in', async () => {
  const house = await openPeopleHouse();
  const { people, clock, pool, pauses } = house;
  afterAll(() => house.stop());
  const typed = (login: string, password = PASSWORD, code = '') => ({ login, password, code });

  it('opens a session that says who it is and what it may do', async () => {
    await house.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol'), grant(PROVARIA.aoo, 'auditor')]);
    const done = await people.signIn(typed(' Nora.Esempi '), visitor());
    if (!done.ok) throw new Error(done.problem.message);
    const caller = await people.openSession(done.value.token);
    expect(caller).toMatchObject({ name: 'Persona nora.esempi', login: 'nora.esempi', aoo: ESEMPIO.aoo });
    expect([...(caller?.roles ?? [])]).toEqual(['protocol']);
    // At rest there is nothing that opens a session.
    const { rows } = await pool.query<{ all: string }>('select json_agg(s)::text as all from session s');
    expect(rows[0]?.all).not.toContain(done.value.token);
  });

  it('says the same of an unknown name, a wrong password and a disabled person, after the same work', async () => {
    const { personId } = await house.enter('pio.modello', [grant(ESEMPIO.aoo, 'protocol')]);
    await pool.query('update person set disabled_at = now() where person_id = $1', [personId]);
    const timed = async (login: string, password: string) => {
      const start = performance.now();
      const done = await people.signIn(typed(login, password), visitor({ address: '192.0.2.99' }));
      return { code: done.ok ? 'in' : done.problem.code, ms: performance.now() - start };
    };
    const unknown = await timed('nessuno', PASSWORD);
    const wrong = await timed('nora.esempi', 'quattro gatti al buio');
    const disabled = await timed('pio.modello', PASSWORD);
    const hostile = await timed('../\u0000\u{1f600}', 'x'.repeat(100_000));
    for (const { code } of [unknown, wrong, disabled, hostile]) expect(code).toBe('sign-in-refused');
    // A hash takes more than ten milliseconds on any machine: nobody is refused without one.
    for (const { ms } of [unknown, wrong, disabled, hostile]) expect(ms).toBeGreaterThan(10);
  });

  it('never takes up a token that was there before', async () => {
    const first = await people.signIn(typed('nora.esempi'), visitor());
    if (!first.ok) throw new Error(first.problem.message);
    const again = await people.signIn(typed('nora.esempi'), visitor({ session: first.value.token }));
    if (!again.ok) throw new Error(again.problem.message);
    expect(again.value.token).not.toBe(first.value.token);
    expect(await people.openSession(first.value.token)).toBeNull();
    const planted = await people.signIn(typed('nora.esempi'), visitor({ session: 'A'.repeat(43) }));
    expect(planted.ok && planted.value.token).not.toBe('A'.repeat(43));
  });

  it('slows a guesser down, and lets in meanwhile who was there before, or comes from elsewhere', async () => {
    const { device } = await house.enter('lia.bozza', [grant(ESEMPIO.aoo, 'protocol')]);
    const bad = visitor({ address: '198.51.100.3' });
    const codes: string[] = [];
    for (let guess = 0; guess < 7; guess += 1) {
      const done = await people.signIn(typed('lia.bozza', `tentativo numero ${guess}`), bad);
      codes.push(done.ok ? 'in' : done.problem.code);
    }
    expect(codes).toEqual([...Array(5).fill('sign-in-refused'), 'sign-in-slowed', 'sign-in-slowed']);
    // The right password makes no difference to a guesser who has to wait.
    expect((await people.signIn(typed('lia.bozza'), bad)).ok).toBe(false);
    expect((await people.signIn(typed('lia.bozza'), { ...bad, device })).ok).toBe(true);
    expect((await people.signIn(typed('lia.bozza'), visitor({ address: '198.51.100.4' }))).ok).toBe(true);
    clock.forward(61);
    expect((await people.signIn(typed('lia.bozza'), bad)).ok).toBe(true);
  });

  it('does not let many guesses at once be free', async () => {
    await house.enter('ugo.prova', [grant(ESEMPIO.aoo, 'protocol')]);
    const bad = visitor({ address: '198.51.100.5' });
    const all = await Promise.all(
      Array.from({ length: 16 }, (_, guess) => people.signIn(typed('ugo.prova', `in parallelo ${guess}`), bad)),
    );
    const looked = all.filter((done) => !done.ok && done.problem.code === 'sign-in-refused');
    expect(looked.length).toBeLessThanOrEqual(5);
    expect(all.every((done) => !done.ok)).toBe(true);
  });

  it('does not let many guesses at once be free at an open screen, either', async () => {
    const { caller } = await house.enter('ida.saggi', [grant(ESEMPIO.aoo, 'protocol')]);
    const guess = (at: number) => people.own.provePassword(caller, `in parallelo ${at}`, `198.51.100.${at}`);
    const all = await Promise.all(Array.from({ length: 16 }, (_, at) => guess(at)));
    const looked = all.filter((done) => !done.ok && done.problem.code === 'password-wrong');
    expect(looked.length).toBeLessThanOrEqual(5);
    clock.forward(61);
    expect((await people.own.provePassword(caller, PASSWORD, '192.0.2.7')).ok).toBe(true);
  });

  it('answers strangers late, never refuses them, when a name is tried from everywhere', async () => {
    await house.enter('mario.prova', [grant(ESEMPIO.aoo, 'protocol')]);
    for (let from = 0; from < 21; from += 1)
      await people.signIn(typed('mario.prova', 'da ogni parte'), visitor({ address: `203.0.113.${from}` }));
    pauses.length = 0;
    const done = await people.signIn(typed('mario.prova'), visitor({ address: '203.0.113.200' }));
    expect(done.ok).toBe(true);
    expect(pauses).toEqual([2_000]);
  });

  it('slows whoever tries many names from one place', async () => {
    const bad = visitor({ address: '2001:db8:1:2::1' });
    let slowed = 0;
    for (let name = 0; name < 64; name += 1) {
      const other = { ...bad, address: `2001:db8:1:2::${name.toString(16)}` };
      const done = await people.signIn(typed(`nome${name}`, 'stessa password'), other);
      if (!done.ok && done.problem.code === 'sign-in-slowed') slowed += 1;
    }
    expect(slowed).toBeGreaterThan(0);
    expect((await people.signIn(typed('nora.esempi'), visitor({ address: '2001:db8:1:3::1' }))).ok).toBe(true);
  }, 60_000);

  it('keeps nothing of what was typed as a name', async () => {
    await people.signIn(typed('la mia password nel campo sbagliato'), visitor({ address: '198.51.100.77' }));
    const { rows } = await pool.query<{ all: string }>(
      `select coalesce(json_agg(l)::text, '') || (select json_agg(f)::text from login_failure f) as all from access_log l`,
    );
    expect(rows[0]?.all).toContain('sign-in-refused');
    expect(rows[0]?.all).not.toContain('campo sbagliato');
  });
});
