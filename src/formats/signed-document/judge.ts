import { LIMITS } from '../../kernel/limits.ts';
import type { DocumentSignature, SignedForm } from '../../model/signed-document.ts';
import { verifySeal } from '../seal/verify.ts';
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

/**
 * A signature in XML is judged like a seal: enveloped, over the whole document. Several signatures, a detached one or one
 * over a part are unreadable. There is no trust anchor: whether an authority vouches for the signer is another question.
 */
function judgeXml(bytes: Buffer): DocumentSignature {
  const { verdict, reason } = verifySeal(bytes, null, new Date(0));
  if (verdict === 'absent') return ABSENT;
  if (verdict !== 'invalid') return INTACT;
  const why = reason?.message.replace(/\.$/, '') ?? '';
  return reason?.code === 'seal-modified' || reason?.code === 'seal-signature' ? broken(why) : unreadable(why);
}
