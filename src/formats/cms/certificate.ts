import { hash, type KeyObject, X509Certificate } from 'node:crypto';
import type { SealHolder } from '../../model/seal.ts';
import {
  attempt,
  type Ber,
  berAt,
  children,
  contents,
  expect,
  integerHex,
  malformed,
  octets,
  readAsn1Time,
  readOid,
  smallInteger,
} from './ber.ts';
import { readListPoints } from './list-points.ts';
import { Lru } from './lru.ts';
import {
  type Attribute,
  comparable,
  DIRECTORY,
  type GeneralName,
  type Name,
  type NameConstraints,
  RFC822,
  readGeneralName,
  readName,
  readNameConstraints,
} from './names.ts';

/** What chain and envelope need of a certificate (RFC 5280). */
export interface Certificate {
  readonly fingerprint: string;
  readonly x509: X509Certificate;
  readonly key: KeyObject;
  readonly serial: string;
  readonly issuer: Name;
  readonly subject: Name;
  readonly commonName: string | null;
  /** What the subject says of an organisation. */
  readonly owner: SealHolder;
  /** Milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** rfc822Name of the subject alternative names, lower case. */
  readonly emails: readonly string[];
  /** All that name constraints apply to: the subject, its alternative names, an old e-mail attribute. */
  readonly names: readonly GeneralName[];
  readonly isCa: boolean;
  readonly pathLength: number | null;
  readonly canSign: boolean;
  readonly canSignCertificates: boolean;
  readonly canSignLists: boolean;
  /** No extended key usage, or one that includes e-mail protection. */
  readonly forMail: boolean;
  readonly constraints: NameConstraints | null;
  readonly unknownCritical: string | null;
  readonly subjectKeyId: string | null;
  readonly authorityKeyId: string | null;
  /** Where lists of revoked certificates are that may name this one. */
  readonly listPoints: readonly string[];
}

const COMMON_NAME = '2.5.4.3';
const SERIAL_NUMBER = '2.5.4.5';
const ORGANIZATION = '2.5.4.10';
const ORGANIZATION_IDENTIFIER = '2.5.4.97';
const textsOf = (rdns: readonly (readonly Attribute[])[], type: string): readonly string[] =>
  rdns.flat().flatMap((attribute) => (attribute.type === type ? [attribute.text] : []));
const EMAIL_ATTRIBUTE = '1.2.840.113549.1.9.1';
const MAIL_PURPOSES = new Set(['1.3.6.1.5.5.7.3.4', '2.5.29.37.0']);
/** Critical extensions that are processed here, and policies, which restrict nothing we rely on. */
const KNOWN_CRITICAL = new Set(['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.30', '2.5.29.32', '2.5.29.37']);
const LARGEST = 64 * 1024;

/** The same few providers sign everything, so parsed certificates are kept by their digest. */
const known = new Lru<Certificate>(512);

/** Null where it cannot be read. */
export function parseCertificate(der: Buffer): Certificate | null {
  if (der.length > LARGEST) return null;
  const fingerprint = hash('sha256', der, 'hex');
  const cached = known.get(fingerprint);
  if (cached) return cached;
  const read = attempt(() => parse(Buffer.from(der), fingerprint));
  return read.ok ? known.set(fingerprint, read.value) : null;
}

function parse(der: Buffer, fingerprint: string): Certificate {
  const outer = expect(berAt(der, 0, der.length), 0x30, 'certificato');
  const fields = children(expect(children(outer)[0], 0x30, 'certificato'));
  if (fields[0]?.tag === 0xa0) fields.shift();
  const [serial, , issuer, validity, subject] = fields;
  const rdns = readName(expect(subject, 0x30, 'titolare'));
  const [notBefore, notAfter] = children(expect(validity, 0x30, 'validità'));
  const extensions = readExtensions(fields.find(({ tag }) => tag === 0xa3));
  const { x509, key } = native(der);
  return {
    fingerprint,
    x509,
    key,
    serial: integerHex(expect(serial, 0x02, 'numero di serie')),
    issuer: comparable(readName(expect(issuer, 0x30, 'emittente'))),
    subject: comparable(rdns),
    commonName: rdns.flat().findLast(({ type }) => type === COMMON_NAME)?.text ?? null,
    owner: {
      names: textsOf(rdns, ORGANIZATION),
      identifiers: [...textsOf(rdns, ORGANIZATION_IDENTIFIER), ...textsOf(rdns, SERIAL_NUMBER)],
    },
    notBefore: readAsn1Time(notBefore, 'inizio della validità'),
    notAfter: readAsn1Time(notAfter, 'fine della validità'),
    ...readNames(rdns, extensions),
    ...readUsage(extensions),
  };
}

