import { exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { COOL_DOWN_MS, type Issuer, IssuerKeysError, issuerKeys } from '../../../src/service/access/issuer-keys.ts';

const MINUTE = 60_000;
const ISSUER: Issuer = {
  issuer: 'https://token.example.it',
  keys: { file: 'keys.json' },
  audiences: ['https://protocollo.example.it/api'],
  types: ['jwt'],
  algorithms: ['ES256'],
  skewSeconds: 30,
  reuse: false,
};
const OTHER: Issuer = { ...ISSUER, issuer: 'https://altro.example.it' };
const token = { payload: '', signature: '' };

describe('the keys of an issuer', () => {
  let first: JWK;
  let second: JWK;
  beforeAll(async () => {
    const make = async (kid: string) => ({ ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid });
    [first, second] = await Promise.all([make('prima'), make('seconda')]);
  });

  /** An issuer that publishes `keys`, or nothing while they are null. */
  const open = (published: () => readonly JWK[] | null) => {
    let now = Date.parse('2026-05-04T09:00:00Z');
    let reads = 0;
    const warned: unknown[] = [];
    const source = {
      async load(): Promise<JSONWebKeySet> {
        reads += 1;
        await Promise.resolve();
        const keys = published();
        if (keys === null) throw new Error('away');
        return { keys: [...keys] };
      },
    };
    const log = { debug() {}, info() {}, error() {}, warn: (data: unknown) => void warned.push(data) };
    const keys = issuerKeys(source, { now: () => new Date(now) }, log);
    const find = (kid: string, issuer = ISSUER) =>
      keys.find(issuer, { alg: 'ES256', kid }, token).then(
        () => 'found',
        (error: unknown) => (error instanceof IssuerKeysError ? 'unavailable' : 'unknown'),
      );
    return { find, forward: (milliseconds: number) => (now += milliseconds), reads: () => reads, warned };
  };

  it('are read once by requests that come together, and again after ten minutes', async () => {
    const issuer = open(() => [first]);
    expect(await Promise.all([1, 2, 3].map(() => issuer.find('prima')))).toEqual(['found', 'found', 'found']);
    issuer.forward(10 * MINUTE);
    expect(await issuer.find('prima')).toBe('found');
    expect(issuer.reads()).toBe(1);
    issuer.forward(1);
    expect(await issuer.find('prima')).toBe('found');
    expect(issuer.reads()).toBe(2);
  });

  it('are each issuer’s own', async () => {
    const issuer = open(() => [first]);
    expect([await issuer.find('prima'), await issuer.find('prima', OTHER)]).toEqual(['found', 'found']);
    expect(issuer.reads()).toBe(2);
  });

  it('are read again for an unknown kid, but not before the pause is over', async () => {
    let published = [first];
    const issuer = open(() => published);
    expect(await issuer.find('prima')).toBe('found');
    published = [first, second];
    issuer.forward(COOL_DOWN_MS - 1);
    expect(await issuer.find('seconda')).toBe('unknown');
    expect(issuer.reads()).toBe(1);
    issuer.forward(1);
    expect(await issuer.find('seconda')).toBe('found');
    expect(issuer.reads()).toBe(2);
    // What still is unknown does not have it asked again.
    expect(await issuer.find('inventata')).toBe('unknown');
    expect(issuer.reads()).toBe(2);
  });

  it('that are being read are waited for by whoever comes meanwhile', async () => {
    let published = [first];
    const issuer = open(() => published);
    expect(await issuer.find('prima')).toBe('found');
    published = [first, second];
    issuer.forward(COOL_DOWN_MS);
    expect(await Promise.all([issuer.find('seconda'), issuer.find('seconda')])).toEqual(['found', 'found']);
    expect(issuer.reads()).toBe(2);
  });

  it('serve an hour while the issuer is away, which is asked again only after each pause', async () => {
    let published: readonly JWK[] | null = [first];
    const issuer = open(() => published);
    expect(await issuer.find('prima')).toBe('found');
    published = null;
    issuer.forward(60 * MINUTE);
    expect([await issuer.find('prima'), await issuer.find('prima')]).toEqual(['found', 'found']);
    expect(issuer.reads()).toBe(2);
    expect(issuer.warned).toEqual([{ issuer: ISSUER.issuer, reason: 'away' }]);
    issuer.forward(1);
    expect(await issuer.find('prima')).toBe('unavailable');
    published = [first];
    expect(await issuer.find('prima')).toBe('unavailable');
    expect(issuer.reads()).toBe(2);
    issuer.forward(COOL_DOWN_MS - 1);
    expect(await issuer.find('prima')).toBe('found');
    expect(issuer.reads()).toBe(3);
  });
});
