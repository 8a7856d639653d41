import type pg from 'pg';

/** Columns that change without any command: leases, visits to mailboxes, the last use of a credential. */
const TICKING = ['lease_owner', 'lease_until', 'last_success', 'last_used_at', 'due_at'];

/** One digest per table of a database: any write changes one of them. */
export async function pictureOf(pool: pg.Pool): Promise<Readonly<Record<string, string>>> {
  const { rows } = await pool.query<{ name: string }>(
    "select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migration' order by 1",
  );
  const one = ({ name }: { name: string }): string =>
    `select '${name}' as name, count(*) || ' rows ' || md5(coalesce(string_agg(line, '|' order by line), '')) as picture
       from (select (to_jsonb(t) - '{${TICKING.join(',')}}'::text[])::text as line from ${name} t) as lines`;
  const pictures = await pool.query<{ name: string; picture: string }>(rows.map(one).join(' union all '));
  return Object.fromEntries(pictures.rows.map(({ name, picture }) => [name, picture]));
}
