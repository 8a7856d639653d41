import { isAscii } from 'node:buffer';
import { hash } from 'node:crypto';
import type { Provider } from './authority.ts';
import { type SigningDigest, signDetached } from './cms.ts';
import { type Certified, type DaticertFields, daticert } from './daticert.ts';
import {
  encodeText,
  type HeaderPair,
  headerBlock,
  joinPieces,
  latin1,
  multipart,
  stamp,
  wrappedBase64,
} from './mail-text.ts';
import { type ReceiptKind, SUBJECTS, textForPeople } from './receipt-texts.ts';

/**
 * Certified mail as bytes, without a server. The same input and signer give the same mail. Its structure is that of
 * RFC 6109: multipart/signed › multipart/mixed › text + daticert.xml + postacert.eml.
 */
export interface SigningOptions {
  readonly digest?: SigningDigest;
  /** daticert.xml leaves the sender's own Message-ID out. */
  readonly withoutMsgid?: boolean;
  /** Replaces what the provider would write, for mail that must not be trusted. */
  readonly overrides?: Overrides;
}

export interface Overrides {
  /** The whole daticert.xml; null leaves it out. */
  readonly daticert?: string | null;
  /** Headers outside the signature: replaced, added, or removed by an empty value. */
  readonly headers?: readonly HeaderPair[];
  /** No signature and no multipart/signed. */
  readonly unsigned?: boolean;
}

export interface TransportOptions extends Certified, SigningOptions {
  /** postacert.eml, byte for byte. */
  readonly original: Uint8Array;
  /** Received, Return-Path, To and Cc taken over from the original; without To and Cc here, `to` makes a To. */
  readonly inherited?: readonly HeaderPair[];
}

export interface ReceiptOptions extends Certified, SigningOptions, Omit<DaticertFields, 'type'> {
  readonly kind: ReceiptKind;
  /** The receipt's own Message-ID without angle brackets; derived from identifier, kind and recipient when omitted. */
  readonly ownId?: string;
  /** The mailbox it goes to; the sender's when omitted. */
  readonly mailbox?: string;
  /** postacert.eml, byte for byte: whole (completa), with hashes (breve), or none (sintetica). */
  readonly original?: Uint8Array | null;
}

const named = <Mail extends Certified & SigningOptions>(mail: Mail): Certified =>
  mail.withoutMsgid ? { ...mail, messageId: null } : mail;

export interface AnomalyOptions extends SigningOptions {
  readonly identifier: string;
  readonly date: Date;
  /** The sender of the ordinary mail. */
  readonly from: string;
  readonly mailbox: string;
  readonly subject: string;
  readonly messageId: string | null;
  readonly original: Uint8Array;
}

/** A mail that is complete except for its signature. */
export interface UnsealedMail {
  seal(): Buffer;
  /** Signs off the main thread. */
  sealLater(): Promise<Buffer>;
}

/** The transport envelope (busta di trasporto) around an accepted message. */
export const transportEnvelope = (provider: Provider, options: TransportOptions): Buffer =>
  unsealedTransport(provider, options).seal();

/** Any receipt or notice of a provider, from accettazione to rilevazione-virus. */
export const receipt = (provider: Provider, options: ReceiptOptions): Buffer =>
  unsealedReceipt(provider, options).seal();

/** The anomaly envelope (busta di anomalia) around ordinary mail, or certified mail that does not verify. */
export const anomalyEnvelope = (provider: Provider, options: AnomalyOptions): Buffer =>
  unsealedAnomaly(provider, options).seal();

export function unsealedTransport(provider: Provider, options: TransportOptions): UnsealedMail {
  const { identifier, date, from, messageId } = options;
  const inherited = options.inherited ?? [];
  const to: HeaderPair[] = inherited.some(([name]) => /^(to|cc)$/i.test(name))
    ? []
    : [['To', options.to.map((recipient) => recipient.address).join(', ')]];
  return certifiedMail(provider, {
    id: identifier,
    date,
    digest: options.digest,
    overrides: options.overrides,
    headers: [
      ...inherited,
      ...to,
      ['X-Trasporto', 'posta-certificata'],
      ['Date', stamp(date).header],
      ['Subject', encodeText(`POSTA CERTIFICATA: ${options.subject}`)],
      ['From', `"Per conto di: ${from.replace(/["\\\r\n]/g, '')}" <${provider.address}>`],
      ['Reply-To', from],
      ['Message-ID', `<${identifier}>`],
      ...reference(messageId),
    ],
    text: textForPeople(provider.name, options, { kind: 'posta-certificata' }),
    daticert: daticert(provider.name, named(options), { type: 'posta-certificata', receiptType: 'completa' }),
    original: options.original,
  });
}

