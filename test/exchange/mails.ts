import { createHash, randomBytes } from 'node:crypto';
import { writeMessage } from '../../src/formats/segnatura/write.ts';
import { legalTime } from '../../src/kernel/clock.ts';
import type { Generation, ProtocolMessage, SegnaturaMessage } from '../../src/model/segnatura.ts';
import {
  type OrdinaryPart,
  type Overrides,
  ordinaryMessage,
  type ReceiptOptions,
  receipt,
  transportEnvelope,
} from '../../src/sandbox/craft.ts';
import type { ReceiptKind } from '../../src/sandbox/receipt-texts.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import type { MessageDetail } from '../../src/service/queries/views.ts';
import { type Council, type Councils, type Facts, MITTENTE, PROVARIA, until } from './councils.ts';

/** Certified mail as other software writes it, for one of our mailboxes. */
export interface Letter {
  readonly from?: Facts;
  readonly to: Facts;
  readonly subject: string;
  readonly parts?: readonly OrdinaryPart[];
  /** The whole message, instead of one made from subject and parts. */
  readonly original?: Uint8Array;
  readonly messageId?: string;
  readonly date?: Date;
  readonly overrides?: Overrides;
}

let count = 0;
/** Unique in every run and for every call. */
export const fresh = (prefix: string): string => {
  count += 1;
  return `${prefix}-${count}-${randomBytes(4).toString('hex')}`;
};

export function envelope(sandbox: Sandbox, letter: Letter): Buffer {
  const from = letter.from ?? MITTENTE;
  const domain = from.address.slice(from.address.indexOf('@') + 1);
  const date = letter.date ?? new Date();
  const messageId = letter.messageId ?? `<${fresh('m')}@${domain}>`;
  const { subject } = letter;
  return transportEnvelope(sandbox.provider(domain), {
    identifier: `${fresh('opec')}@${domain}`,
    date,
    from: from.address,
    to: [{ address: letter.to.address, certified: true }],
    subject,
    messageId,
    original:
      letter.original ??
      ordinaryMessage({
        from: from.address,
        to: letter.to.address,
        subject,
        date,
        messageId,
        parts: letter.parts ?? [],
      }),
    ...(letter.overrides !== undefined && { overrides: letter.overrides }),
  });
}

/** A receipt for one of our mails, from the recipient's provider. */
export function receiptFor(
  sandbox: Sandbox,
  kind: ReceiptKind,
  about: { readonly from: Facts; readonly to: Facts; readonly messageId: string },
  errorDetail?: string,
  more: Partial<ReceiptOptions> = {},
): Buffer {
  const domain = about.to.address.slice(about.to.address.indexOf('@') + 1);
  return receipt(sandbox.provider(domain), {
    kind,
    identifier: `${fresh('opec')}@${domain}`,
    date: new Date(),
    from: about.from.address,
    to: [{ address: about.to.address, certified: true }],
    subject: 'Prova',
    messageId: about.messageId,
    deliveredTo: about.to.address,
    ...(errorDetail !== undefined && { error: 'altro', errorDetail }),
    ...more,
  });
}

/** The provider's `identificativo` of a mail of ours, from its acceptance or another receipt. */
export async function transmissionOf(of: Council, exchangeId: string, from = 'receipt-accettazione'): Promise<string> {
  const found = await of.service.views.exchange(exchangeId);
  const event = found?.events.find(({ type }) => type === from);
  const { identifier } = (event?.data ?? {}) as { readonly identifier?: string };
  if (identifier === undefined) throw new Error(`no ${from} of ${exchangeId}`);
  return identifier;
}

export const PDF: OrdinaryPart = { name: 'istanza.pdf', mediaType: 'application/pdf', content: '%PDF-1.4\nprova\n' };
export const TEXT: OrdinaryPart = { name: 'allegato.txt', mediaType: 'text/plain', content: 'Elenco di prova.\n' };
export const sha256Hex = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

export interface Protocol {
  readonly generation?: Generation;
  readonly from?: Facts;
  readonly to: Facts;
  readonly number: string;
  readonly subject?: string;
  readonly documents?: readonly OrdinaryPart[];
  readonly change?: Partial<ProtocolMessage>;
}

