import { italianDay, legalTime } from '../../kernel/clock.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Certificate, isSignedBy } from './certificate.ts';
import { namesAllowed, sameName } from './names.ts';

export interface Anchor {
  readonly certificate: Certificate;
  /** Where not empty, the certificate right below the anchor must be a CA with one of these common names. */
  readonly onlyVia: readonly string[];
}

export type ChainVerdict =
  | { readonly trusted: true; readonly path: readonly Certificate[] }
  /** `reason`: Italian, part of a sentence. */
  | { readonly trusted: false; readonly reason: string };

/** Certificates that all have the same names could make the search explode; a real chain takes three steps. */
const MOST_STEPS = 200;

/**
 * Looks for a path from the signer to an anchor that is valid at the time `at` (RFC 5280 §6.1): signatures, validity of
 * every certificate, CA flag, path length, key usage, name constraints, no unknown critical extension. Where none is, the
 * reason is that of the first complete path, or that the authority is unknown.
 */
export function buildChain(
  signer: Certificate,
  pool: readonly Certificate[],
  anchors: readonly Anchor[],
  at: Date,
): ChainVerdict {
  let reason = 'autorità di certificazione sconosciuta';
  // NaN is neither before nor after anything: a broken time must not make every certificate valid.
  if (Number.isNaN(at.getTime())) return { trusted: false, reason: "l'ora della verifica non è valida" };
  let complete = false;
  let steps = 0;
  const search = (path: readonly Certificate[]): readonly Certificate[] | null => {
    const last = path.at(-1);
    if (!last) return null;
    for (const anchor of anchors) {
      const pinned = anchor.certificate.fingerprint === last.fingerprint;
      if (!pinned && !issues(anchor.certificate, last)) continue;
      const full = pinned ? path : [...path, anchor.certificate];
      const fault = faultOf(full, at.getTime(), anchor.onlyVia);
      if (fault === null) return full;
      if (!complete) reason = fault;
      complete = true;
    }
    if (path.length >= LIMITS.chainLength) return null;
    for (const candidate of pool) {
      if (path.some(({ fingerprint }) => fingerprint === candidate.fingerprint)) continue;
      if (++steps > MOST_STEPS) return null;
      const found = issues(candidate, last) ? search([...path, candidate]) : null;
      if (found) return found;
    }
    return null;
  };
  const path = search([signer]);
  return path ? { trusted: true, path } : { trusted: false, reason };
}

function issues(issuer: Certificate, certificate: Certificate): boolean {
  if (!sameName(issuer.subject, certificate.issuer)) return false;
  const { authorityKeyId } = certificate;
  if (authorityKeyId !== null && issuer.subjectKeyId !== null && authorityKeyId !== issuer.subjectKeyId) return false;
  return isSignedBy(certificate, issuer);
}

const selfIssued = (certificate: Certificate): boolean => sameName(certificate.subject, certificate.issuer);

const day = (milliseconds: number): string => italianDay(legalTime(new Date(milliseconds)).date);

/** What is wrong with a path whose signatures hold, from signer to anchor; null where nothing is. */
function faultOf(path: readonly Certificate[], at: number, onlyVia: readonly string[]): string | null {
  let intermediates = 0;
  for (const [index, certificate] of path.entries()) {
    const who = `«${certificate.commonName ?? '(senza nome)'}»`;
    if (at < certificate.notBefore) return `il certificato ${who} non è valido prima del ${day(certificate.notBefore)}`;
    if (at > certificate.notAfter) return `il certificato ${who} è scaduto il ${day(certificate.notAfter)}`;
    if (certificate.unknownCritical !== null)
      return `il certificato ${who} ha un'estensione critica sconosciuta (${certificate.unknownCritical})`;
    if (!certificate.forMail) return `il certificato ${who} non è destinato alla posta elettronica`;
    if (index === 0) {
      if (!certificate.canSign) return `il certificato ${who} non è destinato alla firma`;
      continue;
    }
    if (!certificate.isCa || !certificate.canSignCertificates)
      return `il certificato ${who} non è di un'autorità di certificazione`;
    if (certificate.pathLength !== null && certificate.pathLength < intermediates)
      return `la catena è più lunga di quanto ammette ${who}`;
    if (!selfIssued(certificate)) intermediates++;
    const { constraints } = certificate;
    if (constraints === null) continue;
    for (const [place, below] of path.slice(0, index).entries())
      if ((place === 0 || !selfIssued(below)) && !namesAllowed(below.names, constraints))
        return `i nomi di «${below.commonName ?? '(senza nome)'}» non rispettano i vincoli di ${who}`;
  }
  const via = path.length > 2 ? path.at(-2)?.commonName : null;
  if (onlyVia.length > 0 && !onlyVia.includes(via ?? '')) return `la catena non passa per ${onlyVia.join(' o ')}`;
  return null;
}
