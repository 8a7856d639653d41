import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { TextCounts, TextQueue, TextStatus } from '../../../service/texts/text-store.ts';

const MOST_WAITING = 10_000;

/** How the queue of each office stands: the same time however many texts there are. `aoo` null: of all. */
export async function readTextQueues(pool: pg.Pool, aoo: AooId | null): Promise<readonly TextQueue[]> {
  const { rows } = await pool.query<Omit<TextQueue, 'lastAt'> & { lastAt: Date | null }>(
    `select a.aoo,
            (select count(*)::int from (select from document_text t where t.aoo = a.aoo and t.state = 'waiting'
                                         limit ${MOST_WAITING}) few) as waiting,
            (select max(t.at) from document_text t where t.aoo = a.aoo) as "lastAt",
            coalesce((select sum(h.lower) from document_text_reach h where h.aoo = a.aoo), 0)::float8
              + coalesce((select sum(c.last_number - coalesce(h.upper, 0)) from register_counter c
                  left join document_text_reach h on h.aoo = c.aoo and h.register = c.register and h.year = c.year
                 where c.aoo = a.aoo and c.last_number > coalesce(h.upper, 0)), 0)::float8 as backlog
       from aoo a where $1::text is null or a.aoo = $1 order by a.aoo`,
    [aoo],
  );
  return rows.map(({ lastAt, ...queue }) => ({ ...queue, lastAt: lastAt?.toISOString() ?? null }));
}

/** With a count of every state, from its index: seconds where there are millions. */
export async function readTextStatus(pool: pg.Pool, aoo: AooId | null): Promise<TextStatus> {
  const { rows } = await pool.query<TextCounts>(
    `select aoo, state, reason, count(*)::float8 as count from document_text
      where $1::text is null or aoo = $1 group by aoo, state, reason order by aoo, state, reason`,
    [aoo],
  );
  return { counts: rows, queues: await readTextQueues(pool, aoo) };
}
