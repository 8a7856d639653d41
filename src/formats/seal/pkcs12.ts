import { createDecipheriv, createPrivateKey, hash, type KeyObject, pbkdf2Sync, X509Certificate } from 'node:crypto';
import { problem } from '../../kernel/problems.ts';
import { type Result, refuse } from '../../kernel/result.ts';
import {
  attempt,
  type Ber,
  berAt,
  children,
  encodedBytes,
  expect,
  malformed,
  octets,
  readOid,
  smallInteger,
} from '../cms/ber.ts';
import { type SealSigner, type SignerOptions, signerFromKey } from './sealer.ts';

/**
 * A key with its certificates from one PKCS#12 file (RFC 7292), as authorities hand them out. The forms of the last twenty
 * years are read: PBES2 with AES, and triple DES. The file's own check sum is ignored: a wrong passphrase or a damaged file
 * shows when it is decrypted, and the key has to match the certificate.
 */
export function signerFromPkcs12(
  bytes: Uint8Array,
  passphrase: string,
  options: Omit<SignerOptions, 'passphrase'> = {},
): Result<SealSigner> {
  const file = Buffer.from(bytes);
  const read = attempt(() => {
    const found: Found = { keys: [], certificates: [] };
    for (const safe of safesOf(file, passphrase)) collect(safe, passphrase, found);
    return found;
  });
  if (!read.ok) return refuse(problem('seal-key', '', `file PKCS#12: ${read.reason}`));
  const { keys, certificates } = read.value;
  const [key, ...others] = keys;
  if (key === undefined) return refuse(problem('seal-key', '', 'il file non contiene una chiave'));
  if (others.length > 0) return refuse(problem('seal-key', '', 'il file contiene più di una chiave'));
  const own = certificates.filter((each) => each.checkPrivateKey(key));
  const chain = certificates.filter((each) => !own.includes(each));
  return signerFromKey([...own, ...chain], key, options.algorithm);
}

interface Found {
  readonly keys: KeyObject[];
  readonly certificates: X509Certificate[];
}

const DATA = '1.2.840.113549.1.7.1';
const ENCRYPTED_DATA = '1.2.840.113549.1.7.6';
const KEY_BAG = '1.2.840.113549.1.12.10.1.1';
const SHROUDED_KEY_BAG = '1.2.840.113549.1.12.10.1.2';
const CERTIFICATE_BAG = '1.2.840.113549.1.12.10.1.3';
const X509_CERTIFICATE = '1.2.840.113549.1.9.22.1';

const sequence = (node: Ber | undefined, what = 'una parte del file PKCS#12'): Ber[] =>
  children(expect(node, 0x30, what));
const parsed = (bytes: Buffer): Ber => berAt(bytes, 0, bytes.length);
/** The content of an explicit `[0]`. */
const inside = (node: Ber | undefined): Ber | undefined => children(expect(node, 0xa0, 'contenuto'))[0];
const octetsOf = (node: Ber | undefined): Buffer => {
  if (node === undefined || (node.tag & 0x1f) !== (node.tag < 0x80 ? 0x04 : 0x00)) malformed('mancano i dati');
  return octets(node);
};

/** The SafeContents of the file, decrypted. */
function safesOf(file: Buffer, passphrase: string): Buffer[] {
  const [, authenticated] = sequence(parsed(file), 'il file PKCS#12');
  const [type, content] = sequence(authenticated);
  if (readOid(type) !== DATA) malformed('il file PKCS#12 è firmato, non protetto da password');
  return sequence(parsed(octetsOf(inside(content)))).map((info) => {
    const [kind, value] = sequence(info);
    if (readOid(kind) === DATA) return octetsOf(inside(value));
    if (readOid(kind) !== ENCRYPTED_DATA) malformed('il contenuto del file PKCS#12 non è ammesso');
    const [, encrypted] = sequence(inside(value));
    const [, algorithm, cipherText] = sequence(encrypted);
    return decrypt(algorithm, octetsOf(cipherText), passphrase);
  });
}

function collect(safe: Buffer, passphrase: string, { keys, certificates }: Found): void {
  for (const bag of sequence(parsed(safe))) {
    const [type, content] = sequence(bag);
    const kind = readOid(type);
    const value = inside(content);
    if (kind === KEY_BAG || kind === SHROUDED_KEY_BAG) keys.push(keyOf(expect(value, 0x30, 'chiave'), passphrase));
    if (kind !== CERTIFICATE_BAG) continue;
    const [form, certificate] = sequence(value);
    if (readOid(form) === X509_CERTIFICATE) certificates.push(certificateOf(octetsOf(inside(certificate))));
  }
}

function keyOf(node: Ber, passphrase: string): KeyObject {
  try {
    return createPrivateKey({ key: encodedBytes(node), format: 'der', type: 'pkcs8', passphrase });
  } catch {
    return malformed('la chiave non è leggibile o la password è errata');
  }
}

