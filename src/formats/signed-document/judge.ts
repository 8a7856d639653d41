import { LIMITS } from '../../kernel/limits.ts';
import { XML_SIGNATURE_REASONS } from '../../kernel/seal-problems.ts';
import type { DocumentSignature, SignedForm } from '../../model/signed-document.ts';
import { verifyEnveloped } from '../seal/verify.ts';
import { type Beside, judgeCms, tooDeep } from './cades.ts';
import { judgePdf } from './pades.ts';
import { formOf } from './spot.ts';
import { ABSENT, type Budget, broken, INTACT, unreadable, worst } from './verdict.ts';
import { openWrapped } from './wrapped.ts';

/**
 * Judges the signatures of a document of that form, from the outermost to the document itself. `detached` gives the
 * document where the signature is a file of its own.
 */
export function judgeSignedDocument(
  bytes: Buffer,
  form: SignedForm,
  detached: Beside | null,
  budget: Budget,
): DocumentSignature {
  if (form === 'asic') return unreadable('è un contenitore ASiC, che qui non si apre');
  if (form !== 'mime') return judgeLayers(bytes, form, detached, budget);
  const wrapped = openWrapped(bytes);
  if (!wrapped.ok) return unreadable(wrapped.reason);
  let verdict = ABSENT;
  for (const { cms, content } of wrapped.signed) {
    const beside: Beside | null = content === null ? null : () => content;
    verdict = worst(verdict, judgeLayers(cms, 'cms', beside ?? detached, budget));
  }
  return verdict;
}

function judgeLayers(bytes: Buffer, form: Layer, detached: Beside | null, budget: Budget): DocumentSignature {
  let verdict = ABSENT;
  let inner: { readonly bytes: Buffer; readonly form: Layer } | null = { bytes, form };
  for (let depth = 0; inner !== null; depth++) {
    if (depth >= LIMITS.signedDepth) return worst(verdict, tooDeep());
    if (inner.form !== 'cms') {
      return worst(verdict, inner.form === 'pdf' ? judgePdf(inner.bytes, budget) : judgeXml(inner.bytes));
    }
    const { signature, inside } = judgeCms(inner.bytes, depth === 0 ? detached : null, budget);
    verdict = worst(verdict, signature);
    const next = inside === null ? null : formOf(inside);
    // A mail or a container inside a signature is covered by it as a whole.
    inner =
      inside === null || next === null || next === 'mime' || next === 'asic' ? null : { bytes: inside, form: next };
  }
  return verdict;
}

type Layer = Exclude<SignedForm, 'mime' | 'asic'>;

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
