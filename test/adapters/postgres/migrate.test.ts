import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate, pendingMigrations } from '../../../src/adapters/postgres/database/migrate.ts';
import { openPool, ownsDatabase } from '../../../src/adapters/postgres/database/pool.ts';
import { answerReloads, reloadRequests } from '../../../src/adapters/postgres/reload-requests.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';
import { repository } from '../../support/shared.ts';

const NOTHING_NEW = { host: 'protocollo1', pid: 1, faults: [], changes: [], needsRestart: [], settings: {} };
const ALL = readdirSync(join(repository, 'migrations')).filter((name) => name.endsWith('.sql'));
let cloned: TestDatabase;
let empty: string;
const name = `test_empty_${randomBytes(4).toString('hex')}`;

async function sql(url: string, ...statements: string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  cloned = await createDatabase();
  const url = new URL(cloned.url);
  url.pathname = `/${name}`;
  empty = url.href;
  await sql(cloned.url, `create database ${name}`);
});
afterAll(async () => {
  await sql(cloned.url, `drop database ${name}`);
  await cloned.drop();
});

describe('migrations', () => {
  it('are pending on an empty database, and applied once even by two processes at the same time', async () => {
    expect(await pendingMigrations(empty)).toEqual(ALL);
    const both = await Promise.all([migrate(empty), migrate(empty)]);
    expect(both.flatMap(({ applied }) => applied)).toEqual(ALL);
    expect(await pendingMigrations(empty)).toEqual([]);
    expect(await migrate(empty)).toEqual({ applied: [], current: ALL.at(-1) });
  });

  it('are refused if their text has changed since they were applied', async () => {
    await sql(cloned.url, `update schema_migration set sha256 = repeat('0', 64)`);
    await expect(migrate(cloned.url)).rejects.toThrow(`migration ${ALL[0]} was changed after it had been applied`);
  });

  it('leave nothing behind when one fails', async () => {
    await sql(cloned.url, 'delete from schema_migration');
    await expect(migrate(cloned.url)).rejects.toThrow(/failed: .*already exists/);
    expect(await pendingMigrations(cloned.url)).toEqual(ALL);
  });

  /** A login of its own, which may be the owner of a database of its own. */
  async function withLogin<T>(options: string, work: (user: string, url: string) => Promise<T>): Promise<T> {
    const user = `plain_${randomBytes(4).toString('hex')}`;
    await sql(
      cloned.url,
      `create role ${user} login password 'segreta' ${options}`,
      `create database ${user} owner ${user}`,
    );
    const url = new URL(cloned.url);
    Object.assign(url, { pathname: `/${user}`, username: user, password: 'segreta' });
    try {
      return await work(user, url.href);
    } finally {
      await sql(cloned.url, `drop database ${user} with (force)`, `drop role ${user}`);
    }
  }
  const GRANT = /as a superuser: grant interpro_service to "plain_[0-9a-f]+";$/;

  it('say what a superuser has to do for a user who may not give roles', async () => {
    await withLogin('', async (_user, url) => {
      await expect(migrate(url)).rejects.toThrow(GRANT);
      await expect(migrate(url)).rejects.toThrow(/may not let plain_[0-9a-f]+ work as interpro_service/);
    });
  });

  it('work for a user who made the role and administers it, but may not take it', async () => {
    await withLogin('createrole', async (user, url) => {
      // What PostgreSQL 16 gives to whoever makes a role.
      await sql(cloned.url, `grant interpro_service to ${user} with admin true, inherit false, set false`);
      await migrate(url);
      const pool = openPool(url, 'interpro test', 1);
      const { rows } = await pool.query(
        'select current_user, session_user from registration_annulment right join (select) one on true',
      );
      expect(rows).toEqual([{ current_user: 'interpro_service', session_user: user }]);
      await pool.end();
    });
  });

  it('make the extensions of the search as a plain owner, and say what is missing on the server', async () => {
    await withLogin('', async (user, url) => {
      await sql(cloned.url, `grant interpro_service to ${user}`);
      // A server without its contrib modules has no folder that offers them.
      await sql(cloned.url, `alter role ${user} set extension_control_path = '/nonexistent'`);
      await expect(migrate(url)).rejects.toThrow(
        /^migration 0033_document-text.sql failed: the extension unaccent is not installed on this PostgreSQL server; install/,
      );
      await sql(
        cloned.url,
        `alter role ${user} reset extension_control_path`,
        `revoke create on database ${user} from ${user}`,
      );
      await expect(migrate(url)).rejects.toThrow(
        /the database user plain_[0-9a-f]+ may not create the extension unaccent; as a superuser, in this database: create extension unaccent;$/,
      );
      await sql(cloned.url, `grant create on database ${user} to ${user}`);
      await migrate(url);
      await sql(
        url,
        `do $$ begin assert italian_words('«LE ATTIVITÀ dell’ufficio» – 5€') @@ italian_query('attivita dell’uffici 5'); end $$`,
        `do $$ begin assert italian_words('dell’ufficio “tributi”') = '''trib'':3 ''uffic'':2'; end $$`,
        `do $$ begin assert to_tsvector('interpro_names', 'D''Agnò') = '''agno'':2 ''d'':1'; end $$`,
        `do $$ begin assert f_unaccent('Città') = 'Citta'; end $$`,
      );
    });
  });

  it('let a login of its own work, which owns nothing and cannot take back what it gave up', async () => {
    await withLogin('', async (service, away) => {
      const own = new URL(away);
      own.pathname = new URL(empty).pathname;
      await migrate(empty, own.href);
      const refused = async (statement: string) => {
        const client = new pg.Client({ connectionString: own.href, options: '-c role=interpro_service' });
        await client.connect();
        try {
          const { user: owner } = new pg.Client({ connectionString: empty });
          for (const first of ['reset role', 'set role interpro_service']) {
            await client.query(first);
            await expect(
              client.query(statement.replace('OWNER', `${owner}`)),
              `${first}; ${statement}`,
            ).rejects.toThrow(/permission denied|must be owner|owner of the database only|may not go back/);
          }
        } finally {
          await client.end();
        }
      };
      await sql(
        empty,
        `insert into aoo (aoo, administration, code, register, name, address, audit_seq, event_seq)
         values ('c_a/A', 'c_a', 'A', 'PG', 'Prova', 'a@pec.example.it', 5, 5) on conflict do nothing`,
        `insert into register_counter values ('c_a/A', 'PG', 2026, 7) on conflict do nothing`,
      );
      const credential = `insert into credential (aoo, credential_id, client_id, kind, name, scopes, secret_sha256, created_at, created_by)
        values ('-', '${'a'.repeat(16)}', '${'a'.repeat(16)}', 'api-key', 'x', '{node:admin}', '${'b'.repeat(64)}', now(), 'x')`;
      for (const statement of [
        'set role OWNER',
        'update registration set subject = subject',
        'alter table audit disable trigger all',
        'update mail set sha256 = sha256',
        "update outbox set recipe = '{}'",
        'update register_counter set last_number = 0',
        'delete from register_counter',
        'update aoo set audit_seq = 4',
        "update aoo set audit_hash = repeat('1', 64)",
        'update aoo set event_seq = 0',
        credential,
      ])
        await refused(statement);
      await sql(empty, credential, `update credential set revoked_at = now(), revoked_by = 'prova' where aoo = '-'`);
      await refused(`update credential set revoked_at = null, revoked_by = null where aoo = '-'`);
      const pool = openPool(own.href, 'interpro test', 1);
      await pool.query('update register_counter set last_number = last_number + 1');
      expect(await pendingMigrations(own.href)).toEqual([]);
      expect(await ownsDatabase(pool)).toBe(false);
      const end = await answerReloads(pool, async () => NOTHING_NEW);
      const requests = reloadRequests(pool);
      expect(await requests.services()).toBe(1);
      expect(await requests.ask('compare', 1, 5_000)).toEqual([NOTHING_NEW]);
      await end();
      await pool.end();
      await sql(empty, `revoke interpro_service from ${service}`);
    });
  });
});
