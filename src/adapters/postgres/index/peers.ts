/** Changes between nodes: our feed, and the feeds of the nodes this one follows. */
import type pg from 'pg';
import type { FeedItem, IndexLayer, Peer } from '../../../service/index/ports.ts';
import { cleanText, toJson } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { insertLayerRows } from './layer-rows.ts';

export function indexPeers(
  pool: pg.Pool,
): Pick<IndexLayer, 'feed' | 'peers' | 'declarePeer' | 'peerFailed' | 'follow'> {
  return {
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
        // Of two followers of the same feed, the second finds the mark moved and writes nothing.
        const moved = await client.query(
          `update index_peer set last_seq = $3, last_success = $4, failures = 0, last_error = null
            where node = $1 and last_seq = $2`,
          [node, from, to, at],
        );
        if (moved.rowCount !== 1) return false;
        for (const { messageId, rows, content } of items) {
          const known = await client.query('select from index_feed where message_id = $1', [messageId]);
          if (known.rowCount !== 0) continue;
          await insertLayerRows(client, rows);
          await publish(client, messageId, content, at);
        }
        return true;
      }),
  };
}

/** Takes the number under the lock of the counter's row: whoever has read the feed up to a number has missed none before it. */
export async function publish(client: pg.PoolClient, messageId: string, content: unknown, at: Date): Promise<void> {
  await client.query(
    `with taken as (update index_feed_counter set last_seq = last_seq + 1 returning last_seq)
     insert into index_feed (seq, at, message_id, content) select last_seq, $3, $1, $2 from taken`,
    [messageId, toJson(content), at],
  );
}
