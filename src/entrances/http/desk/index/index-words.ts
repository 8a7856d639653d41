/** What the index says, in words of the desk. */
import type { EntryVersion } from '../../../../domain/index/model.ts';
import type { FoundEntry } from '../../../../service/index/look-up.ts';
import { shortDay } from '../components/when.ts';
import { type Html, html } from '../template.ts';

type Named = Pick<EntryVersion, 'kind' | 'name' | 'bodyName' | 'body' | 'code' | 'key' | 'uniCode'>;

/** `/indice/c_provaria/APROVA1`; of a body itself, `/indice/c_provaria/-`. */
export const entryPath = ({ kind, body, code, key, uniCode }: Named): string =>
  `/indice/${encodeURIComponent(body)}/${encodeURIComponent(kind === 'body' ? '-' : kind === 'aoo' ? (uniCode ?? code) : key)}`;

/** A body, its AOO or an office of it, as one says it. */
export const entryName = ({ kind, name, bodyName }: Named): string =>
  kind === 'body' || bodyName === null ? name : `${bodyName}, ${name}`;

export const entryKindWord = ({ kind, body, code, uniCode }: Named): Html =>
  kind === 'body'
    ? html`Ente · <code>${body}</code>`
    : kind === 'aoo'
      ? html`AOO · <code>${body}</code> / <code>${uniCode ?? code}</code>`
      : html`Ufficio · <code>${body}</code> / <code>${code}</code>`;

/** The day on which it ceased, `yyyy-mm-dd`; null: it is alive, or nobody knows the day. */
export const ceasedOn = ({ facts, entry }: FoundEntry): string | null =>
  typeof facts.ceased?.value === 'string' && facts.ceased.value !== '' ? facts.ceased.value : entry.validTo;

export const isCeased = ({ facts, entry }: FoundEntry): boolean => facts.ceased !== undefined || entry.validTo !== null;

/** The words that were typed, marked where they stand in a name. */
export function marked(text: string, typed: string): Html {
  const words = typed.split(/\s+/).filter((word) => word.length > 1);
  if (words.length === 0) return html`${text}`;
  const pattern = new RegExp(`(${words.map((word) => word.replace(/[^\p{L}\p{N}]/gu, '\\$&')).join('|')})`, 'giu');
  return html`${text.split(pattern).map((piece, place) => (place % 2 === 1 ? html`<mark>${piece}</mark>` : piece))}`;
}

/** What traffic taught (`confirms-2013`), in words. */
export function observedWords(what: string): string {
  if (what.startsWith('confirms-')) return `Conferma le registrazioni, segnatura ${what.slice('confirms-'.length)}`;
  return OBSERVED[what] ?? what;
}
const OBSERVED: Readonly<Record<string, string>> = {
  'never-answers': 'Non ha confermato un messaggio entro il termine',
  'mailbox-bounces': 'La sua casella ha respinto un messaggio',
};

const FIELDS: Readonly<Record<string, string>> = {
  name: 'nome',
  mailbox: 'casella',
  endpoint: 'indirizzo dei servizi',
  generation: 'segnatura',
  carrier: 'mezzo di trasmissione',
  network: 'rete',
  contact: 'recapito',
  established: 'istituzione',
  ceased: 'cessazione',
  successor: 'successore',
  mails: 'caselle',
  street: 'via',
  phone: 'telefono',
  site: 'sito',
  updated: 'data della riga',
  municipality: 'comune',
  postalCode: 'CAP',
  bodyName: 'nome dell’ente',
  taxCode: 'codice fiscale',
};
export const fieldWord = (field: string): string => FIELDS[field] ?? field;

/** A value of a row, short enough for a line. */
export function valueWord(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'niente';
  if (typeof value === 'boolean') return value ? 'sì' : 'no';
  if (Array.isArray(value))
    return value.map((one) => (isMail(one) ? one.address : valueWord(one))).join(', ') || 'niente';
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return shortDay(value);
  return typeof value === 'object' ? JSON.stringify(value).slice(0, 200) : String(value).slice(0, 200);
}
const isMail = (value: unknown): value is { readonly address: string } =>
  typeof value === 'object' && value !== null && 'address' in value && typeof value.address === 'string';

/** How long something took: `38 s`, `4 min`, `3 h`, `2 giorni`. */
export function spanWord(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} giorni`;
}
