/**
 * Queries as clerks type them, derived from an index: words that identify one AOO, with one or two mistakes in them.
 * The same seed gives the same queries. An AOO whose names do not distinguish it from others is left out.
 */

export interface Target {
  readonly version: number;
  readonly body: string;
  readonly name: string;
  readonly bodyName: string;
  readonly municipality: string | null;
  readonly province: string | null;
}

export interface MistypedQuery {
  readonly text: string;
  /** The query without its mistakes. */
  readonly meant: string;
  readonly mistakes: readonly string[];
  /** Version of the intended AOO. */
  readonly version: number;
}

/** mulberry32: small, with the same results on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** The words that identify this AOO and no other; null where names alone do not. */
function tellingNames(targets: readonly Target[]): (target: Target) => string | null {
  const forms = (target: Target): readonly string[] => {
    const { bodyName, name, municipality } = target;
    const place = municipality !== null && !plain(bodyName).includes(plain(municipality)) ? ` ${municipality}` : '';
    const province = target.province === null ? '' : ` ${target.province}`;
    const office = plain(bodyName).includes(plain(name)) ? '' : ` ${name}`;
    return [
      bodyName,
      `${bodyName}${place}`,
      `${bodyName}${office}`,
      `${bodyName}${place}${office}`,
      `${bodyName}${place}${office}${province}`,
    ];
  };
  const owners = new Map<string, number>();
  for (const target of targets) {
    for (const form of new Set(forms(target).map(sorted))) owners.set(form, (owners.get(form) ?? 0) + 1);
  }
  return (target) => forms(target).find((form) => owners.get(sorted(form)) === 1) ?? null;
}

/** Word order does not matter. */
const sorted = (text: string): string => plain(text).split(' ').sort().join(' ');

const ALPHABET = 'abcdefghilmnopqrstuvz';
const SHORT: Readonly<Record<string, string>> = {
  comune: 'com',
  provincia: 'prov',
  istituto: 'ist',
  comprensivo: 'compr',
  ufficio: 'uff',
  protocollo: 'prot',
  universita: 'univ',
  direzione: 'dir',
  servizio: 'serv',
  settore: 'sett',
  azienda: 'az',
  generale: 'gen',
};

type Mistake = (words: readonly string[], random: () => number) => readonly string[] | null;

const at = (random: () => number, length: number): number => Math.floor(random() * length);

/** A slip inside a word of at least five letters: a shorter word could turn into another office's. */
const slip =
  (change: (word: string, place: number, random: () => number) => string): Mistake =>
  (words, random) => {
    const long = words.flatMap((word, index) => (/^\p{L}{5,}$/u.test(word) ? [index] : []));
    const chosen = long[at(random, long.length)];
    if (chosen === undefined) return null;
    const word = words[chosen] ?? '';
    const changed = change(word, at(random, word.length), random);
    return changed === word ? null : words.with(chosen, changed);
  };

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'letter left out': slip((word, place) => word.slice(0, place) + word.slice(place + 1)),
  'letter too many': slip(
    (word, place, random) => word.slice(0, place) + ALPHABET[at(random, ALPHABET.length)] + word.slice(place),
  ),
  'wrong letter': slip(
    (word, place, random) => word.slice(0, place) + ALPHABET[at(random, ALPHABET.length)] + word.slice(place + 1),
  ),
  'letters swapped': slip((word, place) =>
    place + 1 < word.length ? `${word.slice(0, place)}${word[place + 1]}${word[place]}${word.slice(place + 2)}` : word,
  ),
  'double letter single': slip((word) => word.replace(/(\p{L})\1/u, '$1')),
  'accent or apostrophe lost': (words) => {
    const changed = words.map((word) =>
      word
        .normalize('NFD')
        .replace(/[\u0300-\u036f]/g, '')
        .replace(/['’`]/g, ' '),
    );
    return changed.join(' ') === words.join(' ') ? null : changed;
  },
  abbreviation: (words) => {
    const index = words.findIndex((word) => plain(word) in SHORT);
    return index < 0 ? null : words.with(index, `${SHORT[plain(words[index] ?? '')]}.`);
  },
  'words in another order': (words, random) => {
    if (words.length < 3) return null;
    const from = 1 + at(random, words.length - 1);
    return [...words.slice(from), ...words.slice(0, from)];
  },
  'words written together': (words, random) => {
    const index = at(random, words.length - 1);
    const [one = '', other = ''] = [words[index], words[index + 1]];
    if (one.length < 3 || other.length < 3) return null;
    return [...words.slice(0, index), one + other, ...words.slice(index + 2)];
  },
};

export function mistypedQueries(targets: readonly Target[], count: number, seed: number): readonly MistypedQuery[] {
  const random = seeded(seed);
  const nameOf = tellingNames(targets);
  const kinds = Object.entries(MISTAKES);
  const queries: MistypedQuery[] = [];
  for (let tries = 0; queries.length < count && tries < count * 50; tries += 1) {
    const target = targets[at(random, targets.length)];
    const meant = target === undefined ? null : nameOf(target);
    if (target === undefined || meant === null) continue;
    let words: readonly string[] = meant.toLowerCase().split(/\s+/);
    const mistakes: string[] = [];
    const wanted = random() < 0.5 ? 1 : 2;
    for (let tried = 0; mistakes.length < wanted && tried < 12; tried += 1) {
      const [kind, make] = kinds[at(random, kinds.length)] ?? ['', () => null];
      const changed = make(words, random);
      if (changed === null) continue;
      words = changed;
      mistakes.push(kind);
    }
    if (mistakes.length === wanted) queries.push({ text: words.join(' '), meant, mistakes, version: target.version });
  }
  return queries;
}