function certificateOf(der: Buffer): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch {
    return malformed('il certificato non è leggibile');
  }
}

interface Cipher {
  readonly name: 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc' | 'des-ede3-cbc';
  readonly key: Buffer;
  readonly iv: Buffer;
}

function decrypt(algorithm: Ber | undefined, cipherText: Buffer, passphrase: string): Buffer {
  const { name, key, iv } = cipherOf(algorithm, passphrase);
  const wrong = 'la password è errata o il file è danneggiato';
  let plain: Buffer;
  try {
    const decipher = createDecipheriv(name, key, iv);
    plain = Buffer.concat([decipher.update(cipherText), decipher.final()]);
  } catch {
    return malformed(wrong);
  }
  // One wrong passphrase in 256 leaves padding that looks right.
  return attempt(() => sequence(parsed(plain))).ok ? plain : malformed(wrong);
}

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';
const TRIPLE_DES = '1.2.840.113549.1.12.1.3';
const AES: ReadonlyMap<string, readonly [Cipher['name'], number]> = new Map([
  ['2.16.840.1.101.3.4.1.2', ['aes-128-cbc', 16]],
  ['2.16.840.1.101.3.4.1.22', ['aes-192-cbc', 24]],
  ['2.16.840.1.101.3.4.1.42', ['aes-256-cbc', 32]],
]);
const HMACS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.2.7', 'sha1'],
  ['1.2.840.113549.2.9', 'sha256'],
  ['1.2.840.113549.2.10', 'sha384'],
  ['1.2.840.113549.2.11', 'sha512'],
]);
/** Some seconds of work; no tool writes more iterations. */
const MOST_ITERATIONS = 10_000_000;

function cipherOf(node: Ber | undefined, passphrase: string): Cipher {
  const [type, parameters] = sequence(node);
  const scheme = readOid(type);
  if (scheme === TRIPLE_DES) {
    const [salt, count] = sequence(parameters);
    const derive = (purpose: number, length: number) =>
      derived(passphrase, octetsOf(salt), iterations(count), purpose, length);
    return { name: 'des-ede3-cbc', key: derive(1, 24), iv: derive(2, 8) };
  }
  if (scheme !== PBES2)
    malformed('la cifratura del file PKCS#12 è troppo vecchia: convertirlo con «openssl pkcs12» oppure in PEM');
  const [derivation, encryption] = sequence(parameters);
  const [method, details] = sequence(derivation);
  if (readOid(method) !== PBKDF2) malformed('la derivazione della chiave non è ammessa');
  const [salt, count, ...rest] = sequence(details);
  const prf = rest.find(({ tag }) => tag === 0x30);
  const digest = prf === undefined ? 'sha1' : HMACS.get(readOid(children(prf)[0]));
  const [cipher, iv] = sequence(encryption);
  const [name, length] = AES.get(readOid(cipher)) ?? malformed('la cifratura del file PKCS#12 non è ammessa');
  if (digest === undefined) malformed('la derivazione della chiave non è ammessa');
  return { name, key: pbkdf2Sync(passphrase, octetsOf(salt), iterations(count), length, digest), iv: octetsOf(iv) };
}

function iterations(node: Ber | undefined): number {
  const count = smallInteger(expect(node, 0x02, 'numero di iterazioni'));
  return count >= 1 && count <= MOST_ITERATIONS ? count : malformed('il numero di iterazioni è fuori dai limiti');
}

/** Block size of SHA-1, the unit of RFC 7292 appendix B.2. */
const BLOCK = 64;

/** Key material from a passphrase by RFC 7292 appendix B.2 with SHA-1. At most two rounds are needed. */
function derived(passphrase: string, salt: Buffer, count: number, purpose: number, length: number): Buffer {
  const text = Buffer.from(`${passphrase}\0`, 'utf16le').swap16();
  const filled = (bytes: Buffer): Buffer => Buffer.alloc(Math.ceil(bytes.length / BLOCK) * BLOCK, bytes);
  const blocks = Buffer.concat([filled(salt), filled(text)]);
  const pieces: Buffer[] = [];
  for (let got = 0; got < length; got += 20) {
    let piece = hash('sha1', Buffer.concat([Buffer.alloc(BLOCK, purpose), blocks]), 'buffer');
    for (let round = 1; round < count; round++) piece = hash('sha1', piece, 'buffer');
    pieces.push(piece);
    const addend = Buffer.alloc(BLOCK, piece);
    for (let block = 0; block < blocks.length; block += BLOCK) add(blocks.subarray(block, block + BLOCK), addend);
  }
  return Buffer.concat(pieces).subarray(0, length);
}

/** `block + addend + 1`, big-endian; overflow is dropped. */
function add(block: Buffer, addend: Buffer): void {
  let carry = 1;
  for (let at = BLOCK - 1; at >= 0; at--) {
    carry += (block[at] ?? 0) + (addend[at] ?? 0);
    block[at] = carry & 0xff;
    carry >>= 8;
  }
}
