import type pg from 'pg';
import { sha256Of } from '../../../kernel/digest.ts';
import type { Asked, Filter, Page, Views } from '../../../service/queries/views.ts';
import { snapshot } from '../database/pool.ts';
import { readStatus, type Served } from './status.ts';
import { exchangeDetail, OF_ANY_OFFICE, registrationDetail } from './view-details.ts';
import {
  EXCHANGES,
  type ExchangeRow,
  MESSAGES,
  type MessageRow,
  REGISTRATION_KEYS,
  REGISTRATIONS,
  type RegistrationRow,
  TASKS,
  type TaskRow,
  toExchange,
  toMessage,
  toRegistration,
  toTask,
} from './view-rows.ts';

/**
 * Lists go from the newest to the oldest; the cursor is the sort key of the last item shown, so a page costs the same
 * anywhere.
 */
export function postgresViews(pool: pg.Pool, served: readonly Served[] | null = null): Views {
  return {
    messages: (asked) =>
      page(asked, { select: MESSAGES, alias: 'm', keys: [['m.mail_id', 'uuid', 'id']] }, (row: MessageRow) => [
        toMessage(row),
        [row.id],
      ]),
    registrations: (asked) =>
      page(
        asked,
        { select: REGISTRATIONS, alias: 'r', keys: REGISTRATION_KEYS, filters: OF_REGISTRATIONS },
        (row: RegistrationRow) => [toRegistration(row), [row.at, row.aoo, row.register, String(row.number)]],
      ),
    exchanges: (asked) =>
      page(
        asked,
        { select: EXCHANGES, alias: 'e', keys: [['e.exchange_id', 'uuid', 'id']], filters: OF_EXCHANGES },
        (row: ExchangeRow) => [toExchange(row), [row.id]],
      ),
    tasks: (asked) =>
      page(
        asked,
        { select: TASKS, alias: 't', keys: [['t.task_id', 'uuid', 'id']], where: 't.closed_at is null' },
        (row: TaskRow) => [toTask(row), [row.id]],
      ),
    async task(id) {
      if (!FORM.uuid.test(id)) return null;
      const found = await one<TaskRow>(`${TASKS} where ${OF_ANY_OFFICE('t')} and t.task_id = $1`, [id]);
      return found && toTask(found);
    },
    async message(id) {
      if (!FORM.uuid.test(id)) return null;
      const found = await one<MessageRow & { sha256: string; size: number; inspection: never }>(
        `${MESSAGES.replace(' from mail m', ', m.sha256, m.size, m.inspection from mail m')} where ${OF_ANY_OFFICE('m')} and m.mail_id = $1`,
        [id],
      );
      return found && { ...toMessage(found), sha256: found.sha256, size: found.size, inspection: found.inspection };
    },
    registration: (id) => snapshot(pool, (client) => registrationDetail(client, id)),
    exchange: async (id) => (FORM.uuid.test(id) ? snapshot(pool, (client) => exchangeDetail(client, id)) : null),
    status: () => readStatus(pool, served),
    async verifyAudit() {
      const offices = await pool.query<{ aoo: string; audit_seq: number; audit_hash: string }>(
        'select aoo, audit_seq, audit_hash from aoo order by aoo',
      );
      return Promise.all(offices.rows.map(async (office) => ({ aoo: office.aoo, ...(await walkChain(office)) })));
    },
  };

  async function one<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[]): Promise<Row | null> {
    const found = await pool.query<Row>(sql, [...values]);
    return found.rows[0] ?? null;
  }

  async function page<Row extends pg.QueryResultRow, T>(
    asked: Asked,
    list: List,
    read: (row: Row) => [T, readonly string[]],
  ): Promise<Page<T>> {
    const values: unknown[] = [];
    const value = (given: unknown): string => `$${values.push(given)}`;
    const where = [`${list.alias}.aoo = ${asked.aoo === null ? 'office.aoo' : value(asked.aoo)}`];
    if (list.where !== undefined) where.push(list.where);
    for (const [name, wanted] of Object.entries(asked.filter ?? {})) {
      const condition = list.filters?.[name as keyof Filter];
      if (condition !== undefined && wanted !== undefined) where.push(condition(value(wanted)));
    }
    if (asked.cursor !== null) {
      const after = fromCursor(asked.cursor, list.keys);
      if (after === null) return { items: [], cursor: null, forged: true };
      const shown = list.keys.map(([, type], index) => `${value(after[index])}::${type}`);
      where.push(`(${list.keys.map(([column]) => column).join(', ')}) < (${shown.join(', ')})`);
    }
    const limit = value(asked.limit + 1);
    const ofOne = `${list.select} where ${where.join(' and ')}
      order by ${list.keys.map(([column]) => `${column} desc`).join(', ')} limit ${limit}`;
    // Every index begins with the office: of all offices together, each gives its newest, and the newest of those count.
    const merged = list.keys.map(([, type, shown]) => `newest.${shown}::${type} desc`).join(', ');
    const ofAll = `select newest.* from aoo office cross join lateral (${ofOne}) newest order by ${merged} limit ${limit}`;
    const found = await pool.query<Row>(asked.aoo === null ? ofAll : ofOne, values);
    const rows = found.rows.slice(0, asked.limit).map(read);
    const last = found.rows.length > asked.limit ? rows.at(-1) : undefined;
    return { items: rows.map(([item]) => item), cursor: last === undefined ? null : toCursor(last[1]) };
  }

  /** The chain, a thousand records at a time. */
  async function walkChain(office: { aoo: string; audit_seq: number; audit_hash: string }) {
    let hash = '0'.repeat(64);
    let records = 0;
    for (;;) {
      const next = await pool.query<{ seq: number; content: string; hash: string }>(
        'select seq, content, hash from audit where aoo = $1 and seq > $2 and seq <= $3 order by seq limit 1000',
        [office.aoo, records, office.audit_seq],
      );
      if (next.rows.length === 0) break;
      for (const row of next.rows) {
        hash = sha256Of([hash, row.content]);
        records += 1;
        if (row.seq !== records || row.hash !== hash) return { records, brokenAt: row.seq };
      }
    }
    const whole = records === office.audit_seq && hash === office.audit_hash;
    return { records, brokenAt: whole ? null : records + 1 };
  }
}

