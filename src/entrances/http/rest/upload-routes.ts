/**
 * Documents that come before their message: announced (`POST /uploads`), then sent whole or in pieces
 * (`PUT /uploads/{id}/content`, with `Content-Range`), as often as the connection breaks. `Upload-Offset` and `received`
 * say where to go on.
 */
import { Readable } from 'node:stream';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../../kernel/limits.ts';
import { type Problem, problem } from '../../../kernel/problems.ts';
import type { Result } from '../../../kernel/result.ts';
import { commandKeyOf } from '../../../service/register/idempotent-command.ts';
import { openUpload } from '../../../service/uploads/open-upload.ts';
import { cancelUpload, readUpload } from '../../../service/uploads/read-upload.ts';
import type { UploadDeps } from '../../../service/uploads/upload-lifetime.ts';
import type { Upload } from '../../../service/uploads/upload-store.ts';
import { writeUpload } from '../../../service/uploads/write-upload.ts';
import { requestedOffice } from '../access/request-office.ts';
import { bodyChunks } from '../body/body-chunks.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import {
  closed,
  int64,
  matching,
  named,
  officeCode,
  oneOf,
  sha256Hex,
  storedText,
  timestamp,
  uuid,
} from '../schemas.ts';
import { callOf } from './office-request.ts';
import { announcedPiece } from './upload-piece.ts';

const UploadQuery = closed({ aoo: Type.Optional(officeCode()) });
const ById = closed({ id: uuid() });
const MediaType = matching('^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$', 255);
const Size = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' });

const NewUpload = named(
  'NewUpload',
  {
    name: Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000\\ufffe\\uffff]*$' }),
    mediaType: MediaType,
    size: Size,
    sha256: Type.Optional(matching('^[0-9A-Fa-f]{64}$', 64)),
  },
  { examples: [{ name: 'delibera.pdf', mediaType: 'application/pdf', size: 48211 }] },
);
const UploadAnswer = named('Upload', {
  id: uuid(),
  name: storedText(500),
  mediaType: MediaType,
  size: Size,
  received: int64({ description: 'Byte già conservati: si prosegue da qui.' }),
  state: oneOf(['open', 'complete', 'expired'], { title: 'UploadState' }),
  sha256: Type.Optional(sha256Hex()),
  createdAt: timestamp(),
  expiresAt: timestamp(),
});

export interface UploadRoutesDeps extends UploadDeps {
  /** After so long without a byte the client counts as gone. */
  readonly silenceMs?: number;
}

const shared = { access: 'messages:send', tag: 'uploads', querystring: UploadQuery } as const;

export async function uploadRoutes(server: ApiServer, deps: UploadRoutesDeps): Promise<void> {
  server.post(
    '/uploads',
    operation({
      ...shared,
      id: 'openUpload',
      tells: ['Location', 'Upload-Offset'],
      summary: 'Annuncia un documento da caricare',
      body: NewUpload,
      command: 'optional',
      answers: { 201: UploadAnswer },
      problems: ['file-name-invalid', 'upload-too-large', 'upload-quota'],
    }),
    async (request, reply) => {
      const office = requestedOffice(request);
      if (!office.ok) return sendProblem(reply, office.problem);
      const { sha256 = null, ...wish } = request.body;
      const call = callOf(request);
      const opened = await openUpload(office.value, { ...wish, sha256, client: call.client }, deps, commandKeyOf(call));
      if (!opened.ok) return sendUploadProblem(reply, opened.problem);
      reply.code(201).header('location', `${request.routeOptions.url}/${opened.value.uploadId}`);
      return presentUpload(reply, opened.value);
    },
  );
  server.get(
    '/uploads/:id',
    operation({
      ...shared,
      id: 'readUpload',
      tells: ['Upload-Offset'],
      summary: 'Quanti byte di un documento sono arrivati',
      params: ById,
      answers: { 200: UploadAnswer },
      problems: ['upload-unknown'],
    }),
    async (request, reply) => {
      const upload = await findUpload(request, request.params.id, deps);
      return upload.ok ? presentUpload(reply, upload.value) : sendUploadProblem(reply, upload.problem);
    },
  );
  server.delete(
    '/uploads/:id',
    operation({
      ...shared,
      id: 'cancelUpload',
      summary: 'Rinuncia a un documento caricato',
      params: ById,
      command: 'optional',
      answers: { 204: null },
      problems: ['upload-unknown', 'upload-busy'],
    }),
    async (request, reply) => {
      const office = requestedOffice(request);
      if (!office.ok) return sendProblem(reply, office.problem);
      const why = await cancelUpload(
        office.value,
        request.params.id.toLowerCase(),
        deps,
        commandKeyOf(callOf(request)),
      );
      return why === null ? reply.code(204).send() : sendUploadProblem(reply, why);
    },
  );
  await server.register(async (own) => contentRoute(own, deps));
}

