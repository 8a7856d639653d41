/** The page (HTML) of a mail: the same text of it is shown and looked through for its links. */
import { decodeCharset, isWide } from '../../formats/charset/decode-charset.ts';
import { type InertPage, inertPage } from '../../formats/html/inert.ts';
import { decodeBody } from '../../formats/mime/decode.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import { pagePart } from './files-in-mail.ts';

/** Characters of a page that are read: the largest newsletters have a few hundred thousand. */
export const PAGE_CHARACTERS = 1_000_000;

/** What is said beside a page: where its links lead, and what of it is not shown. */
export type PageNotes = Pick<InertPage, 'links' | 'removed'>;

export function textOfPart(bytes: Buffer, charset: string): string {
  const text = isWide(bytes) ? decodeCharset(bytes, 'utf-16') : decodeCharset(bytes, charset);
  return text
    .replace(/^\ufeff/, '')
    .replaceAll('\0', '')
    .replace(/\r\n?/g, '\n');
}

export const pageText = (tree: MimeTree, part: MimePart): string =>
  textOfPart(decodeBody(tree, part), part.parameters.get('charset') ?? '').slice(0, PAGE_CHARACTERS);

/** Null: the mail has no page. */
export function pageNotes(tree: MimeTree): PageNotes | null {
  const part = pagePart(tree);
  if (part === null) return null;
  const { links, removed } = inertPage(pageText(tree, part));
  return { links, removed };
}
