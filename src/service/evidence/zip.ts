import type { PassThrough } from 'node:stream';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { openDigest } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';

export interface ZipEntry {
  readonly name: string;
  readonly sha256: Sha256;
  readonly size: number;
  /** Why the entry is cut short; null: it is whole. */
  readonly failure: Error | null;
}

export interface Zip {
  readonly stream: Readable;
  /**
   * Streams one entry at the reader's pace and resolves when its last byte was taken. If the source breaks, the entry is cut
   * short and the ZIP goes on. Rejects when the reader has gone away.
   */
  add(
    name: string,
    source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    form: 'stored' | 'packed',
  ): Promise<ZipEntry>;
  end(): void;
  fail(error: Error): void;
}

/** The same entries give the same bytes, whatever the clock and time zone. */
const FIXED = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true, mode: 0o100644 } as const;

export function openZip(): Zip {
  const zip = new ZipFile();
  const output = zip.outputStream as PassThrough;
  let ended = false;
  let current: { readonly input: Readable; readonly giveUp: (error: Error) => void } | null = null;
  output.once('close', () => {
    if (ended || current === null) return;
    current.giveUp(new Error('the reader of the ZIP has gone away'));
    current.input.destroy();
  });
  zip.on('error', (error: Error) => output.destroy(error));
  return {
    stream: output,
    add(name, source, form) {
      return new Promise((resolve, reject) => {
        if (output.destroyed) return reject(new Error('the reader of the ZIP has gone away'));
        const digest = openDigest();
        let size = 0;
        let failure: Error | null = null;
        async function* measured(): AsyncGenerator<Uint8Array> {
          try {
            for await (const piece of source) {
              digest.update(piece);
              size += piece.length;
              yield piece;
            }
          } catch (error) {
            failure = error instanceof Error ? error : new Error(String(error));
          }
        }
        const input = Readable.from(measured(), { objectMode: false });
        input.once('end', () => resolve({ name, sha256: digest.end(), size, failure }));
        input.once('error', reject);
        current = { input, giveUp: reject };
        zip.addReadStream(input, name, { ...FIXED, compress: form === 'packed' });
      });
    },
    end() {
      ended = true;
      zip.end();
    },
    fail: (error) => void output.destroy(error),
  };
}
