/**
 * Documents on their way in from a page: announced, sent in pieces with progress and resume, taken back. The browser module
 * `uploads.js` asks here; without script the files come with the form.
 */
import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../../kernel/ids.ts';
import { PROBLEMS, type Problem, problem } from '../../../../kernel/problems.ts';
import { ok, type Result } from '../../../../kernel/result.ts';
import { openUpload } from '../../../../service/uploads/open-upload.ts';
import { cancelUpload, readUpload } from '../../../../service/uploads/read-upload.ts';
import type { UploadDeps } from '../../../../service/uploads/upload-lifetime.ts';
import type { Upload } from '../../../../service/uploads/upload-store.ts';
import { writeUpload } from '../../../../service/uploads/write-upload.ts';
import { bodyChunks } from '../../body/body-chunks.ts';
import type { Desk } from '../desk.ts';
import { postedForm } from '../form.ts';
import { type FormFile, formFilesOf } from '../form-files.ts';
import type { ActVisit, Visit } from '../visit.ts';

export interface DocumentUploadDeps {
  readonly uploads: UploadDeps;
}

const config = { access: 'desk', right: 'send' } as const;
const schema = { hide: true };

export const uploadClient = ({ personId }: { readonly personId: string }): string => `person:${personId}`;

export function documentUploadRoutes({ server, admit }: Desk, { uploads }: DocumentUploadDeps): void {
  server.addContentTypeParser('application/octet-stream', async (_request: FastifyRequest, payload: Readable) => {
    payload.on('error', () => undefined);
    return payload;
  });
  server.post('/documenti-in-arrivo', { config, schema }, async (request, reply) => {
    const visit = await admit(request, reply, 'send');
    if (visit === null) return reply;
    const form = postedForm(request.body);
    const opened = await openUpload(
      visit.aoo,
      {
        name: form.text('nome'),
        mediaType: form.text('tipo') || UNKNOWN_TYPE,
        size: Number(form.text('byte')),
        sha256: form.text('impronta') || null,
        client: uploadClient(visit.caller),
      },
      uploads,
    );
    return opened.ok ? reply.status(201).send(shown(opened.value)) : said(reply, opened.problem, null);
  });
  server.get('/documenti-in-arrivo/:id', { config, schema }, async (request, reply) => {
    const visit = await admit(request, reply, 'send');
    if (visit === null) return reply;
    const found = await own(visit, request, uploads);
    return found.ok ? reply.send(shown(found.value)) : said(reply, found.problem, null);
  });
  server.put('/documenti-in-arrivo/:id', { config, schema, bodyLimit: MOST_PIECE }, async (request, reply) => {
    const visit = await admit(request, reply, 'send');
    if (visit === null) return reply;
    const found = await own(visit, request, uploads);
    if (!found.ok) return said(reply, found.problem, null);
    const start = Number(postedForm(request.query).text('da'));
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    if (!Number.isSafeInteger(start) || start < 0 || !Number.isSafeInteger(length))
      return said(reply, problem('bad-request', '', 'il pezzo non dice dove comincia o quanto è lungo'), null);
    const bytes = bodyChunks(request.body as Readable);
    const written = await writeUpload(visit.aoo, found.value.uploadId, { start, length, bytes }, uploads);
    return written.ok ? reply.send(shown(written.upload)) : said(reply, written.problem, written.received);
  });
  server.delete('/documenti-in-arrivo/:id', { config, schema }, async (request, reply) => {
    const visit = await admit(request, reply, 'send');
    if (visit === null) return reply;
    const found = await own(visit, request, uploads);
    const refused = found.ok ? await cancelUpload(visit.aoo, found.value.uploadId, uploads) : found.problem;
    return refused === null ? reply.status(204).send() : said(reply, refused, null);
  });
}

/** Pieces are smaller; proxies often take no more than this. */
const MOST_PIECE = 16 * 1024 * 1024;
const UNKNOWN_TYPE = 'application/octet-stream';

/** Only what this person sends: an id alone opens nothing. */
async function own(visit: Visit<'send'>, request: FastifyRequest, deps: UploadDeps): Promise<Result<Upload>> {
  const { id = '' } = request.params as { readonly id?: string };
  const unknown = { ok: false, problem: problem('upload-unknown', '', id.slice(0, 40)) } as const;
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return unknown;
  const found = await readUpload(visit.aoo, id, deps);
  return found.ok && found.value.client !== uploadClient(visit.caller) ? unknown : found;
}

const shown = ({ uploadId, name, size, received, state, sha256 }: Upload) => ({
  ...{ id: uploadId, nome: name, byte: size, ricevuti: received, completo: state === 'complete', impronta: sha256 },
});

const said = (reply: FastifyReply, why: Problem, received: number | null) =>
  reply.status(PROBLEMS[why.code].http).send({ motivo: why.message, ricevuti: received });

/** Files that came with the form itself become uploads like the others; the first that cannot be taken says why. */
export async function keepFormFiles(
  visit: ActVisit<'send'> | ActVisit<'register:write'>,
  deps: UploadDeps,
): Promise<Result<readonly string[]>> {
  const ids: string[] = [];
  for (const file of formFilesOf(visit.request)) {
    const kept = await keepFormFile(visit.aoo, file, uploadClient(visit.caller), deps);
    if (!kept.ok) return kept;
    ids.push(kept.value);
  }
  return ok(ids);
}

/** Under the id of a new upload. */
export async function keepFormFile(
  aoo: AooId,
  { name, mediaType, bytes }: FormFile,
  client: string,
  deps: UploadDeps,
): Promise<Result<string>> {
  const size = bytes.length;
  const opened = await openUpload(
    aoo,
    { name, mediaType: mediaType || UNKNOWN_TYPE, size, sha256: null, client },
    deps,
  );
  if (!opened.ok) return opened;
  const { uploadId } = opened.value;
  const written = await writeUpload(aoo, uploadId, { start: 0, length: size, bytes: whole(bytes) }, deps);
  return written.ok ? ok(uploadId) : written;
}

async function* whole(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
