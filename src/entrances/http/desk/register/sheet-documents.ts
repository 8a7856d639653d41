/** The documents of a registration: listed, and one of them shown in place, as a message's are. */
import type { Sha256 } from '../../../../kernel/ids.ts';
import { PROBLEMS } from '../../../../kernel/problems.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import type { DocumentPreview } from '../../../../service/previews/preview.ts';
import type { RegistrationSheet } from '../../../../service/queries/register-views.ts';
import { tag } from '../components/badge.ts';
import { icon } from '../components/icon.ts';
import { registrationPath } from '../components/when.ts';
import { documentPane } from '../message/document-pane.ts';
import type { MessageDeps } from '../message/message-deps.ts';
import { documentsOfRegistration, type ShownDocument, shownName, sizeInWords } from '../message/shown-document.ts';
import { viewerFor } from '../message/viewer-place.ts';
import { attribute, type Html, html } from '../template.ts';
import type { Visit } from '../visit.ts';
import { courtesyCopyPath, isStampable } from './courtesy-copy.ts';
import { keyOf } from './open-sheet.ts';

export type SheetDocumentDeps = Pick<MessageDeps, 'registrationFiles' | 'previews' | 'previewOrigin'>;

/** A list of hundreds is shown whole; what is beyond is on paper only. */
const ROLE_TAGS = { primary: 'principale', attachment: null, undeclared: 'non dichiarato' } as const;

/** `?documento=2` opens the second: until one is asked for, no viewer is loaded. */
export async function sheetDocuments(
  visit: Visit<'register:read'>,
  row: RegistrationSheet,
  deps: SheetDocumentDeps,
): Promise<Html> {
  const documents = documentsOfRegistration(row);
  const asked = Number(visit.query.text('documento'));
  const chosen = Number.isInteger(asked) && asked >= 1 ? documents[asked - 1] : undefined;
  const [life] = row.lives;
  const besides =
    row.message !== null && life !== undefined && mayDo(visit.caller, 'messages:read')
      ? html`<a href="/messaggi/${life.exchangeId}">Apri il messaggio</a>`
      : null;
  return html`<section class="d-part" id="documenti"><div class="d-part-head"><h2 class="d-h3">Documenti</h2>${besides}</div>${
    documents.length === 0
      ? html`<p class="d-second">Nessun documento.</p>`
      : html`<ul class="d-documents">${documents.map((one, place) => line(row, one, place, { documents, chosen }))}</ul>`
  }</section>${
    chosen !== undefined &&
    html`<section class="d-sheet-preview" aria-label="Anteprima di ${chosen.name}">${documentPane(
      chosen,
      await previewOf(visit, row, chosen, deps),
      viewerFor(visit, deps),
    )}</section>`
  }`;
}

interface Listed {
  readonly documents: readonly ShownDocument[];
  readonly chosen: ShownDocument | undefined;
}

function line(row: RegistrationSheet, one: ShownDocument, place: number, { documents, chosen }: Listed): Html {
  const word = ROLE_TAGS[row.documents[place]?.role ?? 'attachment'];
  const { name, href, size, sha256 } = one;
  const isShown = one === chosen;
  const isNext = place === (chosen === undefined ? 0 : (documents.indexOf(chosen) + 1) % documents.length);
  const path = registrationPath(row);
  return html`<li${attribute('class', isShown ? 'd-document--shown' : null)}><span class="d-document-name">${icon(
    name.toLowerCase().endsWith('.pdf') ? 'it-file-pdf-ext' : 'it-file',
  )}<a class="d-isolate" href="${path}?documento=${place + 1}#documenti"${[
    attribute('aria-current', isShown ? 'true' : null),
    attribute('data-key', isNext ? 'd' : null),
    attribute('aria-keyshortcuts', isNext ? 'd' : null),
  ]}>${name}</a></span> ${word !== null && tag(word)}<span class="d-second d-document-facts">${sizeInWords(size)} · impronta <code title="${sha256}">${(sha256 ?? '').slice(0, 6)}…${(sha256 ?? '').slice(-2)}</code> · ${
    isShown
      ? html`<a href="${path}#documenti">Chiudi<span class="visually-hidden"> l’anteprima di ${name}</span></a>`
      : html`<a href="${href}" download>Scarica<span class="visually-hidden"> ${name}</span></a>`
  }${copyLink(row, row.documents[place])}</span>${textLine(row.documents[place])}</li>`;
}

/** What the search does not see, said quietly: the document itself is whole. */
const textLine = (one: RegistrationSheet['documents'][number] | undefined): Html | false =>
  one?.textReason != null && html`<span class="d-second d-document-facts">${PROBLEMS[one.textReason].sentence}</span>`;

const copyLink = (row: RegistrationSheet, one: RegistrationSheet['documents'][number] | undefined): Html | false =>
  one !== undefined &&
  isStampable(one) &&
  html` · <a href="${courtesyCopyPath(row, one)}">Copia con segnatura<span class="visually-hidden"> di ${shownName(one.name)}</span></a>`;

async function previewOf(
  { aoo }: Visit<'register:read'>,
  row: RegistrationSheet,
  { sha256 }: ShownDocument,
  { registrationFiles, previews }: SheetDocumentDeps,
): Promise<DocumentPreview> {
  const file = await registrationFiles.file(aoo, keyOf(row), { document: sha256 as Sha256 }, null);
  return file.ok ? previews.of(file.value) : { kind: 'failed', of: 'other', problem: file.problem };
}
