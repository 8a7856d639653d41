/** The message as it is being written. One form: everything in it works without script, and every press keeps the draft. */
import { LIMITS } from '../../../../kernel/limits.ts';
import type { Upload } from '../../../../service/uploads/upload-store.ts';
import { tag } from '../components/badge.ts';
import { actBar, button } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, faultyTitle, field, textArea } from '../components/fields.ts';
import { note, part, sheet } from '../components/note.ts';
import { romeTime } from '../components/when.ts';
import { flag, type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import { type DraftContent, valueIn } from './draft-content.ts';
import { lineFor } from './recipient-lines.ts';

/** Somebody that may be meant by what was typed. */
export interface FoundRecipient {
  readonly name: string;
  /** A code of the index, or an address. */
  readonly target: string;
  /** Where it is from. */
  readonly beside: string;
}

export interface SendFormShown {
  readonly draftId: string;
  /** 0: not saved yet. */
  readonly version: number;
  readonly savedAt: Date | null;
  readonly content: DraftContent;
  readonly uploads: readonly Upload[];
  readonly sought: string;
  /** Null: nothing was asked for. */
  readonly found: readonly FoundRecipient[] | null;
  readonly faults: Faults;
  readonly token: string;
}

export const sendFormView = (shown: SendFormShown): View => ({
  title: faultyTitle('Nuovo messaggio', shown.faults),
  at: 'invia',
  status: shown.faults.size > 0 ? 422 : 200,
  body: html`
    <div class="d-head"><h1 class="d-h1">Nuovo messaggio</h1><p class="d-second" id="salvata" data-versione="${shown.version}">${
      shown.savedAt !== null && html`bozza salvata alle ${romeTime(shown.savedAt)}`
    }</p></div>
    ${errorSummary(shown.faults)}
    <form id="messaggio" method="post" action="/invia/bozza" enctype="multipart/form-data" novalidate data-module="send-draft">
      ${actFields(shown, { version: shown.version })}<input type="hidden" name="bozza" value="${shown.draftId}">
      <button class="visually-hidden" name="azione" value="salva" tabindex="-1" aria-hidden="true">Salva la bozza</button>
      <div class="d-columns d-columns--form">
        ${sheet(part({}, recipients(shown)), part({}, words(shown)))}
        ${sheet(part({ title: 'Documenti' }, documents(shown)), part({}, answering(shown)))}
      </div>
      <div class="d-form-acts">${actBar(
        button({ label: 'Controlla', kind: 'primary', name: 'azione', value: 'controlla' }),
        button({ label: 'Lascia in bozza', kind: 'secondary', name: 'azione', value: 'salva' }),
      )}<p class="d-second">Il numero si prende solo quando invii, dopo il controllo.</p></div>
    </form>`,
});

const recipients = ({ content, sought, found, faults }: SendFormShown): Html => html`
  <div data-module="recipients">
    <div class="d-inline">${field({
      name: 'cerca',
      label: 'Cerca un destinatario',
      value: sought,
      help: 'Nome, codice o indirizzo: dall’indice e dalla rubrica.',
      most: 200,
      more: html` hx-get="/invia" hx-trigger="input changed delay:200ms" hx-select="#trovati" hx-target="#trovati" hx-swap="outerMorph"`,
    })}${button({ label: 'Cerca', kind: 'secondary', name: 'azione', value: 'cerca' })}</div>
    ${foundList(sought, found)}
  </div>
  ${textArea({
    name: 'destinatari',
    label: 'Destinatari, uno per riga',
    value: valueIn(content, 'destinatari'),
    rows: 5,
    most: LIMITS.recipientsText,
    help: 'Un codice dell’indice, o Nome <indirizzo> per ditte e cittadini. Si può incollare un elenco.',
    faults,
  })}
  ${textArea({
    name: 'conoscenza',
    label: 'Per conoscenza, uno per riga',
    value: valueIn(content, 'conoscenza'),
    rows: 1,
    most: LIMITS.recipientsText,
    faults,
  })}`;

const foundList = (sought: string, found: readonly FoundRecipient[] | null): Html => html`
  <div id="trovati" class="d-found-place">${
    found !== null &&
    html`<p role="status" class="${found.length === 0 ? 'd-second' : 'visually-hidden'}">${
      found.length === 0
        ? `Nessuno si chiama «${sought}». Per una ditta o un cittadino scrivi Nome <indirizzo> qui sotto.`
        : `${found.length} ${found.length === 1 ? 'trovato' : 'trovati'}`
    }</p>${
      found.length > 0 &&
      html`<ul class="d-sought">${found.map(
        ({ name, target, beside }) =>
          html`<li><button name="aggiungi" value="${lineFor(name, target)}"><bdi>${name}</bdi><span class="d-second"><bdi>${target}</bdi> · ${beside}</span></button></li>`,
      )}</ul>`
    }`
  }</div>`;

const words = ({ content, faults }: SendFormShown): Html => html`
  ${field({ name: 'oggetto', label: 'Oggetto', value: valueIn(content, 'oggetto'), most: 20_000, faults, required: true })}
  ${textArea({ name: 'testo', label: 'Testo del messaggio', value: valueIn(content, 'testo'), rows: 6, most: 100_000 })}
  <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/titolario" data-least="1" data-label="Voci del titolario">${field(
    {
      name: 'classifica',
      label: 'Classificazione',
      optional: true,
      value: valueIn(content, 'classifica'),
      help: 'Codice o parole della voce del titolario, per esempio VI.3 o «edilizia».',
      most: 500,
      faults,
    },
  )}</div>`;

const documents = ({ content, uploads, faults }: SendFormShown): Html => html`
  <ul class="d-files" id="documenti">${uploads.map(
    (upload, place) => html`
    <li><input type="hidden" name="documento" value="${upload.uploadId}"><span class="d-files-name"><bdi>${upload.name}</bdi>${
      isMain(content, upload, place) && html` ${tag('principale')}`
    }<span class="d-second"> ${kilobytes(upload.size)}</span></span>
      <label class="d-check"><input type="radio" name="principale" value="${upload.uploadId}"${flag('checked', isMain(content, upload, place))}><span>Principale<span class="visually-hidden">: ${upload.name}</span></span></label>
      ${button({ label: 'Togli', kind: 'quiet', small: true, name: 'togli', value: upload.uploadId, says: `Togli ${upload.name}` })}</li>`,
  )}</ul>
  <div class="d-inline">${field({
    name: 'file',
    label: uploads.length === 0 ? 'Scegli i documenti' : 'Altri documenti',
    type: 'file',
    multiple: true,
    help: `Al massimo ${LIMITS.formBytes / 1024 / 1024} MB per volta.`,
    faults,
  })}${button({ label: 'Carica', kind: 'secondary', name: 'azione', value: 'carica' })}</div>`;

const isMain = (content: DraftContent, { uploadId }: Upload, place: number): boolean => {
  const chosen = valueIn(content, 'principale');
  const isThere = (content['documento'] ?? []).includes(chosen);
  return isThere ? chosen === uploadId : place === 0;
};

const answering = ({ content }: SendFormShown): Html => html`
  ${checkbox({ name: 'conferma', label: 'Chiedi la conferma di registrazione', checked: valueIn(content, 'conferma') === 'si', help: 'agli uffici; ditte e cittadini non la mandano' })}
  ${field({ name: 'risposta', label: 'In risposta a', optional: true, value: valueIn(content, 'risposta'), most: 300, help: 'Il protocollo a cui rispondi: gli altri uffici lo leggono nella segnatura.' })}
  ${checkbox({ name: 'riservato', label: 'Riservato', checked: valueIn(content, 'riservato') === 'si', help: 'in questo registro lo vedono solo tu, chi lo ha in carico e il responsabile' })}`;

/** `1,4 MB`. */
export const kilobytes = (bytes: number): string =>
  bytes >= 1_048_576
    ? `${(bytes / 1_048_576).toLocaleString('it-IT', { maximumFractionDigits: 1 })} MB`
    : `${Math.max(1, Math.round(bytes / 1024)).toLocaleString('it-IT')} kB`;

/** An office whose own system numbers sends from there. */
export const externalNumbersView: View = {
  title: 'Nuovo messaggio',
  at: 'invia',
  body: html`
    <div class="d-head"><h1 class="d-h1">Nuovo messaggio</h1></div>
    ${note('info', html`<p><strong>Questo ufficio protocolla con un proprio sistema.</strong> I numeri li dà quel sistema, e i messaggi si inviano da lì: qui si vede a che punto sono.</p>`)}`,
};
