/** What is looked at, as the API shows it: schemas and their values; what is not known is left out. */
import { AWAITED } from '../../../domain/exchange/step.ts';
import { TASKS } from '../../../kernel/tasks.ts';
import type { ExchangeDetail, MessageDetail, RegistrationDetail } from '../../../service/queries/views.ts';
import {
  anything,
  closed,
  day,
  held,
  int32,
  int64,
  listOf,
  matching,
  office,
  oneOf,
  sha256,
  Type,
  time,
  uuid,
} from '../schemas.ts';
import { known } from './index-answers.ts';

const maybe = (maxLength: number) => Type.Optional(held(maxLength));
export const DIRECTIONS = ['incoming', 'outgoing'] as const;
const version = int32(0, 2_147_483_647, { description: "Cresce a ogni evento; è l'ETag dello stato." });

export const mail = {
  id: uuid(),
  aoo: office(),
  mailbox: held(320),
  arrivedAt: time(),
  state: oneOf(['kept', 'settled', 'failed']),
  kind: maybe(64),
  action: maybe(64),
  sender: maybe(1_000),
  subject: maybe(100_000),
  exchange: Type.Optional(uuid()),
  note: maybe(10_000),
};
export const MailDetails = closed({
  ...mail,
  sha256: sha256(),
  size: int64(),
  inspection: Type.Optional(
    anything({ description: "L'esito dell'esame del messaggio: busta, segnatura, documenti, decisione." }),
  ),
});

export const registration = {
  id: held(120),
  aoo: office(),
  register: held(100),
  year: int32(1900, 9999),
  number: held(15),
  date: day(),
  time: matching('^[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?$', 15),
  direction: oneOf(DIRECTIONS),
  annulled: Type.Boolean(),
  subject: held(100_000),
  correspondent: held(2_000),
  peerNumber: maybe(100),
  flags: listOf(held(64), 200),
};
const FileOf = closed({ role: held(32), name: held(2_000), mediaType: held(255), size: int64(), sha256: sha256() });
const Annulment = closed({ at: time(), reason: held(10_000), provision: held(10_000), by: held(500) });
const Change = closed({
  at: time(),
  field: oneOf(['office', 'classification']),
  oldValue: maybe(500),
  newValue: maybe(500),
  by: held(500),
});
export const RegistrationDetails = closed({
  ...registration,
  documents: listOf(FileOf, 10_000),
  message: Type.Optional(uuid()),
  annulment: Type.Optional(Annulment),
  office: maybe(500),
  classification: maybe(500),
  changes: listOf(Change, 10_000),
});

export const exchange = {
  id: uuid(),
  aoo: office(),
  direction: oneOf(DIRECTIONS),
  state: held(32, { description: 'Si veda docs/exchange.md.' }),
  version,
  peer: held(3_000),
  subject: held(100_000),
  ourNumber: maybe(100),
  peerNumber: maybe(100),
  awaits: Type.Optional(oneOf(AWAITED)),
  dueAt: Type.Optional(time()),
  createdAt: time(),
  updatedAt: time(),
};
export const task = {
  id: uuid(),
  aoo: office(),
  code: oneOf(Object.keys(TASKS) as (keyof typeof TASKS)[]),
  sentence: held(10_000),
  advice: held(1_000),
  exchange: Type.Optional(uuid()),
  message: Type.Optional(uuid()),
  webhook: Type.Optional(uuid()),
  openedAt: time(),
  closedAt: Type.Optional(time()),
  closedBy: maybe(500),
  outcome: maybe(10_000),
};
const Fact = closed({
  version,
  type: held(64),
  at: time(),
  message: Type.Optional(uuid()),
  data: anything({ description: "I dati propri dell'evento: la ricevuta, la risposta, chi ha deciso." }),
});
const Queued = closed({
  purpose: held(32),
  messageId: held(1_000),
  recipient: held(320),
  state: held(32),
  attempts: int32(0, 2_147_483_647),
  sentAt: Type.Optional(time()),
  lastError: maybe(10_000),
});
export const ExchangeDetails = closed({
  ...exchange,
  generation: held(10),
  registration: maybe(120),
  tasks: listOf(closed(task), 10_000),
  events: listOf(Fact, 10_000),
  outbox: listOf(Queued, 10_000),
});

export const identifier = {
  administration: held(50),
  aoo: held(50),
  register: maybe(50),
  number: held(50),
  date: day(),
  time: maybe(30),
};

export const presentExchange = ({ events, outbox, tasks, ...rest }: ExchangeDetail) => ({
  ...known(rest),
  tasks: tasks.map(known),
  events: events.map(known),
  outbox: outbox.map(known),
});

export const presentRegistration = ({ documents, changes, ...rest }: RegistrationDetail) => ({
  ...known(rest),
  documents,
  changes: changes.map(known),
});

export const presentMail = (found: MessageDetail) => known(found);
