/**
 * A message with its documents in one request (`multipart/form-data`): one part `message` of JSON, and files. Each file
 * goes to the disk as it arrives, and into the document store once the message is registered. The JSON is read as
 * strictly as any other. If anything is wrong, the whole request is refused and its files are removed.
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
import { bodyChunks, limitedChunks } from './body-chunks.ts';
import { refuseCompressedBody } from './json-body.ts';
import { boundaryOf, type FormPart, MultipartSyntaxError, multipartParts } from './multipart-parts.ts';
import { JsonError, readStrictJson } from './strict-json.ts';

/** All documents and the message, with the boundaries and headers of their parts. */
const MOST_BYTES = LIMITS.sentBytes + LIMITS.messageJsonBytes + LIMITS.messageFiles * 1024;
const DEFAULT_TYPE = 'application/octet-stream';
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;

/** Hands the body on as it comes. In a plugin of its own, before the routes that call `readMultipartMessage`. */
export function acceptMultipart(server: FastifyInstance): void {
  server.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    // An error before anybody listens would end the process; the reader of the body learns of it, too.
    payload.on('error', () => undefined);
    refuseCompressedBody(request);
    return payload;
  });
}

export interface MultipartMessage {
  /** Not yet validated by a schema. */
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
    // A file that cannot be removed now is removed when the service starts again.
    for (const file of staged) await file.drop().catch(() => undefined);
  };
  let isComplete = false;
  try {
    const read = await readParts(request, documents, staged);
    isComplete = read.ok;
    return read.ok ? ok({ ...read.value, drop }) : read;
  } finally {
    if (!isComplete) await drop();
  }
}

async function readParts(
  request: FastifyRequest,
  documents: Staging,
  staged: StagedDocument[],
): Promise<Result<Omit<MultipartMessage, 'drop'>>> {
  const boundary = boundaryOf(request.headers['content-type']);
  const { body } = request;
  if (boundary === null || !(body instanceof Readable)) return malformed('manca il separatore o il corpo');
  if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return tooLarge();
  const reading: Reading = { documents, staged, found: [], message: undefined, bytesLeft: LIMITS.sentBytes };
  // Also limits what stands between and behind the parts.
  const chunks = limitedChunks(bodyChunks(body), MOST_BYTES, () => new BodyTooLargeError());
  try {
    for await (const part of multipartParts(chunks, boundary)) {
      const refusal = part.name === 'message' ? await readMessage(reading, part) : await readDocument(reading, part);
      if (refusal !== null) return refusal;
    }
  } catch (error) {
    if (error instanceof MultipartSyntaxError) return malformed('le parti non sono scritte secondo RFC 7578');
    if (error instanceof BodyTooLargeError) return tooLarge();
    if (error instanceof UploadSourceError) return refuse(problem('body-interrupted'));
    throw error;
  }
  if (reading.message === undefined) return malformed('manca la parte «message»');
  if (reading.found.length === 0) return malformed('manca il documento primario');
  return ok({ message: reading.message, documents: reading.found });
}

class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

interface Reading {
  readonly documents: Staging;
  readonly staged: StagedDocument[];
  readonly found: UploadedDocument[];
  message: unknown;
  /** For the documents still to come, all together. */
  bytesLeft: number;
}

type Refusal = Result<never> | null;

async function readMessage(reading: Reading, { bytes }: FormPart): Promise<Refusal> {
  if (reading.message !== undefined) return malformed('la parte «message» compare due volte');
  const read = await parseMessage(bytes);
  if (!read.ok) return read;
  reading.message = read.value;
  return null;
}

async function readDocument(reading: Reading, part: FormPart): Promise<Refusal> {
  if (reading.found.length >= LIMITS.messageFiles) return malformed(`più di ${LIMITS.messageFiles} documenti`);
  const place = part.name.slice(0, 100);
  const name = fileName(part.filename ?? '');
  if (name === null) return refuse(problem('file-name-invalid', place, place));
  let size = 0;
  async function* measured(): AsyncGenerator<Buffer> {
    for await (const chunk of limitedChunks(part.bytes, reading.bytesLeft, () => new BodyTooLargeError())) {
      size += chunk.length;
      yield chunk;
    }
  }
  const file = await reading.documents.stage(Readable.from(measured(), { objectMode: false }));
  reading.staged.push(file);
  if (size === 0) return malformed(`il documento «${name}» è vuoto`);
  reading.bytesLeft -= size;
  const mediaType = MEDIA_TYPE.test(part.mediaType) ? part.mediaType : DEFAULT_TYPE;
  const keep = async () => {
    await file.keep();
    return ok(null);
  };
  reading.found.push({ name, mediaType, sha256: file.sha256, size, keep });
  return null;
}

async function parseMessage(bytes: AsyncIterable<Buffer>): Promise<Result<unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > LIMITS.messageJsonBytes)
      return refuse(problem('body-too-large', 'message', String(LIMITS.messageJsonBytes)));
    chunks.push(chunk);
  }
  if (size === 0) return refuse(problem('body-missing', 'message'));
  try {
    const limits = { depth: HTTP_LIMITS.jsonDepth, values: HTTP_LIMITS.jsonValues };
    return ok(readStrictJson(Buffer.concat(chunks, size), limits));
  } catch (error) {
    if (error instanceof JsonError) return refuse(problem(error.code, error.pointer, error.detail));
    throw error;
  }
}

const malformed = (why: string): Result<never> => refuse(problem('multipart-invalid', '', why));
const tooLarge = (): Result<never> => refuse(problem('documents-too-large', '', String(LIMITS.sentBytes)));
