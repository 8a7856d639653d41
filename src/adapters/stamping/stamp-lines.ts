/** The stamp's text, set for a width: as large on a poster as on a letter, and broken where it would not fit. */
export interface StampFont {
  widthOfTextAtSize(text: string, size: number): number;
  encodeText(text: string): { toString(): string };
}

export interface Fonts<F = StampFont> {
  readonly bold: F;
  readonly plain: F;
}

interface SetLine {
  readonly text: string;
  readonly isFirst: boolean;
}

/** An office's name of five hundred characters does not make the stamp a page. */
const LONGEST_LINE = 240;
const MOST_LINES = 12;

/** `content`: operators that draw it from (0,0) on, on white ground, with a line between it and the page. */
export function setLines(lines: readonly string[], width: number, fonts: Fonts): { content: string; height: number } {
  const size = sizeFor(width);
  const margin = 2 * size;
  const leading = 1.35 * size;
  const broken = lines
    .flatMap((line, at) =>
      brokenLines(writable(line, fonts.plain), width - 2 * margin, (text) =>
        (at === 0 ? fonts.bold : fonts.plain).widthOfTextAtSize(text, size),
      ).map((text): SetLine => ({ text, isFirst: at === 0 })),
    )
    .slice(0, MOST_LINES);
  const height = round(leading * broken.length + 1.2 * size);
  const texts = broken.map(({ text, isFirst }, at) => {
    const baseline = height - 0.5 * size - leading * (at + 0.8);
    const font = isFirst ? 'B' : 'P';
    const encoded = (isFirst ? fonts.bold : fonts.plain).encodeText(text);
    return `BT 0 g /${font} ${round(size)} Tf ${round(margin)} ${round(baseline)} Td ${encoded} Tj ET`;
  });
  const rule = round(size / 14);
  return {
    content: [`1 g 0 0 ${round(width)} ${height} re f`, ...texts, `0.4 g 0 0 ${round(width)} ${rule} re f`].join('\n'),
    height,
  };
}

/** A letter gets 9 points; a strip of paper no less than 6, as long as a few words fit beside each other. */
function sizeFor(width: number): number {
  const size = Math.max(6, (width / 595) * 9);
  return Math.min(size, width / 12);
}

/** What the font of every reader has; anything else is a question mark, as on a form that is typed. */
export function writable(text: string, font: Pick<StampFont, 'encodeText'>): string {
  const plain = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const letters = [...plain.normalize('NFC')].slice(0, LONGEST_LINE);
  return letters.map((letter) => (canWrite(letter, font) ? letter : '?')).join('');
}

function canWrite(letter: string, font: Pick<StampFont, 'encodeText'>): boolean {
  try {
    font.encodeText(letter);
    return true;
  } catch {
    return false;
  }
}

/** At spaces where there are some, else wherever the width ends. */
function brokenLines(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const done: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (measure(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') done.push(line);
    line = '';
    for (const letter of word) {
      if (line !== '' && measure(line + letter) > width) {
        done.push(line);
        line = '';
      }
      line += letter;
    }
  }
  return line === '' ? done : [...done, line];
}

const round = (value: number): number => Math.round(value * 100) / 100;
