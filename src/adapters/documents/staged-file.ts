import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Sha256 } from '../../kernel/ids.ts';
import { DocumentsError, type StagedDocument } from '../../service/documents/documents.ts';
import type { Kept } from './document-store.ts';
import { toDocumentsError } from './to-documents-error.ts';

/**
 * Writes a stream to the temporary file `path` and syncs it. `keep` takes the finished file over, or says that it is gone.
 * Whatever fails leaves no file and ends the stream.
 */
export async function stagedFile(
  path: string,
  bytes: Readable,
  maxBytes: number,
  keep: (kept: Kept) => Promise<boolean>,
): Promise<StagedDocument> {
  const drop = () => rm(path, { force: true });
  try {
    const file = await open(path, 'wx', 0o640);
    let kept: Kept;
    try {
      kept = await writeStream(bytes, file, maxBytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return {
      ...kept,
      drop,
      async keep() {
        if (!(await keep(kept))) throw new DocumentsError('missing', 'a staged document is gone');
      },
    };
  } catch (error) {
    bytes.destroy();
    await drop().catch(() => undefined);
    throw toDocumentsError(error);
  }
}

/** Rejects with `too-large` beyond `maxBytes`. */
export async function writeStream(bytes: Readable, file: FileHandle, maxBytes: number): Promise<Kept> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of bytes as AsyncIterable<Buffer>) {
    size += piece.length;
    checkSize(size, maxBytes);
    hash.update(piece);
    for (let from = 0; from < piece.length; ) from += (await file.write(piece, from)).bytesWritten;
  }
  return { sha256: hash.digest('hex') as Sha256, size };
}

export function checkSize(size: number, maxBytes: number): void {
  if (size > maxBytes) throw new DocumentsError('too-large', `more than ${maxBytes} bytes`);
}
