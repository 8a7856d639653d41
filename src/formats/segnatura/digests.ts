import type { Digest } from '../../model/segnatura.ts';
import type { XmlElement } from '../xml/tree.ts';
import { optional } from './fields.ts';
import type { ProblemCollector } from './problem-collector.ts';

/** Bytes of each digest that the norms name (SHA-1 in 2001, SHA-256 and its family since). */
const LENGTHS: ReadonlyMap<string, number> = new Map([
  ['SHA-1', 20],
  ['SHA-224', 28],
  ['SHA-256', 32],
  ['SHA-384', 48],
  ['SHA-512', 64],
]);

/** `sha256`, `SHA 256`, `http://www.w3.org/2001/04/xmlenc#sha256` are all SHA-256; an unknown name stays as written. */
export function algorithmName(written: string): string {
  const last = written.slice(Math.max(written.lastIndexOf('#'), written.lastIndexOf('/')) + 1);
  const found = /^SHA[-_ ]?(?:2[-_ ])?(1|224|256|384|512)$/i.exec(last.trim());
  return found === null ? written : `SHA-${found[1]}`;
}

/**
 * Reads an `Impronta`; null where there is none. Its label and value are kept as written where they are not those of the
 * digest that was understood. `standard` is the label that may be left out.
 */
export function readDigest(element: XmlElement | null, standard: string, problems: ProblemCollector): Digest | null {
  if (element === null) return null;
  const content = element.content();
  const label = element.attribute('algoritmo');
  const digest = understood(element, content.replace(/\s+/g, ''), label?.trim() || standard, problems);
  return {
    ...digest,
    ...optional('label', (label ?? standard) === digest.algorithm ? null : (label ?? standard)),
    ...optional('written', content === inBase64(digest) ? null : content),
  };
}

/** The value as base64; null where it is not known. */
export const inBase64 = ({ hex }: Digest): string | null =>
  hex === null ? null : Buffer.from(hex, 'hex').toString('base64');

function understood(element: XmlElement, text: string, label: string, problems: ProblemCollector): Digest {
  const declared = algorithmName(label);
  const expected = LENGTHS.get(declared);
  if (text === '') return { algorithm: declared, hex: null };
  if (expected === undefined) problems.add('digest-algorithm', element.at, declared);
  const read = decode(text, expected);
  if (read === null) {
    problems.add('digest-unreadable', element.at, text);
    return { algorithm: declared, hex: null };
  }
  if (read.hexadecimal) problems.add('digest-hexadecimal', element.at);
  if (expected === undefined || read.bytes.length === expected) {
    return { algorithm: declared, hex: read.bytes.toString('hex') };
  }
  // The length tells the algorithm, the label may be wrong: real mail has a fixed `SHA-1` over a SHA-256 value.
  const real = [...LENGTHS].find(([, length]) => length === read.bytes.length)?.[0];
  if (real === undefined) {
    problems.add('digest-unreadable', element.at, text);
    return { algorithm: declared, hex: null };
  }
  problems.add('digest-algorithm', element.at, `dichiarato ${declared}, effettivo ${real}`);
  return { algorithm: real, hex: read.bytes.toString('hex') };
}

function decode(text: string, expected: number | undefined): { bytes: Buffer; hexadecimal: boolean } | null {
  const known = (length: number) => (expected === undefined ? length > 0 : length === expected);
  const base64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
  if (base64 !== null && known(base64.length) && !isHex(text)) return { bytes: base64, hexadecimal: false };
  const spelt = isHex(text) ? text : (base64?.toString('latin1') ?? '');
  if (isHex(spelt) && (known(spelt.length / 2) || [...LENGTHS.values()].includes(spelt.length / 2))) {
    return { bytes: Buffer.from(spelt, 'hex'), hexadecimal: true };
  }
  return base64 === null ? null : { bytes: base64, hexadecimal: false };
}

const isHex = (text: string): boolean => text.length % 2 === 0 && /^[0-9a-fA-F]+$/.test(text);
