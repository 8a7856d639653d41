/** Rows of the views, and how they become the service's values. */
import type { Awaited } from '../../../domain/exchange/step.ts';
import { shortNumber } from '../../../domain/register/registration.ts';
import { protocolNumber } from '../../../kernel/ids.ts';
import { TASKS, type TaskCode, taskSentence } from '../../../kernel/tasks.ts';
import type { Identifier } from '../../../model/segnatura.ts';
import type { ExchangeView, MessageView, RegistrationView, TaskView } from '../../../service/queries/views.ts';

export interface MessageViewRow {
  id: string;
  aoo: string;
  mailbox: string;
  arrived_at: Date;
  state: MessageView['state'];
  kind: string | null;
  action: string | null;
  sender: string | null;
  subject: string | null;
  exchange_id: string | null;
  note: string | null;
}
/** How a text that came from outside is read: whole where one thing is shown, its beginning in lists. */
type Shown = (text: string) => string;

/** Characters of a text in a list, where real ones have some hundreds: a hostile subject has millions, and a page 50 of them. */
const LISTED_CHARACTERS = 2_000;
const beginning: Shown = (text) =>
  `case when length(left(${text}, ${LISTED_CHARACTERS + 1})) > ${LISTED_CHARACTERS} then left(${text}, ${LISTED_CHARACTERS}) || '…' else ${text} end`;
const whole: Shown = (text) => text;

const messages = (shown: Shown): string =>
  `select m.mail_id as id, m.aoo, m.mailbox, m.arrived_at, m.state, m.kind, m.action, ${shown('m.sender')} as sender,
  ${shown('m.subject')} as subject, m.exchange_id, m.note from mail m`;
export const SELECT_MESSAGES = messages(whole);
export const LIST_MESSAGES = messages(beginning);

export const toMessageView = (row: MessageViewRow): MessageView => ({
  id: row.id,
  aoo: row.aoo,
  mailbox: row.mailbox,
  arrivedAt: row.arrived_at.toISOString(),
  state: row.state,
  kind: row.kind,
  action: row.action,
  sender: row.sender,
  subject: row.subject,
  exchange: row.exchange_id,
  note: row.note,
});

export interface RegistrationViewRow {
  at: string;
  aoo: string;
  register: string;
  year: number;
  number: number;
  date: string;
  time: string;
  direction: RegistrationView['direction'];
  subject: string;
  annulled: boolean;
  correspondent: string | null;
  recipients: readonly string[] | null;
  certified_address: string | null;
  peer_identifier: Identifier | null;
  flags: readonly { readonly code: string }[];
}
/** The other office's number of an outgoing registration comes from the exchange with its first recipient, the one shown. */
const registrations = (
  shown: Shown,
): string => `r.registered_at::text as at, r.aoo, r.register, r.year, r.number, r.date, r.time, r.direction, ${shown('r.subject')} as subject,
  exists (select from registration_annulment n where n.aoo = r.aoo and n.register = r.register and n.year = r.year
    and n.number = r.number) as annulled,
  ${shown("(case r.direction when 'incoming' then r.sender ->> 'name' else r.recipients -> 0 ->> 'name' end)")} as correspondent,
  case r.direction when 'outgoing' then jsonb_path_query_array(r.recipients, '$[*].name') end as recipients,
  (select ${shown('m.sender')} from mail m where r.direction = 'incoming' and m.aoo = r.aoo and m.mail_id = r.mail_id
    and m.kind in ('protocol-message', 'plain-pec')) as certified_address,
  coalesce(r.peer_identifier, (select x.peer_identifier from exchange x where x.aoo = r.aoo and x.register = r.register
    and x.year = r.year and x.number = r.number and x.direction = 'outgoing'
    order by x.peer = r.recipients -> 0 desc, x.exchange_id limit 1)) as peer_identifier,
  r.flags`;
export const SELECT_REGISTRATIONS = `select ${registrations(whole)} from registration r`;
/** Of a list, columns of `registration r`. */
export const REGISTRATION_COLUMNS = registrations(beginning);

export const toRegistrationView = (row: RegistrationViewRow): RegistrationView => ({
  id: `${row.aoo}/${row.register}/${row.year}/${row.number}`,
  aoo: row.aoo,
  register: row.register,
  year: row.year,
  number: protocolNumber(row.number),
  date: row.date,
  time: row.time,
  direction: row.direction,
  annulled: row.annulled,
  subject: row.subject,
  correspondent: row.correspondent ?? '',
  recipients: row.recipients ?? [],
  certifiedAddress: row.certified_address,
  peerNumber: peerNumber(row.peer_identifier),
  flags: row.flags.map(({ code }) => code),
});

