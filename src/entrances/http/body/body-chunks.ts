import type { Readable } from 'node:stream';
import { UploadSourceError } from '../../../service/uploads/write-upload.ts';
import { ProblemError } from '../reply/problem-error.ts';

/** A client that sends nothing for so long is gone, whatever its connection says; what came is kept. */
const SILENCE_MS = 30_000;

/**
 * A body as it comes, the next piece read only when the last one is done with. Ends with `UploadSourceError` when the
 * client goes away or falls silent. The connection is left open for the answer when the reader stops early.
 */
export async function* bodyPieces(body: Readable, silenceMs = SILENCE_MS): AsyncGenerator<Buffer> {
  const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let left = false;
  try {
    for (;;) {
      const next = await within(pieces.next(), silenceMs);
      if (next.done === true) return;
      left = true;
      yield next.value;
      left = false;
    }
  } catch (error) {
    if (error instanceof ProblemError && error.problem !== 'body-interrupted') throw error;
    throw new UploadSourceError('the client is gone', { cause: error });
  } finally {
    // Only where nothing is asked of it any more: it would wait for its answer.
    if (left) await pieces.return?.();
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(() => silence.reject(new Error('silence')), milliseconds);
  try {
    return await Promise.race([work, silence.promise]);
  } finally {
    clearTimeout(timer);
    // What comes of it later is nobody's any more.
    work.catch(() => undefined);
  }
}
