/** What belongs to the register of a day, as `RegisterSpan` defines it. */
import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { EntryAnnulment, EntryContent, RegisterEntry, RegisterMark } from '../../../model/daily-register.ts';
import type { Identifier } from '../../../model/segnatura.ts';
import type { RegisterContents, RegisterOutline, RegisterSpan } from '../../../service/daily-register/ports.ts';
import { snapshot } from '../database/pool.ts';
import { asking } from '../database/prepared.ts';
import { BEFORE, LAST, OF_YEAR, OLDEST, readClosed } from './closed-registers.ts';

/** Registrations that are read at a time: those with many recipients are large. */
const CHUNK = 200;
const TASK = 'register-not-closed';

const SAME = (alias: string): string =>
  `${alias}.aoo = r.aoo and ${alias}.register = r.register and ${alias}.year = r.year and ${alias}.number = r.number`;

/** $1 AOO, $2 register, $3 day, $4 afterSeq, $5 throughSeq. `r` bears the day or was told late. */
const IS_OF_DAY = `r.date = $3::date and coalesce(r.audit_seq, 0) <= $5`;
const IS_LATE = `r.date < $3::date and r.audit_seq > $4 and r.audit_seq <= $5`;
/** What is told late was registered after the closing before: a day more, as clocks may differ. */
const SINCE = `coalesce($6::timestamptz - interval '1 day', '-infinity')`;

export const DAY_KEYS = `select r.year, r.number from registration r
   where r.aoo = $1 and r.register = $2 and ${IS_OF_DAY}`;
export const LATE_KEYS = `select r.year, r.number from registration r
   where r.aoo = $1 and r.register = $2 and ${IS_LATE} and r.registered_at >= ${SINCE}`;

const DAY_END = `(($3::date + 1)::timestamp at time zone 'Europe/Rome')`;
const DAY_START = `($3::date::timestamp at time zone 'Europe/Rome')`;
const AT_THE_TIME = (alias: string): string => `${alias}.at < ${DAY_END} and coalesce(${alias}.audit_seq, 0) <= $5`;
/** Of the day, or of an earlier one and covered only after the closing before. */
const MARK_OF_DAY = (alias: string): string =>
  `${alias}.at >= least(${DAY_START}, ${SINCE.replace("'-infinity'", DAY_START)}) and ${AT_THE_TIME(alias)}
   and (${alias}.at >= ${DAY_START} or ${alias}.audit_seq > $4)
   and not (${IS_OF_DAY}) and not (${IS_LATE})`;
/** $7: when it was closed. */
const RESERVED = `coalesce(
   (select h.act = 'set' from registration_reserve_history h where ${SAME('h')} and h.at <= $7 order by h.version desc limit 1),
   exists (select from registration_reserved s where ${SAME('s')} and s.reserved_at <= $7
     and (s.lifted_at is null or s.lifted_at > $7)))`;

const mark = (from: string, alias: string, columns: string, where: string): string =>
  `select r.year, r.number, r.date, ${alias}.at, ${columns}, ${RESERVED} as reserved
     from ${from} join registration r on ${SAME(alias)} where ${alias}.aoo = $1 and ${alias}.register = $2 and ${where}`;

export const ANNULMENT_MARKS = mark(
  'registration_annulment n',
  'n',
  `'annulment' as what, n.by, n.reason, n.provision, null::text as old_value, null::text as new_value`,
  MARK_OF_DAY('n'),
);
export const CHANGE_MARKS = mark(
  'registration_change c',
  'c',
  `c.field as what, c.by, null::text as reason, null::text as provision, c.old_value, c.new_value`,
  MARK_OF_DAY('c'),
);
/** Passages of assignments have their records in the chain, but name none. */
export const ASSIGNMENT_MARKS = `select r.year, r.number, r.date, e.at, 'assignment' as what, e.by_name as by,
     null::text as reason, null::text as provision, e.from_name as old_value, e.to_name as new_value, ${RESERVED} as reserved
   from assignment_event e join assignment a on a.aoo = e.aoo and a.assignment_id = e.assignment_id
   join registration r on ${SAME('a')}
  where e.aoo = $1 and e.at >= ${DAY_START} and e.at < ${DAY_END} and a.register = $2
    and e.act in ('assigned', 'reassigned', 'delegated', 'returned', 'withdrawn')
    and not (${IS_OF_DAY}) and not (${IS_LATE})`;
