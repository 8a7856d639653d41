import type { Exchange } from '../../../domain/exchange/exchange.ts';
import { chainHash } from '../../../domain/register/audit-chain.ts';
import { identityOf } from '../../../domain/register/registration.ts';
import type { AooId } from '../../../kernel/ids.ts';
import { CLOSED_BY_MOVING } from '../../../kernel/tasks.ts';
import type { AuditEntry, Changes, CommandAnswer } from '../../../service/register/changes.ts';
import { ANSWERS_KEPT_MS } from '../../../service/register/idempotent-command.ts';
import { FORGOTTEN_PER_COMMAND } from '../command-answers.ts';
import { cleanText, toJson } from '../database/json.ts';
import type { Asking } from '../database/prepared.ts';
import { writeAnnulmentRequests } from './annulment-requests.ts';
import { claimsOf } from './claims.ts';
import { COVERS } from './covered-rows.ts';
import { DESK_CHANNEL, type Write, writeAssignments } from './save-assignments.ts';
import { writeByHand } from './save-by-hand.ts';

/** Where the office's audit chain and event sequence stand. */
export interface OfficeHead {
  readonly audit_seq: number;
  readonly audit_hash: string;
  readonly event_seq: number;
}

/**
 * Writes everything one transaction decided, in one statement: the rows of each table are one JSON parameter of one
 * part. All parts see the database as it was before, so none may depend on what another writes; foreign keys are checked
 * at the end. Gives where the chains stand afterwards.
 */
export async function save(ask: Asking, aoo: AooId, head: OfficeHead, decided: Changes): Promise<OfficeHead> {
  const changes = await withoutKnown(ask, aoo, decided);
  const values: unknown[] = [aoo];
  const parts: string[] = [];
  const write: Write = (rows, sql) => {
    if (rows.length === 0) return;
    values.push(toJson(rows));
    parts.push(`part${parts.length} as (${sql.replaceAll('$2', `$${values.length}`)})`);
  };
  const tasks = await openTasks(ask, write, aoo, changes);
  const numbered = numberEvents(head.event_seq, changes, tasks);
  const audit = chainAudit(aoo, head, changes);
  const covered = { auditSeq: audit.seq };
  writeCounters(write, changes);
  writeExchanges(write, changes, numbered, covered);
  writeRegistrations(write, changes, covered);
  writeRegisterMarks(write, changes, covered);
  writeByHand(write, changes.byHand, changes.at, covered);
  writeAnnulmentRequests(write, changes, covered);
  writeOutbox(write, changes);
  writeMails(write, changes, covered);
  writeAssignments(write, changes, covered);
  write(
    changes.mailsAside.map((aside) => ({ ...aside, ...covered, at: changes.at })),
    `insert into mail_set_aside (aoo, mail_id, at, by, reason, audit_seq)
     select $1, "mailId", at, by, reason, "auditSeq"
       from jsonb_to_recordset($2) as r ("mailId" uuid, at timestamptz, by text, reason text, "auditSeq" bigint)`,
  );
  if (changes.answer !== null) writeAnswer(write, changes.answer, changes.at);
  write(
    audit.rows,
    `insert into audit (aoo, seq, content, hash)
     select $1, seq, content, hash from jsonb_to_recordset($2) as r (seq bigint, content text, hash text)`,
  );
  const moved = numbered.last !== head.event_seq || audit.seq !== head.audit_seq;
  write(
    moved ? [{ event: numbered.last, audit: audit.seq, hash: audit.hash }] : [],
    `update aoo set event_seq = r.event, audit_seq = r.audit, audit_hash = r.hash
       from jsonb_to_recordset($2) as r (event bigint, audit bigint, hash text) where aoo = $1`,
  );
  const said = [
    ...(numbered.last === head.event_seq ? [] : ["pg_notify('interpro_events', $1)"]),
    ...(changes.assignments.length > 0 ? [`pg_notify('${DESK_CHANNEL}', $1)`] : []),
    ...(changes.queued.length + changes.requeued.length > 0 ? ["pg_notify('interpro_outbox', '')"] : []),
  ];
  if (parts.length > 0) await ask(`with ${parts.join(',\n')}\nselect ${['$1::text', ...said].join(', ')}`, values);
  return { audit_seq: audit.seq, audit_hash: audit.hash, event_seq: numbered.last };
}