export interface ExchangeViewRow {
  id: string;
  aoo: string;
  direction: ExchangeView['direction'];
  state: string;
  peer: { name?: string } | null;
  peer_address: string;
  subject: string;
  year: number | null;
  number: number | null;
  peer_identifier: Identifier | null;
  version: number;
  awaits: Awaited | null;
  due_at: Date | null;
  generation: string;
  plain: boolean;
  register: string | null;
  created_at: Date;
  updated_at: Date;
}
/** All that is shown of the other side, beside its address. */
const peerName = (shown: Shown): string => `jsonb_build_object('name', ${shown("(e.peer ->> 'name')")})`;

const exchanges = (
  shown: Shown,
): string => `select e.exchange_id as id, e.aoo, e.direction, e.state, ${peerName(shown)} as peer,
  ${shown('e.peer_address')} as peer_address, ${shown('e.subject')} as subject, e.year, e.number,
  e.peer_identifier, e.version, e.awaits, e.due_at, e.generation, e.plain, e.register, e.created_at, e.updated_at from exchange e`;
export const SELECT_EXCHANGES = exchanges(whole);
export const LIST_EXCHANGES = exchanges(beginning);

export const toExchangeView = (row: ExchangeViewRow): ExchangeView => ({
  id: row.id,
  aoo: row.aoo,
  direction: row.direction,
  state: row.state,
  peer: peerOf(row.peer, row.peer_address),
  subject: row.subject,
  ourNumber: ourNumber(row),
  peerNumber: peerNumber(row.peer_identifier),
  version: row.version,
  awaits: row.awaits,
  dueAt: row.due_at?.toISOString() ?? null,
  createdAt: row.created_at.toISOString(),
  updatedAt: row.updated_at.toISOString(),
});

const peerOf = (peer: { name?: string } | null, address: string): string =>
  peer?.name ? `${peer.name} <${address}>` : address;

const ourNumber = ({ number, year }: Pick<ExchangeViewRow, 'number' | 'year'>): string | null =>
  number === null || year === null ? null : shortNumber(number, year);

/** Of paper the sender's date is often not known. */
export const peerNumber = (identifier: Identifier | null): string | null =>
  identifier && [identifier.number, identifier.date.slice(0, 4)].filter((part) => part !== '').join('/');

export interface TaskViewRow {
  id: string;
  aoo: string;
  code: TaskCode;
  detail: string;
  exchange_id: string | null;
  mail_id: string | null;
  webhook_id: string | null;
  exchange: Pick<ExchangeViewRow, 'peer' | 'peer_address' | 'subject' | 'year' | 'number' | 'peer_identifier'> | null;
  mail: Pick<MessageViewRow, 'sender' | 'subject'> | null;
  opened_at: Date;
  closed_at: Date | null;
  closed_by: string | null;
  outcome: string | null;
}
/** What a task is about is looked up by key, and only for the rows of the page: a join would come before order and limit. */
const tasks = (
  shown: Shown,
): string => `select t.task_id as id, t.aoo, t.code, ${shown('t.detail')} as detail, t.exchange_id, t.mail_id, t.webhook_id, t.opened_at,
  t.closed_at, t.closed_by, t.outcome,
  (select jsonb_build_object('peer', ${peerName(shown)}, 'peer_address', ${shown('e.peer_address')}, 'subject', ${shown('e.subject')},
    'year', e.year, 'number', e.number, 'peer_identifier', e.peer_identifier) from exchange e
    where e.aoo = t.aoo and e.exchange_id = t.exchange_id) as exchange,
  (select jsonb_build_object('sender', ${shown('m.sender')}, 'subject', ${shown('m.subject')}) from mail m
    where m.aoo = t.aoo and m.mail_id = t.mail_id) as mail from task t`;
export const SELECT_TASKS = tasks(whole);
export const LIST_TASKS = tasks(beginning);

export const toTaskView = (row: TaskViewRow): TaskView => ({
  id: row.id,
  aoo: row.aoo,
  code: row.code,
  sentence: taskSentence(row.code, row.detail),
  advice: TASKS[row.code].advice,
  exchange: row.exchange_id,
  message: row.mail_id,
  webhook: row.webhook_id,
  peer: row.exchange === null ? (row.mail?.sender ?? null) : peerOf(row.exchange.peer, row.exchange.peer_address),
  subject: row.exchange?.subject ?? row.mail?.subject ?? null,
  ourNumber: row.exchange && ourNumber(row.exchange),
  peerNumber: row.exchange && peerNumber(row.exchange.peer_identifier),
  openedAt: row.opened_at.toISOString(),
  closedAt: row.closed_at?.toISOString() ?? null,
  closedBy: row.closed_by,
  outcome: row.outcome,
});
