import { constants, createHash, createVerify, publicDecrypt, type VerifyKeyObjectInput, verify } from 'node:crypto';
import { attempt, children, malformed, smallInteger } from './ber.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { sameName } from './names.ts';
import { type AlgorithmIdentifier, readAlgorithm, type SignedData, type SignerInfo } from './signed-data.ts';

/** Signed bytes in one or more pieces, read once per digest. */
export type Content = Iterable<Buffer>;

export interface SignerVerdict {
  /**
   * `modified`: the signature over the attributes holds, but not for this content, so the signer is known and the message
   * was changed on its way. `invalid`: the signature itself does not hold. `unsupported`: it cannot be judged.
   */
  readonly outcome: 'valid' | 'modified' | 'invalid' | 'unsupported';
  /** Italian, part of a sentence; `''` where valid. */
  readonly reason: string;
  readonly certificate: Certificate | null;
  /** From the signed attributes, so believed only where the outcome is `valid` or `modified`. */
  readonly signingTime: Date | null;
}

const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** The digest's name in node:crypto; null for one that is not admitted. */
export const digestOfOid = (id: string): string | null => DIGESTS[id] ?? null;

/** Kind of key and digest; null where the digest is named beside the signature. */
const SIGNATURES: Readonly<Record<string, readonly ['rsa' | 'ec', string | null]>> = {
  '1.2.840.113549.1.1.1': ['rsa', null],
  '1.2.840.113549.1.1.5': ['rsa', 'sha1'],
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.2.1': ['ec', null],
  '1.2.840.10045.4.1': ['ec', 'sha1'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
};
const PSS = '1.2.840.113549.1.1.10';

/** The certificates of a CMS that can be read. */
export const certificatesOf = (cms: SignedData): readonly Certificate[] =>
  cms.certificates.map(parseCertificate).filter((certificate) => certificate !== null);

/**
 * Judges one signer over contents that are tried in turn (the bytes as they are, the bytes with line ends restored); the
 * first that matches decides. Of several certificates with the signer's name, the one whose key fits counts.
 */
export function verifySigner(
  cms: SignedData,
  signer: SignerInfo,
  pool: readonly Certificate[],
  contents: () => Iterable<Content>,
): SignerVerdict {
  const time = signer.attributes?.signingTime;
  const signingTime = time == null ? null : new Date(time);
  let verdict: SignerVerdict | null = null;
  for (const certificate of pool.filter((each) => isNamed(each, signer)).slice(0, MOST_NAMED)) {
    const [outcome, reason] = judge(cms, signer, certificate, contents);
    verdict = { outcome, reason, certificate, signingTime };
    if (outcome === 'valid' || outcome === 'modified') return verdict;
  }
  const missing = 'manca il certificato del firmatario';
  return verdict ?? { outcome: 'unsupported', reason: missing, certificate: null, signingTime };
}

/**
 * A certificate that was issued again may keep its name and number. Each costs a signature and, where no attributes are
 * signed, a look at the whole content: hundreds of them, for dozens of signers, would take minutes.
 */
const MOST_NAMED = 4;

type Judgement = readonly [SignerVerdict['outcome'], reason: string];
const VALID: Judgement = ['valid', ''];
const WRONG: Judgement = ['invalid', 'la firma non corrisponde'];

function judge(
  cms: SignedData,
  signer: SignerInfo,
  certificate: Certificate,
  contents: () => Iterable<Content>,
): Judgement {
  const digest = DIGESTS[signer.digestAlgorithm];
  if (!digest) return ['unsupported', `l'impronta usa un algoritmo non ammesso (${signer.digestAlgorithm})`];
  const scheme = attempt(() => schemeOf(signer.signatureAlgorithm, digest, certificate));
  if (!scheme.ok) return ['unsupported', scheme.reason];
  const { attributes } = signer;
  if (attributes === null) {
    for (const content of contents()) if (signedDirectly(content, scheme.value, signer.signature)) return VALID;
    return WRONG;
  }
  if (!attributes.signed.some((set) => signatureHolds(set, scheme.value, signer.signature))) return WRONG;
  if (attributes.contentType !== cms.contentType) return ['invalid', 'il tipo del contenuto non corrisponde'];
  for (const content of contents()) if (digestOf(content, digest).equals(attributes.messageDigest)) return VALID;
  return ['modified', "l'impronta del contenuto non corrisponde"];
}

function isNamed(certificate: Certificate, { id }: SignerInfo): boolean {
  if (id.kind === 'key') return certificate.subjectKeyId === id.keyId;
  return certificate.serial === id.serial && sameName(certificate.issuer, id.issuer);
}

interface Scheme {
  readonly digest: string;
  readonly key: VerifyKeyObjectInput;
}

function schemeOf(algorithm: AlgorithmIdentifier, digest: string, { key }: Certificate): Scheme {
  const kind = key.asymmetricKeyType;
  if (algorithm.oid === PSS) {
    if (kind !== 'rsa' && kind !== 'rsa-pss') malformed('il tipo della chiave non è quello della firma');
    return pssScheme(algorithm, key);
  }
  const known = SIGNATURES[algorithm.oid];
  if (!known) malformed(`la firma usa un algoritmo non ammesso (${algorithm.oid})`);
  if (known[0] !== kind) malformed('il tipo della chiave non è quello della firma');
  if (known[0] === 'ec') return { digest: known[1] ?? digest, key: { key } };
  return { digest: known[1] ?? digest, key: { key, padding: constants.RSA_PKCS1_PADDING } };
}

/** RFC 4055 §3.1: SHA-1, MGF1 with SHA-1 and 20 octets of salt unless said otherwise. */
function pssScheme(algorithm: AlgorithmIdentifier, key: Certificate['key']): Scheme {
  let digest = 'sha1';
  let mask = 'sha1';
  let saltLength = 20;
  for (const field of algorithm.parameters ? children(algorithm.parameters) : []) {
    const [value] = children(field);
    if (!value) malformed('i parametri PSS sono vuoti');
    if (field.tag === 0xa0) digest = digestNamed(readAlgorithm(value).oid);
    if (field.tag === 0xa1) mask = digestNamed(readAlgorithm(readAlgorithm(value).parameters ?? undefined).oid);
    if (field.tag === 0xa2) saltLength = smallInteger(value);
  }
  // node:crypto takes one digest for both. A different mask is legal, but never seen.
  if (mask !== digest) malformed('i parametri PSS non sono ammessi');
  return { digest, key: { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength } };
}

/** Why bytes are not what that certificate's key signed, as an Italian part of a sentence; null where they are. */
export function signatureFault(
  data: Buffer,
  algorithm: AlgorithmIdentifier,
  signature: Buffer,
  certificate: Certificate,
): string | null {
  // The digest is named by the algorithm: nothing else says which.
  const scheme = attempt(() => schemeOf(algorithm, '', certificate));
  if (!scheme.ok) return scheme.reason;
  return scheme.value.digest !== '' && signatureHolds(data, scheme.value, signature) ? null : WRONG[1];
}

const digestNamed = (id: string): string => DIGESTS[id] ?? malformed(`l'impronta usa un algoritmo non ammesso (${id})`);

function signatureHolds(data: Buffer, { digest, key }: Scheme, signature: Buffer): boolean {
  try {
    return (
      verify(digest, data, key, signature) || holdsWithoutNull(digestOf([data], digest), { digest, key }, signature)
    );
  } catch {
    // Parameters that this key cannot have (a salt longer than its modulus), so it did not sign.
    return false;
  }
}

function signedDirectly(content: Content, { digest, key }: Scheme, signature: Buffer): boolean {
  try {
    const verifier = createVerify(digest);
    for (const piece of content) verifier.update(piece);
    return verifier.verify(key, signature) || holdsWithoutNull(digestOf(content, digest), { digest, key }, signature);
  } catch {
    return false;
  }
}

/** DigestInfo without the NULL behind its algorithm, up to the digest: SEQUENCE { SEQUENCE { OID }, OCTET STRING }. */
const WITHOUT_NULL: Readonly<Record<string, Buffer>> = {
  sha1: Buffer.from('301f300706052b0e03021a0414', 'hex'),
  sha256: Buffer.from('302f300b06096086480165030402010420', 'hex'),
  sha384: Buffer.from('303f300b06096086480165030402020430', 'hex'),
  sha512: Buffer.from('304f300b06096086480165030402030440', 'hex'),
};

/**
 * Some programs leave the NULL out, and verifiers may accept that (RFC 8017 §9.2, note 1). The whole of what the signature
 * holds is compared, octet by octet: nothing in it is parsed, and nothing can follow the digest. Throws where it holds none.
 */
function holdsWithoutNull(value: Buffer, { digest, key }: Scheme, signature: Buffer): boolean {
  const start = WITHOUT_NULL[digest];
  if (key.padding !== constants.RSA_PKCS1_PADDING || start === undefined) return false;
  const held = publicDecrypt({ key: key.key, padding: constants.RSA_PKCS1_PADDING }, signature);
  return held.equals(Buffer.concat([start, value]));
}

function digestOf(content: Content, algorithm: string): Buffer {
  const digest = createHash(algorithm);
  for (const piece of content) digest.update(piece);
  return digest.digest();
}
