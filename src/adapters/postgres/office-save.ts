import type pg from 'pg';
import { identityOf } from '../../domain/register/registration.ts';
import { sha256Of } from '../../kernel/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { CLOSED_BY_MOVING } from '../../kernel/tasks.ts';
import { receiptTies } from '../../service/knowledge.ts';
import type { AuditEntry, Changes, CommandAnswer, Exchange } from '../../service/store.ts';
import { cleanText, toJson } from './json.ts';

/** Where an office's chains stand, as they were when its lock was taken. */
export interface OfficeHead {
  readonly audit_seq: number;
  readonly audit_hash: string;
  readonly event_seq: number;
}

/** Everything one transaction decided, a statement per table. */
export async function save(client: pg.PoolClient, aoo: AooId, head: OfficeHead, changes: Changes): Promise<void> {
  /** One statement per table, its rows as one JSON parameter. */
  const write: Write = async (rows, sql) => {
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
  let seq = head.event_seq;
  const events = changes.events.map((event) => {
    seq += 1;
    return { ...event, seq, at: changes.at };
  });
  const opened = new Map(events.filter(({ version }) => version === 1).map((event) => [event.exchangeId, event.seq]));
  await write(
    changes.exchanges.map((exchange) => exchangeRow(exchange, opened.get(exchange.exchangeId) ?? null)),
    SAVE_EXCHANGES,
  );
  await write(
    events,
    `insert into exchange_event (aoo, exchange_id, version, seq, type, once, at, mail_id, data)
     select $1, "exchangeId", version, seq, type, once, at, "mailId", data
       from jsonb_to_recordset($2) as r ("exchangeId" uuid, version int, seq bigint, type text, once text, at timestamptz,
            "mailId" uuid, data jsonb)`,
  );
  seq = await saveTasks(client, aoo, seq, changes);
  await saveRegistrations(write, changes);
  await saveRegisterMarks(client, aoo, changes);
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
      reference: receiptTies(settlement.inspection)?.reference,
      identifier: receiptTies(settlement.inspection)?.identifier,
      at: changes.at,
    })),
    `update mail set state = 'settled', settled_at = r.at, kind = r.kind, action = r.action, subject = r.subject,
            sender = r.sender, message_id = r."messageId", inspection = r.inspection, exchange_id = r."exchangeId", note = r.note,
            receipt_reference = r.reference, receipt_identifier = r.identifier
       from jsonb_to_recordset($2) as r ("mailId" uuid, kind text, action text, subject text, sender text, "messageId" text,
            inspection jsonb, "exchangeId" uuid, note text, reference text, identifier text, at timestamptz)
      where mail.aoo = $1 and mail.mail_id = r."mailId"`,
  );
  if (changes.answer !== null) await keepAnswer(client, aoo, changes.answer, changes.at);
  await appendAudit(client, aoo, head, changes);
  if (seq !== head.event_seq) {
    await client.query('update aoo set event_seq = $2 where aoo = $1', [aoo, seq]);
    await client.query(`select pg_notify('interpro_events', $1)`, [aoo]);
  }
  if (changes.queued.length + changes.requeued.length > 0) await client.query('notify interpro_outbox');
}

/** A month: nobody repeats a command after that, and a key may then be used anew. */
const ANSWERS_KEPT_MS = 30 * 24 * 3_600_000;
/** Cleared away with each new one, so that there is never much to do. */
const FORGOTTEN_AT_ONCE = 20;

async function keepAnswer(client: pg.PoolClient, aoo: AooId, kept: CommandAnswer, at: Date): Promise<void> {
  await client.query(
    'insert into command_answer (aoo, client, key, digest, answer, at) values ($1, $2, $3, $4, $5, $6)',
    [aoo, kept.client, kept.key, kept.digest, toJson(kept.answer), at],
  );
  await client.query(
    `delete from command_answer where aoo = $1 and (client, key) in
       (select client, key from command_answer where aoo = $1 and at < $2 order by at limit $3)`,
    [aoo, new Date(at.getTime() - ANSWERS_KEPT_MS), FORGOTTEN_AT_ONCE],
  );
}

type Write = (rows: readonly Record<string, unknown>[], sql: string) => Promise<void>;

async function saveRegistrations(write: Write, changes: Changes): Promise<void> {
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
}

