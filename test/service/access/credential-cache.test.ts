import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { Credential, CredentialStore } from '../../../src/service/access/credential.ts';
import { openCredentialCache } from '../../../src/service/access/credential-cache.ts';

const ID = '0123456789abcdef';
const credential = (name: string) => ({ id: ID, name }) as Credential;

/** A cache over a store whose look-ups are answered by the test. */
function openCache() {
  let now = Date.parse('2026-05-04T09:00:00Z');
  const asked: PromiseWithResolvers<Credential | null>[] = [];
  const look = () => {
    const answer = Promise.withResolvers<Credential | null>();
    asked.push(answer);
    return answer.promise;
  };
  const unused = () => Promise.reject(new Error('a cache only looks up'));
  const store: CredentialStore = {
    byId: look,
    byCertificate: look,
    byToken: async () => [await look()].filter((found) => found !== null),
    addExternalOffice: unused,
    change: unused,
    list: unused,
    recordUse: unused,
    rememberToken: unused,
    forgetTokens: unused,
    onChange: unused,
  };
  const cache = openCredentialCache(store, { now: () => new Date(now) });
  /** Answers look-up `number`, counted from 0. */
  const answer = (number: number, found: Credential | null) => asked[number]?.resolve(found);
  const forward = (milliseconds: number) => {
    now += milliseconds;
  };
  return { cache, asked, answer, forward };
}

describe('credentials that are known', () => {
  it('are looked up once by requests that come together, and again after five seconds', async () => {
    const { cache, asked, answer, forward } = openCache();
    const both = [cache.byId(ID), cache.byId(ID)];
    answer(0, credential('una'));
    expect(await Promise.all(both)).toEqual([credential('una'), credential('una')]);
    forward(4_999);
    expect(await cache.byId(ID)).toEqual(credential('una'));
    expect(asked).toHaveLength(1);
    forward(1);
    const later = cache.byId(ID);
    answer(1, credential('due'));
    expect(await later).toEqual(credential('due'));
  });

  it('are kept apart by how they are presented', () => {
    const { cache, asked } = openCache();
    const found = [
      cache.byId(ID),
      cache.byCertificate(sha256('uno')),
      cache.byCertificate(sha256('due')),
      cache.byToken('https://token.example.it', 'client', null),
      cache.byToken('https://token.example.it', null, 'client'),
      cache.byToken('https://altro.example.it', 'client', null),
    ];
    expect(asked).toHaveLength(found.length);
  });

  it('do not include unknown ones: a new credential works at once', async () => {
    const { cache, answer } = openCache();
    const before = cache.byId(ID);
    answer(0, null);
    expect(await before).toBeNull();
    const after = cache.byId(ID);
    answer(1, credential('nuova'));
    expect(await after).toEqual(credential('nuova'));
    const token = cache.byToken('https://token.example.it', 'client', null);
    answer(2, null);
    expect(await token).toEqual([]);
    const again = cache.byToken('https://token.example.it', 'client', null);
    answer(3, credential('nuova'));
    expect(await again).toEqual([credential('nuova')]);
  });

  it('do not include a look-up that failed', async () => {
    const { cache, asked, answer } = openCache();
    const before = cache.byId(ID);
    asked[0]?.reject(new Error('away'));
    await expect(before).rejects.toThrow('away');
    const after = cache.byId(ID);
    answer(1, credential('una'));
    expect(await after).toEqual(credential('una'));
  });

  it('are forgotten when something changed, and a look-up from before does not disturb the one after', async () => {
    const { cache, asked, answer } = openCache();
    const before = cache.byId(ID);
    cache.forget();
    const after = cache.byId(ID);
    answer(1, credential('nuova'));
    expect(await after).toEqual(credential('nuova'));
    answer(0, null);
    expect(await before).toBeNull();
    expect(await cache.byId(ID)).toEqual(credential('nuova'));
    expect(asked).toHaveLength(2);
  });
});
