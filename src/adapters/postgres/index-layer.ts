import type pg from 'pg';
import type { LayerRow, Observation, UpdateMessage } from '../../domain/index/model.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { FeedItem, IndexLayer, LayerTransaction, Peer, Target } from '../../service/index/ports.ts';
import type { CommandKey } from '../../service/register/idempotent-command.ts';
import { keepAnswer, keptAnswer, lockKey } from './command-answers.ts';
import { INDEX_CHANNEL } from './index-imports.ts';
import { cleanText, toJson } from './json.ts';
import { inTransaction } from './pool.ts';

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
const LAYER = `l.layer_id, l.body, l.aoo, l.field, l.value, l.source, l.author, l.reason, l.valid_from, l.valid_to,
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

interface MessageRow {
  message_id: string;
  node: string;
  body: string;
  aoo: string;
  changes: UpdateMessage['changes'];
  author: string;
  reason: string;
  received_at: Date;
  state: UpdateMessage['state'];
  decided_at: Date | null;
  decided_by: string | null;
  decision: string | null;
}
const toMessage = (row: MessageRow): UpdateMessage => ({
  messageId: row.message_id,
  node: row.node,
  body: row.body,
  aoo: row.aoo,
  changes: row.changes,
  author: row.author,
  reason: row.reason,
  receivedAt: row.received_at,
  state: row.state,
  decidedAt: row.decided_at,
  decidedBy: row.decided_by,
  decision: row.decision,
});

const TARGETS = 'jsonb_to_recordset($1) as t (body text, aoo text)';

export function indexLayer(pool: pg.Pool): IndexLayer {
  return {
    command: (key, at, work) => inCommand(pool, key, at, work),
    async rowsOf(body, messageId) {
      const { rows } = await pool.query<LayerRowRow>(
        `select ${LAYER} from index_layer l where l.body = $1 and l.message_id = $2 order by l.seq`,
        [body.toLowerCase(), messageId],
      );
      return rows.map(toLayerRow);
    },
    async effective(targets, day) {
      if (targets.length === 0) return [];
      const { rows } = await pool.query<LayerRowRow>({
        name: 'index layer effective',
        text: `select ${LAYER} from (
                 select distinct on (l.body, l.aoo, l.field) l.* from ${TARGETS}
                   join index_layer l on l.body = t.body and l.aoo = t.aoo
                  where l.valid_from <= $2 and (l.valid_to is null or l.valid_to > $2)
                  order by l.body, l.aoo, l.field, l.seq desc) l
                order by l.seq`,
        values: [toJson(targets), day],
      });
      return rows.map(toLayerRow);
    },
    async historyOf(body) {
      const { rows } = await pool.query<LayerRowRow>(
        `select ${LAYER} from index_layer l where l.body = $1 order by l.seq limit 5000`,
        [body.toLowerCase()],
      );
      return rows.map(toLayerRow);
    },
    async targetsWith(field, value, day) {
      const { rows } = await pool.query<Target>(
        `select body, aoo from (
           select distinct on (l.body, l.aoo) l.body, l.aoo, l.value from index_layer l
            where l.field = $1 and l.valid_from <= $3 and (l.valid_to is null or l.valid_to > $3)
            order by l.body, l.aoo, l.seq desc) held
          where lower(held.value #>> '{}') = lower($2) limit 1000`,
        [field, value, day],
      );
      return rows;
    },
    async observe(observations) {
      // One row per observation and AOO: the same one twice in a batch would meet itself.
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
    async messages(state, limit) {
      const { rows } = await pool.query<MessageRow>(
        'select * from index_message where $1::text is null or state = $1 order by received_at desc, message_id limit $2',
        [state, limit],
      );
      return rows.map(toMessage);
    },
    message: (messageId) => findMessage(pool, messageId),
    async feed(after, limit) {
      const { rows } = await pool.query<FeedItem>(
        'select seq, at, message_id as "messageId", content from index_feed where seq > $1 order by seq limit $2',
        [after, limit],
      );
      return rows;
    },
    async peers() {
      const { rows } = await pool.query<Peer>(
        `select node, url, last_seq as "lastSeq", last_success as "lastSuccess", failures, last_error as "lastError"
           from index_peer order by node`,
      );
      return rows;
    },
    async declarePeer(node, url) {
      await pool.query(
        `insert into index_peer (node, url) values ($1, $2) on conflict (node) do update set url = excluded.url`,
        [node, url],
      );
    },
    async peerFailed(node, at, reason) {
      await pool.query(
        'update index_peer set failures = failures + 1, last_error = $2, last_failure = $3 where node = $1',
        [node, cleanText(reason), at],
      );
    },
    follow: (node, from, to, items, at) =>
      inTransaction(pool, async (client) => {
        // Two followers of the same feed: the second one finds the mark moved and leaves.
        const moved = await client.query(
          `update index_peer set last_seq = $3, last_success = $4, failures = 0, last_error = null
            where node = $1 and last_seq = $2`,
          [node, from, to, at],
        );
        if (moved.rowCount !== 1) return false;
        for (const { messageId, rows, content } of items) {
          const known = await client.query('select from index_feed where message_id = $1', [messageId]);
          if (known.rowCount !== 0) continue;
          await insertRows(client, rows);
          await publish(client, messageId, content, at);
        }
        return true;
      }),
  };
}