/** What was open until its exchange moved on is closed; what is open already for an exchange is not opened again. */
async function saveTasks(client: pg.PoolClient, aoo: AooId, from: number, changes: Changes): Promise<number> {
  if (changes.moved.length > 0)
    await client.query(
      `update task set closed_at = $3, closed_by = 'interpro', outcome = 'moved'
        where aoo = $1 and exchange_id = any($2) and closed_at is null and code = any($4)`,
      [aoo, changes.moved, changes.at, CLOSED_BY_MOVING],
    );
  for (const { taskId, by, outcome } of changes.closedTasks)
    await client.query(
      'update task set closed_at = $3, closed_by = $4, outcome = $5 where aoo = $1 and task_id = $2 and closed_at is null',
      [aoo, taskId, changes.at, by, outcome],
    );
  if (changes.tasks.length === 0) return from;
  const open = await client.query<{ exchange_id: string; code: string }>(
    'select exchange_id, code from task where aoo = $1 and exchange_id = any($2) and closed_at is null',
    [aoo, changes.tasks.flatMap(({ exchangeId }) => exchangeId ?? [])],
  );
  const known = new Set(open.rows.map((row) => `${row.exchange_id} ${row.code}`));
  let seq = from;
  const rows = changes.tasks.flatMap((task) => {
    const key = `${task.exchangeId} ${task.code}`;
    if (task.exchangeId !== null && known.has(key)) return [];
    known.add(key);
    seq += 1;
    return { ...task, seq, at: changes.at };
  });
  if (rows.length > 0)
    await client.query(
      `insert into task (aoo, task_id, seq, code, detail, exchange_id, mail_id, opened_at)
       select $1, "taskId", seq, code, detail, "exchangeId", "mailId", at
         from jsonb_to_recordset($2) as r ("taskId" uuid, seq bigint, code text, detail text, "exchangeId" uuid, "mailId" uuid,
              at timestamptz)`,
      [aoo, toJson(rows)],
    );
  return seq;
}

/** Annulments and changes of registrations. */
async function saveRegisterMarks(client: pg.PoolClient, aoo: AooId, changes: Changes): Promise<void> {
  for (const { register, year, number, reason, provision, by } of changes.annulments)
    await client.query(
      `insert into registration_annulment (aoo, register, year, number, at, reason, provision, by)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [aoo, register, year, number, changes.at, cleanText(reason), cleanText(provision), cleanText(by)],
    );
  for (const { register, year, number, field, oldValue, newValue, by } of changes.registrationChanges)
    await client.query(
      `insert into registration_change (aoo, register, year, number, version, at, field, old_value, new_value, by)
       select $1, $2, $3, $4, coalesce(max(version), 0) + 1, $5, $6, $7, $8, $9 from registration_change
        where aoo = $1 and register = $2 and year = $3 and number = $4`,
      [aoo, register, year, number, changes.at, field, oldValue, newValue, by],
    );
}

function exchangeRow({ registered, ...exchange }: Exchange, openedSeq: number | null): Record<string, unknown> {
  const { direction, peerIdentifier } = exchange;
  return {
    ...exchange,
    ...registered,
    openedSeq,
    peerIdentity: direction === 'outgoing' && peerIdentifier !== null ? identityOf(peerIdentifier) : null,
  };
}

const SAVE_EXCHANGES = `
  insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
                        subject, register, year, number, peer_identifier, answer_wanted, plain, mail_id, peer_identity, awaits,
                        due_at, opened_seq, created_at, updated_at)
  select $1, "exchangeId", direction, identity, content, state, version, generation, "peerAddress", peer,
         subject, register, year, number, "peerIdentifier", "answerWanted", plain, "mailId", "peerIdentity", awaits,
         "dueAt", "openedSeq", "createdAt", "updatedAt"
    from jsonb_to_recordset($2) as r ("exchangeId" uuid, direction text, identity text, content text, state text, version int,
         generation text, "peerAddress" text, peer jsonb, subject text, register text, year int, number bigint,
         "peerIdentifier" jsonb, "answerWanted" boolean, plain boolean, "mailId" uuid, "peerIdentity" text, awaits text,
         "dueAt" timestamptz, "openedSeq" bigint, "createdAt" timestamptz, "updatedAt" timestamptz)
  on conflict (aoo, exchange_id) do update set
    content = excluded.content, state = excluded.state, version = excluded.version, generation = excluded.generation,
    peer_address = excluded.peer_address, subject = excluded.subject, register = excluded.register, year = excluded.year,
    number = excluded.number, peer_identifier = excluded.peer_identifier, peer_identity = excluded.peer_identity,
    peer = excluded.peer, answer_wanted = excluded.answer_wanted, mail_id = excluded.mail_id, awaits = excluded.awaits,
    due_at = excluded.due_at, updated_at = excluded.updated_at`;

const SAVE_REGISTRATIONS = `
  insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients,
                            peer_identifier, flags, mail_id)
  select $1, register, year, number, direction, "registeredAt", date, time, subject, sender, recipients,
         "peerIdentifier", flags, "mailId"
    from jsonb_to_recordset($2) as r (register text, year int, number bigint, direction text, "registeredAt" timestamptz,
         date date, time time, subject text, sender jsonb, recipients jsonb, "peerIdentifier" jsonb, flags jsonb, "mailId" uuid)`;

async function appendAudit(client: pg.PoolClient, aoo: AooId, head: OfficeHead, changes: Changes): Promise<void> {
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
