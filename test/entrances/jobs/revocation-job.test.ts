import { describe, expect, it } from 'vitest';
import { startRevocationJob } from '../../../src/entrances/jobs/revocation-job.ts';
import { issueAuthority } from '../../../src/sandbox/authority.ts';
import type { ListPoint, ListStore } from '../../../src/service/revocation/list-store.ts';

const AT = new Date('2026-03-02T12:00:00Z');

describe('the job that fetches lists of revoked certificates', () => {
  it('goes on without a way out, and says so once', async () => {
    const { root } = await issueAuthority();
    const point = (name: string, failures: number, thisUpdate: Date | null): ListPoint => ({
      issuer: 'a'.repeat(64),
      url: `http://crl.example.it/${name}`,
      issuerName: 'CA Gestori',
      issuerCertificate: root.certificate,
      failures,
      thisUpdate,
      nextUpdate: thisUpdate,
      listedSha256: null,
    });
    const due = [
      point('uno', 0, null),
      point('due', 0, null),
      point('uno', 1, null),
      point('tre', 0, AT),
      point('tre', 1, AT),
    ];
    const failed: string[] = [];
    const done = Promise.withResolvers<void>();
    let looks = 0;
    const lists: ListStore = {
      async lease() {
        looks += 1;
        if (looks === 1) throw new Error('the database is away');
        const next = due.shift();
        if (next === undefined) done.resolve();
        return next === undefined ? [] : [next];
      },
      save: async () => true,
      async failed(_owner, { url }, reason) {
        failed.push(`${url.slice(-3)}: ${reason}`);
      },
      forget: async () => 0,
      status: async () => [],
    };
    const warned: unknown[] = [];
    const log = {
      debug: () => undefined,
      info: () => undefined,
      error: () => undefined,
      warn: (data: unknown) => void warned.push(data),
    };
    const fetcher = { fetch: async () => ({ ok: false as const, reason: 'no way out' }) };
    const job = startRevocationJob({
      lists,
      fetcher,
      clock: { now: () => AT },
      owner: 'prova',
      random: () => 0.5,
      log,
      tickMs: 5,
    });
    await done.promise;
    await job.stop();
    expect(failed).toEqual(['uno', 'due', 'uno', 'tre', 'tre'].map((name) => `${name}: no way out`));
    const issuer = 'CA Gestori';
    expect(warned).toEqual([
      { reason: 'the database is away' },
      { issuer, url: 'http://crl.example.it/uno', reason: 'no way out' },
      { issuer, url: 'http://crl.example.it/tre', reason: 'no way out' },
    ]);
  });
});
