import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { encodedDocuments } from '../../../src/adapters/smtp/encoded-documents.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { Sha256 } from '../../../src/kernel/ids.ts';
import type { Documents } from '../../../src/service/documents/documents.ts';

const MIB = 1024 * 1024;

/** Documents in memory that count how often each is read. */
function shelf(contents: readonly Buffer[]) {
  const reads = new Map<Sha256, number>();
  const byDigest = new Map(contents.map((bytes) => [sha256(bytes), bytes]));
  const stream = (digest: Sha256) => {
    reads.set(digest, (reads.get(digest) ?? 0) + 1);
    const bytes = byDigest.get(digest);
    if (bytes === undefined) throw new Error('gone');
    // Pieces of an awkward size.
    return Readable.from(
      Array.from({ length: Math.ceil(bytes.length / 65_521) }, (_, at) =>
        bytes.subarray(at * 65_521, (at + 1) * 65_521),
      ),
    );
  };
  return { reads, encoded: encodedDocuments({ stream } as Pick<Documents, 'stream'> as Documents) };
}

const read = async (encoded: ReturnType<typeof encodedDocuments>, digest: Sha256) =>
  buffer(Readable.from(encoded.read(digest)));

describe('encoded documents', () => {
  it('are lines of base64, read once and the same every time', async () => {
    const bytes = randomBytes(300_001);
    const { reads, encoded } = shelf([bytes]);
    const first = await read(encoded, sha256(bytes));
    const lines = first.toString('latin1').split('\r\n');
    expect(lines.pop()).toBe('');
    expect(Math.max(...lines.map(({ length }) => length))).toBe(76);
    expect(Buffer.from(first.toString('latin1'), 'base64').equals(bytes)).toBe(true);
    expect((await read(encoded, sha256(bytes))).equals(first)).toBe(true);
    expect(reads.get(sha256(bytes))).toBe(1);
  });

  it('are not cached if they are large', async () => {
    const large = randomBytes(4 * MIB);
    const { reads, encoded } = shelf([large]);
    const first = await read(encoded, sha256(large));
    expect((await read(encoded, sha256(large))).equals(first)).toBe(true);
    expect(reads.get(sha256(large))).toBe(2);
  });

  it('make room for others, least recently used first', async () => {
    const documents = Array.from({ length: 7 }, () => randomBytes(2 * MIB));
    const { reads, encoded } = shelf(documents);
    const [first, second] = documents.map((bytes) => sha256(bytes));
    if (first === undefined || second === undefined) throw new Error('no documents');
    for (const bytes of documents) {
      await read(encoded, sha256(bytes));
      await read(encoded, first);
    }
    expect(reads.get(first)).toBe(1);
    await read(encoded, second);
    expect(reads.get(second)).toBe(2);
  });

  it('that cannot be read to the end are not cached', async () => {
    let times = 0;
    const stream = () => {
      times += 1;
      const isFirst = times === 1;
      return Readable.from(
        (async function* () {
          yield Buffer.from('ab');
          if (isFirst) throw new Error('disk');
          yield Buffer.from('c');
        })(),
      );
    };
    const encoded = encodedDocuments({ stream } as Pick<Documents, 'stream'> as Documents);
    await expect(read(encoded, sha256('abc'))).rejects.toThrow('disk');
    expect((await read(encoded, sha256('abc'))).toString()).toBe('YWJj\r\n');
  });
});