/** The audit record that covers the rows. */
interface Covered {
  readonly auditSeq: number;
}

/** Links that are there already, and mails that are aside already, stay as they are: they are not written again. */
async function withoutKnown(ask: Asking, aoo: AooId, changes: Changes): Promise<Changes> {
  const { byHand, mailsAside } = changes;
  const links = new Map(byHand.links.map((link) => [linkKey(link), link]));
  const aside = new Map(mailsAside.map((one) => [one.mailId, one]));
  if (links.size > 0) {
    const { rows } = await ask<{ link: string }>(
      `select concat_ws('|', l.register, l.year, l.number, to_register, to_year, to_number) as link
         from jsonb_to_recordset($2) as r (register text, year int, number bigint) join registration_link l
           on l.aoo = $1 and l.register = r.register and l.year = r.year and l.number = r.number`,
      [aoo, toJson(byHand.links)],
    );
    for (const { link } of rows) links.delete(link);
  }
  if (aside.size > 0) {
    const { rows } = await ask<{ mail_id: string }>(
      'select mail_id from mail_set_aside where aoo = $1 and mail_id = any($2)',
      [aoo, [...aside.keys()]],
    );
    for (const { mail_id } of rows) aside.delete(mail_id);
  }
  return { ...changes, byHand: { ...byHand, links: [...links.values()] }, mailsAside: [...aside.values()] };
}

const linkKey = ({ register, year, number, to }: Changes['byHand']['links'][number]): string =>
  [register, year, number, to.register, to.year, to.number].join('|');

interface Numbered {
  readonly events: readonly (Changes['events'][number] & { readonly seq: number; readonly at: Date })[];
  readonly tasks: readonly object[];
  readonly last: number;
}

/** Events and tasks share one sequence: what happened in the office, in order. */
function numberEvents(from: number, changes: Changes, tasks: Changes['tasks']): Numbered {
  let last = from;
  const number = <T extends object>(item: T) => {
    last += 1;
    return { ...item, seq: last, at: changes.at };
  };
  return { events: changes.events.map(number), tasks: tasks.map(number), last };
}

const writeCounters = (write: Write, changes: Changes): void =>
  write(
    [...changes.counters].map(([key, last]) => {
      const [register, year] = key.split('|');
      return { register, year: Number(year), last };
    }),
    `insert into register_counter (aoo, register, year, last_number)
     select $1, register, year, last from jsonb_to_recordset($2) as r (register text, year int, last bigint)
     on conflict (aoo, register, year) do update set last_number = excluded.last_number`,
  );

function writeExchanges(write: Write, changes: Changes, { events, tasks }: Numbered, covered: Covered): void {
  const opened = new Map(events.filter(({ version }) => version === 1).map((event) => [event.exchangeId, event.seq]));
  write(
    changes.exchanges.map((exchange) => ({
      ...exchangeRow(exchange, opened.get(exchange.exchangeId) ?? null),
      ...covered,
    })),
    SAVE_EXCHANGES,
  );
  write(
    events,
    `insert into exchange_event (aoo, exchange_id, version, seq, type, once, at, mail_id, data)
     select $1, "exchangeId", version, seq, type, once, at, "mailId", data
       from jsonb_to_recordset($2) as r ("exchangeId" uuid, version int, seq bigint, type text, once text, at timestamptz,
            "mailId" uuid, data jsonb)`,
  );
  write(
    tasks,
    `insert into task (aoo, task_id, seq, code, detail, exchange_id, mail_id, webhook_id, mailbox, opened_at)
     select $1, "taskId", seq, code, detail, "exchangeId", "mailId", "webhookId", mailbox, at
       from jsonb_to_recordset($2) as r ("taskId" uuid, seq bigint, code text, detail text, "exchangeId" uuid, "mailId" uuid,
            "webhookId" uuid, mailbox text, at timestamptz)`,
  );
}

