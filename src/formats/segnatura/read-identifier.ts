import { isCode } from '../../kernel/ids.ts';
import { COMMUNICATION, type Generation, type Identifier, type IdentifierPart } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { optional, readDate, readTime, textOf } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

export interface IdentifierReading {
  readonly identifier: Identifier | null;
  /** What is missing or unreadable, where `identifier` is null. */
  readonly missing: string;
}

export function readIdentifier(
  element: XmlElement | null,
  generation: Generation,
  problems: ProblemCollector,
): IdentifierReading {
  if (element === null) return { identifier: null, missing: 'Identificatore' };
  const administration = textOf(element, 'CodiceAmministrazione');
  const aoo = textOf(element, 'CodiceAOO');
  const given = textOf(element, 'NumeroRegistrazione');
  if (administration === null) return { identifier: null, missing: 'CodiceAmministrazione' };
  if (aoo === null) return { identifier: null, missing: 'CodiceAOO' };
  const plain = administration === COMMUNICATION && aoo === COMMUNICATION;
  const date = readDate(element.child('DataRegistrazione'), problems);
  const number = plain ? given : withoutYear(given, date);
  if (number === null) return { identifier: null, missing: 'NumeroRegistrazione' };
  if (date === null) return { identifier: null, missing: 'DataRegistrazione' };
  if (number !== given) problems.add('segnatura-number-format', element.at, given ?? '');
  const register = textOf(element, 'CodiceRegistro');
  if (register === null && (generation === '2013' || generation === '3.0.0')) {
    problems.add('segnatura-register-missing', element.at);
  }
  for (const code of [administration, aoo, register]) {
    if (code !== null && !isCode(code)) problems.add('segnatura-code-unusual', element.at, code);
  }
  if (!plain && number.length < 7) problems.add('segnatura-number-short', element.at, number);
  const time = readTime(element.child('OraRegistrazione'), generation === '3.0.0' ? '.' : ',', problems);
  const parts = { administration, aoo, register, number, date, time };
  return { identifier: { ...parts, ...names(element), ...optional('written', written(element, parts)) }, missing: '' };
}

/** Digits. Some write `0000123/2026`; the year must then be that of the date, or it is not known which part is the number. */
function withoutYear(given: string | null, date: string | null): string | null {
  const [, number = '', year] = /^([0-9]{1,100})(?:\s*\/\s*([0-9]{4}))?$/.exec(given ?? '') ?? [];
  const fits = year === undefined || date === null || date.startsWith(`${year}-`);
  return number !== '' && fits ? number : null;
}

const names = (element: XmlElement): Pick<Identifier, 'administrationName' | 'aooName'> => ({
  ...optional('administrationName', element.child('CodiceAmministrazione')?.attribute('descrizione')),
  ...optional('aooName', element.child('CodiceAOO')?.attribute('descrizione')),
});

const ELEMENTS = [
  ['administration', 'CodiceAmministrazione'],
  ['aoo', 'CodiceAOO'],
  ['register', 'CodiceRegistro'],
  ['number', 'NumeroRegistrazione'],
  ['date', 'DataRegistrazione'],
  ['time', 'OraRegistrazione'],
] as const satisfies readonly (readonly [IdentifierPart, string])[];

function written(element: XmlElement, parts: { readonly [Part in IdentifierPart]: string | null }) {
  let found: Partial<Record<IdentifierPart, string>> | null = null;
  for (const [part, name] of ELEMENTS) {
    const content = element.child(name)?.content();
    if (content === undefined || content === parts[part]) continue;
    // An empty register is not kept: the element is required, so it is written anyway.
    if (content === '' && part === 'register') continue;
    found ??= {};
    found[part] = content;
  }
  return found;
}

/** An identifier that a message may lack: null where it is absent, null and a problem where it is unreadable. */
export function readOptionalIdentifier(
  element: XmlElement | null,
  generation: Generation,
  problems: ProblemCollector,
): Identifier | null {
  if (element === null) return null;
  const { identifier, missing } = readIdentifier(element, generation, problems);
  if (identifier === null) problems.add('segnatura-received-unreadable', element.at, missing);
  return identifier;
}

/** From 2001 to 2013 `PrimaRegistrazione` holds an `Identificatore`; in 3.0.0 it is one. */
export function readFirstRegistration(
  parent: XmlElement | null,
  generation: Generation,
  problems: ProblemCollector,
): Identifier | null {
  const first = parent?.child('PrimaRegistrazione') ?? null;
  return readOptionalIdentifier(first?.child('Identificatore') ?? first, generation, problems);
}
