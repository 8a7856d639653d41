/** The filters of the register as its address has them, and back. */
import type { RegisterDirection, RegisterFilter, RegisterState } from '../../../../service/queries/register-views.ts';
import type { FilterChip } from '../components/lists.ts';
import { shortDay } from '../components/when.ts';
import type { PostedForm } from '../form.ts';

export const REGISTER_PATH = '/registro';

/** Names in the address, and what they are called. */
export const DIRECTION_FILTERS = {
  entrata: { direction: 'incoming', label: 'In entrata' },
  uscita: { direction: 'outgoing', label: 'In uscita' },
  interna: { direction: 'internal', label: 'Interni' },
} as const satisfies Record<string, { readonly direction: RegisterDirection; readonly label: string }>;

export const STATE_FILTERS = {
  valide: { state: 'valid', label: 'Valide' },
  annullate: { state: 'annulled', label: 'Annullate' },
  'annullamento-chiesto': { state: 'annulment-asked', label: 'Annullamento chiesto' },
  'non-consegnate': { state: 'undelivered', label: 'Non consegnate' },
  'in-attesa': { state: 'waiting', label: 'In attesa di ricevute o conferma' },
  confermate: { state: 'confirmed', label: 'Confermate' },
  'da-prendere': { state: 'to-take', label: 'Da prendere in carico' },
  restituite: { state: 'returned', label: 'Restituite' },
} as const satisfies Record<string, { readonly state: RegisterState; readonly label: string }>;

export const CARRIER_NAMES = {
  pec: 'PEC',
  email: 'E-mail',
  counter: 'Sportello',
  post: 'Posta',
  'registered-post': 'Raccomandata',
  courier: 'Corriere',
  notifier: 'Messo notificatore',
  fax: 'Fax',
  internal: 'Interno',
  other: 'Altro mezzo',
} as const;

/** Goes on after "arrivata" and "ricevuta". */
const ARRIVED_BY: Readonly<Record<string, string>> = {
  pec: 'per PEC',
  email: 'per e-mail',
  counter: 'allo sportello',
  post: 'per posta',
  'registered-post': 'per raccomandata',
  courier: 'per corriere',
  notifier: 'dal messo notificatore',
  fax: 'per fax',
  internal: 'da un ufficio interno',
  other: 'con altro mezzo',
};

export const arrivedBy = (carrier: string): string => ARRIVED_BY[carrier] ?? carrier;

export const carrierName = (carrier: string): string =>
  Object.entries(CARRIER_NAMES).find(([code]) => code === carrier)?.[1] ?? carrier;

export interface UnitName {
  readonly unitId: string;
  readonly name: string;
}

/** What the address asks for. What it does not understand is left out of `query`, so that no chip speaks of it. */
export interface AskedRegister {
  readonly filter: RegisterFilter;
  readonly query: URLSearchParams;
  readonly cursor: string | null;
}

/** Longer ones are hostile: real ones have some words. */
const MOST_TEXT = 200;
const DAY = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const NUMBER = /^\d{1,15}$/;
const CLASS = /^[\p{L}\p{N}][\p{L}\p{N}./-]{0,39}$/u;

/** `2026-02-31` looks like a day and is none. */
export const isRegisterDay = (text: string): boolean =>
  DAY.test(text) && new Date(`${text}T12:00:00Z`).toISOString().slice(0, 10) === text;

