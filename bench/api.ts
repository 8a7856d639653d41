/** How fast the API reads and takes messages: `npm run bench:api -- --help`. The figures stand in README.md. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { BaselineReady } from './api/baseline.ts';
import type { Answered, LoadTask } from './api/load.ts';
import { HELP, type Options, readOptions } from './api/options.ts';
import { seed } from './api/seed.ts';
import type { Memory, ServiceReady } from './api/service.ts';
import { type Stage, setStage } from './exchange/stage.ts';
import { type Child, startChild } from './intake/child.ts';
import type { SinkAnswer } from './intake/sink.ts';
import { query } from './intake/stage.ts';
import { type Measurement, measurement, quantile } from './report.ts';
import { runBench, type Say } from './run.ts';

const PACE = 1_000;
const API = '/rest/interpro/v1';
const AOO = 'aoo=c_esempio%2FAESEMP1';
interface Ground {
  readonly databaseUrl: string;
  readonly service: Child;
  readonly port: number;
  readonly baseline: number;
  readonly lastSeq: number;
  load(task: LoadTask): Promise<Answered>;
}

async function reads(ground: Ground, seconds: number, say: Say): Promise<readonly Measurement[]> {
  const { port, baseline, lastSeq, load } = ground;
  const pages = (path: string, last: number) =>
    Array.from(
      { length: 200 },
      (_, index) => `${API}/${path}?${AOO}&limit=20&after=${Math.floor((last * index) / 200)}`,
    );
  const rows: Measurement[] = [];
  const most = async (at: number, paths: readonly string[]): Promise<number> => {
    await load({ kind: 'read', port: at, paths, seconds: 1, perSecond: null });
    const found = await load({ kind: 'read', port: at, paths, seconds, perSecond: null });
    return found.milliseconds.length / found.seconds;
  };
  const empty = await most(baseline, ['/empty']);
  const select = await most(baseline, ['/select']);
  say(`baseline: an empty route ${Math.round(empty)}/s, a select by primary key ${Math.round(select)}/s`);
  const paced = await load({ kind: 'read', port: baseline, paths: ['/select'], seconds, perSecond: PACE });
  for (const [name, paths] of [
    ['events', pages('events', lastSeq)],
    ['inbox', pages('incoming-messages', lastSeq)],
  ] as const) {
    const rate = await most(port, paths);
    const one = pages(name === 'events' ? 'events' : 'incoming-messages', lastSeq).map((path) =>
      path.replace('limit=20', 'limit=1'),
    );
    const single = await most(port, one);
    const found = await load({ kind: 'read', port, paths, seconds, perSecond: PACE });
    say(`${name}: ${Math.round(rate)}/s at most; at ${PACE}/s ${found.failures} failed`);
    const p = (answered: Answered, share: number): number => quantile(answered.milliseconds, share);
    rows.push(
      measurement(`${name}, at ${PACE}/s, p50`, p(found, 0.5), 'ms', { baseline: p(paced, 0.5) }),
      measurement(`${name}, at ${PACE}/s, p99`, p(found, 0.99), 'ms', { baseline: p(paced, 0.99), atMost: 20 }),
      measurement(`${name}, 20 at a time, highest rate`, rate, '1/s', { baseline: select }),
      measurement(`${name}, one at a time, highest rate`, single, '1/s', {
        baseline: select,
        atLeast: Math.round(select / 2),
      }),
    );
  }
  return [measurement('an empty route, highest rate', empty, '1/s'), ...rows];
}

async function submits({ port, load }: Ground, count: number, say: Say): Promise<readonly Measurement[]> {
  const path = `${API}/outgoing-messages/with-documents?${AOO}`;
  const recipient = 'protocollo@pec.provaria.example.it';
  const found = await load({ kind: 'submit', port, path, count, documentBytes: 50_000, recipient });
  say(`submitted ${found.milliseconds.length} in ${found.seconds.toFixed(1)} s, ${found.failures} failed`);
  return [
    measurement('submit of 50 KB', found.milliseconds.length / found.seconds, '1/s', { atLeast: 200 }),
    measurement('submit of 50 KB, p95', quantile(found.milliseconds, 0.95), 'ms'),
  ];
}

async function uploads({ port, service, load }: Ground, bytes: number): Promise<readonly Measurement[]> {
  const size = `${bytes / 1e6} MB`;
  await load({ kind: 'upload', port, query: `?${AOO}`, bytes: Math.min(bytes, 1_000_000) });
  const before = (await service.ask('memory')) as Memory;
  const found = await load({ kind: 'upload', port, query: `?${AOO}`, bytes });
  const after = (await service.ask('memory')) as Memory;
  if (found.failures > 0) throw new Error('the upload failed');
  return [
    measurement(`upload of ${size}`, found.seconds, 's'),
    measurement(`upload of ${size}, memory growth`, Math.max(0, after.mostMb - before.nowMb), 'MB', { atMost: 64 }),
  ];
}

async function waiting(ground: Ground, count: number, say: Say): Promise<readonly Measurement[]> {
  const { databaseUrl, port, service, load } = ground;
  const transactions = async (): Promise<number> =>
    Number(
      (
        await query<{ n: string }>(
          databaseUrl,
          'select xact_commit::text as n from pg_stat_database where datname = current_database()',
        )
      )[0]?.n,
    );
  const within = async (seconds: number): Promise<number> => {
    const from = await transactions();
    await sleep(seconds * 1000);
    return ((await transactions()) - from) / seconds;
  };
  const [{ last = 0 } = {}] = await query<{ last: number }>(databaseUrl, 'select event_seq::int as last from aoo');
  await sleep(2_000);
  const idle = await within(6);
  const before = (await service.ask('memory')) as Memory;
  await load({ kind: 'poll', port, path: `${API}/events?${AOO}&after=${last}&wait=30`, count });
  await sleep(2_000);
  const busy = await within(6);
  const during = (await service.ask('memory')) as Memory;
  const at = performance.timeOrigin + performance.now();
  await load({
    kind: 'submit',
    port,
    path: `${API}/outgoing-messages/with-documents?${AOO}`,
    count: 1,
    documentBytes: 100,
    recipient: 'protocollo@pec.provaria.example.it',
  });
  const { milliseconds, failures } = await load('collect');
  say(`${milliseconds.length} polls were answered, ${failures} not`);
  return [
    measurement(
      `${count} long polls, memory`,
      Math.max(during.nowMb - before.nowMb, during.usedMb - before.usedMb),
      'MB',
      { atMost: 50 },
    ),
    measurement(`${count} long polls, questions to the database while waiting`, busy, '1/s', { baseline: idle }),
    measurement(`${count} long polls, news → the last one answered`, Math.max(...milliseconds) - at, 'ms'),
  ];
}

await runBench({
  name: 'api',
  help: HELP,
  readOptions,
  async work(options, say, onEnd) {
    const stage = await setStage(null, onEnd);
    const ground = await prepare(stage, options, say);
    // Memory first: a process that has worked keeps memory it no longer needs.
    const held = [...(await waiting(ground, options.polls, say)), ...(await uploads(ground, options.uploadBytes))];
    // Lets the disk finish the large file, so that the next measurement does not wait for it.
    await promisify(execFile)('sync');
    await sleep(5_000);
    return [...held, ...(await reads(ground, options.seconds, say)), ...(await submits(ground, options.submits, say))];
  },
});

async function prepare(stage: Stage, options: Options, say: Say): Promise<Ground> {
  await stage.postgres.createDatabase('api');
  const databaseUrl = stage.postgres.url('api');
  const lastSeq = await seed(databaseUrl, options.exchanges);
  say(`${options.exchanges} exchanges with ${lastSeq} events lie in the database`);
  const child = (name: string, execArgv: readonly string[] = []): Child => {
    const made = startChild(name, execArgv);
    stage.onEnd(() => made.stop());
    return made;
  };
  const sink = child('./sink.ts');
  const { port: smtpPort } = (await sink.ask()) as Extract<SinkAnswer, { port: number }>;
  const service = child('../api/service.ts', ['--expose-gc']);
  await service.ask();
  const dataFolder = join(stage.folder, 'data');
  const { port } = (await service.ask({ databaseUrl, dataFolder, smtpPort })) as ServiceReady;
  const base = child('../api/baseline.ts');
  await base.ask();
  const { port: baseline } = (await base.ask({ databaseUrl })) as BaselineReady;
  const generator = child('../api/load.ts');
  await generator.ask();
  const load = async (task: LoadTask): Promise<Answered> => (await generator.ask(task)) as Answered;
  return { databaseUrl, service, port, baseline, lastSeq, load };
}
