import { createPublicKey, hash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { berAt, children, encodedBytes } from '../formats/cms/ber.ts';
import { derOid, derTime, integer, NULL, octetString, sequence, setOf, tlv } from './der.ts';

/** X.509 certificates (RFC 5280) such as a PEC authority issues: RSA with SHA-256. */
export interface Subject {
  readonly C: string;
  readonly O: string;
  readonly CN: string;
  /** organizationIdentifier: the body that a seal belongs to (ETSI EN 319 412-3, 4.2.1). */
  readonly organizationIdentifier?: string;
}

export interface CertificateFields {
  readonly subject: Subject;
  readonly publicKey: KeyObject;
  readonly issuer: Subject;
  readonly issuerKey: KeyObject;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly ca: boolean;
  /** For what a certificate that is not an authority's may be used; mail when omitted. */
  readonly signs?: 'mail' | 'documents';
  /** rfc822Name in the subject's alternative names. */
  readonly email?: string;
  /** Name constraints: permitted rfc822 domains; none when empty. */
  readonly permittedDomains?: readonly string[];
  /** Where a list of revoked certificates is that may name this one. */
  readonly listPoint?: string | undefined;
}

const SHA256_WITH_RSA = sequence(derOid('1.2.840.113549.1.1.11'), NULL);
const ATTRIBUTES = { C: '2.5.4.6', O: '2.5.4.10', organizationIdentifier: '2.5.4.97', CN: '2.5.4.3' } as const;
const TRUE = tlv(0x01, Uint8Array.of(0xff));
const KEY_USAGE = { ca: tlv(0x03, Uint8Array.of(1, 0b0000_0110)), signer: tlv(0x03, Uint8Array.of(6, 0b1100_0000)) };
const EMAIL_PROTECTION = derOid('1.3.6.1.5.5.7.3.4');

/** The certificate, DER. */
export function certificate(fields: CertificateFields): Buffer {
  // Positive, and always 16 bytes long.
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const tbs = sequence(
    tlv(0xa0, integer(2)),
    tlv(0x02, serial),
    SHA256_WITH_RSA,
    name(fields.issuer),
    sequence(derTime(fields.notBefore), derTime(fields.notAfter)),
    name(fields.subject),
    fields.publicKey.export({ format: 'der', type: 'spki' }),
    tlv(0xa3, sequence(...extensions(fields))),
  );
  return sequence(tbs, SHA256_WITH_RSA, bitString(sign('sha256', tbs, fields.issuerKey)));
}

/** IssuerAndSerialNumber (RFC 5652, 10.2.4), byte for byte as in the certificate. */
export function issuerAndSerial(der: Buffer): Buffer {
  const [tbs] = children(berAt(der, 0, der.length));
  // TBSCertificate: [0] version, serial, signature algorithm, issuer, …
  const [, serial, , issuer] = tbs === undefined ? [] : children(tbs);
  if (!serial || !issuer) throw new TypeError('not a version 3 certificate');
  return sequence(encodedBytes(issuer), encodedBytes(serial));
}

/** Whether certificate and key belong together; a folder with mixed-up files is noticed at the start. */
export const matches = (der: Buffer, key: KeyObject): boolean => new X509Certificate(der).checkPrivateKey(key);

const bitString = (bytes: Uint8Array): Buffer => tlv(0x03, Uint8Array.of(0), bytes);

const name = (subject: Subject): Buffer =>
  sequence(
    ...(['C', 'O', 'organizationIdentifier', 'CN'] as const).flatMap((key) => {
      const value = subject[key];
      const text = value === undefined ? null : tlv(key === 'C' ? 0x13 : 0x0c, Buffer.from(value));
      return text === null ? [] : [setOf(sequence(derOid(ATTRIBUTES[key]), text))];
    }),
  );

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence(derOid(id), ...(critical ? [TRUE] : []), octetString(value));

/** SHA-1 of the public key: method 1 of RFC 5280, 4.2.1.2. */
function keyIdentifier(key: KeyObject): Buffer {
  const publicKey = key.export({ format: 'der', type: 'pkcs1' } as const);
  return hash('sha1', publicKey, 'buffer');
}

function extensions(fields: CertificateFields): readonly Buffer[] {
  const { ca, email, permittedDomains = [] } = fields;
  const list = [
    extension('2.5.29.19', ca ? sequence(TRUE) : sequence(), true),
    extension('2.5.29.15', ca ? KEY_USAGE.ca : KEY_USAGE.signer, true),
    extension('2.5.29.14', octetString(keyIdentifier(fields.publicKey))),
  ];
  const issuerPublic = createPublicKey(fields.issuerKey);
  list.push(extension('2.5.29.35', sequence(tlv(0x80, keyIdentifier(issuerPublic)))));
  // A seal has no extended key usage, so that it cannot pass for a provider's signer.
  if (!ca && fields.signs !== 'documents') list.push(extension('2.5.29.37', sequence(EMAIL_PROTECTION)));
  if (email !== undefined) list.push(extension('2.5.29.17', sequence(tlv(0x81, Buffer.from(email, 'ascii')))));
  if (permittedDomains.length > 0) {
    const subtrees = permittedDomains.map((domain) => sequence(tlv(0x81, Buffer.from(domain, 'ascii'))));
    list.push(extension('2.5.29.30', sequence(tlv(0xa0, ...subtrees)), true));
  }
  if (fields.listPoint !== undefined) {
    const address = tlv(0x86, Buffer.from(fields.listPoint, 'ascii'));
    list.push(extension('2.5.29.31', sequence(sequence(tlv(0xa0, tlv(0xa0, address))))));
  }
  return list;
}
