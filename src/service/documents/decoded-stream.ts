import { openDecoder } from '../../formats/mime/decode.ts';
import type { ByteRange } from './documents.ts';

/** A place where decoding can begin: so many encoded bytes into the body, so many decoded ones. */
export interface Mark {
  readonly encoded: number;
  readonly decoded: number;
}

/** A body under a transfer encoding, as a region of something that can be read from any byte on. */
export interface EncodedBody extends ByteRange {
  readonly encoding: string;
  /** Ascending, the first at 0. */
  readonly marks: readonly Mark[];
}

export type ReadBytes = (range: ByteRange) => AsyncIterable<Buffer>;

/** Between two marks: what is decoded in vain at most before a range begins. */
const MARK_BYTES = 1024 * 1024;

/** Decodes a body once, handing every piece to `see`, and returns its marks. */
export function markBody(body: Buffer, encoding: string, see: (piece: Buffer) => void): Mark[] {
  const decoder = openDecoder(encoding);
  const marks: Mark[] = [{ encoded: 0, decoded: 0 }];
  let decoded = 0;
  const count = (piece: Buffer) => {
    decoded += piece.length;
    see(piece);
  };
  for (let at = 0; at < body.length; ) {
    const window = body.subarray(at, at + decoder.window);
    const { used, pieces } = decoder.step(window, at + window.length === body.length);
    for (const piece of pieces) count(piece);
    at += used;
    if (decoder.fresh && decoded - (marks.at(-1)?.decoded ?? 0) >= MARK_BYTES) marks.push({ encoded: at, decoded });
  }
  for (const piece of decoder.end()) count(piece);
  return marks;
}

/** The decoded bytes of `range`, from the last mark before it on; a window of the body is in memory at a time. */
export async function* decodedRange(read: ReadBytes, body: EncodedBody, range: ByteRange): AsyncGenerator<Buffer> {
  const mark = body.marks.findLast(({ decoded }) => decoded <= range.start) ?? { encoded: 0, decoded: 0 };
  let position = mark.decoded;
  for await (const piece of decodedFrom(read, body, mark.encoded)) {
    const from = Math.max(0, range.start - position);
    const to = Math.min(piece.length, range.end - position);
    position += piece.length;
    if (from < to) yield piece.subarray(from, to);
    if (position >= range.end) return;
  }
}

async function* decodedFrom(read: ReadBytes, body: EncodedBody, encoded: number): AsyncGenerator<Buffer> {
  const decoder = openDecoder(body.encoding);
  let left = body.end - body.start - encoded;
  let held: Buffer = Buffer.alloc(0);
  const decode = function* (atEnd: boolean): Generator<Buffer> {
    while (held.length >= decoder.window || (atEnd && held.length > 0)) {
      const window = held.subarray(0, decoder.window);
      const { used, pieces } = decoder.step(window, window.length === left);
      yield* pieces;
      held = held.subarray(used);
      left -= used;
    }
  };
  for await (const piece of read({ start: body.start + encoded, end: body.end })) {
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    yield* decode(false);
  }
  if (held.length !== left) throw new Error('the kept mail is shorter than it was');
  yield* decode(true);
  yield* decoder.end();
}
