/** The form of an entry of the address book. */
import type { CorrespondentRequest } from '../../../../service/by-hand/correspondents.ts';
import type { FoundBookEntry } from '../../../../service/by-hand/ports.ts';
import { CORRESPONDENT_KINDS } from '../../../../service/register/by-hand-writes.ts';
import { button, linkButton } from '../components/buttons.ts';
import { errorSummary, type Faults, field, select, textArea } from '../components/fields.ts';
import { part, sheet } from '../components/note.ts';
import type { PostedForm } from '../form.ts';
import { type Html, html } from '../template.ts';
import { actFields } from '../visit.ts';
import { BOOK_FIELDS, BOOK_KIND_NAMES, BOOK_PATH, bookEntryPath } from './book-words.ts';

export interface BookEntryForm {
  readonly token: string;
  /** Null: a new one. */
  readonly entry: FoundBookEntry | null;
  /** What was typed into a form that was not taken. */
  readonly typed: PostedForm | null;
  readonly faults: Faults;
  /** Of a form shown again. */
  readonly act?: string;
}

export function entryForm({ token, entry, typed, faults, act }: BookEntryForm): Html {
  const value = (name: string): string => {
    if (typed !== null) return typed.text(name);
    const known = BOOK_FIELDS.find(([field]) => field === name)?.[1];
    return known === undefined ? '' : (entry?.[known] ?? '');
  };
  return html`${errorSummary(faults)}${sheet(
    part(
      { title: entry === null ? 'Aggiungi una voce' : `Modifica «${entry.name}»` },
      html`
      <form method="post" action="${entry === null ? `${BOOK_PATH}/nuova` : bookEntryPath(entry.correspondentId)}" novalidate class="d-own-form">
        ${actFields({ token }, { version: entry?.version ?? null, ...(act !== undefined && { act }) })}
        ${field({ name: 'nome', label: 'Nome', value: value('nome'), most: 500, faults, help: 'Come si scrive nel registro: cognome e nome, o la denominazione.' })}
        ${select({ name: 'tipo', label: 'Che cosa è', value: value('tipo') || 'unknown', choices: CORRESPONDENT_KINDS.map((kind) => ({ value: kind, label: BOOK_KIND_NAMES[kind] })) })}
        ${field({ name: 'codice', label: 'Codice fiscale o partita IVA', optional: true, value: value('codice'), most: 16, faults })}
        ${field({ name: 'posta', label: 'PEC o posta elettronica', optional: true, value: value('posta'), most: 320, inputmode: 'email', faults })}
        ${field({ name: 'indirizzo', label: 'Indirizzo postale', optional: true, value: value('indirizzo'), most: 500, faults })}
        ${field({ name: 'telefono', label: 'Telefono', optional: true, value: value('telefono'), most: 60, faults })}
        ${field({ name: 'ente', label: 'Codice IPA dell’ente', optional: true, value: value('ente'), most: 16, faults })}
        ${field({ name: 'ufficio', label: 'Ufficio', optional: true, value: value('ufficio'), most: 300, faults })}
        ${textArea({ name: 'nota', label: 'Nota', optional: true, value: value('nota'), most: 2_000, faults, help: 'La leggono tutti quelli che usano la rubrica.' })}
        <div class="d-acts">${button({ label: entry === null ? 'Aggiungi' : 'Salva', kind: 'primary' })}${linkButton({ label: 'Lascia com’è', kind: 'quiet', href: entry === null ? BOOK_PATH : bookEntryPath(entry.correspondentId) })}</div>
      </form>`,
    ),
  )}`;
}

/** By field of the form: a problem names that of the use case. */
export const fieldNamed = (at: string): string => BOOK_FIELDS.find(([, name]) => name === at)?.[0] ?? 'nome';

export function entryOf(
  form: PostedForm,
  correspondentId: string | null,
  version: number | null,
): CorrespondentRequest {
  const orNone = (name: string): string | null => form.text(name) || null;
  return {
    ...{ correspondentId, version },
    kind: CORRESPONDENT_KINDS.find((kind) => kind === form.text('tipo')) ?? 'unknown',
    name: form.text('nome').replace(/\s+/g, ' '),
    taxCode: orNone('codice')?.replace(/\s+/g, '').toUpperCase() ?? null,
    administration: orNone('ente'),
    office: orNone('ufficio'),
    address: orNone('posta'),
    postalAddress: orNone('indirizzo'),
    phone: orNone('telefono'),
    note: orNone('nota'),
  };
}
