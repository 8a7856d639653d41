import { createHash } from 'node:crypto';
import { type Readable, Transform } from 'node:stream';
import { ProblemError } from '../reply/problem-error.ts';

/**
 * The body, passed through while it is digested. Ends with an error when the digest of the bytes on the wire is not the
 * one the client has signed.
 */
export function verifyBodyDigest(body: Readable, expected: string): Readable {
  const digest = createHash('sha256');
  const verified = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digest.update(chunk);
      done(null, chunk);
    },
    flush(done) {
      done(digest.digest('base64') === expected ? null : new ProblemError('integrity-digest'));
    },
  });
  // Whoever reads is told of an error; without a listener one before the first read would end the process.
  verified.on('error', () => undefined);
  body.on('error', (error) => verified.destroy(error));
  // A client that goes away would leave the reader waiting for the end.
  body.on('close', () => {
    if (!body.readableEnded) verified.destroy(new ProblemError('body-interrupted'));
  });
  return body.pipe(verified);
}
