import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import type { Config } from '../../src/config/config.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { signerFromPem } from '../../src/formats/seal/sealer.ts';
import { aooId, type MailAddress } from '../../src/kernel/ids.ts';
import type { TrustAnchors } from '../../src/model/pec.ts';
import type { SegnaturaMessage, SegnaturaReading } from '../../src/model/segnatura.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';
import { watchDeadlines } from '../../src/service/deadlines/watch-deadlines.ts';
import { judgeMail } from '../../src/service/intake/judge-mail.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';
import { type Service, type ServiceOptions, startService } from '../../src/wiring/service.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../support/node-token.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';

/** Two councils run the service, each on its own database. The third uses other software. */
export const ESEMPIO = council('c_esempio', 'AESEMP1', 'Comune di Esempio', 'protocollo@pec.esempio.example.it');
export const PROVARIA = council('c_provaria', 'APROVA1', 'Comune di Provaria', 'protocollo@pec.provaria.example.it');
export const MITTENTE = council('c_mittente', 'AMITTE1', 'Comune Mittente', 'protocollo@pec.mittente.example.it');
/** One more, if a test asks for it. */
export const TERZA = council('c_terza', 'ATERZA1', 'Comune di Terza', 'protocollo@pec.terza.example.it');

function council(administration: string, code: string, name: string, address: string) {
  return { administration, code, name, address: address as MailAddress };
}
export type Facts = ReturnType<typeof council>;

export interface Council {
  readonly office: Office;
  /** Its first process. */
  readonly service: Service;
  readonly database: TestDatabase;
  readonly folder: string;
  rows<Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<readonly Row[]>;
  /** Starts another process of the service on the same database and mailboxes. */
  another(options?: ServiceOptions): Promise<Service>;
  stopService(service: Service): Promise<void>;
  status(): Promise<{ readonly faults: readonly string[] }>;
  /** Checks the deadlines as if so many hours had passed; nothing else notices. */
  later(hours: number): Promise<void>;
}

export interface Councils {
  readonly sandbox: Sandbox;
  readonly dovecot: Dovecot | null;
  readonly esempio: Council;
  readonly provaria: Council;
  /** The councils of `more`, in its order. */
  readonly more: readonly Council[];
  readonly trust: TrustAnchors;
  /** The segnature and return messages in the certified mail of a mailbox, oldest first. */
  answers(address: string): readonly SegnaturaMessage[];
  readings(address: string): readonly SegnaturaReading[];
  stop(): Promise<void>;
}

export interface CouncilsOptions {
  /** Which server holds the councils' mailboxes: the sandbox's own, or a real Dovecot that gets its mail by LMTP. */
  readonly mailboxes?: 'sandbox' | 'dovecot';
  readonly sandbox?: Partial<SandboxOptions>;
  /** Changes to the configuration of the first council's office. */
  readonly office?: (office: Office) => Promise<Office>;
  /** Changes to the configuration of every council's office. */
  readonly change?: (office: Office, sandbox: Sandbox) => Promise<Office>;
  /** More councils that run the service. */
  readonly more?: readonly Facts[];
  /** The folder of the first council's documents. */
  readonly dataFolder?: string;
  /** A database that the test itself stops and starts. */
  readonly databaseUrl?: string;
}

const DOVECOT_USER = new Map<string, string>([
  [ESEMPIO.address, 'esempio'],
  [PROVARIA.address, 'provaria'],
  [TERZA.address, 'terza'],
]);

/** Polls until `probe` returns something; these tests wait in no other way. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seconds = 25,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== null && found !== false) return found as Exclude<T, undefined | null | false>;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} seconds: ${what}`);
    await sleep(25);
  }
}

/** A seal for 3.0.0, issued by the authority of the sandbox, which every council here trusts. */
export async function sealed(own: Office, sandbox: Sandbox): Promise<Office> {
  const { certPem, keyPem } = await sandbox.sealFor(own);
  const signer = signerFromPem(certPem, keyPem);
  if (!signer.ok) throw new Error(signer.problem.message);
  return { ...own, signer: signer.value };
}

