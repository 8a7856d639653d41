import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { TaskCode } from '../../../kernel/tasks.ts';
import type { Identifier } from '../../../model/segnatura.ts';
import type { Reader } from '../../../service/people/rights.ts';
import {
  WORK_KINDS,
  WORK_OF_TASK,
  type WorkItem,
  type WorkKind,
  type Worklist,
  type WorkQuery,
} from '../../../service/queries/worklist.ts';
import { type Placed, readable } from './reader.ts';

/**
 * Open tasks and mails that no task speaks of. What is open is bounded by work, not by the archive: both come from partial
 * indexes, and each task looks up its exchange by key.
 */
export const postgresWorklist = (pool: pg.Pool): Worklist => ({
  async items(query) {
    const after = query.cursor === null ? null : fromCursor(query.cursor);
    const { text, values } = listStatement(query, after);
    const { rows } = await pool.query<WorkRow>(text, values);
    const items = rows.slice(0, query.limit).map(toItem);
    const last = rows.length > query.limit ? items.at(-1) : undefined;
    return { items, cursor: last === undefined ? null : toCursor(last) };
  },
  async counts(aoo, reader) {
    const { values, value } = parameters();
    const found = await pool.query<{ kind: WorkKind; count: string }>(
      `select kind, count(*) from (${work(aoo, reader, value)}) w group by kind`,
      values,
    );
    const counted = new Map(found.rows.map(({ kind, count }) => [kind, Number(count)]));
    const byKind = Object.fromEntries(WORK_KINDS.map((kind) => [kind, counted.get(kind) ?? 0])) as Record<
      WorkKind,
      number
    >;
    return { total: [...counted.values()].reduce((sum, count) => sum + count, 0), byKind };
  },
  async item(aoo, reader, id) {
    if (!UUID.test(id)) return null;
    const { values, value } = parameters();
    const sql = `select * from (${work(aoo, reader, value)}) w where w.id = ${value(id)}::uuid`;
    const [row] = (await pool.query<WorkRow>(sql, values)).rows;
    return row === undefined ? null : toItem(row);
  },
});

interface WorkRow {
  id: string;
  kind: WorkKind;
  code: TaskCode | null;
  detail: string | null;
  subject: string | null;
  peer: string | null;
  since: Date;
  act_by: Date;
  exchange_id: string | null;
  mail_id: string | null;
  direction: WorkItem['direction'];
  state: string | null;
  version: number | null;
  year: number | null;
  number: number | null;
  peer_identifier: Identifier | null;
  mailbox: string | null;
}

function parameters(): { readonly values: unknown[]; readonly value: Placed } {
  const values: unknown[] = [];
  return { values, value: (given) => `$${values.push(given)}` };
}

/** What a list shows of a text from outside: a hostile one has millions of characters. */
const beginning = (text: string): string => `left(${text}, 500)`;

const TERMS = JSON.stringify(Object.entries(WORK_OF_TASK).map(([code, [kind, seconds]]) => ({ code, kind, seconds })));
const DAY_SECONDS = 86_400;

function work(aoo: AooId, reader: Reader, value: Placed): string {
  const office = value(aoo);
  const seen = readable('e', reader, value);
  return `
    select t.task_id as id,
           case when e.plain and t.code = 'decide' then 'without-segnatura' else k.kind end as kind,
           t.code, ${beginning('t.detail')} as detail, ${beginning('coalesce(e.subject, m.subject)')} as subject,
           ${beginning("coalesce(nullif(e.peer ->> 'name', ''), e.peer_address, m.sender)")} as peer,
           t.opened_at as since, t.opened_at + make_interval(secs => k.seconds) as act_by, t.exchange_id,
           coalesce(t.mail_id, e.mail_id) as mail_id, e.direction, e.state, e.version, e.year, e.number, e.peer_identifier, t.mailbox
      from task t
      join jsonb_to_recordset(${value(TERMS)}::jsonb) as k (code text, kind text, seconds float8) on k.code = t.code
      left join exchange e on e.aoo = t.aoo and e.exchange_id = t.exchange_id
      left join mail m on e.exchange_id is null and m.aoo = t.aoo and m.mail_id = t.mail_id
     where t.aoo = ${office} and t.closed_at is null and (e.number is null or ${seen}) and ${reader.all}
    union all
    select m.mail_id, case m.state when 'failed' then 'failed-mail' else 'flagged' end, null, ${beginning('m.note')},
           ${beginning('m.subject')}, ${beginning('m.sender')}, m.kept_at, m.kept_at + make_interval(secs => ${DAY_SECONDS}), null, m.mail_id,
           'incoming', m.state, null, null, null, null, m.mailbox
      from mail m
     where m.aoo = ${office} and (m.state = 'failed' or m.state = 'settled' and m.action = 'operator' and m.exchange_id is null)
       and ${reader.all}
       and not exists (select from task o where o.aoo = m.aoo and o.mail_id = m.mail_id and o.closed_at is null)
       and not exists (select from mail_set_aside s where s.aoo = m.aoo and s.mail_id = m.mail_id)`;
}

function listStatement(
  { aoo, reader, kind, text, limit }: WorkQuery,
  after: readonly [string, string] | null,
): { text: string; values: unknown[] } {
  const { values, value } = parameters();
  const where = ['true'];
  const rows = work(aoo, reader, value);
  if (kind !== null) where.push(`w.kind = ${value(kind)}`);
  const words = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean).slice(0, 8);
  // One comparison with all words: the text of each row is put together once.
  if (words.length > 0)
    where.push(
      `lower(concat_ws(' ', w.subject, w.peer, w.detail, w.number::text, w.mailbox)) like all (${value(words.map(anywhere))}::text[])`,
    );
  if (after !== null) where.push(`(w.act_by, w.id) > (${value(after[0])}::timestamptz, ${value(after[1])}::uuid)`);
  return {
    text: `select * from (${rows}) w where ${where.join(' and ')} order by w.act_by, w.id limit ${value(limit + 1)}`,
    values,
  };
}

/** The pattern of LIKE for a text that stands anywhere. */
const anywhere = (word: string): string => `%${word.replace(/[\\%_]/g, '\\$&')}%`;

const toItem = (row: WorkRow): WorkItem => ({
  id: row.id,
  kind: row.kind,
  code: row.code,
  detail: row.detail ?? '',
  subject: row.subject,
  peer: row.peer,
  since: row.since.toISOString(),
  actBy: row.act_by.toISOString(),
  exchange: row.exchange_id,
  message: row.mail_id,
  direction: row.direction,
  state: row.state,
  version: row.version,
  registration: row.year === null || row.number === null ? null : { year: row.year, number: Number(row.number) },
  peerNumber: row.peer_identifier === null ? null : shownIdentifier(row.peer_identifier),
  mailbox: row.mailbox,
});

const shownIdentifier = ({ number, date }: Identifier): string =>
  `${number} del ${date.split('-').reverse().join('/')}`;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const toCursor = ({ actBy, id }: WorkItem): string => Buffer.from(`${actBy} ${id}`).toString('base64url');

function fromCursor(cursor: string): readonly [string, string] | null {
  const [at = '', id = ''] = Buffer.from(cursor, 'base64url').toString().split(' ');
  return Number.isNaN(Date.parse(at)) || !UUID.test(id) ? null : [at, id];
}
