import { LIMITS } from '../../kernel/limits.ts';
import type { DocumentSignature } from '../../model/signed-document.ts';
import { attempt, berAt, children, expect, malformed, octets, readOid } from '../cms/ber.ts';
import { readSignedDocument, type SignedData } from '../cms/signed-data.ts';
import { type Content, certificatesOf, verifySigner } from '../cms/verify.ts';
import { blanksBefore, cmsEncoding } from './spot.ts';
import { ABSENT, type Budget, broken, EXHAUSTED, INTACT, unreadable, worst } from './verdict.ts';

const TIME_STAMPED_DATA = '1.2.840.113549.1.9.16.1.31';

/** The verdict on a CMS, and what is inside it to be judged next; null where nothing is. */
export interface Opened {
  readonly signature: DocumentSignature;
  readonly inside: Buffer | null;
}

/**
 * The document that a signature file stands beside. It is told what is inside the CMS, null where the signature is detached:
 * a signature over something else says nothing of the document.
 */
export type Beside = (inside: Buffer | null) => Buffer;

/**
 * A document in or beside a CMS, which is DER, BER, PEM or bare base64. Every signature must hold. `detached` gives the
 * document where the signature came in a file of its own.
 */
export function judgeCms(bytes: Buffer, detached: Beside | null, budget: Budget): Opened {
  const plain = decoded(bytes);
  if (plain === null) return { signature: unreadable('la codifica della firma è danneggiata'), inside: null };
  const stamped = attempt(() => timeStamped(plain));
  if (stamped.ok && stamped.value !== null) {
    // A time stamp signs nothing; the document inside it counts.
    return { signature: ABSENT, inside: stamped.value };
  }
  const cms = readSignedDocument(plain);
  if (!cms.ok) return { signature: unreadable(cms.reason), inside: null };
  const beside = detached?.(cms.value.content) ?? null;
  const content = cms.value.content ?? beside;
  if (content === null) return { signature: unreadable('manca il documento firmato'), inside: null };
  return { signature: judgeSigners(cms.value, [content], content.length, budget), inside: cms.value.content };
}

/** All signers of a CMS over the same content, of `size` bytes. */
export function judgeSigners(cms: SignedData, content: Content, size: number, budget: Budget): DocumentSignature {
  const pool = certificatesOf(cms);
  if (cms.signers.length === 0) return unreadable('nessun firmatario');
  let verdict = INTACT;
  for (const signer of cms.signers) {
    if (!budget.take(size)) return worst(verdict, unreadable(EXHAUSTED));
    const { outcome, reason } = verifySigner(cms, signer, pool, () => [content]);
    if (outcome === 'modified' || outcome === 'invalid') return broken(reason);
    if (outcome === 'unsupported') verdict = worst(verdict, unreadable(reason));
  }
  return verdict;
}

/** The bytes of the CMS below its encodings; null where one of them is damaged. */
function decoded(bytes: Buffer): Buffer | null {
  let inner = bytes;
  for (let encoding = cmsEncoding(inner); encoding !== 'ber'; encoding = cmsEncoding(inner)) {
    const next = encoding === null ? null : withoutEncoding(inner, encoding);
    if (next === null) return null;
    inner = next;
  }
  return inner.subarray(blanksBefore(inner));
}

function withoutEncoding(bytes: Buffer, encoding: 'pem' | 'base64'): Buffer | null {
  let text = bytes.toString('latin1');
  if (encoding === 'pem') {
    const from = text.indexOf('-----', text.indexOf('-----BEGIN') + 5) + 5;
    const to = text.indexOf('-----END', from);
    if (to < 0) return null;
    text = text.slice(from, to);
  }
  text = text.replace(/^\xef\xbb\xbf/, '').replace(/\s+/g, '');
  // Node skips what is not base64; here such a character would be an altered byte.
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64') : null;
}

/** The content of a TimeStampedData (RFC 5544 §2); null for another structure. */
function timeStamped(bytes: Buffer): Buffer | null {
  const [type, wrapped] = children(expect(berAt(bytes, 0, bytes.length), 0x30, 'struttura CMS'));
  if (readOid(type) !== TIME_STAMPED_DATA) return null;
  const [inner] = children(expect(wrapped, 0xa0, 'contenuto CMS'));
  const content = children(expect(inner, 0x30, 'TimeStampedData')).find(({ tag }) => tag === 0x04 || tag === 0x24);
  return content === undefined ? malformed('manca il contenuto') : octets(content);
}

export const tooDeep = (): DocumentSignature => unreadable(`più di ${LIMITS.signedDepth} firme una dentro l'altra`);
