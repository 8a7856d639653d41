/** Text as lines of a width. */
import type { Face, Faces } from './faces.ts';

export interface CellText {
  readonly text: string;
  readonly face: Face;
  readonly size: number;
  /** Struck through: annulled, and still readable. */
  readonly isStruck?: boolean;
  readonly colour?: string;
}

/** Nothing a person reads is longer; the file in XML has it whole. */
const MOST_CHARACTERS = 4_000;
const CUT = '… [continua nel file XML]';

export function wrapped(faces: Faces, cell: CellText, width: number): readonly CellText[] {
  const { face, size } = cell;
  const whole = tidy(cell.text);
  const text = whole.length > MOST_CHARACTERS ? `${whole.slice(0, MOST_CHARACTERS).toWellFormed()}${CUT}` : whole;
  const most = width / size;
  const space = faces.width(' ', face);
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(' ').flatMap((one) => fitting(faces, one, face, most))) {
    const wide = faces.width(word, face);
    if (line !== '' && used + space + wide > most) {
      lines.push(line);
      line = '';
      used = 0;
    }
    used += (line === '' ? 0 : space) + wide;
    line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((one) => ({ ...cell, text: one }));
}

/** Accents in one character, where there is one; line breaks and control characters as blanks. */
const tidy = (text: string): string =>
  text
    .normalize('NFC')
    .toWellFormed()
    .replace(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();

/** A word that is too long for a line, in pieces. */
function fitting(faces: Faces, word: string, face: Face, most: number): readonly string[] {
  if (faces.width(word, face) <= most) return [word];
  const pieces: string[] = [];
  let piece = '';
  let used = 0;
  for (const character of word) {
    const wide = faces.width(character, face);
    if (piece !== '' && used + wide > most) {
      pieces.push(piece);
      piece = '';
      used = 0;
    }
    piece += character;
    used += wide;
  }
  return [...pieces, piece];
}
