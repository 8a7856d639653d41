import { hash } from 'node:crypto';
import type { UsedChain } from '../../model/revocation.ts';
import type { Certificate } from './certificate.ts';

const ids = new WeakMap<Certificate['x509'], string>();

/** Two authorities of one name have two keys, and an authority that renews its certificate has one. */
export function issuerId({ x509, key, subject }: Certificate): string {
  const known = ids.get(x509);
  if (known !== undefined) return known;
  const id = hash(
    'sha256',
    Buffer.concat([Buffer.from(JSON.stringify(subject)), key.export({ type: 'spki', format: 'der' })]),
  );
  ids.set(x509, id);
  return id;
}

/** What lists can say something of, in a path from the signer to the anchor. */
export const usedChain = (path: readonly Certificate[]): UsedChain =>
  path.slice(0, -1).flatMap((certificate, at) => {
    const issuer = path[at + 1];
    if (issuer === undefined) return [];
    return [
      {
        issuer: issuerId(issuer),
        issuerCertificate: issuer.x509.raw.toString('base64'),
        issuerName: nameOf(issuer),
        serial: certificate.serial,
        name: nameOf(certificate),
        notAfter: certificate.notAfter,
        points: certificate.listPoints,
      },
    ];
  });

const nameOf = ({ commonName }: Certificate): string => (commonName ?? '').slice(0, 200);
