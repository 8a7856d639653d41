import { hash, X509Certificate } from 'node:crypto';
import { readXml } from '../xml/parse.ts';
import { CanonicalSource } from './canonical.ts';
import { rootEnd } from './end-tag.ts';
import {
  ALGORITHMS,
  DIGESTS,
  type DigestName,
  DS,
  ENVELOPED,
  EXCLUSIVE,
  SIGNED_PROPERTIES_TYPE,
  XADES,
} from './names.ts';
import type { SealSigner } from './sealer.ts';
import { signatureHolds } from './signature-value.ts';

/**
 * XAdES baseline B, enveloped: the signature becomes the last child of the root, not one byte of the message changes.
 * It covers the root, its own properties and the certificates beside it. Each signed part is written as its own canonical
 * form (exclusive, so that the seal holds also inside a SOAP envelope), which leaves nothing to canonicalise but the
 * message.
 */
const EXCLUSIVE_MODE = { mode: 'exclusive', comments: false, inclusive: [] } as const;
const SIGNATURE_ID = 'sigillo';
const PROPERTIES_ID = 'sigillo-proprieta';
const KEY_INFO_ID = 'sigillo-certificato';

/**
 * The sealed bytes. `at` becomes the SigningTime. Throws when the message is not a well-formed document of UTF-8 without
 * signature (ours always are), or when the signer's value does not match its certificate; rejects when the signer fails.
 */
export async function sealMessage(unsealed: Uint8Array, signer: SealSigner, at: Date): Promise<Buffer> {
  const text = readable(unsealed);
  const place = rootEnd(text);
  if (place < 0) throw new Error('cannot seal an empty root');
  const scheme = ALGORITHMS[signer.algorithm];
  const { digest } = scheme;
  const keyInfo = keyInfoOf(signer);
  const properties = propertiesOf(signer, at, digest);
  const signedInfo = signedInfoOf(scheme.uri, digest, {
    root: hash(digest, canonical(unsealed), 'base64'),
    properties: hash(digest, properties, 'base64'),
    keyInfo: hash(digest, keyInfo, 'base64'),
  });
  const data = Buffer.from(signedInfo);
  const value = Buffer.from(await signer.sign(data));
  // A remote service may answer with anything: what would not verify is not sent.
  const { publicKey } = new X509Certificate(signer.certificate);
  if (!signatureHolds(scheme, publicKey, data, value)) throw new Error('the value does not match the certificate');
  const seal =
    `<ds:Signature xmlns:ds="${DS}" Id="${SIGNATURE_ID}">${signedInfo}` +
    `<ds:SignatureValue>${value.toString('base64')}</ds:SignatureValue>${keyInfo}` +
    `<ds:Object><xades:QualifyingProperties xmlns:xades="${XADES}" Target="#${SIGNATURE_ID}">` +
    `${properties}</xades:QualifyingProperties></ds:Object></ds:Signature>`;
  return Buffer.from(text.slice(0, place) + seal + text.slice(place));
}

function readable(unsealed: Uint8Array): string {
  const read = readXml(unsealed);
  if (!read.ok) throw new Error(`cannot seal: ${read.problem.code}`);
  const { root, doctype, problems } = read.value;
  if (problems.length > 0 || doctype !== null) throw new Error('cannot seal what readers may read differently');
  if (root.elements().at(-1)?.namespace === DS) throw new Error('cannot seal twice');
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(unsealed);
}

function canonical(unsealed: Uint8Array): Buffer {
  const source = CanonicalSource.open(unsealed);
  try {
    const bytes = source?.whole(EXCLUSIVE_MODE, false) ?? null;
    if (bytes === null) throw new Error('cannot seal: no canonical form');
    return bytes;
  } finally {
    source?.close();
  }
}

const base64 = (der: Uint8Array): string => Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64');

function keyInfoOf({ certificate, chain }: SealSigner): string {
  const certificates = [certificate, ...chain].map((der) => `<ds:X509Certificate>${base64(der)}</ds:X509Certificate>`);
  return `<ds:KeyInfo xmlns:ds="${DS}" Id="${KEY_INFO_ID}"><ds:X509Data>${certificates.join('')}</ds:X509Data></ds:KeyInfo>`;
}

/** ETSI EN 319 132-1, 6.3: SigningTime, SigningCertificateV2 and the format of what is signed. */
function propertiesOf({ certificate }: SealSigner, at: Date, digest: DigestName): string {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return (
    `<xades:SignedProperties xmlns:xades="${XADES}" Id="${PROPERTIES_ID}"><xades:SignedSignatureProperties>` +
    `<xades:SigningTime>${time}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>` +
    `<ds:DigestMethod xmlns:ds="${DS}" Algorithm="${DIGESTS[digest]}"></ds:DigestMethod>` +
    `<ds:DigestValue xmlns:ds="${DS}">${hash(digest, certificate, 'base64')}</ds:DigestValue>` +
    `</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>` +
    `<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#${SIGNATURE_ID}-segnatura">` +
    `<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>` +
    `<xades:DataObjectFormat ObjectReference="#${SIGNATURE_ID}-chiave"><xades:MimeType>text/xml</xades:MimeType>` +
    `</xades:DataObjectFormat></xades:SignedDataObjectProperties></xades:SignedProperties>`
  );
}

interface PartDigests {
  readonly root: string;
  readonly properties: string;
  readonly keyInfo: string;
}

function signedInfoOf(method: string, digest: DigestName, digests: PartDigests): string {
  const reference = (attributes: string, transforms: readonly string[], value: string): string =>
    `<ds:Reference ${attributes}><ds:Transforms>` +
    transforms.map((each) => `<ds:Transform Algorithm="${each}"></ds:Transform>`).join('') +
    `</ds:Transforms><ds:DigestMethod Algorithm="${DIGESTS[digest]}"></ds:DigestMethod>` +
    `<ds:DigestValue>${value}</ds:DigestValue></ds:Reference>`;
  return (
    `<ds:SignedInfo xmlns:ds="${DS}">` +
    `<ds:CanonicalizationMethod Algorithm="${EXCLUSIVE}"></ds:CanonicalizationMethod>` +
    `<ds:SignatureMethod Algorithm="${method}"></ds:SignatureMethod>` +
    reference(`Id="${SIGNATURE_ID}-segnatura" URI=""`, [ENVELOPED, EXCLUSIVE], digests.root) +
    reference(`Type="${SIGNED_PROPERTIES_TYPE}" URI="#${PROPERTIES_ID}"`, [EXCLUSIVE], digests.properties) +
    reference(`Id="${SIGNATURE_ID}-chiave" URI="#${KEY_INFO_ID}"`, [EXCLUSIVE], digests.keyInfo) +
    '</ds:SignedInfo>'
  );
}
