import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { TaskCode } from '../../../kernel/tasks.ts';
import type { Reader } from '../../../service/people/rights.ts';
import {
  CONFIRMATION_BOUNDS,
  type DayFigures,
  firstOfMonth,
  type MonthFigures,
  type Overview,
  type OverviewQueries,
} from '../../../service/queries/overview.ts';
import { snapshot } from '../database/pool.ts';
import { conditionsFor, type ReaderConditions, readable } from './reader.ts';

const MONTHS = 12;
const AHEAD_MS = 7 * 86_400_000;

/** Midnight in Rome of a parameter that is a day. */
const midnight = (place: string): string => `(${place}::date::timestamp at time zone 'Europe/Rome')`;

interface Asked {
  readonly client: pg.PoolClient;
  readonly aoo: AooId;
  readonly from: string;
  readonly to: string;
  readonly reader: Reader;
  readonly seeing: ReaderConditions;
}

/**
 * Statistics may say that a whole table is as quick as its index: that is so until the table is large. Each process of a
 * parallel plan would make the reader's list anew.
 */
const PLANNED = `set local work_mem = '32MB'; set local jit = off; set local enable_seqscan = off;
  set local max_parallel_workers_per_gather = 0`;

/**
 * All figures of one moment. What is told of a month looks at the rows of that month; the year is counted in the index of days,
 * which has all that is asked of it.
 */
export const postgresOverview = (pool: pg.Pool): OverviewQueries => ({
  overview: (aoo, month, now, reader): Promise<Overview> =>
    snapshot(pool, async (client) => {
      await client.query(PLANNED);
      const seeing = await conditionsFor(client, reader);
      const asked = { client, aoo, from: firstOfMonth(month), to: firstOfMonth(month, 1), reader, seeing };
      return {
        days: await daysOf(asked),
        confirmations: await confirmationsOf(asked),
        months: await monthsOf(asked, month),
        anomalies: await anomaliesOf(asked),
        deadlines: await deadlinesOf(asked, now),
      };
    }),
});

const CARRIER = `case coalesce(a.carrier, 'pec') when 'pec' then 'pec' when 'email' then 'email' when 'internal' then 'internal'
  else 'paper' end`;
const ARRIVAL = `left join lateral (select a.carrier from registration_arrival a where a.aoo = r.aoo and a.register = r.register
  and a.year = r.year and a.number = r.number limit 1) a on true`;
const EXCHANGE = `cross join lateral (select * from exchange x where x.aoo = e.aoo and x.exchange_id = e.exchange_id limit 1) x`;

