import type pg from 'pg';
import { protocolNumber } from '../../../kernel/ids.ts';
import type { Reader } from '../../../service/people/rights.ts';
import type { OpenAnnulmentRequest, RegisterViews } from '../../../service/queries/register-views.ts';
import {
  type AnnulmentRequestRow,
  SELECT_ANNULMENT_REQUESTS,
  toAnnulmentRequest,
} from '../office/annulment-requests.ts';
import { type Placed, readable } from './reader.ts';
import { registerDays, registerNeighbours } from './register-day.ts';
import { searchRegister } from './register-search.ts';
import { registrationSheet } from './registration-sheet.ts';

/** Counting ends there: beyond it a number helps nobody. */
const MOST_REQUESTS = 100;

export const postgresRegisterViews = (pool: pg.Pool): RegisterViews => ({
  search: (query) => searchRegister(pool, query),
  sheet: registrationSheet(pool),
  days: registerDays(pool),
  neighbours: registerNeighbours(pool),
  async byNumber(aoo, reader, number, year) {
    const { values, value } = parameters(aoo);
    const ofYear = year === null ? '' : `and r.year = ${value(year)}`;
    const { rows } = await pool.query<{ register: string; year: number; number: number }>(
      `select r.register, r.year, r.number from registration r where r.aoo = $1 and r.number = ${value(number)} ${ofYear}
          and ${readable('r', reader, value)} order by r.registered_at desc limit 20`,
      values,
    );
    return rows.map((row) => ({ ...row, number: protocolNumber(row.number) }));
  },
  async annulmentRequests(aoo, reader, limit) {
    const { values, value } = parameters(aoo);
    const { rows } = await pool.query<AnnulmentRequestRow & { subject: string; correspondent: string | null }>(
      `${SELECT_ANNULMENT_REQUESTS.replace(
        ' from annulment_request a',
        `, left(r.subject, 300) as subject,
           left(case r.direction when 'incoming' then r.sender ->> 'name' else r.recipients -> 0 ->> 'name' end, 300) as correspondent
           ${WAITING(reader, value)}`,
      )} order by a.asked_at, a.request_id limit ${value(limit)}`,
      values,
    );
    return rows.map(toOpenRequest);
  },
  async countAnnulmentRequests(aoo, reader) {
    const { values, value } = parameters(aoo);
    const { rows } = await pool.query<{ count: number }>(
      `select count(*) from (select ${WAITING(reader, value)} limit ${MOST_REQUESTS}) waiting`,
      values,
    );
    return rows[0]?.count ?? 0;
  },
});

function parameters(aoo: string) {
  const values: unknown[] = [aoo];
  return { values, value: (given: unknown): string => `$${values.push(given)}` };
}

const WAITING = (reader: Reader, value: Placed): string =>
  `from annulment_request a join registration r on r.aoo = a.aoo and r.register = a.register and r.year = a.year
     and r.number = a.number where a.aoo = $1 and a.outcome is null and ${readable('r', reader, value)}`;

const toOpenRequest = ({
  subject,
  correspondent,
  ...row
}: AnnulmentRequestRow & { subject: string; correspondent: string | null }): OpenAnnulmentRequest => {
  const { decision: _, ...request } = toAnnulmentRequest(row);
  return { ...request, subject, correspondent: correspondent ?? '' };
};
