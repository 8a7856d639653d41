/**
 * Screen 2. The address of a message is its exchange: version, decisions and history belong to it, and a mail that comes again
 * does not change it. A mail's own id leads there too; one that belongs to no exchange is shown by itself.
 */
import { PassThrough } from 'node:stream';
import type { Sha256 } from '../../../../kernel/ids.ts';
import { mayDo, readerOf } from '../../../../service/people/rights.ts';
import type { DocumentPreview } from '../../../../service/previews/preview.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import { viewerFiles, viewerRoutes } from '../../preview/viewer-files.ts';
import { attachment } from '../../reply/content-disposition.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import { recipientsOf } from '../send/recipients.ts';
import { seeOther } from '../view.ts';
import { documentRoutes } from './document-routes.ts';
import { messageActs } from './message-acts.ts';
import type { MessageDeps, OfficeVisit } from './message-deps.ts';
import { messageView } from './message-page.ts';
import { evidencePage, loneMailView, receiptView } from './message-papers.ts';
import { actsOn } from './message-state.ts';
import { choicesFor, seenBefore } from './register-choices.ts';
import { documentsOfMail, documentsOfRegistration, type ShownDocument } from './shown-document.ts';
import { OPAQUE_PREFIX, viewerFor } from './viewer-place.ts';

export function messageRoutes(desk: Desk, deps: MessageDeps): void {
  desk.page({ path: '/messaggi/:id', right: 'messages:read' }, async (visit) => {
    const reader = readerOf(visit.caller);
    const id = visit.params['id'] ?? '';
    const sheet = await deps.sheets.exchange(visit.aoo, id, reader);
    if (sheet !== null) return messageView(visit, await shownMessage(visit, sheet, deps));
    const lone = await deps.sheets.mail(visit.aoo, id, reader);
    if (lone === null) return notFoundView;
    if (lone.mail.exchange !== null) return seeOther(`/messaggi/${lone.mail.exchange}`);
    return loneMailView(
      lone,
      await rawPreview(lone.mail, deps),
      viewerFor(visit, deps),
      mayDo(visit.caller, 'messages:decide'),
    );
  });
  paperRoutes(desk, deps);
  messageActs(desk, deps);
  documentRoutes(desk, deps);
  viewerRoutes(desk.server, viewerFiles(), {
    prefix: OPAQUE_PREFIX,
    desk: ({ protocol, host }) => `${protocol}://${host}`,
    config: { access: 'desk', isOpen: true },
  });
}

async function shownMessage(visit: OfficeVisit, sheet: MessageSheet, deps: MessageDeps) {
  const { exchange, mail, registration } = sheet;
  const documents = await documentsOf(sheet, deps);
  const asked = Number(visit.query.text('documento'));
  const chosen = Number.isInteger(asked) && asked >= 1 && asked <= documents.length ? asked - 1 : 0;
  const [preview, content, seen, recipients] = await Promise.all([
    previewOf(visit, sheet, documents[chosen], deps),
    mail === null ? null : deps.contents.of(mail),
    seenBefore(visit, sheet, documents, deps),
    exchange.direction === 'incoming' || registration === null
      ? null
      : recipientsOf(visit, registration, deps.recipients),
  ]);
  const registers = mayDo(visit.caller, 'messages:decide') && actsOn(sheet).has('register');
  const offered = registers ? { ...(await choicesFor(visit, sheet, deps)), seen } : null;
  return {
    sheet,
    documents,
    chosen,
    preview,
    content,
    seen,
    offered,
    recipients,
    viewer: viewerFor(visit, deps),
    now: deps.now(),
  };
}

async function documentsOf(
  { exchange, mail }: MessageSheet,
  { views }: MessageDeps,
): Promise<readonly ShownDocument[]> {
  if (mail !== null) return documentsOfMail(mail);
  const registration = exchange.registration === null ? null : await views.registration(exchange.registration);
  return registration === null ? [] : documentsOfRegistration(registration);
}

async function previewOf(
  visit: OfficeVisit,
  { mail, registration }: MessageSheet,
  document: ShownDocument | undefined,
  deps: MessageDeps,
): Promise<DocumentPreview | null> {
  if (document === undefined || document.sha256 === null || document.href === null) return null;
  const file =
    mail !== null
      ? await deps.reader.inMail(mail.sha256 as Sha256, document.sha256 as Sha256)
      : registration !== null
        ? await deps.registrationFiles.file(visit.aoo, registration, { document: document.sha256 }, null)
        : null;
  if (file === null) return null;
  return file.ok ? deps.previews.of(file.value) : { kind: 'failed', of: 'other', problem: file.problem };
}

async function rawPreview(
  { sha256, size, id }: { readonly sha256: string; readonly size: number; readonly id: string },
  deps: MessageDeps,
) {
  if (sha256 === '') return null;
  const file = await deps.reader.mail({ sha256: sha256 as Sha256, size }, `${id}.eml`);
  return file.ok ? deps.previews.of(file.value) : null;
}

function paperRoutes(desk: Desk, deps: MessageDeps): void {
  desk.page({ path: '/messaggi/:id/prova/:mail', right: 'messages:read' }, async (visit) => {
    const reader = readerOf(visit.caller);
    const sheet = await deps.sheets.exchange(visit.aoo, visit.params['id'] ?? '', reader);
    const mail = await deps.sheets.keptMail(visit.aoo, visit.params['mail'] ?? '', reader);
    if (sheet === null || mail === null) return notFoundView;
    return evidencePage(sheet, mail, await rawPreview(mail, deps), viewerFor(visit, deps));
  });
  desk.page({ path: '/messaggi/:id/ricevuta', right: 'messages:read' }, async (visit) => {
    const sheet = await deps.sheets.exchange(visit.aoo, visit.params['id'] ?? '', readerOf(visit.caller));
    return sheet === null ? notFoundView : receiptView(visit.office, sheet, await documentsOf(sheet, deps), deps.now());
  });
  const right = 'messages:read';
  desk.server.get(
    '/messaggi/:id/prove.zip',
    { config: { access: 'desk', right }, schema: { hide: true } },
    async (request, reply) => {
      const visit = await desk.admit(request, reply, right);
      if (visit === null) return reply;
      const sheet = await deps.sheets.exchange(visit.aoo, visit.params['id'] ?? '', readerOf(visit.caller));
      const opened = sheet === null ? null : await deps.evidence(visit.aoo, sheet.exchange.id);
      if (opened === null)
        return reply.code(404).type('text/plain; charset=utf-8').send('Non ci sono prove a questo indirizzo.\n');
      return reply
        .header('content-disposition', attachment(opened.name))
        .header('content-security-policy', "sandbox; default-src 'none'")
        .type('application/zip')
        .send(opened.stream.pipe(new PassThrough()));
    },
  );
}
