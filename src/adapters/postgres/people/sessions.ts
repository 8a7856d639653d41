import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { EndedSession, OpenSession } from '../../../service/people/person.ts';
import type { Role } from '../../../service/people/rights.ts';
import type { NewSession, SessionStore } from '../../../service/people/store.ts';
import { cleanText } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { prepared } from '../database/prepared.ts';

/**
 * Who a session's token belongs to, and what that person may do today. Whoever stands in for others has their units, and
 * what they are in them; nothing else of theirs, and nothing of who may not enter any more. What the groups of an account gave
 * holds where that account signed in: at a sign-in by password nobody asks whether it still has them.
 */
export const CALLER_OF_SESSION = `
  select s.session_id, s.person_id, s.aoo, s.seen_at, p.name, p.login, p.single_keys, w.roles,
    exists (select from person_role n
       where n.aoo = '-' and n.person_id = s.person_id and (n.source = 'person' or s.method = 'account')) as of_node,
    u.units, u.head_of
  from session s
  join person p using (person_id)
  cross join lateral (
    select array(
      select r.role from person_role r
       where r.person_id = s.person_id and r.aoo = any (array[s.aoo, '-'])
         and (r.source = 'person' or s.method = 'account')
    ) as roles
  ) w
  cross join lateral (
    select coalesce(array_agg(distinct m.unit_id::text), '{}') as units,
           coalesce(array_agg(distinct m.unit_id::text) filter (where m.is_head), '{}') as head_of
      from unit_member m
      join unit using (aoo, unit_id)
     where m.aoo = s.aoo
       and (m.person_id = s.person_id or m.person_id in (
         select d.from_person from delegation d
           join person f on f.person_id = d.from_person and f.disabled_at is null
          where d.aoo = s.aoo and d.to_person = s.person_id and d.ended_at is null
            and d.first_day <= $4 and d.last_day >= $4))
       and unit.valid_from <= $4 and (unit.valid_to is null or unit.valid_to > $4)
  ) u
  where s.token_sha256 = $1 and s.ends_at > $2 and s.seen_at > $3 and p.disabled_at is null`;

interface CallerRow {
  readonly session_id: string;
  readonly person_id: string;
  readonly aoo: AooId | null;
  readonly seen_at: Date;
  readonly name: string;
  readonly login: string;
  readonly single_keys: boolean;
  readonly roles: readonly Role[];
  readonly of_node: boolean;
  readonly units: readonly string[];
  readonly head_of: readonly string[];
}

export function sessionRows(pool: pg.Pool): SessionStore {
  return {
    async session(token, now, seenAfter, today) {
      const found = await pool.query<CallerRow>(prepared(CALLER_OF_SESSION, [token, now, seenAfter, today]));
      const [row] = found.rows;
      if (row === undefined) return null;
      const roles = new Set(row.roles);
      if (row.units.length > 0) roles.add('unit-member');
      if (row.head_of.length > 0) roles.add('unit-head');
      return {
        seenAt: row.seen_at,
        caller: {
          personId: row.person_id,
          name: row.name,
          login: row.login,
          sessionId: row.session_id,
          aoo: row.aoo,
          roles,
          units: row.units,
          headOf: row.head_of,
          ofNode: row.of_node,
          singleKeys: row.single_keys,
        },
      };
    },
    async touchSession(sessionId, at) {
      await pool.query('update session set seen_at = $2 where session_id = $1 and seen_at < $2', [sessionId, at]);
    },
    startSession: (session, most, seenAfter) => startSession(pool, session, most, seenAfter),
    async endSession(token) {
      const ended = await pool.query<EndedSession & { readonly personId: string }>(
        `delete from session where token_sha256 = $1
         returning person_id as "personId", method, account_token as "accountToken"`,
        [token],
      );
      return ended.rows[0];
    },
    ...sessionsOfPersons(pool),
    async deviceOf(token, seenAfter) {
      const found = await pool.query<{ person_id: string }>(
        'select person_id from known_device where token_sha256 = $1 and seen_at > $2',
        [token, seenAfter],
      );
      return found.rows[0]?.person_id ?? null;
    },
    async rememberDevice(token, personId, at, forgetBefore) {
      await pool.query(
        `insert into known_device (token_sha256, person_id, seen_at) values ($1, $2, $3)
         on conflict (token_sha256) do update set seen_at = excluded.seen_at`,
        [token, personId, at],
      );
      await pool.query('delete from known_device where person_id = $1 and seen_at < $2', [personId, forgetBefore]);
    },
  };
}

const startSession = (pool: pg.Pool, session: NewSession, most: number, seenAfter: Date): Promise<void> =>
  inTransaction(pool, async (client) => {
    // Others of the same person wait here, so that the bound holds.
    await client.query('select from person where person_id = $1 for no key update', [session.personId]);
    await client.query('delete from session where ends_at <= $1 or (person_id = $2 and seen_at <= $3)', [
      session.startedAt,
      session.personId,
      seenAfter,
    ]);
    await client.query(
      `delete from session where session_id in (
             select session_id from session where person_id = $1 order by seen_at desc, session_id desc offset $2)`,
      [session.personId, most - 1],
    );
    await client.query(
      `insert into session (session_id, token_sha256, person_id, aoo, method, account_token, started_at, seen_at, ends_at,
             address, agent, account_sid)
           values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11)`,
      [
        session.sessionId,
        session.token,
        session.personId,
        session.aoo,
        session.method,
        session.accountToken,
        session.startedAt,
        session.endsAt,
        session.address,
        cleanText(session.agent),
        session.accountSid ?? null,
      ],
    );
  });

type OfPersons = Pick<SessionStore, 'sessionsOf' | 'endSessionOf' | 'endSessionsOf' | 'moveSession' | 'renewSession'>;

const sessionsOfPersons = (pool: pg.Pool): OfPersons => ({
  async sessionsOf(personId, now, seenAfter) {
    const found = await pool.query<OpenSession>(
      `select session_id as "sessionId", method, started_at as "startedAt", seen_at as "seenAt", address, agent
         from session where person_id = $1 and ends_at > $2 and seen_at > $3 order by seen_at desc`,
      [personId, now, seenAfter],
    );
    return found.rows;
  },
  async endSessionOf(personId, sessionId) {
    const { rowCount } = await pool.query('delete from session where session_id = $1 and person_id = $2', [
      sessionId,
      personId,
    ]);
    return rowCount === 1;
  },
  async endSessionsOf(personId, except) {
    const { rowCount } = await pool.query(
      'delete from session where person_id = $1 and session_id is distinct from $2::uuid',
      [personId, except],
    );
    return rowCount ?? 0;
  },
  async moveSession(sessionId, personId, aoo) {
    await pool.query('update session set aoo = $3 where session_id = $1 and person_id = $2', [
      sessionId,
      personId,
      aoo,
    ]);
    await pool.query('update person set last_aoo = $2 where person_id = $1', [personId, aoo]);
  },
  async renewSession(sessionId, token) {
    await pool.query('update session set token_sha256 = $2 where session_id = $1', [sessionId, token]);
  },
});
