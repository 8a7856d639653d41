import { hash } from 'node:crypto';
import { LIMITS } from '../../kernel/limits.ts';
import type { TrustAnchors } from '../../model/pec.ts';
import { anchorsOf } from '../cms/anchors.ts';
import { type Certificate, parseCertificate } from '../cms/certificate.ts';
import { type Anchor, buildChain, type ChainVerdict } from '../cms/chain.ts';
import { RFC822 } from '../cms/names.ts';
import type { XmlElement } from '../xml/tree.ts';
import { DS, digestNamed, type SealDigest, XADES } from './names.ts';
import { refuseSeal } from './seal-error.ts';
import { base64Of, inOrder, is, only, plain } from './structure.ts';

/** A certificate as the signed properties name it. */
export interface CertificateDigest {
  readonly digest: SealDigest;
  readonly value: Buffer;
}

export interface SignedProperties {
  /** ISO time; null where it has no zone and so names no moment. */
  readonly signedAt: string | null;
  readonly certificates: readonly CertificateDigest[];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/;

/** SigningTime and SigningCertificateV2 (or the older SigningCertificate) of ETSI EN 319 132-1, 5.2. */
export function readSignedProperties(element: XmlElement): SignedProperties {
  const properties = only(element, XADES, 'SignedSignatureProperties');
  const time = only(properties, XADES, 'SigningTime').text();
  const moment = TIME.test(time) ? new Date(time) : new Date(Number.NaN);
  if (Number.isNaN(moment.getTime())) refuseSeal('seal-unreadable', "l'ora della firma non è valida", properties.at);
  const lists = properties
    .elements()
    .filter((each) => is(each, XADES, 'SigningCertificateV2') || is(each, XADES, 'SigningCertificate'));
  const [list, ...others] = lists;
  if (list === undefined || others.length > 0)
    refuseSeal('seal-certificate', 'le proprietà firmate non indicano un certificato', properties.at);
  const certificates = list
    .elements()
    .slice(0, LIMITS.chainLength * 2)
    .map(readCertificateDigest);
  return { signedAt: /(?:Z|[+-]\d\d:\d\d)$/.test(time) ? moment.toISOString() : null, certificates };
}

function readCertificateDigest(element: XmlElement): CertificateDigest {
  const [method, value] = inOrder(only(element, XADES, 'CertDigest'), DS, 'DigestMethod', 'DigestValue');
  const name = plain(method, 'Algorithm');
  const digest =
    digestNamed(name) ??
    refuseSeal('seal-algorithm', `impronta del certificato «${name?.slice(0, 120) ?? ''}»`, method.at);
  return { digest, value: base64Of(value) };
}

/** The certificates in KeyInfo. Only X509Data is read, and nothing is fetched. */
export function readKeyInfo(keyInfo: XmlElement): readonly Buffer[] {
  const found: Buffer[] = [];
  for (const each of keyInfo.elements()) {
    if (is(each, DS, 'RetrievalMethod'))
      refuseSeal('seal-coverage', 'il certificato è un riferimento esterno', each.at);
    if (!is(each, DS, 'X509Data')) continue;
    for (const inner of each.elements()) if (is(inner, DS, 'X509Certificate')) found.push(base64Of(inner));
  }
  if (found.length === 0) refuseSeal('seal-certificate', 'manca nella firma', keyInfo.at);
  if (found.length > LIMITS.chainLength * 2) refuseSeal('seal-certificate', 'troppi certificati', keyInfo.at);
  return found;
}

/** The readable certificates that the signed properties name. */
export const namedCertificates = (
  ders: readonly Buffer[],
  { certificates }: SignedProperties,
): readonly Certificate[] =>
  ders
    .filter((der) => certificates.some(({ digest, value }) => hash(digest, der, 'buffer').equals(value)))
    .flatMap((der) => parseCertificate(der) ?? []);

/** Purposes that have nothing to do with documents: TLS, code, time stamps, OCSP. */
const OTHER_PURPOSES = new Set(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.3', '1.3.6.1.5.5.7.3.8', '1.3.6.1.5.5.7.3.9']);

/** The certificate without what concerns mail: for a seal, neither that purpose nor constraints on addresses count. */
function forSealing(certificate: Certificate): Certificate {
  const known = views.get(certificate);
  if (known) return known;
  const names = certificate.names.filter(({ tag }) => tag !== RFC822);
  const view: Certificate = { ...certificate, forMail: true, names };
  views.set(certificate, view);
  return view;
}
const views = new WeakMap<Certificate, Certificate>();

export function sealChain(
  signer: Certificate,
  ders: readonly Buffer[],
  trust: TrustAnchors | null,
  at: Date,
): ChainVerdict {
  const trusted = trust === null ? [] : (trust.seals ?? trust.anchors);
  if (trusted.length === 0) return { trusted: false, reason: 'non è configurata alcuna autorità per i sigilli' };
  const purposes = signer.x509.keyUsage ?? [];
  if (purposes.length > 0 && purposes.every((each) => OTHER_PURPOSES.has(each)))
    return { trusted: false, reason: 'il certificato è destinato ad altro uso' };
  const pool = ders.flatMap((der) => parseCertificate(der) ?? []).map(forSealing);
  const anchors = anchorsOf(trusted).map(
    (anchor): Anchor => ({ ...anchor, certificate: forSealing(anchor.certificate) }),
  );
  return buildChain(forSealing(signer), pool, anchors, at);
}
