/** Emergency registers and what was taken over from them, as people see them. */
import type pg from 'pg';
import type { Emergencies, EmergencyDay, EmergencyLine, EmergencySheet } from '../../../service/by-hand/ports.ts';
import { EMERGENCY_COLUMNS, withEndings } from '../office/emergencies.ts';
import { FORM } from '../queries/list-page.ts';
import { readableOne } from '../queries/reader.ts';
import { LIKELY } from './earlier-registrations.ts';

type Row = Omit<EmergencySheet, 'closing'> & {
  readonly closing: (Omit<NonNullable<EmergencySheet['closing']>, 'endedAt' | 'at'> & Stamps) | null;
};
interface Stamps {
  readonly endedAt: string;
  readonly at: string;
}

const STAMP = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const SHEETS = `select ${EMERGENCY_COLUMNS}, e.opened_at as "openedAt",
    (select count(*)::int from registration_emergency n where n.aoo = e.aoo and n.emergency_id = e.emergency_id) as registrations,
    (select jsonb_build_object('endedAt', ${STAMP('c.ended_at')}, 'declaration', c.declaration, 'registrations', c.registrations,
       'at', ${STAMP('c.at')}, 'by', c.by)
      from emergency_closing c where c.aoo = e.aoo and c.emergency_id = e.emergency_id) as closing
  from emergency_register e`;

const toSheet = (row: Row): EmergencySheet => ({
  ...withEndings(row),
  closing:
    row.closing === null
      ? null
      : { ...row.closing, endedAt: new Date(row.closing.endedAt), at: new Date(row.closing.at) },
});

export const postgresEmergencies = (pool: pg.Pool): Emergencies => ({
  async list(aoo, limit) {
    const { rows } = await pool.query<Row>(`${SHEETS} where e.aoo = $1 order by e.started_at desc limit $2`, [
      aoo,
      limit,
    ]);
    return rows.map(toSheet);
  },
  async find(aoo, emergencyId) {
    if (!FORM.uuid.test(emergencyId)) return null;
    const { rows } = await pool.query<Row>(`${SHEETS} where e.aoo = $1 and e.emergency_id = $2`, [aoo, emergencyId]);
    const [row] = rows;
    return row === undefined ? null : toSheet(row);
  },
  async days(aoo, emergencyId) {
    const { rows } = await pool.query<EmergencyDay>(
      `select n.emergency_date::text as date, count(*)::int as registrations from registration_emergency n
        where n.aoo = $1 and n.emergency_id = $2 group by 1 order by 1`,
      [aoo, emergencyId],
    );
    return rows;
  },
  async lines(aoo, emergencyId, reader, limit) {
    const values: unknown[] = [aoo, emergencyId, limit];
    const may = readableOne('r', reader, (given) => `$${values.push(given)}`);
    const { rows } = await pool.query<EmergencyLine>(
      `select ${LIKELY}, n.emergency_number as "emergencyNumber", n.emergency_year as "emergencyYear",
              n.emergency_date::text as "emergencyDate", n.emergency_time::text as "emergencyTime", n.operator
         from registration_emergency n join registration r using (aoo, register, year, number)
        where n.aoo = $1 and n.emergency_id = $2 and ${may}
        order by n.emergency_year, n.emergency_number limit $3`,
      values,
    );
    return rows;
  },
  async nextNumber(aoo, year) {
    const { rows } = await pool.query<{ last: number | null }>(
      'select max(emergency_number) as last from registration_emergency where aoo = $1 and emergency_year = $2',
      [aoo, year],
    );
    return (rows[0]?.last ?? 0) + 1;
  },
});