export function unsealedReceipt(provider: Provider, options: ReceiptOptions): UnsealedMail {
  const { kind, date, messageId } = options;
  const virus = options.error === 'virus';
  const subject = SUBJECTS[kind];
  const digits = hash('sha256', `${kind} ${options.deliveredTo} ${options.errorDetail} ${options.identifier}`);
  const id = options.ownId ?? `rcv.${digits.slice(0, 24)}@${provider.domain}`;
  return certifiedMail(provider, {
    id,
    date,
    digest: options.digest,
    overrides: options.overrides,
    headers: [
      ['X-Ricevuta', kind],
      ...(virus && kind !== 'rilevazione-virus' ? ([['X-VerificaSicurezza', 'errore']] as const) : []),
      ['Date', stamp(date).header],
      ['Subject', encodeText(`${virus ? subject.virus : subject.plain}: ${options.subject}`)],
      ['From', provider.address],
      ['To', options.mailbox ?? options.from],
      ['Message-ID', `<${id}>`],
      ...reference(messageId),
    ],
    text: textForPeople(provider.name, options, options),
    daticert: daticert(provider.name, named(options), {
      type: kind,
      ...(options.error === undefined ? {} : { error: options.error }),
      ...(options.receiptType === undefined ? {} : { receiptType: options.receiptType }),
      ...(options.deliveredTo === undefined ? {} : { deliveredTo: options.deliveredTo }),
      ...(options.received === undefined ? {} : { received: options.received }),
      ...(options.errorDetail === undefined ? {} : { errorDetail: options.errorDetail }),
    }),
    original: options.original ?? null,
  });
}

export function unsealedAnomaly(provider: Provider, options: AnomalyOptions): UnsealedMail {
  const { identifier, date, from, messageId } = options;
  const mail = { ...options, to: [{ address: options.mailbox, certified: true }] };
  return certifiedMail(provider, {
    id: identifier,
    date,
    digest: options.digest,
    overrides: options.overrides,
    headers: [
      ['To', options.mailbox],
      ['X-Trasporto', 'errore'],
      ['Date', stamp(date).header],
      ['Subject', encodeText(`ANOMALIA MESSAGGIO: ${options.subject}`)],
      ['From', `"Per conto di: ${from.replace(/["\\\r\n]/g, '')}" <${provider.address}>`],
      ['Reply-To', from],
      ['Message-ID', `<${identifier}>`],
      ...reference(messageId),
    ],
    text: textForPeople(provider.name, mail, { kind: 'anomalia' }),
    daticert: null,
    original: options.original,
  });
}

export interface OrdinaryOptions {
  readonly from: string;
  readonly to: string | readonly string[];
  readonly cc?: readonly string[];
  readonly subject: string;
  readonly date: Date;
  /** With angle brackets; null: none. */
  readonly messageId: string | null;
  readonly text?: string;
  readonly headers?: readonly HeaderPair[];
  readonly parts?: readonly OrdinaryPart[];
}

export interface OrdinaryPart {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Uint8Array | string;
}