type Filters = { readonly [name in keyof Filter]: (value: string) => string };

const OF_EXCHANGES: Filters = {
  direction: (value) => `e.direction = ${value}`,
  state: (value) => `e.state = ${value}`,
  subject: (value) => contains('e.subject', value),
};

const OF_REGISTRATIONS: Filters = {
  direction: (value) => `r.direction = ${value}`,
  from: (value) => `r.date >= ${value}::date and r.registered_at >= ${value}::date - interval '1 day'`,
  to: (value) => `r.date <= ${value}::date and r.registered_at < ${value}::date + interval '2 days'`,
  subject: (value) => contains('r.subject', value),
};

const contains = (column: string, value: string): string => `strpos(lower(${column}), lower(${value})) > 0`;

/** A list in its order: the columns it is sorted by, descending, with their types. Together they are unique. */
interface List {
  readonly select: string;
  readonly alias: string;
  readonly keys: readonly (readonly [column: string, type: keyof typeof FORM, shownAs: string])[];
  readonly where?: string;
  readonly filters?: Filters;
}

/** A cursor comes from outside: what PostgreSQL could not read is told before it is asked. */
const FORM = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/,
  text: /^[^\0]*$/,
  bigint: /^\d{1,15}$/,
} as const;

const toCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function fromCursor(cursor: string, keys: List['keys']): readonly string[] | null {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(values) || values.length !== keys.length) return null;
    const fits = keys.every(([, type], index) => typeof values[index] === 'string' && FORM[type].test(values[index]));
    return fits ? values : null;
  } catch {
    return null;
  }
}
