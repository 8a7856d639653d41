import { ACCESS_KINDS, type AccessEntry, type AccessKind } from '../../../../service/people/person.ts';
import { ROLES } from '../../../../service/people/rights.ts';
import type { Office } from '../../../../service/register/office.ts';
import { button } from '../components/buttons.ts';
import { select } from '../components/fields.ts';
import { dataTable, pager } from '../components/lists.ts';
import { emptyState, part, sheet } from '../components/note.ts';
import { num, romeFull } from '../components/when.ts';
import { ROLE_NAMES } from '../role-names.ts';
import { type Html, html } from '../template.ts';
import { peopleFrame } from './admin-frame.ts';

const PATH = '/amministrazione/accessi';

const KIND_NAMES = {
  'signed-in': 'È entrata',
  'sign-in-refused': 'Accesso rifiutato',
  'signed-out': 'È uscita',
  'session-ended': 'Accessi chiusi',
  'entry-issued': 'Collegamento creato',
  'entry-used': 'Collegamento usato',
  'person-created': 'Persona aggiunta',
  'person-changed': 'Dati cambiati',
  'person-disabled': 'Disattivata',
  'person-enabled': 'Riattivata',
  'role-given': 'Ruolo dato',
  'role-taken': 'Ruolo tolto',
  'own-content-role': 'Ruolo dato a sé da chi amministra',
  'password-changed': 'Password cambiata',
  'factor-on': 'Secondo fattore attivato',
  'factor-off': 'Secondo fattore tolto',
  'account-linked': 'Account collegato',
  'account-unlinked': 'Account scollegato',
  delegated: 'Delega data',
  'delegation-ended': 'Delega tolta',
  'unit-changed': 'Ufficio interno cambiato',
  'reserved-opened': 'Riservato aperto',
  'content-key': 'Chiave che apre i contenuti',
  'content-key-seen': 'Chiave vista dal responsabile',
} as const satisfies Record<AccessKind, string>;

export interface AccessPage {
  readonly entries: readonly AccessEntry[];
  readonly offices: readonly Office[];
  readonly what: AccessKind | null;
  readonly personId: string | null;
  readonly next: string | null;
}

export const accessPage = ({ entries, offices, what, personId, next }: AccessPage): Html =>
  peopleFrame(
    PATH,
    'Accessi',
    false,
    sheet(
      part(
        { title: 'Registro degli accessi' },
        html`
    <p class="d-second">Chi è entrato, chi è stato rifiutato, chi ha avuto un ruolo, chi ha aperto qualcosa di riservato. Nessuno può cambiarlo.</p>
    <form action="${PATH}" class="d-inline-form">
      ${select({ name: 'che', label: 'Che cosa', value: what ?? '', choices: [{ value: '', label: 'Tutto' }, ...ACCESS_KINDS.map((one) => ({ value: one, label: KIND_NAMES[one] }))] })}
      ${personId !== null && html`<input type="hidden" name="persona" value="${personId}">`}
      ${button({ label: 'Mostra', kind: 'secondary' })}
    </form>
    ${
      entries.length === 0
        ? emptyState('Niente', 'Nessun accesso corrisponde a quello che hai scelto.')
        : dataTable({
            caption: 'Accessi, dal più recente',
            head: ['Quando', 'Che cosa', 'Persona', 'Da dove', 'Altro'],
            rows: entries.map((entry) => [
              romeFull(entry.at),
              KIND_NAMES[entry.what],
              entry.personId === null
                ? entry.person || 'nome sconosciuto'
                : html`<a href="${PATH}?persona=${entry.personId}">${entry.person}</a>`,
              entry.address || '–',
              html`${moreOf(entry, offices)}`,
            ]),
          })
    }
    ${pager(PATH, new URLSearchParams([...(what === null ? [] : [['che', what]]), ...(personId === null ? [] : [['persona', personId]])]), next, 'Mostra i precedenti')}`,
      ),
    ),
  );

/** Why an account of the body did not let in. */
const ACCOUNT_REASONS: Readonly<Record<string, string>> = {
  answer: 'account dell’ente: chi li gestisce non ha confermato',
  unmapped: 'account dell’ente senza un gruppo che dia un ruolo',
  disabled: 'account dell’ente di una persona disattivata',
};

function moreOf({ aoo, data }: AccessEntry, offices: readonly Office[]): string {
  const text = (name: string): string => (typeof data[name] === 'string' ? data[name] : '');
  const role = ROLES.find((one) => one === text('role'));
  return [
    role === undefined ? '' : ROLE_NAMES[role],
    openedWords(data),
    text('name') || (text('to') && `a ${text('to')}`),
    aoo === null ? '' : (offices.find((one) => one.aoo === aoo)?.name ?? aoo),
    text('by') && `da ${text('by')}`,
    ACCOUNT_REASONS[text('why')] ?? '',
    text('subject') && `identificativo ${text('subject')}`,
  ]
    .filter((one) => one !== '')
    .join(', ');
}

/** By the page's path: what of it was shown. */
const OPENED: readonly (readonly [is: RegExp, words: string])[] = [
  [/\/prove\.zip$/, 'le prove'],
  [/^\/documenti\//, 'un documento'],
  [/\/(?:etichetta|ricevuta|stampa)$/, 'una stampa'],
  [/\/esporta\.|\.csv$/, 'un elenco'],
  [/\/destinatari/, 'i destinatari'],
  [/^\/messaggi\//, 'il messaggio'],
];

function openedWords({ year, number, page }: AccessEntry['data']): string {
  if (typeof number !== 'number' || typeof year !== 'number') return '';
  const words = OPENED.find(([is]) => is.test(String(page)))?.[1] ?? 'la registrazione';
  return `${num({ number, year })}, ${words}`;
}
