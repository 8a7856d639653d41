/** Everything around the service: real Dovecot, real PostgreSQL, a submission server. Starts and stops them. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ImapFlow } from 'imapflow';
import pg from 'pg';
import { type LocalPostgres, startLocalPostgres } from '../../src/region/local-postgres.ts';
import { issueProvider } from '../../src/sandbox/authority.ts';
import { type Dovecot, dovecotMissing, startDovecot } from '../../test/support/dovecot.ts';
import { type Child, startChild } from './child.ts';
import { type MailMaker, mailMaker } from './mails.ts';
import type { SinkAnswer } from './sink.ts';

const PASSWORD = 'segreta';

export interface Stage {
  readonly folder: string;
  readonly trustFolder: string;
  readonly dovecot: Dovecot;
  readonly postgres: LocalPostgres;
  readonly sink: { readonly child: Child; readonly port: number };
  readonly maker: MailMaker;
  /** An empty mailbox of this name. */
  account(user: string): { readonly port: number; readonly user: string; readonly password: string };
  /** Registers a step to run at the end, last registered first. */
  onEnd(work: () => Promise<void>): void;
  end(): Promise<void>;
}

/** `users`: the mailboxes to create. Throws when the machine lacks a server, after stopping what was started. */
export async function setStage(users: readonly string[], register: (end: () => Promise<void>) => void): Promise<Stage> {
  const missing = dovecotMissing();
  if (missing !== null) throw new Error(missing);
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
  const provider = await issueProvider({ domain: 'pec.gestore.example.it' });
  const trustFolder = join(folder, 'trust');
  await mkdir(trustFolder);
  await writeFile(join(trustFolder, 'bench.pem'), provider.caPem);

  const dovecot = await startDovecot({ users: users.map((name) => ({ name, password: PASSWORD })) });
  endings.push(() => dovecot.stop());
  const postgres = await startTimedPostgres(join(folder, 'postgres'));
  endings.push(() => postgres.stop());
  const child = startChild('./sink.ts');
  endings.push(() => child.stop());
  const { port } = (await child.ask()) as Extract<SinkAnswer, { port: number }>;
  return {
    folder,
    trustFolder,
    dovecot,
    postgres,
    sink: { child, port },
    maker: mailMaker(provider),
    account: (user) => ({ port: dovecot.imapPort, user, password: PASSWORD }),
    onEnd: (work) => void endings.push(work),
    end,
  };
}

/** PostgreSQL with its defaults (fsync and synchronous_commit on), plus commit timestamps. */
export async function startTimedPostgres(folder: string): Promise<LocalPostgres> {
  const first = await startLocalPostgres(folder);
  await query(first.url('postgres'), 'alter system set track_commit_timestamp = on');
  await first.stop();
  return await startLocalPostgres(folder, { throwAway: true });
}

export async function query<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Signs and delivers `messages` mails of `bytes` each, signing several at a time. */
export async function fill(stage: Stage, user: string, messages: number, bytes: number): Promise<void> {
  for (let made = 0; made < messages; ) {
    const batch = Math.min(64, messages - made);
    const mails = await Promise.all(Array.from({ length: batch }, () => stage.maker.next(bytes)));
    await stage.dovecot.deliverMany(user, mails);
    made += batch;
  }
}

/** Opens a mailbox, read-only. */
async function openMailbox(stage: Stage, user: string): Promise<ImapFlow> {
  const { port, password } = stage.account(user);
  const client = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: password },
    logger: false,
  });
  await client.connect();
  await client.mailboxOpen('INBOX', { readOnly: true });
  return client;
}

/** When a client that only listens (IDLE) is notified of each mail, in milliseconds since the epoch. */
export async function listenOnly(stage: Stage, user: string): Promise<readonly number[]> {
  const told: number[] = [];
  const client = await openMailbox(stage, user);
  client.on('exists', ({ count }) => {
    while (told.length < count) told.push(performance.timeOrigin + performance.now());
  });
  client.idle().catch(() => undefined);
  stage.onEnd(async () => client.close());
  return told;
}

/** Dovecot records sizes when it delivers; files placed directly have to be scanned once before measuring. */
export async function settleMailbox(stage: Stage, user: string): Promise<number> {
  const client = await openMailbox(stage, user);
  const sizes = (await client.fetchAll('1:*', { size: true, internalDate: true })).map(({ size }) => size ?? 0);
  await client.logout();
  return sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
}
