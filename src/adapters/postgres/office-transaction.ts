import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { Purpose } from '../../service/register/event-types.ts';
import type { CommandAnswer, Exchange, NewTask, OfficeTransaction, OwnMail } from '../../service/register/store.ts';
import { cleanText } from './database/json.ts';
import { asking } from './database/prepared.ts';
import { type OfficeHead, save } from './office-save.ts';
import { registrationQuestions } from './registration-questions.ts';
import { EXCHANGE_COLUMNS, type ExchangeRow, toExchange } from './rows.ts';

interface OwnMailRow {
  readonly tie: string;
  readonly exchange_id: string;
  readonly purpose: Purpose;
  readonly recipient: string;
}
const toOwnMail = ({ tie, exchange_id: exchangeId, purpose, recipient }: OwnMailRow): [string, OwnMail] => [
  tie,
  { exchangeId, purpose, recipient },
];

export interface LockedOffice {
  readonly tx: OfficeTransaction;
  /** Where its chains stand, what was saved meanwhile included. */
  head(): OfficeHead;
  /** What was saved since was rolled back. */
  rewind(head: OfficeHead): void;
}

/** Takes the office's lock; everything that numbers, registers or audits for it waits here. */
export async function lockOffice(client: pg.PoolClient, aoo: AooId): Promise<LockedOffice> {
  const ask = asking(client);
  const locked = await ask<OfficeHead>(
    // Not `for update`: that would also hold up whoever only refers to the office, as every new mail does.
    'select audit_seq, audit_hash, event_seq from aoo where aoo = $1 for no key update',
    [aoo],
  );
  const [found] = locked.rows;
  if (found === undefined) throw new Error(`office ${aoo} is not declared in the database`);

  let head = found;
  /** Counters as this transaction knows them: nobody else moves them meanwhile. */
  const numbers = new Map<string, number>();
  const readLastNumber = async (register: string, year: number): Promise<number> => {
    const counted = await ask<{ last_number: number }>(
      'select last_number from register_counter where aoo = $1 and register = $2 and year = $3',
      [aoo, register, year],
    );
    return counted.rows[0]?.last_number ?? 0;
  };
  const exchanges = async (where: string, values: readonly unknown[]): Promise<readonly Exchange[]> => {
    const found = await ask<ExchangeRow>(`select ${EXCHANGE_COLUMNS} from exchange where aoo = $1 and ${where}`, [
      aoo,
      ...values,
    ]);
    return found.rows.map(toExchange);
  };

  const tx: OfficeTransaction = {
    async unsettled(mailIds) {
      const found = await ask<{ mail_id: string; exchange_id: string | null }>(
        `select mail_id, exchange_id from mail where aoo = $1 and mail_id = any($2) and state = 'kept' for update`,
        [aoo, mailIds],
      );
      return new Map(found.rows.map((row) => [row.mail_id, row.exchange_id]));
    },
    async seenBefore(mails) {
      // Nearly always a mailbox has had one UIDVALIDITY only, and both ends of the index tell so at once.
      const changed = await ask(
        `select from unnest($2::text[]) as asked
          where (select min(uidvalidity) from mail where aoo = $1 and mailbox = asked)
             <> (select max(uidvalidity) from mail where aoo = $1 and mailbox = asked)`,
        [aoo, [...new Set(mails.map(({ mailbox }) => mailbox))]],
      );
      if (changed.rowCount === 0) return new Map();
      const found = await ask<{ mail_id: string; exchange_id: string | null }>(
        `select distinct on (now.mail_id) now.mail_id, earlier.exchange_id
           from jsonb_to_recordset($2) as now (mail_id uuid, mailbox text, uidvalidity bigint, sha256 text)
           join mail earlier on earlier.aoo = $1 and earlier.mailbox = now.mailbox and earlier.sha256 = now.sha256
            and earlier.uidvalidity <> now.uidvalidity and earlier.state = 'settled'
          order by now.mail_id, earlier.kept_at`,
        [
          aoo,
          JSON.stringify(
            mails.map((mail) => ({
              mail_id: mail.mailId,
              mailbox: mail.mailbox,
              uidvalidity: Number(mail.uidValidity),
              sha256: mail.sha256,
            })),
          ),
        ],
      );
      return new Map(found.rows.map((row) => [row.mail_id, { exchangeId: row.exchange_id }]));
    },
    incomingByIdentity: (identities) => exchanges(`direction = 'incoming' and identity = any($2)`, [identities]),
    outgoingByRegistration: (keys) =>
      exchanges(`direction = 'outgoing' and (year, number) in (select * from unnest($2::integer[], $3::bigint[]))`, [
        keys.map((key) => key.year),
        keys.map((key) => key.number),
      ]),
    byPeer: (identities) => exchanges('peer_identity = any($2)', [identities]),
    exchangesByPeerNumber: (keys) =>
      exchanges(
        `peer_identifier is not null and left(ltrim(peer_identifier ->> 'number', '0'), 40) = any($2)
         and lower(peer_identifier ->> 'administration') = any($3) and lower(peer_identifier ->> 'aoo') = any($4)`,
        [
          keys.map(({ number }) => cleanText(number.slice(0, 40))),
          keys.map(({ administration }) => cleanText(administration.toLowerCase())),
          keys.map(({ aoo }) => cleanText(aoo.toLowerCase())),
        ],
      ),
    exchangesById: (ids) => exchanges('exchange_id = any($2)', [ids]),
    exchangesOf: ({ register, year, number }) =>
      exchanges('register = $2 and year = $3 and number = $4 order by exchange_id', [register, year, number]),
    overdue: (now, limit) => exchanges('due_at <= $2 order by due_at limit $3', [now, limit]),
    async outboxByMessageId(messageIds) {
      const found = await ask<OwnMailRow>(
        'select message_id as tie, exchange_id, purpose, recipient from outbox where aoo = $1 and message_id = any($2)',
        [aoo, messageIds.map(cleanText)],
      );
      return new Map(found.rows.map(toOwnMail));
    },
    async exchangesByProviderId(identifiers) {
      // Any receipt of the transaction that found its exchange will do; the mail it was about is that exchange's.
      const found = await ask<OwnMailRow>(
        `select distinct on (m.receipt_identifier) m.receipt_identifier as tie, o.exchange_id, o.purpose, o.recipient
           from mail m join outbox o on o.aoo = m.aoo and o.message_id = m.receipt_reference
          where m.aoo = $1 and m.receipt_identifier = any($2)`,
        [aoo, identifiers.map(cleanText)],
      );
      return new Map(found.rows.map(toOwnMail));
    },
    async adopt(ties) {
      const found = await ask(
        `update mail set state = 'kept', settled_at = null
          where aoo = $1 and state = 'settled' and exchange_id is null and kind = 'pec-receipt'
            and (receipt_reference = any($2) or receipt_identifier = any($3))`,
        [
          aoo,
          ties.flatMap(({ reference }) => (reference === null ? [] : cleanText(reference))),
          ties.flatMap(({ identifier }) => (identifier === null ? [] : cleanText(identifier))),
        ],
      );
      return found.rowCount ?? 0;
    },
    async cancelQueued(exchangeId) {
      const cancelled = await ask(
        `update outbox set state = 'given-up', last_error = 'annullata'
          where aoo = $1 and exchange_id = $2 and purpose = 'message' and state = 'queued'
            and (lease_until is null or lease_until < now())`,
        [aoo, exchangeId],
      );
      return (cancelled.rowCount ?? 0) > 0;
    },
    async adoptAnnulments(senders, at) {
      await ask(
        `with adopted as (
           update mail set state = 'kept', settled_at = null
            where aoo = $1 and state = 'settled' and exchange_id is null and kind = 'annulment' and lower(sender) = any($2)
           returning mail_id)
         update task set closed_at = $3, closed_by = 'interpro', outcome = 'moved' from adopted
          where aoo = $1 and task.mail_id = adopted.mail_id and closed_at is null`,
        [aoo, senders, at],
      );
    },
    async queuedFor(exchangeId, purpose) {
      const found = await ask<{ outbox_id: string; state: string }>(
        `select outbox_id, state from outbox where aoo = $1 and exchange_id = $2 and purpose = $3
          order by queued_at desc, outbox_id desc limit 1`,
        [aoo, exchangeId, purpose],
      );
      const row = found.rows[0];
      return row === undefined ? null : { outboxId: row.outbox_id, waiting: row.state === 'queued' };
    },
    async answers(exchangeIds) {
      const found = await ask<{ exchange_id: string; outbox_id: string; purpose: Purpose; state: string }>(
        `select distinct on (exchange_id) exchange_id, outbox_id, purpose, state from outbox
          where aoo = $1 and exchange_id = any($2) and purpose in ('confirmation', 'exception', 'receipt')
          order by exchange_id, queued_at desc, outbox_id desc`,
        [aoo, exchangeIds],
      );
      return new Map(
        found.rows.map(({ exchange_id, outbox_id, purpose, state }) => [
          exchange_id,
          { outboxId: outbox_id, purpose, waiting: state === 'queued' },
        ]),
      );
    },
    async eventsSeen(exchangeIds) {
      const found = await ask<{ key: string }>(
        `select exchange_id || ' ' || once as key from exchange_event where aoo = $1 and exchange_id = any($2)`,
        [aoo, exchangeIds],
      );
      return new Set(found.rows.map((row) => row.key));
    },
    ...registrationQuestions(ask, aoo),
    async openTask(taskId) {
      const found = await ask<NewTask & pg.QueryResultRow>(
        `select task_id as "taskId", code, detail, exchange_id as "exchangeId", mail_id as "mailId" from task
          where aoo = $1 and task_id = $2 and closed_at is null`,
        [aoo, taskId],
      );
      return found.rows[0] ?? null;
    },
    async commandAnswer(caller, key) {
      const found = await ask<CommandAnswer & pg.QueryResultRow>(
        'select client, key, digest, answer from command_answer where aoo = $1 and client = $2 and key = $3',
        [aoo, caller, key],
      );
      return found.rows[0] ?? null;
    },
    async lastNumber(register, year) {
      const key = `${register}|${year}`;
      const last = numbers.get(key) ?? (await readLastNumber(register, year));
      numbers.set(key, last);
      return last;
    },
    async unsettle(mailIds) {
      const found = await ask<{ mail_id: string }>(
        `update mail set state = 'kept', note = null, settled_at = null
          where aoo = $1 and sha256 <> '' and ($2::uuid[] is null or mail_id = any($2))
            and (state = 'failed' or (state = 'settled' and action = 'operator' and kind = 'ordinary-mail'
                 and inspection->'decision'->'codes' ? 'pec-chain-untrusted'
                 and exists (select from exchange e where e.aoo = mail.aoo and e.exchange_id = mail.exchange_id
                                and e.mail_id = mail.mail_id and e.state = 'operator')))
        returning mail_id`,
        [aoo, mailIds],
      );
      return found.rows.map((row) => row.mail_id);
    },
    async save(changes) {
      head = await save(ask, aoo, head, changes);
      for (const [key, last] of changes.counters) numbers.set(key, last);
    },
  };
  return {
    tx,
    head: () => head,
    rewind(to) {
      head = to;
      numbers.clear();
    },
  };
}
