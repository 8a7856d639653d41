import type pg from 'pg';
import type { LayerRow } from '../../../domain/index/model.ts';
import type { IndexLayer, Target } from '../../../service/index/ports.ts';
import { toJson } from '../database/json.ts';
import { INDEX_CHANNEL } from './imports.ts';

interface LayerRowRow {
  layer_id: string;
  body: string;
  aoo: string;
  field: LayerRow['field'];
  value: LayerRow['value'];
  source: string;
  author: string;
  reason: string;
  valid_from: string;
  valid_to: string | null;
  recorded_at: Date;
  message_id: string | null;
}
const COLUMNS = `l.layer_id, l.body, l.aoo, l.field, l.value, l.source, l.author, l.reason, l.valid_from, l.valid_to,
  l.recorded_at, l.message_id`;

const toLayerRow = (row: LayerRowRow): LayerRow => ({
  layerId: row.layer_id,
  body: row.body,
  aoo: row.aoo,
  field: row.field,
  value: row.value,
  source: row.source,
  author: row.author,
  reason: row.reason,
  validFrom: row.valid_from,
  validTo: row.valid_to,
  recordedAt: row.recorded_at,
  messageId: row.message_id,
});

/** $1: targets as JSON. */
export const TARGETS = 'jsonb_to_recordset($1) as t (body text, aoo text)';

/** The rows in force on a day. */
const inForce = (day: string): string => `l.valid_from <= ${day} and (l.valid_to is null or l.valid_to > ${day})`;

export function layerRows(pool: pg.Pool): Pick<IndexLayer, 'rowsOf' | 'effective' | 'historyOf' | 'targetsWith'> {
  return {
    async rowsOf(body, messageId) {
      const { rows } = await pool.query<LayerRowRow>(
        `select ${COLUMNS} from index_layer l where l.body = $1 and l.message_id = $2 order by l.seq`,
        [body.toLowerCase(), messageId],
      );
      return rows.map(toLayerRow);
    },
    async effective(targets, day) {
      if (targets.length === 0) return [];
      const { rows } = await pool.query<LayerRowRow>({
        name: 'index layer effective',
        text: `select ${COLUMNS} from (
                 select distinct on (l.body, l.aoo, l.field) l.* from ${TARGETS}
                   join index_layer l on l.body = t.body and l.aoo = t.aoo
                  where ${inForce('$2')}
                  order by l.body, l.aoo, l.field, l.seq desc) l
                order by l.seq`,
        values: [toJson(targets), day],
      });
      return rows.map(toLayerRow);
    },
    async historyOf(body) {
      const { rows } = await pool.query<LayerRowRow>(
        `select ${COLUMNS} from index_layer l where l.body = $1 order by l.seq limit 5000`,
        [body.toLowerCase()],
      );
      return rows.map(toLayerRow);
    },
    async targetsWith(field, value, day) {
      const { rows } = await pool.query<Target>(
        `select body, aoo from (
           select distinct on (l.body, l.aoo) l.body, l.aoo, l.value from index_layer l
            where l.field = $1 and ${inForce('$3')}
            order by l.body, l.aoo, l.seq desc) held
          where lower(held.value #>> '{}') = lower($2) limit 1000`,
        [field, value, day],
      );
      return rows;
    },
  };
}

/** The same message may come from two nodes: its rows always have the same ids, and are written once. */
export async function insertLayerRows(client: pg.PoolClient, rows: readonly LayerRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into index_layer (layer_id, body, aoo, field, value, source, author, reason, valid_from, valid_to, recorded_at, message_id)
     select "layerId", lower(body), lower(aoo), field, nullif(value, 'null'), source, author, reason, "validFrom", "validTo",
            "recordedAt", "messageId"
       from jsonb_to_recordset($1) as r ("layerId" uuid, body text, aoo text, field text, value jsonb, source text, author text,
            reason text, "validFrom" date, "validTo" date, "recordedAt" timestamptz, "messageId" uuid)
     on conflict (layer_id) do nothing`,
    [toJson(rows)],
  );
  await client.query('select pg_notify($1, $2)', [INDEX_CHANNEL, 'layer']);
}
