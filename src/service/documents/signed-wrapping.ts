import { decodeBody } from '../../formats/mime/decode.ts';
import { header } from '../../formats/mime/header-block.ts';
import { parseMime } from '../../formats/mime/parse.ts';
import { judgeCms } from '../../formats/signed-document/cades.ts';
import { cmsEncoding } from '../../formats/signed-document/spot.ts';
import { Budget } from '../../formats/signed-document/verdict.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { MimePart, MimeTree } from '../../model/mime.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';

/** What a CMS carries, and the verdict on its signature. */
export interface OpenedCms {
  readonly inside: Buffer;
  readonly signature: DocumentSignature;
}

/** What the signatures around a message may cost, together. */
export const wrappingBudget = (): Budget => new Budget(LIMITS.signedWork);

/** Null where the bytes are no CMS, too large to be held in memory, or carry nothing. */
export function unwrapCms(bytes: Buffer, budget = wrappingBudget()): OpenedCms | null {
  if (bytes.length > LIMITS.signedBytes || cmsEncoding(bytes) === null) return null;
  const { inside, signature } = judgeCms(bytes, null, budget);
  return inside === null ? null : { inside, signature };
}

const PKCS7 = /^application\/(?:x-)?pkcs7-mime$/;

/** A message that its sender's client has signed as a whole (RFC 8551 §3.5.2), and what is inside it. */
export interface OpaqueMessage {
  readonly tree: MimeTree;
  readonly signature: DocumentSignature;
}

/** Null where the part is something else: a document that is signed has its own name, and is no message inside. */
export function openOpaque(tree: MimeTree, part: MimePart, budget: Budget): OpaqueMessage | null {
  if (!isOpaque(part) || part.end - part.bodyStart > 2 * LIMITS.signedBytes) return null;
  const unwrapped = unwrapCms(decodeBody(tree, part), budget);
  if (unwrapped === null) return null;
  const inner = parseMime(unwrapped.inside);
  return header(inner.root, 'content-type') === null ? null : { tree: inner, signature: unwrapped.signature };
}

export function isOpaque({ type, parameters, filename }: MimePart): boolean {
  const named = /^smime\.p7m$/i.test(filename?.trim() ?? '');
  if (!PKCS7.test(type)) return named;
  return named || !filename || parameters.get('smime-type')?.toLowerCase() === 'signed-data';
}
