/** One document, shown as far as it can be: in the viewer's frame, as text, as an inert page, as a list of names. */
import type { DocumentPreview, PreviewedMail, PreviewedSigned } from '../../../../service/previews/preview.ts';
import type { ShownVerdict } from '../components/badge.ts';
import { verdicts } from '../components/badge.ts';
import { linkButton } from '../components/buttons.ts';
import { icon } from '../components/icon.ts';
import { dataTable } from '../components/lists.ts';
import { facts, note } from '../components/note.ts';
import { romeFull } from '../components/when.ts';
import { type Html, html, NOTHING } from '../template.ts';
import { aboutPage } from './page-notes.ts';
import { type ShownDocument, shownName, sizeInWords, typeInWords } from './shown-document.ts';

/** Where the viewer of documents is. */
export interface Viewer {
  readonly address: string;
  /** It is the desk's own, in an opaque frame. */
  readonly isOpaque: boolean;
}

export function documentPane(document: ShownDocument, preview: DocumentPreview | null, viewer: Viewer): Html {
  const { href } = document;
  const kind = document.isPrimary ? 'Documento principale' : 'Allegato';
  return html`
  <div class="d-doc-head"><p class="d-second">${kind} · ${typeInWords(document)}${document.size > 0 && html`, ${sizeInWords(document.size)}`}</p>${
    href !== null &&
    html`<a class="d-doc-save" href="${href}" download aria-label="Scarica ${document.name}">${icon('it-download')}<span>Scarica</span></a>`
  }</div>
  ${
    href === null || preview === null
      ? note('warn', html`<strong>Il documento manca.</strong> È scritto nella segnatura, ma nel messaggio non c’è.`)
      : shownPreview(document, href, preview, viewer)
  }`;
}

function shownPreview(document: ShownDocument, href: string, preview: DocumentPreview, viewer: Viewer): Html {
  switch (preview.kind) {
    case 'pdf':
    case 'image':
      return framed(preview.kind, document, href, viewer);
    case 'text':
      return html`<pre class="d-doc-text" tabindex="0" aria-label="Testo di ${document.name}">${preview.text}</pre>${preview.isCut && CUT}`;
    case 'page':
      return html`${pageFrame(`${href}/pagina`, document.name)}${aboutPage(preview.page.removed, preview.page.links)}${preview.isCut && CUT}`;
    case 'mail':
      return shownMail(preview, `${href}/pagina`);
    case 'signed':
      return shownSigned(document, href, preview, viewer);
    case 'archive':
      return html`<div class="d-doc-list"><p>L’archivio contiene ${preview.count} file. Qui si leggono solo i nomi.</p>${dataTable(
        {
          caption: 'File nell’archivio',
          head: ['Nome', { label: 'Dimensione', isNumber: true }],
          rows: preview.files.map(({ name, size }) => [html`<bdi>${shownPath(name)}</bdi>`, sizeInWords(size)]),
        },
      )}${preview.files.length < preview.count && CUT}</div>`;
    case 'failed':
      return html`<div class="d-doc-list">${note('warn', html`${preview.problem.message}`)}</div>`;
    case 'other':
      return html`<div class="d-doc-list">${facts([
        ['Nome', html`<bdi>${document.name}</bdi>`],
        ['Tipo', typeInWords(document)],
        ['Dimensione', sizeInWords(document.size)],
      ])}<p class="d-second">Questo tipo di documento non si mostra qui. Scaricalo per aprirlo con il suo programma.</p></div>`;
  }
}

const CUT = html`<p class="d-second d-doc-cut">Qui si vede l’inizio. Scarica il documento per leggerlo tutto.</p>`;

/** With its folders: in an archive they are part of what a file is. */
const shownPath = (path: string): string =>
  path
    .slice(0, 500)
    .split('/')
    .map((part) => (part === '' ? '' : shownName(part)))
    .join('/');

const TYPES_BY_NAME: readonly (readonly [RegExp, string])[] = [
  [/\.svg$/i, 'image/svg+xml'],
  [/\.png$/i, 'image/png'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.gif$/i, 'image/gif'],
  [/\.webp$/i, 'image/webp'],
];

