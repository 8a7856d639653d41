import { isCode } from '../../kernel/ids.ts';
import type { XmlElement } from '../xml/tree.ts';
import type { Findings } from './findings.ts';
import type { Classification, Folder, Generation, Identifier } from './model.ts';

/** The small pieces that all generations share. */

/** Text of the child of that name; null where it is absent or empty. */
export const textOf = (parent: XmlElement | null, name: string): string | null => parent?.child(name)?.text() || null;

/** Tuscany's rule for senders that are not public bodies: this in both codes, the message id in place of the number. */
export const COMMUNICATION = 'COMUNICAZIONE';

export interface IdentifierReading {
  readonly identifier: Identifier | null;
  /** What is missing or unreadable, when `identifier` is null. */
  readonly missing: string;
}

export function readIdentifier(
  element: XmlElement | null,
  generation: Generation,
  findings: Findings,
): IdentifierReading {
  if (element === null) return { identifier: null, missing: 'Identificatore' };
  const administration = textOf(element, 'CodiceAmministrazione');
  const aoo = textOf(element, 'CodiceAOO');
  const number = textOf(element, 'NumeroRegistrazione');
  if (administration === null) return { identifier: null, missing: 'CodiceAmministrazione' };
  if (aoo === null) return { identifier: null, missing: 'CodiceAOO' };
  const plain = administration === COMMUNICATION && aoo === COMMUNICATION;
  if (number === null || !(plain || /^[0-9]{1,100}$/.test(number))) {
    return { identifier: null, missing: 'NumeroRegistrazione' };
  }
  const date = readDate(element.child('DataRegistrazione'), findings);
  if (date === null) return { identifier: null, missing: 'DataRegistrazione' };
  const register = textOf(element, 'CodiceRegistro');
  if (register === null && (generation === '2013' || generation === '3.0.0')) {
    findings.add('segnatura-register-missing', element.at);
  }
  for (const code of [administration, aoo, register]) {
    if (code !== null && !isCode(code)) findings.add('segnatura-code-unusual', element.at, code);
  }
  if (!plain && number.length < 7) findings.add('segnatura-number-short', element.at, number);
  const time = readTime(element.child('OraRegistrazione'), findings);
  return { identifier: { administration, aoo, register, number, date, time }, missing: '' };
}

/** An identifier that a message may do without: null when absent, null and a finding when unreadable. */
export function readOptionalIdentifier(
  element: XmlElement | null,
  generation: Generation,
  findings: Findings,
): Identifier | null {
  if (element === null) return null;
  const { identifier, missing } = readIdentifier(element, generation, findings);
  if (identifier === null) findings.add('segnatura-received-unreadable', element.at, missing);
  return identifier;
}

/** In 2001 to 2013 `PrimaRegistrazione` holds an `Identificatore`; in 3.0.0 it is one. */
export function readFirstRegistration(
  parent: XmlElement | null,
  generation: Generation,
  findings: Findings,
): Identifier | null {
  const first = parent?.child('PrimaRegistrazione') ?? null;
  return readOptionalIdentifier(first?.child('Identificatore') ?? first, generation, findings);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** A day that the calendar knows. */
export function isDate(text: string): boolean {
  const parts = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  return year > 0 && day >= 1 && day <= days;
}

/** `yyyy-mm-dd`; also with a zone or a time behind it, and the Italian `dd/mm/yyyy`, both flagged. */
function readDate(element: XmlElement | null, findings: Findings): string | null {
  const text = element?.text() ?? '';
  if (element === null) return null;
  const zoned = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})$/.exec(text)?.[1];
  if (isDate(zoned ?? text)) return zoned ?? text;
  const timed = /^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ][0-9:.,]{5,20}(?:Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(text)?.[1];
  const italian = /^([0-9]{2})[/.-]([0-9]{2})[/.-]([0-9]{4})$/.exec(text);
  const date = timed ?? (italian === null ? '' : `${italian[3]}-${italian[2]}-${italian[1]}`);
  if (!isDate(date)) return null;
  findings.add('segnatura-date-format', element.at, text);
  return date;
}

const TIME = /^((?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(?:[.,]([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?$/;

/** `hh:mm:ss[.ddd][zone]`; 2001 and 2013 write a comma before the fraction. */
export function readTime(element: XmlElement | null, findings: Findings): string | null {
  const text = element?.text() ?? '';
  if (element === null || text === '') return null;
  const parts = TIME.exec(text);
  if (parts === null) {
    findings.add('segnatura-time-unreadable', element.at, text);
    return null;
  }
  return `${parts[1]}${parts[2] === undefined ? '' : `.${parts[2]}`}${parts[3] ?? ''}`;
}

/** A mail or service address; `mailto:` is forbidden, but met. */
export function readAddress(element: XmlElement | null, findings: Findings): string | null {
  const text = element?.text() ?? '';
  if (element === null || text === '') return null;
  if (!/^mailto:/i.test(text)) return text;
  findings.add('segnatura-address-mailto', element.at, text);
  return text.slice('mailto:'.length).trim() || null;
}

/** `si`, `no` (2001 to 2013), `true`, `1`, `false`, `0` (3.0.0), in any case. */
export function readYes(element: XmlElement, attribute: string, absent: boolean, findings: Findings): boolean {
  const written = element.attribute(attribute)?.trim();
  if (written === undefined) return absent;
  const text = written.toLowerCase();
  if (text === 'si' || text === 'sì' || text === 'true' || text === '1') return true;
  if (text === 'no' || text === 'false' || text === '0') return false;
  findings.add('segnatura-value-unknown', element.at, `${attribute}="${written}"`);
  return absent;
}

/** `Livello` after `Livello` (2001 to 2013), `CodiceFlat`, or `CodicePath` with a `SubLivello` in each (3.0.0). */
export function readClassification(element: XmlElement): Classification {
  const levels = element.all('Livello').map((level) => level.text());
  const flat = textOf(element, 'CodiceFlat');
  if (flat !== null) levels.push(flat);
  for (let step = element.child('CodicePath'); step !== null; step = step.child('SubLivello')) {
    levels.push(textOf(step, 'Livello') ?? '');
  }
  return { name: textOf(element, 'Denominazione'), levels: levels.filter((level) => level !== '') };
}

export function readFolder(element: XmlElement | null): Folder | null {
  const code = textOf(element, 'CodiceFascicolo');
  return code === null ? null : { name: textOf(element, 'Denominazione'), code };
}
