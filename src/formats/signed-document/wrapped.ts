import type { MimePart, MimeTree } from '../../model/mime.ts';
import { decodeBody } from '../mime/decode.ts';
import { crlfRestored } from '../mime/line-ends.ts';
import { parseMime, walk } from '../mime/parse.ts';
import { cmsEncoding } from './spot.ts';

/** A CMS out of a wrapping, and what it is detached from. */
export interface Wrapped {
  readonly cms: Buffer;
  readonly content: Buffer | null;
}

export type Unwrapped =
  | { readonly ok: true; readonly signed: readonly Wrapped[] }
  | { readonly ok: false; readonly reason: string };

const MOST_SIGNED = 16;
/** Faults that hide no part of the file. */
const HARMLESS: ReadonlySet<string> = new Set(['mime-header-broken', 'mime-name-cut', 'mime-unclosed']);
/** A time stamp signs nothing, and needs no signature. */
const TIME_STAMP = /^application\/(?:x-)?timestamp-/;

/**
 * A signed document saved as a mail: S/MIME (RFC 8551 §3.5), one signed part or a document and its signature, or `.m7m`, a
 * signed part with its time stamp. Whatever else is in it, no signature covers, so then nothing is said of the whole.
 */
export function openWrapped(bytes: Buffer): Unwrapped {
  const tree = parseMime(bytes);
  if (tree.problems.some(({ code }) => !HARMLESS.has(code)))
    return { ok: false, reason: 'la struttura MIME è danneggiata' };
  const { root } = tree;
  if (root.type === 'multipart/signed') {
    const [content, signature, ...more] = root.children;
    if (content === undefined || signature === undefined || more.length > 0)
      return { ok: false, reason: 'la struttura S/MIME non è quella prevista' };
    const signed = { cms: decodeBody(tree, signature), content: asSigned(tree, content) };
    return cmsEncoding(signed.cms) === null ? NOTHING : { ok: true, signed: [signed] };
  }
  const signed: Wrapped[] = [];
  for (const part of walk(root)) {
    if (part.type.startsWith('multipart/') || TIME_STAMP.test(part.type)) continue;
    const cms = decodeBody(tree, part);
    if (cmsEncoding(cms) !== null) signed.push({ cms, content: null });
    else if (cms.some((octet) => octet > 0x20)) return { ok: false, reason: 'contiene anche parti non firmate' };
    if (signed.length > MOST_SIGNED) return { ok: false, reason: 'contiene troppe parti' };
  }
  return signed.length === 0 ? NOTHING : { ok: true, signed };
}

const NOTHING: Unwrapped = { ok: false, reason: 'il file non contiene una firma' };

/** The part with its header. */
const asSigned = (tree: MimeTree, part: MimePart): Buffer => crlfRestored(tree.bytes.subarray(part.start, part.end));
