/** Registering an incoming message and answering its sender, whoever decided it: rules, a person, a protocol system. */

import type { ExchangeChange, IncomingExchange } from '../../domain/exchange/exchange.ts';
import { effectOf } from '../../domain/exchange/problem-policy.ts';
import { oneLine, type RegisteredDocument } from '../../domain/register/registration.ts';
import type { Problem } from '../../kernel/problems.ts';
import {
  type Correspondent,
  type Identifier,
  type ReceivedMessage,
  unknownCorrespondent,
} from '../../model/segnatura.ts';
import { answerMail } from '../register/answer-mail.ts';
import type { Office } from '../register/office.ts';
import type { ExternalNumber, UnitOfWork } from '../register/unit-of-work.ts';
import { headersOf, type JudgedMail, protocolMessageOf, senderAddressOf } from './judged-mail.ts';

/** What the one who registers knows better than the mail; what is left out is taken from the mail. */
export interface RegistrationWishes {
  readonly subject?: string;
  readonly sender?: Correspondent;
  /** The office inside the AOO it is assigned to, and its place in the filing plan. */
  readonly office?: string;
  readonly classification?: string;
  readonly given?: ExternalNumber;
}

/** Registers; gives what changes in the exchange, and the identifier that an answer tells. */
export async function registerIncoming(
  office: Office,
  mail: JudgedMail,
  work: UnitOfWork,
  by: string,
  wishes: RegistrationWishes = {},
): Promise<{ readonly change: ExchangeChange; readonly identifier: Identifier }> {
  const message = protocolMessageOf(mail);
  const draft = {
    direction: 'incoming',
    subject: oneLine(wishes.subject ?? message?.subject ?? plainSubject(mail)),
    sender: wishes.sender ?? message?.sender ?? plainSender(mail),
    recipients: message?.recipients ?? [],
    peerIdentifier: message?.identifier ?? null,
    flags: flagsOf(mail, office),
    mailId: mail.kept.mailId,
    documents: documentsOf(mail),
  } as const;
  const { registration, identifier } = await work.register(draft, wishes.given);
  const { register, year, number } = registration;
  let version = 0;
  for (const field of ['office', 'classification'] as const) {
    const value = wishes[field];
    if (value === undefined) continue;
    version += 1;
    work.changeRegistration({ register, year, number, version, field, oldValue: null, newValue: value, by });
  }
  return { change: { registered: { register, year, number }, content: mail.content }, identifier };
}

/** Queues what tells the sender our number: a confirmation, or for a message without segnatura a receipt of registration. */
export function queueConfirmation(
  office: Office,
  mail: JudgedMail,
  exchange: IncomingExchange,
  identifier: Identifier,
  work: UnitOfWork,
): void {
  const kind = exchange.plain ? 'receipt' : 'confirmation';
  work.queue(
    answerMail(
      office,
      exchange,
      receivedOf(mail),
      { kind, identifier, readsXml: mail.knownSender !== undefined },
      work.at,
    ),
  );
}

/** Queues an exception. `identifier`: our registration, where the message had been registered. */
export function queueException(
  office: Office,
  mail: JudgedMail,
  exchange: IncomingExchange,
  refusal: { readonly reasons: readonly string[]; readonly identifier: Identifier | null },
  work: UnitOfWork,
): void {
  work.queue(answerMail(office, exchange, receivedOf(mail), { kind: 'exception', ...refusal }, work.at));
  work.audit('refused', exchange.exchangeId, { reasons: refusal.reasons });
}

/** A message without a readable registration is described in words instead (circ. 60/2013). */
export function receivedOf(mail: JudgedMail): ReceivedMessage {
  const { opened } = mail;
  const message = protocolMessageOf(mail);
  const described = opened.pec?.messageId ?? (opened.headers.subject || 'messaggio senza identificativo');
  return {
    identifier: message?.identifier ?? null,
    firstRegistration: null,
    description: message === null ? described : null,
  };
}

const plainSubject = (mail: JudgedMail): string => headersOf(mail).subject || 'Messaggio senza oggetto';

function plainSender(mail: JudgedMail): Correspondent {
  const address = senderAddressOf(mail);
  return mail.knownSender ?? unknownCorrespondent(address ?? 'Mittente sconosciuto', address);
}

/** The problems that are kept with the registration; those the office treats as mere notes stay in the mail's judgement. */
const flagsOf = ({ inspection }: JudgedMail, { policy }: Office): readonly Problem[] =>
  [...inspection.problems, ...(inspection.segnatura?.problems ?? [])].filter(
    ({ code }) => effectOf(code, policy) !== 'note',
  );

/** The files inside the kept mail: their bytes are durable already and are not stored twice. */
function documentsOf(mail: JudgedMail): readonly RegisteredDocument[] {
  const { inspection, kept } = mail;
  const roles = new Map(inspection.documents.map((document) => [document.sha256, document.role]));
  const files = mail.files.map((file) => ({
    role: roles.get(file.sha256) ?? ('undeclared' as const),
    name: file.name ?? '',
    mediaType: file.mediaType,
    sha256: file.sha256,
    size: file.size,
    source: { sha256: kept.sha256, part: file.part },
  }));
  if (protocolMessageOf(mail) !== null) return files;
  // Without segnatura the mail itself is the primary document, and its files are the attachments.
  const whole = { name: 'messaggio.eml', mediaType: 'message/rfc822', sha256: kept.sha256, size: kept.size } as const;
  return [
    { role: 'primary', ...whole, source: null },
    ...files.map((file) => ({ ...file, role: 'attachment' as const })),
  ];
}
