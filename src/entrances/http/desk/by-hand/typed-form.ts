/** The form as it is typed: what drafts keep, what is shown again, and how it becomes a request. */
import type { RegistrationDirection } from '../../../../domain/register/registration.ts';
import { fromRome } from '../../../../kernel/clock.ts';
import type { AooId } from '../../../../kernel/ids.ts';
import { unknownCorrespondent } from '../../../../model/segnatura.ts';
import { asRegistered } from '../../../../service/by-hand/correspondents.ts';
import type { HandCorrespondent, HandField, HandRequest } from '../../../../service/by-hand/hand-request.ts';
import type { AddressBook, Draft } from '../../../../service/by-hand/ports.ts';
import type { LookUp } from '../../../../service/index/look-up.ts';
import { ARRIVAL_CARRIERS, FILE_KINDS } from '../../../../service/register/by-hand-writes.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import type { Office } from '../../../../service/register/office.ts';
import { postedForm } from '../form.ts';

export type HandContent = Draft['content'];

/** Fields that are kept with a draft; files and buttons are not. */
const KEPT = new Set([
  ...['verso', 'come', 'giorno', 'ora', 'nome', 'scelto', 'loro', 'loro_giorno', 'oggetto', 'modello', 'classe'],
  ...[
    'classe_altra',
    'fascicolo',
    'fascicolo_altro',
    'fascicolo_altro_id',
    'fascicolo_nuovo',
    'precedenti',
    'riservato',
  ],
  ...['tieni', 'in_rubrica', 'differimento', 'documento', 'competenza', 'conoscenza', 'da', 'a'],
]);

/** What stays in the form for the next one. */
const KEPT_FOR_NEXT = ['verso', 'come', 'nome', 'scelto', 'classe', 'tieni', 'modello'] as const;

export interface Typed {
  readonly text: (name: string) => string;
  readonly all: (name: string) => readonly string[];
  readonly has: (name: string) => boolean;
  readonly content: HandContent;
}

export function typedOf(content: HandContent): Typed {
  const form = postedForm(content);
  return { text: form.text, all: form.all, has: form.has, content };
}

export const contentOf = (fields: readonly (readonly [name: string, value: string])[]): HandContent => {
  const content: Record<string, string[]> = {};
  for (const [name, value] of fields) if (KEPT.has(name)) content[name] = [...(content[name] ?? []), value];
  return content;
};

export const keptForNext = (content: HandContent): HandContent =>
  Object.fromEntries(KEPT_FOR_NEXT.flatMap((name) => (content[name] === undefined ? [] : [[name, content[name]]])));

const DIRECTIONS = { entrata: 'incoming', uscita: 'outgoing', interna: 'internal' } as const;
export type DirectionWord = keyof typeof DIRECTIONS;
export const DIRECTION_WORDS = Object.keys(DIRECTIONS) as readonly DirectionWord[];
export const directionOf = (typed: Typed): RegistrationDirection =>
  DIRECTIONS[(typed.text('verso') || 'entrata') as DirectionWord] ?? 'incoming';
export const chosenWord = (typed: Typed): DirectionWord =>
  DIRECTION_WORDS.find((word) => DIRECTIONS[word] === directionOf(typed)) ?? 'entrata';

export interface RequestParts {
  readonly office: Office;
  readonly book: Pick<AddressBook, 'find'>;
  readonly index: Pick<LookUp, 'show'>;
}

/** Everything that was typed, as the use case takes it. */
export async function requestOf(typed: Typed, parts: RequestParts): Promise<HandRequest> {
  const direction = directionOf(typed);
  const { office } = parts;
  const correspondents = await correspondentsOf(typed, direction, parts);
  const peerNumber = typed.text('loro');
  return {
    direction,
    carrier:
      direction === 'internal' ? 'internal' : (ARRIVAL_CARRIERS.find((one) => one === typed.text('come')) ?? null),
    receivedAt: direction === 'incoming' ? fromRome(typed.text('giorno'), typed.text('ora')) : null,
    correspondents,
    peer:
      direction === 'incoming' && peerNumber !== ''
        ? { number: peerNumber, date: typed.text('loro_giorno') || null }
        : null,
    subject: typed.text('oggetto'),
    ...filingOf(typed, office.register),
    templateId: typed.text('modello') || null,
    deferralId: direction === 'incoming' ? typed.text('differimento') || null : null,
    uploads: typed.all('documento').filter((id) => id !== ''),
  };
}

