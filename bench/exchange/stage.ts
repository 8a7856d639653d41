/** Everything the councils need: PostgreSQL, the sandbox in a process of its own, their configuration. */
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { LocalPostgres } from '../../src/region/local-postgres.ts';
import { type Child, startChild } from '../intake/child.ts';
import { startTimedPostgres } from '../intake/stage.ts';
import type { CouncilTask, Facts } from './council.ts';
import type { ProviderReady } from './provider.ts';
import type { Usage } from './questions.ts';

export const PASSWORD = 'segreta';
export const ESEMPIO: Facts = {
  administration: 'c_esempio',
  code: 'AESEMP1',
  name: 'Comune di Esempio',
  address: 'protocollo@pec.esempio.example.it',
};
export const PROVARIA: Facts = {
  administration: 'c_provaria',
  code: 'APROVA1',
  name: 'Comune di Provaria',
  address: 'protocollo@pec.provaria.example.it',
};

export interface Stage {
  readonly folder: string;
  readonly postgres: LocalPostgres;
  readonly profile: string | null;
  /** Registers a step to run at the end, last registered first. */
  onEnd(work: () => Promise<void>): void;
  end(): Promise<void>;
}

export interface Council {
  readonly facts: Facts;
  readonly database: string;
  /** Queries the database over a single connection, so that polling costs next to nothing. */
  count(sql: string): Promise<number>;
  readonly child: Child;
}

export interface Provider {
  readonly child: Child;
  readonly ready: ProviderReady;
  readonly trustFolder: string;
}

/** Everything started is stopped by `end`, or when a later part fails to start. */
export async function setStage(profile: string | null, register: (end: () => Promise<void>) => void): Promise<Stage> {
  const endings: (() => Promise<void>)[] = [];
  let ended: Promise<void> | null = null;
  const end = () => {
    ended ??= (async () => {
      for (const work of endings.splice(0).reverse()) await work().catch((error: unknown) => console.error(error));
    })();
    return ended;
  };
  register(end);
  const folder = await mkdtemp(join(tmpdir(), 'interpro-bench-'));
  endings.push(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  // When run as root, PostgreSQL runs under its own user, which needs access here.
  await chmod(folder, 0o711);
  const postgres = await startTimedPostgres(join(folder, 'postgres'));
  endings.push(() => postgres.stop());
  return { folder, postgres, profile, onEnd: (work) => void endings.push(work), end };
}

const profiling = ({ profile }: Stage, name: string): readonly string[] =>
  profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`];

/** A sandbox with empty mailboxes; each scenario gets its own. */
export async function startProvider(stage: Stage, scenario: string, addresses: readonly string[]): Promise<Provider> {
  const child = startChild('../exchange/provider.ts', profiling(stage, `${scenario}-sandbox`));
  stage.onEnd(() => child.stop());
  await child.ask();
  const mailboxes = addresses.map((address) => ({ address, password: PASSWORD }));
  const ready = (await child.ask({ mailboxes })) as ProviderReady;
  const trustFolder = join(stage.folder, `${scenario}-trust`);
  await mkdir(trustFolder);
  await writeFile(join(trustFolder, 'sandbox.pem'), ready.caPem);
  return { child, ready, trustFolder };
}

/** A council on an empty database. */
export async function startCouncil(
  stage: Stage,
  scenario: string,
  facts: Facts,
  { ready, trustFolder }: Provider,
): Promise<Council> {
  const name = `${scenario}_${facts.administration}`;
  await stage.postgres.createDatabase(name);
  const { address } = facts;
  const passwordFile = join(stage.folder, `${name}.password`);
  await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
  const account = { secure: false, user: address, passwordFile };
  const offices = join(stage.folder, `${name}.json`);
  const content = {
    offices: [
      {
        ...facts,
        answersPerHour: 1_000_000,
        mailboxes: [{ address, ...ready.imap, ...account }],
        smtp: { ...ready.smtp, ...account },
      },
    ],
  };
  await writeFile(offices, JSON.stringify(content), { mode: 0o600 });
  const child = startChild('../exchange/council.ts', profiling(stage, name));
  stage.onEnd(() => child.stop());
  await child.ask();
  const database = stage.postgres.url(name);
  const task: CouncilTask = {
    env: {
      DATABASE_URL: database,
      INTERPRO_OFFICES: offices,
      INTERPRO_DATA: join(stage.folder, `${name}-data`),
      INTERPRO_TRUST: trustFolder,
      INTERPRO_HTTP_PORT: '0',
      INTERPRO_LOG_LEVEL: 'warn',
    },
  };
  await child.ask(task);
  const looks = new pg.Client({ connectionString: database });
  await looks.connect();
  stage.onEnd(() => looks.end());
  const count = async (sql: string) => Number((await looks.query<{ count: string }>(sql)).rows[0]?.count);
  return { facts, database, count, child };
}

export const usageOf = async ({ child }: { readonly child: Child }): Promise<Usage> =>
  (await child.ask('usage')) as Usage;

/** Milliseconds of a clock tick: USER_HZ is 100 on every Linux. */
const TICK_MS = 10;

/** Processor time used so far by all processes of PostgreSQL, including ended ones, in milliseconds. */
export function postgresCpuMs({ postgres }: Stage): number {
  const main = String(postgres.pid);
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let stat: string;
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    } catch {
      // It has just ended and is counted in its parent.
      continue;
    }
    const [, parent, ...fields] = stat.replace(/^.*\) /s, '').split(' ');
    // utime and stime; cutime and cstime for ended children.
    if (pid === main || parent === main) ticks += Number(fields[9]) + Number(fields[10]);
    if (pid === main) ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * TICK_MS;
}
