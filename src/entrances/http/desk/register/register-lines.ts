/** The lines of the register: a table, and under 700 px a list. */
import type { RegisterHit, RegisterRow } from '../../../../service/queries/register-views.ts';
import { icon } from '../components/icon.ts';
import { registrationPath, rome, romeDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';
import { directionTag, foundIn, heldByWords, markedCorrespondent, registerBadge, withHits } from './register-words.ts';

export interface LinesOptions {
  readonly rows: readonly (RegisterRow & Partial<RegisterHit>)[];
  readonly caption: string;
  readonly words: readonly string[];
  readonly now: Date;
}

export const registerLines = ({ rows, caption, words, now }: LinesOptions): Html =>
  registerTable(
    caption,
    rows.map((row) => registerLine(row, words, now)),
  );

export const registerTable = (caption: string, rows: readonly Html[]): Html => html`
  <table class="d-table d-register"><caption class="visually-hidden">${caption}</caption>
    <thead><tr><th scope="col">Numero</th><th scope="col">Data e ora</th><th scope="col"><span class="visually-hidden">Verso</span></th><th scope="col">Corrispondente</th><th scope="col">Oggetto</th><th scope="col">Classe</th><th scope="col">Ce l’ha</th><th scope="col">Stato</th></tr></thead>
    <tbody>${rows}</tbody>
  </table>`;

export function registerLine(row: RegisterRow & Partial<RegisterHit>, words: readonly string[], now: Date): Html {
  const found = foundIn(row, words);
  const isAnnulled = row.annulment !== null;
  const number = html`<a class="d-register-number" href="${registrationPath(row)}" id="riga-${row.year}-${row.number}" data-row>${isAnnulled ? html`<s>${withHits(row.number, words)}</s>` : withHits(row.number, words)}<span class="visually-hidden"> del ${row.year}</span></a>`;
  const subject = isAnnulled ? html`<s>${withHits(row.subject, words)}</s>` : withHits(row.subject, words);
  return html`<tr class="d-register-row">
    <td data-label="">${number}</td>
    <td data-label="" class="d-second">${whenOf(row, now)}</td>
    <td data-label="">${directionTag(row.direction)}</td>
    <td data-label="Corrispondente" class="d-isolate">${markedCorrespondent(row, words)}</td>
    <td data-label="" class="d-register-subject d-isolate">${row.reserved && html`${icon('it-lock', 'Riservata')} `}${subject}${
      row.annulment !== null && html`<p class="d-second">${annulmentWords(row.annulment, now)}</p>`
    }${row.emergency !== null && html`<p class="d-second">${emergencyWords(row.emergency)}</p>`}${found.map((where) => html`<p class="d-second">${where}</p>`)}</td>
    <td data-label="${row.classification === null ? '' : 'Classe'}">${row.classification}</td>
    <td data-label="${heldByWords(row) === '' ? '' : 'Ce l’ha'}">${heldByWords(row)}</td>
    <td data-label="">${registerBadge(row)}${row.flagged && html` <span class="visually-hidden">segnalata</span>`}</td>
  </tr>`;
}

export const emergencyWords = (number: string): string => `Registro di emergenza n.\u00a0${number}`;

/** The legal date and time, which an office's own protocol system may have given. */
export const whenOf = ({ date, time }: Pick<RegisterRow, 'date' | 'time'>, now: Date): Html => {
  const [year, month, day] = date.split('-');
  const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome' }).format(now);
  const shown = date === today ? 'oggi' : `${day}/${month}${year === today.slice(0, 4) ? '' : `/${year}`}`;
  return html`<time datetime="${date}T${time}">${shown} ${time.slice(0, 5)}</time>`;
};

export const annulmentWords = ({ at, by, reason, provision }: NonNullable<RegisterRow['annulment']>, now: Date): Html =>
  html`Annullata ${romeDay(new Date(at)) === romeDay(now) && 'alle '}${rome(at, now)} da ${by}: ${reason} (${provision})`;
