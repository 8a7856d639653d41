import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { Reader } from '../../../service/people/rights.ts';
import type { LoneMail, MessageSheet, MessageSheets, RegisteredAs } from '../../../service/queries/message-sheets.ts';
import type { MessageDetail } from '../../../service/queries/views.ts';
import type { RegistrationKey } from '../../../service/register/changes.ts';
import { snapshot } from '../database/pool.ts';
import { FORM } from './list-page.ts';
import { readableOne, readableOneByExchange } from './reader.ts';
import { exchangeDetail } from './view-details.ts';
import {
  type MessageViewRow,
  SELECT_MESSAGES,
  SELECT_TASKS,
  type TaskViewRow,
  toMessageView,
  toTaskView,
} from './view-rows.ts';

export function postgresMessageSheets(pool: pg.Pool): MessageSheets {
  return {
    exchange: async (aoo, id, reader) =>
      FORM.uuid.test(id) ? snapshot(pool, (client) => sheetOf(client, aoo, id, reader)) : null,
    mail: async (aoo, id, reader) =>
      FORM.uuid.test(id) ? snapshot(pool, (client) => loneMail(client, aoo, id, reader)) : null,
    async keptMail(aoo, id, reader) {
      if (!FORM.uuid.test(id)) return null;
      return mailOf(pool, aoo, id, reader);
    },
    registration: (aoo, key, reader) => registeredAs(pool, aoo, key, reader),
    nextOpen: (aoo, besides, reader) => nextOpen(pool, aoo, besides, reader),
  };
}

type Asked = Pick<pg.Pool, 'query'>;

/** A statement whose parameters are numbered as they come. */
function placing(values: unknown[]): (given: unknown) => string {
  return (given) => `$${values.push(given)}`;
}

async function sheetOf(client: pg.PoolClient, aoo: AooId, id: string, reader: Reader): Promise<MessageSheet | null> {
  const values: unknown[] = [aoo, id];
  const { rows } = await client.query<FactsRow>(
    `select e.mail_id, e.plain, e.register, e.year, e.number from exchange e
      where e.aoo = $1 and e.exchange_id = $2 and ${readableOne('e', reader, placing(values))}`,
    values,
  );
  const [facts] = rows;
  const exchange = facts === undefined ? null : await exchangeDetail(client, id);
  if (facts === undefined || exchange === null) return null;
  const { mail_id: mail, plain, register, year, number } = facts;
  return {
    exchange,
    plain,
    mail: mail === null ? null : await mailOf(client, aoo, mail, reader),
    registration:
      register === null || year === null || number === null
        ? null
        : await registeredAs(client, aoo, { register, year, number }, reader),
  };
}

interface FactsRow {
  readonly mail_id: string | null;
  readonly plain: boolean;
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
}

async function mailOf(client: Asked, aoo: AooId, id: string, reader: Reader): Promise<MessageDetail | null> {
  const values: unknown[] = [aoo, id];
  const { rows } = await client.query<MessageViewRow & { sha256: string; size: number; inspection: never }>(
    `${SELECT_MESSAGES.replace(' from mail m', `, m.sha256, m.size, m.inspection from mail m`)}
      where m.aoo = $1 and m.mail_id = $2 and ${readableOneByExchange('m', reader, placing(values))}`,
    values,
  );
  const [found] = rows;
  if (found === undefined) return null;
  const { sha256, size, inspection } = found;
  return { ...toMessageView(found), sha256, size, inspection };
}

async function loneMail(client: pg.PoolClient, aoo: AooId, id: string, reader: Reader): Promise<LoneMail | null> {
  const mail = await mailOf(client, aoo, id, reader);
  if (mail === null) return null;
  const { rows } = await client.query<TaskViewRow>(
    `${SELECT_TASKS} where t.aoo = $1 and t.mail_id = $2 and t.exchange_id is null order by t.seq`,
    [aoo, id],
  );
  return { mail, tasks: rows.map(toTaskView) };
}

async function registeredAs(
  client: Asked,
  aoo: AooId,
  { register, year, number }: RegistrationKey,
  reader: Reader,
): Promise<RegisteredAs | null> {
  const values: unknown[] = [aoo, register, year, number];
  const { rows } = await client.query<{ at: Date; annulled: boolean; reserved: boolean }>(
    `select r.registered_at as at,
        exists (select from registration_annulment n where n.aoo = r.aoo and n.register = r.register and n.year = r.year
          and n.number = r.number) as annulled,
        exists (select from registration_reserved s where s.aoo = r.aoo and s.register = r.register and s.year = r.year
          and s.number = r.number and s.lifted_at is null) as reserved
      from registration r where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number = $4
        and ${readableOne('r', reader, placing(values))}`,
    values,
  );
  const [found] = rows;
  return found === undefined ? null : { register, year, number, ...found, at: found.at.toISOString() };
}

async function nextOpen(pool: pg.Pool, aoo: AooId, besides: string, reader: Reader) {
  const values: unknown[] = [aoo, besides];
  const { rows } = await pool.query<{ id: string }>(
    `select coalesce(t.exchange_id, t.mail_id) as id from task t
      where t.aoo = $1 and t.closed_at is null and coalesce(t.exchange_id, t.mail_id) <> $2
        and ${readableOneByExchange('t', reader, placing(values))}
      order by t.seq limit 1`,
    values,
  );
  return rows[0] ?? null;
}
