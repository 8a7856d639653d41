/**
 * A full-size index, plausible and the same for the same seed: 23,000 bodies, 40,000 AOOs, 123,000 offices, derived from
 * the real municipalities. `node bench/index/generate.ts --out FOLDER [--seed N] [--day 1]` writes the files of the newer
 * layouts; another day differs from day 0 in one row of a hundred.
 */
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { areaOf, cadastralOf } from '../../src/domain/index/istat.ts';
import { readIndexFile } from '../../src/formats/ipa/read-index.ts';
import { below, chance, pick, type Random, seededRandom } from '../../test/support/random.ts';
import { repository } from '../../test/support/shared.ts';
import { AREAS, OFFICES, PEOPLE, SORTS, type Sort, STREETS } from './names.ts';

export const SIZES = { bodies: 23_000, aoos: 40_000, offices: 123_000 } as const;
const MUNICIPALITIES = 'data/ipa/amministrazioni_comuni_2026-08-18.tsv';

export interface Town {
  readonly code: string;
  readonly name: string;
  readonly title: string;
  readonly taxCode: string;
  readonly istat: string;
  readonly cadastral: string;
  readonly postalCode: string;
  readonly province: string;
  readonly region: string;
  readonly pec: string;
}

export interface Body {
  readonly code: string;
  readonly name: string;
  readonly taxCode: string;
  readonly category: string;
  readonly town: Town;
  pec: string;
  street: string;
  updated: string;
  readonly more: number;
}
export interface Aoo {
  readonly uni: string;
  readonly code: string;
  readonly name: string;
  readonly body: Body;
  pec: string;
  phone: string;
  readonly established: string;
  updated: string;
}
export interface Office {
  readonly uni: string;
  readonly name: string;
  readonly aoo: Aoo;
  mail: string;
  phone: string;
  updated: string;
}
export interface GeneratedIndex {
  readonly bodies: Body[];
  readonly aoos: Aoo[];
  readonly offices: Office[];
}

const shared = (): string => process.env['INTERPRO_SHARED'] ?? join(repository, '..', 'shared');

/** Province letters → first three digits of the ISTAT codes. */
const PREFIXES: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 111 }, (_, index) => String(index + 1).padStart(3, '0')).flatMap((prefix) => {
    const area = areaOf(`${prefix}001`);
    return area === null ? [] : [[area.province, prefix] as const];
  }),
);

