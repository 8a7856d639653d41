import type pg from 'pg';
import type { MentionedDigests } from '../../service/documents/sweep.ts';

const PAGE = 5_000;
/** As the owner: a table that the service may not read mentions documents, too. */
const BEGIN = `begin isolation level repeatable read read only; set local role none;
  set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0`;

/**
 * Whatever looks like a SHA-256 in any column of any row, whoever added that column: a list of columns would forget one.
 * Reads the whole database once; for an occasional command of the database's owner.
 */
export const mentionedDigests = (pool: pg.Pool): MentionedDigests =>
  async function* mentioned() {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(BEGIN);
      await client.query(`declare mentioned no scroll cursor for ${await everywhere(client)}`);
      for (;;) {
        const { rows } = await client.query<{ digest: string }>(`fetch ${PAGE} from mentioned`);
        if (rows.length === 0) return;
        for (const { digest } of rows) yield digest;
      }
    } finally {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure;
      });
      client.release(broken);
    }
  };

async function everywhere(client: pg.PoolClient): Promise<string> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(c.relname) as name from pg_class c
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
  );
  const found = rows.map(
    ({ name }) => `select (regexp_matches(t::text, '[0-9a-f]{64}', 'g'))[1] as digest from ${name} t`,
  );
  return `select digest from (select distinct digest from (${found.join(' union all ')}) found) mentioned
    order by digest collate "C"`;
}
