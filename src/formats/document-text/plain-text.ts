import { isUtf8 } from 'node:buffer';
import { decodeCharset, isCharset, isWide } from '../charset/decode-charset.ts';
import { htmlTokens, resolved } from '../html/tokens.ts';
import { decodeAnyXml } from '../xml/decode-any.ts';
import { HTML_NAMES } from '../xml/html-names.ts';
import { DocumentTextError } from './document-text-error.ts';
import type { TextSink } from './text-sink.ts';
import { XmlWalk } from './xml-walk.ts';

const HEAD = 4_096;

/**
 * Bytes of a text as characters: by a byte order mark, as UTF-8 where they are, as UTF-16 where every other byte is zero, by
 * the charset that somebody named, else as Windows-1252, in which Italian text without a charset nearly always is.
 */
export function decodedText(bytes: Buffer, named = ''): string {
  if (isWide(bytes)) return decodeCharset(bytes, 'utf-16');
  const wide = wideWithoutMark(bytes.subarray(0, HEAD));
  if (wide !== null) return decodeCharset(bytes, wide);
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\ufeff/, '');
  const charset = named.trim().toLowerCase();
  const known =
    charset !== '' && charset !== 'utf-8' && !/^(?:us-)?ascii$|^iso-8859-1$/.test(charset) && isCharset(charset);
  return decodeCharset(bytes, known ? charset : 'windows-1252');
}

function wideWithoutMark(head: Buffer): string | null {
  if (head.length < 4) return null;
  let even = 0;
  let odd = 0;
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at] === 0) even += 1;
    if (head[at + 1] === 0) odd += 1;
  }
  const half = head.length / 2;
  if (odd > 0.7 * half && even < 0.1 * half) return 'utf-16le';
  return even > 0.7 * half && odd < 0.1 * half ? 'utf-16be' : null;
}

/** Throws DocumentTextError for bytes that are no text. */
export function addPlainText(bytes: Buffer, charset: string, sink: TextSink): void {
  const text = decodedText(bytes, charset);
  const head = text.slice(0, HEAD);
  if ((head.match(/[\0-\x08\x0e-\x1a]/g)?.length ?? 0) > head.length / 20)
    throw new DocumentTextError('text-no-format');
  sink.add(text);
}

const BLOCKS =
  /^(?:p|div|br|hr|li|ul|ol|tr|table|h[1-6]|title|blockquote|pre|section|article|header|footer|dd|dt|dl|form|option)$/;
/** Shown, though no marks are read in it. */
const SHOWN_RAW = new Set(['title', 'textarea', 'xmp', 'plaintext', 'noscript', 'noframes', 'noembed']);

/** Text of an HTML page, without scripts and styles. */
export function addPageText(bytes: Buffer, charset: string, sink: TextSink): void {
  const text = decodedText(bytes, charset || charsetOfPage(bytes));
  for (const token of htmlTokens(text)) {
    if (sink.isFull) break;
    if (token.type === 'text') sink.add(meant(token.text));
    else if (token.type === 'raw') sink.add(SHOWN_RAW.has(token.name) ? meant(token.text) : '');
    else if (BLOCKS.test(token.name)) sink.add('\n');
    else if (token.name === 'td' || token.name === 'th') sink.add('\t');
  }
  if (sink.isFull) sink.cut();
}

const meant = (text: string): string =>
  text.includes('&')
    ? resolved(text.replace(/&([A-Za-z]{2,8}\d?);/g, (whole, name) => HTML_NAMES.get(name) ?? whole))
    : text;

const charsetOfPage = (bytes: Buffer): string =>
  /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(bytes.toString('latin1', 0, 2_048))?.[1] ?? '';

/** Text of an XML document: its text nodes. Throws DocumentTextError. */
export function addXmlText(bytes: Buffer, sink: TextSink): void {
  const text = decodeAnyXml(bytes);
  if (text === null) throw new DocumentTextError('text-damaged');
  const walk = new XmlWalk(
    { open: () => sink.add(' '), close: () => sink.add('\n'), text: (piece) => sink.add(piece) },
    false,
  );
  try {
    walk.push(text);
    walk.end();
  } catch (error) {
    // It ends in the middle of a mark: what stands before it is still text.
    if (!(error instanceof DocumentTextError)) throw error;
    sink.cut();
  }
}