export async function startCouncils(options: CouncilsOptions = {}): Promise<Councils> {
  const running: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (const end of running.splice(0).reverse()) await end().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'interpro-councils-'));
    running.push(() => rm(folder, { recursive: true, force: true }));
    let forward: () => void = () => undefined;
    const sandbox = await startSandbox({
      mailboxes: [ESEMPIO, PROVARIA, MITTENTE, ...(options.more ?? [])].map(({ address }) => ({
        address,
        password: 'segreta',
      })),
      log: () => forward(),
      ...options.sandbox,
    });
    running.push(() => sandbox.stop());
    const trustFolder = join(folder, 'trust');
    await writeTrust(trustFolder, sandbox.caPem);

    let dovecot: Dovecot | null = null;
    if (options.mailboxes === 'dovecot') {
      const server = await startDovecot({
        users: [...DOVECOT_USER.values()].map((name) => ({ name, password: 'segreta' })),
      });
      dovecot = server;
      const forwarder = forwardTo(sandbox, server);
      forward = forwarder.wake;
      running.push(() => server.stop(), forwarder.idle);
    }
    const imap = (facts: Facts): Office['mailboxes'][number]['account'] => {
      const at = dovecot === null ? sandbox.imap : { host: dovecot.host, port: dovecot.imapPort };
      const user = (dovecot && DOVECOT_USER.get(facts.address)) ?? facts.address;
      return { ...at, secure: false, user, password: 'segreta', folder: 'INBOX', ca: null };
    };
    const office = (facts: Facts): Office => ({
      ...facts,
      aoo: aooId(facts.administration, facts.code),
      register: 'PROT',
      mailboxes: [{ address: facts.address, account: imap(facts) }],
      smtp: { ...sandbox.smtp, secure: false, user: facts.address, password: 'segreta', ca: null },
      ...STANDARD,
    });
    const start = async (own: Office, dataFolder: string, databaseUrl?: string): Promise<Council> => {
      const started = await startCouncil(own, { dataFolder, trustFolder, databaseUrl });
      running.push(started.stop);
      return started.council;
    };
    const change = options.change ?? (async (own: Office) => own);
    const changeFirst = options.office ?? (async (own: Office) => own);
    const esempio = await start(
      await changeFirst(await change(office(ESEMPIO), sandbox)),
      options.dataFolder ?? join(folder, 'esempio'),
      options.databaseUrl,
    );
    const [provaria, ...more] = await Promise.all(
      [PROVARIA, ...(options.more ?? [])].map(async (facts) =>
        start(await change(office(facts), sandbox), join(folder, facts.administration)),
      ),
    );
    if (provaria === undefined) throw new Error('two councils are needed');

    const { validate } = await loadGrammars();
    const trust = anchorsFrom([{ name: 'sandbox.pem', bytes: Buffer.from(sandbox.caPem) }]).trust;
    const judges = { trust, validate, at: new Date(), policy: new Map() };
    const readings = (address: string) =>
      sandbox.mails(address).flatMap(({ bytes }) => judgeMail(bytes, judges).reading ?? []);
    return {
      sandbox,
      dovecot,
      esempio,
      provaria,
      more,
      trust,
      readings,
      answers: (address) => readings(address).flatMap(({ message }) => message ?? []),
      stop,
    };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

async function writeTrust(folder: string, caPem: string): Promise<void> {
  const { mkdir } = await import('node:fs/promises');
  for (const use of ['pec', 'seals']) {
    await mkdir(join(folder, use), { recursive: true });
    await writeFile(join(folder, use, 'sandbox.pem'), caPem);
  }
}

interface Places {
  readonly dataFolder: string;
  readonly trustFolder: string;
  readonly databaseUrl: string | undefined;
}

/** The service of one council, wired as in production. */
async function startCouncil(office: Office, places: Places): Promise<{ council: Council; stop(): Promise<void> }> {
  const database: TestDatabase =
    places.databaseUrl === undefined
      ? await createDatabase()
      : { url: places.databaseUrl, name: 'interpro', drop: async () => undefined };
  const config: Config & { databaseUrl: string } = {
    databaseUrl: database.url,
    offices: [office],
    dataFolder: places.dataFolder,
    trustFolder: places.trustFolder,
    http: { host: '127.0.0.1', port: 0, token: NODE_TOKEN },
    index: { urls: [], time: '04:30', shrinkLimit: 0.1, publicPerMinute: null, node: 'locale', peers: [] },
    pollSeconds: 1,
    logLevel: 'silent',
  };
  const pool = new pg.Pool({ connectionString: database.url, max: 2, application_name: 'test looks' });
  // Some tests stop the database server.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', () => undefined);
  const services = new Set<Service>();
  const another = async (options: ServiceOptions = {}) => {
    const service = await startService(config, options);
    services.add(service);
    return service;
  };
  const stopService = async (service: Service) => {
    if (services.delete(service)) await service.stop();
  };
  const service = await another();
  return {
    council: {
      office,
      service,
      database,
      folder: places.dataFolder,
      rows: async <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]) =>
        (await pool.query<Row>(sql, values)).rows,
      another,
      stopService,
      async status() {
        const answer = await fetch(`http://127.0.0.1:${service.address.port}/status`, {
          headers: AS_ADMINISTRATOR,
        });
        return (await answer.json()) as { faults: string[] };
      },
      later: (hours) => pass(office, database.url, hours),
    },
    async stop() {
      for (const one of services) await one.stop();
      await pool.end();
      await database.drop();
    },
  };
}

async function pass(office: Office, url: string, hours: number): Promise<void> {
  const working = openPool(url, 'test deadlines', 1);
  try {
    const clock = { now: () => new Date(Date.now() + hours * 3_600_000) };
    const deps = { store: postgresStore(working), clock, learn: async () => undefined };
    await watchDeadlines(new Map([[office.aoo, office]]), deps);
  } finally {
    await working.end();
  }
}

/** Delivers the mail of the sandbox to Dovecot by LMTP, in order, as a provider does. */
function forwardTo(sandbox: Sandbox, dovecot: Dovecot): { wake(): void; idle(): Promise<void> } {
  const done = new Map<string, number>();
  let working = Promise.resolve();
  const forward = async () => {
    for (const { address } of sandbox.mailboxes) {
      const user = DOVECOT_USER.get(address);
      if (user === undefined) continue;
      for (const mail of sandbox.mails(address).slice(done.get(address) ?? 0)) {
        done.set(address, (done.get(address) ?? 0) + 1);
        await dovecot.deliver(user, mail.bytes);
      }
    }
  };
  return {
    wake() {
      working = working.then(forward);
      working.catch(() => undefined);
    },
    idle: () => working,
  };
}
