/** Valid certified mails of a given size, each with a different message, a segnatura and two documents. */
import { randomFillSync } from 'node:crypto';
import { writeMessage } from '../../src/formats/segnatura/write.ts';
import type { Correspondent, ProtocolMessage } from '../../src/model/segnatura.ts';
import type { Provider } from '../../src/sandbox/authority.ts';
import { ordinaryMessage, type UnsealedMail, unsealedTransport } from '../../src/sandbox/craft.ts';

export const OFFICE = { administration: 'c_prova', code: 'APROVA1', name: 'Comune di Provaria' } as const;
export const OFFICE_ADDRESS = 'protocollo@pec.provaria.example.it';
const SENDER_ADDRESS = 'protocollo@pec.esempio.example.it';

const administration = (name: string, ipa: string, aoo: string, address: string): Correspondent => ({
  kind: 'administration',
  name,
  administration: ipa,
  aoo,
  aooName: name,
  office: null,
  address,
  taxCode: null,
});

export interface MailMaker {
  /** The next mail, of `bytes` ± 1 %. */
  next(bytes: number): Promise<Buffer>;
}

export function mailMaker(provider: Provider): MailMaker {
  let number = 0;
  const overheads = new Map<string, number>();
  return {
    async next(bytes) {
      const own = ++number;
      // Everything but the document: measured once, the same for all except a few digits.
      const key = bytes > 1e6 ? 'large' : 'small';
      let overhead = overheads.get(key);
      if (overhead === undefined) {
        overhead = (await craft(provider, 0, 0).sealLater()).length;
        overheads.set(key, overhead);
      }
      // Base64 in lines of 76 characters with CRLF.
      const documents = Math.max(64, Math.floor(((bytes - overhead) * 57) / 78));
      return craft(provider, own, documents).sealLater();
    },
  };
}

function craft(provider: Provider, number: number, documentBytes: number): UnsealedMail {
  const date = new Date();
  const id = String(number).padStart(7, '0');
  const files = [
    { name: `delibera-${id}.pdf`, mediaType: 'application/pdf', content: randomBytes(Math.ceil(documentBytes * 0.8)) },
    { name: 'allegato-a.bin', mediaType: 'application/octet-stream', content: randomBytes(documentBytes / 5) },
  ];
  const subject = `Trasmissione della delibera ${id}`;
  const messageId = `<bench.${id}.${date.getTime()}@pec.esempio.example.it>`;
  const original = ordinaryMessage({
    from: SENDER_ADDRESS,
    to: OFFICE_ADDRESS,
    subject,
    date,
    messageId,
    text: 'In allegato quanto in oggetto.\r\n',
    parts: [
      { name: 'Segnatura.xml', mediaType: 'application/xml', content: segnatura(id, subject, date, files) },
      ...files,
    ],
  });
  return unsealedTransport(provider, {
    identifier: `opec.bench.${id}.${date.getTime()}@${provider.domain}`,
    date,
    from: SENDER_ADDRESS,
    to: [{ address: OFFICE_ADDRESS, certified: true }],
    subject,
    messageId,
    original,
  });
}

const randomBytes = (size: number): Buffer => randomFillSync(Buffer.allocUnsafe(Math.floor(size)));

interface File {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
}

function segnatura(number: string, subject: string, date: Date, files: readonly File[]): Buffer {
  const sender = administration('Comune di Esempio', 'c_esemp', 'AESEMP1', SENDER_ADDRESS);
  const message: ProtocolMessage = {
    kind: 'protocol-message',
    identifier: {
      administration: 'c_esemp',
      aoo: 'AESEMP1',
      register: 'PROT',
      number,
      date: date.toISOString().slice(0, 10),
      time: null,
    },
    firstRegistration: null,
    subject,
    sender,
    recipients: [
      {
        ...administration(OFFICE.name, OFFICE.administration, OFFICE.code, OFFICE_ADDRESS),
        confirmationRequested: true,
        copy: false,
      },
    ],
    replyTo: SENDER_ADDRESS,
    confirmationRequested: true,
    classifications: [{ name: 'Deliberazioni', levels: ['I', '6'] }],
    reserved: null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: false,
    notes: null,
    documents: files.map(({ name, mediaType }, index) => ({
      role: index === 0 ? 'primary' : 'attachment',
      name,
      mediaType,
      title: null,
      reference: 'mime',
      location: null,
      digest: null,
      at: '',
    })),
  };
  const written = writeMessage(message, '2013');
  if (!written.ok) throw new Error(written.problem.message);
  return written.value;
}
