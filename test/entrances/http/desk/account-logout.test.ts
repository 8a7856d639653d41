/** Who leaves the provider leaves the desk: told by a real provider, and by whoever would like to be one. */
import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openIdProvider, tryProvider } from '../../../../src/adapters/openid/provider.ts';
import { END_OF_SID, END_OF_SUBJECT } from '../../../../src/adapters/postgres/people/accounts.ts';
import { accountsAdvice } from '../../../../src/entrances/cli/doctor-advice.ts';
import { sha256 } from '../../../../src/kernel/digest.ts';
import { ESEMPIO } from '../../../support/access-house.ts';
import { atProvider, CLIENT, startProvider, type TestProvider } from '../../../support/openid-provider.ts';
import { openPeopleDesk } from '../../../support/people-desk.ts';
import { grant, PASSWORD, visitor } from '../../../support/people-house.ts';

const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };
const seconds = () => Math.floor(Date.now() / 1000);

describe('leaving the provider', () => {
  const quiet = () => undefined;
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  let provider: TestProvider;
  let desk: Awaited<ReturnType<typeof openPeopleDesk>>;
  let origin: string;
  let settings: Parameters<typeof openIdProvider>[0];
  beforeAll(async () => {
    provider = await startProvider(() => [origin]);
    settings = { ...CLIENT, issuer: provider.issuer, scopes: ['profile'], groupsClaim: 'groups' };
    desk = await openPeopleDesk({
      issuer: provider.issuer,
      groups: [{ group: '/protocollo', ...grant(ESEMPIO.aoo, 'protocol') }],
      provider: openIdProvider(settings, log, 2),
    });
    await desk.server.listen({ port: 0, host: '127.0.0.1' });
    origin = `http://127.0.0.1:${(desk.server.server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await desk?.stop();
    await provider?.stop();
  });

  const cookiesOf = (answer: Response): Record<string, string> =>
    Object.fromEntries(
      answer.headers.getSetCookie().map((line) => /^([^=]+)=([^;]*)/.exec(line)?.slice(1, 3) as [string, string]),
    );
  const headerOf = (jar: Record<string, string>) => ({
    cookie: Object.entries(jar)
      .map(([name, value]) => `${name}=${value}`)
      .join('; '),
  });
  /** As one browser: at the provider as at the desk. */
  async function signIn(sub: string) {
    provider.person = { sub, name: `Persona ${sub}`, login: sub, groups: ['/protocollo'] };
    const begun = await fetch(`${origin}/entra/account`, { redirect: 'manual' });
    const answer = await atProvider(begun.headers.get('location') ?? '');
    const done = await fetch(answer, { redirect: 'manual', headers: headerOf(cookiesOf(begun)) });
    const token = cookiesOf(done)['sessione'] ?? '';
    const { rows } = await desk.pool.query<{ sid: string }>(
      'select account_sid as sid from session where token_sha256 = $1',
      [sha256(token)],
    );
    return { token, sid: rows[0]?.sid ?? '' };
  }
  const isIn = async ({ token }: { readonly token: string }) => (await desk.people.openSession(token)) !== null;
  const tell = (token: string) =>
    fetch(`${origin}/entra/account/uscita`, { method: 'POST', body: new URLSearchParams({ logout_token: token }) });
  const claims = (change: Record<string, unknown> = {}) => ({
    ...{ iss: provider.issuer, aud: CLIENT.clientId, iat: seconds(), exp: seconds() + 120, jti: randomUUID() },
    events: EVENTS,
    ...change,
  });

  it('ends what was opened by it, when a real provider says so', async () => {
    const [leaving, staying] = [await signIn('lia'), await signIn('ugo')];
    expect([await isIn(leaving), await isIn(staying), leaving.sid.length > 0]).toEqual([true, true, true]);
    await provider.tellLeft('lia', leaving.sid);
    expect(await isIn(leaving)).toBe(false);
    expect(await isIn(staying)).toBe(true);
    const { rows } = await desk.pool.query(
      `select person, data->>'by' as by from access_log where what = 'session-ended' order by at desc limit 1`,
    );
    expect(rows).toEqual([{ person: 'Persona lia', by: "il gestore degli account dell'ente" }]);
  });

  it('ends one session, or all of the account, and none that a password opened', async () => {
    const [one, other] = [await signIn('nora'), await signIn('nora')];
    expect(one.sid).not.toBe(other.sid);
    const answer = await tell(await provider.sign(claims({ sub: 'nora', sid: one.sid }), { typ: 'logout+jwt' }));
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect([await isIn(one), await isIn(other)]).toEqual([false, true]);
    const third = await signIn('nora');
    await tell(await provider.sign(claims({ sid: third.sid })));
    expect([await isIn(third), await isIn(other)]).toEqual([false, true]);

    await desk.enter('pio.modello', [grant(ESEMPIO.aoo, 'protocol')]);
    const byPassword = await desk.people.signIn({ login: 'pio.modello', password: PASSWORD, code: '' }, visitor());
    if (!byPassword.ok) throw new Error(byPassword.problem.message);
    await desk.pool.query(
      `insert into person_account (issuer, subject, person_id, linked_at)
       select $1, 'pio', person_id, now() from person where login = 'pio.modello'`,
      [provider.issuer],
    );
    const byAccount = await signIn('pio');
    await tell(await provider.sign(claims({ sub: 'nora' })));
    await tell(await provider.sign(claims({ sub: 'pio' })));
    expect([await isIn(other), await isIn(byAccount), await isIn(byPassword.value)]).toEqual([false, false, true]);
  });

  it('takes a token once, and nothing of it is left to be tried with', async () => {
    await signIn('ida');
    const token = await provider.sign(claims({ sub: 'ida' }));
    expect((await tell(token)).status).toBe(200);
    const again = await signIn('ida');
    expect([(await tell(token)).status, await isIn(again)]).toEqual([400, true]);
    const both = await provider.sign(claims({ sub: 'ida' }));
    expect((await Promise.all([tell(both), tell(both)])).map(({ status }) => status).sort()).toEqual([200, 400]);
  });

  it.each<[string, Record<string, unknown>, Record<string, string>?]>([
    ['another issuer', { iss: 'https://altro.example.it' }],
    ['another client', { aud: 'altro' }],
    ['no time', { iat: undefined }],
    ['an old time', { iat: seconds() - 3_600, exp: undefined }],
    ['a time to come', { iat: seconds() + 3_600 }],
    ['its end is past', { exp: seconds() - 600 }],
    ['no event', { events: undefined }],
    ['another event', { events: { 'https://example.it/altro': {} } }],
    ['an event that is none', { events: { 'http://schemas.openid.net/event/backchannel-logout': 'si' } }],
    ['events as a list', { events: ['http://schemas.openid.net/event/backchannel-logout'] }],
    ['a nonce: it is an ID token', { nonce: 'n' }],
    ['an empty nonce', { nonce: '' }],
    ['nobody', { sub: undefined }],
    ['somebody who is no text', { sub: 7 }],
    ['no name of its own', { jti: undefined }],
    ['a very long name of its own', { jti: 'x'.repeat(300) }],
    ['the type of an access token', {}, { typ: 'at+jwt' }],
  ])('refuses %s', async (_, change, header = {}) => {
    const inside = await signIn('mario');
    const refused = await tell(await provider.sign(claims({ sub: 'mario', ...change }), header));
    expect([refused.status, await isIn(inside)]).toEqual([400, true]);
  });

  it('refuses what others sign, and what nobody signs', async () => {
    const inside = await signIn('eva');
    const said = claims({ sub: 'eva' });
    const shared = await new SignJWT(said)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(CLIENT.clientSecret.padEnd(32, '-')));
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(said)).toString('base64url')}.`;
    const [head = '', , signature = ''] = (await provider.sign(said)).split('.');
    const changed = `${head}.${Buffer.from(JSON.stringify({ ...said, sub: 'eva', extra: 1 })).toString('base64url')}.${signature}`;
    for (const token of [shared, none, changed, 'a.b.c', '', 'x'.repeat(9_000)])
      expect([(await tell(token)).status, await isIn(inside)]).toEqual([400, true]);
    expect((await fetch(`${origin}/entra/account/uscita`)).status).toBe(404);
  });

  it('asks the provider for its keys seldom, whatever strangers send', async () => {
    await tell(await provider.sign(claims({ sub: 'nessuno' })));
    const before = provider.keysAsked();
    for (let n = 0; n < 20; n += 1) await tell(await provider.sign(claims({ sub: 'nessuno' }), { kid: `altra-${n}` }));
    expect(provider.keysAsked() - before).toBeLessThanOrEqual(1);
  });

  it('finds sessions by an index', async () => {
    const owner = await desk.pool.connect();
    await owner.query('begin');
    await owner.query('set local enable_seqscan = off');
    for (const [statement, values] of [
      [END_OF_SID, ['s']],
      [END_OF_SUBJECT, [provider.issuer, 's', null]],
    ] as const) {
      const { rows } = await owner.query(`explain ${statement}`, [...values]);
      expect(rows.map((row) => row['QUERY PLAN']).join('\n'), statement).not.toContain('Seq Scan on session');
    }
    await owner.query('rollback');
    owner.release();
  });

  it('is looked at by doctor, which says what to do', async () => {
    expect(await tryProvider(settings)).toMatch(/answers, with 1 key/);
    const tried = async (issuer: string) =>
      tryProvider({ ...settings, issuer }).then(
        () => 'well',
        (error: unknown) => accountsAdvice(error),
      );
    expect(await tried(provider.issuer.replace('127.0.0.1', 'localhost'))).toContain(
      'exactly as the provider calls itself',
    );
    expect(await tried(`${provider.issuer}/realms/altro`)).toContain('INTERPRO_ACCOUNTS');
    expect(await tried('http://127.0.0.1:1')).toContain('this machine reaches it');
    provider.mood = 'broken';
    expect(await tried(provider.issuer)).toContain('INTERPRO_ACCOUNTS');
    provider.mood = 'well';
  });
});
