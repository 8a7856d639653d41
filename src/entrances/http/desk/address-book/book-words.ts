import type { BookHistory } from '../../../../service/by-hand/ports.ts';
import type { CORRESPONDENT_KINDS, CorrespondentEntry } from '../../../../service/register/by-hand-writes.ts';

export const BOOK_PATH = '/rubrica';
export const bookEntryPath = (correspondentId: string): string => `${BOOK_PATH}/${correspondentId}`;

export const BOOK_KIND_NAMES: Readonly<Record<(typeof CORRESPONDENT_KINDS)[number], string>> = {
  person: 'Persona',
  'legal-person': 'Impresa o associazione',
  administration: 'Ente pubblico',
  unknown: 'Non indicato',
};

/** The fields of an entry: as forms and tables call them, and what each is called by the use case. */
export const BOOK_FIELDS = [
  ['nome', 'name', 'Nome'],
  ['tipo', 'kind', 'Che cosa è'],
  ['codice', 'taxCode', 'Codice fiscale o partita IVA'],
  ['ente', 'administration', 'Codice IPA dell’ente'],
  ['ufficio', 'office', 'Ufficio'],
  ['posta', 'address', 'PEC o posta elettronica'],
  ['indirizzo', 'postalAddress', 'Indirizzo postale'],
  ['telefono', 'phone', 'Telefono'],
  ['nota', 'note', 'Nota'],
] as const satisfies readonly (readonly [field: string, name: keyof CorrespondentEntry, label: string])[];

export const shownValue = (entry: CorrespondentEntry, name: (typeof BOOK_FIELDS)[number][1]): string | null =>
  name === 'kind' ? BOOK_KIND_NAMES[entry.kind] : entry[name];

/** "Telefono: da niente a 000 123.": what a change was, of the entry before it; null: nothing that is shown. */
export function changeWords(before: CorrespondentEntry | undefined, after: CorrespondentEntry): string | null {
  if (before === undefined) return null;
  const changed = BOOK_FIELDS.filter(([, name]) => before[name] !== after[name]).map(
    ([, name, label]) =>
      `${label}: da ${shownValue(before, name) ?? 'niente'} a ${shownValue(after, name) ?? 'niente'}.`,
  );
  return changed.length === 0 ? null : changed.join(' ');
}

export const ACT_VERBS: Readonly<Record<BookHistory['act'], string>> = {
  added: 'Aggiunta',
  edited: 'Modificata',
  merged: 'Unita',
  retired: 'Tolta',
};
