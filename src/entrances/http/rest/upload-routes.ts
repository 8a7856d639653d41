import type { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../../kernel/limits.ts';
import { type Problem, problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import { commandKeyOf } from '../../../service/register/idempotent-command.ts';
import { openUpload } from '../../../service/uploads/open-upload.ts';
import { cancelUpload, readUpload } from '../../../service/uploads/read-upload.ts';
import type { UploadDeps } from '../../../service/uploads/upload-lifetime.ts';
import type { Upload } from '../../../service/uploads/upload-store.ts';
import { writeUpload } from '../../../service/uploads/write-upload.ts';
import { officeOf } from '../access/request-office.ts';
import { bodyPieces } from '../body/body-chunks.ts';
import { operation } from '../operation.ts';
import { send } from '../reply/problem-reply.ts';
import { closed, held, int64, matching, office, oneOf, sha256 as sha256Of, Type, time, uuid } from '../schemas.ts';
import { callOf } from './office-request.ts';

const Query = closed({ aoo: Type.Optional(office()) });
const One = closed({ id: uuid() });
const MEDIA_TYPE = matching('^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+$', 255);
const Size = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, format: 'int64' });

const NewUpload = closed(
  {
    name: Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000\\ufffe\\uffff]*$' }),
    mediaType: MEDIA_TYPE,
    size: Size,
    sha256: Type.Optional(matching('^[0-9A-Fa-f]{64}$', 64)),
  },
  { examples: [{ name: 'delibera.pdf', mediaType: 'application/pdf', size: 48211 }] },
);
const Shown = closed({
  id: uuid(),
  name: held(500),
  mediaType: MEDIA_TYPE,
  size: Size,
  received: int64({ description: 'Byte già conservati: si prosegue da qui.' }),
  state: oneOf(['open', 'complete', 'expired']),
  sha256: Type.Optional(sha256Of()),
  createdAt: time(),
  expiresAt: time(),
});

export interface UploadRoutesDeps extends UploadDeps {
  /** After so long without a byte the client counts as gone. */
  readonly silenceMs?: number;
}

const SHARED = { access: 'messages:send', tag: 'uploads', querystring: Query } as const;

/**
 * Documents that come before their message: announced (`POST /uploads`), then sent whole or in pieces
 * (`PUT /uploads/{id}/content`, with `Content-Range`), as often as the line breaks. Where to go on stands in
 * `Upload-Offset` and in `received`.
 */
export async function uploadRoutes(plain: FastifyInstance, deps: UploadRoutesDeps): Promise<void> {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/uploads',
    operation({
      ...SHARED,
      id: 'openUpload',
      tells: ['Location', 'Upload-Offset'],
      summary: 'Annuncia un documento da caricare',
      body: NewUpload,
      command: 'optional',
      answers: { 201: Shown },
      problems: ['file-name-invalid', 'upload-too-large', 'upload-quota'],
    }),
    async (request, reply) => {
      const office = officeOf(request);
      if (!office.ok) return refused(reply, office.problem);
      const { sha256 = null, ...wish } = request.body;
      const call = callOf(request);
      const opened = await openUpload(office.value, { ...wish, sha256, client: call.client }, deps, commandKeyOf(call));
      if (!opened.ok) return refused(reply, opened.problem);
      const { uploadId } = opened.value;
      const path = request.routeOptions.url ?? '';
      return shown(reply.code(201).header('location', `${path}/${uploadId}`), opened.value);
    },
  );
  server.get(
    '/uploads/:id',
    operation({
      ...SHARED,
      id: 'getUpload',
      tells: ['Upload-Offset'],
      summary: 'Quanti byte di un documento sono arrivati',
      params: One,
      answers: { 200: Shown },
      problems: ['upload-unknown'],
    }),
    async (request, reply) => {
      const upload = await uploadOf(request, request.params.id, deps);
      return upload.ok ? shown(reply, upload.value) : refused(reply, upload.problem);
    },
  );
  server.delete(
    '/uploads/:id',
    operation({
      ...SHARED,
      id: 'cancelUpload',
      summary: 'Rinuncia a un documento caricato',
      params: One,
      command: 'optional',
      answers: { 204: null },
      problems: ['upload-unknown', 'upload-busy'],
    }),
    async (request, reply) => {
      const office = officeOf(request);
      const key = commandKeyOf(callOf(request));
      const why = office.ok
        ? await cancelUpload(office.value, request.params.id.toLowerCase(), deps, key)
        : office.problem;
      return why === null ? reply.code(204).send() : refused(reply, why);
    },
  );
  await plain.register((own) => contentRoute(own, deps));
}

