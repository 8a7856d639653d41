import type { MimePart } from '../../model/mime.ts';
import { headers } from '../mime/header-block.ts';

/** The parts of an envelope that have a meaning, found by type, lower-cased name and level, in any order. */
export interface Envelope {
  readonly signed: MimePart | null;
  readonly signature: MimePart | null;
  /** How many other parts the multipart/signed has; nobody signed those. */
  readonly strangers: number;
  readonly daticert: readonly MimePart[];
  readonly originals: readonly MimePart[];
}

/** What the top-level headers, which nobody signed, say the mail is. Values in lower case, each once. */
export interface Claim {
  readonly transport: readonly string[];
  readonly receipt: readonly string[];
}

export const readClaim = (root: MimePart): Claim => ({
  transport: values(root, 'x-trasporto'),
  receipt: values(root, 'x-ricevuta'),
});

const values = (root: MimePart, name: string): readonly string[] => [
  ...new Set(headers(root, name).map((value) => value.trim().toLowerCase())),
];

const SIGNATURE_TYPES = new Set(['application/pkcs7-signature', 'application/x-pkcs7-signature']);

const nameOf = (part: MimePart): string => part.filename?.trim().toLowerCase() ?? '';

const isDaticert = (part: MimePart): boolean => nameOf(part) === 'daticert.xml';

const isSignature = (part: MimePart): boolean => SIGNATURE_TYPES.has(part.type) || nameOf(part).endsWith('.p7s');

/**
 * Only the first level below the signature counts, because a forwarded PEC has another envelope with its own daticert inside
 * postacert.eml. Some providers put all of it one multipart deeper, which is looked into where the first level has no
 * daticert; a message inside is never opened for it. Where nothing is signed, the original is looked for all the same, so that a person can read it.
 */
export function findEnvelope(root: MimePart): Envelope {
  const isSigned = root.type === 'multipart/signed';
  const signature = isSigned ? (root.children.findLast(isSignature) ?? null) : null;
  const signed = isSigned ? (root.children.find((part) => part !== signature) ?? null) : null;
  const holder = isSigned ? signed : root;
  const level = holder === null ? [] : holder.type.startsWith('multipart/') ? holder.children : [holder];
  const first = holder === root && level[0] === root ? [] : level;
  const deeper = first.filter(({ type }) => type.startsWith('multipart/')).flatMap(({ children }) => children);
  const isDeeper = isSigned && !first.some(isDaticert) && deeper.some(isDaticert);
  const inside = isDeeper ? [...first, ...deeper] : first;
  return {
    signed,
    signature,
    strangers: isSigned ? root.children.length - (signed ? 1 : 0) - (signature ? 1 : 0) : 0,
    daticert: isSigned ? inside.filter(isDaticert) : [],
    originals: inside.filter((part) => part.type === 'message/rfc822' || nameOf(part) === 'postacert.eml'),
  };
}

/** Whether the mail presents itself as PEC, true or not. */
export const looksLikePec = (claim: Claim, envelope: Envelope): boolean =>
  claim.transport.length > 0 || claim.receipt.length > 0 || envelope.daticert.length > 0;
