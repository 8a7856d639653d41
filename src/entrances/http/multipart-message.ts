/**
 * A message with its documents in one request (`multipart/form-data`): one part `message` of JSON, and files. Each file
 * goes into the document store as it comes; the message is read as strictly as any other JSON. What is wrong with the
 * request refuses all of it; files already stored are then bytes that nothing names.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fileName } from '../../kernel/file-name.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Documents } from '../../service/ports.ts';
import type { UploadedDocument } from '../../service/uploads/uploads.ts';
import { HTTP_LIMITS } from './limits.ts';
import { JsonRefusal, readJson } from './strict-json.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the parts of a signed body must turn out to be; their reader checks it. */
    multipartDigest: string | null;
  }
}

/** Boundaries and headers of parts, beside the documents and the message. */
const OVERHEAD_BYTES = LIMITS.messageFiles * 1024;
const MOST_BYTES = LIMITS.sentBytes + LIMITS.messageJsonBytes + OVERHEAD_BYTES;
const DEFAULT_TYPE = 'application/octet-stream';

/** In a plugin of its own, before the routes that call `readMultipartMessage`. */
export async function acceptMultipart(server: FastifyInstance): Promise<void> {
  server.decorateRequest('multipartDigest', null);
  // The parts are read off the connection itself; a second reader of the body would take it from them.
  server.addHook('onRequest', async (request) => {
    if (!isMultipart(request)) return;
    request.multipartDigest = request.signedDigest;
    request.signedDigest = null;
  });
  await server.register(multipart, {
    throwFileSizeLimit: false,
    limits: {
      fieldNameSize: 100,
      fields: 0,
      files: LIMITS.messageFiles + 1,
      parts: LIMITS.messageFiles + 1,
      headerPairs: 20,
      fileSize: LIMITS.sentBytes + 1,
    },
  });
}

export const isMultipart = ({ headers }: Pick<FastifyRequest, 'headers'>): boolean =>
  /^multipart\/form-data\s*;/i.test(headers['content-type'] ?? '');

export interface MultipartMessage {
  /** Still to be checked against the schema of the route. */
  readonly message: unknown;
  /** In the order of the request. */
  readonly documents: readonly UploadedDocument[];
}

export async function readMultipartMessage(
  request: FastifyRequest,
  documents: Pick<Documents, 'put'>,
): Promise<Result<MultipartMessage>> {
  if (!isMultipart(request)) return wrong('non è multipart/form-data');
  const { 'content-length': declared } = request.headers;
  if (declared !== undefined && Number(declared) > MOST_BYTES)
    return refuse(problem('documents-too-large', '', String(LIMITS.sentBytes)));
  const digest = digestOfBody(request);
  const reading: Reading = { documents, found: [], message: undefined, left: LIMITS.sentBytes };
  try {
    // Every part is a file for the reader: fields would be held as text, and their JSON read by another one.
    const parts = request.parts({ isPartAFile: () => true } as object) as AsyncIterable<MultipartFile>;
    for await (const part of parts) {
      const refused = await take(reading, part);
      if (refused === null) continue;
      part.file.resume();
      return refused;
    }
  } catch (error) {
    const code = request.raw.destroyed && !request.raw.complete ? 'body-interrupted' : refusalOf(error);
    if (code === null) throw error;
    return code === 'multipart-invalid' ? wrong(reasonOf(error)) : refuse(problem(code));
  }
  if (request.multipartDigest !== null && digest() !== request.multipartDigest)
    return refuse(problem('integrity-digest'));
  if (reading.message === undefined) return wrong('manca la parte «message»');
  return ok({ message: reading.message, documents: reading.found });
}

/** Over the bytes on the wire, as they pass: asked for before anybody else reads them, in the same turn. */
function digestOfBody({ raw, multipartDigest }: FastifyRequest): () => string {
  const hash = createHash('sha256');
  if (multipartDigest !== null) raw.on('data', (piece: Buffer) => hash.update(piece));
  return () => hash.digest('base64');
}

interface Reading {
  readonly documents: Pick<Documents, 'put'>;
  readonly found: UploadedDocument[];
  message: unknown;
  /** Bytes that documents may still have, all together. */
  left: number;
}

async function take(reading: Reading, part: MultipartFile): Promise<Result<never> | null> {
  if (part.fieldname === 'message') {
    if (reading.message !== undefined) return wrong('la parte «message» compare due volte');
    const read = await messageOf(part.file);
    if (!read.ok) return read;
    reading.message = read.value;
    return null;
  }
  const name = fileName(part.filename ?? '');
  const place = String(part.fieldname).slice(0, 100);
  if (name === null) return refuse(problem('file-name-invalid', place, place));
  let size = 0;
  async function* bounded(): AsyncGenerator<Buffer> {
    for await (const piece of part.file as AsyncIterable<Buffer>) {
      size += piece.length;
      if (size > reading.left) throw new TooLarge();
      yield piece;
    }
  }
  const stored = await reading.documents.put(Readable.from(bounded(), { objectMode: false }));
  if (size === 0) return wrong(`il documento «${name}» è vuoto`);
  reading.left -= size;
  reading.found.push({ name, mediaType: mediaTypeOf(part.mimetype), ...stored });
  return null;
}

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
const mediaTypeOf = (text: string): string => {
  const type = text.trim().toLowerCase();
  return MEDIA_TYPE.test(type) ? type : DEFAULT_TYPE;
};

async function messageOf(file: AsyncIterable<Buffer>): Promise<Result<unknown>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of file) {
    size += piece.length;
    if (size > LIMITS.messageJsonBytes)
      return refuse(problem('body-too-large', 'message', String(LIMITS.messageJsonBytes)));
    pieces.push(piece);
  }
  if (size === 0) return refuse(problem('body-missing', 'message'));
  try {
    return ok(readJson(Buffer.concat(pieces, size), { depth: HTTP_LIMITS.jsonDepth, values: HTTP_LIMITS.jsonValues }));
  } catch (error) {
    if (error instanceof JsonRefusal) return refuse(problem(error.code, error.pointer, error.detail));
    throw error;
  }
}

const wrong = (why: string): Result<never> => refuse(problem('multipart-invalid', '', why));

class TooLarge extends Error {
  readonly code = 'too-large';
}

/** Null: no fault of the request. */
function refusalOf(error: unknown): ProblemCode | null {
  if (error instanceof TooLarge) return 'documents-too-large';
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return 'body-interrupted';
  if (/^FST_(PARTS|FILES|FIELDS)_LIMIT$/.test(code)) return 'multipart-invalid';
  if (/^FST_(PROTO|INVALID)/.test(code)) return 'multipart-invalid';
  return error instanceof Error && /multipart|boundary|malformed|part terminated/i.test(error.message)
    ? 'multipart-invalid'
    : null;
}

function reasonOf(error: unknown): string {
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  return /LIMIT/.test(code) ? `più di ${LIMITS.messageFiles} documenti` : 'le parti non sono scritte secondo RFC 7578';
}
