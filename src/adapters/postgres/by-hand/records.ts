import type pg from 'pg';
import type {
  DeferralInUse,
  Deferrals,
  DeferredRegistration,
  HandFacts,
  HandRecords,
  Likely,
  OpenFile,
} from '../../../service/by-hand/ports.ts';
import type { Reader } from '../../../service/people/rights.ts';
import type { Deferral } from '../../../service/register/by-hand-writes.ts';
import { DEFERRAL_COLUMNS } from '../office/by-hand.ts';
import { FORM } from '../queries/list-page.ts';
import { readableOne } from '../queries/reader.ts';
import { LIKELY } from './earlier-registrations.ts';
import { FILE_COLUMNS } from './filing.ts';

export const postgresDeferrals = (pool: pg.Pool): Deferrals => ({
  async open(aoo, day) {
    const { rows } = await pool.query<Deferral>(
      `select ${DEFERRAL_COLUMNS} from deferral where aoo = $1 and register_until >= $2::date
        order by register_until, deferral_id limit 50`,
      [aoo, day],
    );
    return rows;
  },
  async list(aoo, reader, limit) {
    const values: unknown[] = [aoo, limit];
    const { rows } = await pool.query<DeferralInUse>(
      `${inUse(reader, values)} where d.aoo = $1 order by d.register_until desc, d.deferral_id limit $2`,
      values,
    );
    return rows;
  },
  async find(aoo, deferralId, reader) {
    if (!FORM.uuid.test(deferralId)) return null;
    const values: unknown[] = [aoo, deferralId];
    const { rows } = await pool.query<DeferralInUse>(
      `${inUse(reader, values)} where d.aoo = $1 and d.deferral_id = $2`,
      values,
    );
    return rows[0] ?? null;
  },
  async uses(aoo, deferralId, reader, limit) {
    if (!FORM.uuid.test(deferralId)) return [];
    const values: unknown[] = [aoo, deferralId, limit];
    const may = readableOne('r', reader, (given) => `$${values.push(given)}`);
    const { rows } = await pool.query<DeferredRegistration>(
      `select ${LIKELY}, a.received_at as "receivedAt", r.registered_at as "registeredAt",
              a.registered_by_name as "registeredByName"
         from registration_arrival a join registration r using (aoo, register, year, number)
        where a.aoo = $1 and a.deferral is not null and a.deferral ->> 'deferralId' = $2 and ${may}
        order by r.registered_at desc limit $3`,
      values,
    );
    return rows;
  },
});

function inUse(reader: Reader, values: unknown[]): string {
  const may = readableOne('a', reader, (given) => `$${values.push(given)}`);
  return `select d.deferral_id as "deferralId", d.provision, d.reason, d.received_from::text as "receivedFrom",
      d.received_to::text as "receivedTo", d.register_until::text as "registerUntil", d.by, d.at,
      (select count(*)::int from registration_arrival a where a.aoo = d.aoo and a.deferral is not null
        and a.deferral ->> 'deferralId' = d.deferral_id::text and ${may}) as used
    from deferral d`;
}

/** What stands beside one registration. */
export function postgresHandRecords(pool: pg.Pool): HandRecords {
  const OF = (alias: string): string =>
    `${alias}.aoo = $1 and ${alias}.register = $2 and ${alias}.year = $3 and ${alias}.number = $4`;
  return {
    async arrival(aoo, { register, year, number }) {
      const { rows } = await pool.query<HandFacts>(
        `select a.carrier, a.received_at as "receivedAt", a.deferral, a.registered_by as "registeredBy",
                a.registered_by_name as "registeredByName"
           from registration_arrival a where ${OF('a')}`,
        [aoo, register, year, number],
      );
      return rows[0] ?? null;
    },
    async isReserved(aoo, { register, year, number }) {
      const { rows } = await pool.query(
        `select from registration_reserved s where ${OF('s')} and s.lifted_at is null`,
        [aoo, register, year, number],
      );
      return rows.length > 0;
    },
    async fileOf(aoo, { register, year, number }) {
      const { rows } = await pool.query<OpenFile>(
        `select ${FILE_COLUMNS} from registration_file i join file f on f.aoo = i.aoo and f.file_id = i.file_id
          where ${OF('i')}`,
        [aoo, register, year, number],
      );
      return rows[0] ?? null;
    },
    async links(aoo, { register, year, number }, reader) {
      const values: unknown[] = [aoo, register, year, number];
      const may = readableOne('r', reader, (given) => `$${values.push(given)}`);
      const { rows } = await pool.query<Likely>(
        `select ${LIKELY} from registration r where (r.aoo, r.register, r.year, r.number) in (
           select l.aoo, l.to_register, l.to_year, l.to_number from registration_link l where ${OF('l')}
           union select b.aoo, b.register, b.year, b.number from registration_link b
            where b.aoo = $1 and b.to_register = $2 and b.to_year = $3 and b.to_number = $4)
          and ${may} order by r.registered_at desc limit 100`,
        values,
      );
      return rows;
    },
  };
}
