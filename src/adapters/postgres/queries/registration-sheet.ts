/** One registration with all that belongs to it, read at one moment. */
import type pg from 'pg';
import { protocolNumber } from '../../../kernel/ids.ts';
import {
  type ExchangeLife,
  MOST_RECIPIENTS,
  type RegisterViews,
  type RegistrationSheet,
  type ReserveStep,
} from '../../../service/queries/register-views.ts';
import { snapshot } from '../database/pool.ts';
import { readable } from './reader.ts';
import { type RegisterSqlRow, rowColumns, toRegisterRow } from './register-rows.ts';
import { peerNumber } from './view-rows.ts';

type Rows = <Row extends pg.QueryResultRow>(sql: string, more?: readonly unknown[]) => Promise<Row[]>;

export const registrationSheet =
  (pool: pg.Pool): RegisterViews['sheet'] =>
  (aoo, reader, { year, number }) =>
    snapshot(pool, async (client): Promise<RegistrationSheet | null> => {
      const values: unknown[] = [aoo, year, number];
      const value = (given: unknown): string => `$${values.push(given)}`;
      const found = await client.query<SheetRow>(
        `select ${rowColumns(undefined, value)}, ${MORE} from registration r
          where r.aoo = $1 and r.year = $2::int and r.number = $3::bigint and ${readable('r', reader, value)}
          order by r.register limit 1`,
        values,
      );
      const [row] = found.rows;
      if (row === undefined) return null;
      const rows: Rows = async (sql, more = []) =>
        (await client.query(sql, [aoo, row.register, year, number, ...more])).rows;
      return { ...toRegisterRow(row), ...moreOf(row), ...(await besides(rows, reader)) };
    });

interface SheetRow extends RegisterSqlRow {
  registered_moment: Date;
  sender_name: string | null;
  recipient_names: readonly string[];
  certified_address: string | null;
  flag_messages: readonly string[];
  message: RegistrationSheet['message'];
  arrival: RegistrationSheet['arrival'];
  file: string | null;
}

const MORE = `r.registered_at as registered_moment, r.sender ->> 'name' as sender_name,
  jsonb_path_query_array(r.recipients, '$[0 to ${MOST_RECIPIENTS - 1}].name') as recipient_names,
  (select m.sender from mail m where r.direction = 'incoming' and m.aoo = r.aoo and m.mail_id = r.mail_id
    and m.kind in ('protocol-message', 'plain-pec')) as certified_address,
  jsonb_path_query_array(r.flags, '$[*].message') as flag_messages,
  (select jsonb_build_object('id', m.mail_id, 'mailbox', m.mailbox, 'arrivedAt', m.arrived_at)
    from mail m where m.aoo = r.aoo and m.mail_id = r.mail_id) as message,
  (select jsonb_build_object('carrier', w.carrier, 'receivedAt', w.received_at, 'deferral', w.deferral, 'by', w.registered_by_name)
    from registration_arrival w where w.aoo = r.aoo and w.register = r.register and w.year = r.year and w.number = r.number) as arrival,
  (select f.year || '/' || f.classification || '/' || f.number || ' ' || f.subject from registration_file l
    join file f on f.aoo = l.aoo and f.file_id = l.file_id
    where l.aoo = r.aoo and l.register = r.register and l.year = r.year and l.number = r.number) as file`;

const moreOf = (row: SheetRow) => ({
  registeredAt: row.registered_moment.toISOString(),
  sender: row.sender_name ?? '',
  recipients: row.recipient_names,
  certifiedAddress: row.certified_address,
  peerDate: row.peer_identifier?.date ?? null,
  flags: row.flag_messages,
  message: row.message,
  arrival: row.arrival,
  file: row.file,
});

/** `$1` to `$4`: office, register, year and number. */
const OF = (alias: string): string =>
  `${alias}.aoo = $1 and ${alias}.register = $2 and ${alias}.year = $3 and ${alias}.number = $4`;

