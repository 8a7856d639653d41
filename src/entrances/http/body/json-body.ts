import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpLimits } from '../limits.ts';
import { ProblemError } from '../reply/problem-error.ts';
import { JsonError, readStrictJson } from './strict-json.ts';

/** JSON bodies are read strictly, limited in size and time. A body of any other type is refused. */
export function parseJsonBodies(server: FastifyInstance, limits: HttpLimits): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', async (request: FastifyRequest, payload: NodeJS.ReadableStream) => {
    refuseCompressedBody(request);
    refuseOtherCharsets(request);
    const bytes = await readWholeBody(payload, {
      contentLength: request.headers['content-length'],
      mostBytes: request.routeOptions.bodyLimit ?? limits.bodyBytes,
      seconds: limits.bodySeconds,
    });
    const takesBody = request.routeOptions.config.bodiless !== true;
    if (bytes.byteLength === 0 && takesBody) throw new ProblemError('body-missing');
    const body = bytes.byteLength === 0 ? {} : parse(bytes, limits);
    if (takesBody) return body;
    // Many clients send `{}` with every POST. Anything more would ask for something that is not done.
    const isEmptyObject = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
    if (isEmptyObject && !Array.isArray(body)) return null;
    const message = 'questa operazione non ha dati nel corpo';
    throw new ProblemError('bad-request', message, [{ in: 'body', pointer: '', message }]);
  });
}

/** Nothing is decompressed: a few bytes on the wire may be gigabytes in memory. */
export function refuseCompressedBody({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity')
    throw new ProblemError('body-media-type', `Content-Encoding ${printable(encoding)}`);
}

/** JSON is UTF-8 (RFC 8259 §8.1): a body in another character set would be misread. */
function refuseOtherCharsets({ headers }: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset))
    throw new ProblemError('body-media-type', `charset ${printable(charset)}`);
}

const printable = (text: string): string => text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');

function parse(bytes: Buffer, limits: HttpLimits): unknown {
  try {
    return readStrictJson(bytes, { depth: limits.jsonDepth, values: limits.jsonValues });
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { code, detail, pointer } = error;
    const { message } = new ProblemError(code, detail);
    throw new ProblemError(code, detail, [{ in: 'body', pointer, message }]);
  }
}

interface Bounds {
  readonly contentLength: string | undefined;
  readonly mostBytes: number;
  readonly seconds: number;
}

/** All bytes of a body. The rest of one that is refused stays unread: the connection is closed after the answer. */
export function readWholeBody(
  body: NodeJS.ReadableStream,
  { contentLength, mostBytes, seconds }: Bounds,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (error: Error | null): void => {
      clearTimeout(timer);
      body.off('data', add).off('end', complete).off('error', fail).off('close', fail);
      if (error === null) {
        resolve(Buffer.concat(chunks, size));
        return;
      }
      body.pause();
      // A connection that breaks from now on concerns nobody.
      body.on('error', () => undefined);
      reject(error);
    };
    const add = (chunk: Buffer): void => {
      size += chunk.byteLength;
      if (size > mostBytes) finish(new ProblemError('body-too-large', String(mostBytes)));
      else chunks.push(chunk);
    };
    const complete = (): void => {
      const isShort = contentLength !== undefined && Number(contentLength) !== size;
      finish(isShort ? new ProblemError('body-interrupted') : null);
    };
    // The check of a signed body's digest ends the stream with a problem of its own.
    const fail = (error?: Error): void =>
      finish(error instanceof ProblemError ? error : new ProblemError('body-interrupted'));
    const timer = setTimeout(() => finish(new ProblemError('body-too-slow', String(seconds))), seconds * 1000);
    if (Number(contentLength ?? 0) > mostBytes) finish(new ProblemError('body-too-large', String(mostBytes)));
    else body.on('data', add).on('end', complete).on('error', fail).on('close', fail);
  });
}
