/**
 * The bytes of documents. They are always offered for saving and never become a page of the desk; what is shown of them is made
 * by the viewer on its own origin, or written anew here. Each is opened by where it belongs, so knowing a digest is not enough.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Sha256 } from '../../../../kernel/ids.ts';
import { type Problem, problem } from '../../../../kernel/problems.ts';
import { type Result, refuse } from '../../../../kernel/result.ts';
import type { DocumentFile } from '../../../../service/documents/read-document.ts';
import { type Right, readerOf } from '../../../../service/people/rights.ts';
import type { DocumentPreview } from '../../../../service/previews/preview.ts';
import { sendFile } from '../../reply/file-reply.ts';
import { sheet } from '../components/note.ts';
import type { Desk } from '../desk.ts';
import { html } from '../template.ts';
import { refused } from '../view.ts';
import { documentPane } from './document-pane.ts';
import type { MessageDeps, OfficeVisit } from './message-deps.ts';
import { shownName } from './shown-document.ts';
import { viewerFor } from './viewer-place.ts';

const IS_DIGEST = /^[0-9a-f]{64}$/;
const NOT_FOUND = refuse(problem('not-found'));

/** Finds the file that an address names, for whoever may see it. */
export async function openedFile(visit: OfficeVisit, deps: MessageDeps): Promise<Result<DocumentFile>> {
  const { mail, sha256, register, year, number } = visit.params;
  const reader = readerOf(visit.caller);
  if (sha256 !== undefined && !IS_DIGEST.test(sha256)) return NOT_FOUND;
  if (mail !== undefined) {
    const kept = await deps.sheets.keptMail(visit.aoo, mail, reader);
    if (kept === null || kept.sha256 === '') return NOT_FOUND;
    return sha256 === undefined
      ? deps.reader.mail({ sha256: kept.sha256 as Sha256, size: kept.size }, `${mail}.eml`)
      : deps.reader.inMail(kept.sha256 as Sha256, sha256 as Sha256);
  }
  if (register === undefined || !/^\d{4}$/.test(year ?? '') || !/^\d{1,12}$/.test(number ?? '')) return NOT_FOUND;
  const key = { register, year: Number(year), number: Number(number) };
  const registration = await deps.sheets.registration(visit.aoo, key, reader);
  if (registration === null || sha256 === undefined) return NOT_FOUND;
  return deps.registrationFiles.file(visit.aoo, key, { document: sha256 }, null);
}

const PLACES = [
  { path: '/documenti/posta/:mail', right: 'messages:read' },
  { path: '/documenti/posta/:mail/:sha256', right: 'messages:read' },
  { path: '/documenti/registro/:register/:year/:number/:sha256', right: 'register:read' },
] as const;

export function documentRoutes(desk: Desk, deps: MessageDeps): void {
  for (const { path, right } of PLACES) {
    fileRoute(desk, path, right, (visit) => openedFile(visit, deps));
    fileRoute(desk, `${path}/contenuto`, right, (visit) => insideOf(visit, deps));
    pageRoute(desk, path, right, deps, (visit) => openedFile(visit, deps));
    pageRoute(desk, `${path}/contenuto`, right, deps, (visit) => insideOf(visit, deps));
    desk.page({ path: `${path}/contenuto/mostra`, right }, async (visit) => {
      const file = await insideOf(visit, deps);
      if (!file.ok) return refused(file.problem, '/scrivania');
      const { name, mediaType, size, sha256 } = file.value;
      const [address = ''] = (visit.request.raw.url ?? '').split('/mostra');
      const document = {
        name: shownName(name ?? ''),
        mediaType,
        size,
        sha256,
        href: address,
        isPrimary: false,
        wrong: null,
      };
      return {
        title: document.name,
        body: html`<div class="d-doc-alone"><h1 class="d-h2"><bdi>${document.name}</bdi></h1>${sheet(
          documentPane(document, await deps.previews.of(file.value), viewerFor(visit, deps)),
        )}</div>`,
      };
    });
  }
}

async function insideOf(visit: OfficeVisit, deps: MessageDeps): Promise<Result<DocumentFile>> {
  const file = await openedFile(visit, deps);
  return file.ok ? deps.previews.inside(file.value) : file;
}

function fileRoute(
  desk: Desk,
  url: string,
  right: Right,
  open: (visit: OfficeVisit) => Promise<Result<DocumentFile>>,
): void {
  desk.server.get(url, { config: { access: 'desk', right }, schema: { hide: true } }, async (request, reply) => {
    const visit = await desk.admit(request, reply, right as 'messages:read');
    if (visit === null) return reply;
    const file = await open(visit);
    return file.ok ? sendFile(request, reply, file.value) : sendMissing(reply, file.problem);
  });
}

const sendMissing = (reply: FastifyReply, { code, message }: Problem): FastifyReply =>
  reply
    .code(code === 'not-found' ? 404 : 422)
    .type('text/plain; charset=utf-8')
    .send(`${message}\n`);

/** A page of a mail, or a mail's own: only for the sandboxed frame in which the desk shows it. */
const PAGE_POLICY =
  "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'";
const PAGE_STYLE =
  'body{margin:16px;font:16px/24px system-ui,sans-serif;color:#17202b;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}.a{text-decoration:underline}.n{color:#46535f}.x{display:inline-block;padding:2px 6px;border:1px dashed #6b7885;color:#46535f;font-size:14px}';

function pageRoute(
  desk: Desk,
  path: string,
  right: Right,
  deps: MessageDeps,
  open: (visit: OfficeVisit) => Promise<Result<DocumentFile>>,
): void {
  const url = `${path}/pagina`;
  desk.server.get(
    url,
    { config: { access: 'desk', right }, schema: { hide: true } },
    async (request: FastifyRequest, reply) => {
      const visit = await desk.admit(request, reply, right as 'messages:read');
      if (visit === null) return reply;
      const file = await open(visit);
      if (!file.ok) return sendMissing(reply, file.problem);
      const page = pageIn(await deps.previews.of(file.value));
      if (page === null) return sendMissing(reply, problem('not-found'));
      return reply
        .header('content-security-policy', PAGE_POLICY)
        .header('x-content-type-options', 'nosniff')
        .header('referrer-policy', 'no-referrer')
        .type('text/html; charset=utf-8')
        .send(
          `<!doctype html><html lang="it"><head><meta charset="utf-8"><title>Documento</title><style>${PAGE_STYLE}</style></head><body>${page}</body></html>`,
        );
    },
  );
}

const pageIn = (preview: DocumentPreview): string | null =>
  preview.kind === 'page' ? preview.page.html : preview.kind === 'mail' ? (preview.page?.html ?? null) : null;
