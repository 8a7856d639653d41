import { hash, X509Certificate } from 'node:crypto';
import { readXml } from '../xml/parse.ts';
import { CanonicalSource } from './canonical.ts';
import { rootEnd } from './end-tag.ts';
import {
  DIGESTS,
  DS,
  ENVELOPED,
  EXCLUSIVE,
  SEAL_ALGORITHMS,
  type SealDigest,
  SIGNED_PROPERTIES_TYPE,
  XADES,
} from './names.ts';
import type { SealSigner } from './sealer.ts';
import { signatureHolds } from './signature-value.ts';
import { signaturesIn } from './structure.ts';

/**
 * XAdES baseline B, enveloped: the signature becomes the last child of the root, and no byte of the message changes. It
 * covers the root, its own properties and the certificates beside it. The canonicalisation is exclusive, so that the
 * namespaces of a SOAP envelope do not break the seal. Parts of the signature are written in canonical form, so that only
 * the message has to be canonicalised.
 */
const EXCLUSIVE_MODE = { mode: 'exclusive', comments: false, inclusive: [] } as const;

/**
 * The sealed bytes. `at` becomes the SigningTime. Throws where the message is not a well-formed document in UTF-8 without a
 * signature, as ours always are, or where the signer fails or its value does not match its certificate.
 */
export async function sealMessage(unsealed: Uint8Array, signer: SealSigner, at: Date): Promise<Buffer> {
  const text = readable(unsealed);
  const place = rootEnd(text);
  if (place < 0) throw new Error('cannot seal an empty root');
  const scheme = SEAL_ALGORITHMS[signer.algorithm];
  const { digest } = scheme;
  const content = canonical(unsealed);
  // Identifiers that no element of the message can have already, by chance or on purpose.
  const id = `sigillo-${hash('sha256', content, 'hex').slice(0, 32)}`;
  const keyInfo = keyInfoOf(signer, id);
  const properties = propertiesOf(signer, id, at, digest);
  const signedInfo = signedInfoOf(scheme.uri, digest, id, {
    root: hash(digest, content, 'base64'),
    properties: hash(digest, properties, 'base64'),
    keyInfo: hash(digest, keyInfo, 'base64'),
  });
  const data = Buffer.from(signedInfo);
  const value = Buffer.from(await signer.sign(data));
  // A remote service may answer anything. A seal that would not verify is not sent.
  const { publicKey } = new X509Certificate(signer.certificate);
  if (!signatureHolds(scheme, publicKey, data, value)) throw new Error('the value does not match the certificate');
  const seal =
    `<ds:Signature xmlns:ds="${DS}" Id="${id}">${inPlace(signedInfo)}` +
    `<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue>${inPlace(keyInfo)}` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${id}">` +
    `${inPlace(properties)}</xades:QualifyingProperties></ds:Object></ds:Signature>`;
  return Buffer.from(text.slice(0, place) + seal + text.slice(place));
}

/**
 * In the document each prefix is declared once, further up. A repeated declaration would be part of no canonical form, so
 * nobody would notice a change to it.
 */
const inPlace = (canonical: string): string =>
  canonical.replaceAll(` xmlns:ds="${DS}"`, '').replaceAll(` xmlns:xades="${XADES}"`, '');

function readable(unsealed: Uint8Array): string {
  const read = readXml(unsealed);
  if (!read.ok) throw new Error(`cannot seal: ${read.problem.code}`);
  const { root, doctype, problems } = read.value;
  if (problems.length > 0 || doctype !== null) throw new Error('cannot seal what readers may read differently');
  if (signaturesIn(root).length > 0) throw new Error('cannot seal twice');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unsealed);
}

function canonical(unsealed: Uint8Array): Buffer {
  const opened = CanonicalSource.open(unsealed);
  if (!opened.ok) throw new Error(`cannot seal: ${opened.problem.message}`);
  try {
    const bytes = opened.value.whole(EXCLUSIVE_MODE, false);
    if (bytes === null) throw new Error('cannot seal: no canonical form');
    return bytes;
  } finally {
    opened.value.close();
  }
}

const base64 = (der: Uint8Array): string => Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');

function keyInfoOf({ certificate, chain }: SealSigner, id: string): string {
  const certificates = [certificate, ...chain].map((der) => `<ds:X509Certificate>${base64(der)}</ds:X509Certificate>`);
  return `<ds:KeyInfo xmlns:ds="${DS}" Id="${id}-certificato"><ds:X509Data>${certificates.join('')}</ds:X509Data></ds:KeyInfo>`;
}

/** ETSI EN 319 132-1, 6.3: SigningTime, SigningCertificateV2 and the format of what is signed. */
function propertiesOf({ certificate }: SealSigner, id: string, at: Date, digest: SealDigest): string {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return (
    `<xades:SignedProperties xmlns:xades="${XADES}" Id="${id}-proprieta"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>${time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>` +
    `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${DIGESTS[digest]}"></ds:DigestMethod>` +
    `<ds:DigestValue xmlns:ds="${DS}">${hash(digest, certificate, 'base64')}</ds:DigestValue>` +
    `</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>` +
    `<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#${id}-segnatura">` +
    `<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>` +
    `<xades:DataObjectFormat ObjectReference="#${id}-chiave"><xades:MimeType>text/xml</xades:MimeType>` +
    `</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`
  );
}

interface PartDigests {
  readonly root: string;
  readonly properties: string;
  readonly keyInfo: string;
}

function signedInfoOf(method: string, digest: SealDigest, id: string, digests: PartDigests): string {
  const reference = (attributes: string, transforms: readonly string[], value: string): string =>
    `<ds:Reference ${attributes}><ds:Transforms>` +
    transforms.map((each) => `<ds:Transform Algorithm="${each}"></ds:Transform>`).join('') +
    `</ds:Transforms><ds:DigestMethod Algorithm="${DIGESTS[digest]}"></ds:DigestMethod>` +
    `<ds:DigestValue>${value}</ds:DigestValue></ds:Reference>`;
  return (
    `<ds:SignedInfo xmlns:ds="${DS}">` +
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>` +
    reference(`Id="${id}-segnatura" URI=""`, [ENVELOPED, EXCLUSIVE], digests.root) +
    reference(`Type="${SIGNED_PROPERTIES_TYPE}" URI="#${id}-proprieta"`, [EXCLUSIVE], digests.properties) +
    reference(`Id="${id}-chiave" URI="#${id}-certificato"`, [EXCLUSIVE], digests.keyInfo) +
    '</ds:SignedInfo>'
  );
}