/** The bytes, of any type: they are handed on as they come. */
async function contentRoute(plain: FastifyInstance, deps: UploadRoutesDeps): Promise<void> {
  plain.removeAllContentTypeParsers();
  plain.addContentTypeParser('*', (_request, payload, done) => {
    // It may break while the upload is looked up; whoever reads it then learns of it.
    payload.on('error', () => undefined);
    done(null, payload);
  });
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.put(
    '/uploads/:id/content',
    operation({
      ...SHARED,
      id: 'writeUpload',
      tells: ['Upload-Offset'],
      summary: 'Carica i byte, tutti o un intervallo (Content-Range)',
      description:
        'Non usa Idempotency-Key: gli stessi byte nella stessa posizione sono lo stesso documento. Se riparte da zero, ' +
        'il caricamento ricomincia; se parte da un punto diverso da «received», è rifiutato (`upload-offset`) e la ' +
        'risposta dice da dove proseguire; quando il documento è completo, non cambia più nulla (`upload-complete`).',
      params: One,
      consumes: ['application/octet-stream'],
      example: 'Il testo della delibera.',
      bodyLimit: LIMITS.sentBytes,
      answers: { 200: Shown },
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
      const upload = await uploadOf(request, request.params.id, deps);
      if (!upload.ok) return refused(reply, upload.problem);
      const piece = pieceOf(request, upload.value);
      if (!piece.ok) return refused(reply, piece.problem, upload.value.received);
      const bytes = bodyPieces(request.body as Readable, deps.silenceMs);
      const { aoo, uploadId } = upload.value;
      const signed = request.signedDigest !== null;
      const written = await writeUpload(aoo, uploadId, { ...piece.value, signed, bytes }, deps);
      return written.ok ? shown(reply, written.upload) : refused(reply, written.problem, written.received);
    },
  );
}

async function uploadOf(request: FastifyRequest, id: string, deps: UploadDeps): Promise<Result<Upload>> {
  const office = officeOf(request);
  return office.ok ? readUpload(office.value, id.toLowerCase(), deps) : office;
}

const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i;

/** Which bytes a request brings, by its headers alone; they must agree with each other and with what was announced. */
function pieceOf(request: FastifyRequest, upload: Upload): Result<{ start: number; length: number | null }> {
  const { headers } = request;
  const type = (headers['content-type'] ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (type !== '' && type !== 'application/octet-stream' && type !== upload.mediaType)
    return refuse(problem('media-type-unsupported', 'content-type', type.slice(0, 100)));
  if (encoding !== 'identity') return refuse(problem('media-type-unsupported', 'content-encoding', 'Content-Encoding'));
  if (request.body === undefined || request.body === null) return refuse(problem('body-missing'));
  const declared = headers['content-length'] === undefined ? null : Number(headers['content-length']);
  const field = headers['content-range'];
  if (field === undefined) {
    if (declared !== null && declared > upload.size)
      return refuse(problem('upload-too-large', '', String(upload.size)));
    return declared === null || declared === upload.size
      ? ok({ start: 0, length: declared })
      : notAnnounced(declared, upload.size);
  }
  const [, from, to, total] = CONTENT_RANGE.exec(field.trim()) ?? [];
  if (from === undefined) return refuse(problem('bad-request', 'content-range', 'Content-Range'));
  const [start, last] = [Number(from), Number(to)];
  const rightTotal = total === '*' || Number(total) === upload.size;
  if (!rightTotal || last < start || last >= upload.size)
    return refuse(problem('upload-range', 'content-range', `${start}-${last}/${total}, sono ${upload.size} byte`));
  const length = last - start + 1;
  return declared === null || declared === length ? ok({ start, length }) : notAnnounced(declared, length);
}

const notAnnounced = (declared: number, expected: number): Result<never> =>
  refuse(problem('upload-length', 'content-length', `${declared} invece di ${expected}`));

function shown(reply: FastifyReply, upload: Upload): unknown {
  const { uploadId, name, mediaType, size, received, state, sha256, createdAt, expiresAt } = upload;
  return reply.header('upload-offset', String(received)).send({
    id: uploadId,
    name,
    mediaType,
    size,
    received,
    state,
    ...(sha256 !== null && { sha256 }),
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  });
}

function refused(reply: FastifyReply, { code, message }: Problem, received: number | null = null): unknown {
  if (received !== null) reply.header('upload-offset', String(received));
  if (code === 'upload-busy') reply.header('retry-after', '5');
  if (code === 'upload-quota') reply.header('retry-after', '3600');
  return send(reply, code, '', message);
}