function native(der: Buffer): { x509: X509Certificate; key: KeyObject } {
  try {
    const x509 = new X509Certificate(der);
    return { x509, key: x509.publicKey };
  } catch {
    return malformed('certificato non leggibile');
  }
}

type Extensions = ReadonlyMap<string, { readonly critical: boolean; readonly value: Ber }>;

function readExtensions(node: Ber | undefined): Extensions {
  const found = new Map<string, { critical: boolean; value: Ber }>();
  if (!node) return found;
  for (const extension of children(expect(children(node)[0], 0x30, 'estensioni'))) {
    const [id, second, third] = children(extension);
    const critical = second?.tag === 0x01 && contents(second)[0] !== 0;
    const bytes = octets(expect(second?.tag === 0x01 ? third : second, 0x04, "un'estensione"));
    const type = readOid(id);
    if (found.has(type)) malformed('estensione ripetuta');
    found.set(type, { critical, value: berAt(bytes, 0, bytes.length) });
  }
  return found;
}

function readNames(rdns: readonly (readonly Attribute[])[], extensions: Extensions) {
  const alternative = extensions.get('2.5.29.17')?.value;
  const alternatives = alternative ? children(alternative).map(readGeneralName) : [];
  const emails = alternatives.filter(({ tag }) => tag === RFC822).map(({ text }) => text);
  const names = [...alternatives];
  if (rdns.length > 0) names.push({ tag: DIRECTORY, text: '', name: comparable(rdns) });
  // RFC 5280 §4.2.1.10: without an rfc822Name, constraints apply to the e-mail attribute of the subject.
  if (emails.length === 0)
    for (const { type, text } of rdns.flat())
      if (type === EMAIL_ATTRIBUTE) names.push({ tag: RFC822, text: text.toLowerCase(), name: [] });
  return { emails, names };
}

function readUsage(extensions: Extensions) {
  const basic = extensions.get('2.5.29.19')?.value;
  const [flag, length] = basic ? children(basic) : [];
  const usage = extensions.get('2.5.29.15')?.value;
  const bits = usage ? (contents(expect(usage, 0x03, 'uso della chiave'))[1] ?? 0) : 0xff;
  const purposes = extensions.get('2.5.29.37')?.value;
  const constraints = extensions.get('2.5.29.30')?.value;
  const authority = extensions.get('2.5.29.35')?.value;
  const authorityKey = authority && children(authority).find(({ tag }) => tag === 0x80);
  const subjectKey = extensions.get('2.5.29.14')?.value;
  return {
    isCa: flag?.tag === 0x01 && contents(flag)[0] !== 0,
    pathLength: length ? smallInteger(expect(length, 0x02, 'lunghezza della catena')) : null,
    canSign: (bits & 0xc0) !== 0,
    canSignCertificates: (bits & 0x04) !== 0,
    canSignLists: (bits & 0x02) !== 0,
    forMail: purposes === undefined || children(purposes).some((purpose) => MAIL_PURPOSES.has(readOid(purpose))),
    constraints: constraints ? readNameConstraints(constraints) : null,
    unknownCritical: [...extensions].find(([id, { critical }]) => critical && !KNOWN_CRITICAL.has(id))?.[0] ?? null,
    subjectKeyId: subjectKey ? octets(subjectKey).toString('hex') : null,
    authorityKeyId: authorityKey ? contents(authorityKey).toString('hex') : null,
    listPoints: readListPoints(extensions.get('2.5.29.31')?.value),
  };
}

const issued = new Lru<{ readonly yes: boolean }>(4096);

/** Whether this issuer's key signed that certificate. Remembered, because every mail brings the same pairs. */
export function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const pair = `${certificate.fingerprint}:${issuer.fingerprint}`;
  const cached = issued.get(pair);
  if (cached) return cached.yes;
  let yes = false;
  try {
    yes = certificate.x509.verify(issuer.key);
  } catch {
    // The key is of another kind than the signature, so this is not its issuer.
  }
  issued.set(pair, { yes });
  return yes;
}
