/** One exchange or registration, with everything recorded about it. */
import type pg from 'pg';
import type { Reader } from '../../../service/people/rights.ts';
import type { ExchangeDetail, RegistrationDetail } from '../../../service/queries/views.ts';
import { readable } from './reader.ts';
import {
  type ExchangeViewRow,
  type RegistrationViewRow,
  SELECT_EXCHANGES,
  SELECT_REGISTRATIONS,
  SELECT_TASKS,
  type TaskViewRow,
  toExchangeView,
  toRegistrationView,
  toTaskView,
} from './view-rows.ts';

/** Every index begins with the office: naming all offices lets a look-up by id use it. */
export const OF_ANY_OFFICE = (alias: string): string => `${alias}.aoo in (select office.aoo from aoo office)`;

/** Call within a snapshot, so that the state is the one that the last event led to. */
export async function exchangeDetail(
  client: pg.PoolClient,
  id: string,
  reader?: Reader,
): Promise<ExchangeDetail | null> {
  const values: unknown[] = [id];
  const may = reader === undefined ? 'true' : readable('e', reader, (given) => `$${values.push(given)}`);
  const { rows } = await client.query<ExchangeViewRow>(
    `${SELECT_EXCHANGES} where ${OF_ANY_OFFICE('e')} and e.exchange_id = $1 and ${may}`,
    values,
  );
  const [found] = rows;
  if (found === undefined) return null;
  const events = await client.query<ExchangeDetail['events'][number]>(
    `select version, type, at, mail_id as message, data from exchange_event where aoo = $1 and exchange_id = $2 order by version`,
    [found.aoo, id],
  );
  const outbox = await client.query<ExchangeDetail['outbox'][number]>(
    `select purpose, message_id as "messageId", recipient, state, attempts, sent_at as "sentAt", last_error as "lastError"
       from outbox where aoo = $1 and exchange_id = $2 order by queued_at, outbox_id`,
    [found.aoo, id],
  );
  const tasks = await client.query<TaskViewRow>(
    `${SELECT_TASKS} where t.aoo = $1 and t.exchange_id = $2 order by t.seq`,
    [found.aoo, id],
  );
  const { register, year, number, generation, plain, aoo } = found;
  return {
    ...toExchangeView(found),
    generation: plain ? null : generation,
    registration: number === null ? null : `${aoo}/${register}/${year}/${number}`,
    tasks: tasks.rows.map(toTaskView),
    events: events.rows,
    outbox: outbox.rows,
  };
}

/** `id`: `<administration>/<AOO>/<register>/<year>/<number>`. Call within a snapshot. */
export async function registrationDetail(
  client: pg.PoolClient,
  id: string,
  reader?: Reader,
): Promise<RegistrationDetail | null> {
  const [administration, code, register, year, number] = id.split('/');
  const key = [`${administration}/${code}`, register, year, number];
  if (!/^\d{1,4}$/.test(year ?? '') || !/^\d{1,15}$/.test(number ?? '')) return null;
  const where = 'where r.aoo = $1 and r.register = $2 and r.year = $3::int and r.number = $4::bigint';
  const of = <Row extends pg.QueryResultRow>(sql: string) => client.query<Row>(sql, key).then(({ rows }) => rows);
  const values: unknown[] = [...key];
  const may = reader === undefined ? 'true' : readable('r', reader, (given) => `$${values.push(given)}`);
  const select = SELECT_REGISTRATIONS.replace(' from registration r', ', r.mail_id from registration r');
  const { rows } = await client.query<RegistrationViewRow & { mail_id: string | null }>(
    `${select} ${where} and ${may}`,
    values,
  );
  const [found] = rows;
  if (found === undefined) return null;
  const documents = await of<RegistrationDetail['documents'][number]>(
    `select role, name, media_type as "mediaType", size, sha256 from registration_document r ${where} order by position`,
  );
  const annulments = await of<{ at: Date; reason: string; provision: string; by: string }>(
    `select at, reason, provision, by from registration_annulment r ${where}`,
  );
  const changes = await of<Omit<RegistrationDetail['changes'][number], 'at'> & { at: Date }>(
    `select at, field, old_value as "oldValue", new_value as "newValue", by from registration_change r ${where} order by version`,
  );
  const now = (field: string): string | null => changes.findLast((change) => change.field === field)?.newValue ?? null;
  const [annulment] = annulments;
  return {
    ...toRegistrationView(found),
    message: found.mail_id,
    documents,
    annulment: annulment === undefined ? null : { ...annulment, at: annulment.at.toISOString() },
    office: now('office'),
    classification: now('classification'),
    changes: changes.map((change) => ({ ...change, at: change.at.toISOString() })),
  };
}
