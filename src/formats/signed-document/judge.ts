import { LIMITS } from '../../kernel/limits.ts';
import { XML_SIGNATURE_REASONS } from '../../kernel/seal-problems.ts';
import type { DocumentSignature, SignedForm } from '../../model/signed-document.ts';
import { verifyEnveloped } from '../seal/verify.ts';
import { judgeCms, tooDeep } from './cades.ts';
import { judgePdf } from './pades.ts';
import { formOf } from './spot.ts';
import { ABSENT, type Budget, broken, INTACT, unreadable, worst } from './verdict.ts';

/**
 * Judges the signatures of a document of that form, from the outermost to the document itself. `detached` gives the
 * document where the signature is a file of its own.
 */
export function judgeSignedDocument(
  bytes: Buffer,
  form: SignedForm,
  detached: (() => Buffer) | null,
  budget: Budget,
): DocumentSignature {
  let verdict = ABSENT;
  let inner: { readonly bytes: Buffer; readonly form: SignedForm } | null = { bytes, form };
  for (let depth = 0; inner !== null; depth++) {
    if (depth >= LIMITS.signedDepth) return worst(verdict, tooDeep());
    if (inner.form !== 'cms') {
      return worst(verdict, inner.form === 'pdf' ? judgePdf(inner.bytes, budget) : judgeXml(inner.bytes));
    }
    const { signature, inside } = judgeCms(inner.bytes, depth === 0 ? detached : null, budget);
    verdict = worst(verdict, signature);
    const next = inside === null ? null : formOf(inside);
    inner = inside === null || next === null ? null : { bytes: inside, form: next };
  }
  return verdict;
}

/** Several signatures in one XML document, a detached one or one over a part are unreadable. */
function judgeXml(bytes: Buffer): DocumentSignature {
  const found = verifyEnveloped(bytes);
  if (found.verdict === 'absent') return ABSENT;
  if (found.verdict === 'intact') return INTACT;
  const { code, message } = found.reason;
  const sentence = XML_SIGNATURE_REASONS[code];
  const why =
    sentence === undefined
      ? (message.slice(0, 1).toLowerCase() + message.slice(1)).replace(/\.$/, '')
      : sentence.replace('{detail}', () => found.detail);
  return found.verdict === 'broken' ? broken(why) : unreadable(why);
}
