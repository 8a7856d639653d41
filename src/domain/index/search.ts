/**
 * Text as a search reads it: accents, apostrophes and case folded, abbreviations written out, words without weight left
 * out. Index and query go through the same functions, so that "Com. Sant'Agata" and "comune di sant agata" match.
 */

/** How much of a query is read, in characters and words: it is a line, not a document. */
export const QUERY_CHARACTERS = 200;
export const QUERY_WORDS = 12;

const MARKS = /[\u0300-\u036f]/g;
/** "A.S.L." is one word; a single initial ("G. Marconi") stays alone. */
const DOTTED = /(?<![a-z0-9])(?:[a-z]\.){2,}[a-z]?(?![a-z0-9])/g;
const OTHER = /[^a-z0-9]+/g;

/** Lower case, without accents and punctuation, words separated by single spaces. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(MARKS, '')
    .toLowerCase()
    .replace(DOTTED, (initials) => initials.replaceAll('.', ''))
    .replace(OTHER, ' ')
    .trim();
}

const long = (text: string): readonly (readonly [string, readonly string[]])[] =>
  text
    .trim()
    .split('\n')
    .map((line) => {
      const [abbreviation = '', words = ''] = line.split('=');
      return [abbreviation.trim(), words.trim().split(' ')];
    });

/** Abbreviations of offices and of clerks. Each has one meaning; an ambiguous one stays as it is. */
const ABBREVIATIONS: ReadonlyMap<string, readonly string[]> = new Map(
  long(`
    com = comune
    prov = provincia
    reg = regione
    cm = comunita montana
    um = unione montana
    utg = ufficio territoriale governo
    vvf = vigili fuoco
    usr = ufficio scolastico regionale
    univ = universita
    uni = universita
    min = ministero
    ist = istituto
    istit = istituto
    comp = comprensivo
    compr = comprensivo
    ic = istituto comprensivo
    iis = istituto istruzione superiore
    isis = istituto statale istruzione superiore
    iiss = istituto istruzione superiore statale
    itis = istituto tecnico industriale statale
    itc = istituto tecnico commerciale
    ipsia = istituto professionale statale industria artigianato
    lic = liceo
    dir = direzione
    did = didattica
    circ = circolo
    asl = azienda sanitaria locale
    ausl = azienda unita sanitaria locale
    usl = unita sanitaria locale
    ulss = unita locale socio sanitaria
    aulss = azienda unita locale socio sanitaria
    asst = azienda socio sanitaria territoriale
    aou = azienda ospedaliero universitaria
    ao = azienda ospedaliera
    az = azienda
    osp = ospedaliera
    cciaa = camera commercio industria artigianato agricoltura
    uff = ufficio
    prot = protocollo
    gen = generale
    serv = servizio
    sett = settore
    dip = dipartimento
    segr = segreteria
    ord = ordine
    coll = collegio
    cons = consorzio
    fond = fondazione
    naz = nazionale
    sup = superiore
    stat = statale
    aoo = area organizzativa omogenea
  `),
);

/** Short forms that stand for more than one kind of body. They are looked up as they are, then written out in each way. */
export const READINGS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    asp: ['azienda sanitaria provinciale', 'azienda servizi persona', 'azienda pubblica servizi persona'],
    apsp: ['azienda pubblica servizi persona'],
    ats: ['agenzia tutela salute', 'azienda tutela salute', 'ambito territoriale sociale'],
    arpa: ['agenzia regionale protezione ambientale', 'agenzia regionale protezione ambiente'],
    ater: ['azienda territoriale edilizia residenziale'],
    cm: ['citta metropolitana'],
  }),
);
/** Short forms are whole words: "asp" is no beginning of "Aspromonte", "arpa" none of "Arpaia". */
const NEVER_LONGER: ReadonlySet<string> = new Set([
  ...READINGS.keys(),
  ...'acer aler asc ato cnr cpia erap inail inps its unep'.split(' '),
]);
export const isShortForm = (word: string): boolean => NEVER_LONGER.has(word) || ABBREVIATIONS.has(word);

/** Articles and prepositions, which distinguish no office from another. */
const WEIGHTLESS = new Set(
  'di del dello della dei degli delle d de il lo la i gli le l e ed in nel nella nell a al allo alla ai agli alle all da dal dalla dall per con su sul sulla sull presso'.split(
    ' ',
  ),
);

/** The forms of "saint" are interchangeable: "S. Angelo", "Sant'Angelo". */
export const SAINTS: ReadonlySet<string> = new Set(['s', 'san', 'sant', 'santa', 'santo', 'santi', 'ss']);

/** The words that count, abbreviations written out. A text of nothing but weightless words keeps them. */
export function wordsOf(text: string): readonly string[] {
  const all = fold(text)
    .split(' ')
    .filter((word) => word !== '');
  const heavy = all.filter((word) => !WEIGHTLESS.has(word));
  return (heavy.length > 0 ? heavy : all).flatMap((word) => ABBREVIATIONS.get(word) ?? [word]);
}

