/**
 * What follows from covered rows: a present state whose history the chain covers, and counters. Each has to be what its
 * history leads to.
 */
import type pg from 'pg';
import type { LastNumber } from '../../../domain/register/heads.ts';
import type { RowCheck } from './verify-rows.ts';

interface Differing {
  readonly key: string;
  readonly columns: readonly string[];
}

/** `floors`: numbers that recoveries let the office go on above. */
export async function verifyDerived(
  client: pg.PoolClient,
  aoo: string,
  floors: readonly LastNumber[],
  { report }: Pick<RowCheck, 'report'>,
): Promise<void> {
  for (const [table, sql] of Object.entries(DERIVED)) {
    const { rows } = await client.query<Differing>(sql, [aoo]);
    for (const { key, columns } of rows) report({ table, key, what: 'altered', columns });
  }
  const { rows } = await client.query<LastNumber & { highest: number }>(COUNTERS, [aoo]);
  for (const { register, year, last, highest } of rows) {
    const above = floors.filter((one) => one.register === register && one.year === year).map((one) => one.last);
    if (last !== Math.max(highest, ...above))
      report({ table: 'register_counter', key: `${register}/${year}`, what: 'altered', columns: ['last_number'] });
  }
}

const differing = (columns: Readonly<Record<string, string>>): string =>
  `array_remove(array[${Object.entries(columns)
    .map(([name, sql]) => `case when ${name} is distinct from ${sql} then '${name.split('.').at(-1)}' end`)
    .join(', ')}], null)`;

const DERIVED: Readonly<Record<string, string>> = {
  // The file it lies in is the last one it was put into.
  registration_file: `select * from (
    select concat_ws('/', register, year, number) as key,
           ${differing({ 'f.file_id': 'h.file_id', 'f.version': 'h.version', 'f.since': 'h.at', 'f.by': 'h.by' })} as columns
      from (select * from registration_file where aoo = $1) f
      full join (select distinct on (register, year, number) * from registration_file_history where aoo = $1
                  order by register, year, number, version desc) h using (register, year, number)) compared
    where columns <> '{}' order by key limit 100`,
  // Lifted is what was lifted last, and not set again.
  registration_reserved: `select * from (
    select concat_ws('/', s.register, s.year, s.number) as key,
           ${differing({ 's.lifted_at': 'h.at', 's.lifted_by': 'h.by' })} as columns
      from registration_reserved s
      left join lateral (select act, at, by from registration_reserve_history
                          where aoo = s.aoo and register = s.register and year = s.year and number = s.number
                          order by version desc limit 1) h on h.act = 'lifted'
     where s.aoo = $1) compared
    where columns <> '{}' order by key limit 100`,
};

/** Repertories are counted there, too (`rep:…`), but number nothing of the register. */
const COUNTERS = `select register, year, last_number as last, coalesce((select max(number) from registration r
      where r.aoo = c.aoo and r.register = c.register and r.year = c.year), 0) as highest
    from register_counter c where aoo = $1 and register not like 'rep:%'`;