export function askedRegister(form: Pick<PostedForm, 'text'>): AskedRegister {
  const query = new URLSearchParams();
  const take = (name: string, isMeant: (value: string) => boolean): string | undefined => {
    const value = form.text(name).slice(0, MOST_TEXT).toWellFormed().replaceAll('\0', '');
    if (value === '' || !isMeant(value)) return undefined;
    query.set(name, value);
    return value;
  };
  const text = take('q', () => true);
  const correspondent = take('corrispondente', () => true);
  const least = take('numero', (value) => NUMBER.test(value));
  const most = take('al-numero', (value) => NUMBER.test(value));
  const year = take('anno', (value) => /^[12]\d{3}$/.test(value));
  const from = take('dal', isRegisterDay);
  const to = take('al', isRegisterDay);
  const direction = take('direzione', (value) => Object.hasOwn(DIRECTION_FILTERS, value));
  const unit = take('ufficio', (value) => UUID.test(value));
  const classification = take('classe', (value) => CLASS.test(value));
  const state = take('stato', (value) => Object.hasOwn(STATE_FILTERS, value));
  const carrier = take('mezzo', (value) => Object.hasOwn(CARRIER_NAMES, value));
  const flagged = take('segnalate', (value) => value === 'si');
  const filter: RegisterFilter = {
    ...(text !== undefined && { text }),
    ...(correspondent !== undefined && { correspondent }),
    ...(least !== undefined && { numberFrom: Number(least) }),
    ...(most !== undefined && { numberTo: Number(most) }),
    ...(year !== undefined && { year: Number(year) }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(direction !== undefined && {
      direction: DIRECTION_FILTERS[direction as keyof typeof DIRECTION_FILTERS].direction,
    }),
    ...(unit !== undefined && { unit }),
    ...(classification !== undefined && { classification }),
    ...(state !== undefined && { state: STATE_FILTERS[state as keyof typeof STATE_FILTERS].state }),
    ...(carrier !== undefined && { carrier }),
    ...(flagged !== undefined && { flagged: true as const }),
  };
  return { filter, query, cursor: form.text('da') || null };
}

export const registerAddress = (query: URLSearchParams, path = REGISTER_PATH): string =>
  query.size === 0 ? path : `${path}?${query.toString()}`;

/** What is filtered besides the text, each with the address without it. */
export function chipsOf({ query }: AskedRegister, units: readonly UnitName[]): readonly FilterChip[] {
  const chips: FilterChip[] = [];
  const chip = (label: string, ...names: readonly string[]): void => {
    const rest = new URLSearchParams(query);
    for (const name of names) rest.delete(name);
    chips.push({ label, without: registerAddress(rest) });
  };
  const value = (name: string): string => query.get(name) ?? '';
  const dates = datesOf(value('dal'), value('al'));
  if (query.has('corrispondente')) chip(`Con «${value('corrispondente')}»`, 'corrispondente');
  const numbers = rangeOf(value('numero'), value('al-numero'));
  if (numbers !== null) chip(numbers, 'numero', 'al-numero');
  if (query.has('anno')) chip(`Anno ${value('anno')}`, 'anno');
  if (dates !== null) chip(dates, 'dal', 'al');
  if (query.has('direzione'))
    chip(DIRECTION_FILTERS[value('direzione') as keyof typeof DIRECTION_FILTERS].label, 'direzione');
  if (query.has('ufficio'))
    chip(units.find(({ unitId }) => unitId === value('ufficio'))?.name ?? 'Altro ufficio', 'ufficio');
  if (query.has('classe')) chip(`Classe ${value('classe')}`, 'classe');
  if (query.has('stato')) chip(STATE_FILTERS[value('stato') as keyof typeof STATE_FILTERS].label, 'stato');
  if (query.has('mezzo')) chip(carrierName(value('mezzo')), 'mezzo');
  if (query.has('segnalate')) chip('Segnalate', 'segnalate');
  return chips;
}

function rangeOf(least: string, most: string): string | null {
  if (least === '') return most === '' ? null : `fino al n. ${most}`;
  return most === '' ? `dal n. ${least}` : `dal n. ${least} al n. ${most}`;
}

function datesOf(from: string, to: string): string | null {
  if (from === '' && to === '') return null;
  if (from === to) return `del ${shortDay(from)}`;
  if (to === '') return `dal ${shortDay(from)}`;
  return from === '' ? `fino al ${shortDay(to)}` : `dal ${shortDay(from)} al ${shortDay(to)}`;
}
