/** What traffic between offices has shown about other offices. */
import type pg from 'pg';
import type { Observation } from '../../../domain/index/model.ts';
import type { IndexLayer } from '../../../service/index/ports.ts';
import { toJson } from '../database/json.ts';
import { TARGETS } from './layer-rows.ts';

interface ObservationRow {
  body: string;
  aoo: string;
  what: string;
  times: number;
  first_at: Date;
  last_at: Date;
  evidence: Record<string, unknown>;
}

const toObservation = (row: ObservationRow): Observation => ({
  body: row.body,
  aoo: row.aoo,
  what: row.what,
  times: row.times,
  firstAt: row.first_at,
  lastAt: row.last_at,
  evidence: row.evidence,
});

export function indexObservations(pool: pg.Pool): Pick<IndexLayer, 'observe' | 'observations'> {
  return {
    async observe(observations) {
      // One statement each: the same observation twice in one statement would conflict with itself.
      for (const { body, aoo, what, lastAt, evidence } of observations) {
        await pool.query(
          `insert into index_observation (body, aoo, what, first_at, last_at, evidence) values ($1, $2, $3, $4, $4, $5)
           on conflict (body, aoo, what) do update set times = index_observation.times + 1,
             last_at = greatest(index_observation.last_at, excluded.last_at), evidence = excluded.evidence`,
          [body.toLowerCase(), aoo.toLowerCase(), what, lastAt, toJson(evidence)],
        );
      }
    },
    async observations(targets) {
      const { rows } = await pool.query<ObservationRow>(
        `select o.* from ${TARGETS} join index_observation o on o.body = t.body and o.aoo = t.aoo
          order by o.last_at desc limit 1000`,
        [toJson(targets)],
      );
      return rows.map(toObservation);
    },
  };
}
