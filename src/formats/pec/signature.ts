import { type Problem, problem } from '../../kernel/problems.ts';
import type { MimeTree } from '../../model/mime.ts';
import type { Integrity } from '../../model/pec.ts';
import type { Certificate } from '../cms/certificate.ts';
import { readSignedData } from '../cms/signed-data.ts';
import { type Content, certificatesOf, type SignerVerdict, verifySigner } from '../cms/verify.ts';
import { decodeBody } from '../mime/decode.ts';
import { crlfRestored } from '../mime/line-ends.ts';
import type { Envelope } from './envelope.ts';

export interface SignatureJudgement {
  readonly integrity: Integrity;
  readonly signer: Certificate | null;
  /** The signature over the signed attributes holds, so that signer and signing time can be believed. */
  readonly authentic: boolean;
  readonly signingTime: Date | null;
  readonly pool: readonly Certificate[];
  readonly problem: Problem | null;
}

/** Judges the signature over the raw bytes of the signed part, never over bytes written anew. */
export function judgeSignature(tree: MimeTree, { signed, signature }: Envelope): SignatureJudgement {
  if (!signed || !signature) return nothing('absent', problem('pec-signature-absent'));
  const cms = readSignedData(decodeBody(tree, signature));
  if (!cms.ok) return nothing('unreadable', problem('pec-signature-unreadable', signature.path, cms.reason));
  const pool = certificatesOf(cms.value);
  const slice = tree.bytes.subarray(signed.start, signed.end);
  let verdict: SignerVerdict | null = null;
  for (const signer of cms.value.signers) {
    const next = verifySigner(cms.value, signer, pool, () => contents(slice));
    if (verdict === null || next.outcome === 'valid') verdict = next;
    if (next.outcome === 'valid') break;
  }
  if (!verdict) return nothing('unreadable', problem('pec-signature-unreadable', signature.path, 'nessun firmatario'));
  const { outcome, reason, certificate, signingTime } = verdict;
  const authentic = outcome === 'valid' || outcome === 'modified';
  const common = { signer: certificate, authentic, signingTime: authentic ? signingTime : null, pool };
  if (outcome === 'valid') return { integrity: 'intact', problem: null, ...common };
  if (outcome === 'unsupported')
    return { integrity: 'unreadable', problem: problem('pec-signature-unreadable', signature.path, reason), ...common };
  return { integrity: 'modified', problem: problem('pec-signature-modified', signed.path, reason), ...common };
}

const nothing = (integrity: Integrity, why: Problem): SignatureJudgement => ({
  integrity,
  signer: null,
  authentic: false,
  signingTime: null,
  pool: [],
  problem: why,
});

/** The bytes as they are; where those do not match, as they were sent before somebody stored them with bare LF. */
function* contents(slice: Buffer): Generator<Content> {
  yield [slice];
  yield { [Symbol.iterator]: () => inWindows(slice) };
}

const WINDOW = 1 << 16;
const CR = 13;

function* inWindows(slice: Buffer): Generator<Buffer> {
  for (let at = 0; at < slice.length; ) {
    let end = Math.min(at + WINDOW, slice.length);
    // A CR at the edge may be half of a CRLF.
    while (end < slice.length && slice[end - 1] === CR) end++;
    yield crlfRestored(slice.subarray(at, end));
    at = end;
  }
}
