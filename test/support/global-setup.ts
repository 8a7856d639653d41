import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import type { ServerFacts } from './postgres.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { repository } from './shared.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port of 127.0.0.1 where test files ask for the run's PostgreSQL. */
    postgresDoor: number;
  }
}

const TEMPLATE = 'interpro_template';

async function run(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** By the service's own runner, once it is there. */
async function migrateTemplate(url: string): Promise<void> {
  const runner = join(repository, 'src', 'adapters', 'postgres', 'migrate.ts');
  if (existsSync(runner)) {
    const { migrate } = (await import(pathToFileURL(runner).href)) as { migrate(url: string): Promise<unknown> };
    await migrate(url);
    return;
  }
  const folder = join(repository, 'migrations');
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  await run(
    url,
    files.sort().map((name) => readFileSync(join(folder, name), 'utf8')),
  );
}

/**
 * One PostgreSQL for the whole run, started when the first test file asks for it, so that tests of pure functions alone
 * never wait for it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: PostgresServer | null = null;
  let starting: Promise<ServerFacts> | null = null;

  const start = async (): Promise<ServerFacts> => {
    running = await startPostgres();
    const maintenance = running.url('postgres');
    await run(maintenance, [`create database ${TEMPLATE}`]);
    await migrateTemplate(running.url(TEMPLATE));
    return { maintenance, template: TEMPLATE };
  };

  const door = createServer((_request, response) => {
    starting ??= start();
    starting.then(
      (facts) => response.end(JSON.stringify(facts)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    door.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = door.address();
  if (address === null || typeof address === 'string') throw new Error('the door has no port');
  project.provide('postgresDoor', address.port);

  return async () => {
    door.closeAllConnections();
    door.close();
    await starting?.catch(() => undefined);
    await running?.stop();
  };
}
