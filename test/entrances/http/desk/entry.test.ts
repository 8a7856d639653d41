import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { returnTo } from '../../../../src/entrances/http/desk/entry/browser.ts';
import { ESEMPIO, PROVARIA } from '../../../support/access-house.ts';
import { openPeopleDesk } from '../../../support/people-desk.ts';
import { grant, PASSWORD } from '../../../support/people-house.ts';

describe('where somebody is sent after signing in', () => {
  it.each([
    ['/scrivania?tipo=segnalati', '/scrivania?tipo=segnalati'],
    ['/registro/2026/0001234', '/registro/2026/0001234'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['/\t/evil.example', '/'],
    ['https://evil.example/', '/'],
    ['javascript:alert(1)', '/'],
    ['/.//evil.example', '/'],
    ['/x/..//evil.example', '/'],
    ['/@evil.example', '/@evil.example'],
    ['/entra?ritorno=/entra', '/'],
    ['/esci', '/'],
    ['', '/'],
  ])('%j leads to %j', (wanted, to) => expect(returnTo(wanted)).toBe(to));

  it('is nowhere else for an address that no page has', () => expect(returnTo(`/${'a'.repeat(3_000)}`)).toBe('/'));
});

describe('the door', async () => {
  const desk = await openPeopleDesk();
  const { people, server, open, post, pool } = desk;
  afterAll(() => desk.stop());
  await desk.enter('nora.esempi', [grant(ESEMPIO.aoo, 'protocol'), grant(PROVARIA.aoo, 'auditor')]);

  const signIn = async (login: string, password: string, before: Record<string, string> = {}, query = '') => {
    const { token, cookies } = await open(`/entra${query}`, before);
    return post(`/entra${query}`, { _csrf: token, nome: login, password, codice: '' }, cookies);
  };
  const cookieOf = (answer: Awaited<ReturnType<typeof signIn>>, name: string) =>
    answer.cookies.find((cookie) => cookie.name === name);

  it('lets in with name and password, by cookies that scripts and other sites do not get', async () => {
    const answer = await signIn('nora.esempi', PASSWORD, {}, '?ritorno=%2Fio');
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/io']);
    const session = cookieOf(answer, 'sessione');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    expect(session?.maxAge).toBeUndefined();
    expect(cookieOf(answer, 'dispositivo')).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    const me = await open('/io', { sessione: session?.value ?? '' });
    expect(me.page.body).toContain('nora.esempi');
  });

  it('refuses in the same words whatever was wrong, and never shows a password again', async () => {
    const wrong = await signIn('nora.esempi', 'quattro cani al sole');
    const unknown = await signIn('nessuno.qui', 'quattro cani al sole');
    const sentence = /role="alert"[^>]*>([^<]*)</.exec(wrong.body)?.[1];
    expect(sentence).toContain('non corretti');
    expect(/role="alert"[^>]*>([^<]*)</.exec(unknown.body)?.[1]).toBe(sentence);
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(wrong.body).not.toContain('quattro cani');
    expect(wrong.body).toContain('<title>Errore: Entra');
  });

  it('takes no form of another site, and none without its token', async () => {
    const { token, cookies } = await open('/entra');
    const fields = { _csrf: token, nome: 'nora.esempi', password: PASSWORD };
    const foreign = await post('/entra', fields, cookies, { 'sec-fetch-site': 'cross-site' });
    expect(foreign.statusCode).toBe(403);
    const bare = await post('/entra', { ...fields, _csrf: '' }, cookies);
    expect([bare.statusCode, bare.headers.location]).toEqual([303, '/entra']);
    for (const answer of [foreign, bare]) expect(cookieOf(answer, 'sessione')).toBeUndefined();
  });

  it('gives a new session at each sign-in, and ends the one before', async () => {
    const first = cookieOf(await signIn('nora.esempi', PASSWORD), 'sessione')?.value ?? '';
    // Somebody who is signed in is sent on; another tab may still hold the form.
    const { token, cookies } = await open('/entra');
    const again = await post(
      '/entra',
      { _csrf: token, nome: 'nora.esempi', password: PASSWORD },
      { ...cookies, sessione: first },
    );
    // The form's token is nobody's, the browser is Nora's: the form is asked for once more, and nothing is lost.
    expect(again.statusCode).toBe(303);
    const fresh = cookieOf(await signIn('nora.esempi', PASSWORD, { sessione: 'A'.repeat(43) }), 'sessione')?.value;
    expect(fresh).not.toBe('A'.repeat(43));
    expect(await people.openSession(fresh ?? '')).not.toBeNull();
  });

  it('offers a daily e-mail to who has an address and may be given something, and takes a no', async () => {
    const { token: session, personId } = await desk.enter('ida.saggi', [grant(ESEMPIO.aoo, 'unit-member')]);
    expect((await open('/io', { sessione: session })).page.body).not.toContain('Riepilogo per e-mail');
    await pool.query(`update person set address = 'ida.saggi@example.it' where person_id = $1`, [personId]);
    const asked = async (fields: Record<string, string>) => {
      const { page, token, cookies } = await open('/io', { sessione: session });
      expect(page.body).toContain('Riepilogo per e-mail');
      const answer = await post(
        '/io/riepilogo',
        { _csrf: token, _atto: `riepilogo-${fields['riepilogo'] ?? 'no'}`, ...fields },
        cookies,
      );
      expect([answer.statusCode, answer.headers.location]).toEqual([303, '/io#riepilogo']);
      return (await pool.query('select from assignment_digest where person_id = $1', [personId])).rowCount;
    };
    expect(await asked({ riepilogo: 'si' })).toBe(1);
    expect(await asked({})).toBe(0);
    const auditor = await desk.enter('mario.prova', [grant(ESEMPIO.aoo, 'auditor')]);
    const { page, token, cookies } = await open('/io', { sessione: auditor.token });
    expect(page.body).not.toContain('Riepilogo per e-mail');
    expect(
      (await post('/io/riepilogo', { _csrf: token, _atto: 'riepilogo', riepilogo: 'si' }, cookies)).statusCode,
    ).toBe(404);
  });

  it('lets go, also of the cookie', async () => {
    const session = cookieOf(await signIn('nora.esempi', PASSWORD), 'sessione')?.value ?? '';
    const { token, cookies } = await open('/io', { sessione: session });
    const left = await post('/esci', { _csrf: token, _atto: randomUUID() }, cookies);
    expect([left.statusCode, left.headers.location]).toEqual([303, '/uscito']);
    expect(cookieOf(left, 'sessione')?.value).toBe('');
    expect(await people.openSession(session)).toBeNull();
    expect((await open('/io', { sessione: session })).page.headers.location).toBe('/entra?ritorno=%2Fio');
  });

  it('shows a first entry without using it up, and lets in once', async () => {
    const link = `/entra/${await people.issueEntry([grant(ESEMPIO.aoo, 'head')])}`;
    for (let look = 0; look < 3; look += 1) expect((await server.inject(link)).statusCode).toBe(200);
    expect((await server.inject({ method: 'HEAD', url: link })).statusCode).toBeLessThan(405);
    const { page, token, cookies } = await open(link);
    expect(page.body).toContain('Amministratore di sistema');
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    const filled = { _csrf: token, persona: 'Remo Saggio', nome: 'remo.saggio', password: 'corta' };
    const short = await post(link, filled, cookies);
    expect(short.statusCode).toBe(422);
    expect(short.body).toContain('almeno 12 caratteri');
    expect(short.body).toContain('value="Remo Saggio"');
    // Everything that is wrong is told at once, each beside its field.
    const none = await post(link, { _csrf: token, persona: '', nome: 'A B', password: 'corta' }, cookies);
    expect(none.body).toContain('<a href="#campo-persona">');
    expect(none.body).toContain('<a href="#campo-nome">');
    expect(none.body).toContain('<a href="#campo-password">');
    const good = { ...filled, password: 'un passero sul tetto rosso' };
    const both = await Promise.all([post(link, good, cookies), post(link, { ...good, nome: 'remo2' }, cookies)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([303, 410]);
    expect((await server.inject(link)).statusCode).toBe(410);
    const { rows } = await pool.query("select login from person where login like 'remo%'");
    expect(rows).toHaveLength(1);
  });

  it('keeps a token for another login where the first is taken', async () => {
    const made = await people.manage.createPerson(
      { login: 'pio.modello', name: 'Pio Modello', address: '', grants: [grant(ESEMPIO.aoo, 'protocol')] },
      { personId: null, name: 'prova', address: '', sessionId: null, scope: 'node' },
    );
    expect(made.ok).toBe(true);
    await pool.query("delete from person_role where aoo = '-'");
    const link = `/entra/${await people.issueEntry()}`;
    const { token, cookies } = await open(link);
    const filled = { _csrf: token, persona: 'Lia Bozza', nome: 'nora.esempi', password: 'un passero sul tetto' };
    expect((await post(link, filled, cookies)).statusCode).toBe(409);
    expect((await post(link, { ...filled, nome: 'lia.bozza' }, cookies)).statusCode).toBe(303);
  });

  it('is over after a day', async () => {
    const link = `/entra/${await people.issueEntry()}`;
    desk.clock.forward(24 * 3_600 + 1);
    expect((await server.inject(link)).statusCode).toBe(410);
    expect((await server.inject('/entra/niente')).statusCode).toBe(410);
    desk.clock.forward(-24 * 3_600 - 1);
  });

  it('ends a session that nobody uses, and every session some time', async () => {
    const { token } = await desk.enter('ugo.prova', [grant(ESEMPIO.aoo, 'protocol')]);
    desk.clock.forward(29 * 60);
    expect(await people.openSession(token)).not.toBeNull();
    desk.clock.forward(29 * 60);
    expect(await people.openSession(token)).not.toBeNull();
    desk.clock.forward(31 * 60);
    expect(await people.openSession(token)).toBeNull();
    const other = await desk.enter('ugo.altro', [grant(ESEMPIO.aoo, 'protocol')]);
    for (let half = 0; half < 24; half += 1) {
      desk.clock.forward(29 * 60);
      await people.openSession(other.token);
    }
    desk.clock.forward(25 * 60);
    expect(await people.openSession(other.token)).toBeNull();
  });

  it('keeps nobody signed in who only has a page open', async () => {
    const { token } = await desk.enter('lia.assente', [grant(ESEMPIO.aoo, 'protocol')]);
    const ask = (headers: Record<string, string>) =>
      server.inject({ url: '/io/sessione', cookies: { sessione: token }, headers });
    desk.clock.forward(29 * 60);
    expect((await ask({ 'x-background': '1' })).statusCode).toBe(200);
    desk.clock.forward(2 * 60);
    expect((await ask({})).statusCode).toBe(401);
  });
});
