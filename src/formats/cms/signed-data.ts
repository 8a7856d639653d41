import { LIMITS } from '../../kernel/limits.ts';
import {
  attempt,
  type Ber,
  berAt,
  children,
  contents,
  encodedBytes,
  expect,
  integerHex,
  malformed,
  octets,
  readAsn1Time,
  readOid,
} from './ber.ts';
import { comparable, type Name, readName } from './names.ts';

export interface AlgorithmIdentifier {
  readonly oid: string;
  readonly parameters: Ber | null;
}

export type SignerId =
  | { readonly kind: 'issuer'; readonly issuer: Name; readonly serial: string }
  | { readonly kind: 'key'; readonly keyId: string };

export interface SignedAttributes {
  /**
   * The bytes that may be signed, with the tag of a SET OF instead of the implicit [0]: the attributes as they were sent,
   * and in the order of DER where they were sent in another one (RFC 5652 §5.4). It is the same set either way.
   */
  readonly signed: readonly Buffer[];
  readonly contentType: string;
  readonly messageDigest: Buffer;
  /** Milliseconds, or null. */
  readonly signingTime: number | null;
}

export interface SignerInfo {
  readonly id: SignerId;
  readonly digestAlgorithm: string;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly attributes: SignedAttributes | null;
  readonly signature: Buffer;
}

export interface SignedData {
  readonly contentType: string;
  /** The signed bytes where they are inside (`.p7m`); null where the signature is detached. */
  readonly content: Buffer | null;
  /** DER of each, in the order given. */
  readonly certificates: readonly Buffer[];
  readonly signers: readonly SignerInfo[];
}

const SIGNED_DATA = '1.2.840.113549.1.7.2';
interface Most {
  readonly certificates: number;
  readonly signers: number;
}
const IN_MAIL: Most = { certificates: 32, signers: 8 };
/** A council's resolution may carry the signature of every member. */
const IN_DOCUMENT: Most = { certificates: 256, signers: 64 };

/** Reads CMS SignedData (RFC 5652 §5) or PKCS #7, in DER or BER. `reason`: Italian, part of a sentence. */
export function readSignedData(bytes: Buffer): { ok: true; value: SignedData } | { ok: false; reason: string } {
  if (bytes.length > LIMITS.cmsBytes) return { ok: false, reason: `più di ${LIMITS.cmsBytes} byte` };
  return attempt(() => read(bytes, IN_MAIL));
}

/** The same for signed documents (`.p7m`): without a limit of size, and with more signers. */
export function readSignedDocument(bytes: Buffer): { ok: true; value: SignedData } | { ok: false; reason: string } {
  return attempt(() => read(bytes, IN_DOCUMENT));
}

function read(bytes: Buffer, most: Most): SignedData {
  const [type, wrapped] = children(expect(berAt(bytes, 0, bytes.length), 0x30, 'struttura CMS'));
  if (readOid(type, 'tipo CMS') !== SIGNED_DATA) malformed('non è una firma CMS');
  const [inner] = children(expect(wrapped, 0xa0, 'contenuto CMS'));
  const [, , encapsulated, ...rest] = children(expect(inner, 0x30, 'SignedData'));
  const [contentType, content] = children(expect(encapsulated, 0x30, 'contenuto firmato'));
  const certificates = rest.filter(({ tag }) => tag === 0xa0).flatMap((set) => children(set));
  const signers = children(expect(rest.at(-1), 0x31, 'firmatari'));
  if (certificates.length > most.certificates) malformed('troppi certificati');
  if (signers.length > most.signers) malformed('troppi firmatari');
  return {
    contentType: readOid(contentType, 'tipo del contenuto'),
    content: content ? readContent(expect(content, 0xa0, 'contenuto')) : null,
    certificates: certificates.filter(({ tag }) => tag === 0x30).map(encodedBytes),
    signers: signers.map(readSigner),
  };
}

function readContent(node: Ber): Buffer {
  const [value] = children(node);
  if (!value) malformed('contenuto vuoto');
  // PKCS #7 (RFC 2315 §7) allows any type here, and signs its contents octets.
  return value.tag === 0x04 || value.tag === 0x24 ? octets(value) : contents(value);
}

function readSigner(node: Ber): SignerInfo {
  const [, id, digest, ...rest] = children(expect(node, 0x30, 'firmatario'));
  const attributes = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const [algorithm, signature] = rest;
  if (!id || !signature || (signature.tag !== 0x04 && signature.tag !== 0x24)) malformed('manca la firma');
  return {
    id: readSignerId(id),
    digestAlgorithm: readAlgorithm(digest).oid,
    signatureAlgorithm: readAlgorithm(algorithm),
    attributes: attributes ? readAttributes(attributes) : null,
    signature: octets(signature),
  };
}

function readSignerId(node: Ber): SignerId {
  if (node.tag === 0x80 || node.tag === 0xa0) return { kind: 'key', keyId: octets(node).toString('hex') };
  const [issuer, serial] = children(expect(node, 0x30, 'nome del firmatario'));
  return {
    kind: 'issuer',
    issuer: comparable(readName(expect(issuer, 0x30, 'emittente'))),
    serial: integerHex(expect(serial, 0x02, 'numero di serie')),
  };
}

export function readAlgorithm(node: Ber | undefined): AlgorithmIdentifier {
  const [id, parameters] = children(expect(node, 0x30, 'algoritmo'));
  return { oid: readOid(id, 'algoritmo'), parameters: parameters ?? null };
}

const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const SIGNING_TIME = '1.2.840.113549.1.9.5';

function readAttributes(node: Ber): SignedAttributes {
  const values = new Map<string, Ber[]>();
  for (const attribute of children(node)) {
    const [type, set] = children(attribute);
    const id = readOid(type);
    if (values.has(id)) malformed('attributo ripetuto');
    values.set(id, children(expect(set, 0x31, "il valore dell'attributo")));
  }
  const single = (id: string, what: string): Ber => {
    const [value, second] = values.get(id) ?? [];
    if (!value || second) malformed(`manca la parte «${what}»`);
    return value;
  };
  const digest = single(MESSAGE_DIGEST, 'impronta firmata');
  if (digest.tag !== 0x04 && digest.tag !== 0x24) malformed('manca la parte «impronta firmata»');
  const signingTime = values.has(SIGNING_TIME)
    ? attempt(() => readAsn1Time(single(SIGNING_TIME, 'ora della firma'), 'ora della firma'))
    : null;
  return {
    signed: asSets(node),
    contentType: readOid(single(CONTENT_TYPE, 'tipo del contenuto')),
    messageDigest: octets(digest),
    signingTime: signingTime?.ok && Number.isFinite(signingTime.value) ? signingTime.value : null,
  };
}

/** The raw bytes under the tag of a SET; only an indefinite length has to be written anew, as DER demands. Then the DER. */
function asSets(node: Ber): Buffer[] {
  const raw = Buffer.from(encodedBytes(node));
  raw[0] = 0x31;
  const sent = node.indefinite ? derSet(contents(node)) : raw;
  const sorted = derSet(Buffer.concat(children(node).map(encodedBytes).sort(Buffer.compare)));
  return sorted.equals(sent) ? [sent] : [sent, sorted];
}

function derSet(inside: Buffer): Buffer {
  const length = inside.length;
  const head =
    length < 0x80
      ? [length]
      : length < 0x100
        ? [0x81, length]
        : length < 0x10000
          ? [0x82, length >> 8, length & 0xff]
          : [0x83, length >> 16, (length >> 8) & 0xff, length & 0xff];
  return Buffer.concat([Buffer.from([0x31, ...head]), inside]);
}