/** A segnatura that declares these documents, with their digests if the generation has them. */
export function protocolMessage({
  generation = '2013',
  from = MITTENTE,
  to,
  number,
  ...more
}: Protocol): ProtocolMessage {
  const documents = more.documents ?? [PDF];
  const office = (facts: Facts) => ({
    kind: 'administration' as const,
    name: facts.name,
    administration: facts.administration,
    aoo: facts.code,
    aooName: facts.name,
    office: 'Ufficio protocollo',
    address: facts.address,
    taxCode: null,
    officePath: [{ name: 'Ufficio protocollo', code: 'UPROT', temporary: false }],
  });
  return {
    kind: 'protocol-message',
    identifier: {
      administration: from.administration,
      aoo: from.code,
      register: generation === '2013' || generation === '3.0.0' ? 'PROT' : null,
      number,
      date: legalTime(new Date()).date,
      time: null,
    },
    firstRegistration: null,
    subject: more.subject ?? `Messaggio ${number}`,
    sender: office(from),
    recipients: [{ ...office(to), confirmationRequested: true, copy: false }],
    replyTo: from.address,
    confirmationRequested: true,
    classifications: [{ name: 'Prova', levels: ['1', '2'] }],
    reserved: null,
    operatorRequest: null,
    paperDocuments: false,
    telematicReferences: false,
    notes: null,
    documents: documents.map(({ name, mediaType, content }, index) => ({
      role: index === 0 ? 'primary' : 'attachment',
      name,
      mediaType,
      title: null,
      reference: 'mime',
      location: null,
      digest: { algorithm: 'SHA-256', hex: sha256Hex(content) },
      at: '',
      id: `d${index}`,
      subject: more.subject ?? `Messaggio ${number}`,
    })),
    ...more.change,
  };
}

export function written(message: SegnaturaMessage, generation: Generation): Buffer {
  const result = writeMessage(message, generation);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

export const xmlPart = (content: Uint8Array | string, name = 'Segnatura.xml'): OrdinaryPart => ({
  name,
  mediaType: 'application/xml',
  content,
});

/** A registered message of the third council, in its certified envelope. */
export function protocolMail(sandbox: Sandbox, protocol: Protocol, letter: Partial<Letter> = {}): Buffer {
  const { to, number, subject = `Messaggio ${number}` } = protocol;
  const segnatura = written(protocolMessage(protocol), protocol.generation ?? '2013');
  return envelope(sandbox, {
    to,
    subject,
    parts: [xmlPart(segnatura), ...(protocol.documents ?? [PDF])],
    ...(protocol.from !== undefined && { from: protocol.from }),
    ...letter,
  });
}

/** Puts bytes into a council's mailbox and resolves with what the service makes of them (of the newest copy, if repeated). */
export async function received(councils: Councils, to: Council, bytes: Uint8Array, copies = 1): Promise<MessageDetail> {
  councils.sandbox.deliverRaw(to.office.address, bytes);
  return settled(to, bytes, copies);
}

export async function settled(to: Council, bytes: Uint8Array, copies = 1): Promise<MessageDetail> {
  const digest = sha256Hex(bytes);
  const id = await until(`a judgement of ${bytes.length} bytes`, async () => {
    const rows = await to.rows<{ mail_id: string }>(
      `select mail_id from mail where sha256 = $1 and state <> 'kept' order by uidvalidity, uid`,
      digest,
    );
    return rows.length >= copies && rows.at(-1)?.mail_id;
  });
  const detail = await to.service.views.message(id);
  if (detail === null) throw new Error(`no message ${id}`);
  return detail;
}

/** Sends a good message afterwards: it arrives unless the mailbox is blocked. */
export async function goodOneAfter(councils: Councils, to: Council): Promise<void> {
  const number = nextNumber();
  const facts = { ...PROVARIA, address: to.office.address };
  const detail = await received(councils, to, protocolMail(councils.sandbox, { to: facts, number }));
  if (detail.action !== 'register') throw new Error(`the good message was met with ${detail.action}: ${detail.note}`);
}

let lastNumber = 1_000_000;
/** The next number of the third council's register. */
export const nextNumber = (): string => {
  lastNumber += 1;
  return String(lastNumber);
};

export const registrations = (of: Council, subject: string): Promise<readonly { readonly number: number }[]> =>
  of.rows('select number from registration where subject = $1', subject);