async function besides(rows: Rows, reader: Parameters<RegisterViews['sheet']>[1]) {
  return {
    documents: await rows<RegistrationSheet['documents'][number]>(
      `select d.position, d.role, d.name, d.media_type as "mediaType", d.size, d.sha256, t.reason as "textReason"
         from registration_document d left join document_text t on t.aoo = d.aoo and t.register = d.register
          and t.year = d.year and t.number = d.number and t.position = d.position
        where ${OF('d')} order by d.position`,
    ),
    links: await links(rows, reader),
    lives: await lives(rows),
    notes: (
      await rows<{ at: Date; by: string; text: string }>(
        `select at, by, text from registration_note n where ${OF('n')} order by note_id`,
      )
    ).map(withTime),
    changes: (
      await rows<Omit<RegistrationSheet['changes'][number], 'at'> & { at: Date }>(
        `select at, by, field, old_value as "oldValue", new_value as "newValue" from registration_change c
          where ${OF('c')} order by version`,
      )
    ).map(withTime),
    filings: (
      await rows<{ at: Date; by: string; file: string | null }>(
        `select h.at, h.by, f.year || '/' || f.classification || '/' || f.number as file from registration_file_history h
           left join file f on f.aoo = h.aoo and f.file_id = h.file_id where ${OF('h')} order by h.version`,
      )
    ).map(withTime),
    requests: await requests(rows),
    ...(await reserves(rows)),
  };
}

const withTime = <T extends { readonly at: Date }>({ at, ...row }: T) => ({ ...row, at: at.toISOString() });

/** Those that the reader may see. */
async function links(rows: Rows, reader: Parameters<RegisterViews['sheet']>[1]): Promise<RegistrationSheet['links']> {
  const more: unknown[] = [];
  const value = (given: unknown): string => `$${4 + more.push(given)}`;
  const found = await rows<Omit<RegistrationSheet['links'][number], 'number'> & { number: number }>(
    `select l.direction, l.kind, r.year, r.number, r.date, left(r.subject, 300) as subject from (
       select 'to' as direction, kind, aoo, to_register as register, to_year as year, to_number as number
         from registration_link l where ${OF('l')}
       union all select 'from', kind, aoo, register, year, number from registration_link l
         where l.aoo = $1 and l.to_register = $2 and l.to_year = $3 and l.to_number = $4 limit ${MOST_RECIPIENTS}) l
     join registration r on r.aoo = l.aoo and r.register = l.register and r.year = l.year and r.number = l.number
    where ${readable('r', reader, value)} order by r.registered_at`,
    more,
  );
  return found.map((link) => ({ ...link, number: protocolNumber(link.number) }));
}

async function lives(rows: Rows): Promise<readonly ExchangeLife[]> {
  const found = await rows<Omit<ExchangeLife, 'peerNumber'> & { peer_identifier: never }>(
    `select x.exchange_id as "exchangeId", x.direction, x.state, coalesce(x.peer ->> 'name', x.peer_address) as peer,
       x.peer_identifier, x.answer_wanted as "answerWanted", x.plain,
       (select e.data ->> 'by' from exchange_event e where e.aoo = x.aoo and e.exchange_id = x.exchange_id
          and e.type = 'registered-by-hand' order by e.version desc limit 1) as "decidedBy",
       (select coalesce(jsonb_agg(jsonb_build_object('type', e.type, 'at', e.at, 'message', e.mail_id) order by e.version), '[]')
          from exchange_event e where e.aoo = x.aoo and e.exchange_id = x.exchange_id) as events
      from exchange x where ${OF('x')} order by x.state not in ('failed', 'excepted', 'unanswered'), x.exchange_id limit ${MOST_RECIPIENTS}`,
  );
  return found.map(({ peer_identifier: identifier, ...life }) => ({ ...life, peerNumber: peerNumber(identifier) }));
}

/** The steps that were taken, after the reserve that came with the registration, if one did. */
async function reserves(rows: Rows): Promise<Pick<RegistrationSheet, 'reserves' | 'reserveVersion'>> {
  const found = await rows<Omit<ReserveStep, 'at'> & { at: Date; version: number }>(
    `select version, act, at, by, reason from registration_reserve_history h where ${OF('h')}
     union all select 0, 'set', reserved_at, reserved_by, null from registration_reserved s where ${OF('s')}
       and not exists (select from registration_reserve_history h where ${OF('h')} and h.at = s.reserved_at)
     order by version`,
  );
  return {
    reserves: found.map(({ version: _, ...step }) => withTime(step)),
    reserveVersion: found.at(-1)?.version ?? 0,
  };
}

async function requests(rows: Rows): Promise<RegistrationSheet['requests']> {
  const found = await rows<{
    requestId: string;
    at: Date;
    by: string;
    reason: string;
    decided_at: Date | null;
    decided_by: string;
    outcome: 'accepted' | 'refused';
    answer: string;
  }>(
    `select request_id as "requestId", asked_at as at, asked_by as by, reason, decided_at, decided_by, outcome, answer
       from annulment_request a where ${OF('a')} order by asked_at`,
  );
  return found.map(({ decided_at: decidedAt, decided_by: by, outcome, answer, ...request }) => ({
    ...withTime(request),
    decision: decidedAt === null ? null : { at: decidedAt.toISOString(), by, outcome, answer },
  }));
}
