/** Changes to the region's layer and the messages that ask for them, each a command that runs once under its key. */
import type pg from 'pg';
import type { UpdateMessage } from '../../../domain/index/model.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { IndexLayer, LayerTransaction } from '../../../service/index/ports.ts';
import type { CommandKey } from '../../../service/register/idempotent-command.ts';
import { keepAnswer, keptAnswer, lockKey } from '../command-answers.ts';
import { cleanText, toJson } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { insertLayerRows } from './layer-rows.ts';
import { publish } from './peers.ts';

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

export function layerCommands(pool: pg.Pool): Pick<IndexLayer, 'command' | 'messages' | 'message'> {
  return {
    command: (key, at, work) => inCommand(pool, key, at, work),
    async messages(state, limit) {
      const { rows } = await pool.query<MessageRow>(
        'select * from index_message where $1::text is null or state = $1 order by received_at desc, message_id limit $2',
        [state, limit],
      );
      return rows.map(toMessage);
    },
    message: (messageId) => findMessage(pool, messageId),
  };
}

/** Thrown to roll the transaction back when a command is refused. */
class CommandRefusedError extends Error {
  override readonly name = 'CommandRefusedError';
  readonly result: Result<never>;

  constructor(result: Result<never>) {
    super('the command was refused');
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
      if (!done.ok) throw new CommandRefusedError(done);
      await keepAnswer(client, null, key, done.value, at);
      return done;
    });
  } catch (error) {
    if (error instanceof CommandRefusedError) return error.result;
    throw error;
  }
}

const layerTransaction = (client: pg.PoolClient): LayerTransaction => ({
  async add(rows, { messageId, content }, at) {
    await insertLayerRows(client, rows);
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
    await insertLayerRows(client, rows);
    if (content !== null) await publish(client, messageId, content, decision.at);
    return true;
  },
});

async function findMessage(client: Pick<pg.Pool, 'query'>, messageId: string): Promise<UpdateMessage | null> {
  const { rows } = await client.query<MessageRow>('select * from index_message where message_id = $1', [messageId]);
  return rows[0] === undefined ? null : toMessage(rows[0]);
}
