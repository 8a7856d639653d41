import type pg from 'pg';
import { sha256Of } from '../../kernel/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { AuditEntry, Changes, Exchange, OfficeTransaction, Purpose } from '../../service/store.ts';
import { cleanText, toJson } from './json.ts';
import { type ExchangeRow, toExchange } from './rows.ts';

const EXCHANGE_COLUMNS = `exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
  subject, register, year, number, peer_identifier, created_at, updated_at`;

/** Takes the office's lock; everything that numbers, registers or audits for it waits here. */
export async function officeTransaction(client: pg.PoolClient, aoo: AooId): Promise<OfficeTransaction> {
  const locked = await client.query<{ audit_seq: number; audit_hash: string }>(
    // Not `for update`: that would also hold up whoever only refers to the office, as every new mail does.
    'select audit_seq, audit_hash from aoo where aoo = $1 for no key update',
    [aoo],
  );
  const head = locked.rows[0];
  if (head === undefined) throw new Error(`office ${aoo} is not declared in the database`);

  const exchanges = async (where: string, values: readonly unknown[]): Promise<readonly Exchange[]> => {
    const found = await client.query<ExchangeRow>(
      `select ${EXCHANGE_COLUMNS} from exchange where aoo = $1 and ${where}`,
      [aoo, ...values],
    );
    return found.rows.map(toExchange);
  };

  return {
    async unsettled(mailIds) {
      const found = await client.query<{ mail_id: string }>(
        `select mail_id from mail where aoo = $1 and mail_id = any($2) and state = 'kept' for update`,
        [aoo, mailIds],
      );
      return new Set(found.rows.map((row) => row.mail_id));
    },
    async seenBefore(mails) {
      // Nearly always a mailbox has had one UIDVALIDITY only, and both ends of the index tell so at once.
      const changed = await client.query(
        `select from unnest($2::text[]) as asked
          where (select min(uidvalidity) from mail where aoo = $1 and mailbox = asked)
             <> (select max(uidvalidity) from mail where aoo = $1 and mailbox = asked)`,
        [aoo, [...new Set(mails.map(({ mailbox }) => mailbox))]],
      );
      if (changed.rowCount === 0) return new Map();
      const found = await client.query<{ mail_id: string; exchange_id: string | null }>(
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
    exchangesById: (ids) => exchanges('exchange_id = any($2)', [ids]),
    async outboxByMessageId(messageIds) {
      const found = await client.query<{ message_id: string; exchange_id: string; purpose: Purpose }>(
        'select message_id, exchange_id, purpose from outbox where aoo = $1 and message_id = any($2)',
        [aoo, messageIds.map(cleanText)],
      );
      return new Map(found.rows.map((row) => [row.message_id, { exchangeId: row.exchange_id, purpose: row.purpose }]));
    },
    async answers(exchangeIds) {
      const found = await client.query<{ exchange_id: string; outbox_id: string; state: string }>(
        `select distinct on (exchange_id) exchange_id, outbox_id, state from outbox
          where aoo = $1 and exchange_id = any($2) and purpose <> 'message' order by exchange_id, queued_at desc, outbox_id desc`,
        [aoo, exchangeIds],
      );
      return new Map(
        found.rows.map((row) => [row.exchange_id, { outboxId: row.outbox_id, waiting: row.state === 'queued' }]),
      );
    },
    async eventsSeen(exchangeIds) {
      const found = await client.query<{ key: string }>(
        `select exchange_id || ' ' || once as key from exchange_event where aoo = $1 and exchange_id = any($2)`,
        [aoo, exchangeIds],
      );
      return new Set(found.rows.map((row) => row.key));
    },
    async lastNumber(register, year) {
      const found = await client.query<{ last_number: number }>(
        'select last_number from register_counter where aoo = $1 and register = $2 and year = $3',
        [aoo, register, year],
      );
      return found.rows[0]?.last_number ?? 0;
    },
    async unfail(mailIds) {
      const found = await client.query<{ mail_id: string }>(
        `update mail set state = 'kept', note = null, settled_at = null
          where aoo = $1 and state = 'failed' and sha256 <> '' and ($2::uuid[] is null or mail_id = any($2)) returning mail_id`,
        [aoo, mailIds],
      );
      return found.rows.map((row) => row.mail_id);
    },
    save: (changes) => save(client, aoo, head, changes),
  };
}

async function save(
  client: pg.PoolClient,
  aoo: AooId,
  head: { audit_seq: number; audit_hash: string },
  changes: Changes,
): Promise<void> {
  /** One statement per table, its rows as one JSON parameter. */
  const write = async (rows: readonly Record<string, unknown>[], sql: string): Promise<void> => {
    if (rows.length > 0) await client.query(sql, [aoo, toJson(rows)]);
  };
  for (const [key, last] of changes.counters) {
    const [register, year] = key.split('|');
    await client.query(
      `insert into register_counter (aoo, register, year, last_number) values ($1, $2, $3, $4)
       on conflict (aoo, register, year) do update set last_number = excluded.last_number`,
      [aoo, register, year, last],
    );
  }
  await write(
    changes.exchanges.map((exchange) => exchangeRow(exchange)),
    SAVE_EXCHANGES,
  );
  await write(
    changes.events.map((event) => ({ ...event, at: changes.at })),
    `insert into exchange_event (aoo, exchange_id, version, type, once, at, mail_id, data)
     select $1, "exchangeId", version, type, once, at, "mailId", data
       from jsonb_to_recordset($2) as r ("exchangeId" uuid, version int, type text, once text, at timestamptz, "mailId" uuid, data jsonb)`,
  );
  await write(
    changes.registrations.map(({ documents: _, ...row }) => row),
    SAVE_REGISTRATIONS,
  );
  await write(
    changes.registrations.flatMap((registration) =>
      registration.documents.map((document, position) => ({
        ...document,
        register: registration.register,
        year: registration.year,
        number: registration.number,
        position,
        source: document.source?.sha256 ?? null,
        part: document.source?.part ?? null,
      })),
    ),
    `insert into registration_document (aoo, register, year, number, position, role, name, media_type, sha256, size, source, part)
     select $1, register, year, number, position, role, name, "mediaType", sha256, size, source, part
       from jsonb_to_recordset($2) as r (register text, year int, number bigint, position int, role text, name text,
            "mediaType" text, sha256 text, size bigint, source text, part text)`,
  );
  await write(
    changes.queued.map((mail) => ({ ...mail, messageId: mail.recipe.messageId, at: changes.at })),
    `insert into outbox (aoo, outbox_id, exchange_id, purpose, message_id, recipient, recipe, due_at, queued_at)
     select $1, "outboxId", "exchangeId", purpose, "messageId", recipient, recipe, at, at
       from jsonb_to_recordset($2) as r ("outboxId" uuid, "exchangeId" uuid, purpose text, "messageId" text, recipient text,
            recipe jsonb, at timestamptz)`,
  );
  await write(
    changes.requeued.map((outboxId) => ({ outboxId, at: changes.at })),
    `update outbox set state = 'queued', due_at = r.at, queued_at = r.at, attempts = 0
       from jsonb_to_recordset($2) as r ("outboxId" uuid, at timestamptz) where aoo = $1 and outbox_id = r."outboxId"`,
  );
  await write(
    changes.handed.map((handed) => ({ ...handed, at: changes.at })),
    `update outbox set state = r.state, attempts = attempts + 1, due_at = r."dueAt", lease_owner = null, lease_until = null,
            sent_at = case when r.state = 'sent' then r.at else sent_at end,
            last_error = case when r.state = 'sent' then null else r.response end
       from jsonb_to_recordset($2) as r ("outboxId" uuid, state text, response text, "dueAt" timestamptz, at timestamptz)
      where aoo = $1 and outbox_id = r."outboxId"`,
  );
  await write(
    changes.settled.map((settlement) => ({
      ...settlement,
      kind: settlement.inspection.kind,
      action: settlement.inspection.decision.action,
      at: changes.at,
    })),
    `update mail set state = 'settled', settled_at = r.at, kind = r.kind, action = r.action, subject = r.subject,
            sender = r.sender, message_id = r."messageId", inspection = r.inspection, exchange_id = r."exchangeId", note = r.note
       from jsonb_to_recordset($2) as r ("mailId" uuid, kind text, action text, subject text, sender text, "messageId" text,
            inspection jsonb, "exchangeId" uuid, note text, at timestamptz)
      where mail.aoo = $1 and mail.mail_id = r."mailId"`,
  );
  await appendAudit(client, aoo, head, changes);
  if (changes.queued.length + changes.requeued.length > 0) await client.query('notify interpro_outbox');
}

function exchangeRow({ registered, ...exchange }: Exchange): Record<string, unknown> {
  return { ...exchange, register: registered?.register, year: registered?.year, number: registered?.number };
}

const SAVE_EXCHANGES = `
  insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
                        subject, register, year, number, peer_identifier, created_at, updated_at)
  select $1, "exchangeId", direction, identity, content, state, version, generation, "peerAddress", peer,
         subject, register, year, number, "peerIdentifier", "createdAt", "updatedAt"
    from jsonb_to_recordset($2) as r ("exchangeId" uuid, direction text, identity text, content text, state text, version int,
         generation text, "peerAddress" text, peer jsonb, subject text, register text, year int, number bigint,
         "peerIdentifier" jsonb, "createdAt" timestamptz, "updatedAt" timestamptz)
  on conflict (aoo, exchange_id) do update set
    content = excluded.content, state = excluded.state, version = excluded.version, generation = excluded.generation,
    peer_address = excluded.peer_address, subject = excluded.subject, register = excluded.register, year = excluded.year,
    number = excluded.number, peer_identifier = excluded.peer_identifier, updated_at = excluded.updated_at`;

const SAVE_REGISTRATIONS = `
  insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients,
                            peer_identifier, flags, mail_id)
  select $1, register, year, number, direction, "registeredAt", date, time, subject, sender, recipients,
         "peerIdentifier", flags, "mailId"
    from jsonb_to_recordset($2) as r (register text, year int, number bigint, direction text, "registeredAt" timestamptz,
         date date, time time, subject text, sender jsonb, recipients jsonb, "peerIdentifier" jsonb, flags jsonb, "mailId" uuid)`;

async function appendAudit(
  client: pg.PoolClient,
  aoo: AooId,
  head: { audit_seq: number; audit_hash: string },
  changes: Changes,
): Promise<void> {
  if (changes.audit.length === 0) return;
  let { audit_seq: seq, audit_hash: hash } = head;
  const rows = changes.audit.map((entry) => {
    seq += 1;
    const content = auditContent(aoo, seq, changes.at, entry);
    hash = sha256Of([hash, content]);
    return { seq, content, hash };
  });
  await client.query(
    `insert into audit (aoo, seq, content, hash)
     select $1, seq, content, hash from jsonb_to_recordset($2) as r (seq bigint, content text, hash text)`,
    [aoo, toJson(rows)],
  );
  await client.query('update aoo set audit_seq = $2, audit_hash = $3 where aoo = $1', [aoo, seq, hash]);
}

/** The text that is hashed and stored, letter by letter. */
const auditContent = (aoo: AooId, seq: number, at: Date, entry: AuditEntry): string =>
  JSON.stringify({ aoo, seq, at: at.toISOString(), ...entry });
