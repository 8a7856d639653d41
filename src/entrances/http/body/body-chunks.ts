import type { Readable } from 'node:stream';
import { UploadSourceError } from '../../../service/uploads/write-upload.ts';
import { ProblemError } from '../reply/problem-error.ts';

/** A client that sends nothing for so long is taken for gone, even if its connection is open. What came is kept. */
const SILENCE_MS = 30_000;

/**
 * A body in chunks, each read when the one before has been dealt with. Throws UploadSourceError when the client goes away
 * or falls silent. A reader that stops early leaves the connection open for the answer.
 */
export async function* bodyChunks(body: Readable, silenceMs = SILENCE_MS): AsyncGenerator<Buffer> {
  const chunks = body.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let stoppedEarly = false;
  try {
    for (;;) {
      const next = await within(chunks.next(), silenceMs);
      if (next.done === true) return;
      stoppedEarly = true;
      yield next.value;
      stoppedEarly = false;
    }
  } catch (error) {
    if (error instanceof ProblemError && error.problem.code !== 'body-interrupted') throw error;
    throw new UploadSourceError('the client is gone', { cause: error });
  } finally {
    // After a failure the iterator may still wait for a chunk, and returning would wait with it.
    if (stoppedEarly) await chunks.return?.();
  }
}

async function within<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(() => silence.reject(new Error('silence')), milliseconds);
  try {
    return await Promise.race([work, silence.promise]);
  } finally {
    clearTimeout(timer);
    // It may still fail after the race is over.
    work.catch(() => undefined);
  }
}

/** Chunks up to a total size; beyond it throws what `tooLarge` makes. */
export async function* limitedChunks<C extends Uint8Array>(
  chunks: AsyncIterable<C>,
  most: number,
  tooLarge: () => Error,
): AsyncGenerator<C> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > most) throw tooLarge();
    yield chunk;
  }
}
