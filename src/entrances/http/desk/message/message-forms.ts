/** The forms of decisions: in a dialog of the message, and on a page of their own where there is no script. */
import { shortNumber } from '../../../../domain/register/registration.ts';
import type { MessageSheet } from '../../../../service/queries/message-sheets.ts';
import { informField } from '../assignments/targets.ts';
import { classFields, competenceField, fileFields } from '../by-hand/filing-fields.ts';
import { contentOf, typedOf } from '../by-hand/typed-form.ts';
import { actBar, button, linkButton } from '../components/buttons.ts';
import { dialog } from '../components/dialog.ts';
import { checkbox, errorSummary, type Faults, faultyTitle, field, NO_FAULTS, textArea } from '../components/fields.ts';
import { note } from '../components/note.ts';
import type { PostedForm } from '../form.ts';
import { type Html, html } from '../template.ts';
import type { View } from '../view.ts';
import { actFields } from '../visit.ts';
import type { OfficeVisit, RegisterChoices, SeenBefore } from './message-deps.ts';
import type { MessageAct } from './message-state.ts';
import { shortSubject } from './shown-document.ts';

export type AskedAct = Extract<MessageAct, 'register' | 'refuse' | 'close' | 'hand-over'>;

interface Asked {
  readonly path: string;
  readonly title: string;
  readonly label: string;
  /** What it leads to. */
  readonly says: string;
  /** The field that asks why; ids of fields differ, because several of these forms stand on one page. */
  readonly reason: { readonly name: string; readonly label: string } | null;
}

export const ASKED: Readonly<Record<AskedAct, Asked>> = {
  register: {
    path: 'registra',
    title: 'Registra il messaggio',
    label: 'Registra',
    says: 'Il messaggio prende il prossimo numero del registro. Poi non si cancella: si può solo annullare, con un provvedimento.',
    reason: null,
  },
  refuse: {
    path: 'rifiuta',
    title: 'Rifiuta il messaggio',
    label: 'Rifiuta',
    says: 'Al mittente parte una notifica di eccezione con il motivo che scrivi.',
    reason: { name: 'motivo', label: 'Motivo, per il mittente' },
  },
  close: {
    path: 'metti-da-parte',
    title: 'Metti da parte il messaggio',
    label: 'Metti da parte',
    says: 'Il messaggio resta conservato, senza numero e senza risposta al mittente.',
    reason: { name: 'perche', label: 'Perché non si registra' },
  },
  'hand-over': {
    path: 'affida',
    title: 'Affida il messaggio a una persona',
    label: 'Affida',
    says: 'Il sistema di protocollo non lo attende più: decide una persona.',
    reason: { name: 'nota', label: 'Perché' },
  },
};
/** The reason that another office reads. */
export const MOST_REASON = 2_000;
const MOST_SUBJECT = 4_000;

export interface FormState {
  readonly form: PostedForm | null;
  readonly faults: Faults;
  /** The act key of a form that is shown again. */
  readonly act?: string;
}
const FRESH: FormState = { form: null, faults: NO_FAULTS };

/** What the form of registering offers beside what the message itself says. */
export interface OfferedFiling extends RegisterChoices {
  readonly seen: readonly SeenBefore[];
}

export function decisionForm(
  visit: OfficeVisit,
  { exchange, mail }: MessageSheet,
  act: AskedAct,
  offered: OfferedFiling | null,
  state: FormState = FRESH,
): Html {
  const { path, label, reason, says } = ASKED[act];
  const { form, faults } = state;
  const typed = (name: string, otherwise = ''): string => form?.typed(name) ?? otherwise;
  return html`<form method="post" action="/messaggi/${exchange.id}/${path}" novalidate>
    ${actFields(visit, { version: exchange.version, ...(state.act !== undefined && { act: state.act }) })}
    <p class="d-second">${says}</p>
    ${
      act === 'register' &&
      html`
      ${textArea({ name: 'oggetto', label: 'Oggetto', value: typed('oggetto', (mail?.inspection?.segnatura?.subject ?? exchange.subject).slice(0, MOST_SUBJECT)), rows: 3, most: MOST_SUBJECT, faults, required: true })}
      ${offered !== null && filingPart(offered, state)}
      ${visit.office.numbering === 'external' && html`${field({ name: 'numero', label: 'Numero dato dal sistema di protocollo', value: typed('numero'), inputmode: 'numeric', most: 12, faults, required: true })}${field({ name: 'data', label: 'Data di registrazione', type: 'date', value: typed('data'), faults, required: true })}`}
      ${checkbox({ name: 'conferma', label: 'Conferma la registrazione al mittente', checked: form === null ? visit.office.confirm === 'always' || mail?.inspection?.segnatura?.confirmationRequested === true : form.has('conferma') })}`
    }
    ${reason !== null && textArea({ name: reason.name, label: reason.label, value: typed(reason.name), rows: 4, most: MOST_REASON, faults, required: true })}
    ${actBar(button({ label, kind: act === 'refuse' ? 'danger' : 'primary' }), html`<a class="d-button d-button--quiet" href="/messaggi/${exchange.id}" data-closes="">Torna al messaggio</a>`)}
  </form>`;
}

