import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { signerFromKey } from '../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../src/formats/seal/sign.ts';
import { issueAuthority } from '../../src/sandbox/authority.ts';
import { certificate } from '../../src/sandbox/certificate.ts';

/** When the seals of these tests are made and verified. */
export const AT = new Date('2026-03-02T10:15:00Z');

export interface TestSeal {
  readonly rootPem: string;
  seal(message: string): Promise<Buffer>;
}

/** A seal with its own authority, made without external tools. */
export async function testSeal(): Promise<TestSeal> {
  const authority = await issueAuthority({ name: 'Autorità di Esempio' });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = certificate({
    subject: { C: 'IT', O: 'Comune di Esempio', CN: 'Sigillo del Comune di Esempio' },
    publicKey,
    issuer: { C: 'IT', O: authority.name, CN: `${authority.name} CA1` },
    issuerKey: authority.intermediate.key,
    notBefore: new Date('2020-01-01T00:00:00Z'),
    notAfter: new Date('2040-01-01T00:00:00Z'),
    ca: false,
  });
  const chain = [der, authority.intermediate.certificate].map((each) => new X509Certificate(each));
  const signer = signerFromKey(chain, privateKey);
  if (!signer.ok) throw new Error(signer.problem.message);
  return {
    rootPem: authority.caPem,
    seal: (message) => sealMessage(Buffer.from(message), signer.value, AT),
  };
}
