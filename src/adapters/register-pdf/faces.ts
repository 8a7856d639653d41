/** The faces of the register: one that reads well, one for digests, and one that has the letters the others lack. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const ITALIA = join(dirname(require.resolve('bootstrap-italia/package.json')), 'dist/fonts');
const PDFJS = join(dirname(require.resolve('pdfjs-dist/package.json')), 'standard_fonts');

export type Face = 'text' | 'strong' | 'digits';
type Font = Face | 'other';
export const FONT_FILES: Readonly<Record<Font, string>> = {
  text: join(ITALIA, 'Titillium_Web/titillium-web-v10-latin-ext_latin-regular.ttf'),
  strong: join(ITALIA, 'Titillium_Web/titillium-web-v10-latin-ext_latin-600.ttf'),
  digits: join(ITALIA, 'Roboto_Mono/roboto-mono-v13-latin-ext_latin-regular.ttf'),
  // Latin, Greek, Cyrillic and Hebrew.
  other: join(PDFJS, 'LiberationSans-Regular.ttf'),
};

/** A piece of a line in one font: its glyphs as hexadecimal digits, and how wide it is at a size of one point. */
export interface Run {
  readonly font: OpenFont;
  readonly codes: string;
  readonly width: number;
}

export interface Faces {
  /** Characters that no font has stand as `{U+4E2D}`. */
  runs(text: string, face: Face): readonly Run[];
  /** In points, for a size of one point. */
  width(text: string, face: Face): number;
  /** Something stood there that no font has. */
  isLacking(): boolean;
}

/** What pdfkit knows of a font, and its types do not tell. */
export interface OpenFont {
  readonly id: string;
  ref(): unknown;
  readonly font: { hasGlyphForCodePoint(code: number): boolean };
  encode(text: string): readonly [codes: readonly string[], positions: readonly { readonly advanceWidth: number }[]];
}

/**
 * Each character is encoded once for each font, and texts are put together of these: laying out every text anew, with its
 * ligatures and kerning, took a hundred times as long, for thousands of digests of which none is like another.
 */
export function openFaces(doc: PDFKit.PDFDocument): Faces {
  const fonts = new Map<Font, OpenFont>();
  for (const [font, file] of Object.entries(FONT_FILES)) {
    doc.registerFont(font, file);
    fonts.set(font as Font, (doc.font(font) as unknown as { readonly _font: OpenFont })._font);
  }
  const glyphs = new Map<Face, Map<string, readonly Run[]>>();
  let isLacking = false;
  const encoded = (font: OpenFont, text: string): Run => {
    const [codes, positions] = font.encode(text);
    return { font, codes: codes.join(''), width: positions.reduce((sum, one) => sum + one.advanceWidth, 0) / 1_000 };
  };
  const glyph = (character: string, face: Face): readonly Run[] => {
    const code = character.codePointAt(0) ?? 0;
    for (const name of [face, 'other'] as const) {
      const font = fonts.get(name);
      if (font?.font.hasGlyphForCodePoint(code)) return [encoded(font, character)];
    }
    isLacking = true;
    return [...`{U+${code.toString(16).toUpperCase().padStart(4, '0')}}`].flatMap((one) => of(one, face));
  };
  const of = (character: string, face: Face): readonly Run[] => {
    const known = glyphs.get(face) ?? new Map<string, readonly Run[]>();
    glyphs.set(face, known);
    const runs = known.get(character) ?? glyph(character, face);
    known.set(character, runs);
    return runs;
  };
  return {
    runs(text, face) {
      const runs: { font: OpenFont; codes: string; width: number }[] = [];
      for (const character of text)
        for (const next of of(character, face)) {
          const last = runs.at(-1);
          if (last?.font !== next.font) runs.push({ ...next });
          else {
            last.codes += next.codes;
            last.width += next.width;
          }
        }
      return runs;
    },
    width(text, face) {
      let width = 0;
      for (const character of text) for (const run of of(character, face)) width += run.width;
      return width;
    },
    isLacking: () => isLacking,
  };
}
