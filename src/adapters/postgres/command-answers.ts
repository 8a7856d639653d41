/** Answers to commands, kept under the caller's idempotency key in the transaction of the command. */
import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import { ANSWERS_KEPT_MS, type CommandKey } from '../../service/register/idempotent-command.ts';
import { toJson } from './database/json.ts';

/** Old answers removed with each new one, so that they never pile up. */
export const FORGOTTEN_PER_COMMAND = 20;

/**
 * The earlier answer under this key, of an office (call it under the office's lock) or of the index (`aoo` null). `other`:
 * the key was used for a different command.
 */
export async function keptAnswer<T>(
  client: pg.PoolClient,
  aoo: AooId | null,
  key: CommandKey | null,
): Promise<{ readonly answer: T } | 'other' | null> {
  if (key === null) return null;
  const { rows } = await client.query<{ digest: string; answer: T }>(
    aoo === null
      ? 'select digest, answer from index_command_answer where client = $1 and key = $2'
      : 'select digest, answer from command_answer where client = $1 and key = $2 and aoo = $3',
    [key.client, key.key, ...(aoo === null ? [] : [aoo])],
  );
  const [row] = rows;
  if (row === undefined) return null;
  return row.digest === key.digest ? { answer: row.answer } : 'other';
}

export async function keepAnswer(
  client: pg.PoolClient,
  aoo: AooId | null,
  key: CommandKey | null,
  answer: unknown,
  at: Date,
): Promise<void> {
  if (key === null) return;
  const { table, owner, ofOwner } =
    aoo === null
      ? { table: 'index_command_answer', owner: '', ofOwner: '' }
      : { table: 'command_answer', owner: 'aoo, ', ofOwner: 'aoo = $3 and ' };
  const whose = aoo === null ? [] : [aoo];
  await client.query(
    `insert into ${table} (client, key, digest, answer, at${owner && ', aoo'}) values ($1, $2, $3, $4, $5${owner && ', $6'})`,
    [key.client, key.key, key.digest, toJson(answer), at, ...whose],
  );
  await client.query(
    `delete from ${table} where (${owner}client, key) in
       (select ${owner}client, key from ${table} where ${ofOwner}at < $1 order by at limit $2)`,
    [new Date(at.getTime() - ANSWERS_KEPT_MS), FORGOTTEN_PER_COMMAND, ...whose],
  );
}

/** Commands of the index have no office's lock: those under the same key take turns with this one. */
export async function lockKey(
  client: pg.PoolClient,
  { client: caller, key }: Omit<CommandKey, 'digest'>,
): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`index ${caller} ${key}`]);
}

/** Removes what was kept for a command that had only begun. */
export async function dropAnswer(client: pg.PoolClient, aoo: AooId, { client: caller, key }: CommandKey) {
  await client.query('delete from command_answer where aoo = $1 and client = $2 and key = $3', [aoo, caller, key]);
}
