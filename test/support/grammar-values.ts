import type { SimpleType } from './grammar-model.ts';
import { below, chance, pick, type Random } from './random.ts';

/** Values that a type allows, plausible ones if the name of the element or attribute tells what it holds. */
export function validValue(type: SimpleType, name: string, random: Random): string {
  if (type.values.length > 0) return pick(random, type.values);
  const [pattern] = type.patterns;
  if (pattern !== undefined) return fromPattern(pattern, random);
  const plausible = PLAUSIBLE[name];
  if (plausible !== undefined && ['string', 'anySimpleType', 'anyURI'].includes(type.base)) return plausible(random);
  return (BUILT_IN[type.base] ?? words)(random);
}

export const digits = (random: Random, count: number): string =>
  Array.from({ length: count }, () => below(random, 10)).join('');

const WORDS = [
  'Comune di Esempio',
  'Comune di Provaria',
  'Richiesta di parere',
  'Trasmissione atti',
  'Conferenza di servizi',
  'perché però così è già',
  'Ufficio protocollo',
  'lettera & allegato',
  '"citazione"',
  'art. 55 <DPR 445/2000>',
  "l'ufficio",
  'x',
];
const words = (random: Random): string =>
  chance(random, 0.05) ? '' : Array.from({ length: 1 + below(random, 3) }, () => pick(random, WORDS)).join(' ');

const two = (random: Random, from: number, to: number): string =>
  String(from + below(random, to - from + 1)).padStart(2, '0');
const date = (random: Random): string => `20${two(random, 0, 30)}-${two(random, 1, 12)}-${two(random, 1, 28)}`;
const time = (random: Random): string => `${two(random, 0, 23)}:${two(random, 0, 59)}:${two(random, 0, 59)}`;
const base64 = (random: Random): string =>
  Buffer.from(Array.from({ length: pick(random, [20, 32, 32, 48, 1, 2, 3]) }, () => below(random, 256))).toString(
    'base64',
  );
const fileName = (random: Random): string =>
  `documento-${digits(random, 3)}.${pick(random, ['pdf', 'pdf.p7m', 'xml', 'odt'])}`;
const mediaType = (random: Random): string => pick(random, ['application/pdf', 'text/xml', 'application/pkcs7-mime']);
const address = (random: Random): string => `protocollo${digits(random, 2)}@pec.comune.example.it`;

const BUILT_IN: Readonly<Record<string, (random: Random) => string>> = {
  boolean: (random) => pick(random, ['true', 'false', '1', '0']),
  date: (random) => date(random) + pick(random, ['', '', '', 'Z', '+02:00']),
  time: (random) => time(random) + pick(random, ['', '', '.5', '.123', 'Z', '-05:00']),
  integer: (random) => pick(random, ['0', '1', '-3', '+12', '0042', '86400000', '99999999999999999999']),
  base64Binary: base64,
  anyURI: (random) =>
    pick(random, ['http://www.w3.org/2001/10/xml-exc-c14n#', '#documento', '', 'https://host.example.it/a?b=c']),
  NMTOKEN: (random) => pick(random, ['schema-1.0', 'xsd', 'a', '1.2', 'it']),
};

const PLAUSIBLE: Readonly<Record<string, (random: Random) => string>> = {
  CodiceAmministrazione: (random) => `c_e${digits(random, 3)}`,
  CodiceIPAAmministrazione: (random) => `c_e${digits(random, 3)}`,
  CodiceAOO: (random) => `A${pick(random, ['B', 'C', '0'])}${digits(random, 5)}`,
  CodiceIPAAOO: (random) => `A${pick(random, ['B', 'C', '0'])}${digits(random, 5)}`,
  CodiceRegistro: (random) => pick(random, ['PROT', 'REG_1', 'P.G', 'registro-ufficial']),
  NumeroRegistrazione: (random) => digits(random, pick(random, [7, 7, 7, 9])),
  DataRegistrazione: date,
  OraRegistrazione: (random) => time(random) + pick(random, ['', `,${digits(random, 3)}`]),
  IndirizzoTelematico: address,
  Denominazione: (random) => pick(random, ['Comune di Esempio', 'Comune di Provaria', 'Direzione generale']),
  CodiceFiscale: () => 'RSSMRA80A01H501U',
  CAP: (random) => digits(random, 5),
  Provincia: (random) => pick(random, ['EX', 'PV']),
  NumeroPagine: (random) => String(1 + below(random, 40)),
  nome: fileName,
  NomeFile: fileName,
  nomeFile: fileName,
  tipoMIME: mediaType,
  mimeType: mediaType,
  algoritmo: () => 'SHA-256',
  Impronta: base64,
  CollocazioneTelematica: (random) => `https://documenti.comune.example.it/${digits(random, 6)}`,
};

/** The atoms of a pattern of classes and literals, each with its repetition: `[0-9]{7,}`, `[A-Z]`, `x{2}`. */
export interface Atom {
  readonly characters: string;
  readonly least: number;
  readonly most: number;
}