/** The real municipalities, with invented codes where the file has none. */
export async function readTowns(file = join(shared(), MUNICIPALITIES)): Promise<readonly Town[]> {
  const { batches } = await readIndexFile(createReadStream(file), 'amministrazioni');
  const counted = new Map<string, number>();
  const towns: Town[] = [];
  for await (const { entries } of batches) {
    for (const { entry } of entries) {
      const province = entry.province ?? 'RM';
      const number = (counted.get(province) ?? 0) + 1;
      counted.set(province, number);
      towns.push({
        code: entry.code,
        name: entry.municipality ?? entry.name,
        title: entry.name,
        taxCode: entry.taxCode ?? '',
        istat: `${PREFIXES.get(province) ?? '999'}${String(number).padStart(3, '0')}`,
        cadastral: cadastralOf(entry.code) ?? `Z${String(towns.length % 1000).padStart(3, '0')}`,
        postalCode: entry.postalCode ?? '00100',
        province,
        region: entry.region ?? '',
        pec: entry.mails[0]?.address ?? '',
      });
    }
  }
  return towns;
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** Scatters a counter into unique codes without storing them: 982,451,653 is prime and therefore coprime to 36^n. */
const scattered = (number: number, length: number): string => {
  let rest = (number * 982_451_653) % 36 ** length;
  let code = '';
  for (let place = 0; place < length; place += 1) {
    code = ALPHABET[rest % 36] + code;
    rest = Math.floor(rest / 36);
  }
  return code;
};

const slug = (text: string): string =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .slice(0, 40);

const day = (random: Random, from: number, years: number): string =>
  `${from + below(random, years)}-${String(1 + below(random, 12)).padStart(2, '0')}-${String(1 + below(random, 28)).padStart(2, '0')}`;
const phone = (random: Random): string => `0${below(random, 90) + 10} ${below(random, 900_000) + 100_000}`;

export function generateIndex(towns: readonly Town[], seed: number): GeneratedIndex {
  const random = seededRandom(seed);
  const bodies: Body[] = towns.map((town) => ({
    code: town.code,
    name: town.title,
    taxCode: town.taxCode,
    category: 'L6',
    town,
    pec: town.pec,
    street: `${pick(random, STREETS)}, ${1 + below(random, 90)}`,
    updated: day(random, 2019, 7),
    more: 3,
  }));
  while (bodies.length < SIZES.bodies) bodies.push(otherBody(random, towns, bodies.length));
  const aoos: Aoo[] = bodies.map((body, index) => firstAoo(random, body, index));
  const large = bodies.filter(({ more }) => more > 0);
  const taken = new Map<string, number>();
  while (aoos.length < SIZES.aoos) {
    const body = pick(random, large);
    const count = (taken.get(body.code) ?? 0) + 1;
    if (count > body.more && !chance(random, 0.05)) continue;
    taken.set(body.code, count);
    aoos.push(furtherAoo(random, body, aoos.length, count));
  }
  const offices: Office[] = [];
  for (let number = 0; number < SIZES.offices; number += 1) {
    const aoo = number < aoos.length ? aoos[number] : pick(random, aoos);
    if (aoo === undefined) break;
    const name = number < aoos.length ? 'Uff_eFatturaPA' : pick(random, OFFICES);
    const mail = chance(random, 0.6) ? aoo.pec : `${slug(name)}.${number}@${aoo.pec.split('@')[1]}`;
    offices.push({
      uni: scattered(number + 7, 6),
      name,
      aoo,
      mail,
      phone: phone(random),
      updated: day(random, 2019, 7),
    });
  }
  return { bodies, aoos, offices };
}

function sortOf(random: Random): Sort {
  let rest = random() * SORTS.reduce((sum, { share }) => sum + share, 0);
  for (const sort of SORTS) {
    rest -= sort.share;
    if (rest < 0) return sort;
  }
  return pick(random, SORTS);
}

function otherBody(random: Random, towns: readonly Town[], number: number): Body {
  const sort = sortOf(random);
  const town = pick(random, towns);
  const name = pick(random, sort.names)
    .replace('{p}', town.province)
    .replace('{n}', pick(random, PEOPLE))
    .replace('{k}', String(1 + below(random, 9)))
    .replace('{}', town.name);
  return {
    code: number % 3 === 0 ? `${sort.prefix}_${number}` : scattered(number, 8),
    name,
    taxCode: String(80_000_000_000 + number * 137),
    category: sort.category,
    town,
    pec: `${slug(name).slice(0, 24)}.${number}@pec.example.it`,
    street: `${pick(random, STREETS)}, ${1 + below(random, 90)}`,
    updated: day(random, 2019, 7),
    more: sort.more,
  };
}

const firstAoo = (random: Random, body: Body, number: number): Aoo => ({
  uni: `A${scattered(number + 11, 6)}`,
  code: chance(random, 0.5) ? 'AOO1' : `A${String(number).padStart(5, '0')}`,
  name: chance(random, 0.5) ? 'Ufficio Protocollo' : body.name,
  body,
  pec: body.pec,
  phone: phone(random),
  established: day(random, 2006, 14),
  updated: day(random, 2020, 6),
});

function furtherAoo(random: Random, body: Body, number: number, count: number): Aoo {
  const name = pick(random, AREAS);
  return {
    uni: `A${scattered(number + 11, 6)}`,
    code: `AOO${count + 1}`,
    name,
    body,
    pec: `${slug(name)}.${number}@${body.pec.split('@')[1]}`,
    phone: phone(random),
    established: day(random, 2010, 12),
    updated: day(random, 2020, 6),
  };
}

/** Another day: one row in a hundred has a new address, phone or street; a few rows are gone or new. */
export function changedIndex(index: GeneratedIndex, seed: number): GeneratedIndex {
  const random = seededRandom(seed);
  const on = '2026-09-02';
  const copy = <T extends object>(rows: readonly T[], change: (row: T) => void): T[] =>
    rows.map((row) => {
      if (!chance(random, 0.01)) return row;
      const changed = { ...row, updated: on };
      change(changed);
      return changed;
    });
  return {
    bodies: copy(index.bodies, (body) => {
      body.street = `${pick(random, STREETS)}, ${100 + below(random, 90)}`;
    }),
    aoos: copy(index.aoos, (aoo) => {
      aoo.pec = `nuovo.${aoo.uni.toLowerCase()}@pec.example.it`;
    }),
    offices: copy(index.offices, (office) => {
      office.phone = phone(random);
    }).filter((_, number) => number < SIZES.offices - 100 || chance(random, 0.5)),
  };
}

const HEADS = {
  enti: '_id,Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Tipologia,Codice_Categoria,Codice_natura,Codice_ateco,Ente_in_liquidazione,Codice_MIUR,Codice_ISTAT,Acronimo,Nome_responsabile,Cognome_responsabile,Titolo_responsabile,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Mail1,Tipo_Mail1,Mail2,Tipo_Mail2,Mail3,Tipo_Mail3,Mail4,Tipo_Mail4,Mail5,Tipo_Mail5,Sito_istituzionale,Url_facebook,Url_linkedin,Url_twitter,Url_youtube,Data_aggiornamento',
  aoo: 'Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_aoo,Denominazione_aoo,Data_istituzione,Nome_responsabile,Cognome_responsabile,Mail_responsabile,Telefono_responsabile,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Fax,Mail1,Tipo_Mail1,Mail2,Tipo_Mail2,Mail3,Tipo_Mail3,Protocollo_informatico,URI_Protocollo_informatico,Data_aggiornamento,cod_aoo',
  uo: '_id,Codice_IPA,Denominazione_ente,Codice_fiscale_ente,Codice_uni_uo,Codice_uni_aoo,Codice_uni_uo_padre,Descrizione_uo,Data_istituzione,Nome_responsabile,Cognome_responsabile,Mail_responsabile,Telefono_responsabile,Codice_comune_ISTAT,Codice_catastale_comune,CAP,Indirizzo,Telefono,Fax,Mail1,Tipo_Mail1,Mail2,Tipo_Mail2,Mail3,Tipo_Mail3,Data_aggiornamento,Url',
} as const;

const quoted = (cell: string): string => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const row = (...cells: readonly (string | number)[]): string => cells.map((cell) => quoted(String(cell))).join(',');

function bodyRow({ code, name, taxCode, category, town, pec, street, updated }: Body, number: number): string {
  const type = category === 'L37' ? 'Gestori di Pubblici Servizi' : 'Pubbliche Amministrazioni';
  const web = `https://www.${slug(name)}.example.it`;
  return row(
    number,
    code,
    name,
    taxCode,
    type,
    category,
    '2430',
    '84.11.1',
    '',
    '',
    '',
    '',
    'Nome',
    'Cognome',
    'Responsabile',
    town.istat,
    town.cadastral,
    town.postalCode,
    street,
    pec,
    'Pec',
    `info@${slug(name)}.example.it`,
    'Altro',
    '',
    '',
    '',
    '',
    '',
    '',
    web,
    '',
    '',
    '',
    '',
    updated,
  );
}

function aooRow({ uni, code, name, body, pec, phone: own, established, updated }: Aoo): string {
  const { town } = body;
  return row(
    body.code,
    body.name,
    body.taxCode,
    uni,
    name,
    established,
    'Nome',
    'Cognome',
    '',
    '',
    town.istat,
    town.cadastral,
    town.postalCode,
    body.street,
    own,
    '',
    pec,
    'Pec',
    '',
    '',
    '',
    '',
    '',
    '',
    updated,
    code,
  );
}

function officeRow({ uni, name, aoo, mail, phone: own, updated }: Office, number: number): string {
  const { body } = aoo;
  const { town } = body;
  return row(
    number,
    body.code,
    body.name,
    body.taxCode,
    uni,
    aoo.uni,
    '',
    name,
    aoo.established,
    'Nome',
    'Cognome',
    '',
    '',
    town.istat,
    town.cadastral,
    town.postalCode,
    body.street,
    own,
    '',
    mail,
    'Pec',
    '',
    '',
    '',
    '',
    updated,
    '',
  );
}

/** The files of the newer layouts, as text. */
export const asCsv = ({ bodies, aoos, offices }: GeneratedIndex): Readonly<Record<'enti' | 'aoo' | 'uo', string>> => ({
  enti: [HEADS.enti, ...bodies.map(bodyRow), ''].join('\n'),
  aoo: [HEADS.aoo, ...aoos.map(aooRow), ''].join('\n'),
  uo: [HEADS.uo, ...offices.map(officeRow), ''].join('\n'),
});

if (import.meta.main) {
  const { values } = parseArgs({
    options: { out: { type: 'string' }, seed: { type: 'string', default: '1' }, day: { type: 'string', default: '0' } },
  });
  if (values.out === undefined) throw new Error('--out FOLDER is missing');
  const first = generateIndex(await readTowns(), Number(values.seed));
  const index = values.day === '0' ? first : changedIndex(first, Number(values.seed) + Number(values.day));
  await mkdir(values.out, { recursive: true });
  for (const [name, text] of Object.entries(asCsv(index))) await writeFile(join(values.out, `${name}.csv`), text);
}
