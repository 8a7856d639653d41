import type { TrustAnchor } from '../../model/pec.ts';
import { parseCertificate } from './certificate.ts';
import type { Anchor } from './chain.ts';

const parsed = new WeakMap<readonly TrustAnchor[], readonly Anchor[]>();

/** The readable anchors of a set, parsed once. */
export function anchorsOf(trust: readonly TrustAnchor[]): readonly Anchor[] {
  const known = parsed.get(trust);
  if (known) return known;
  const anchors = trust.flatMap(({ certificate, onlyVia }) => {
    const readable = parseCertificate(Buffer.from(certificate));
    return readable ? [{ certificate: readable, onlyVia }] : [];
  });
  parsed.set(trust, anchors);
  return anchors;
}