async function daysOf({ client, aoo, from, to, reader }: Asked): Promise<readonly DayFigures[]> {
  const values: unknown[] = [aoo, from, to];
  const seen = readable('r', reader, (value) => `$${values.push(value)}`);
  const { rows } = await client.query<Omit<DayFigures, 'count'> & { count: string }>(
    `select to_char(r.date, 'YYYY-MM-DD') as day, r.direction, ${CARRIER} as carrier, count(*) as count
     from registration r ${ARRIVAL}
     where r.aoo = $1 and r.date >= $2::date and r.date < $3::date and ${seen}
     group by 1, 2, 3 order by 1, 2, 3`,
    values,
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}

async function confirmationsOf({ client, aoo, from, to, reader, seeing }: Asked): Promise<Overview['confirmations']> {
  const values: unknown[] = [aoo, from, to, CONFIRMATION_BOUNDS];
  const seen = seeing.row('x', reader, (value) => `$${values.push(value)}`);
  const { rows } = await client.query<{ median: number | null; groups: number[] | null }>(
    `with took as (
       select greatest(0, extract(epoch from e.at - x.created_at)) as seconds from exchange_event e ${EXCHANGE}
       where e.aoo = $1 and e.type = 'confirmation' and e.at >= ${midnight('$2')} and e.at < ${midnight('$3')}
         and x.direction = 'outgoing' and ${seen}
     )
     select percentile_cont(0.5) within group (order by seconds)::float8 as median,
       array(select count(t.seconds)::int from generate_series(0, array_length($4::int[], 1)) as g(n)
         left join took t on width_bucket(t.seconds, $4::numeric[]) = g.n group by g.n order by g.n) as groups
     from took`,
    values,
  );
  const [row] = rows;
  return { medianSeconds: row?.median ?? null, groups: row?.groups ?? CONFIRMATION_BOUNDS.map(() => 0) };
}

async function monthsOf({ client, aoo, to, reader, seeing }: Asked, month: string): Promise<readonly MonthFigures[]> {
  const values: unknown[] = [aoo, firstOfMonth(month, 1 - MONTHS), to];
  const value = (given: unknown): string => `$${values.push(given)}`;
  const seen = readable('r', reader, value);
  const seenExchange = seeing.byExchange('e', reader, value);
  const { rows } = await client.query<{ month: string; incoming: string; entered: string; decided: string }>(
    `with came as (
       select to_char(r.date, 'YYYY-MM') as month, count(*) as incoming, count(a.number) as entered from registration r
       left join registration_arrival a on a.aoo = r.aoo and a.register = r.register and a.year = r.year and a.number = r.number
       where r.aoo = $1 and r.date >= $2::date and r.date < $3::date and r.direction = 'incoming' and ${seen} group by 1
     ), decided as (
       select to_char(e.at at time zone 'Europe/Rome', 'YYYY-MM') as month, count(*) as decided from exchange_event e
       where e.aoo = $1 and e.type = 'registered-by-hand' and e.at >= ${midnight('$2')} and e.at < ${midnight('$3')}
         and ${seenExchange} group by 1
     )
     select month, incoming, entered, coalesce(decided, 0) as decided from came left join decided using (month)`,
    values,
  );
  const known = new Map(rows.map((row) => [row.month, row]));
  return Array.from({ length: MONTHS }, (_, place) => {
    const name = firstOfMonth(month, place + 1 - MONTHS).slice(0, 7);
    const row = known.get(name);
    const incoming = Number(row?.incoming ?? 0);
    return {
      month: name,
      incoming,
      byPeople: Math.min(incoming, Number(row?.entered ?? 0) + Number(row?.decided ?? 0)),
    };
  });
}

async function anomaliesOf({ client, aoo, from, to, reader, seeing }: Asked): Promise<Overview['anomalies']> {
  const values: unknown[] = [aoo, from, to];
  const seen = seeing.byExchange('t', reader, (value) => `$${values.push(value)}`);
  const { rows } = await client.query<{ code: TaskCode; count: string; open: string }>(
    `select t.code, count(*) as count, count(*) filter (where t.closed_at is null) as open from task t
     where t.aoo = $1 and t.opened_at >= ${midnight('$2')} and t.opened_at < ${midnight('$3')} and ${seen}
     group by t.code order by count(*) desc, t.code`,
    values,
  );
  return rows.map(({ code, count, open }) => ({ code, count: Number(count), open: Number(open) }));
}

async function deadlinesOf({ client, aoo, reader, seeing }: Asked, now: Date): Promise<Overview['deadlines']> {
  const values: unknown[] = [aoo, now, new Date(now.getTime() + AHEAD_MS)];
  const seen = seeing.row('x', reader, (value) => `$${values.push(value)}`);
  const { rows } = await client.query<{ day: string; awaits: string; count: string }>(
    `select to_char(x.due_at at time zone 'Europe/Rome', 'YYYY-MM-DD') as day, x.awaits, count(*) as count from exchange x
     where x.aoo = $1 and x.due_at >= $2 and x.due_at < $3 and x.awaits is not null and ${seen}
     group by 1, 2 order by 1, 3 desc, 2`,
    values,
  );
  return rows.map((row) => ({ ...row, count: Number(row.count) }));
}
