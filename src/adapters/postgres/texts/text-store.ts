import type pg from 'pg';
import type { AooId, Sha256 } from '../../../kernel/ids.ts';
import { EXTRACTOR_VERSION, type LeasedText, type TextKey, type TextStore } from '../../../service/texts/text-store.ts';
import { inTransaction } from '../database/pool.ts';
import { readTextQueues, readTextStatus } from './text-status.ts';

/** Registrations that are asked for their documents at a time. */
const STEP = 500;
/** The backlog goes on where fewer documents wait: what has just come is queued at once, and is read first. */
const FEW = 200;
/** Of a lease, one in so many is of the oldest. */
const OLDEST_SHARE = 4;
/** Documents queued again in one statement. */
const RETRY_STEP = 1_000;

export const textStore = (pool: pg.Pool): TextStore => ({
  async isIntakeBusy() {
    const { rows } = await pool.query<{ busy: boolean }>(
      "select exists (select from mail where state = 'kept') as busy",
    );
    return rows[0]?.busy ?? false;
  },
  due: (at) => due(pool, at),
  queue: (aoo) => queue(pool, aoo),
  lease: (owner, aoo, at, limit, seconds) => lease(pool, { owner, aoo, at, limit, seconds }),
  save: (owner, aoo, key, text, parts, at) =>
    inTransaction(pool, async (client) => {
      // What is lost in a crash of the database is read again.
      await client.query('set local synchronous_commit = off');
      const held = await client.query(
        `update document_text set state = $7, reason = $8, extractor = $9, version = $10, characters = $11, pages = $12, at = $13,
                lease_owner = null, lease_until = null
          where aoo = $1 and register = $2 and year = $3 and number = $4 and position = $5 and lease_owner = $6
            and state = 'waiting'`,
        [
          ...[...keyOf(aoo, key), owner, text.state, text.reason, text.extractor, EXTRACTOR_VERSION],
          ...[text.text.length, text.pages, at],
        ],
      );
      if (held.rowCount === 0) return false;
      await client.query(
        'delete from document_text_part where aoo = $1 and register = $2 and year = $3 and number = $4 and position = $5',
        keyOf(aoo, key),
      );
      if (parts.length > 0)
        await client.query(
          `insert into document_text_part (aoo, register, year, number, position, part, text)
           select $1, $2, $3, $4, $5, part, text from unnest($6::text[]) with ordinality as given (text, part)`,
          [...keyOf(aoo, key), parts],
        );
      return true;
    }),
  release: (owner, aoo, keys, until) => release(pool, owner, aoo, keys, until),
  async reviveOlder(aoo, version, limit) {
    const revived = await pool.query(
      `update document_text t set state = 'waiting', attempts = 0, lease_owner = null, lease_until = null
         from (select register, year, number, position from document_text
                where aoo = $1 and state = any ('{failed,none,encrypted,scanned}') and version < $2 limit $3) r
        where t.aoo = $1 and t.register = r.register and t.year = r.year and t.number = r.number and t.position = r.position`,
      [aoo, version, limit],
    );
    return revived.rowCount ?? 0;
  },
  queues: () => readTextQueues(pool, null),
  status: (aoo) => readTextStatus(pool, aoo),
  async retry(aoo, states) {
    const offices = aoo === null ? (await pool.query<{ aoo: AooId }>('select aoo from aoo')).rows : [{ aoo }];
    let retried = 0;
    for (const office of offices)
      for (let step = RETRY_STEP; step === RETRY_STEP; ) {
        const { rowCount } = await pool.query(
          `update document_text t set state = 'waiting', attempts = 0, lease_owner = null, lease_until = null
             from (select register, year, number, position from document_text
                    where aoo = $1 and state = any ($2) limit ${RETRY_STEP}) r
            where t.aoo = $1 and t.register = r.register and t.year = r.year and t.number = r.number
              and t.position = r.position`,
          [office.aoo, states],
        );
        step = rowCount ?? 0;
        retried += step;
      }
    return retried;
  },
  async rescan(aoo) {
    await pool.query('delete from document_text_reach where aoo = $1', [aoo]);
  },
});

