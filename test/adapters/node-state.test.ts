import { X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, it } from 'vitest';
import { diskOf, expiriesOf } from '../../src/adapters/node-state.ts';
import { expiringSoon, isOldIndex, nearlyFull } from '../../src/service/queries/node-state.ts';
import { testAuthority } from '../support/certificates.ts';

const DAY = 86_400_000;

describe('what a node stands on', () => {
  const authority = testAuthority();
  afterAll(() => authority.remove());

  it('is room on a disk, and nothing where there is no folder', async () => {
    const disk = await diskOf('documents', tmpdir());
    expect(disk).toMatchObject({ use: 'documents', folder: tmpdir() });
    expect(disk?.freeBytes).toBeGreaterThan(0);
    expect(disk?.sizeBytes).toBeGreaterThan(disk?.freeBytes ?? 0);
    expect(await diskOf('witness', '/nowhere/at/all')).toBeNull();
  });

  it('is certificates in PEM, several in one file, or in DER, and never one that cannot be read', () => {
    const { cert } = authority.issue('protocollo.example.it', 20);
    const [own, ca, ...more] = expiriesOf('api', `${cert}\n${authority.cert}`, null);
    expect(more).toEqual([]);
    expect([own?.name, ca?.name]).toEqual(['protocollo.example.it', 'Prova CA']);
    expect(Math.round(((own?.expiresAt.getTime() ?? 0) - Date.now()) / DAY)).toBe(20);
    const der = new X509Certificate(cert).raw;
    expect(expiriesOf('seal', der, 'c_esempio/AESEMP1')).toEqual([{ ...own, use: 'seal', name: 'c_esempio/AESEMP1' }]);
    expect(expiriesOf('seal', Buffer.from('niente'), null)).toEqual([]);
  });

  it('is worth a warning in good time', () => {
    const now = new Date('2026-11-22T10:00:00Z');
    const old = { use: 'trust-pec', name: 'old', expiresAt: new Date(now.getTime() - 31 * DAY) } as const;
    const expires = (days: number) =>
      ({ use: 'api', name: String(days), expiresAt: new Date(now.getTime() + days * DAY) }) as const;
    const disk = (freeBytes: number, sizeBytes: number) =>
      ({ use: 'documents', folder: '/', freeBytes, sizeBytes }) as const;
    const state = {
      certificates: [old, ...[-40, -1, 29, 31].map(expires)],
      disks: [disk(4e9, 1e11), disk(6e9, 1e11), disk(0.9e9, 2e9)],
    };
    expect(expiringSoon(state, now).map(({ name }) => name)).toEqual(['-40', '-1', '29']);
    expect(nearlyFull(state).map(({ freeBytes }) => freeBytes)).toEqual([4e9, 0.9e9]);
    expect([2, 4].map((days) => isOldIndex(days * 86_400))).toEqual([false, true]);
  });
});
