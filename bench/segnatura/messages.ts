/** Segnature of 5 KB, the same in every run, and the seal for them. */
import { generateKeyPairSync, hash, X509Certificate } from 'node:crypto';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { type SealSigner, signerFromKey } from '../../src/formats/seal/sealer.ts';
import { writeMessage } from '../../src/formats/segnatura/write.ts';
import type { TrustAnchors } from '../../src/model/pec.ts';
import type { Correspondent, DeclaredDocument, Generation, ProtocolMessage } from '../../src/model/segnatura.ts';
import { issueAuthority } from '../../src/sandbox/authority.ts';
import { certificate } from '../../src/sandbox/certificate.ts';

export const SIZE = 5 * 1024;
/** The time used for every seal and every verification. */
export const AT = new Date('2026-03-02T10:15:00Z');

const FROM = 'protocollo@pec.esempio.example.it';

const administration = (name: string, ipa: string, aoo: string, address: string): Correspondent => ({
  kind: 'administration',
  name,
  administration: ipa,
  aoo,
  aooName: `Area organizzativa omogenea del ${name}`,
  office: null,
  address,
  taxCode: null,
});

/** The message with that number, `SIZE` bytes when written: as many attachments as fit, padded by the subject. */
export function message(number: number, generation: Generation): ProtocolMessage {
  let size = 0;
  for (let attachments = 0; ; attachments += 1) {
    const next = written(build(number, generation, attachments, 0), generation).length;
    if (next > SIZE) return build(number, generation, attachments - 1, SIZE - size);
    size = next;
  }
}

export function written(one: ProtocolMessage, generation: Generation): Buffer {
  const bytes = writeMessage(one, generation);
  if (!bytes.ok) throw new Error(bytes.problem.message);
  return bytes.value;
}

function build(number: number, generation: Generation, attachments: number, padding: number): ProtocolMessage {
  const three = generation === '3.0.0';
  const own = String(number).padStart(7, '0');
  const subject = `Trasmissione della delibera ${own}: qualità dell'aria & viabilità`;
  return {
    kind: 'protocol-message',
    identifier: {
      administration: 'c_esemp',
      aoo: 'AESEMP1',
      register: 'PROT',
      number: own,
      date: '2026-03-02',
      time: null,
    },
    firstRegistration: null,
    subject: padding === 0 ? subject : subject + ' e atti connessi'.repeat(SIZE).slice(0, padding),
    sender: administration('Comune di Esempio', 'c_esemp', 'AESEMP1', FROM),
    recipients: [
      {
        ...administration('Comune di Provaria', 'c_prova', 'APROVA1', 'protocollo@pec.provaria.example.it'),
        confirmationRequested: true,
        copy: false,
      },
    ],
    replyTo: FROM,
    confirmationRequested: true,
    classifications: [{ name: 'Deliberazioni', levels: ['I', '6'] }],
    reserved: null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: false,
    notes: null,
    documents: Array.from({ length: attachments + 1 }, (_, index) => document(own, index, three)),
  };
}

function document(number: string, index: number, withDigest: boolean): DeclaredDocument {
  const name = index === 0 ? `delibera-${number}.pdf` : `allegato-${number}-${index}.pdf`;
  return {
    role: index === 0 ? 'primary' : 'attachment',
    name,
    mediaType: 'application/pdf',
    title: null,
    reference: 'mime',
    location: null,
    digest: withDigest ? { algorithm: 'SHA-256', hex: hash('sha256', name) } : null,
    at: '',
    ...(withDigest ? {} : { subject: `Documento ${index + 1} della delibera ${number}`, pages: '12' }),
  };
}

export interface Seal {
  readonly signer: SealSigner;
  readonly trust: TrustAnchors;
}

/** RSA-2048 with an intermediate authority and a root, as seals of real authorities have. */
export async function issueSeal(): Promise<Seal> {
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
  const { trust } = anchorsFrom([{ name: 'root.pem', bytes: Buffer.from(authority.caPem) }]);
  return { signer: signer.value, trust };
}
