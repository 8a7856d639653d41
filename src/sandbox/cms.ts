import { createHash, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Signer } from './authority.ts';
import { derOid, derTime, integer, NULL, octetString, sequence, setOf, tlv } from './der.ts';

/** Providers signed with SHA-1 until 2024 and sign with SHA-256 in 2026; a reader must take both. */
export type SigningDigest = 'sha256' | 'sha1';

const ID = {
  data: derOid('1.2.840.113549.1.7.1'),
  signedData: derOid('1.2.840.113549.1.7.2'),
  contentType: derOid('1.2.840.113549.1.9.3'),
  messageDigest: derOid('1.2.840.113549.1.9.4'),
  signingTime: derOid('1.2.840.113549.1.9.5'),
  rsa: sequence(derOid('1.2.840.113549.1.1.1'), NULL),
  sha1: sequence(derOid('1.3.14.3.2.26'), NULL),
  sha256: sequence(derOid('2.16.840.1.101.3.4.2.1'), NULL),
};

/** A detached CMS SignedData (RFC 5652) over content in pieces, with signed attributes and the signer's chain. */
export interface PendingSignature {
  now(): Buffer;
  /** Off the main thread: several mails can be signed at a time. */
  later(): Promise<Buffer>;
}

const signLater = promisify(sign);

export function signDetached(
  signer: Signer,
  content: readonly Uint8Array[],
  at: Date,
  digest: SigningDigest = 'sha256',
): PendingSignature {
  const hash = createHash(digest);
  for (const piece of content) hash.update(piece);
  const attributes = setOf(
    sequence(ID.contentType, setOf(ID.data)),
    sequence(ID.signingTime, setOf(derTime(at))),
    sequence(ID.messageDigest, setOf(octetString(hash.digest()))),
  );
  return {
    now: () => signedData(signer, digest, attributes, sign(digest, attributes, signer.key)),
    later: async () => signedData(signer, digest, attributes, await signLater(digest, attributes, signer.key)),
  };
}

function signedData(signer: Signer, digest: SigningDigest, attributes: Buffer, signature: Buffer): Buffer {
  // The signature covers the attributes as a SET; in the SignerInfo their tag is [0] (RFC 5652, 5.4).
  const implicit = Buffer.from(attributes);
  implicit[0] = 0xa0;
  const signerInfo = sequence(integer(1), signer.issuerAndSerial, ID[digest], implicit, ID.rsa, octetString(signature));
  const content = sequence(
    integer(1),
    setOf(ID[digest]),
    sequence(ID.data),
    tlv(0xa0, ...signer.chain.toSorted(Buffer.compare)),
    setOf(signerInfo),
  );
  return sequence(ID.signedData, tlv(0xa0, content));
}
