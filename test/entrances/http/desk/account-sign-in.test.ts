/** Signing in with the body's own account, against a real provider: what lets in, what does not, and what is taken away. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIdProvider } from '../../../../src/adapters/openid/provider.ts';
import type { GroupGrant } from '../../../../src/service/people/accounts.ts';
import { operator } from '../../../../src/service/people/person.ts';
import { ESEMPIO, PROVARIA } from '../../../support/access-house.ts';
import {
  atProvider,
  CLIENT,
  type DirectoryPerson,
  startProvider,
  type TestProvider,
} from '../../../support/openid-provider.ts';
import { openPeopleDesk } from '../../../support/people-desk.ts';
import { grant, visitor } from '../../../support/people-house.ts';

const GROUPS: readonly GroupGrant[] = [
  { group: '/protocollo', ...grant(ESEMPIO.aoo, 'protocol') },
  { group: '/responsabili', ...grant(ESEMPIO.aoo, 'head') },
  { group: '/responsabili', ...grant(PROVARIA.aoo, 'auditor') },
  { group: '/sistemi', ...grant(null, 'administrator') },
];
const ORIGIN = 'http://localhost';

let made = 0;
/** Somebody whom no other test knows. */
function somebody(groups: readonly string[], change: Partial<DirectoryPerson> = {}): DirectoryPerson {
  made += 1;
  return { sub: `sub-${made}`, name: `Persona ${made}`, login: `persona.${made}`, groups, ...change };
}

