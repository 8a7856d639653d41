import type { Readable } from 'node:stream';
import type { Sha256 } from '../../kernel/ids.ts';
import type { Documents } from '../../service/documents/documents.ts';

/** Documents as the lines of base64 that a mail carries. */
export interface EncodedDocuments {
  read(sha256: Sha256): AsyncIterable<Buffer>;
}

/** Larger documents are read and encoded anew for every mail: what is kept must stay small beside them. */
const LARGEST_KEPT = 4 * 1024 * 1024;
const KEPT = 16 * 1024 * 1024;

/**
 * A letter to a thousand offices carries the same documents a thousand times: the last ones are kept encoded. Their
 * bytes never change, their digest names them.
 */
export function encodedDocuments(documents: Documents): EncodedDocuments {
  /** In the order of their last use. */
  const kept = new Map<Sha256, Buffer>();
  let size = 0;
  const keep = (sha256: Sha256, bytes: Buffer): void => {
    if (kept.has(sha256)) return;
    kept.set(sha256, bytes);
    size += bytes.length;
    for (const [oldest, { length }] of kept) {
      if (size <= KEPT) return;
      kept.delete(oldest);
      size -= length;
    }
  };
  return {
    async *read(sha256) {
      const known = kept.get(sha256);
      if (known !== undefined) {
        kept.delete(sha256);
        kept.set(sha256, known);
        yield known;
        return;
      }
      let collected: Buffer[] | null = [];
      let length = 0;
      for await (const lines of base64Of(documents.stream(sha256))) {
        length += lines.length;
        if (length > LARGEST_KEPT) collected = null;
        collected?.push(lines);
        yield lines;
      }
      if (collected !== null) keep(sha256, Buffer.concat(collected));
    },
  };
}

/** Bytes of a full line of base64. */
const LINE = 57;

export function base64Lines(bytes: Buffer): string {
  const text = bytes.toString('base64');
  let lines = '';
  for (let at = 0; at < text.length; at += 76) lines += `${text.slice(at, at + 76)}\r\n`;
  return lines;
}

async function* base64Of(source: Readable): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of source as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const whole = bytes.length - (bytes.length % LINE);
    if (whole > 0) yield Buffer.from(base64Lines(bytes.subarray(0, whole)), 'latin1');
    rest = bytes.subarray(whole);
  }
  if (rest.length > 0) yield Buffer.from(base64Lines(rest), 'latin1');
}
