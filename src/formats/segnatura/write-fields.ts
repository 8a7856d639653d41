import { type Problem, problem } from '../../kernel/problems.ts';
import { element, type XmlOutput } from '../xml/write.ts';
import { COMMUNICATION, isDate } from './fields.ts';
import type { Digest, Generation, Identifier } from './model.ts';

/** What the writers of all generations share. */

/** How a refusal travels out of the writers; `writeMessage` turns it into a value. */
export class Unwritable extends Error {
  readonly problem: Problem;
  constructor(found: Problem) {
    super(found.message);
    this.problem = found;
  }
}

/** Refuses, naming the field that is missing or does not fit. */
export function unwritable(field: string, reason = 'manca'): never {
  throw new Unwritable(problem('segnatura-not-expressible', field, `${field}: ${reason}`));
}

export const required = (text: string | null | undefined, field: string): string => text || unwritable(field);

/** A text element, or nothing where there is no text. */
export const optionalText = (name: string, text: string | null | undefined): XmlOutput | null =>
  text ? element(name, {}, text) : null;

/**
 * Whose registration is written: `own` ones must be exactly as the norm has them; `echoed` ones are given back as the
 * other side wrote them, as far as the grammar lets them through, or it could not recognise its own message.
 */
export type Origin = 'own' | 'echoed';

/** Elements of an identifier, each name led by `prefix` (`''` or `prot:`). */
export function identifierParts(
  identifier: Identifier,
  generation: Generation,
  origin: Origin,
  prefix = '',
): (XmlOutput | null)[] {
  const part = (name: string, text: string) => element(`${prefix}${name}`, {}, text);
  if (!isDate(identifier.date)) unwritable('DataRegistrazione', 'non è una data');
  return [
    part('CodiceAmministrazione', required(identifier.administration, 'CodiceAmministrazione')),
    part('CodiceAOO', required(identifier.aoo, 'CodiceAOO')),
    registerPart(identifier, generation, origin, prefix),
    part('NumeroRegistrazione', numberText(identifier, generation, origin)),
    part('DataRegistrazione', identifier.date),
    generation === '3.0.0' && identifier.time !== null && isTime(identifier.time)
      ? part('OraRegistrazione', identifier.time)
      : null,
  ];
}

function registerPart(identifier: Identifier, generation: Generation, origin: Origin, prefix: string) {
  if (generation === '2001' || generation === '2009') return null;
  const register = identifier.register ?? '';
  // The grammar of 2013 requires the element but not a text: a sender without a register gets none back.
  const fits = generation === '2013' && origin === 'echoed' ? true : /^[A-Za-z0-9_.-]{1,16}$/.test(register);
  if (!fits) unwritable('CodiceRegistro', register === '' ? 'manca' : 'non ha la forma prevista');
  return element(`${prefix}CodiceRegistro`, {}, register === '' ? null : register);
}

function numberText(identifier: Identifier, generation: Generation, origin: Origin): string {
  const number = required(identifier.number, 'NumeroRegistrazione');
  const digits = /^[0-9]+$/.test(number);
  if (generation === '3.0.0') {
    if (!digits || (origin === 'own' && number.length < 7))
      unwritable('NumeroRegistrazione', 'non ha sette cifre o più');
    return number.padStart(7, '0');
  }
  if (origin === 'echoed') return number;
  const plain = identifier.administration === COMMUNICATION;
  if (generation === '2013' ? !(digits && number.length >= 7) && !plain : !/^[0-9]{7}$/.test(number)) {
    unwritable(
      'NumeroRegistrazione',
      generation === '2013' ? 'non ha sette cifre o più' : 'non ha esattamente sette cifre',
    );
  }
  return number;
}

export const isTime = (text: string): boolean =>
  /^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?$/.test(text);

/** The digest as base64; null where its value is not known. */
export const base64 = (digest: Digest): string | null =>
  digest.hex === null ? null : Buffer.from(digest.hex, 'hex').toString('base64');

/** Levels nested into each other that are still written: readers, ours too, stop somewhere. */
export const DEEPEST = 100;

/** An address that names a service, not a mailbox. */
export const isService = (address: string): boolean => address.includes('://');