/** A refusal takes everything back: the transaction has nothing else to lose. */
class Refused extends Error {
  readonly result: Result<never>;
  constructor(result: Result<never>) {
    super('refused');
    this.result = result;
  }
}

async function inCommand<T>(
  pool: pg.Pool,
  key: CommandKey | null,
  at: Date,
  work: (tx: LayerTransaction) => Promise<Result<T>>,
): Promise<Result<T>> {
  try {
    return await inTransaction(pool, async (client) => {
      if (key !== null) await lockKey(client, key);
      const before = await keptAnswer<T>(client, null, key);
      if (before === 'other') return refuse(problem('idempotency-key-reused'));
      if (before !== null) return ok(before.answer);
      const done = await work(layerTransaction(client));
      if (!done.ok) throw new Refused(done);
      await keepAnswer(client, null, key, done.value, at);
      return done;
    });
  } catch (error) {
    if (error instanceof Refused) return error.result;
    throw error;
  }
}

const layerTransaction = (client: pg.PoolClient): LayerTransaction => ({
  async add(rows, { messageId, content }, at) {
    await insertRows(client, rows);
    await publish(client, messageId, content, at);
  },
  async receive(message) {
    const done = await client.query(
      `insert into index_message (message_id, node, body, aoo, changes, author, reason, received_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (message_id) do nothing`,
      [
        message.messageId,
        message.node,
        message.body.toLowerCase(),
        message.aoo.toLowerCase(),
        toJson(message.changes),
        cleanText(message.author),
        cleanText(message.reason),
        message.receivedAt,
      ],
    );
    return done.rowCount === 1;
  },
  message: (messageId) => findMessage(client, messageId),
  async decide(messageId, decision, rows, content) {
    const decided = await client.query(
      `update index_message set state = $2, decided_by = $3, decision = $4, decided_at = $5
        where message_id = $1 and state = 'received'`,
      [messageId, decision.state, cleanText(decision.by), cleanText(decision.why), decision.at],
    );
    if (decided.rowCount !== 1) return false;
    await insertRows(client, rows);
    if (content !== null) await publish(client, messageId, content, decision.at);
    return true;
  },
});

async function findMessage(client: Pick<pg.Pool, 'query'>, messageId: string): Promise<UpdateMessage | null> {
  const { rows } = await client.query<MessageRow>('select * from index_message where message_id = $1', [messageId]);
  return rows[0] === undefined ? null : toMessage(rows[0]);
}

/** The layer may be written twice by the same message (followed from two nodes): its rows bear the message's ids. */
async function insertRows(client: pg.PoolClient, rows: readonly LayerRow[]): Promise<void> {
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

/** Numbers are taken under the counter's row: who reads the feed up to a number has missed none before it. */
async function publish(client: pg.PoolClient, messageId: string, content: unknown, at: Date): Promise<void> {
  await client.query(
    `with taken as (update index_feed_counter set last_seq = last_seq + 1 returning last_seq)
     insert into index_feed (seq, at, message_id, content) select last_seq, $3, $1, $2 from taken`,
    [messageId, toJson(content), at],
  );
}
