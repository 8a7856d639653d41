import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { ProblemError } from '../reply/problem-error.ts';

/** The body as it comes, and an error at its end when it is not the one that was signed (over the bytes on the wire). */
export function checkedBody(body: Readable, expected: string): Readable {
  const digest = createHash('sha256');
  const checked = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(digest.digest('base64') === expected ? null : new ProblemError('integrity-digest'));
    },
  });
  // Its reader is told; one who has not begun to read yet must not end the process.
  checked.on('error', () => undefined);
  body.on('error', (error) => checked.destroy(error));
  // A client that goes away in the middle must not leave the reader waiting for the end.
  body.on('close', () => {
    if (!body.readableEnded) checked.destroy(new ProblemError('body-interrupted'));
  });
  return body.pipe(checked);
}