async function release(pool: pg.Pool, ...[owner, aoo, keys, until]: Parameters<TextStore['release']>): Promise<void> {
  if (keys.length === 0) return;
  await pool.query(
    `update document_text t set lease_owner = null, lease_until = $3, attempts = greatest(0, attempts - 1)
       from jsonb_to_recordset($4) as r (register text, year int, number bigint, position int)
      where t.aoo = $1 and t.register = r.register and t.year = r.year and t.number = r.number
        and t.position = r.position and t.lease_owner = $2 and t.state = 'waiting'`,
    [aoo, owner, until, JSON.stringify(keys)],
  );
}

const keyOf = (aoo: AooId, { register, year, number, position }: TextKey) => [aoo, register, year, number, position];

/** One look over all offices, which locks nothing; what is then written is written office by office. */
async function due(pool: pg.Pool, at: Date): Promise<readonly AooId[]> {
  const { rows } = await pool.query<{ aoo: AooId }>(
    `select a.aoo from aoo a
      where exists (select from document_text t where t.aoo = a.aoo and t.state = 'waiting'
                       and (t.lease_until is null or t.lease_until <= $1))
         or exists (select from register_counter c
                      left join document_text_reach h on h.aoo = c.aoo and h.register = c.register and h.year = c.year
                     where c.aoo = a.aoo and c.last_number > 0 and (h.upper is null or h.upper < c.last_number))
         or exists (select from document_text_reach h where h.aoo = a.aoo and h.lower > 0)
      order by a.aoo`,
    [at],
  );
  return rows.map(({ aoo }) => aoo);
}

interface Reach {
  readonly register: string;
  readonly year: number;
  readonly last: number;
  readonly lower: number | null;
  readonly upper: number | null;
}

/**
 * Numbers of a register are committed in their order (one office, one lock), so "above the highest that was asked" misses none,
 * and a registration pays nothing for it. Of each register and year the first and the last number are read from the key alone.
 */
async function queue(pool: pg.Pool, aoo: AooId): Promise<number> {
  const { rows } = await pool.query<Reach>(
    `with recursive known (register, year) as (
       (select register, year from registration where aoo = $1 order by register, year limit 1)
       union all
       select n.register, n.year from known k cross join lateral (
         select register, year from registration where aoo = $1 and (register, year) > (k.register, k.year)
          order by register, year limit 1) n)
     select k.register, k.year, h.lower, h.upper,
            (select number from registration r where r.aoo = $1 and r.register = k.register and r.year = k.year
              order by number desc limit 1) as last
       from known k left join document_text_reach h on h.aoo = $1 and h.register = k.register and h.year = k.year
      order by k.year desc, k.register`,
    [aoo],
  );
  let queued = 0;
  for (const reach of rows) {
    if (reach.upper === null) await begin(pool, aoo, reach);
    else if (reach.upper < reach.last) queued += await above(pool, aoo, reach.upper, reach);
  }
  const waiting = await pool.query<{ count: number }>(
    `select count(*)::int as count from (
       select from document_text where aoo = $1 and state = 'waiting' limit ${FEW}) few`,
    [aoo],
  );
  const behind = rows.find(({ lower, upper, last }) => (upper === null ? last > 0 : (lower ?? 0) > 0));
  if (behind !== undefined && (waiting.rows[0]?.count ?? 0) < FEW)
    queued += await below(pool, aoo, behind.lower ?? behind.last, behind);
  return queued;
}

/** Met for the first time: everything in it is backlog. */
const begin = (pool: pg.Pool, aoo: AooId, { register, year, last }: Reach) =>
  pool.query(
    `insert into document_text_reach (aoo, register, year, lower, upper) values ($1, $2, $3, $4, $4)
     on conflict (aoo, register, year) do nothing`,
    [aoo, register, year, last],
  );