/** "T." and "G.na": the beginning of a word, and its end where that is given too. */
const SHORTENED = /(?<![a-z0-9.])(?:([a-z]{1,6})\.([a-z]{1,3})|([a-z]{1,2})\.)(?![a-z0-9.])/g;
/** What stands after a full stop is then a word of its own: "com.di", "via.le" apart. */
const NO_ENDS: ReadonlySet<string> = new Set(['d', 'da', 'de', 'di', 'in', 'su']);
/** A number is not a word: "n. 3". */
const NUMBER_SIGNS: ReadonlySet<string> = new Set(['n', 'nr']);

/** Beginning and end of a shortened word, as in `g*na`; null for any other. */
export function shortenedParts(word: string): readonly [string, string] | null {
  const at = word.indexOf('*');
  return at < 0 ? null : [word.slice(0, at), word.slice(at + 1)];
}
export const isShortened = (word: string): boolean => word.includes('*');

const isWordOfItsOwn = (word: string): boolean =>
  ABBREVIATIONS.has(word) || READINGS.has(word) || SAINTS.has(word) || NUMBER_SIGNS.has(word);

function markShortened(text: string): string {
  return text.replace(
    SHORTENED,
    (whole, head: string | undefined, tail: string | undefined, alone: string | undefined) => {
      if (alone !== undefined) return isWordOfItsOwn(alone) ? whole : `${alone}*`;
      return head === undefined || tail === undefined || isWordOfItsOwn(head) || NO_ENDS.has(tail)
        ? whole
        : `${head}*${tail}`;
    },
  );
}

/**
 * Every word of a query; a shortened one as `g*na`, a single letter as `t*`. Weightless words stay, because they may be half
 * of a split word. `open`: the last word may be unfinished.
 */
export function queryWords(text: string, open = false): readonly string[] {
  const words = markShortened(
    text
      .slice(0, QUERY_CHARACTERS)
      .normalize('NFD')
      .replace(MARKS, '')
      .toLowerCase()
      .replaceAll('*', ' ')
      .replace(DOTTED, (initials) => initials.replaceAll('.', '')),
  )
    .split(/[^a-z0-9*]+/)
    .filter((word) => word !== '')
    .slice(0, QUERY_WORDS);
  const last = words.length - 1;
  const marked = words.map((word, place) => {
    if (!/^[a-z]$/.test(word) || (open && place === last)) return word;
    // A saint is called something: "S. Giuliano", but "Serravalle S.".
    const isShort = word === 's' ? place === last : !WEIGHTLESS.has(word) && !isWordOfItsOwn(word);
    return isShort ? `${word}*` : word;
  });
  // Beginnings alone are no words to look up.
  return marked.every(isShortened) ? marked.map((word) => word.replace('*', '')) : marked;
}

/** The words of a query that are looked up, abbreviations written out. */
export const heavyWords = (words: readonly string[]): readonly string[] => {
  const whole = words.filter((word) => !isShortened(word));
  const heavy = whole.filter((word) => !WEIGHTLESS.has(word));
  return (heavy.length > 0 ? heavy : whole).flatMap((word) => ABBREVIATIONS.get(word) ?? [word]).slice(0, QUERY_WORDS);
};

/** What many bodies are called: it tells none from another, and "C." does not stand for it. */
export const GENERIC = ['comune', 'citta', 'provincia'] as const;

export const isWeightless = (word: string): boolean => WEIGHTLESS.has(word);

/**
 * Edit distance in which swapped neighbours count once (optimal string alignment), given up beyond `most`. Only three rows
 * of the matrix are kept.
 */
let before = new Uint8Array(80);
let previous = new Uint8Array(80);
let current = new Uint8Array(80);

export function distance(one: string, other: string, most: number): number {
  const [m, n] = [one.length, other.length];
  if (Math.abs(m - n) > most || n > 78 || m > 78) return most + 1;
  for (let j = 0; j <= n; j += 1) previous[j] = j;
  for (let i = 1; i <= m; i += 1) {
    current[0] = i;
    let least = i;
    const a = one.charCodeAt(i - 1);
    for (let j = 1; j <= n; j += 1) {
      const b = other.charCodeAt(j - 1);
      let cost = Math.min(
        (previous[j] ?? 0) + 1,
        (current[j - 1] ?? 0) + 1,
        (previous[j - 1] ?? 0) + (a === b ? 0 : 1),
      );
      if (i > 1 && j > 1 && a === other.charCodeAt(j - 2) && one.charCodeAt(i - 2) === b) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      current[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > most) return most + 1;
    [before, previous, current] = [previous, current, before];
  }
  return Math.min(previous[n] ?? 0, most + 1);
}

/** How many typing mistakes a word of this length may have. */
export const mistakesIn = (length: number): number => (length < 3 ? 0 : length < 6 ? 1 : 2);

/** 1 for the same word, less for each mistake. A wrong first letter costs more, because it is rarer. */
export function likeness(typed: string, word: string, mistakes: number): number {
  if (mistakes === 0) return 1;
  const share = mistakes / Math.max(typed.length, word.length);
  return 1 - share * 1.1 - (typed.charCodeAt(0) === word.charCodeAt(0) ? 0 : 0.04);
}
