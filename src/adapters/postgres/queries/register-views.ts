import type pg from 'pg';
import { protocolNumber } from '../../../kernel/ids.ts';
import type { Reader } from '../../../service/people/rights.ts';
import type { RegisterViews } from '../../../service/queries/register-views.ts';
import { type Placed, readable } from './reader.ts';
import { registerDays, registerNeighbours } from './register-day.ts';
import { searchRegister } from './register-search.ts';
import { registrationSheet } from './registration-sheet.ts';
import { mailHas, wordsQuery } from './words.ts';

/** Counting ends there: beyond it a number helps nobody. */
const MOST_REQUESTS = 100;
/** Of a word that stands in more mails, some are looked through. */
const MOST_MAILS = 2_000;

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
  async mails(aoo, text, limit) {
    const { values, value } = parameters(aoo);
    const { rows } = await pool.query<{ id: string; subject: string; sender: string; arrived_at: Date }>(
      `select m.mail_id as id, left(coalesce(m.subject, 'senza oggetto'), 300) as subject, left(coalesce(m.sender, ''), 300) as sender,
         m.arrived_at from mail m
        where m.aoo = $1 and m.mail_id = any(array(select w.mail_id from mail w where w.aoo = $1 and ${mailHas('w', wordsQuery(text, value).all)} limit ${MOST_MAILS}))
          and m.kind <> 'pec-receipt' and not exists (select from exchange x where x.aoo = m.aoo
            and x.exchange_id = m.exchange_id and x.number is not null)
        order by m.mail_id desc limit ${value(limit)}`,
      values,
    );
    return rows.map(({ arrived_at: at, ...mail }) => ({ ...mail, arrivedAt: at.toISOString() }));
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
