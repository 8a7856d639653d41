import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/kernel/digest.ts';
import { openZip, type Zip } from '../../../src/service/evidence/zip.ts';
import { readZip } from '../../support/zip-reader.ts';

async function zipOf(write: (zip: Zip) => Promise<unknown>): Promise<Buffer> {
  const zip = openZip();
  const pieces = zip.stream.toArray();
  await write(zip);
  zip.end();
  return Buffer.concat(await pieces);
}

const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

describe('the ZIP', () => {
  it('holds what was added, stored or packed, with the digest of each', async () => {
    const bytes = await zipOf(async (zip) => {
      expect(await zip.add('a/uno.eml', [Buffer.from('uno'), Buffer.from('due')], 'stored')).toEqual({
        name: 'a/uno.eml',
        sha256: sha256('unodue'),
        size: 6,
        failure: null,
      });
      expect((await zip.add('vuoto.xml', [], 'packed')).size).toBe(0);
      await zip.add('b.json', [MEGABYTE], 'packed');
    });
    expect(bytes.length).toBeLessThan(10_000);
    expect(readZip(bytes).map(({ name, stored, bytes: content }) => [name, stored, sha256(content)])).toEqual([
      ['a/uno.eml', true, sha256('unodue')],
      ['vuoto.xml', false, sha256('')],
      ['b.json', false, sha256(MEGABYTE)],
    ]);
  });

  it('reads its sources no faster than it is read itself', async () => {
    const zip = openZip();
    let produced = 0;
    let closed = false;
    async function* large(): AsyncGenerator<Buffer> {
      try {
        for (; produced < 140; produced += 1) yield MEGABYTE;
      } finally {
        closed = true;
      }
    }
    const added = zip.add('grande.eml', large(), 'stored');
    const gone = expect(added).rejects.toThrow('has gone away');
    await sleep(100);
    expect(produced).toBeLessThan(10);
    let taken = 0;
    for await (const piece of zip.stream) {
      taken += piece.length;
      if (taken > 20 * MEGABYTE.length) break;
    }
    expect(produced).toBeLessThan(40);
    // Leaving the loop destroys the stream, and with it the source.
    await gone;
    await expect.poll(() => closed).toBe(true);
    await expect(zip.add('altro', [], 'stored')).rejects.toThrow('has gone away');
  });

  it('goes on after a source that breaks, and reports it', async () => {
    const broken = async function* () {
      yield Buffer.from('la prima parte');
      throw new Error('disk');
    };
    const bytes = await zipOf(async (zip) => {
      const written = await zip.add('rotto.eml', broken(), 'stored');
      expect(written).toMatchObject({ size: 14, failure: new Error('disk') });
      await zip.add('dopo.json', [Buffer.from('{}')], 'packed');
    });
    expect(readZip(bytes).map(({ name, bytes: content }) => [name, content.toString()])).toEqual([
      ['rotto.eml', 'la prima parte'],
      ['dopo.json', '{}'],
    ]);
  });
});
