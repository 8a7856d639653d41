/** Schemas of what an office's views show, and the functions that shape them: members that are not known are left out. */
import { Type } from '@fastify/type-provider-typebox';
import { AWAITED } from '../../../domain/exchange/step.ts';
import { REGISTRATION_DIRECTIONS } from '../../../domain/register/registration.ts';
import { TASKS } from '../../../kernel/tasks.ts';
import type { ExchangeDetail, RegistrationDetail } from '../../../service/queries/views.ts';
import {
  anyValue,
  counter,
  day,
  int32,
  int64,
  ipaCode,
  listOf,
  matching,
  named,
  officeCode,
  oneOf,
  sha256Hex,
  storedText,
  timestamp,
  uuid,
} from '../schemas.ts';
import { withoutNulls } from '../without-nulls.ts';

const maybe = (maxLength: number) => Type.Optional(storedText(maxLength));
export const DIRECTIONS = ['incoming', 'outgoing'] as const;
export const Direction = oneOf(DIRECTIONS, { title: 'Direction' });
export const RegistrationDirections = oneOf(REGISTRATION_DIRECTIONS, { title: 'RegistrationDirection' });
const version = counter({ description: "Cresce a ogni evento; è l'ETag dello stato." });

const mail = {
  id: uuid(),
  aoo: officeCode(),
  mailbox: storedText(320),
  arrivedAt: timestamp(),
  state: oneOf(['kept', 'settled', 'failed'], { title: 'MailState' }),
  kind: maybe(64),
  action: maybe(64),
  sender: maybe(1_000),
  subject: maybe(100_000),
  exchange: Type.Optional(uuid()),
  note: maybe(10_000),
};
export const Mail = named('MailSummary', mail);
export const MailDetails = named('Mail', {
  ...mail,
  sha256: sha256Hex(),
  size: int64(),
  inspection: Type.Optional(
    anyValue({ description: "L'esito dell'esame del messaggio: busta, segnatura, documenti, decisione." }),
  ),
});

export const registrationMembers = {
  id: storedText(120),
  aoo: officeCode(),
  register: storedText(100),
  year: int32(1900, 9999),
  number: storedText(15),
  date: day(),
  time: matching('^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?$', 15),
  direction: RegistrationDirections,
  annulled: Type.Boolean(),
  subject: storedText(100_000),
  correspondent: storedText(2_000),
  recipients: listOf(storedText(2_000), 10_000, {
    description: 'Di una registrazione in partenza: tutti i destinatari.',
  }),
  certifiedAddress: Type.Optional(
    storedText(1_000, {
      description: "L'indirizzo certificato da cui è arrivato il messaggio, accanto al nome che il mittente si dà.",
    }),
  ),
  peerNumber: maybe(100),
  flags: listOf(storedText(64), 200),
};
const RegisteredDocument = named('RegisteredDocument', {
  role: storedText(32),
  name: storedText(2_000),
  mediaType: storedText(255),
  size: int64(),
  sha256: sha256Hex(),
});
const Annulment = named('Annulment', {
  at: timestamp(),
  reason: storedText(10_000),
  provision: storedText(10_000),
  by: storedText(500),
});
export const ChangedField = oneOf(['office', 'classification'], { title: 'ChangedField' });
const ChangeOfRegistration = named('RegistrationChange', {
  at: timestamp(),
  field: ChangedField,
  oldValue: maybe(500),
  newValue: maybe(500),
  by: storedText(500),
});
export const RegistrationSummary = named('RegistrationSummary', registrationMembers);
export const RegistrationDetails = named('Registration', {
  ...registrationMembers,
  documents: listOf(RegisteredDocument, 10_000),
  message: Type.Optional(uuid()),
  annulment: Type.Optional(Annulment),
  office: maybe(500),
  classification: maybe(500),
  changes: listOf(ChangeOfRegistration, 10_000),
});

export const exchangeMembers = {
  id: uuid(),
  aoo: officeCode(),
  direction: Direction,
  state: storedText(32, { description: 'Si veda docs/exchange.md.' }),
  version,
  peer: storedText(3_000),
  subject: storedText(100_000),
  ourNumber: maybe(100),
  peerNumber: maybe(100),
  awaits: Type.Optional(oneOf(AWAITED, { title: 'AwaitedStep' })),
  dueAt: Type.Optional(timestamp()),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};
export const Task = named('Task', {
  id: uuid(),
  aoo: officeCode(),
  code: oneOf(Object.keys(TASKS) as (keyof typeof TASKS)[], { title: 'TaskCode' }),
  sentence: storedText(10_000),
  advice: storedText(1_000),
  exchange: Type.Optional(uuid()),
  message: Type.Optional(uuid()),
  webhook: Type.Optional(uuid()),
  peer: Type.Optional(storedText(3_000, { description: 'Di chi si tratta: il nome che si dà e il suo indirizzo.' })),
  subject: Type.Optional(storedText(100_000, { description: "L'oggetto dello scambio o del messaggio." })),
  ourNumber: maybe(100),
  peerNumber: maybe(100),
  openedAt: timestamp(),
  closedAt: Type.Optional(timestamp()),
  closedBy: maybe(500),
  outcome: maybe(10_000),
});
const ExchangeEvent = named('ExchangeEvent', {
  version,
  type: storedText(64),
  at: timestamp(),
  message: Type.Optional(uuid()),
  data: anyValue({ description: "I dati propri dell'evento: la ricevuta, la risposta, chi ha deciso." }),
});
const QueuedMail = named('QueuedMail', {
  purpose: storedText(32),
  messageId: storedText(1_000),
  recipient: storedText(320),
  state: storedText(32),
  attempts: counter(),
  sentAt: Type.Optional(timestamp()),
  lastError: maybe(10_000),
});
export const ExchangeSummary = named('ExchangeSummary', exchangeMembers);
export const ExchangeDetails = named('Exchange', {
  ...exchangeMembers,
  generation: maybe(10),
  registration: maybe(120),
  tasks: listOf(Task, 10_000),
  events: listOf(ExchangeEvent, 10_000),
  outbox: listOf(QueuedMail, 10_000),
});
/** Where a command has brought an exchange. */
export const ExchangeStateAnswer = named('ExchangeState', {
  exchange: uuid(),
  state: storedText(32),
  version: counter(),
});

/** A number that the office's own protocol system gave. */
export const GivenRegistration = named(
  'GivenRegistration',
  {
    register: Type.Optional(ipaCode()),
    number: int32(1, 2_147_483_647),
    date: day(),
    time: matching('^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$', 8),
  },
  { description: 'Il numero assegnato dal proprio sistema di protocollo, se è quello a numerare.' },
);
export const RegistrationIdentifier = named('RegistrationIdentifier', {
  administration: storedText(50),
  aoo: storedText(50),
  register: maybe(50),
  number: storedText(50),
  date: day(),
  time: maybe(30),
});

export const presentExchange = ({ events, outbox, tasks, ...rest }: ExchangeDetail) => ({
  ...withoutNulls(rest),
  tasks: tasks.map(withoutNulls),
  events: events.map(({ data, ...event }) => ({ ...withoutNulls(event), data })),
  outbox: outbox.map(withoutNulls),
});

export const presentRegistration = ({ documents, changes, ...rest }: RegistrationDetail) => ({
  ...withoutNulls(rest),
  documents,
  changes: changes.map(withoutNulls),
});
