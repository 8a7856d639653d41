/** The register of a day: every number stands, whatever the reader may see of it. */
import type pg from 'pg';
import { protocolNumber } from '../../../kernel/ids.ts';
import type { DayRow, RegisterAnnulment, RegisterDay, RegisterViews } from '../../../service/queries/register-views.ts';
import { snapshot } from '../database/pool.ts';
import { readable } from './reader.ts';
import { type RegisterSqlRow, rowColumns, toRegisterRow } from './register-rows.ts';

/** A month of a large town; a page of more is read by nobody. */
const MOST_ROWS = 5_000;

export const registerDays =
  (pool: pg.Pool): RegisterViews['days'] =>
  (aoo, reader, from, to) =>
    snapshot(pool, async (client): Promise<RegisterDay> => {
      const values: unknown[] = [aoo, from, to];
      const value = (given: unknown): string => `$${values.push(given)}`;
      const seen = readable('r', reader, value);
      const rows = await client.query<RegisterSqlRow & { is_seen: boolean }>(
        // The index is by time and a legal day has 23 to 25 hours: a day more on either side is read, and the date decides.
        `select ${rowColumns(undefined, value)}, ${seen} as is_seen from registration r
          where r.aoo = $1 and r.date between $2::date and $3::date
            and r.registered_at between $2::date - interval '1 day' and $3::date + interval '2 days'
          order by r.register, r.year, r.number limit ${MOST_ROWS + 1}`,
        values,
      );
      const annulled = await client.query<AnnulledRow>(
        `select n.register, n.year, n.number, n.at, n.by, n.reason, n.provision, r.date, ${seen} as is_seen
           from registration_annulment n join registration r
             on r.aoo = n.aoo and r.register = n.register and r.year = n.year and r.number = n.number
          where n.aoo = $1 and n.at >= $2::date - interval '1 day' and n.at < $3::date + interval '2 days'
            and (n.at at time zone 'Europe/Rome')::date between $2::date and $3::date
          order by n.at limit ${MOST_ROWS}`,
        values,
      );
      return {
        rows: rows.rows.slice(0, MOST_ROWS).map(toDayRow),
        annulled: annulled.rows.map(({ number, at, is_seen: isSeen, reason, ...row }) => ({
          ...row,
          number: protocolNumber(number),
          at: at.toISOString(),
          // A reason may name what the document is about.
          reason: isSeen ? reason : '',
          masked: !isSeen,
        })),
        isCut: rows.rows.length > MOST_ROWS,
      };
    });

interface AnnulledRow extends Omit<RegisterAnnulment, 'at'> {
  register: string;
  year: number;
  number: number;
  at: Date;
  date: string;
  is_seen: boolean;
}

function toDayRow({ is_seen: isSeen, ...row }: RegisterSqlRow & { is_seen: boolean }): DayRow {
  const whole = toRegisterRow(row);
  if (isSeen) return { ...whole, masked: null };
  const { register, year, number, date, time, direction, reserved, annulment } = whole;
  const masked = reserved ? 'reserved' : 'elsewhere';
  return { register, year, number, date, time, direction, masked, isAnnulled: annulment !== null };
}

export const registerNeighbours =
  (pool: pg.Pool): RegisterViews['neighbours'] =>
  async (aoo, date) => {
    const beside = (sign: '<' | '>', order: 'asc' | 'desc', edge: string): string =>
      `(select r.date from registration r where r.aoo = $1 and r.date ${sign} $2::date and r.registered_at ${sign} ${edge}
         order by r.registered_at ${order} limit 1)`;
    const { rows } = await pool.query<{ before: string | null; after: string | null }>(
      `select ${beside('<', 'desc', "$2::date + interval '1 day'")} as before,
              ${beside('>', 'asc', "$2::date - interval '1 day'")} as after`,
      [aoo, date],
    );
    return rows[0] ?? { before: null, after: null };
  };
