/** The looks themselves: pure, and run in a thread that may be given up. */
import { inertPage } from '../../formats/html/inert.ts';
import { decodeBody } from '../../formats/mime/decode.ts';
import { header } from '../../formats/mime/header-block.ts';
import { openMessage, parseMime, walk } from '../../formats/mime/parse.ts';
import { findEnvelope, looksLikePec, readClaim } from '../../formats/pec/envelope.ts';
import { readMailHeaders } from '../../formats/pec/mail-headers.ts';
import { cutPartName } from '../../kernel/file-name.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { MimeTree } from '../../model/mime.ts';
import { contentFiles, pagePart, plainText } from '../documents/files-in-mail.ts';
import { PAGE_CHARACTERS, pageText, textOfPart } from '../documents/page-in-mail.ts';
import { P7M } from '../documents/segnatura-in-mail.ts';
import { unwrapCms, wrappingBudget } from '../documents/signed-wrapping.ts';
import type { LookedInto, PreviewedMail, PreviewedSigned, PreviewQuestion } from './preview.ts';
import { previewKind } from './preview-kind.ts';

/** Characters that are shown of a text: some fifty pages. */
export const SHOWN_CHARACTERS = 100_000;
/** Pictures that a mail carries for its own page, as they stand in it. */
const IMAGE_BYTES = 200_000;
const IMAGES_BYTES = 1_000_000;

export function lookInto(bytes: Buffer, { as, name, charset }: PreviewQuestion): LookedInto {
  switch (as) {
    case 'text': {
      const text = textOfPart(bytes, charset);
      return {
        kind: 'text',
        text: text.slice(0, SHOWN_CHARACTERS).toWellFormed(),
        isCut: text.length > SHOWN_CHARACTERS,
      };
    }
    case 'page': {
      const text = textOfPart(bytes, charset || charsetOfPage(bytes));
      return { kind: 'page', page: inertPage(text.slice(0, PAGE_CHARACTERS)), isCut: text.length > PAGE_CHARACTERS };
    }
    case 'mail':
      return lookIntoMail(bytes);
    case 'signed':
      return lookIntoSigned(bytes, name);
  }
}

/** As the page itself names it, near its beginning. */
const charsetOfPage = (bytes: Buffer): string =>
  /<meta[^>]{0,200}charset\s*=\s*["']?([\w-]{1,40})/i.exec(bytes.toString('latin1', 0, 2_048))?.[1] ?? '';

/** Of a certified mail, the message that was certified. */
function lookIntoMail(bytes: Buffer): PreviewedMail {
  const tree = parseMime(bytes);
  const envelope = findEnvelope(tree.root);
  const [original] = looksLikePec(readClaim(tree.root), envelope) ? envelope.originals : [];
  const content = original === undefined ? tree : openMessage(tree, original);
  const { from, to, date, subject } = readMailHeaders(content.root);
  return {
    kind: 'mail',
    from,
    to: to.slice(0, 100),
    date,
    subject,
    text: plainText(content),
    page: pageOf(content),
    files: contentFiles(content).map(({ name, mediaType, size }) => ({ name, mediaType, size })),
  };
}

function pageOf(tree: MimeTree) {
  const part = pagePart(tree);
  if (part === null) return null;
  return inertPage(pageText(tree, part), imagesOf(tree));
}

function imagesOf(tree: MimeTree): (id: string) => string | null {
  const byId = new Map(
    [...walk(tree.root)].map((part) => [(header(part, 'content-id') ?? '').replace(/[<>\s]/g, ''), part]),
  );
  let room = IMAGES_BYTES;
  return (id) => {
    const part = byId.get(decoded(id).trim());
    if (part === undefined || !/^image\/(?:png|jpeg|gif|webp)$/.test(part.type)) return null;
    const size = part.end - part.bodyStart;
    if (size > 2 * IMAGE_BYTES || size > room) return null;
    room -= size;
    return `data:${part.type};base64,${decodeBody(tree, part).toString('base64')}`;
  };
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

function lookIntoSigned(bytes: Buffer, name: string): PreviewedSigned {
  const outer = unwrapCms(bytes);
  if (outer === null) {
    const reason = 'il file non contiene il documento firmato, che sta in un altro file';
    return { kind: 'signed', signature: { verdict: 'unreadable', reason, partial: false }, inside: null };
  }
  const inside = innermost(outer.inside);
  const inner = cutPartName(name.replace(P7M, '').replace(/\.(?:tsd|m7m|p7s)$/i, '') || 'documento');
  const kind = previewKind(inner, '', inside.subarray(0, 4_096));
  return { kind: 'signed', signature: outer.signature, inside: { name: inner, kind, size: inside.length } };
}

/** What is below all signatures. */
function innermost(inside: Buffer): Buffer {
  const budget = wrappingBudget();
  let found = inside;
  for (let depth = 1; depth < LIMITS.signedDepth; depth++) {
    const inner = unwrapCms(found, budget);
    if (inner === null) break;
    found = inner.inside;
  }
  return found;
}

export function insideOfAll(cms: Buffer): Buffer | null {
  const outer = unwrapCms(cms);
  return outer === null ? null : innermost(outer.inside);
}
