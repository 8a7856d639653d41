import { createServer } from 'node:http';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import type { ServerFacts } from './postgres.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Port of 127.0.0.1 where test files ask for the PostgreSQL of this run. */
    postgresDoor: number;
  }
}

const TEMPLATE = 'interpro_template';

async function createTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`create database ${TEMPLATE}`);
  } finally {
    await client.end();
  }
}

/**
 * One PostgreSQL for the whole run. It starts when the first test file asks for it, so that a run of pure functions never
 * waits for it.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: PostgresServer | null = null;
  let starting: Promise<ServerFacts> | null = null;

  const start = async (): Promise<ServerFacts> => {
    running = await startPostgres();
    const maintenance = running.url('postgres');
    await createTemplate(maintenance);
    const { migrate } = await import('../../src/adapters/postgres/database/migrate.ts');
    await migrate(running.url(TEMPLATE));
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
