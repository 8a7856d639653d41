/** Answers of commands, kept under their callers' keys in the transaction that carries them out. */
import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { CommandKey } from '../../service/register/idempotent-command.ts';
import { toJson } from './database/json.ts';

/** A month: nobody repeats a command after that, and a key may then be used anew. */
export const ANSWERS_KEPT_MS = 30 * 24 * 3_600_000;
/** Cleared away with each new one, so that there is never much to do. */
export const FORGOTTEN_AT_ONCE = 20;

/**
 * What was answered under this key before, of an office (under its lock) or of the index (null); `other` where the key
 * was used for another command.
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
    [new Date(at.getTime() - ANSWERS_KEPT_MS), FORGOTTEN_AT_ONCE, ...whose],
  );
}

/** Takes the turn of the caller's key among the commands of the index, which have no office whose lock they share. */
export async function lockKey(
  client: pg.PoolClient,
  { client: caller, key }: Omit<CommandKey, 'digest'>,
): Promise<void> {
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`index ${caller} ${key}`]);
}

/** For what was kept of a command that has only begun. */
export async function dropAnswer(client: pg.PoolClient, aoo: AooId, { client: caller, key }: CommandKey) {
  await client.query('delete from command_answer where aoo = $1 and client = $2 and key = $3', [aoo, caller, key]);
}
