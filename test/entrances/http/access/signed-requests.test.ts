import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestHeader } from '../../../../src/formats/modi/digest.ts';
import { claims, type IntegrityRequest, signIntegrity, signToken } from '../../../../src/formats/modi/sign.ts';
import { sha256 } from '../../../../src/kernel/digest.ts';
import type { ModiSigner } from '../../../../src/model/modi.ts';
import { keysOfCertificates } from '../../../../src/service/access/client-certificate.ts';
import { type AccessHouse, ESEMPIO, openAccessHouse } from '../../../support/access-house.ts';
import { testAuthority } from '../../../support/certificates.ts';
import { AUDIENCE, startIssuer } from '../../../support/issuer.ts';

const JSON_TYPE = 'application/json';

describe('a client that signs what it sends', () => {
  let house: AccessHouse;
  let at: string;
  let key: string;
  let signer: ModiSigner;
  let stranger: ModiSigner;
  beforeAll(async () => {
    house = await openAccessHouse();
    at = await house.serve();
    const authority = testAuthority();
    const pair = authority.issue('Firma di prova');
    authority.remove();
    const certificate = new X509Certificate(pair.cert);
    const signed = (own: KeyObject): ModiSigner => ({
      key: own,
      algorithm: 'ES256',
      keyId: 'chiave-del-client',
      certificates: [certificate.raw],
    });
    signer = signed(createPrivateKey(pair.key));
    stranger = signed(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
    const made = await house.make(ESEMPIO, {
      scopes: ['messages:send', 'events:read'],
      requires: ['integrity'],
      signingKeys: keysOfCertificates([certificate]),
    });
    key = made.key;
  });
  afterAll(() => house?.stop());

  const body = Buffer.from('{"oggetto":"Prova  con   spazi"}');
  const request = (): IntegrityRequest => ({
    body,
    contentType: JSON_TYPE,
    contentEncoding: null,
    audience: AUDIENCE,
    issuer: 'gestionale.example.it',
    subject: null,
    tokenId: crypto.randomUUID(),
    now: house.clock.now(),
    lifetimeSeconds: 60,
  });
  const post = async (headers: Record<string, string>, sent: Buffer | ReadableStream = body, authorization = key) => {
    const answer = await fetch(`${at}/things`, {
      method: 'POST',
      body: sent as never,
      headers: { 'content-type': JSON_TYPE, authorization: `Bearer ${authorization}`, ...headers },
      ...(sent instanceof ReadableStream && { duplex: 'half' }),
    } as RequestInit);
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const signedBy = async (change: Partial<IntegrityRequest> = {}, by = signer) => ({
    ...(await signIntegrity({ ...request(), ...change }, by)),
  });

  it('is heard, whole or in pieces', async () => {
    expect(await post(await signedBy())).toMatchObject({
      status: 200,
      body: { took: { oggetto: 'Prova  con   spazi' } },
    });
    const pieces = new ReadableStream({
      start(controller) {
        for (const byte of body) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect((await post(await signedBy(), pieces)).status).toBe(200);
  });

  it('reads without a signature; a wrong one is refused there too', async () => {
    const read = async (headers: Record<string, string>) =>
      (await fetch(`${at}/who`, { headers: { authorization: `Bearer ${key}`, ...headers } })).status;
    expect(await read({})).toBe(200);
    expect(await read(await signedBy({ body: Buffer.alloc(0), contentType: null }))).toBe(200);
    expect(await read(await signedBy({ contentType: null }))).toBe(400);
    expect(await read(await signedBy({ body: Buffer.alloc(0), contentType: null }, stranger))).toBe(401);
  });

  it('without its signature, or with half of it, is refused', async () => {
    const headers = await signedBy();
    const refused = { status: 401, body: { code: 'integrity-missing' } };
    expect(await post({})).toMatchObject(refused);
    expect(await post({ digest: headers.digest })).toMatchObject(refused);
    expect(await post({ 'agid-jwt-signature': headers['agid-jwt-signature'] })).toMatchObject(refused);
  });

  it('with another body than the signed one is refused, down to a space', async () => {
    const other = Buffer.from('{"oggetto":"Prova con spazi"}');
    expect(await post(await signedBy(), other)).toMatchObject({ status: 400, body: { code: 'integrity-digest' } });
    // A digest that fits the other body is not the one that was signed.
    const exchanged = { ...(await signedBy()), digest: digestHeader(other) };
    expect(await post(exchanged, other)).toMatchObject({ status: 401, body: { code: 'integrity-invalid' } });
  });

  it('cannot send the same request twice', async () => {
    const headers = await signedBy();
    expect((await post(headers)).status).toBe(200);
    expect(await post(headers)).toMatchObject({ status: 401, body: { code: 'token-replayed' } });
  });

  it.each<[string, (headers: Record<string, string>) => Promise<Record<string, string>> | Record<string, string>]>([
    ['signed by somebody else', () => signedBy({}, stranger)],
    ['for another service', () => signedBy({ audience: 'https://altro.example.it' })],
    ['expired', () => signedBy({ now: new Date(house.clock.now().getTime() - 91_000) })],
    ['of the future', () => signedBy({ now: new Date(house.clock.now().getTime() + 31_000) })],
    ['with another content type', () => signedBy({ contentType: 'text/plain' })],
    ['with the content type not signed', () => signedBy({ contentType: null })],
    [
      'with no signature in the token',
      (h) => ({ ...h, 'agid-jwt-signature': h['agid-jwt-signature']?.replace(/[^.]+$/, '') ?? '' }),
    ],
    ['with what is no token', (h) => ({ ...h, 'agid-jwt-signature': 'niente' })],
    [
      'without signed headers',
      async (h) => ({ ...h, 'agid-jwt-signature': await signToken(claims(request()), signer) }),
    ],
    [
      'naming a header twice',
      async (h) => {
        const listed = [{ digest: h['digest'] }, { digest: 'SHA-256=altro' }, { 'content-type': JSON_TYPE }];
        return {
          ...h,
          'agid-jwt-signature': await signToken({ ...claims(request()), signed_headers: listed }, signer),
        };
      },
    ],
    [
      'with alg none',
      (h) => {
        const [, payload] = h['agid-jwt-signature']?.split('.') ?? [];
        const head = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
        return { ...h, 'agid-jwt-signature': `${head}.${payload}.` };
      },
    ],
  ])('%s is refused', async (_what, change) => {
    const headers = await change(await signedBy());
    expect(await post(headers)).toMatchObject({ status: 401, body: { code: 'integrity-invalid' } });
  });

  it('says who acts there, where that is asked (AUDIT_REST_01/02)', async () => {
    const issuer = await startIssuer(() => house.clock.now());
    try {
      const where = await house.serve({
        issuers: [
          {
            issuer: issuer.issuer,
            keys: { url: issuer.jwksUrl },
            audiences: [AUDIENCE],
            types: ['at+jwt'],
            algorithms: ['RS256'],
            skewSeconds: 30,
            reuse: false,
          },
        ],
      });
      await house.make(ESEMPIO, {
        kind: 'jwt',
        token: { issuer: issuer.issuer, claim: 'client_id', subject: 'client-di-prova', purposeId: null },
        requires: ['audit'],
        signingKeys: keysOfCertificates([new X509Certificate(Buffer.from(signer.certificates[0] ?? []))]),
      });
      const evidence = (more = {}, by = signer) =>
        signToken(
          { ...claims(request()), userID: 'operatore-7', userLocation: 'sportello-2', LoA: 'SPID_L2', ...more },
          by,
        );
      const ask = async (tracking: string | null, voucher: Record<string, unknown> = {}) => {
        const authorization = `Bearer ${await issuer.token(voucher)}`;
        const headers = { authorization, ...(tracking !== null && { 'agid-jwt-trackingevidence': tracking }) };
        const answer = await fetch(`${where}/who`, { headers });
        return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
      };
      const told = await evidence();
      const expected = {
        userId: 'operatore-7',
        userLocation: 'sportello-2',
        levelOfAssurance: 'SPID_L2',
        purposeId: null,
      };
      expect(await ask(told)).toMatchObject({ status: 200, body: { evidence: expected } });
      expect(await ask(null)).toMatchObject({ status: 401, body: { code: 'audit-missing' } });
      const invalid = { status: 401, body: { code: 'audit-invalid' } };
      expect(await ask(await evidence({ LoA: undefined }))).toMatchObject(invalid);
      expect(await ask(await evidence({}, stranger))).toMatchObject(invalid);
      const digest = { alg: 'SHA256', value: sha256(told) };
      expect((await ask(told, { digest })).status).toBe(200);
      expect(await ask(await evidence(), { digest })).toMatchObject(invalid);
      expect(await ask(await evidence({ purposeId: 'a' }), { purposeId: 'b' })).toMatchObject(invalid);
      expect((await ask(await evidence({ purposeId: 'a' }), { purposeId: 'a' })).status).toBe(200);
    } finally {
      await issuer.stop();
    }
  });
});
