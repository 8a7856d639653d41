import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkToken } from '../../../src/service/access/check-token.ts';
import { type Issuer, issuerKeys } from '../../../src/service/access/issuer-keys.ts';

const AT = Date.parse('2026-05-04T09:00:00Z');
const SECONDS = AT / 1000;
const ISSUER: Issuer = {
  issuer: 'https://token.example.it',
  keys: { file: 'keys.json' },
  audiences: ['https://protocollo.example.it/api'],
  types: ['jwt'],
  algorithms: ['ES256'],
  skewSeconds: 30,
  reuse: false,
};
const HOUR = 3_600;

describe('a token', () => {
  let privateKey: CryptoKey;
  let jwk: JWK;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    privateKey = pair.privateKey;
    jwk = await exportJWK(pair.publicKey);
  });

  const check = async (claims: Record<string, unknown>, header: Record<string, unknown> = {}) => {
    const usual = { iss: ISSUER.issuer, aud: ISSUER.audiences[0], iat: SECONDS, exp: SECONDS + 600, jti: 'uno' };
    const payload = JSON.parse(JSON.stringify({ ...usual, ...claims })) as Record<string, unknown>;
    const token = await new SignJWT(payload)
      .setProtectedHeader({ alg: 'ES256', typ: 'JWT', ...header })
      .sign(privateKey);
    const clock = { now: () => new Date(AT) };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const keys = issuerKeys({ load: async () => ({ keys: [jwk] }) }, clock, log);
    return checkToken(token, { issuers: [ISSUER], keys, clock });
  };
  const refusal = async (claims: Record<string, unknown>) => {
    const checked = await check(claims);
    return checked.ok ? null : checked.problem.message;
  };

  it('says whose it is', async () => {
    const claims = {
      jti: 'uno',
      sub: 'soggetto',
      client_id: 'client',
      purposeId: 'fine',
      cnf: { jkt: 'a' },
      digest: {},
    };
    expect(await check(claims)).toMatchObject({
      ok: true,
      value: {
        issuer: ISSUER,
        tokenId: 'uno',
        subject: 'soggetto',
        clientId: 'client',
        purposeId: 'fine',
        confirmation: { jkt: 'a' },
        digest: {},
      },
    });
    expect(await check({})).toMatchObject({
      value: { subject: null, clientId: null, purposeId: null, confirmation: null, digest: null },
    });
  });

  it.each(['jti', 'sub', 'client_id', 'purposeId'])('has a text of 1 to 250 characters as its %s', async (name) => {
    expect(await refusal({ [name]: 'x' })).toBeNull();
    expect(await refusal({ [name]: 'x'.repeat(250) })).toBeNull();
    for (const value of ['', 'x'.repeat(251), 7, true, null, ['x'], { x: 1 }])
      expect(await refusal({ [name]: value }), JSON.stringify(value)).toMatch(/claim/);
  });

  it.each(['cnf', 'digest'])('has an object as its %s, or none', async (name) => {
    expect(await refusal({ [name]: {} })).toBeNull();
    for (const value of ['x', 7, null, []])
      expect(await refusal({ [name]: value }), JSON.stringify(value)).toContain(`il claim ${name} non è ammesso`);
  });

  // One second more than the last at which its issuer's tolerance lets it pass.
  it.each([
    ['its end', { exp: SECONDS + 600 }, 600],
    ['a day after it was issued, if that is earlier', { exp: SECONDS + 48 * HOUR }, 24 * HOUR],
    ['a day after it was issued some time ago', { iat: SECONDS - HOUR, exp: SECONDS + 48 * HOUR }, 23 * HOUR],
  ])('is remembered until %s', async (_what, claims, after) => {
    const checked = await check(claims);
    expect(checked.ok && checked.value.expires).toEqual(new Date((SECONDS + after + ISSUER.skewSeconds + 1) * 1000));
  });

  it('of more than 16,384 characters is not read', async () => {
    const clock = { now: () => new Date(AT) };
    const keys = { find: () => Promise.reject(new Error('asked')) };
    for (const [length, detail] of [
      [16_384, 'non è un JWT leggibile'],
      [16_385, 'lunghezza'],
    ] as const) {
      const checked = await checkToken('x'.repeat(length), { issuers: [ISSUER], keys, clock });
      expect(checked.ok ? '' : checked.problem.message).toContain(detail);
    }
  });
});