/** Every statement knows all parameters, though it may need fewer. */
const KNOWN = `$4::bigint is not null and $5::bigint is not null and ($6::timestamptz is null or true) and $7::timestamptz is not null`;
export const MARKS = `select * from (${[ANNULMENT_MARKS, CHANGE_MARKS, ASSIGNMENT_MARKS].join(' union all ')}) m
  where ${KNOWN} order by at, year, number, what, old_value, new_value`;

export const ANNULLED = `select count(*) as annulled from unnest($6::int[], $7::bigint[]) k (year, number)
   join registration_annulment n on n.aoo = $1 and n.register = $2 and n.year = k.year and n.number = k.number
  where ${AT_THE_TIME('n')} and $4::bigint is not null`;

const valueThen = (field: string): string => `(select c.new_value from registration_change c where ${SAME('c')}
   and c.field = '${field}' and ${AT_THE_TIME('c')} order by c.version desc limit 1)`;
export const ENTRIES = `select r.year, r.number, r.date, r.time, r.direction, r.subject, r.sender ->> 'name' as sender,
     (select coalesce(jsonb_agg(one.value ->> 'name'), '[]') from jsonb_array_elements(r.recipients) one) as recipients,
     r.peer_identifier, ${valueThen('classification')} as classification, ${valueThen('office')} as assigned_to,
     (select coalesce(jsonb_agg(jsonb_build_object('role', d.role, 'name', d.name, 'sha256', d.sha256) order by d.position), '[]')
        from registration_document d where ${SAME('d')}) as documents,
     (select jsonb_build_object('at', n.at, 'by', n.by, 'reason', n.reason, 'provision', n.provision)
        from registration_annulment n where ${SAME('n')} and ${AT_THE_TIME('n')}) as annulment,
     ${RESERVED} as reserved
   from unnest($8::int[], $9::bigint[]) k (year, number)
   join registration r on r.aoo = $1 and r.register = $2 and r.year = k.year and r.number = k.number
  where ${KNOWN} order by r.year, r.number`;

/** The smallest code, then the next one: as many steps as there are registers. */
export const REGISTERS = `with recursive code as (
   (select register from registration where aoo = $1 order by register limit 1)
   union all
   select (select r.register from registration r where r.aoo = $1 and r.register > code.register order by r.register limit 1)
     from code where code.register is not null)
  select register from code where register is not null`;

type Row = { year: number; number: number };
interface MarkRow extends Row {
  date: string;
  at: Date;
  what: RegisterMark['what'];
  by: string;
  reason: string | null;
  provision: string | null;
  old_value: string | null;
  new_value: string | null;
  reserved: boolean;
}
interface EntryRow extends Row {
  date: string;
  time: string;
  direction: RegisterEntry['direction'];
  subject: string;
  sender: string | null;
  recipients: readonly (string | null)[];
  peer_identifier: Identifier | null;
  classification: string | null;
  assigned_to: string | null;
  documents: EntryContent['documents'];
  annulment: (Omit<EntryAnnulment, 'at'> & { readonly at: string }) | null;
  reserved: boolean;
}

export function postgresRegisterContents(pool: pg.Pool): RegisterContents {
  const ask = asking(pool);
  return {
    async registers(aoo) {
      const { rows } = await ask<{ register: string }>(REGISTERS, [aoo]);
      return rows.map(({ register }) => register);
    },
    async firstDay(aoo, register) {
      const { rows } = await ask<{ date: string }>(
        'select date from registration where aoo = $1 and register = $2 order by year, number limit 1',
        [aoo, register],
      );
      return rows[0]?.date ?? null;
    },
    lastClosing: async (...key) => (await readClosed(pool, LAST, key))[0] ?? null,
    oldestClosing: async (...key) => (await readClosed(pool, OLDEST, key))[0] ?? null,
    closingBefore: async (...key) => (await readClosed(pool, BEFORE, key))[0] ?? null,
    async auditSeq(aoo) {
      const { rows } = await ask<{ audit_seq: number }>('select audit_seq from aoo where aoo = $1', [aoo]);
      return rows[0]?.audit_seq ?? 0;
    },
    outline: (aoo, span) => snapshot(pool, (client) => outlineOf(client, aoo, span)),
    entries: (aoo, span, keys) => entriesOf(pool, aoo, span, keys),
    daysOf: (...key) => readClosed(pool, OF_YEAR, key),
    async lateTasks(aoo) {
      const { rows } = await ask<{ id: string }>(
        'select task_id as id from task where aoo = $1 and closed_at is null and code = $2',
        [aoo, TASK],
      );
      return rows.map(({ id }) => id);
    },
    alone: (aoo, work) => holdingLock(pool, aoo, work),
  };
}

