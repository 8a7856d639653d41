import { isLegalCodePoint, replaceIllegal } from './characters.ts';
import { HTML_NAMES } from './html-names.ts';

/**
 * Text that is nearly XML, made into tags and text and nothing else: comments, instructions and what surrounds the root
 * are dropped, CDATA sections become text, and a `&` that starts no reference is escaped. Structure is never guessed.
 */
export function repairText(text: string): string | null {
  const unified = replaceIllegal(text.replace(/\r\n?/g, '\n'));
  const root = rootStart(unified);
  if (root === null) return null;
  const plain = plainMarkup(unified, root);
  return plain === null ? null : withoutEpilog(plain);
}

/** Longest DOCTYPE looked at; those of the segnatura have some 60 characters. */
const DOCTYPE_LENGTH = 2_000;
/** An external grammar, which is never loaded, perhaps with an internal subset that holds nothing. */
const DOCTYPE = /^<!DOCTYPE(?:[^<>[\]"']|"[^"]*"|'[^']*')*(?:\[\s*\]\s*)?>/i;
const ROOT = /^<[\p{L}_:]/u;

/** Where the root element starts; null where there is none, or where a DOCTYPE brings declarations along. */
function rootStart(text: string): number | null {
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at)) {
    if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (text.startsWith('<?', at)) at = after(text, '?>', at + 2);
    else if (/^<!DOCTYPE/i.test(text.slice(at, at + 9))) {
      const doctype = DOCTYPE.exec(text.slice(at, at + DOCTYPE_LENGTH))?.[0];
      if (doctype === undefined) return null;
      at += doctype.length;
    } else if (ROOT.test(text.slice(at, at + 3))) return at;
    else at += 1;
  }
  return null;
}

const after = (text: string, end: string, from: number): number => {
  const found = text.indexOf(end, from);
  return found < 0 ? text.length : found + end.length;
};

/**
 * Null where a comment, an instruction or a CDATA section does not end, or starts inside a tag: without it, another tag
 * would stand there.
 */
function plainMarkup(text: string, from: number): string | null {
  let out = '';
  let at = from;
  for (;;) {
    const next = nextSection(text, at);
    const piece = text.slice(at, next.start);
    out += repairReferences(piece);
    if (next.kind === null) return out;
    if (endsInTag(piece)) return null;
    const end = text.indexOf(next.kind.close, next.start + next.kind.open.length);
    if (end < 0) return null;
    if (next.kind === CDATA) out += escaped(text.slice(next.start + CDATA.open.length, end));
    at = end + next.kind.close.length;
  }
}

/** From the last `<`: a tag that does not end, an open quotation mark included; a `<` alone is one, too. */
const OPEN_TAG = /^<(?:$|[\p{L}_:/](?:"[^"]*"|'[^']*'|[^>"'])*(?:"[^"]*|'[^']*)?$)/u;

function endsInTag(piece: string): boolean {
  const start = piece.lastIndexOf('<');
  return start >= 0 && OPEN_TAG.test(piece.slice(start));
}

interface Section {
  readonly open: string;
  readonly close: string;
}
const COMMENT: Section = { open: '<!--', close: '-->' };
const INSTRUCTION: Section = { open: '<?', close: '?>' };
const CDATA: Section = { open: '<![CDATA[', close: ']]>' };
const SECTIONS = [COMMENT, INSTRUCTION, CDATA] as const;

/** The next section at or behind `from`; `kind` is null where only tags and text follow. */
function nextSection(text: string, from: number): { readonly start: number; readonly kind: Section | null } {
  const mark = /<[!?]/g;
  mark.lastIndex = from;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const { index } = found;
    const kind = SECTIONS.find(({ open }) => text.startsWith(open, index));
    if (kind !== undefined) return { start: index, kind };
  }
  return { start: text.length, kind: null };
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const PREDEFINED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);
const REFERENCE = /&(?:(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,15}));)?/g;

/**
 * References are brought into the few forms that `resolveReferences` knows: named characters of HTML are replaced,
 * unknown names and a bare `&` become text, and so does `<!` where it starts no section.
 */
const repairReferences = (text: string): string =>
  text.replace(/<!/g, '&lt;!').replace(REFERENCE, (all, decimal?: string, hex?: string, name?: string) => {
    if (name === undefined) return decimal === undefined && hex === undefined ? '&amp;' : all;
    if (PREDEFINED.has(name)) return all;
    const lower = name.toLowerCase();
    if (PREDEFINED.has(lower)) return `&${lower};`;
    return HTML_NAMES.get(name) ?? `&amp;${all.slice(1)}`;
  });

/** Text of a repaired document with its references resolved. */
export const resolveReferences = (text: string): string =>
  text.includes('&')
    ? text.replace(REFERENCE, (all, decimal?: string, hex?: string, name?: string) => {
        if (name !== undefined) return PREDEFINED.get(name) ?? all;
        const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
        return isLegalCodePoint(code) ? String.fromCodePoint(code) : '\ufffd';
      })
    : text;

const NAME = /^<([^\s/>]+)/;

/** Cuts off what follows the root's end tag, unless another root may be in it: that is refused where the tree is built. */
function withoutEpilog(text: string): string {
  const name = NAME.exec(text.slice(0, 1_024))?.[1] ?? '';
  const start = text.lastIndexOf(`</${name}`);
  const end = start < 0 ? -1 : text.indexOf('>', start);
  const isDoubled = [' ', '\t', '\r', '\n', '/', '>'].some((next) => text.includes(`<${name}${next}`, end));
  return end < 0 || isDoubled ? text : text.slice(0, end + 1);
}

const TAG =
  /<\/?[\p{L}_:][\p{L}\p{M}\p{N}_:.·-]*(?:\s+[\p{L}_:][\p{L}\p{M}\p{N}_:.·-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*\/?>/uy;

/** Escapes each `<` that starts nothing which could be a tag, as in `a < b` or `<name@example.it>`. */
export function escapeBareMarks(text: string): string {
  let out = '';
  let from = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    TAG.lastIndex = at;
    if (TAG.test(text)) continue;
    out += `${text.slice(from, at)}&lt;`;
    from = at + 1;
  }
  return out + text.slice(from);
}
