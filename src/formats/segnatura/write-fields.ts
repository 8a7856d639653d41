import { type Problem, problem } from '../../kernel/problems.ts';
import {
  COMMUNICATION,
  type Digest,
  type Generation,
  type Identifier,
  type IdentifierPart,
  type NetAddress,
} from '../../model/segnatura.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { inBase64 } from './digests.ts';
import { isDate, isTime, looksLike } from './fields.ts';

/** What the writers of all generations share. */

/** Carries a problem out of the writers; `writeMessage` turns it into a value. */
export class UnwritableError extends Error {
  readonly problem: Problem;
  constructor(found: Problem) {
    super(found.message);
    this.problem = found;
  }
}

/** Throws, naming the field that is missing or does not fit. */
export function unwritable(field: string, reason = 'manca'): never {
  throw new UnwritableError(problem('segnatura-not-expressible', field, `${field}: ${reason}`));
}

/** How a message is written. */
export interface Form {
  readonly generation: Generation;
  /**
   * True: as it was read, and valid where that was. False: as the norm wants it, which is more than the grammar asks: a
   * subject, numbers of seven digits, dates and digests in their proper form.
   */
  readonly asRead: boolean;
}

/** A text that the norm wants not to be blank; the grammars accept an empty element. */
export function required(text: string | null | undefined, field: string, form: Form): string {
  if (text != null && (form.asRead || text.trim() !== '')) return text;
  return unwritable(field);
}

/** A text element, or nothing where there is no text; an empty text is an empty element. */
export const optionalText = (name: string, text: string | null | undefined): XmlOutput | null =>
  text == null ? null : element(name, {}, text || null);

/**
 * Whose registration is written. An `own` one must be exactly as the norm wants it. An `echoed` one is given back as the other
 * side wrote it, as far as the grammar allows, so that it recognises its own message.
 */
export type Origin = 'own' | 'echoed';

/** The elements of an identifier, their names with `prefix` (`''` or `prot:`). */
export function identifierParts(identifier: Identifier, form: Form, origin: Origin, prefix = ''): (XmlOutput | null)[] {
  const { generation } = form;
  const written = form.asRead ? identifier.written : undefined;
  const part = (name: string, text: string, key: IdentifierPart, attribute?: string) =>
    element(
      `${prefix}${name}`,
      attribute === undefined ? {} : { [`${prefix}descrizione`]: attribute },
      written?.[key] ?? text,
    );
  const named = generation === '3.0.0';
  if (!isDate(identifier.date)) unwritable('DataRegistrazione', 'non è una data');
  const time = identifier.time !== null && isTime(identifier.time) ? identifier.time : null;
  return [
    part(
      'CodiceAmministrazione',
      required(identifier.administration, 'CodiceAmministrazione', form),
      'administration',
      named ? identifier.administrationName : undefined,
    ),
    part('CodiceAOO', required(identifier.aoo, 'CodiceAOO', form), 'aoo', named ? identifier.aooName : undefined),
    registerPart(identifier, form, origin, prefix),
    part('NumeroRegistrazione', numberText(identifier, form, origin), 'number'),
    part('DataRegistrazione', identifier.date, 'date'),
    generation === '3.0.0' && (time ?? written?.time) != null ? part('OraRegistrazione', time ?? '', 'time') : null,
  ];
}

const REGISTER = /^[A-Za-z0-9_.-]{1,16}$/;

function registerPart(identifier: Identifier, form: Form, origin: Origin, prefix: string) {
  const { generation, asRead } = form;
  if (generation === '2001' || generation === '2009') return null;
  const register = (asRead ? identifier.written?.register : null) ?? identifier.register ?? '';
  // The grammar of 2013 requires the element, but no text in it: a sender without a register gets none back.
  const fits = generation === '2013' && (asRead || origin === 'echoed') ? true : REGISTER.test(register);
  if (!fits) unwritable('CodiceRegistro', register === '' ? 'manca' : 'non ha la forma prevista');
  return element(`${prefix}CodiceRegistro`, {}, register === '' ? null : register);
}

/** Whether an identifier of another generation satisfies the rules of 3.0.0. */
export const identifierFitsGuidelines = ({ register, number }: Identifier): boolean =>
  REGISTER.test(register ?? '') && /^[0-9]+$/.test(number);

function numberText(identifier: Identifier, form: Form, origin: Origin): string {
  const { generation } = form;
  const number = required(identifier.number, 'NumeroRegistrazione', form);
  const digits = /^[0-9]+$/.test(number);
  if (generation === '3.0.0') {
    if (!digits || (origin === 'own' && number.length < 7))
      unwritable('NumeroRegistrazione', 'deve avere almeno sette cifre');
    return number.padStart(7, '0');
  }
  if (form.asRead || origin === 'echoed') return number;
  const plain = identifier.administration === COMMUNICATION;
  if (generation === '2013' ? !(digits && number.length >= 7) && !plain : !/^[0-9]{7}$/.test(number)) {
    unwritable(
      'NumeroRegistrazione',
      generation === '2013' ? 'deve avere almeno sette cifre' : 'deve avere sette cifre',
    );
  }
  return number;
}

/** The value of a digest; null where it is not known. */
export const digestText = (digest: Digest, { asRead }: Form): string | null =>
  (asRead ? digest.written : null) ?? inBase64(digest);

/** Names of the kinds of address in the generations. */
const CIRCULAR_TYPES = { mail: 'smtp', service: 'uri', other: 'NMTOKEN' } as const;
const GUIDELINES_TYPES = { mail: 'smtp', service: 'url', other: 'other' } as const;

export const addressType = ({ address, type }: NetAddress, { generation }: Form): string =>
  (generation === '3.0.0' ? GUIDELINES_TYPES : CIRCULAR_TYPES)[type ?? looksLike(address)];

export const addressText = ({ address, written }: NetAddress, { asRead }: Form): string =>
  (asRead ? written : null) ?? address;

/** Most nested levels written; readers, ours included, have a limit. */
export const DEEPEST = 100;