function framed(kind: 'pdf' | 'image', document: ShownDocument, bytes: string, { address, isOpaque }: Viewer): Html {
  const type =
    kind === 'pdf'
      ? 'application/pdf'
      : (TYPES_BY_NAME.find(([is]) => is.test(document.name))?.[1] ??
        (document.mediaType.startsWith('image/') ? document.mediaType : 'image/png'));
  return html`
  <div class="d-viewer" data-module="preview" data-viewer="${address}" data-bytes="${bytes}" data-kind="${kind}" data-type="${type}" data-name="${document.name}"${isOpaque && html` data-opaque=""`}>
    <div class="d-viewer-bar" data-part="bar" hidden>
      <span data-part="pages" role="status"></span>
      ${tool('before', 'it-chevron-left', 'Pagina precedente')}
      ${tool('after', 'it-chevron-right', 'Pagina seguente')}
      ${tool('smaller', 'it-zoom-out', 'Riduci')}
      <span class="d-viewer-zoom" data-part="zoom"></span>
      ${tool('larger', 'it-zoom-in', 'Ingrandisci')}
    </div>
    <div class="d-viewer-place" data-part="frame"><p class="d-second">L’anteprima si apre qui. Se non si apre, <a href="${bytes}" download>scarica il documento</a>.</p></div>
    <p class="d-note d-note--warn" data-part="failed" role="alert" hidden></p>
  </div>`;
}

const tool = (name: string, shape: Parameters<typeof icon>[0], label: string): Html =>
  html`<button type="button" class="d-tool" data-part="${name}" aria-label="${label}" title="${label}">${icon(shape)}</button>`;

/** A page of a mail: written anew, and still in a sandbox with a policy of its own. */
const pageFrame = (address: string, name: string): Html =>
  html`<iframe class="d-page-frame" sandbox="" src="${address}" title="${name}, com’era impaginato" loading="lazy" referrerpolicy="no-referrer"></iframe>`;

function shownMail(mail: PreviewedMail, pageAddress: string): Html {
  return html`<div class="d-doc-list">${facts([
    ['Da', mail.from === null ? null : html`<bdi>${mail.from}</bdi>`],
    ['A', mail.to.length === 0 ? null : html`<bdi>${mail.to.slice(0, 20).join(', ')}</bdi>`],
    ['Data', mail.date === null ? null : romeFull(mail.date)],
    ['Oggetto', html`<bdi>${mail.subject.slice(0, 2_000)}</bdi>`],
  ])}</div>
  ${mail.text !== null ? html`<pre class="d-doc-text" tabindex="0" aria-label="Testo del messaggio">${mail.text}</pre>` : NOTHING}
  ${mail.page !== null && html`${mail.text === null ? pageFrame(pageAddress, 'Messaggio') : html`<details class="d-doc-list"><summary>Com’era impaginato</summary>${pageFrame(pageAddress, 'Messaggio')}</details>`}${aboutPage(mail.page.removed, mail.page.links)}`}
  ${
    mail.files.length > 0 &&
    html`<div class="d-doc-list"><h3>File nel messaggio</h3><ul>${mail.files.map(({ name, size }) => html`<li><bdi>${shownName(name ?? '')}</bdi>, ${sizeInWords(size)}</li>`)}</ul></div>`
  }`;
}

function shownSigned(
  document: ShownDocument,
  href: string,
  { signature, inside }: PreviewedSigned,
  viewer: Viewer,
): Html {
  const line: ShownVerdict =
    signature.verdict === 'intact'
      ? { kind: 'proven', sentence: 'La firma è intatta: il documento è quello che è stato firmato.' }
      : signature.verdict === 'broken'
        ? {
            kind: 'not-so',
            sentence: 'La firma non è valida: il documento non è quello che è stato firmato.',
            how: signature.reason,
          }
        : signature.verdict === 'absent'
          ? { kind: 'does-not-apply', sentence: 'C’è una marca temporale, ma nessuna firma.' }
          : { kind: 'doubtful', sentence: 'La firma non si può verificare.', how: signature.reason };
  const content: ShownDocument | null =
    inside === null
      ? null
      : { ...document, name: shownName(inside.name), mediaType: 'application/octet-stream', size: inside.size };
  return html`<div class="d-doc-list">${verdicts([line])}${
    content !== null &&
    html`<p class="d-second">Dentro la firma: <bdi>${content.name}</bdi>, ${sizeInWords(content.size)}. <a href="${href}/contenuto" download>Scarica solo il contenuto</a></p>`
  }</div>${
    content === null || inside === null
      ? NOTHING
      : inside.kind === 'pdf' || inside.kind === 'image'
        ? framed(inside.kind, content, `${href}/contenuto`, viewer)
        : inside.kind === 'other' || inside.kind === 'signed'
          ? NOTHING
          : html`<div class="d-doc-list">${linkButton({ label: 'Leggi il contenuto', href: `${href}/contenuto/mostra`, kind: 'secondary', small: true })}</div>`
  }`;
}
