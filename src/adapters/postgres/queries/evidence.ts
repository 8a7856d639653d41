import { hash } from 'node:crypto';
import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type {
  EvidenceAudit,
  EvidenceEvent,
  EvidenceExchange,
  EvidenceMail,
  EvidenceOffice,
  EvidenceRecord,
  EvidenceRecords,
  EvidenceRegistration,
  EvidenceSent,
} from '../../../service/evidence/evidence-record.ts';
import { snapshot } from '../database/pool.ts';

/** A sender who repeats a message endlessly must not decide how much memory an export takes. */
const MAX_MAILS = 1_000;

export function postgresEvidence(pool: pg.Pool): EvidenceRecords {
  return {
    exchange: async (aoo, id) =>
      UUID.test(id) && !aoo.includes('\0') ? snapshot(pool, (client) => record(client, aoo, id)) : null,
    async exchangesOf(aoo, { register, year, number }) {
      const found = await pool.query<{ exchange_id: string }>(
        `select exchange_id from exchange where aoo = $1 and register = $2 and year = $3 and number = $4
          order by created_at, exchange_id`,
        [aoo, register, year, number],
      );
      return found.rows.map((row) => row.exchange_id);
    },
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface Numbered extends EvidenceExchange {
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
}

async function record(client: pg.PoolClient, aoo: AooId, id: string): Promise<EvidenceRecord | null> {
  const ask = async <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (await client.query<Row>(sql, [aoo, ...values])).rows;
  const [office] = await ask<EvidenceOffice>('select aoo, name, address from aoo where aoo = $1');
  const [found] = await ask<Numbered>(
    `select exchange_id as id, direction, state, generation, peer_address as "peerAddress", peer, subject,
            peer_identifier as "peerIdentifier", content, ${iso('created_at')} as "createdAt",
            ${iso('updated_at')} as "updatedAt", register, year, number
       from exchange where aoo = $1 and exchange_id = $2`,
    id,
  );
  if (office === undefined || found === undefined) return null;
  const { register, year, number, ...exchange } = found;
  const events = await ask<EvidenceEvent>(
    `select version, type, ${iso('at')} as at, mail_id as "mailId", data from exchange_event
      where aoo = $1 and exchange_id = $2 order by version`,
    id,
  );
  const mails = await ask<EvidenceMail>(
    `select mail_id as "mailId", mailbox, sha256, size, ${iso('arrived_at')} as "arrivedAt", ${iso('kept_at')} as "keptAt",
            ${iso('settled_at')} as "settledAt", kind, subject, sender, message_id as "messageId", note, inspection
       from mail where aoo = $1 and (exchange_id = $2 or mail_id = any($3))
      order by arrived_at, mail_id limit ${MAX_MAILS}`,
    id,
    events.flatMap(({ mailId }) => mailId ?? []),
  );
  const [all] = await ask<{ count: number }>('select count(*) from mail where aoo = $1 and exchange_id = $2', id);
  const sent = await ask<EvidenceSent>(
    `select purpose, recipient, recipe, state, attempts, ${iso('queued_at')} as "queuedAt", ${iso('sent_at')} as "sentAt",
            last_error as "lastError"
       from outbox where aoo = $1 and exchange_id = $2 order by recipe ->> 'date', outbox_id`,
    id,
  );
  const key = register === null || year === null || number === null ? null : { register, year, number };
  const registration = key && (await registrationOf(ask, key));
  const subjects = [id, ...mails.map(({ mailId }) => mailId), ...sent.map(({ recipe }) => recipe.messageId)];
  if (key !== null) subjects.push(`${key.register}/${key.year}/${key.number}`);
  const mailsLeftOut = Math.max(0, (all?.count ?? 0) - mails.length);
  return { office, exchange, registration, events, mails, mailsLeftOut, sent, audit: await auditOf(ask, subjects) };
}

type Ask = <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]) => Promise<Row[]>;
type Key = { readonly register: string; readonly year: number; readonly number: number };

async function registrationOf(ask: Ask, { register, year, number }: Key): Promise<EvidenceRegistration | null> {
  const key = [register, year, number] as const;
  const [found] = await ask<Omit<EvidenceRegistration, 'documents' | 'annulment' | 'changes'>>(
    `select register, year, number, direction, ${iso('registered_at')} as "registeredAt", date, time, subject, sender,
            recipients, flags
       from registration ${OF_KEY}`,
    ...key,
  );
  if (found === undefined) return null;
  const documents = await ask<EvidenceRegistration['documents'][number]>(
    `select role, name, media_type as "mediaType", sha256, size from registration_document ${OF_KEY} order by position`,
    ...key,
  );
  const [annulment = null] = await ask<NonNullable<EvidenceRegistration['annulment']>>(
    `select ${iso('at')} as at, reason, provision, by from registration_annulment ${OF_KEY}`,
    ...key,
  );
  const changes = await ask<EvidenceRegistration['changes'][number]>(
    `select ${iso('at')} as at, field, old_value as "oldValue", new_value as "newValue", by
       from registration_change ${OF_KEY} order by version`,
    ...key,
  );
  return { ...found, documents, annulment, changes };
}

/** The audit records about these subjects, each with the hash it builds upon. */
const auditOf = (ask: Ask, subjects: readonly string[]): Promise<EvidenceAudit[]> =>
  ask<EvidenceAudit>(
    `select a.seq, coalesce(before.hash, repeat('0', 64)) as "previousHash", a.content, a.hash
       from audit a left join audit before on before.aoo = a.aoo and before.seq = a.seq - 1
      where a.aoo = $1 and md5(substring(a.content from '"subject":"((?:[^"\\\\]|\\\\.)*)"')) = any($2) order by a.seq`,
    subjects.map((subject) => hash('md5', JSON.stringify(subject).slice(1, -1))),
  );

const OF_KEY = 'where aoo = $1 and register = $2 and year = $3 and number = $4';

/** Milliseconds, as the rest of the service writes times. */
const iso = (column: string): string => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
