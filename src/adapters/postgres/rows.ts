/** Row types beside the SQL, and their way into the service's values. */

import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { MailRecipe } from '../../service/ports.ts';
import type { Exchange, KeptMail, OutboxItem, Purpose } from '../../service/store.ts';

export interface ExchangeRow {
  exchange_id: string;
  direction: Exchange['direction'];
  identity: string;
  content: string;
  state: Exchange['state'];
  version: number;
  generation: Exchange['generation'];
  peer_address: string;
  peer: Exchange['peer'];
  subject: string;
  register: string | null;
  year: number | null;
  number: number | null;
  peer_identifier: Exchange['peerIdentifier'];
  created_at: Date;
  updated_at: Date;
}

export const toExchange = (row: ExchangeRow): Exchange => ({
  exchangeId: row.exchange_id,
  direction: row.direction,
  identity: row.identity,
  content: row.content as Sha256,
  state: row.state,
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
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

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