/** Proposals, never chosen by themselves; the registrations that look like this one can be named as its precedents. */
function filingPart({ proposals, units, seen }: OfferedFiling, { form, faults }: FormState): Html {
  const typed = typedOf(form === null ? {} : contentOf(form.fields));
  const named = typed.all('precedenti');
  return html`<div data-module="filing">
      ${classFields({ proposals, typed, faults })}${fileFields({ proposals, typed, faults })}
      ${seen.map(({ year, number, subject }) => {
        const value = shortNumber(number, year);
        return checkbox({
          ...{ name: 'precedenti', value, label: `Segue il n.\u00a0${value}`, checked: named.includes(value) },
          help: `«${shortSubject(subject)}»`,
        });
      })}
      ${field({ name: 'precedenti', label: seen.length > 0 ? 'Altri precedenti' : 'Precedenti', optional: true, value: form === null ? '' : form.typed('precedenti'), most: 400, faults, help: 'Numero e anno, come 1234/2026; più d’uno separati da virgole.' })}
      ${units.length > 0 && html`${competenceField({ proposals, typed, faults, units })}${informField(units, typed.all('conoscenza'))}`}
      ${checkbox({ name: 'riservato', label: 'Riservato', help: 'lo vedono solo chi registra, l’ufficio e il responsabile', checked: typed.has('riservato') })}
    </div>`;
}

/** One dialog for each decision that asks for something. */
export const actDialogs = (
  visit: OfficeVisit,
  sheet: MessageSheet,
  acts: ReadonlySet<MessageAct>,
  offered: OfferedFiling | null,
): Html =>
  html`${(Object.keys(ASKED) as AskedAct[])
    .filter((act) => acts.has(act))
    .map((act) =>
      dialog({ id: ASKED[act].path, title: ASKED[act].title, content: decisionForm(visit, sheet, act, offered) }),
    )}`;

export function decisionPage(
  visit: OfficeVisit,
  sheet: MessageSheet,
  act: AskedAct,
  offered: OfferedFiling | null,
  state: FormState = FRESH,
): View {
  const { title } = ASKED[act];
  return {
    title: faultyTitle(title, state.faults),
    at: 'scrivania',
    status: state.faults.size > 0 ? 422 : 200,
    body: html`<div class="d-narrow"><p class="d-crumb"><a href="/messaggi/${sheet.exchange.id}" data-escape>← Al messaggio</a></p><h1>${title}</h1><p><bdi>${shortSubject(sheet.exchange.subject)}</bdi></p>${errorSummary(state.faults)}${decisionForm(visit, sheet, act, offered, state)}</div>`,
  };
}

/** Somebody was faster: who, when and what; what was typed is given back (nothing of it was done). */
export function tooLateView(sheet: MessageSheet, label: string, who: Html, typed: string): View {
  return {
    title: 'Già deciso',
    status: 409,
    at: 'scrivania',
    body: html`<div class="d-narrow"><h1>Già deciso</h1>
      ${note(
        'info',
        html`<strong>${who}</strong><p>Il tuo «${label}» non è stato fatto e niente è andato perduto${typed === '' ? '.' : ': quello che avevi scritto è qui sotto.'}</p>${
          typed !== '' && html`<blockquote class="d-typed d-asis">${typed}</blockquote>`
        }`,
      )}
      ${actBar(
        linkButton({
          label:
            sheet.registration === null ? 'Guarda il messaggio' : `Apri il n.\u00a0${sheet.exchange.ourNumber ?? ''}`,
          href: `/messaggi/${sheet.exchange.id}`,
          kind: 'primary',
        }),
        linkButton({ label: 'Torna alla scrivania', href: '/scrivania', kind: 'secondary' }),
      )}</div>`,
  };
}