/** $5, $6: numbers above the one, up to the other. */
const QUEUE_RANGE = `insert into document_text (aoo, register, year, number, position, registered_at)
  select d.aoo, d.register, d.year, d.number, d.position, r.registered_at
    from registration r join registration_document d
      on d.aoo = r.aoo and d.register = r.register and d.year = r.year and d.number = r.number
   where r.aoo = $1 and r.register = $2 and r.year = $3 and r.number > $5 and r.number <= $6
     and exists (select from moved)
  on conflict (aoo, register, year, number, position) do nothing`;

/** Who moves the mark queues the documents: of two processes, one. */
async function above(pool: pg.Pool, aoo: AooId, from: number, { register, year, last }: Reach): Promise<number> {
  let queued = 0;
  for (let upper = from; upper < last; upper += STEP) {
    const next = Math.min(last, upper + STEP);
    const { rowCount } = await pool.query(
      `with moved as (update document_text_reach set upper = $6
         where aoo = $1 and register = $2 and year = $3 and upper = $4 returning 1)
       ${QUEUE_RANGE}`,
      [aoo, register, year, upper, upper, next],
    );
    queued += rowCount ?? 0;
  }
  return queued;
}

async function below(pool: pg.Pool, aoo: AooId, lower: number, { register, year }: Reach): Promise<number> {
  const { rowCount } = await pool.query(
    `with moved as (update document_text_reach set lower = $5
       where aoo = $1 and register = $2 and year = $3 and lower = $4 returning 1)
     ${QUEUE_RANGE}`,
    [aoo, register, year, lower, Math.max(0, lower - STEP), lower],
  );
  return rowCount ?? 0;
}

interface Asked {
  readonly owner: string;
  readonly aoo: AooId;
  readonly at: Date;
  readonly limit: number;
  readonly seconds: number;
}

interface LeasedRow extends TextKey {
  readonly attempts: number;
  readonly name: string;
  readonly mediaType: string;
  readonly sha256: Sha256;
  readonly size: number;
  readonly source: Sha256 | null;
  readonly part: string | null;
}

const WAITING = (order: string, limit: string): string =>
  `select register, year, number, position from document_text
    where aoo = $1 and state = 'waiting' and (lease_until is null or lease_until <= $3)
    order by registered_at ${order} limit ${limit} for update skip locked`;

async function lease(pool: pg.Pool, { owner, aoo, at, limit, seconds }: Asked): Promise<readonly LeasedText[]> {
  const oldest = Math.floor(limit / OLDEST_SHARE);
  const { rows } = await pool.query<LeasedRow>(
    `with newest as (${WAITING('desc', '$5')}), oldest as (${WAITING('asc', '$6')}),
     taken as (
       update document_text t set lease_owner = $2, lease_until = $3::timestamptz + make_interval(secs => $4), attempts = attempts + 1
         from (select * from newest union select * from oldest) w
        where t.aoo = $1 and t.register = w.register and t.year = w.year and t.number = w.number and t.position = w.position
       returning t.register, t.year, t.number, t.position, t.attempts, t.registered_at)
     select t.register, t.year, t.number, t.position, t.attempts, d.name, d.media_type as "mediaType", d.sha256, d.size,
            d.source, d.part
       from taken t join registration_document d on d.aoo = $1 and d.register = t.register and d.year = t.year
        and d.number = t.number and d.position = t.position
      order by t.registered_at desc, t.number desc, t.position`,
    [aoo, owner, at, seconds, limit - oldest, oldest],
  );
  return rows.map(({ register, year, number, position, attempts, source, part, ...document }) => ({
    ...{ register, year, number, position, attempts },
    document: { ...document, source: source === null ? null : { sha256: source, part: part ?? '' } },
  }));
}
