/** How fast the desk is: `npm run bench:desk -- --help`. The figures stand in README.md. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSandbox } from '../src/sandbox/sandbox.ts';
import { browse, type Seen } from './desk/browse.ts';
import { crowd, open, type Place } from './desk/clerks.ts';
import { ADDRESS, deskOffice, PASSWORD } from './desk/office.ts';
import { HELP, type Options, readOptions } from './desk/options.ts';
import { seedDesk, signInClerk } from './desk/seed.ts';
import { setStage } from './exchange/stage.ts';
import { startChild } from './intake/child.ts';
import { type Measurement, measurement, quantile } from './report.ts';
import { runBench, type Say } from './run.ts';

const FIRST_BYTES = 250_000;
const LATER_BYTES = 40_000;

const numbered = (path: (n: number) => string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => path(n));

const exchange = (n: number): string => `/messaggi/00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

/** By name: addresses of each page, none asked twice in a row. */
const pagesOf = ({
  open: tasks,
  registrations,
  requests,
}: Options): readonly (readonly [string, readonly string[]])[] => [
  ['desk', numbered((n) => `/scrivania?q=decidere+${n + 1}`, requests)],
  ['message', numbered((n) => exchange(1 + (n % tasks)), requests)],
  ['register search', numbered((n) => `/registro?q=${1 + Math.floor((registrations * n) / requests)}`, requests)],
];

async function serverTimes(place: Place, options: Options, say: Say): Promise<readonly Measurement[]> {
  const timed = async (paths: readonly string[]): Promise<readonly number[]> => {
    for (const path of paths.slice(0, 10)) await open(place, path);
    const times: number[] = [];
    for (const path of paths) times.push((await open(place, path)).ms);
    return times;
  };
  const empty = await timed(numbered(() => '/io', options.requests));
  const rows: Measurement[] = [];
  for (const [name, paths] of pagesOf(options)) {
    const times = await timed(paths);
    say(`${name}: p95 ${quantile(times, 0.95).toFixed(1)} ms`);
    for (const [share, aim] of [
      [0.5, {}],
      [0.95, { atMost: 50 }],
    ] as const)
      rows.push(
        measurement(`${name}, p${share * 100}`, quantile(times, share), 'ms', {
          baseline: quantile(empty, share),
          ...aim,
        }),
      );
  }
  return rows;
}

async function browserTimes({ origin, token }: Place): Promise<readonly Measurement[]> {
  const [first, ...later] = await browse(origin, token, [
    '/scrivania',
    exchange(1),
    '/registro?q=delibera',
    '/scrivania',
  ]);
  if (first === undefined) throw new Error('the browser saw nothing');
  const most = (of: (one: Seen) => number): number => Math.max(...later.map(of));
  return [
    measurement('first visit, painted', first.paintMs, 'ms', { atMost: 800 }),
    measurement('first visit, besides fonts', first.bytes, 'bytes', { atMost: FIRST_BYTES }),
    measurement('first visit, fonts', first.fontBytes, 'bytes'),
    measurement(
      'later visits, painted, slowest',
      most(({ paintMs }) => paintMs),
      'ms',
      { atMost: 800 },
    ),
    measurement(
      'later visits, largest',
      most(({ bytes }) => bytes),
      'bytes',
      { atMost: LATER_BYTES },
    ),
  ];
}

await runBench({
  name: 'desk',
  help: HELP,
  readOptions,
  async work(options, say, onEnd) {
    const stage = await setStage(null, onEnd);
    await stage.postgres.createDatabase('desk');
    const databaseUrl = stage.postgres.url('desk');
    const sandbox = await startSandbox({
      mailboxes: [{ address: ADDRESS, password: PASSWORD }],
      domains: ['pec.ditta.example.it'],
    });
    stage.onEnd(() => sandbox.stop());
    const { smtp, imap } = sandbox;
    const office = deskOffice({ smtp, imap });
    const sheets = await seedDesk(databaseUrl, office, options.registrations, options.open);
    say(`${options.registrations} registrations and ${options.open} open tasks lie in the database`);
    const token = await signInClerk(databaseUrl, office);
    const trustFolder = join(stage.folder, 'trust', 'pec');
    await mkdir(trustFolder, { recursive: true });
    await writeFile(join(trustFolder, 'sandbox.pem'), sandbox.caPem);
    const service = startChild('../desk/service.ts');
    stage.onEnd(() => service.stop());
    await service.ask();
    const task = {
      databaseUrl,
      dataFolder: join(stage.folder, 'data'),
      trustFolder: join(stage.folder, 'trust'),
      smtp,
      imap,
    };
    const { port } = (await service.ask(task)) as { readonly port: number };
    const place = { origin: `http://127.0.0.1:${port}`, token, sandbox };
    const server = await serverTimes(place, options, say);
    const browser = await browserTimes(place);
    const pages = pagesOf(options).flatMap(([, all]) => all);
    return [...server, ...browser, ...(await crowd(place, { ...options, pages, sheets }))];
  },
});
