/** The form by which something is registered by hand. */
import type { Problem } from '../../../../kernel/problems.ts';
import type { UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import type { LikelyDuplicate } from '../../../../service/by-hand/duplicates.ts';
import type { Template } from '../../../../service/by-hand/ports.ts';
import type { Proposals } from '../../../../service/by-hand/proposals.ts';
import type { Deferral } from '../../../../service/register/by-hand-writes.ts';
import { informField } from '../assignments/targets.ts';
import { actBar, button } from '../components/buttons.ts';
import { checkbox, errorSummary, type Faults, faultyTitle, field, select } from '../components/fields.ts';
import { part, sheet } from '../components/note.ts';
import { registrationPath, romeTime, shortDay } from '../components/when.ts';
import { attribute, flag, type Html, html } from '../template.ts';
import { documentList, type ListedUpload } from '../uploads/document-list.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import { classFields, competenceField, fileFields } from './filing-fields.ts';
import { chosenWord, DIRECTION_WORDS, directionOf, FIELD_NAMES, type Typed } from './typed-form.ts';
import { carrierChoices } from './words.ts';

export interface HandPage {
  readonly token: string;
  /** Of a form shown again with its mistakes. */
  readonly act?: string;
  readonly typed: Typed;
  readonly draft: { readonly draftId: string; readonly version: number; readonly savedAt: Date | null };
  readonly faults: Faults;
  readonly uploads: readonly ListedUpload[];
  readonly templates: readonly Template[];
  readonly proposals: Proposals;
  readonly duplicates: readonly LikelyDuplicate[];
  readonly deferrals: readonly Deferral[];
  readonly units: readonly UnitChoice[];
}

/** By field of the form: a problem of the request names a field of its own. */
export const faultsOf = (problems: readonly Problem[]): Faults => {
  const names = new Map<string, string>(Object.entries(FIELD_NAMES));
  return new Map(problems.map(({ at, message }) => [names.get(at) ?? 'oggetto', message]));
};

const TITLE = 'Nuova registrazione';
const DIRECTION_NAMES = { entrata: 'In arrivo', uscita: 'In uscita', interna: 'Interna' } as const;

export function registerView(page: HandPage): View {
  const { typed, faults, draft, token, act } = page;
  return {
    title: faultyTitle(TITLE, faults),
    at: 'registra',
    ...(faults.size > 0 && { status: 422 }),
    body: html`
  <form class="d-by-hand" method="post" action="/registra" enctype="multipart/form-data" novalidate data-module="by-hand" id="modulo">
    ${actFields({ token }, { ...(act !== undefined && { act }) })}
    <input type="hidden" name="bozza" value="${draft.draftId}"><input type="hidden" name="bozza_versione" value="${draft.version}" id="bozza-versione">
    <button class="visually-hidden" name="azione" value="aggiorna" tabindex="-1" aria-hidden="true">Salva la bozza</button>
    <div class="d-page-head"><h1 class="d-h1">${TITLE}</h1>${directions(typed)}
      <p class="d-second d-draft-said" id="bozza-salvata">${draft.savedAt !== null && html`bozza salvata alle ${romeTime(draft.savedAt)}`}</p></div>
    ${errorSummary(faults)}
    <div class="d-columns d-columns--form">
      ${sheet(part({}, mainFields(page)))}
      <div>${sheet(
        html`<div id="gia-visto">${page.duplicates.length > 0 && part({}, duplicateNote(page.duplicates))}</div>`,
        part(
          {},
          documentList({
            uploads: page.uploads,
            attach: 'allega',
            ...(faults.has('documento') && { fault: faults.get('documento') ?? '' }),
          }),
        ),
        part(
          {},
          html`${checkbox({ name: 'riservato', label: 'Riservato', help: 'lo vedono solo l’ufficio e il responsabile', checked: typed.has('riservato') })}
          ${checkbox({ name: 'tieni', label: `Tieni ${directionOf(typed) === 'outgoing' ? 'destinatario' : 'mittente'} e classe per la prossima`, checked: typed.has('tieni') })}`,
        ),
      )}</div>
    </div>
    <div class="d-act-bar">
      ${actBar(
        html`<button class="d-button d-button--primary" name="azione" value="registra-ricevuta" data-waits-for-documents data-primary aria-keyshortcuts="Control+Enter">Registra e stampa la ricevuta<kbd class="d-key" aria-hidden="true">Ctrl ↵</kbd></button>`,
        html`<button class="d-button d-button--secondary" name="azione" value="registra" data-waits-for-documents>Registra</button>`,
        html`<button class="d-button d-button--quiet" name="azione" value="bozza">Lascia in bozza</button>`,
      )}
      <p class="d-second"><span data-documents-note></span> Il numero si prende solo ora, e uno solo: anche se premi due volte o la rete cade.</p>
    </div>
  </form>`,
  };
}

/** Without script a press keeps what is typed and shows the fields of the other direction. */
const directions = (typed: Typed): Html => html`
  <fieldset class="d-switch"><legend class="visually-hidden">Verso</legend>${DIRECTION_WORDS.map(
    (word) =>
      html`<label><input type="radio" name="verso" value="${word}"${flag('checked', chosenWord(typed) === word)} data-refreshes><span>${DIRECTION_NAMES[word]}</span></label>`,
  )}</fieldset>${button({ label: 'Cambia verso', kind: 'quiet', small: true, name: 'azione', value: 'aggiorna' })}`;

function mainFields(page: HandPage): Html {
  const { typed, faults, templates, units } = page;
  const direction = directionOf(typed);
  return html`
    ${direction === 'internal' ? internalFields(typed, faults, units) : partyFields(typed, faults)}
    ${field({ name: 'oggetto', label: 'Oggetto', value: typed.text('oggetto'), faults, most: 4_000, more: html`${attribute('data-checks', 'si')}` })}
    ${templates.length > 0 && templateField(typed, templates)}
    <div id="proposte">${classFields(page)}${fileFields(page)}</div>
    ${field({ name: 'precedenti', label: 'Precedenti', optional: true, value: typed.text('precedenti'), faults, help: 'Numero e anno, come 1234/2026; più d’uno separati da virgole.' })}
    ${units.length > 0 && competenceField(page)}
    ${units.length > 0 && informField(units, typed.all('conoscenza'))}
    ${direction === 'incoming' && deferralField(page)}`;
}

function partyFields(typed: Typed, faults: Faults): Html {
  const direction = directionOf(typed);
  const incoming = direction === 'incoming';
  const names = typed.all('nome').length === 0 ? [''] : typed.all('nome');
  const chosen = typed.all('scelto');
  const shown = incoming ? names.slice(0, 1) : names;
  return html`
    <div class="d-row3">
      ${select({ name: 'come', label: incoming ? 'Come è arrivato' : 'Come parte', value: typed.text('come') || 'counter', faults, choices: carrierChoices(direction) })}
      ${incoming && field({ name: 'giorno', label: 'Ricevuto il', type: 'date', value: typed.text('giorno'), faults })}
      ${incoming && field({ name: 'ora', label: 'alle', type: 'time', value: typed.text('ora') })}
    </div>
    <div class="${incoming ? 'd-row2' : 'd-rows'}">
      ${shown.map((name, place) => party(name, chosen[place] ?? '', place, incoming, faults))}
      ${incoming && field({ name: 'loro', label: 'Loro protocollo', optional: true, value: typed.text('loro'), faults, most: 60, more: html`${attribute('data-checks', 'si')}` })}
    </div>
    ${incoming && checkbox({ name: 'in_rubrica', label: 'Metti il mittente in rubrica, se non c’è', checked: typed.has('in_rubrica') })}
    ${!incoming && button({ label: 'Aggiungi un destinatario', kind: 'quiet', small: true, name: 'azione', value: 'destinatario' })}`;
}

function party(name: string, value: string, place: number, incoming: boolean, faults: Faults): Html {
  const id = place === 0 ? 'campo-nome' : `campo-nome-${place}`;
  const fault = place === 0 ? faults.get('nome') : undefined;
  const label = incoming ? 'Mittente' : place === 0 ? 'Destinatario' : `Destinatario ${place + 1}`;
  const from = value.startsWith('rubrica:') ? 'dalla rubrica' : value === '' ? null : 'dall’indice';
  return html`
    <div class="d-field${fault === undefined ? '' : ' d-field--wrong'}">
      <label for="${id}">${label}</label>
      <div class="d-combobox" data-module="combobox" data-from="/suggerimenti/corrispondenti" data-label="Corrispondenti">
        <input class="d-input" id="${id}" name="nome" value="${name}" autocomplete="off" maxlength="500" data-checks${[
          attribute('aria-invalid', fault === undefined ? null : 'true'),
          attribute('aria-describedby', fault === undefined ? null : `${id}-errore`),
        ]}><input type="hidden" name="scelto" value="${value}">
      </div>
      ${from !== null && html`<p class="d-help">${from}</p>`}
      ${fault !== undefined && html`<p class="d-fault" id="${id}-errore">${fault}</p>`}
    </div>`;
}

function internalFields(typed: Typed, faults: Faults, units: readonly UnitChoice[]): Html {
  const choices = [
    { value: '', label: 'Scegli un ufficio' },
    ...units.map(({ name }) => ({ value: name, label: name })),
  ];
  const fault = faults.get('nome');
  return html`<div class="d-row2" id="campo-nome" tabindex="-1">
      ${select({ name: 'da', label: 'Ufficio che scrive', choices, value: typed.text('da') })}
      ${select({ name: 'a', label: 'Ufficio che riceve', choices, value: typed.text('a') })}
    </div>${fault !== undefined && html`<p class="d-fault">${fault}</p>`}
    ${units.length === 0 && html`<p class="d-help">Qui non ci sono ancora uffici: li aggiunge l’amministratore.</p>`}`;
}

const templateField = (typed: Typed, templates: readonly Template[]): Html => html`
  <div class="d-template">${select({
    name: 'modello',
    label: 'Modello di oggetto',
    optional: true,
    value: typed.text('modello'),
    choices: [
      { value: '', label: 'Nessuno' },
      ...templates
        .filter(({ direction }) => direction === null || direction === directionOf(typed))
        .map(({ templateId, name }) => ({ value: templateId, label: name })),
    ],
  })}${button({ label: 'Usa il modello', kind: 'secondary', small: true, name: 'azione', value: 'modello' })}</div>`;

function deferralField({ typed, deferrals, faults }: HandPage): Html {
  if (deferrals.length === 0)
    return html`<p class="d-help">Registrazione differita: nessuna autorizzazione in corso.</p>`;
  return select({
    ...{
      name: 'differimento',
      label: 'Registrazione differita',
      optional: true,
      value: typed.text('differimento'),
      faults,
    },
    choices: [
      { value: '', label: 'No' },
      ...deferrals.map(({ deferralId, provision, receivedFrom, receivedTo }) => ({
        value: deferralId,
        label: `${provision}: arrivati dal ${shortDay(receivedFrom)} al ${shortDay(receivedTo)}`,
      })),
    ],
  });
}

const WHY = {
  document: 'ha lo stesso documento',
  number: 'ha lo stesso numero di protocollo del mittente',
  subject: 'ha lo stesso corrispondente e un oggetto simile',
} as const;

function duplicateNote(duplicates: readonly LikelyDuplicate[]): Html {
  return html`<div class="d-note d-note--warn"><p><strong>Forse è già registrato.</strong> ${duplicates.map(
    ({ registration: one, why }) =>
      html`Il <a href="${registrationPath(one)}" target="_blank" rel="noopener">n. ${String(one.number).padStart(7, '0')}</a> del ${shortDay(one.date)}${one.isAnnulled && ', annullato,'} ${WHY[why]}: «${one.subject}». `,
  )}</p>
  <div class="d-acts"><button class="d-button d-button--secondary d-button--small" name="collega" value="${registrationPath(duplicates[0]?.registration ?? { number: 0, year: 0 })}">È quello: non registrare</button></div></div>`;
}