describe('signing in with the body’s own account', () => {
  const warned: string[] = [];
  const quiet = () => undefined;
  const log = {
    debug: quiet,
    info: quiet,
    warn: (data: object) => void warned.push(JSON.stringify(data)),
    error: quiet,
  };
  let provider: TestProvider;
  let desk: Awaited<ReturnType<typeof openPeopleDesk>>;
  beforeAll(async () => {
    provider = await startProvider(() => [ORIGIN]);
    const settings = { ...CLIENT, issuer: provider.issuer, scopes: ['profile'], groupsClaim: 'groups' };
    const rules = { issuer: provider.issuer, groups: GROUPS, provider: openIdProvider(settings, log, 1) };
    desk = await openPeopleDesk(rules);
  });
  afterAll(async () => {
    await desk?.stop();
    await provider?.stop();
  });

  type Cookies = Record<string, string>;
  const cookiesOf = (answer: { cookies: readonly { name: string; value: string }[] }): Cookies =>
    Object.fromEntries(answer.cookies.map(({ name, value }) => [name, value]));

  /** Begins as a new browser, or as the one with these cookies. */
  async function begin(cookies: Cookies = {}, query = '') {
    const answer = await desk.server.inject({ url: `/entra/account${query}`, cookies });
    return { answer, to: String(answer.headers.location), cookies: { ...cookies, ...cookiesOf(answer) } };
  }
  const finish = async (answer: URL, cookies: Cookies) => {
    const done = await desk.server.inject({ url: `${answer.pathname}${answer.search}`, cookies });
    return { done, session: cookiesOf(done)['sessione'] ?? null };
  };
  async function signIn(person: DirectoryPerson | null, query = '') {
    provider.person = person;
    const { to, cookies } = await begin({}, query);
    const answer = await atProvider(to);
    return { answer, cookies, ...(await finish(answer, cookies)) };
  }
  const logged = async (subject: string) => {
    const { rows } = await desk.pool.query(
      `select l.what, l.person, l.data->>'why' as why, l.data->>'role' as role from access_log l
        where l.data->>'subject' = $1 or l.person_id = (select person_id from person_account where subject = $1)
        order by entry_id`,
      [subject],
    );
    return rows as readonly { what: string; person: string; why: string | null; role: string | null }[];
  };
  const rolesOf = async (subject: string) => {
    const { rows } = await desk.pool.query<{ role: string }>(
      `select aoo || ' ' || role as role from person_role join person_account using (person_id)
        where subject = $1 order by 1`,
      [subject],
    );
    return rows.map(({ role }) => role);
  };

  it('makes a person of who has a mapped group, with the roles of the groups', async () => {
    const person = somebody(['/responsabili', '/altro']);
    const { done, session } = await signIn(person, '?ritorno=%2Fregistro%3Fq%3Dstrade');
    expect(done.statusCode).toBe(303);
    expect(done.headers.location).toBe('/registro?q=strade');
    const caller = await desk.people.openSession(session ?? '');
    expect(caller).toMatchObject({ name: person.name, login: person.login });
    expect(await rolesOf(person.sub)).toEqual([`${ESEMPIO.aoo} head`, `${PROVARIA.aoo} auditor`]);
    const kept = await desk.pool.query('select method, account_token from session where session_id = $1', [
      caller?.sessionId,
    ]);
    expect(kept.rows[0]).toMatchObject({ method: 'account' });
    // A copy of the database shows nobody's ID token.
    expect(kept.rows[0].account_token).toMatch(/^s1\./);
    expect((await logged(person.sub)).map(({ what }) => what).sort()).toEqual([
      'person-created',
      'role-given',
      'role-given',
      'signed-in',
    ]);
  });

  it('knows a person by issuer and subject alone, never by what it is called', async () => {
    const local = await desk.enter('nora.esempi', [grant(ESEMPIO.aoo, 'head')]);
    const person = somebody(['/protocollo'], { name: 'Persona nora.esempi', login: 'nora.esempi' });
    const { session } = await signIn(person);
    const caller = await desk.people.openSession(session ?? '');
    expect(caller?.personId).not.toBe(local.personId);
    expect(caller?.login).toBe('nora.esempi-2');
    expect([...(caller?.roles ?? [])]).toEqual(['protocol']);
    // Called otherwise the next time, it is the same person.
    const { session: again } = await signIn({ ...person, login: 'n.esempi', name: 'Nora Esempi' });
    expect((await desk.people.openSession(again ?? ''))?.personId).toBe(caller?.personId);
  });

  it('refuses who has no mapped group: a sentence, no session, no person, a line in the log', async () => {
    const person = somebody(['/ragioneria', '/protocollo-esterno']);
    const { done, session } = await signIn(person);
    expect(done.statusCode).toBe(403);
    expect(done.body).toContain('Questo account dell&#39;ente non è abilitato al protocollo');
    expect(done.body).toContain('name="password"');
    expect(session).toBeNull();
    const known = await desk.pool.query('select from person where login = $1', [person.login]);
    expect(known.rowCount).toBe(0);
    expect(await logged(person.sub)).toMatchObject([{ what: 'sign-in-refused', person: person.name, why: 'unmapped' }]);
  });

  it('refuses a disabled person and leaves its roles', async () => {
    const person = somebody(['/protocollo']);
    const { session } = await signIn(person);
    const caller = await desk.people.openSession(session ?? '');
    await desk.pool.query('update person set disabled_at = now() where person_id = $1', [caller?.personId]);
    const again = await signIn(person);
    expect(again.done.statusCode).toBe(403);
    expect(again.session).toBeNull();
    expect(await logged(person.sub)).toContainEqual(
      expect.objectContaining({ what: 'sign-in-refused', why: 'disabled', person: person.name }),
    );
    expect(await rolesOf(person.sub)).toEqual([`${ESEMPIO.aoo} protocol`]);
  });

  it('takes a role away with its group, and the sessions that had it', async () => {
    const person = somebody(['/protocollo', '/responsabili']);
    const before = await signIn(person);
    const caller = await desk.people.openSession(before.session ?? '');
    const given = { aoo: ESEMPIO.aoo, role: 'auditor' } as const;
    await desk.people.manage.giveRole(caller?.personId ?? '', given, operator('prova'));
    const middle = await signIn(person);
    const after = await signIn({ ...person, groups: ['/protocollo'] });
    // What a person gave is not the directory's to take.
    expect(await rolesOf(person.sub)).toEqual([`${ESEMPIO.aoo} auditor`, `${ESEMPIO.aoo} protocol`]);
    expect(await desk.people.openSession(middle.session ?? '')).toBeNull();
    expect([...((await desk.people.openSession(after.session ?? ''))?.roles ?? [])].sort()).toEqual([
      'auditor',
      'protocol',
    ]);
    const audited = await desk.pool.query(
      `select content::json->'data'->>'role' as role from audit
        where aoo = $1 and content like '%role-taken%' and content like '%' || $2 || '%'`,
      [ESEMPIO.aoo, caller?.personId],
    );
    expect(audited.rows).toEqual([{ role: 'head' }]);
    // The last group lost: nobody enters, and nobody stays in.
    const gone = await signIn({ ...person, groups: [] });
    expect(gone.done.statusCode).toBe(403);
    expect(await rolesOf(person.sub)).toEqual([`${ESEMPIO.aoo} auditor`]);
    expect(await desk.people.openSession(after.session ?? '')).toBeNull();
  });

  it('lets in as somebody who was here before whom an administrator links, and no more when unlinked', async () => {
    const local = await desk.enter('remo.saggio', [grant(ESEMPIO.aoo, 'auditor')]);
    const admin = await desk.enter('ada.fittizi', [grant(null, 'administrator')]);
    const path = `/amministrazione/persone/${local.personId}`;
    const person = somebody(['/protocollo']);
    const page = await desk.open(path, { sessione: admin.token });
    const post = (url: string, fields: Record<string, string>) =>
      desk.post(url, { _csrf: page.token, _atto: randomUUID(), ...fields }, page.cookies);
    const wrong = await post(`${path}/account`, { identificativo: 'due parole' });
    expect(wrong.statusCode).toBe(422);
    expect(wrong.body).toContain('come si legge nel registro degli accessi');
    expect((await post(`${path}/account`, { identificativo: person.sub })).statusCode).toBe(303);
    const { session } = await signIn(person);
    const caller = await desk.people.openSession(session ?? '');
    expect(caller?.personId).toBe(local.personId);
    expect([...(caller?.roles ?? [])].sort()).toEqual(['auditor', 'protocol']);
    // Nobody else's, as long as it is this person's.
    const other = await desk.enter('eva.altrove', [grant(PROVARIA.aoo, 'protocol')]);
    const taken = await post(`/amministrazione/persone/${other.personId}/account`, { identificativo: person.sub });
    expect(taken.body).toContain('già di una persona');
    // Without a mapped group the link alone lets nobody in.
    expect((await signIn({ ...person, groups: [] })).done.statusCode).toBe(403);
    const again = await signIn(person);
    const off = { emittente: provider.issuer, identificativo: person.sub };
    expect((await post(`${path}/account/togli`, off)).statusCode).toBe(303);
    expect(await desk.people.openSession(again.session ?? '')).toBeNull();
    const fresh = await signIn(person);
    expect((await desk.people.openSession(fresh.session ?? ''))?.personId).not.toBe(local.personId);
    const { rows } = await desk.pool.query(
      `select what from access_log where person_id = $1 and what like 'account-%' order by what`,
      [local.personId],
    );
    expect(rows).toEqual([{ what: 'account-linked' }, { what: 'account-unlinked' }]);
  });

  it('goes on with a session of the same rights in another browser', async () => {
    const person = somebody(['/protocollo']);
    const one = await signIn(person);
    const other = await signIn(person);
    expect(await desk.people.openSession(one.session ?? '')).not.toBeNull();
    expect(await desk.people.openSession(other.session ?? '')).not.toBeNull();
  });

  it('ends the session that the browser had: none is taken up', async () => {
    const { token } = await desk.enter('pio.modello', [grant(ESEMPIO.aoo, 'protocol')]);
    provider.person = somebody(['/protocollo']);
    const { to, cookies } = await begin();
    const { session } = await finish(await atProvider(to), { ...cookies, sessione: token });
    expect(session).not.toBe(token);
    expect(await desk.people.openSession(token)).toBeNull();
  });

  describe('takes no answer', () => {
    const refused = async ({ done, session }: Awaited<ReturnType<typeof finish>>) => {
      expect(done.statusCode).toBe(401);
      expect(done.body).toContain('non è riuscito: ripetere da capo');
      expect(session).toBeNull();
    };
    /** What the browser would bring back, changed on the way. */
    async function changed(change: { asked?: (to: URL) => void; answer?: (answer: URL) => void }) {
      provider.person = somebody(['/protocollo']);
      const { to, cookies } = await begin();
      const asked = new URL(to);
      change.asked?.(asked);
      const answer = await atProvider(asked.href);
      change.answer?.(answer);
      return finish(answer, cookies);
    }

    it('with another state', async () => {
      await refused(await changed({ answer: ({ searchParams }) => searchParams.set('state', 'A'.repeat(43)) }));
      await refused(await changed({ answer: ({ searchParams }) => searchParams.delete('state') }));
      await refused(await changed({ answer: ({ searchParams }) => searchParams.append('state', 'due') }));
    });

    it('of another issuer, or of none', async () => {
      await refused(
        await changed({ answer: ({ searchParams }) => searchParams.set('iss', 'https://altro.example.it') }),
      );
      await refused(await changed({ answer: ({ searchParams }) => searchParams.delete('iss') }));
    });

    it('with another nonce, or without one', async () => {
      await refused(await changed({ asked: ({ searchParams }) => searchParams.set('nonce', 'un altro') }));
      await refused(await changed({ asked: ({ searchParams }) => searchParams.delete('nonce') }));
    });

    it('for another PKCE verifier', async () => {
      await refused(await changed({ asked: ({ searchParams }) => searchParams.set('code_challenge', 'B'.repeat(43)) }));
    });

    it('twice', async () => {
      const first = await signIn(somebody(['/protocollo']));
      expect(first.session).not.toBeNull();
      await refused(await finish(first.answer, first.cookies));
      // The code alone, in a sign-in of its own.
      const { to, cookies } = await begin();
      const replayed = new URL(first.answer);
      replayed.searchParams.set('state', new URL(to).searchParams.get('state') ?? '');
      await refused(await finish(replayed, cookies));
    });

    it('in a browser that did not begin', async () => {
      provider.person = somebody(['/protocollo']);
      const { to } = await begin();
      const answer = await atProvider(to);
      await refused(await finish(answer, {}));
      const other = await begin();
      await refused(await finish(answer, other.cookies));
    });

    it('after ten minutes', async () => {
      provider.person = somebody(['/protocollo']);
      const { to, cookies } = await begin();
      const answer = await atProvider(to);
      desk.clock.forward(601);
      await refused(await finish(answer, cookies));
      await begin();
      const left = await desk.pool.query('select from account_attempt where ends_at <= $1', [desk.clock.now()]);
      expect(left.rowCount).toBe(0);
    });

    it('that says no', async () => {
      await refused(await signIn(null));
      const { rows } = await desk.pool.query("select from access_log where data->>'why' = 'answer'");
      expect(rows.length).toBeGreaterThan(0);
    });

    it('signed with a key that the provider does not publish', async () => {
      provider.publishOthers();
      await refused(await signIn(somebody(['/protocollo'])));
      provider.rotate();
    });
  });

  it('follows the provider to new keys at once', async () => {
    const person = somebody(['/protocollo']);
    expect((await signIn(person)).session).not.toBeNull();
    provider.rotate();
    const asked = provider.keysAsked();
    expect((await signIn(person)).session).not.toBeNull();
    expect(provider.keysAsked()).toBe(asked + 1);
  });

  it('lets two tabs of one browser begin', async () => {
    provider.person = somebody(['/protocollo']);
    const one = await begin();
    const other = await begin(one.cookies);
    expect((await finish(await atProvider(one.to), other.cookies)).session).not.toBeNull();
    expect((await finish(await atProvider(other.to), other.cookies)).session).not.toBeNull();
  });

  it.each([
    'https://altrove.example.it/',
    '//altrove.example.it/',
    '/\\altrove.example.it/',
    '/%0d%0aset-cookie:a=b',
    'javascript:alert(1)',
    '/entra/account',
    '/esci',
  ])('never leads to %s afterwards', async (wish) => {
    const { done } = await signIn(somebody(['/protocollo']), `?ritorno=${encodeURIComponent(wish)}`);
    const to = new URL(String(done.headers.location), ORIGIN);
    expect(done.statusCode).toBe(303);
    expect(to.origin).toBe(ORIGIN);
    expect(to.pathname).not.toMatch(/^\/(?:entra|esci)/);
    expect(done.headers['set-cookie']).not.toContain('a=b');
  });

  it('sends the browser back to no host that a request names', async () => {
    const answer = await desk.server.inject({ url: '/entra/account', headers: { host: 'altrove.example.it' } });
    expect(answer.statusCode).toBe(503);
    expect(answer.headers.location).toBeUndefined();
  });

  it('asks for what it needs and no more', async () => {
    const { answer, to } = await begin();
    const { searchParams, origin } = new URL(to);
    expect(origin).toBe(provider.issuer);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      response_type: 'code',
      scope: 'openid profile',
      code_challenge_method: 'S256',
      redirect_uri: `${ORIGIN}/entra/account/ritorno`,
    });
    for (const name of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(name)).toHaveLength(43);
    expect(answer.cookies.find(({ name }) => name === 'ingresso')).toMatchObject({
      httpOnly: true,
      sameSite: 'Lax',
      maxAge: 600,
    });
    // At rest nobody finds with what to finish it.
    const { rows } = await desk.pool.query<{ all: string }>('select json_agg(a)::text as all from account_attempt a');
    expect(rows[0]?.all).not.toContain(searchParams.get('state'));
  });

  it.each(['stall', 'broken'] as const)(
    'says that the provider is away (%s), and the password still lets in',
    async (mood) => {
      const { login } = (await desk.enter(`ugo.${mood}`, [grant(ESEMPIO.aoo, 'protocol')])).caller;
      // What the provider said of itself has been forgotten meanwhile.
      const settings = { ...CLIENT, issuer: provider.issuer, scopes: ['profile'], groupsClaim: 'groups' };
      const rules = { issuer: provider.issuer, groups: GROUPS, provider: openIdProvider(settings, log, 1) };
      const other = await openPeopleDesk(rules);
      try {
        provider.mood = mood;
        const started = performance.now();
        const away = await other.server.inject({ url: '/entra/account?ritorno=%2Fregistro' });
        expect(performance.now() - started).toBeLessThan(5_000);
        expect(away.statusCode).toBe(503);
        expect(away.body).toContain('non risponde: riprovare fra poco');
        expect(away.body).toContain('action="/entra?ritorno=%2Fregistro"');
        const page = await desk.open('/entra');
        expect(page.page.statusCode).toBe(200);
        const typed = { _csrf: page.token, nome: login, password: 'quattro gatti al sole' };
        expect((await desk.post('/entra', typed, page.cookies)).statusCode).toBe(303);
        provider.mood = 'well';
        expect((await other.server.inject({ url: '/entra/account' })).statusCode).toBe(303);
      } finally {
        provider.mood = 'well';
        await other.stop();
      }
    },
  );

  it('says so when the provider goes away in the middle, and the code is not lost to somebody else', async () => {
    provider.person = somebody(['/protocollo']);
    const { to, cookies } = await begin();
    const answer = await atProvider(to);
    provider.mood = 'broken';
    const { done, session } = await finish(answer, cookies);
    provider.mood = 'well';
    expect(done.statusCode).toBe(503);
    expect(session).toBeNull();
  });

  it('leaves the provider with the desk, and only who came by it', async () => {
    const { session, cookies } = await signIn(somebody(['/protocollo']));
    const own = await desk.open('/io', { ...cookies, sessione: session ?? '' });
    const left = await desk.post('/esci', { _csrf: own.token, _atto: randomUUID() }, own.cookies);
    expect(left.statusCode).toBe(200);
    const to = new URL(String(left.headers['refresh']).replace(/^0;url=/, ''));
    expect(to.origin).toBe(provider.issuer);
    expect(to.searchParams.get('post_logout_redirect_uri')).toBe(`${ORIGIN}/uscito`);
    expect(to.searchParams.get('id_token_hint')?.split('.')).toHaveLength(3);
    expect(await desk.people.openSession(session ?? '')).toBeNull();
    const asked = await fetch(to);
    expect(asked.status).toBe(200);
    const local = await desk.enter('lia.bozza', [grant(ESEMPIO.aoo, 'protocol')]);
    const page = await desk.open('/io', { sessione: local.token });
    const gone = await desk.post('/esci', { _csrf: page.token, _atto: randomUUID() }, page.cookies);
    expect(gone.headers.location).toBe('/uscito');
  });

  it('tells its log why, without a code or a token', async () => {
    warned.length = 0;
    const { answer, cookies } = await signIn(null);
    expect(answer.searchParams.get('error')).toBe('access_denied');
    expect(cookies['ingresso']).toBeDefined();
    expect(warned.join('\n')).toContain('access_denied');
    const first = await signIn(somebody(['/protocollo']));
    const code = first.answer.searchParams.get('code') ?? '';
    const { to, cookies: own } = await begin();
    const replayed = new URL(first.answer);
    replayed.searchParams.set('state', new URL(to).searchParams.get('state') ?? '');
    await finish(replayed, own);
    expect(warned.join('\n')).toContain('invalid_grant');
    expect(warned.join('\n')).not.toContain(code);
  });

  it('is not there where it is not configured', async () => {
    const plain = await openPeopleDesk();
    try {
      expect((await plain.server.inject({ url: '/entra/account' })).statusCode).toBe(404);
      expect((await plain.server.inject({ url: '/entra/account/ritorno?code=a' })).statusCode).toBe(404);
      expect((await plain.server.inject({ url: '/entra' })).body).not.toContain('/entra/account');
    } finally {
      await plain.stop();
    }
  });

  it('is the first thing on the sign-in page, called as configured', async () => {
    const page = await desk.server.inject({ url: '/entra?ritorno=%2Fregistro' });
    expect(page.body).toContain('href="/entra/account?ritorno=%2Fregistro"');
    expect(page.body).toContain('Entra con l’account del Comune');
    expect(visitor().session).toBeNull();
  });
});