function writeOutbox(write: Write, changes: Changes): void {
  write(
    changes.queued.map((mail) => ({ ...mail, messageId: mail.recipe.messageId, at: changes.at })),
    // Later than whatever the exchange queued before, whatever the clock says: the last answer is the one that is owed.
    `insert into outbox (aoo, outbox_id, exchange_id, purpose, message_id, recipient, recipe, due_at, queued_at)
     select $1, "outboxId", "exchangeId", purpose, "messageId", recipient, recipe, at,
            greatest(at, (select max(o.queued_at) + interval '1 microsecond' from outbox o
                           where o.aoo = $1 and o.exchange_id = r."exchangeId"))
       from jsonb_to_recordset($2) as r ("outboxId" uuid, "exchangeId" uuid, purpose text, "messageId" text, recipient text,
            recipe jsonb, at timestamptz)`,
  );
  write(
    changes.requeued.map((outboxId) => ({ outboxId, at: changes.at })),
    `update outbox set state = 'queued', due_at = r.at, queued_at = greatest(r.at, queued_at), attempts = 0
       from jsonb_to_recordset($2) as r ("outboxId" uuid, at timestamptz) where aoo = $1 and outbox_id = r."outboxId"`,
  );
  write(
    changes.handed.map((handed) => ({ ...handed, at: changes.at })),
    `update outbox set state = r.state, attempts = attempts + 1, due_at = r."dueAt", lease_owner = null, lease_until = null,
            sent_at = case when r.state = 'sent' then r.at else sent_at end,
            last_error = case when r.state = 'sent' then null else r.response end
       from jsonb_to_recordset($2) as r ("outboxId" uuid, state text, response text, "dueAt" timestamptz, at timestamptz)
      where aoo = $1 and outbox_id = r."outboxId"`,
  );
}

function writeMails(write: Write, changes: Changes, covered: Covered): void {
  write(
    changes.settled.map(({ kept, ...settlement }) => ({
      ...settlement,
      ...covered,
      mailId: kept.mailId,
      kind: settlement.inspection.kind,
      action: settlement.inspection.decision.action,
      reference: settlement.receipt?.reference,
      identifier: settlement.receipt?.identifier,
      at: changes.at,
    })),
    `update mail set state = 'settled', settled_at = r.at, kind = r.kind, action = r.action, subject = r.subject,
            sender = r.sender, message_id = r."messageId", inspection = r.inspection, exchange_id = r."exchangeId", note = r.note,
            receipt_reference = r.reference, receipt_identifier = r.identifier, audit_seq = r."auditSeq"
       from jsonb_to_recordset($2) as r ("mailId" uuid, kind text, action text, subject text, sender text, "messageId" text,
            inspection jsonb, "exchangeId" uuid, note text, reference text, identifier text, at timestamptz,
            "auditSeq" bigint)
      where mail.aoo = $1 and mail.mail_id = r."mailId"`,
  );
}

function writeAnswer(write: Write, kept: CommandAnswer, at: Date): void {
  write(
    [{ ...kept, at }],
    `insert into command_answer (aoo, client, key, digest, answer, at)
     select $1, client, key, digest, answer, at
       from jsonb_to_recordset($2) as r (client text, key text, digest text, answer jsonb, at timestamptz)`,
  );
  write(
    [{ before: new Date(at.getTime() - ANSWERS_KEPT_MS) }],
    `delete from command_answer where aoo = $1 and (client, key) in
       (select client, key from command_answer, jsonb_to_recordset($2) as r (before timestamptz)
         where aoo = $1 and at < before order by at limit ${FORGOTTEN_PER_COMMAND})`,
  );
}

