/**
 * From the bytes of a document to its text, whatever it is wrapped in: signatures, mails, archives. Its first bytes say what it
 * is; name and type only tell texts apart. Runs in a process of its own, which may be killed at any moment.
 */
import { BoundedZip } from '../../formats/document-text/bounded-zip.ts';
import { DocumentTextError } from '../../formats/document-text/document-text-error.ts';
import { cutText, normaliseText } from '../../formats/document-text/normalise-text.ts';
import { addOfficeText, officeFormat } from '../../formats/document-text/office-text.ts';
import { addPageText, addPlainText, addXmlText } from '../../formats/document-text/plain-text.ts';
import { addRtfText } from '../../formats/document-text/rtf-text.ts';
import { TextSink } from '../../formats/document-text/text-sink.ts';
import { decodeBody } from '../../formats/mime/decode.ts';
import { parseMime, walk } from '../../formats/mime/parse.ts';
import { readMailHeaders } from '../../formats/pec/mail-headers.ts';
import { cmsEncoding, formOf } from '../../formats/signed-document/spot.ts';
import { openWrapped } from '../../formats/signed-document/wrapped.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { DocumentText, TextReason } from '../../model/document-text.ts';
import type { MimePart } from '../../model/mime.ts';
import { unwrapCms } from '../documents/signed-wrapping.ts';

export interface TextQuestion {
  readonly name: string;
  readonly mediaType: string;
  /** As a mail names it for a text; '' where nobody did. */
  readonly charset: string;
}

/** A picture, or a PDF of pictures, in which characters could be recognised. */
export interface Scan {
  readonly bytes: Buffer;
  readonly mediaType: string;
}

export type TextAnswer = DocumentText & { readonly scan: Scan | null };

/** Adds the text of a PDF and gives its pages. Throws DocumentTextError. */
export type ReadPdf = (bytes: Buffer, sink: TextSink) => Promise<number>;

/** Never rejects with what is the document's fault: that is its state. */
export async function readDocumentText(bytes: Buffer, question: TextQuestion, readPdf: ReadPdf): Promise<TextAnswer> {
  const reading = new Reading(readPdf);
  try {
    await reading.read(bytes, question, 0);
  } catch (error) {
    if (!(error instanceof DocumentTextError)) throw error;
    return reading.failedAnswer(error);
  }
  return reading.answer();
}

/** A page with less has no text but a number or a stamp. */
const CHARACTERS_OF_A_PAGE = 20;
/** The worst of what was found inside says why there is nothing. */
const WEIGHT: readonly TextReason[] = [
  'text-encrypted',
  'text-scanned',
  'text-expands',
  'text-damaged',
  'text-no-format',
];

/** Of a file inside a mail. Pictures are logos more often than not. */
const PARTLY: ReadonlySet<TextReason> = new Set(['text-encrypted', 'text-expands', 'text-damaged']);

class Reading {
  readonly #readPdf: ReadPdf;
  readonly #sink = new TextSink();
  #extractor = '';
  #pages: number | null = null;
  #files = 0;
  #scan: Scan | null = null;
  #reason: TextReason | null = null;

  constructor(readPdf: ReadPdf) {
    this.#readPdf = readPdf;
  }

