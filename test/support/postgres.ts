import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops the database; rejects if a session was still open, naming it and its query. */
  drop(): Promise<void>;
}

/** The server lists a session for a moment after its client has closed it. */
const GRACE_MS = 2_000;

interface OpenSession {
  readonly application_name: string;
  readonly state: string | null;
  readonly query: string;
}

async function asAdministrator<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'test support' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function sessionsLeft(client: Client, name: string): Promise<readonly OpenSession[]> {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const { rows } = await client.query<OpenSession>(
      "select application_name, state, query from pg_stat_activity where datname = $1 and backend_type = 'client backend'",
      [name],
    );
    if (rows.length === 0 || performance.now() > deadline) return rows;
    await sleep(25);
  }
}

/**
 * A new database with all migrations applied, cloned from a template. The server starts when the first test file of a run
 * asks for one. Drop it in `afterAll`, once everything that used it is closed: an open session is a leak and fails the
 * file.
 */
export async function createDatabase(): Promise<TestDatabase> {
  const { maintenance, template } = await server();
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdministrator(maintenance, (client) => client.query(`create database ${name} template ${template}`));
  const url = new URL(maintenance);
  url.pathname = `/${name}`;
  const drop = () =>
    asAdministrator(maintenance, async (client) => {
      const left = await sessionsLeft(client, name);
      await client.query(`drop database ${name} with (force)`);
      if (left.length === 0) return;
      const list = left.map((one) => `${one.application_name || '(no name)'}, ${one.state ?? '?'}: ${one.query}`);
      throw new Error(`${left.length} session(s) left open on the test's database:\n  ${list.join('\n  ')}`);
    });
  return { url: url.href, name, drop };
}

export interface ServerFacts {
  readonly maintenance: string;
  readonly template: string;
}

async function server(): Promise<ServerFacts> {
  const answer = await fetch(`http://127.0.0.1:${inject('postgresDoor')}/`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(text);
  return JSON.parse(text) as ServerFacts;
}
