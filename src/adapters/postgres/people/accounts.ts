import type pg from 'pg';
import type { AccountAttempt, AccountStore, LinkedAccount } from '../../../service/people/accounts.ts';
import { inTransaction } from '../database/pool.ts';
import { prepared } from '../database/prepared.ts';

/** Anybody may begin a sign-in: what is kept of it is bounded, and each statement walks an index no further than the bound. */
export const FORGET_OVER = 'delete from account_attempt where ends_at <= $1';
export const FORGET_OF_PLACE = `delete from account_attempt where place = $1 and ends_at < (
  select ends_at from account_attempt where place = $1 order by ends_at desc offset $2 limit 1)`;
export const FORGET_OLDEST = `delete from account_attempt where ends_at < (
  select ends_at from account_attempt order by ends_at desc offset $1 limit 1)`;

const ended = (which: string): string => `with gone as (
    delete from session s where s.method = 'account' and ${which} returning s.person_id
  )
  select person_id as "personId", p.name, count(*)::int as ended from gone join person p using (person_id)
   group by person_id, p.name`;
export const END_OF_SID = ended('s.account_sid = $1');
export const END_OF_SUBJECT = ended(`s.person_id = (select a.person_id from person_account a
    where a.issuer = $1 and a.subject = $2)
  and ($3::text is null or s.account_sid is null or s.account_sid = $3)`);

export const accountRows = (pool: pg.Pool): AccountStore => ({
  async beginAttempt({ key, nonce, verifier, returnTo, place, endsAt }, now, most, mostOfPlace) {
    await pool.query(prepared(FORGET_OVER, [now]));
    await pool.query(prepared(FORGET_OF_PLACE, [place, mostOfPlace - 2]));
    await pool.query(prepared(FORGET_OLDEST, [most - 2]));
    await pool.query(
      `insert into account_attempt (state_sha256, nonce, verifier, return_to, place, ends_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [key, nonce, verifier, returnTo, place, endsAt],
    );
  },
  async takeAttempt(key, now) {
    const taken = await pool.query<AccountAttempt & { readonly isOpen: boolean }>(
      `delete from account_attempt where state_sha256 = $1
       returning nonce, verifier, return_to as "returnTo", ends_at > $2 as "isOpen"`,
      [key, now],
    );
    const [row] = taken.rows;
    if (row === undefined || !row.isOpen) return null;
    const { nonce, verifier, returnTo } = row;
    return { nonce, verifier, returnTo };
  },
  async personOfAccount(issuer, subject) {
    const found = await pool.query<{ person_id: string }>(
      'select person_id from person_account where issuer = $1 and subject = $2',
      [issuer, subject],
    );
    return found.rows[0]?.person_id ?? null;
  },
  async createPersonOfAccount(person, issuer, subject) {
    try {
      return await inTransaction(pool, async (client): Promise<'made'> => {
        const made = await client.query(
          `insert into person (person_id, login, name, address, created_at, created_by)
           values ($1, $2, $3, $4, $5, $6) on conflict (login) do nothing`,
          [person.personId, person.login, person.name, person.address, person.createdAt, person.createdBy],
        );
        if (made.rowCount !== 1) throw new UnmadeError('login-taken');
        if (!(await link(client, issuer, subject, person.personId, person.createdAt))) throw new UnmadeError('linked');
        return 'made';
      });
    } catch (error) {
      if (error instanceof UnmadeError) return error.why;
      throw error;
    }
  },
  linkAccount: (issuer, subject, personId, at) => link(pool, issuer, subject, personId, at),
  async unlinkAccount(issuer, subject, personId) {
    const { rowCount } = await pool.query(
      'delete from person_account where issuer = $1 and subject = $2 and person_id = $3',
      [issuer, subject, personId],
    );
    return rowCount === 1;
  },
  endSessionsOfAccount: (token, until, { issuer, subject, sid }) =>
    inTransaction(pool, async (client) => {
      const fresh = await client.query(
        'insert into token_used (digest, expires_at) values ($1, $2) on conflict do nothing',
        [token, until],
      );
      if (fresh.rowCount !== 1) return null;
      const [statement, values] = subject === null ? [END_OF_SID, [sid]] : [END_OF_SUBJECT, [issuer, subject, sid]];
      return (await client.query<{ personId: string; name: string; ended: number }>(statement, values)).rows;
    }),
  async accountsOf(personId) {
    const found = await pool.query<LinkedAccount>(
      `select issuer, subject, linked_at as "linkedAt" from person_account where person_id = $1 order by linked_at`,
      [personId],
    );
    return found.rows;
  },
});

/** Rolls back a person that was begun. */
class UnmadeError extends Error {
  readonly why: 'login-taken' | 'linked';

  constructor(why: 'login-taken' | 'linked') {
    super(why);
    this.why = why;
  }
}

/** The insert waits for another one of the same account, and finds it there then. */
async function link(
  client: Pick<pg.PoolClient, 'query'>,
  issuer: string,
  subject: string,
  personId: string,
  at: Date,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `insert into person_account (issuer, subject, person_id, linked_at) values ($1, $2, $3, $4)
     on conflict (issuer, subject) do nothing`,
    [issuer, subject, personId, at],
  );
  return rowCount === 1;
}
