import { createHmac } from 'node:crypto';
import { exportSPKI, generateKeyPair, importJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Issuer } from '../../../../src/service/access/issuer-keys.ts';
import { revokeCredential } from '../../../../src/service/access/manage-credentials.ts';
import { type AccessHouse, ESEMPIO, openAccessHouse, PROVARIA } from '../../../support/access-house.ts';
import { AUDIENCE, startIssuer, type TestIssuer } from '../../../support/issuer.ts';

const MINUTE = 60;

describe('who has a token', () => {
  let house: AccessHouse;
  let pdnd: TestIssuer;
  let other: TestIssuer;
  let settings: Issuer;
  let at: string;
  beforeAll(async () => {
    house = await openAccessHouse();
    pdnd = await startIssuer(() => house.clock.now());
    other = await startIssuer(() => house.clock.now());
    settings = {
      issuer: pdnd.issuer,
      keys: { url: pdnd.jwksUrl },
      audiences: [AUDIENCE],
      types: ['at+jwt', 'jwt'],
      algorithms: ['RS256', 'ES256'],
      skewSeconds: 30,
      reuse: false,
    };
    at = await house.serve({ issuers: [settings] });
    await house.make(ESEMPIO, {
      kind: 'jwt',
      token: { issuer: pdnd.issuer, claim: 'client_id', subject: 'client-di-prova', purposeId: null },
    });
  });
  afterAll(async () => {
    await house?.stop();
    await pdnd?.stop();
    await other?.stop();
  });

  const show = async (token: string, where = at) => {
    const answer = await fetch(`${where}/who`, { headers: { authorization: `Bearer ${token}` } });
    const { status, headers } = answer;
    return {
      status,
      challenge: headers.get('www-authenticate'),
      body: (await answer.json()) as Record<string, unknown>,
    };
  };
  const seconds = () => Math.floor(house.clock.now().getTime() / 1000);
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  it('is the client of its credential', async () => {
    expect(await show(await pdnd.token())).toMatchObject({ status: 200, body: { aoo: ESEMPIO.aoo, how: 'jwt' } });
    expect((await show(await pdnd.token({ aud: ['altro', AUDIENCE] }, { typ: 'application/at+jwt' }))).status).toBe(
      200,
    );
    expect((await show(await pdnd.token({}, { typ: 'JWT' }))).status).toBe(200);
  });

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    ['of another audience', 'token-audience', { aud: 'https://altro.example.it' }, {}],
    ['without audience', 'token-invalid', { aud: undefined }, {}],
    ['without jti', 'token-invalid', { jti: undefined }, {}],
    ['with a jti that is no text', 'token-invalid', { jti: 7 }, {}],
    ['without exp', 'token-invalid', { exp: undefined }, {}],
    ['without iat', 'token-invalid', { iat: undefined }, {}],
    ['of another type', 'token-invalid', {}, { typ: 'id+jwt' }],
    ['of no type', 'token-invalid', {}, { typ: undefined }],
    ['of another client', 'token-client', { client_id: 'sconosciuto' }, {}],
    ['of an unknown key', 'token-invalid', {}, { kid: 'mai-vista' }],
    ['bound to a key that is not shown', 'token-binding', { cnf: { jkt: 'abc' } }, {}],
    ['bound to a certificate that is not shown', 'token-binding', { cnf: { 'x5t#S256': 'a'.repeat(43) } }, {}],
    ['with a critical header nobody knows', 'token-invalid', {}, { crit: ['exp'], exp: 1 }],
  ])('%s is refused', async (_what, code, claims, header) => {
    const token = await pdnd.token(claims, header).catch(async () => {
      // The library refuses to write it: signed by hand.
      const signed = await pdnd.token(claims);
      const [head = '', ...rest] = signed.split('.');
      return [part({ ...JSON.parse(Buffer.from(head, 'base64url').toString()), ...header }), ...rest].join('.');
    });
    const answer = await show(token);
    expect(answer).toMatchObject({ status: 401, body: { code } });
    expect(answer.challenge).toContain('error="invalid_token"');
  });

  it('is good until it ends, with half a minute for clocks that differ', async () => {
    const ended = (ago: number) => pdnd.token({ iat: seconds() - 600, nbf: seconds() - 600, exp: seconds() - ago });
    expect((await show(await ended(29))).status).toBe(200);
    expect(await show(await ended(31))).toMatchObject({ status: 401, body: { code: 'token-expired' } });
    const begins = (ahead: number) => pdnd.token({ nbf: seconds() + ahead });
    expect((await show(await begins(29))).status).toBe(200);
    expect(await show(await begins(31))).toMatchObject({ status: 401, body: { code: 'token-early' } });
    expect(await show(await pdnd.token({ iat: seconds() + 31 }))).toMatchObject({ body: { code: 'token-early' } });
    const old = await pdnd.token({ iat: seconds() - 25 * 3_600, exp: seconds() + 600 });
    expect(await show(old)).toMatchObject({ status: 401, body: { code: 'token-expired' } });
  });

  it('signed with nothing, with the public key as a secret, or with a key of its own is refused', async () => {
    const [, payload = ''] = (await pdnd.token()).split('.');
    const kid = pdnd.publicKey().kid ?? '';
    expect(await show(`${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`)).toMatchObject({
      status: 401,
      body: { code: 'token-invalid' },
    });
    const publicKey = await importJWK({ ...pdnd.publicKey(), ext: true }, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('no key');
    for (const secret of [await exportSPKI(publicKey), JSON.stringify(pdnd.publicKey()), pdnd.publicKey().n ?? '']) {
      const head = part({ alg: 'HS256', typ: 'at+jwt', kid });
      const mac = createHmac('sha256', secret).update(`${head}.${payload}`).digest('base64url');
      expect(await show(`${head}.${payload}.${mac}`)).toMatchObject({ status: 401, body: { code: 'token-invalid' } });
    }
    const own = await generateKeyPair('RS256', { extractable: true });
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const forged = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid });
    expect(await show(await forged.sign(own.privateKey))).toMatchObject({
      status: 401,
      body: { code: 'token-invalid' },
    });
    const changed = part({ ...claims, client_id: 'un-altro' });
    expect((await show((await pdnd.token()).replace(/\.[^.]+\./, `.${changed}.`))).status).toBe(401);
  });

  it('of an issuer nobody configured is refused without asking it for keys', async () => {
    const before = other.asked();
    expect(await show(await other.token())).toMatchObject({ status: 401, body: { code: 'token-issuer' } });
    expect(await show(await other.token({ iss: pdnd.issuer }))).toMatchObject({ status: 401 });
    expect(other.asked()).toBe(before);
  });

  it.each(['a.b.c', 'a.b', '...', `${'a'.repeat(15_000)}.b.c`, 'e30.e30.e30', 'eyJhbGciOiJSUzI1NiJ9.e30.'])(
    'what is none (%#) is refused',
    async (text) => {
      expect((await show(text)).status).toBe(401);
    },
  );

  it('is good once: a replay is refused, also by another process, and forgotten when it has expired', async () => {
    const second = await house.serve({ issuers: [settings] });
    const token = await pdnd.token();
    expect((await show(token)).status).toBe(200);
    expect(await show(token)).toMatchObject({ status: 401, body: { code: 'token-replayed' } });
    expect(await show(token, second)).toMatchObject({ status: 401, body: { code: 'token-replayed' } });
    const raced = await pdnd.token();
    const statuses = await Promise.all(
      [at, second, at, second].map(async (where) => (await show(raced, where)).status),
    );
    expect(statuses.toSorted()).toEqual([200, 401, 401, 401]);
    const count = async () => Number((await house.pool.query('select count(*) from token_used')).rows[0].count);
    expect(await count()).toBeGreaterThan(1);
    house.clock.forward(11 * MINUTE);
    expect((await show(await pdnd.token())).status).toBe(200);
    await expect.poll(count).toBe(1);
  });

  it('where its issuer lets it be used again, is good until it ends', async () => {
    const lenient = await house.serve({ issuers: [{ ...settings, reuse: true }] });
    const token = await pdnd.token();
    expect([(await show(token, lenient)).status, (await show(token, lenient)).status]).toEqual([200, 200]);
  });

  it('a refused token is not used up by being refused', async () => {
    const jti = crypto.randomUUID();
    expect((await show(await pdnd.token({ jti, client_id: 'sconosciuto' }))).status).toBe(401);
    expect((await show(await pdnd.token({ jti }))).status).toBe(200);
  });

  it('a purpose that the credential names is matched; one that it does not name is anybody’s', async () => {
    const of = (purposeId: string | null) => ({
      kind: 'jwt' as const,
      token: { issuer: pdnd.issuer, claim: 'client_id' as const, subject: 'con-finalita', purposeId },
    });
    const { id } = await house.make(PROVARIA, of('finalita-a'));
    const token = (purposeId?: string) => pdnd.token({ client_id: 'con-finalita', purposeId });
    expect((await show(await token('finalita-a'))).body).toMatchObject({ aoo: PROVARIA.aoo });
    expect(await show(await token('finalita-b'))).toMatchObject({ status: 401, body: { code: 'token-purpose' } });
    expect(await show(await token())).toMatchObject({ status: 401, body: { code: 'token-purpose' } });
    await house.make(ESEMPIO, of('finalita-b'));
    await expect.poll(async () => (await show(await token('finalita-b'))).body['aoo']).toBe(ESEMPIO.aoo);
    await expect(house.make(ESEMPIO, of('finalita-a'))).rejects.toThrow(/Esistono già/);
    await revokeCredential(PROVARIA, id, 'prova', house.manage);
    await expect.poll(async () => (await show(await token('finalita-a'))).status).toBe(401);
  });

  it('a new key of the issuer is found at once; unknown keys do not have it asked again and again', async () => {
    house.clock.forward(MINUTE);
    expect((await show(await pdnd.token())).status).toBe(200);
    const before = pdnd.asked();
    await pdnd.rotate();
    expect((await show(await pdnd.token())).status).toBe(200);
    expect(pdnd.asked()).toBe(before + 1);
    for (let count = 0; count < 5; count += 1)
      expect((await show(await pdnd.token({}, { kid: `inventata-${count}` }))).status).toBe(401);
    expect(pdnd.asked()).toBe(before + 1);
    house.clock.forward(31);
    await Promise.all(
      [1, 2, 3, 4].map(async (count) =>
        expect((await show(await pdnd.token({}, { kid: `x-${count}` }))).status).toBe(401),
      ),
    );
    expect(pdnd.asked()).toBe(before + 2);
  });

  it('a key that the issuer has withdrawn ends within ten minutes; while the issuer is away, what is known serves an hour', async () => {
    const kid = pdnd.publicKey().kid;
    const old = await pdnd.token({ exp: seconds() + 3_600 });
    await pdnd.rotate(true);
    house.clock.forward(11 * MINUTE);
    expect(await show(old)).toMatchObject({ status: 401, body: { code: 'token-invalid' } });
    expect(pdnd.publicKey().kid).not.toBe(kid);
    pdnd.fail(true);
    house.clock.forward(11 * MINUTE);
    expect((await show(await pdnd.token())).status).toBe(200);
    house.clock.forward(50 * MINUTE);
    expect(await show(await pdnd.token())).toMatchObject({ status: 503, body: { code: 'issuer-unavailable' } });
    pdnd.fail(false);
    house.clock.forward(31);
    expect((await show(await pdnd.token())).status).toBe(200);
  });
});