function writeRegistrations(write: Write, changes: Changes, covered: Covered): void {
  write(
    changes.registrations.map(({ documents: _, ...row }) => ({ ...row, ...covered })),
    SAVE_REGISTRATIONS,
  );
  write(
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

/**
 * Closes tasks whose exchange has moved on and tasks a person has closed. Gives the tasks to open: one that is open already
 * for its exchange, webhook or mailbox is not opened again.
 */
async function openTasks(ask: Asking, write: Write, aoo: AooId, changes: Changes): Promise<Changes['tasks']> {
  const moved = changes.moved.length > 0 ? [{ ids: changes.moved, codes: CLOSED_BY_MOVING, at: changes.at }] : [];
  // Before new ones are opened, since the same task may be opened again.
  if (changes.tasks.length > 0 && moved.length > 0) await ask(CLOSE_MOVED, [aoo, toJson(moved)]);
  else write(moved, CLOSE_MOVED);
  for (const { taskId, by, outcome } of changes.closedTasks)
    await ask(
      'update task set closed_at = $3, closed_by = $4, outcome = $5 where aoo = $1 and task_id = $2 and closed_at is null',
      [aoo, taskId, changes.at, cleanText(by), cleanText(outcome)],
    );
  if (changes.tasks.length === 0) return [];
  const open = await ask<{ about: string; code: string }>(
    `select coalesce(exchange_id::text, webhook_id::text, mailbox) as about, code from task
      where aoo = $1 and closed_at is null and (exchange_id = any($2) or webhook_id = any($3) or mailbox = any($4))`,
    [
      aoo,
      changes.tasks.flatMap(({ exchangeId }) => exchangeId ?? []),
      changes.tasks.flatMap(({ webhookId }) => webhookId ?? []),
      changes.tasks.flatMap(({ mailbox }) => mailbox ?? []),
    ],
  );
  const known = new Set(open.rows.map(({ about, code }) => `${about} ${code}`));
  return changes.tasks.filter(({ exchangeId, webhookId, mailbox, code }) => {
    const about = exchangeId ?? webhookId ?? mailbox;
    const key = `${about} ${code}`;
    const isNew = about === undefined || !known.has(key);
    known.add(key);
    return isNew;
  });
}

const CLOSE_MOVED = `
  update task set closed_at = r.at, closed_by = 'interpro', outcome = 'moved'
    from jsonb_to_recordset($2) as r (ids uuid[], codes text[], at timestamptz)
   where aoo = $1 and exchange_id = any(r.ids) and closed_at is null and code = any(r.codes)`;

/** Annulments and changes of registrations, and what is closed of the register. */
function writeRegisterMarks(write: Write, changes: Changes, covered: Covered): void {
  const { at } = changes;
  write(
    changes.annulments.map((annulment) => ({ ...annulment, ...covered, at })),
    `insert into registration_annulment (aoo, register, year, number, at, reason, provision, by, audit_seq)
     select $1, register, year, number, at, reason, provision, by, "auditSeq"
       from jsonb_to_recordset($2) as r (register text, year int, number bigint, at timestamptz, reason text,
            provision text, by text, "auditSeq" bigint)`,
  );
  write(
    changes.registrationChanges.map((change) => ({ ...change, ...covered, at })),
    `insert into registration_change (aoo, register, year, number, version, at, field, old_value, new_value, by, audit_seq)
     select $1, register, year, number, version, at, field, "oldValue", "newValue", by, "auditSeq"
       from jsonb_to_recordset($2) as r (register text, year int, number bigint, version int, at timestamptz, field text,
            "oldValue" text, "newValue" text, by text, "auditSeq" bigint)`,
  );
  write(
    changes.closings.map(({ counts, xml, pdf, ...closing }) => ({
      ...closing,
      ...counts,
      ...covered,
      xml: xml.sha256,
      xmlSize: xml.size,
      pdf: pdf.sha256,
      pdfSize: pdf.size,
    })),
    SAVE_CLOSINGS,
  );
}

function exchangeRow({ registered, ...exchange }: Exchange, openedSeq: number | null): Record<string, unknown> {
  const { identity, peerIdentifier } = exchange;
  const peerIdentity = peerIdentifier === null ? null : identityOf(peerIdentifier);
  return {
    ...exchange,
    ...registered,
    openedSeq,
    peerIdentity: peerIdentity === identity ? null : peerIdentity,
  };
}

const SAVE_EXCHANGES = `
  insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, peer,
                        subject, register, year, number, peer_identifier, answer_wanted, plain, mail_id, peer_identity, awaits,
                        due_at, opened_seq, created_at, updated_at, audit_seq)
  select $1, "exchangeId", direction, identity, content, state, version, generation, "peerAddress", peer,
         subject, register, year, number, "peerIdentifier", "answerWanted", plain, "mailId", "peerIdentity", awaits,
         "dueAt", "openedSeq", "createdAt", "updatedAt", "auditSeq"
    from jsonb_to_recordset($2) as r ("exchangeId" uuid, direction text, identity text, content text, state text, version int,
         generation text, "peerAddress" text, peer jsonb, subject text, register text, year int, number bigint,
         "peerIdentifier" jsonb, "answerWanted" boolean, plain boolean, "mailId" uuid, "peerIdentity" text, awaits text,
         "dueAt" timestamptz, "openedSeq" bigint, "createdAt" timestamptz, "updatedAt" timestamptz,
         "auditSeq" bigint)
  on conflict (aoo, exchange_id) do update set
    content = excluded.content, state = excluded.state, version = excluded.version, generation = excluded.generation,
    peer_address = excluded.peer_address, subject = excluded.subject, register = excluded.register, year = excluded.year,
    number = excluded.number, peer_identifier = excluded.peer_identifier, peer_identity = excluded.peer_identity,
    peer = excluded.peer, answer_wanted = excluded.answer_wanted, mail_id = excluded.mail_id, awaits = excluded.awaits,
    due_at = excluded.due_at, updated_at = excluded.updated_at, audit_seq = excluded.audit_seq`;

const SAVE_REGISTRATIONS = `
  insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients,
                            peer_identifier, flags, mail_id, audit_seq)
  select $1, register, year, number, direction, "registeredAt", date, time, subject, sender, recipients,
         "peerIdentifier", flags, "mailId", "auditSeq"
    from jsonb_to_recordset($2) as r (register text, year int, number bigint, direction text, "registeredAt" timestamptz,
         date date, time time, subject text, sender jsonb, recipients jsonb, "peerIdentifier" jsonb, flags jsonb, "mailId" uuid,
         "auditSeq" bigint)`;

const SAVE_CLOSINGS = `
  insert into daily_register (aoo, register, kind, day, year, progressive, closed_at, closed_by, first_number, last_number,
                              registrations, annulled, changes, after_seq, through_seq, head, xml_sha256, xml_size,
                              pdf_sha256, pdf_size, audit_seq)
  select $1, register, kind, day, year, progressive, "closedAt", "closedBy", first, last, registrations, annulled, changes,
         "afterSeq", "throughSeq", head, xml, "xmlSize", pdf, "pdfSize", "auditSeq"
    from jsonb_to_recordset($2) as r (register text, kind text, day date, year int, progressive int, "closedAt" timestamptz,
         "closedBy" text, first bigint, last bigint, registrations int, annulled int, changes int, "afterSeq" bigint,
         "throughSeq" bigint, head jsonb, xml text, "xmlSize" bigint, pdf text, "pdfSize" bigint, "auditSeq" bigint)`;

/** The next records of the audit chain, each with the hash of the one before it; the last covers the rows that are written. */
function chainAudit(aoo: AooId, head: OfficeHead, changes: Changes) {
  let { audit_seq: seq, audit_hash: hash } = head;
  const rows = claimsOf(changes);
  const covering = rows.length === 0 ? [] : [{ action: COVERS, subject: aoo, data: { rows } }];
  const records = [...changes.audit, ...covering].map((entry) => {
    seq += 1;
    const content = auditContent(aoo, seq, changes.at, entry);
    hash = chainHash(hash, content);
    return { seq, content, hash };
  });
  return { rows: records, seq, hash };
}

/** The text that is hashed and stored, byte for byte. */
const auditContent = (aoo: AooId, seq: number, at: Date, entry: AuditEntry): string =>
  JSON.stringify({ aoo, seq, at: at.toISOString(), ...entry });
