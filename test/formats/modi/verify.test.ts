import { generateKeyPairSync } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { describe, expect, it } from 'vitest';
import { publishedKey } from '../../../src/formats/modi/public-keys.ts';
import { signToken } from '../../../src/formats/modi/sign.ts';
import { readEvidence, verifySignedToken } from '../../../src/formats/modi/verify.ts';
import type { ModiSigner } from '../../../src/model/modi.ts';

const NOW = 1_750_000_000;
const SKEW = 30;
const DAY = 24 * 3_600;
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signer: ModiSigner = { key: privateKey, algorithm: 'ES256', keyId: 'k', certificates: [] };
const keys = { keys: [publishedKey(signer)] } as unknown as JSONWebKeySet;

const verify = async (times: Readonly<Record<string, unknown>>, aud: unknown = 'noi') =>
  verifySignedToken(await signToken({ aud, ...times }, signer), {
    keys,
    audiences: ['altro', 'noi'],
    now: new Date(NOW * 1000),
    skewSeconds: SKEW,
  });

describe('the times of a signed token', () => {
  it.each([
    ['ends within the tolerance', { iat: NOW - 60, exp: NOW - SKEW + 1 }, true],
    ['ended as long ago as is tolerated', { iat: NOW - 60, exp: NOW - SKEW }, false],
    ['begins within the tolerance', { iat: NOW + SKEW, exp: NOW + 60 }, true],
    ['begins later than is tolerated', { iat: NOW + SKEW + 1, exp: NOW + 60 }, false],
    ['counts from nbf where that is later', { iat: NOW, nbf: NOW + SKEW + 1, exp: NOW + 90 }, false],
    ['counts from iat where that is later', { iat: NOW + SKEW + 1, nbf: NOW, exp: NOW + 90 }, false],
    ['is a day old at most', { iat: NOW - DAY - SKEW + 1, exp: NOW + 60 }, true],
    ['is older than a day', { iat: NOW - DAY - SKEW, exp: NOW + 60 }, false],
    ['has no iat', { exp: NOW + 60 }, false],
    ['has no exp', { iat: NOW }, false],
    ['has a text for a time', { iat: String(NOW), exp: NOW + 60 }, false],
  ])('a token that %s', async (_, times, ok) => {
    expect((await verify(times)).ok).toBe(ok);
  });

  it('it must be remembered until nobody would take it any more', async () => {
    const short = await verify({ iat: NOW, exp: NOW + 60 });
    expect(short.ok && short.expires).toEqual(new Date((NOW + 60 + SKEW + 1) * 1000));
    const long = await verify({ iat: NOW - 100, exp: NOW + 10 * DAY });
    expect(long.ok && long.expires).toEqual(new Date((NOW - 100 + DAY + SKEW + 1) * 1000));
  });

  it.each([
    ['noi', true],
    [['x', 'altro'], true],
    ['x', false],
    [[], false],
    [null, false],
  ])('its audience %j', async (aud, ok) => {
    expect((await verify({ iat: NOW, exp: NOW + 60 }, aud)).ok).toBe(ok);
  });
});

describe('who acted on the other side', () => {
  const claims = { userID: 'u', userLocation: 'l', LoA: 'a', purposeId: 'p' };
  it('is read whole or not at all', () => {
    expect(readEvidence(claims)).toEqual({ userId: 'u', userLocation: 'l', levelOfAssurance: 'a', purposeId: 'p' });
    expect(readEvidence({ ...claims, purposeId: 1 })).toMatchObject({ purposeId: null });
    for (const name of ['userID', 'userLocation', 'LoA']) {
      for (const value of [undefined, '', 1, 'x'.repeat(251)])
        expect(readEvidence({ ...claims, [name]: value })).toBeNull();
      expect(readEvidence({ ...claims, [name]: 'x'.repeat(250) })).not.toBeNull();
    }
  });
});
