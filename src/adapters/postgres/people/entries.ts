import type pg from 'pg';
import type { Sha256 } from '../../../kernel/ids.ts';
import type { Grant } from '../../../service/people/person.ts';
import type { EntryStore, NewEntry } from '../../../service/people/store.ts';
import { toJson } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { BY_PERSON_NOW } from './rights.ts';

/**
 * Whether the link is still what it was made for: until somebody administers the node; of a person who is not disabled; and of
 * one who works for the office alone whose administrator made it.
 */
const STANDS = `case when e.person_id is null
    then not exists (select from person_role r join person a using (person_id)
      where r.aoo = '-' and r.role = 'administrator' and a.disabled_at is null)
    else exists (select from person p where p.person_id = e.person_id and p.disabled_at is null)
      and (e.office is null or not exists (
        select from person_role r where r.person_id = e.person_id and r.aoo <> e.office
        union all select from unit_member m where m.person_id = e.person_id and m.aoo <> e.office))
  end`;

export const entryRows = (pool: pg.Pool): EntryStore => ({
  issueEntry: (entry) =>
    inTransaction(pool, async (client) => {
      // Two at once would each find nothing to make void.
      if (entry.personId === null) await client.query(`select pg_advisory_xact_lock(hashtext('entry of nobody yet'))`);
      else await client.query('select from person where person_id = $1 for no key update', [entry.personId]);
      await client.query('delete from entry_token where used_at is null and person_id is not distinct from $1::uuid', [
        entry.personId,
      ]);
      await client.query('delete from entry_token where ends_at < $1', [entry.createdAt]);
      await client.query(
        `insert into entry_token (token_sha256, person_id, created_at, created_by, ends_at, grants, ends_factor, office)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          entry.token,
          entry.personId,
          entry.createdAt,
          entry.createdBy,
          entry.endsAt,
          toJson(entry.grants),
          entry.endsFactor,
          entry.office,
        ],
      );
    }),
  async openEntry(token, now) {
    const found = await pool.query<NewEntry>(
      `select token_sha256 as token, e.person_id as "personId", e.created_at as "createdAt", e.created_by as "createdBy",
              ends_at as "endsAt", grants, ends_factor as "endsFactor", office
         from entry_token e where token_sha256 = $1 and used_at is null and ends_at > $2 and ${STANDS}`,
      [token, now],
    );
    return found.rows[0] ?? null;
  },
  async useEntry(token, now, person) {
    try {
      return await inTransaction(pool, async (client): Promise<'used'> => {
        const used = await takeToken(client, token, now);
        if (used === null) throw new UnusedError('entry-unknown');
        if (person.known) {
          await renewPassword(client, used, person.password, now);
          await giveAll(client, used.personId ?? '', used.grants, now);
          return 'used';
        }
        const made = await client.query(
          `insert into person (person_id, login, name, password, password_at, created_at, created_by)
           values ($1, $2, $3, $4, $5, $5, $6) on conflict (login) do nothing`,
          [person.personId, person.login, person.name, person.password, now, person.createdBy],
        );
        // Rolled back: the token is good for another login.
        if (made.rowCount !== 1) throw new UnusedError('login-taken');
        await giveAll(client, person.personId, used.grants, now);
        return 'used';
      });
    } catch (error) {
      if (error instanceof UnusedError) return error.why;
      throw error;
    }
  },
});

/** Rolls back what an entry had begun. */
class UnusedError extends Error {
  readonly why: 'entry-unknown' | 'login-taken';

  constructor(why: 'entry-unknown' | 'login-taken') {
    super(why);
    this.why = why;
  }
}

interface UsedToken {
  readonly personId: string | null;
  readonly grants: readonly Grant[];
  readonly endsFactor: boolean;
}

/** The update waits for another one of the same row, and finds it used then. */
async function takeToken(client: pg.PoolClient, token: Sha256, now: Date): Promise<UsedToken | null> {
  const used = await client.query<UsedToken>(
    `update entry_token e set used_at = $2 where token_sha256 = $1 and used_at is null and ends_at > $2 and ${STANDS}
     returning person_id as "personId", grants, ends_factor as "endsFactor"`,
    [token, now],
  );
  return used.rows[0] ?? null;
}

async function renewPassword(
  client: pg.PoolClient,
  { personId, endsFactor }: UsedToken,
  password: string,
  now: Date,
): Promise<void> {
  const { rowCount } = await client.query(
    `update person set password = $2, password_at = $3, version = version + 1
      where person_id = $1 and disabled_at is null`,
    [personId, password, now],
  );
  if (rowCount !== 1) throw new UnusedError('entry-unknown');
  if (endsFactor) await client.query('delete from second_factor where person_id = $1', [personId]);
  await client.query('delete from session where person_id = $1', [personId]);
}

async function giveAll(client: pg.PoolClient, personId: string, grants: readonly Grant[], now: Date): Promise<void> {
  for (const { aoo, role } of grants)
    await client.query(
      `insert into person_role (aoo, person_id, role, source, given_at, given_by)
       values (coalesce($1, '-'), $2, $3, 'person', $4, 'entry') on conflict ${BY_PERSON_NOW}`,
      [aoo, personId, role, now],
    );
}