/** `altra` stands for the class that was looked for: its code comes before the first blank. */
function classOf(typed: Typed): string | null {
  const chosen = typed.text('classe');
  const code = chosen === 'altra' ? (typed.text('classe_altra').split(/\s/, 1)[0] ?? '') : chosen;
  return code === '' ? null : code;
}

/** Where it goes: of a form by hand, and of a message that is registered. */
export const filingOf = (typed: Typed, register: string) => ({
  classification: classOf(typed),
  file: fileOf(typed),
  precedents: precedentsOf(typed.all('precedenti').join(' '), register),
  reserved: typed.has('riservato'),
});

function fileOf(typed: Typed): HandRequest['file'] {
  const chosen = typed.text('fascicolo');
  if (chosen === 'nuovo') return { fileId: null, subject: typed.text('fascicolo_nuovo'), kind: FILE_KINDS[0] };
  if (chosen === 'altro') {
    const id = typed.text('fascicolo_altro_id');
    return typed.text('fascicolo_altro') === '' && id === '' ? null : { fileId: id };
  }
  return chosen === '' ? null : { fileId: chosen };
}

/** Each is looked up. */
const MOST_PRECEDENTS = 200;
/** `1234/2026`, several with blanks or commas between. */
export function precedentsOf(text: string, register: string): readonly RegistrationKey[] {
  const found = text.matchAll(/(\d{1,12})\s*\/\s*(\d{4})/g).take(MOST_PRECEDENTS);
  const keys = [...found].map(([, number, year]) => ({ register, year: Number(year), number: Number(number) }));
  return keys.filter(
    (key, at) => keys.findIndex(({ year, number }) => year === key.year && number === key.number) === at,
  );
}

async function correspondentsOf(
  typed: Typed,
  direction: RegistrationDirection,
  { office, book, index }: RequestParts,
): Promise<readonly HandCorrespondent[]> {
  if (direction === 'internal')
    return ['da', 'a'].flatMap((name) => {
      const unit = typed.text(name);
      const own = { kind: 'administration' as const, administration: office.administration, aoo: office.code };
      return unit === ''
        ? []
        : [{ correspondent: { ...unknownCorrespondent(unit, null), ...own, office: unit }, correspondentId: null }];
    });
  const names = typed.all('nome').map((name) => name.trim());
  const chosen = typed.all('scelto');
  const rows = names.map((name, place) => ({ name, value: chosen[place] ?? '' })).filter(({ name }) => name !== '');
  const most = direction === 'incoming' ? 1 : rows.length;
  return Promise.all(rows.slice(0, most).map(({ name, value }) => named(office.aoo, name, value, { book, index })));
}

/** What was chosen counts while the name is as it was chosen; else what was typed is who it is. */
async function named(
  aoo: AooId,
  name: string,
  value: string,
  { book, index }: Pick<RequestParts, 'book' | 'index'>,
): Promise<HandCorrespondent> {
  const typed = { correspondent: unknownCorrespondent(name, null), correspondentId: null };
  const [kind, ...rest] = value.split(':');
  const key = rest.join(':');
  if (kind === 'rubrica') {
    const found = await book.find(aoo, key);
    if (found === null || found.name !== name) return typed;
    return { correspondent: asRegistered(found), correspondentId: found.correspondentId };
  }
  if (kind !== 'body' && kind !== 'aoo') return typed;
  const found = await index.show(kind, key, null);
  if (found === null) return typed;
  const { entry } = found;
  return {
    correspondentId: null,
    correspondent: {
      ...unknownCorrespondent(name, null),
      kind: 'administration',
      administration: entry.body,
      aoo: kind === 'aoo' ? entry.code : null,
      aooName: kind === 'aoo' ? entry.name : null,
      taxCode: entry.taxCode,
    },
  };
}

/** The field of the form behind a field of the request. */
export const FIELD_NAMES: Readonly<Record<HandField, string>> = {
  carrier: 'come',
  received: 'giorno',
  correspondent: 'nome',
  peer: 'loro',
  subject: 'oggetto',
  classification: 'classe',
  file: 'fascicolo',
  precedents: 'precedenti',
  deferral: 'differimento',
  documents: 'documento',
};
