/**
 * ISTAT's "Variazioni amministrative e territoriali dal 1991": one row for each change of a municipality. Read are those that
 * end a name: ES, it was merged into another, and CD, it took another name. The file is written in windows-1252.
 */
import type { Layout } from './layouts.ts';

/** First letters of the columns in use: their names have changed over the years. */
const COLUMNS = {
  type: ['tipo variazione'],
  istat: ['codice comune formato', 'codice istat del comune'],
  name: ['denominazione comune'],
  nextIstat: ['codice del comune associato', 'codice comune associato', 'codice istat del comune associato'],
  nextName: ['denominazione comune associata'],
  day: ['data decorrenza'],
} as const;

const startsWithAny = (name: string, beginnings: readonly string[]): boolean =>
  beginnings.some((beginning) => name.startsWith(beginning));

/** Null where the columns are not those of the file. */
export function istatVariations(names: ReadonlySet<string>): Layout | null {
  const find = (which: keyof typeof COLUMNS, not: readonly string[] = []): string | undefined =>
    [...names].find((name) => startsWithAny(name, COLUMNS[which]) && !startsWithAny(name, not));
  const type = find('type');
  const istat = find('istat', COLUMNS.nextIstat);
  const name = find('name', COLUMNS.nextName);
  const nextIstat = find('nextIstat');
  const nextName = find('nextName');
  const day = find('day');
  if (!type || !istat || !name || !nextIstat || !nextName || !day) return null;
  return {
    name: 'istat-variazioni',
    kind: 'municipality',
    required: [type, istat, name, nextIstat, nextName, day],
    without: [],
    columns: {
      [type]: `more:${VARIATION.type}`,
      [istat]: 'istat',
      [name]: 'municipality',
      [nextIstat]: `more:${VARIATION.nextIstat}`,
      [nextName]: `more:${VARIATION.nextName}`,
      [day]: 'ceased',
    },
    plainMails: {},
  };
}

/** Names in `more`. */
export const VARIATION = { type: 'tipo', nextIstat: 'successore_istat', nextName: 'successore' } as const;
/** Types of change after which there is no municipality of that name. */
export const ENDING: ReadonlySet<string> = new Set(['ES', 'CD']);

/** How the file begins, with or without a byte order mark and quotes. */
const BEGINNING = /^\W{0,4}Anno\W{1,3}Tipo variazione\b/;
/** The file has about 1 MB. */
const MOST_BYTES = 16 * 1024 * 1024;

export const isVariations = (start: Uint8Array): boolean =>
  BEGINNING.test(Buffer.from(start.subarray(0, 64)).toString('latin1'));

/** The file as UTF-8, whichever of the two encodings it has. Null: too large. */
export async function variationsAsUtf8(bytes: AsyncIterable<Uint8Array>): Promise<Buffer | null> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > MOST_BYTES) return null;
    pieces.push(piece);
  }
  const whole = Buffer.concat(pieces);
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(whole);
    return whole;
  } catch {
    return Buffer.from(new TextDecoder('windows-1252').decode(whole));
  }
}
