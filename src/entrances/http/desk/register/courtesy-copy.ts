/** A copy of a PDF with the segnatura on it: made when somebody asks for it, and kept nowhere. */
import type { Sha256 } from '../../../../kernel/ids.ts';
import type { Problem } from '../../../../kernel/problems.ts';
import type { CourtesyCopies, StampLines } from '../../../../service/previews/courtesy-copy.ts';
import type { RegisterViews, RegistrationSheet } from '../../../../service/queries/register-views.ts';
import type { Office } from '../../../../service/register/office.ts';
import { sendFile } from '../../reply/file-reply.ts';
import { linkButton } from '../components/buttons.ts';
import { note, part, sheet } from '../components/note.ts';
import { registrationPath, shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { notFoundView } from '../gate-pages.ts';
import type { MessageDeps } from '../message/message-deps.ts';
import { shownName } from '../message/shown-document.ts';
import { html } from '../template.ts';
import type { View } from '../view.ts';
import { keyOf, openSheet } from './open-sheet.ts';
import { REGISTER_PATH } from './register-filter.ts';
import { directionWord } from './register-words.ts';

export interface CourtesyCopyDeps {
  readonly registerViews: Pick<RegisterViews, 'sheet'>;
  readonly papers: Pick<MessageDeps, 'registrationFiles'>;
  readonly copies: CourtesyCopies;
}

type StampedDocument = RegistrationSheet['documents'][number];

/** By its name or type: what it really is, its bytes say when a copy is asked for. */
export const isStampable = ({ name, mediaType }: Pick<StampedDocument, 'name' | 'mediaType'>): boolean =>
  mediaType === 'application/pdf' || /\.pdf$/i.test(name);

export const courtesyCopyPath = (row: RegistrationSheet, { sha256 }: Pick<StampedDocument, 'sha256'>): string =>
  `${registrationPath(row)}/copia/${sha256}`;

export function courtesyCopyRoutes(desk: Desk, { registerViews, papers, copies }: CourtesyCopyDeps): void {
  desk.page({ path: `${REGISTER_PATH}/:year/:number/copia/:sha256`, right: 'register:read' }, async (visit) => {
    const row = await openSheet(visit, { registerViews });
    const document = row?.documents.find(({ sha256 }) => sha256 === visit.params['sha256']);
    if (row === null || document === undefined) return notFoundView;
    const wanted = { document: document.sha256 as Sha256 };
    const original = await papers.registrationFiles.file(visit.aoo, keyOf(row), wanted, null);
    if (!original.ok) return noCopyView(row, document, original.problem);
    const named = { ...original.value, name: shownName(document.name), mediaType: document.mediaType };
    const copy = await copies(named, stampOf(visit.office, row));
    return copy.ok ? sendFile(visit.request, visit.reply, copy.value) : noCopyView(row, document, copy.problem);
  });
}

/** What a segnatura says at the least (DPR 445/2000 art. 55), and that this is no original. */
export const stampOf = (
  { name, code }: Pick<Office, 'name' | 'code'>,
  row: Pick<RegistrationSheet, 'number' | 'year' | 'date' | 'direction' | 'classification' | 'annulment'>,
): StampLines => [
  `Prot. n. ${row.number}/${row.year} del ${shortDay(row.date)} · ${directionWord(row.direction)}`,
  [name, `AOO ${code}`, ...(row.classification === null ? [] : [`classe ${row.classification}`])].join(' · '),
  ...(row.annulment === null ? [] : ['La registrazione è stata annullata.']),
  'Copia di cortesia: l’originale è quello conservato nel registro.',
];

function noCopyView(row: RegistrationSheet, document: StampedDocument, { code, message }: Problem): View {
  const path = registrationPath(row);
  const name = shownName(document.name);
  return {
    title: `Copia di ${name}`,
    at: 'registro',
    status: code === 'copy-busy' ? 503 : 422,
    body: html`<div class="d-crumb"><a href="${path}" data-escape>← ${row.number}/${row.year}</a></div>
      <div class="d-narrow"><h1 class="d-h1">La copia non si può fare</h1>
        ${sheet(
          part(
            {},
            html`<p class="d-isolate"><strong>${name}</strong></p>
        ${note('warn', html`<p>${message}</p>`)}
        <p>L’originale non è stato toccato. Il numero di protocollo può stare su un’etichetta${row.direction === 'incoming' && html`, o su una ricevuta`} da unire al documento.</p>
        <p class="d-acts">${code === 'copy-busy' && linkButton({ label: 'Riprova', kind: 'primary', href: courtesyCopyPath(row, document) })}
          ${linkButton({ label: 'Etichetta', kind: 'secondary', href: `${path}/etichetta` })}
          ${row.direction === 'incoming' && linkButton({ label: 'Ricevuta', kind: 'secondary', href: `${path}/ricevuta` })}</p>`,
          ),
        )}</div>`,
  };
}
