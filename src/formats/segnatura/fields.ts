import type { Classification, Folder, NetAddress } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** The small pieces that all generations share. */

/** A value whose form a norm fixes (code, number, address): trimmed; null where it is absent or empty. */
export const textOf = (parent: XmlElement | null, name: string): string | null => parent?.child(name)?.text() || null;

/** Text as it is written; null where the element is absent. */
export const proseOf = (parent: XmlElement | null, name: string): string | null =>
  parent?.child(name)?.content() ?? null;

/** A property only where there is a value; an empty text is one. */
export const optional = <Name extends string, Value>(name: Name, value: Value | null | undefined) =>
  (value === null || value === undefined ? {} : { [name]: value }) as { readonly [K in Name]?: Value };

/** A property only where the list is not empty. */
export const listed = <Name extends string, Value>(name: Name, values: readonly Value[]) =>
  (values.length === 0 ? {} : { [name]: values }) as { readonly [K in Name]?: readonly Value[] };

/** `full`, unless it only repeats what follows from the neutral fields. Both are built in the same order of keys. */
export const unlessDerived = <Value>(full: Value, derived: unknown): Value | null =>
  JSON.stringify(full) === JSON.stringify(derived) ? null : full;

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Whether a text is a day of the calendar. */
export function isDate(text: string): boolean {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  return year > 0 && day >= 1 && day <= days;
}

/**
 * `yyyy-mm-dd`, with or without a zone. With a time behind it, as the Italian `dd/mm/yyyy`, as `yyyy/mm/dd` or without any
 * mark (`20260302`), it is read and flagged.
 */
export function readDate(element: XmlElement | null, problems: ProblemCollector): string | null {
  const text = element?.text() ?? '';
  if (element === null) return null;
  const zoned = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})$/.exec(text)?.[1];
  if (isDate(zoned ?? text)) return zoned ?? text;
  const timed = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.,]{5,20}(?:Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(text)?.[1];
  const italian = /^([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})$/.exec(text);
  const yearFirst =
    /^((?:19|20)[0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text) ??
    /^([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})$/.exec(text);
  const [, year, month, day] = yearFirst ?? (italian && [text, italian[3], italian[2], italian[1]]) ?? [];
  const two = (part: string | undefined) => (part ?? '').padStart(2, '0');
  const date = timed ?? `${year ?? ''}-${two(month)}-${two(day)}`;
  if (!isDate(date)) return null;
  problems.add('segnatura-date-format', element.at, text);
  return date;
}

const TIME = /^((?:[01]?[0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?(?:([.,])([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?$/;

/** `hh:mm:ss[.ddd][zone]`, in the circulars with a comma before the fraction. `9:30` and the wrong mark are flagged. */
export function readTime(element: XmlElement | null, mark: ',' | '.', problems: ProblemCollector): string | null {
  const text = element?.text() ?? '';
  if (element === null || text === '') return null;
  const [, minutes = '', seconds, separator, fraction, zone = ''] = TIME.exec(text) ?? [];
  if (minutes === '' || (seconds === undefined && fraction !== undefined)) {
    problems.add('segnatura-time-unreadable', element.at, text);
    return null;
  }
  const asNorm = minutes.length === 5 && seconds !== undefined && (separator ?? mark) === mark;
  if (!asNorm) problems.add('segnatura-time-format', element.at, text);
  return `${minutes.padStart(5, '0')}${seconds ?? ':00'}${fraction === undefined ? '' : `.${fraction}`}${zone}`;
}

export const isTime = (text: string): boolean =>
  /^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?$/.test(text);

/** A time as the circulars write it, `hh:mm:ss[,ddd]`: a comma, at most three digits, no zone. */
export function circularTime(time: string | null): string | null {
  if (time === null || !isTime(time)) return null;
  const fraction = /\.([0-9]+)/.exec(time)?.[1];
  return `${time.slice(0, 8)}${fraction === undefined ? '' : `,${fraction.slice(0, 3)}`}`;
}

/** An address that names a service, not a mailbox. */
export const isService = (address: string): boolean => address.includes('://');
export const looksLike = (address: string): 'mail' | 'service' => (isService(address) ? 'service' : 'mail');

/** Names of the three kinds of address in the generations. */
const ADDRESS_TYPES: Readonly<Record<string, NetAddress['type']>> = {
  smtp: 'mail',
  uri: 'service',
  url: 'service',
  NMTOKEN: 'other',
  other: 'other',
};

/** A mail or service address; null where the element is absent. `mailto:` is forbidden, but occurs. */
export function readNetAddress(element: XmlElement | null, problems: ProblemCollector): NetAddress | null {
  if (element === null) return null;
  const content = element.content();
  const text = content.trim();
  const mailto = /^mailto:/i.test(text);
  if (mailto) problems.add('segnatura-address-mailto', element.at, text);
  const address = mailto ? text.slice('mailto:'.length).trim() : text;
  const type = ADDRESS_TYPES[element.attribute('tipo')?.trim() ?? 'smtp'];
  return {
    address,
    ...optional('type', type === looksLike(address) ? null : type),
    ...optional('note', element.attribute('note')),
    ...optional('written', content === address ? null : content),
  };
}

/** `si`, `no` (2001 to 2013), `true`, `1`, `false`, `0` (3.0.0), in any case. */
export function readYes(element: XmlElement, attribute: string, absent: boolean, problems: ProblemCollector): boolean {
  const written = element.attribute(attribute)?.trim();
  if (written === undefined) return absent;
  const text = written.toLowerCase();
  if (text === 'si' || text === 'sì' || text === 'true' || text === '1') return true;
  if (text === 'no' || text === 'false' || text === '0') return false;
  problems.add('segnatura-value-unknown', element.at, `${attribute}="${written}"`);
  return absent;
}

/** `Livello` after `Livello` (2001 to 2013), `CodiceFlat`, or `CodicePath` with a `SubLivello` in each (3.0.0). */
export function readClassification(element: XmlElement): Classification {
  const levels: string[] = [];
  const names: (string | null)[] = [];
  const add = (level: XmlElement | null) => {
    levels.push(level?.content() ?? '');
    names.push(level?.attribute('nome') ?? level?.attribute('descrizione') ?? null);
  };
  element.all('Livello').forEach(add);
  const flat = element.child('CodiceFlat');
  if (flat !== null) add(flat);
  const path = element.child('CodicePath');
  for (let step = path; step !== null; step = step.child('SubLivello')) add(step.child('Livello'));
  // In 3.0.0 the name is required, so an empty one means there is none.
  const name = proseOf(element, 'Denominazione');
  return {
    name: flat !== null || path !== null ? name || null : name,
    levels,
    ...(names.some((each) => each !== null) ? { levelNames: names } : {}),
    ...optional('administration', proseOf(element, 'CodiceAmministrazione')),
    ...optional('aoo', proseOf(element, 'CodiceAOO')),
    ...(path !== null && levels.length === 1 ? { asPath: true } : {}),
  };
}

export const readClassifications = (parent: XmlElement): Classification[] =>
  parent.all('Classifica').map(readClassification);

export function readFolder(element: XmlElement | null): Folder | null {
  const code = proseOf(element, 'CodiceFascicolo');
  return code === null ? null : { name: proseOf(element, 'Denominazione') || null, code };
}