const spanValues = (aoo: AooId, span: RegisterSpan): readonly unknown[] => [
  ...[aoo, span.register, span.day, span.afterSeq, span.throughSeq],
];

async function outlineOf(client: pg.PoolClient, aoo: AooId, span: RegisterSpan): Promise<RegisterOutline> {
  const values = spanValues(aoo, span);
  const ofDay = await client.query<Row>(DAY_KEYS.replaceAll('$5', '$4'), [...values.slice(0, 3), span.throughSeq]);
  const late = await client.query<Row>(LATE_KEYS, [...values, span.closedBefore]);
  const keys = [...ofDay.rows, ...late.rows].sort((a, b) => a.year - b.year || a.number - b.number);
  const marks = await client.query<MarkRow>(MARKS, [...values, span.closedBefore, span.closedAt]);
  const annulled = await client.query<{ annulled: number }>(ANNULLED, [...values, ...columns(keys)]);
  return { keys, annulled: annulled.rows[0]?.annulled ?? 0, marks: marks.rows.map(toMark) };
}

const columns = (keys: readonly Row[]) => [keys.map(({ year }) => year), keys.map(({ number }) => number)];

async function* entriesOf(
  pool: pg.Pool,
  aoo: AooId,
  span: RegisterSpan,
  keys: RegisterOutline['keys'],
): AsyncGenerator<RegisterEntry> {
  for (let at = 0; at < keys.length; at += CHUNK) {
    const values = [...spanValues(aoo, span), span.closedBefore, span.closedAt, ...columns(keys.slice(at, at + CHUNK))];
    const { rows } = await asking(pool)<EntryRow>(ENTRIES, values);
    for (const row of rows) yield toEntry(row);
  }
}

function toMark({ reserved, old_value: oldValue, new_value: newValue, ...row }: MarkRow): RegisterMark {
  const { year, number, date, at, by, what } = row;
  const about = { type: 'mark' as const, year, number, date, at, by };
  if (what === 'annulment')
    return { ...about, what, reason: reserved ? null : (row.reason ?? ''), provision: row.provision ?? '' };
  const values = reserved ? { oldValue: null, newValue: null } : { oldValue, newValue };
  return { ...about, what, ...values, isReserved: reserved };
}

function toEntry({ reserved, annulment, ...row }: EntryRow): RegisterEntry {
  const { year, number, date, time, direction, peer_identifier: peer, documents } = row;
  const received =
    direction === 'incoming' && peer !== null ? { number: String(peer.number), date: String(peer.date) } : null;
  return {
    ...{ type: 'entry', year, number, date, time: time.slice(0, 8), direction, isAnnulled: annulment !== null },
    content: reserved
      ? null
      : {
          ...{ subject: row.subject, sender: row.sender ?? '', received, documents },
          recipients: row.recipients.flatMap((name) => name || []),
          ...{ classification: row.classification, assignedTo: row.assigned_to },
          annulment: annulment === null ? null : { ...annulment, at: new Date(annulment.at) },
        },
  };
}

/** The lock goes with its connection, should the process die. */
async function holdingLock<T>(pool: pg.Pool, aoo: AooId, work: () => Promise<T>): Promise<T | null> {
  const client = await pool.connect();
  const key = [`daily-register ${aoo}`];
  let broken: Error | undefined;
  try {
    const { rows } = await client.query<{ mine: boolean }>(
      'select pg_try_advisory_lock(hashtextextended($1, 0)) as mine',
      key,
    );
    if (rows[0]?.mine !== true) return null;
    try {
      return await work();
    } finally {
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', key).catch((error: Error) => {
        broken = error;
      });
    }
  } finally {
    client.release(broken);
  }
}
