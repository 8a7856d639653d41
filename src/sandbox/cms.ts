import { createHash, sign } from 'node:crypto';
import { promisify } from 'node:util';
import type { Signer } from './authority.ts';
import { integer, NULL, octetString, oid, sequence, setOf, time, tlv } from './der.ts';

/** SHA-1 was seen on the wire until 2024, SHA-256 in 2026; a reader must take both. */
export type DigestName = 'sha256' | 'sha1';

const ID = {
  data: oid('1.2.840.113549.1.7.1'),
  signedData: oid('1.2.840.113549.1.7.2'),
  contentType: oid('1.2.840.113549.1.9.3'),
  messageDigest: oid('1.2.840.113549.1.9.4'),
  signingTime: oid('1.2.840.113549.1.9.5'),
  rsa: sequence(oid('1.2.840.113549.1.1.1'), NULL),
  sha1: sequence(oid('1.3.14.3.2.26'), NULL),
  sha256: sequence(oid('2.16.840.1.101.3.4.2.1'), NULL),
};

/** Detached CMS SignedData (RFC 5652) over the pieces of a content, with signed attributes and the signer's chain inside. */
export interface DetachedSignature {
  now(): Buffer;
  /** Off the main thread, so that several mails are signed at a time. */
  later(): Promise<Buffer>;
}

const signLater = promisify(sign);

export function signDetached(
  signer: Signer,
  content: readonly Uint8Array[],
  at: Date,
  digest: DigestName = 'sha256',
): DetachedSignature {
  const hash = createHash(digest);
  for (const piece of content) hash.update(piece);
  const attributes = setOf(
    sequence(ID.contentType, setOf(ID.data)),
    sequence(ID.signingTime, setOf(time(at))),
    sequence(ID.messageDigest, setOf(octetString(hash.digest()))),
  );
  return {
    now: () => signedData(signer, digest, attributes, sign(digest, attributes, signer.key)),
    later: async () => signedData(signer, digest, attributes, await signLater(digest, attributes, signer.key)),
  };
}

function signedData(signer: Signer, digest: DigestName, attributes: Buffer, signature: Buffer): Buffer {
  // What is signed is the attributes as a SET; inside the SignerInfo the same bytes stand under [0] (5.4).
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
