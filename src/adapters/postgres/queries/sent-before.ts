import type pg from 'pg';
import type { SentBefore } from '../../../service/outgoing/check-before-sending.ts';
import { asking } from '../database/prepared.ts';

/** The last message to each address that has come to an end. */
export const LAST_FAILURES = `
  select asked.address, last.updated_at as at from unnest($2::text[]) as asked (address)
   cross join lateral (select e.state, e.updated_at from exchange e
     where e.aoo = $1 and e.direction = 'outgoing' and md5(e.peer_address) = md5(asked.address)
       and e.peer_address = asked.address
       and e.state in ('failed', 'replaced', 'delivered', 'confirmed', 'excepted')
     order by e.created_at desc limit 1) last
   where last.state in ('failed', 'replaced')`;

/** By the first document, then by all of them: most messages of a day differ in the first. Nobody is told of a reserved one. */
export const SENT_ON = `
  select distinct e.peer_address as address, r.number::int as number, r.year from registration_document d
    join registration r using (aoo, register, year, number)
    join exchange e using (aoo, register, year, number)
   where d.aoo = $1 and d.sha256 = $3 and r.direction = 'outgoing' and r.date = $2::date
     and e.direction = 'outgoing' and e.peer_address = any($5)
     and (select array_agg(o.sha256 order by o.sha256) from registration_document o
           where o.aoo = d.aoo and o.register = d.register and o.year = d.year and o.number = d.number) = $4::text[]
     and not exists (select from registration_annulment a
           where a.aoo = r.aoo and a.register = r.register and a.year = r.year and a.number = r.number)
     and not exists (select from registration_reserved s where s.aoo = r.aoo and s.register = r.register
           and s.year = r.year and s.number = r.number and s.lifted_at is null)`;

export function postgresSentBefore(pool: pg.Pool): SentBefore {
  const ask = asking(pool);
  return {
    async lastFailures(aoo, addresses) {
      const found = await ask<{ address: string; at: Date }>(LAST_FAILURES, [aoo, addresses]);
      return new Map(found.rows.map(({ address, at }) => [address, at]));
    },
    async sentOn(aoo, date, documents, addresses) {
      const found = await ask<{ address: string; number: number; year: number }>(SENT_ON, [
        ...[aoo, date, documents[0] ?? ''],
        ...[[...documents].sort(), addresses],
      ]);
      return found.rows;
    },
  };
}