/** The bytes, of any type, handed on as they come. In a plugin of its own, for its parser of bodies. */
function contentRoute(server: ApiServer, deps: UploadRoutesDeps): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, done) => {
    // An error before anybody listens would end the process; the reader of the body learns of it, too.
    payload.on('error', () => undefined);
    done(null, payload);
  });
  server.put(
    '/uploads/:id/content',
    operation({
      ...shared,
      id: 'writeUpload',
      tells: ['Upload-Offset'],
      summary: 'Carica i byte, tutti o un intervallo (Content-Range)',
      description:
        'Non usa Idempotency-Key: gli stessi byte nella stessa posizione sono lo stesso documento. Se riparte da zero, ' +
        'il caricamento ricomincia; se parte da un punto diverso da «received», è rifiutato (`upload-offset`) e la ' +
        'risposta dice da dove proseguire; quando il documento è completo, non cambia più nulla (`upload-complete`).',
      params: ById,
      consumes: ['application/octet-stream'],
      example: 'Il testo della delibera.',
      bodyLimit: LIMITS.sentBytes,
      answers: { 200: UploadAnswer },
      problems: [
        'body-missing',
        'media-type-unsupported',
        'upload-unknown',
        'upload-complete',
        'upload-digest-differs',
        'upload-expired',
        'upload-interrupted',
        'upload-offset',
        'upload-busy',
        'upload-length',
        'upload-quota',
        'upload-range',
        'upload-too-large',
      ],
    }),
    async (request, reply) => {
      const found = await findUpload(request, request.params.id, deps);
      if (!found.ok) return sendUploadProblem(reply, found.problem);
      const upload = found.value;
      const piece = announcedPiece(request, upload);
      if (!piece.ok) return sendUploadProblem(reply, piece.problem, upload.received);
      if (!(request.body instanceof Readable))
        return sendUploadProblem(reply, problem('body-missing'), upload.received);
      const bytes = bodyChunks(request.body, deps.silenceMs);
      const signed = request.signedDigest !== null;
      const written = await writeUpload(upload.aoo, upload.uploadId, { ...piece.value, signed, bytes }, deps);
      return written.ok
        ? presentUpload(reply, written.upload)
        : sendUploadProblem(reply, written.problem, written.received);
    },
  );
}

async function findUpload(request: FastifyRequest, id: string, deps: UploadDeps): Promise<Result<Upload>> {
  const office = requestedOffice(request);
  return office.ok ? readUpload(office.value, id.toLowerCase(), deps) : office;
}

function presentUpload(reply: FastifyReply, upload: Upload) {
  const { uploadId, name, mediaType, size, received, state, sha256, createdAt, expiresAt } = upload;
  reply.header('upload-offset', String(received));
  return {
    id: uploadId,
    name,
    mediaType,
    size,
    received,
    state,
    ...(sha256 !== null && { sha256 }),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  };
}

function sendUploadProblem(reply: FastifyReply, why: Problem, received: number | null = null): FastifyReply {
  if (received !== null) reply.header('upload-offset', String(received));
  if (why.code === 'upload-busy') reply.header('retry-after', '5');
  if (why.code === 'upload-quota') reply.header('retry-after', '3600');
  return sendProblem(reply, why);
}
