/** Row types beside the SQL, and their way into the service's values. */

import type { Purpose } from '../../domain/exchange/event-types.ts';
import type { Exchange, IncomingExchange, OutgoingExchange } from '../../domain/exchange/exchange.ts';
import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { KeptMail } from '../../service/register/kept-mail.ts';
import type { MailRecipe } from '../../service/register/mail-recipe.ts';
import type { OutboxItem } from '../../service/register/store.ts';

export const EXCHANGE_COLUMNS = `exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
  subject, register, year, number, peer_identifier, answer_wanted, plain, mail_id, awaits, due_at, created_at, updated_at`;

export type ExchangeRow = ExchangeFactsRow &
  (
    | { direction: 'incoming'; state: IncomingExchange['state'] }
    | { direction: 'outgoing'; state: OutgoingExchange['state'] }
  );

interface ExchangeFactsRow {
  exchange_id: string;
  identity: string;
  content: Sha256;
  version: number;
  generation: Exchange['generation'];
  peer_address: string;
  peer: Exchange['peer'];
  subject: string;
  register: string | null;
  year: number | null;
  number: number | null;
  peer_identifier: Exchange['peerIdentifier'];
  answer_wanted: boolean;
  plain: boolean;
  mail_id: string | null;
  awaits: Exchange['awaits'];
  due_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

export function toExchange(row: ExchangeRow): Exchange {
  const facts = {
    exchangeId: row.exchange_id,
    identity: row.identity,
    content: row.content,
    version: row.version,
    generation: row.generation,
    peerAddress: row.peer_address,
    peer: row.peer,
    subject: row.subject,
    registered:
      row.register === null || row.year === null || row.number === null
        ? null
        : { register: row.register, year: row.year, number: row.number },
    peerIdentifier: row.peer_identifier,
    answerWanted: row.answer_wanted,
    plain: row.plain,
    mailId: row.mail_id,
    awaits: row.awaits,
    dueAt: row.due_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
  return row.direction === 'incoming'
    ? { ...facts, direction: row.direction, state: row.state }
    : { ...facts, direction: row.direction, state: row.state };
}

export const MAIL_COLUMNS = 'mail_id, mailbox, uidvalidity, uid, sha256, size, arrived_at';

export interface MailRow {
  mail_id: string;
  mailbox: string;
  uidvalidity: number;
  uid: number;
  sha256: string;
  size: number;
  arrived_at: Date;
}

export const toKeptMail = (row: MailRow): KeptMail => ({
  mailId: row.mail_id,
  mailbox: row.mailbox,
  uidValidity: BigInt(row.uidvalidity),
  uid: row.uid,
  sha256: row.sha256 as Sha256,
  size: row.size,
  arrivedAt: row.arrived_at,
  refusal: null,
});

export interface OutboxRow {
  aoo: string;
  outbox_id: string;
  exchange_id: string;
  purpose: Purpose;
  recipient: string;
  recipe: MailRecipe;
  attempts: number;
  queued_at: Date;
}

export const toOutboxItem = (row: OutboxRow): OutboxItem => ({
  aoo: row.aoo as AooId,
  outboxId: row.outbox_id,
  exchangeId: row.exchange_id,
  purpose: row.purpose,
  recipient: row.recipient,
  recipe: row.recipe,
  attempts: row.attempts,
  queuedAt: row.queued_at,
});
