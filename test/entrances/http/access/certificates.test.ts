import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/kernel/digest.ts';
import { revokeCredential, rotateCredential } from '../../../../src/service/access/manage-credentials.ts';
import { type AccessHouse, ESEMPIO, openAccessHouse, PROVARIA } from '../../../support/access-house.ts';
import { type Pair, type TestAuthority, testAuthority } from '../../../support/certificates.ts';
import { AUDIENCE, startIssuer, type TestIssuer } from '../../../support/issuer.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { selfSigned } from '../../../support/self-signed.ts';

describe('who has a certificate', () => {
  let house: AccessHouse;
  let authority: TestAuthority;
  let issuer: TestIssuer;
  let at: string;
  let proxied: string;
  let known: Pair;
  let unknown: Pair;
  beforeAll(async () => {
    house = await openAccessHouse(new Date(Date.now() + 60_000));
    authority = testAuthority();
    issuer = await startIssuer(() => house.clock.now());
    const issuers = [
      {
        issuer: issuer.issuer,
        keys: { url: issuer.jwksUrl },
        audiences: [AUDIENCE],
        types: ['at+jwt'],
        algorithms: ['RS256'] as const,
        skewSeconds: 30,
        reuse: false,
      },
    ];
    at = await house.serve({ tls: { ...authority.issue('127.0.0.1'), ca: authority.cert }, issuers });
    proxied = await house.serve({ proxies: { addresses: ['127.0.0.1/32'], certificateHeader: 'x-client-cert' } });
    known = authority.issue('Gestionale di prova');
    unknown = authority.issue('Nessuno');
    await house.make(ESEMPIO, { kind: 'certificate', certificate: known.cert });
  });
  afterAll(async () => {
    await house?.stop();
    await issuer?.stop();
    authority?.remove();
  });

  interface Answer {
    readonly status: number;
    readonly body: Record<string, unknown>;
  }
  /** Every request its own connection, so that each shows its own certificate. */
  const show = (pair: Pair | null, headers: Record<string, string> = {}, path = '/who') =>
    new Promise<Answer>((resolve, reject) => {
      const asked = request(
        `${at}${path}`,
        { ca: authority.cert, agent: false, headers, ...(pair !== null && { key: pair.key, cert: pair.cert }) },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece));
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(pieces).toString()) }),
          );
        },
      );
      asked.on('error', reject).end();
    });
  const handOn = async (header: string, where = proxied, more: Record<string, string> = {}) => {
    const answer = await fetch(`${where}/who`, { headers: { 'x-client-cert': header, ...more } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
  const x5t = ({ cert }: Pair) => Buffer.from(sha256(new X509Certificate(cert).raw), 'hex').toString('base64url');

  it('is its office, by the certificate of the connection', async () => {
    expect(await show(known)).toMatchObject({ status: 200, body: { aoo: ESEMPIO.aoo, how: 'certificate' } });
    expect(await show(known, {}, `/who?aoo=${PROVARIA.aoo}`)).toMatchObject({ status: 403 });
    expect(await show(null)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
    expect(await show(unknown)).toMatchObject({ status: 401, body: { code: 'certificate-unknown' } });
  });

  it('of no authority that is trusted here is as good as none, also where it is registered', async () => {
    const own = selfSigned();
    await house.make(ESEMPIO, { kind: 'certificate', certificate: own.cert });
    expect(await show(own)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  it('that was revoked lets nobody in', async () => {
    const pair = authority.issue('Revocato');
    const { id } = await house.make(ESEMPIO, { kind: 'certificate', certificate: pair.cert });
    expect((await show(pair)).status).toBe(200);
    await revokeCredential(ESEMPIO, id, 'prova', house.manage);
    await expect.poll(async () => (await show(pair)).status).toBe(401);
  });

  it('speaks for one office only, and is changed without a pause', async () => {
    const [one, two] = [authority.issue('Uno'), authority.issue('Due')];
    const { id } = await house.make(ESEMPIO, { kind: 'certificate', certificate: one.cert });
    await expect(house.make(PROVARIA, { kind: 'certificate', certificate: one.cert })).rejects.toThrow(/Esistono già/);
    expect(await rotateCredential(ESEMPIO, id, {}, 'prova', house.manage)).toMatchObject({ ok: false });
    const rotated = await rotateCredential(ESEMPIO, id, { certificate: two.cert }, 'prova', house.manage);
    expect(rotated).toMatchObject({ ok: true, value: { key: null, credential: { client: id } } });
    expect([(await show(one)).body['id'], (await show(two)).body['id']]).toEqual([id, id]);
  });

  it('may be what a key is bound to: the key alone is not enough', async () => {
    const { key } = await house.make(PROVARIA, { certificate: known.cert });
    expect(await show(known, bearer(key))).toMatchObject({ status: 200, body: { aoo: PROVARIA.aoo, how: 'api-key' } });
    expect(await show(null, bearer(key))).toMatchObject({ status: 401, body: { code: 'certificate-required' } });
    expect(await show(unknown, bearer(key))).toMatchObject({ status: 401, body: { code: 'certificate-required' } });
    // A wrong key is not made good by a right certificate.
    expect(await show(known, bearer('ipk_x'))).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  it('may be what a token is bound to (cnf)', async () => {
    const token = { issuer: issuer.issuer, claim: 'sub' as const, subject: 'client-di-prova', purposeId: null };
    await house.make(PROVARIA, { kind: 'jwt', token });
    const bound = () => issuer.token({ cnf: { 'x5t#S256': x5t(known) } });
    expect(await show(known, bearer(await bound()))).toMatchObject({ status: 200, body: { how: 'jwt' } });
    expect(await show(null, bearer(await bound()))).toMatchObject({ body: { code: 'token-binding' } });
    expect(await show(unknown, bearer(await bound()))).toMatchObject({ body: { code: 'token-binding' } });
    const two = await issuer.token({ cnf: { 'x5t#S256': x5t(known), jkt: 'abc' } });
    expect(await show(known, bearer(two))).toMatchObject({ body: { code: 'token-binding' } });
  });

  it('handed on by a proxy that is believed, in either form', async () => {
    const der = new X509Certificate(known.cert).raw.toString('base64');
    for (const header of [encodeURIComponent(known.cert), `:${der}:`])
      expect(await handOn(header)).toMatchObject({ status: 200, body: { aoo: ESEMPIO.aoo, how: 'certificate' } });
    expect(await handOn(encodeURIComponent(unknown.cert))).toMatchObject({ body: { code: 'certificate-unknown' } });
    for (const header of ['x', '%', ':AAAA:', '%zz', encodeURIComponent(known.cert.slice(0, 200))])
      expect(await handOn(header)).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  });

  it('in a header of somebody else is no certificate', async () => {
    const elsewhere = await house.serve({ proxies: { addresses: ['192.0.2.1'], certificateHeader: 'x-client-cert' } });
    const none = await house.serve();
    const from = { 'x-forwarded-for': '198.51.100.9' };
    const path = encodeURIComponent(known.cert);
    expect((await handOn(path, proxied, from)).body).toMatchObject({ ip: '198.51.100.9' });
    const { key } = await house.make(ESEMPIO);
    expect((await handOn(path, elsewhere, { ...from, ...bearer(key) })).body).toMatchObject({ ip: '127.0.0.1' });
    for (const where of [elsewhere, none])
      expect(await handOn(encodeURIComponent(known.cert), where)).toMatchObject({
        status: 401,
        body: { code: 'unauthorized' },
      });
    expect((await show(null, { 'x-client-cert': encodeURIComponent(known.cert) })).status).toBe(401);
    const token = bearer(NODE_TOKEN);
    expect(await handOn('', none, token)).toMatchObject({ status: 400, body: { code: 'office-missing' } });
  });

  it('that has ended on the day lets nobody in, alone or as what a key is bound to', async () => {
    const short = authority.issue('Breve', 2);
    const { key } = await house.make(ESEMPIO, { certificate: short.cert });
    await house.make(PROVARIA, { kind: 'certificate', certificate: short.cert });
    expect([(await show(short)).status, (await show(short, bearer(key))).status]).toEqual([200, 200]);
    house.clock.forward(2 * 86_400);
    expect(await show(short)).toMatchObject({ status: 401, body: { code: 'credential-expired' } });
    expect(await show(short, bearer(key))).toMatchObject({ status: 401, body: { code: 'certificate-required' } });
    await expect(house.make(ESEMPIO, { kind: 'certificate', certificate: short.cert })).rejects.toThrow(/scaduto/);
  });
});