export function atomsOf(pattern: string): readonly Atom[] {
  const parts = pattern.matchAll(/(?:\[((?:\\.|[^\]])+)\]|(\\?.))(?:\{(\d+)(,?)(\d*)\})?/gy);
  return [...parts].map(([, set, literal, least, comma, most]) => ({
    characters: set === undefined ? (literal ?? '').replace('\\', '') : expand(set),
    least: Number(least ?? '1'),
    most: comma === ',' ? (most === '' ? Number.POSITIVE_INFINITY : Number(most)) : Number(least ?? '1'),
  }));
}

function expand(set: string): string {
  const plain = set.replace(/(\w)-(\w)/g, (_, from: string, to: string) => {
    const first = from.charCodeAt(0);
    return String.fromCharCode(
      ...Array.from({ length: to.charCodeAt(0) - first + 1 }, (_each, index) => first + index),
    );
  });
  return plain.replaceAll('\\', '');
}

const repeat = ({ characters }: Atom, count: number, random: Random): string =>
  Array.from({ length: count }, () => characters[below(random, characters.length)] ?? '').join('');

const fromPattern = (pattern: string, random: Random): string =>
  atomsOf(pattern)
    .map((atom) =>
      repeat(atom, pick(random, [atom.least, Math.min(atom.most, atom.least + below(random, 16))]), random),
    )
    .join('');

/** Values at the limits of a type and just past them; a validator decides which are valid. */
export function edgeValues(type: SimpleType, random: Random): readonly string[] {
  const [pattern] = type.patterns;
  if (pattern !== undefined) return Array.from({ length: 16 }, () => edgeOfPattern(pattern, random));
  if (type.values.length === 0) return EDGES[type.base] ?? ['', ' ', 'testo', '\u00e8'];
  const value = pick(random, type.values);
  const past = [` ${value} `, value.toUpperCase(), `${value}x`, '', 'NMTOKEN', 'altro', `${value} ${value}`];
  return [...type.values, ...past];
}

export const edgeValue = (type: SimpleType, random: Random): string => pick(random, edgeValues(type, random));

function edgeOfPattern(pattern: string, random: Random): string {
  const atoms = atomsOf(pattern);
  const chosen = below(random, atoms.length);
  const value = atoms.map((atom, index) => {
    const most = atom.most === Number.POSITIVE_INFINITY ? atom.least + 40 : atom.most;
    if (index !== chosen) return repeat(atom, atom.least, random);
    return repeat(atom, Math.max(0, pick(random, [atom.least - 1, atom.least, most, most + 1])), random);
  });
  const text = value.join('');
  const at = below(random, text.length + 1);
  const foreign = pick(random, ['-', '.', '_', '\\', '@', 'g', 'G', 'O', 'W', 'F', '5', ' ', '\u0663', '\u00e9', '\n']);
  return pick(random, [
    text,
    text,
    text,
    text.slice(0, at) + foreign + text.slice(at + 1),
    ` ${text}`,
    text.toLowerCase(),
  ]);
}

const EDGES: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false', '1', '0', ' true ', 'TRUE', 'si', '', '2', 'true false'],
  date: [
    '2024-02-29',
    '2023-02-29',
    '2024-13-01',
    '2024-12-32',
    '2024-1-1',
    '2024-01-01Z',
    '2024-01-01+14:00',
    '2024-01-01+14:01',
    '12024-01-01',
    '2024-01-01T00:00:00',
    ' 2024-01-01 ',
    '',
    '01/02/2024',
    '2024-06-31',
    '1900-02-29',
    '24-01-01',
  ],
  time: [
    '23:59:59',
    '24:00:01',
    '12:00',
    '12:00:00.123',
    '12:00:00,123',
    '25:00:00',
    '12:00:00Z',
    '12:00:00+14:00',
    '12:60:00',
    '12:00:00+14:01',
    '',
    ' 12:00:00 ',
    '1:00:00',
    '12:00:61',
    '12:00:00.',
  ],
  integer: ['0', '-1', '+5', '1.0', '1e3', '', ' 7 ', '99999999999999999999', 'abc', '--1', '0x1', '1 2'],
  base64Binary: [
    'AAAA',
    'AAA=',
    'AA==',
    'A===',
    'AAA',
    'A A A A',
    ' ',
    '',
    '====',
    'AB==',
    'a-b_',
    'AAAA=',
    'AAAA\nBBBB',
    '\u00e8AAA',
  ],
  anyURI: ['http://example.it/', 'urn:a', '%zz', 'http://[', 'a b', '::', '', '\u00e8', '#'],
  NMTOKEN: ['a', 'a b', '', ' a ', '\u00e8', '%', '-', '1'],
  ID: ['a', '1a', 'a b', '', 'a:b', '\u00e8'],
  IDREF: ['a', '1a', 'a b', '', 'manca'],
};
