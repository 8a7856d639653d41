/**
 * Sends queries at a fixed rate from a separate process, whether or not earlier ones were answered. Response times count
 * from when a query was due, so a service that falls behind shows it.
 */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
  readonly target:
    | { readonly port: number; readonly paths: readonly string[] }
    | { readonly url: string; readonly versions: readonly number[] };
}
export interface Answered {
  readonly milliseconds: readonly number[];
  readonly failures: number;
}

async function run({ perSecond, seconds, target }: Load): Promise<Answered> {
  const count = perSecond * seconds;
  const milliseconds: number[] = [];
  let failures = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const pool = 'url' in target ? openPool(target.url, 'interpro bench baseline') : null;
  const ask = (number: number): Promise<unknown> => {
    if ('url' in target) {
      const version = target.versions[number % target.versions.length];
      const text = 'select * from index_entry where version = $1';
      return pool?.query({ name: 'baseline', text, values: [version] }) ?? Promise.resolve();
    }
    return answer(agent, target.port, target.paths[number % target.paths.length] ?? '/');
  };
  const started = performance.now();
  const all: Promise<void>[] = [];
  for (let number = 0; number < count; number += 1) {
    const due = started + (1000 * number) / perSecond;
    while (performance.now() < due) await sleep(1);
    all.push(
      ask(number).then(
        () => void milliseconds.push(performance.now() - due),
        () => {
          failures += 1;
        },
      ),
    );
  }
  await Promise.all(all);
  agent.destroy();
  await pool?.end();
  return { milliseconds, failures };
}

const answer = (agent: Agent, port: number, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    get({ agent, host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      response.once('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
      );
    }).once('error', reject);
  });

process.on('message', async (load: Load) => {
  process.send?.(await run(load));
});
process.on('SIGTERM', () => process.exit(0));