/** What a mail client submits: a text and attachments. The same input gives the same bytes. */
export function ordinaryMessage(options: OrdinaryOptions): Buffer {
  const parts = options.parts ?? [];
  const body = `${headerBlock([
    ['Content-Type', 'text/plain; charset=utf-8'],
    ['Content-Transfer-Encoding', 'base64'],
  ])}\r\n${wrappedBase64(Buffer.from(options.text ?? 'Messaggio di prova.\r\n'))}`;
  const attachments = parts.map(({ name, mediaType, content }) => {
    const shown = encodeText(name.replace(/["\\]/g, '_'));
    const fields = headerBlock([
      ['Content-Type', `${mediaType}; name="${shown}"`],
      ['Content-Disposition', `attachment; filename="${shown}"`],
      ['Content-Transfer-Encoding', 'base64'],
    ]);
    return `${fields}\r\n${wrappedBase64(typeof content === 'string' ? Buffer.from(content) : content)}`;
  });
  const head: HeaderPair[] = [
    ['From', options.from],
    ['To', [options.to].flat().join(', ')],
    ...(options.cc?.length ? ([['Cc', options.cc.join(', ')]] as const) : []),
    ['Subject', encodeText(options.subject)],
    ...(options.messageId === null ? [] : ([['Message-ID', options.messageId]] as const)),
    ['Date', stamp(options.date).header],
    ...(options.headers ?? []),
    ['MIME-Version', '1.0'],
  ];
  if (parts.length === 0) return latin1(`${headerBlock(head)}${body}\r\n`);
  const boundary = `=_parte_${hash('sha256', `${options.messageId} ${options.subject}`).slice(0, 24)}`;
  head.push(['Content-Type', `multipart/mixed; boundary="${boundary}"`]);
  return latin1(`${headerBlock(head)}\r\n${multipart(boundary, [body, ...attachments])}`);
}

const reference = (messageId: string | null): readonly HeaderPair[] =>
  messageId === null ? [] : [['X-Riferimento-Message-ID', messageId]];

interface CertifiedMail {
  readonly id: string;
  readonly date: Date;
  readonly digest: SigningDigest | undefined;
  readonly overrides: Overrides | undefined;
  readonly headers: readonly HeaderPair[];
  readonly text: string;
  readonly daticert: string | null;
  readonly original: Uint8Array | null;
}

function certifiedMail(provider: Provider, mail: CertifiedMail): UnsealedMail {
  const { overrides = {} } = mail;
  const digest = mail.digest ?? 'sha256';
  const data = overrides.daticert === undefined ? mail.daticert : overrides.daticert;
  const unique = hash('sha256', `${mail.id} ${mail.date.getTime()}`).toUpperCase();
  const signed = signedPart(unique, mail.text, data, mail.original);
  const headers = [...applyHeaders(mail.headers, overrides.headers ?? []), ['MIME-Version', '1.0'] as const];
  if (overrides.unsigned) {
    const mail = joinPieces([headerBlock(headers), ...signed]);
    return { seal: () => mail, sealLater: async () => mail };
  }
  const boundary = `----${unique.slice(32)}`;
  const micalg = digest === 'sha1' ? 'sha1' : 'sha-256';
  const type = `multipart/signed; protocol="application/x-pkcs7-signature"; micalg="${micalg}"; boundary="${boundary}"`;
  const head = `${headerBlock([...headers, ['Content-Type', type]])}\r\nThis is an S/MIME signed message\r\n\r\n`;
  const before = `${head}--${boundary}\r\n`;
  const sealed = (signature: Buffer) => {
    const part = `${SIGNATURE_FIELDS}\r\n${wrappedBase64(signature)}`;
    return joinPieces([before, ...signed, `\r\n${multipart(boundary, [part])}`]);
  };
  const signature = signDetached(provider, signed, mail.date, digest);
  return { seal: () => sealed(signature.now()), sealLater: async () => sealed(await signature.later()) };
}

const SIGNATURE_FIELDS = headerBlock([
  ['Content-Type', 'application/x-pkcs7-signature; name="smime.p7s"'],
  ['Content-Transfer-Encoding', 'base64'],
  ['Content-Disposition', 'attachment; filename="smime.p7s"'],
]);

/**
 * The part that the signature covers: exactly the bytes between its boundary lines. In pieces, so that the original is
 * copied only once, into the mail.
 */
function signedPart(
  unique: string,
  body: string,
  data: string | null,
  original: Uint8Array | null,
): readonly Uint8Array[] {
  const fieldsOf = (type: string, name: string, encoding: string) =>
    `${headerBlock([
      ['Content-Type', `${type}; name="${name}"`],
      ['Content-Disposition', `inline; filename="${name}"`],
      ['Content-Transfer-Encoding', encoding],
    ])}\r\n`;
  const parts = [
    `${headerBlock([
      ['Content-Type', 'text/plain; charset="iso-8859-1"'],
      ['Content-Disposition', 'inline'],
      ['Content-Transfer-Encoding', 'quoted-printable'],
    ])}\r\n${body}`,
  ];
  if (data !== null)
    parts.push(fieldsOf('application/xml', 'daticert.xml', 'base64') + wrappedBase64(Buffer.from(data)));
  const boundary = `----------=_${unique.slice(0, 32)}`;
  const head = `${headerBlock([
    ['Content-Type', `multipart/mixed; boundary="${boundary}"`],
    ['Content-Transfer-Encoding', 'binary'],
    ['MIME-Version', '1.0'],
  ])}\r\n`;
  const end = `--${boundary}--`;
  const first = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('');
  if (original === null) return [joinPieces([head, first, end])];
  const fields = fieldsOf('message/rfc822', 'postacert.eml', isAscii(original) ? '7bit' : '8bit');
  return [joinPieces([head, first, `--${boundary}\r\n`, fields]), original, joinPieces(['\r\n', end])];
}

function applyHeaders(headers: readonly HeaderPair[], changes: readonly HeaderPair[]): readonly HeaderPair[] {
  const changed = new Set(changes.map(([name]) => name.toLowerCase()));
  return [
    ...headers.filter(([name]) => !changed.has(name.toLowerCase())),
    ...changes.filter(([, value]) => value !== ''),
  ];
}
