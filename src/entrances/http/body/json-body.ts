import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HttpLimits } from '../limits.ts';
import { ProblemError } from '../reply/problem-error.ts';
import { JsonRefusal, readJson } from './strict-json.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came, where it is JSON: digests are checked over it. */
    rawBody: Buffer | null;
  }
}

/** JSON is read by our own reader, over the raw bytes, bounded in size and time; any other type of body is refused. */
export function takeJson(server: FastifyInstance, limits: HttpLimits): void {
  server.decorateRequest('rawBody', null);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Body) => {
    askPlain(request);
    askUtf8(request);
    const bytes = await collect(payload, {
      declared: request.headers['content-length'],
      most: request.routeOptions.bodyLimit ?? limits.bodyBytes,
      seconds: limits.bodySeconds,
    });
    const takesOne = request.routeOptions.config.bodiless !== true;
    if (bytes.byteLength === 0 && takesOne) throw new ProblemError('body-missing');
    request.rawBody = bytes;
    const body = bytes.byteLength === 0 ? {} : parse(bytes, limits);
    if (takesOne) return body;
    // Many clients send a type, and `{}`, with every POST. Whoever sends more means something that would not be done.
    const isNothing = typeof body === 'object' && body !== null && Object.keys(body).length === 0;
    if (isNothing && !Array.isArray(body)) return null;
    const message = 'questa operazione non ha dati nel corpo';
    throw new ProblemError('bad-request', message, [{ in: 'body', pointer: '', message }]);
  });
}

/** Nothing is unpacked here: what is small on the line may be large behind it. */
export function askPlain({ headers }: FastifyRequest): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.trim().toLowerCase() !== 'identity')
    throw new ProblemError('body-media-type', `Content-Encoding ${printable(encoding)}`);
}

/** JSON is UTF-8 (RFC 8259 section 8.1): who says another character set has written another text than we would read. */
function askUtf8({ headers }: FastifyRequest): void {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8';
  if (!/^(?:utf-?8|us-ascii)$/i.test(charset))
    throw new ProblemError('body-media-type', `charset ${printable(charset)}`);
}

const printable = (text: string): string => text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');

function parse(bytes: Buffer, limits: HttpLimits): unknown {
  try {
    return readJson(bytes, { depth: limits.jsonDepth, values: limits.jsonValues });
  } catch (error) {
    if (!(error instanceof JsonRefusal)) throw error;
    const { code, detail, pointer } = error;
    const refusal = new ProblemError(code, detail);
    throw new ProblemError(code, detail, [{ in: 'body', pointer, message: refusal.message }]);
  }
}

type Body = NodeJS.ReadableStream & { readonly complete?: boolean };

interface Bounds {
  /** Content-Length. */
  readonly declared: string | undefined;
  readonly most: number;
  readonly seconds: number;
}

/** All bytes of a body. What remains of one that is refused is not read: the connection is closed after the answer. */
export function collect(body: Body, { declared, most, seconds }: Bounds): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const end = (error: Error | null): void => {
      clearTimeout(timer);
      body.off('data', take).off('end', whole).off('error', broken).off('close', broken);
      if (error === null) {
        resolve(Buffer.concat(pieces, size));
        return;
      }
      body.pause();
      // A connection that breaks now is nobody's fault any more.
      body.on('error', () => undefined);
      reject(error);
    };
    const take = (piece: Buffer): void => {
      size += piece.byteLength;
      if (size > most) end(new ProblemError('body-too-large', String(most)));
      else pieces.push(piece);
    };
    const whole = (): void => {
      const short = declared !== undefined && Number(declared) !== size;
      end(short ? new ProblemError('body-interrupted') : null);
    };
    // A check along the way (the digest of a signed body) has its own say.
    const broken = (error?: Error): void =>
      end(error !== undefined && 'problem' in error ? error : new ProblemError('body-interrupted'));
    const timer = setTimeout(() => end(new ProblemError('body-too-slow', String(seconds))), seconds * 1000);
    if (Number(declared ?? 0) > most) end(new ProblemError('body-too-large', String(most)));
    else body.on('data', take).on('end', whole).on('error', broken).on('close', broken);
  });
}
