/**
 * A message with its documents in one request (`multipart/form-data`): one part `message` of JSON, and files. Each file
 * goes to the disk as it comes, and into the document store when the message is registered; the message is read as
 * strictly as any other JSON. What is wrong with the request refuses all of it, and its files are removed.
 */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fileName } from '../../../kernel/file-name.ts';
import { LIMITS } from '../../../kernel/limits.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { StagedDocument, Staging } from '../../../service/documents/documents.ts';
import type { UploadedDocument } from '../../../service/uploads/use-uploads.ts';
import { UploadSourceError } from '../../../service/uploads/write-upload.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { bodyChunks } from './body-chunks.ts';
import { refuseCompressedBody } from './json-body.ts';
import { boundaryOf, type FormPart, MultipartSyntaxError, multipartParts } from './multipart-parts.ts';
import { JsonError, readStrictJson } from './strict-json.ts';

/** With the boundaries and headers of the parts. */
const MOST_BYTES = LIMITS.sentBytes + LIMITS.messageJsonBytes + LIMITS.messageFiles * 1024;
const DEFAULT_TYPE = 'application/octet-stream';

/** In a plugin of its own, before the routes that call `readMultipartMessage`: the body is handed on as it comes. */
export function acceptMultipart(server: FastifyInstance): void {
  server.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    // It may break before anybody reads it; whoever does then learns of it.
    payload.on('error', () => undefined);
    refuseCompressedBody(request);
    return payload;
  });
}

export interface MultipartMessage {
  /** Still to be checked against the schema of the route. */
  readonly message: unknown;
  /** In the order of the request. */
  readonly documents: readonly UploadedDocument[];
  /** To be called in the end: removes the files that no message keeps. */
  drop(): Promise<void>;
}

export async function readMultipartMessage(
  request: FastifyRequest,
  documents: Staging,
): Promise<Result<MultipartMessage>> {
  const staged: StagedDocument[] = [];
  const drop = async () => {
    // What cannot be removed now goes when the service starts again: the answer is the same.
    for (const file of staged) await file.drop().catch(() => undefined);
  };
  let taken = false;
  try {
    const read = await readParts(request, documents, staged);
    taken = read.ok;
    return read.ok ? ok({ ...read.value, drop }) : read;
  } finally {
    if (!taken) await drop();
  }
}

async function readParts(
  request: FastifyRequest,
  documents: Staging,
  staged: StagedDocument[],
): Promise<Result<Omit<MultipartMessage, 'drop'>>> {
  const boundary = boundaryOf(request.headers['content-type']);
  const { body } = request;
  if (boundary === null || !(body instanceof Readable)) return wrong('manca il separatore o il corpo');
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return tooLarge();
  const reading: Reading = { documents, staged, found: [], message: undefined, left: LIMITS.sentBytes };
  try {
    for await (const part of multipartParts(within(bodyChunks(body)), boundary)) {
      const refused = await take(reading, part);
      if (refused !== null) return refused;
    }
  } catch (error) {
    if (error instanceof MultipartSyntaxError) return wrong('le parti non sono scritte secondo RFC 7578');
    if (error instanceof BodyTooLargeError) return tooLarge();
    if (error instanceof UploadSourceError) return refuse(problem('body-interrupted'));
    throw error;
  }
  if (reading.message === undefined) return wrong('manca la parte «message»');
  if (reading.found.length === 0) return wrong('manca il documento primario');
  return ok({ message: reading.message, documents: reading.found });
}

class BodyTooLargeError extends Error {}

/** Also what lies between and behind the parts is bounded. */
async function* within(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const piece of pieces) {
    size += piece.length;
    if (size > MOST_BYTES) throw new BodyTooLargeError();
    yield piece;
  }
}

interface Reading {
  readonly documents: Staging;
  readonly staged: StagedDocument[];
  readonly found: UploadedDocument[];
  message: unknown;
  /** Bytes that documents may still have, all together. */
  left: number;
}

async function take(reading: Reading, part: FormPart): Promise<Result<never> | null> {
  if (part.name === 'message') {
    if (reading.message !== undefined) return wrong('la parte «message» compare due volte');
    const read = await messageOf(part.bytes);
    if (!read.ok) return read;
    reading.message = read.value;
    return null;
  }
  if (reading.found.length >= LIMITS.messageFiles) return wrong(`più di ${LIMITS.messageFiles} documenti`);
  const place = part.name.slice(0, 100);
  const name = fileName(part.filename ?? '');
  if (name === null) return refuse(problem('file-name-invalid', place, place));
  let size = 0;
  async function* bounded(): AsyncGenerator<Buffer> {
    for await (const piece of part.bytes) {
      size += piece.length;
      if (size > reading.left) throw new BodyTooLargeError();
      yield piece;
    }
  }
  const file = await reading.documents.stage(Readable.from(bounded(), { objectMode: false }));
  reading.staged.push(file);
  if (size === 0) return wrong(`il documento «${name}» è vuoto`);
  reading.left -= size;
  const mediaType = MEDIA_TYPE.test(part.mediaType) ? part.mediaType : DEFAULT_TYPE;
  const keep = async () => {
    await file.keep();
    return ok(null);
  };
  reading.found.push({ name, mediaType, sha256: file.sha256, size, keep });
  return null;
}

const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

async function messageOf(bytes: AsyncIterable<Buffer>): Promise<Result<unknown>> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > LIMITS.messageJsonBytes)
      return refuse(problem('body-too-large', 'message', String(LIMITS.messageJsonBytes)));
    pieces.push(piece);
  }
  if (size === 0) return refuse(problem('body-missing', 'message'));
  try {
    return ok(
      readStrictJson(Buffer.concat(pieces, size), { depth: HTTP_LIMITS.jsonDepth, values: HTTP_LIMITS.jsonValues }),
    );
  } catch (error) {
    if (error instanceof JsonError) return refuse(problem(error.code, error.pointer, error.detail));
    throw error;
  }
}

const wrong = (why: string): Result<never> => refuse(problem('multipart-invalid', '', why));
const tooLarge = (): Result<never> => refuse(problem('documents-too-large', '', String(LIMITS.sentBytes)));