  /** Nothing is kept of it: half a text would pass for the whole. */
  failedAnswer({ state, reason }: DocumentTextError): TextAnswer {
    const scan = state === 'scanned' ? this.#scan : null;
    return { extractor: this.#extractor || 'none', pages: this.#pages, text: '', state, reason, scan };
  }

  #missed({ reason }: DocumentTextError): void {
    const rank = (one: TextReason) => (WEIGHT.includes(one) ? WEIGHT.indexOf(one) : WEIGHT.length);
    if (this.#reason === null || rank(reason) < rank(this.#reason)) this.#reason = reason;
  }

  answer(): TextAnswer {
    const whole = normaliseText(this.#sink.text());
    const text = cutText(whole, LIMITS.textKeptBytes);
    const found = { extractor: this.#extractor || 'none', pages: this.#pages, text };
    const isCut = this.#sink.isCut || text.length < whole.length;
    // Of a scan that has some words, those are kept.
    if (this.#scan !== null && text.length < CHARACTERS_OF_A_PAGE * Math.max(1, this.#pages ?? 1))
      return { ...found, state: 'scanned', reason: 'text-scanned', scan: this.#scan };
    const missed = this.#reason !== null && PARTLY.has(this.#reason) ? 'text-partial' : null;
    const reason = isCut ? 'text-cut' : missed;
    if (text !== '') return { ...found, state: reason === null ? 'complete' : 'cut', reason, scan: null };
    const error = new DocumentTextError(this.#reason ?? 'text-empty');
    return { ...found, state: error.state, reason: error.reason, scan: null };
  }

  /** Rejects with DocumentTextError. */
  async read(bytes: Buffer, question: TextQuestion, depth: number): Promise<void> {
    if (depth > LIMITS.textDepth) throw new DocumentTextError('text-expands');
    const head = bytes.toString('latin1', 0, 1_024);
    const { name, mediaType, charset } = question;
    const kind = kindOf(bytes, head, question);
    if (kind !== 'cms' && kind !== 'smime') this.#extractor ||= kind;
    switch (kind) {
      case 'cms':
        return this.#unwrap(bytes, question, depth);
      case 'smime':
        return this.#wrapped(bytes, question, depth);
      case 'pdf':
        return this.#pdf(bytes);
      case 'zip':
        return this.#zip(bytes);
      case 'image':
        this.#scan ??= { bytes, mediaType: pictureType(head) ?? mediaType };
        throw new DocumentTextError('text-scanned');
      case 'rtf':
        return addRtfText(bytes, this.#sink);
      case 'mail':
        return this.#mail(bytes, depth);
      case 'xml':
        return addXmlText(bytes, this.#sink);
      case 'html':
        return addPageText(bytes, charset, this.#sink);
      case 'text':
        return addPlainText(bytes, charset, this.#sink);
      case 'ole':
        // A password makes an OOXML document one of these, with its own bytes inside (MS-OFFCRYPTO §2.3.4.4).
        throw new DocumentTextError(bytes.includes(ENCRYPTED_PACKAGE) ? 'text-encrypted' : 'text-no-format');
      case 'other':
        throw new DocumentTextError(name === '' && bytes.length === 0 ? 'text-empty' : 'text-no-format');
    }
  }

  async #unwrap(bytes: Buffer, question: TextQuestion, depth: number): Promise<void> {
    const opened = unwrapCms(bytes);
    // A signature beside its document, or one that cannot be read.
    if (opened === null) throw new DocumentTextError('text-no-format');
    this.#extractor ||= '';
    await this.read(opened.inside, unsigned(question), depth + 1);
  }

  async #wrapped(bytes: Buffer, question: TextQuestion, depth: number): Promise<void> {
    const wrapped = openWrapped(bytes);
    if (!wrapped.ok) return this.#mail(bytes, depth);
    for (const { cms, content } of wrapped.signed)
      if (content !== null) await this.#mail(content, depth + 1);
      else await this.read(cms, unsigned(question), depth + 1);
  }

  async #pdf(bytes: Buffer): Promise<void> {
    const before = this.#sink.length;
    const pages = await this.#readPdf(bytes, this.#sink);
    this.#pages = (this.#pages ?? 0) + pages;
    if (pages === 0 || this.#sink.length - before >= CHARACTERS_OF_A_PAGE * pages) return;
    this.#scan ??= { bytes, mediaType: 'application/pdf' };
    this.#missed(new DocumentTextError('text-scanned'));
  }

  async #zip(bytes: Buffer): Promise<void> {
    const zip = await BoundedZip.open(bytes);
    const format = officeFormat(zip);
    if (format !== null) {
      if (this.#extractor === 'zip') this.#extractor = format;
      return addOfficeText(zip, format, this.#sink);
    }
    // Of an archive, the names: what lies in it is not what was registered.
    this.#sink.add(`${zip.names.join('\n')}\n`);
  }

  async #mail(bytes: Buffer, depth: number): Promise<void> {
    this.#extractor ||= 'mail';
    const tree = parseMime(bytes);
    const { from, subject } = readMailHeaders(tree.root);
    this.#sink.add(`${subject ?? ''}\n${from ?? ''}\n`);
    for (const part of walk(tree.root)) {
      if (part.children.length > 0 || part.type.startsWith('multipart/') || isTwin(part, tree.root)) continue;
      this.#files += 1;
      if (this.#sink.isFull || this.#files > LIMITS.textFiles) return this.#sink.cut();
      const name = part.filename ?? '';
      if (name !== '') this.#sink.add(`\n${name}\n`);
      const inner = { name, mediaType: part.type, charset: part.parameters.get('charset') ?? '' };
      try {
        await this.read(decodeBody(tree, part), inner, depth + 1);
      } catch (error) {
        // One file of a mail that cannot be read is no reason to leave out the others.
        if (!(error instanceof DocumentTextError)) throw error;
        this.#missed(error);
      }
      this.#sink.add('\n');
    }
  }
}

/** The page beside the same text (RFC 2046 §5.1.4). */
function isTwin(part: MimePart, root: MimePart): boolean {
  if (part.type !== 'text/html') return false;
  return [...walk(root)].some(
    ({ type, children }) =>
      type === 'multipart/alternative' && children.includes(part) && children.some((one) => one.type === 'text/plain'),
  );
}

const unsigned = (question: TextQuestion): TextQuestion => ({
  ...question,
  name: question.name.replace(/\.(?:p7m|m7m|tsd|p7s)$/i, ''),
  mediaType: /pkcs7|timestamp/.test(question.mediaType) ? '' : question.mediaType,
});

type Kind = 'cms' | 'smime' | 'pdf' | 'zip' | 'image' | 'rtf' | 'mail' | 'xml' | 'html' | 'text' | 'ole' | 'other';

const OLE = 'd0cf11e0a1b11ae1';
const ENCRYPTED_PACKAGE = Buffer.from('EncryptedPackage', 'utf16le');
const TEXT_TYPE = /^(?:text\/[\w.+-]+|application\/(?:json|[\w.-]+\+json|x-ndjson))$/;
const TEXT_NAME = /\.(?:txt|csv|tsv|json|log|md|ini|ics|vcf|sql|yml|yaml)$/i;

function kindOf(bytes: Buffer, head: string, { name, mediaType }: TextQuestion): Kind {
  if (cmsEncoding(bytes) !== null) return 'cms';
  if (formOf(bytes.subarray(0, 1_024)) === 'mime') return 'smime';
  // Some programs write something of their own before it.
  if (/^\s*%PDF-/.test(head) || (/\.pdf$/i.test(name) && head.includes('%PDF-'))) return 'pdf';
  if (/^PK(?:\x03\x04|\x05\x06)/.test(head)) return 'zip';
  if (pictureType(head) !== null) return 'image';
  if (head.startsWith('{\\rtf')) return 'rtf';
  if (bytes.toString('hex', 0, 8) === OLE) return 'ole';
  if (mediaType === 'message/rfc822' || /\.eml$/i.test(name)) return 'mail';
  if (/\.x?html?$/i.test(name) || mediaType === 'text/html' || /^\s*<(?:!doctype\s+html|html[\s>])/i.test(head))
    return 'html';
  if (/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<\0?[?!A-Za-z]/.test(head)) return 'xml';
  return TEXT_TYPE.test(mediaType) || TEXT_NAME.test(name) ? 'text' : 'other';
}

const PICTURES: readonly (readonly [RegExp, string])[] = [
  [/^\x89PNG\r\n\x1a\n/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8[79]a/, 'image/gif'],
  [/^(?:II\*\0|MM\0\*)/, 'image/tiff'],
  [/^BM[\s\S]{4}\0\0\0\0/, 'image/bmp'],
  [/^RIFF[\s\S]{4}WEBP/, 'image/webp'],
];
const pictureType = (head: string): string | null => PICTURES.find(([start]) => start.test(head))?.[1] ?? null;
