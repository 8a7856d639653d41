import type pg from 'pg';
import type { Metrics } from '../../../service/queries/metrics.ts';

/** Counted for one office, or one webhook: more is a number nobody acts on differently. */
const MAX_COUNTED = 10_000;
/** Kinds of files of the index: an administrator's, few. */
const MAX_LAYOUTS = 50;

/** What waits for a person at each office, and what the service gave up: each along a partial index, and no further than `MAX_COUNTED`. */
export async function readOfficeFigures(
  pool: pg.Pool,
  now: Date,
): Promise<Pick<Metrics, 'officeTasks' | 'webhooks' | 'indexAges'>> {
  const [tasks, webhooks, index] = await Promise.all([
    pool.query<Metrics['officeTasks'][number]>(
      `select office.aoo, waiting.count from aoo office cross join lateral (
         select count(*)::int as count from (
           select from task t where t.aoo = office.aoo and t.closed_at is null limit $1) open_task) waiting
        order by office.aoo`,
      [MAX_COUNTED],
    ),
    pool.query<Metrics['webhooks'][number]>(
      `select hook.aoo, (count(*) filter (where hook.given_up))::int as "givenUp", sum(dead.count)::int as "deadDeliveries"
         from (select aoo, webhook_id, state = 'paused' and pause_reason <> 'person' as given_up
                 from webhook where state <> 'removed') hook
        cross join lateral (
         select count(*) as count from (
           select from webhook_delivery d
            where d.aoo = hook.aoo and d.webhook_id = hook.webhook_id and d.state = 'dead' limit $1) dead_delivery) dead
        group by hook.aoo order by hook.aoo`,
      [MAX_COUNTED],
    ),
    pool.query<{ layout: string; at: Date }>(INDEX_AGES, [MAX_LAYOUTS]),
  ]);
  return {
    officeTasks: tasks.rows,
    webhooks: webhooks.rows,
    indexAges: index.rows.map(({ layout, at }) => ({
      layout,
      seconds: Math.max(0, (now.getTime() - at.getTime()) / 1000),
    })),
  };
}

/**
 * When each kind of file was last imported, or found to be as it was. The kinds are walked from one to the next: however
 * many imports there were, each kind costs two looks into the index.
 */
export const INDEX_AGES = `
  with recursive kind as (
    (select layout, 1 as number from index_import where outcome <> 'refused' order by layout limit 1)
    union all
    select following.layout, kind.number + 1 from kind cross join lateral (
      select layout from index_import i where outcome <> 'refused' and i.layout > kind.layout order by layout limit 1) following
     where kind.number < $1)
  select kind.layout, greatest(last.ended_at, (
           select max(d.checked_at) from index_download d join index_import i on i.import_id = d.import_id
            where i.layout = kind.layout and d.failures = 0)) as at
    from kind cross join lateral (
      select ended_at from index_import i where outcome <> 'refused' and i.layout = kind.layout
       order by ended_at desc limit 1) last
   order by kind.layout`;
