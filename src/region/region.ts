/**
 * A region on one machine, to see it work: PostgreSQL, the PEC providers of the sandbox, three example councils and the
 * service for them. Production never loads this room.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adminTokenFile, type Config } from '../config/config.ts';
import { DEFAULT_WEBHOOKS, type WebhookConfig } from '../config/webhooks.ts';
import { aooId, type MailAddress, mailAddress } from '../kernel/ids.ts';
import { type Sandbox, startSandbox } from '../sandbox/sandbox.ts';
import { type Office, STANDARD } from '../service/register/office.ts';
import { type Service, startService } from '../wiring/service.ts';
import { startLocalPostgres } from './local-postgres.ts';
import { shiftedClock } from './sample-day/shifted-clock.ts';
import type { SamplePlace } from './sample-day/stage.ts';
import { playSampleWeek } from './sample-day/week.ts';
import { importSampleIndex } from './sample-index.ts';
import { type Seal, writeSeal } from './seals.ts';

const COUNCILS = [
  {
    administration: 'c_esempio',
    code: 'AESEMP1',
    name: 'Comune di Esempio',
    address: 'protocollo@pec.esempio.example.it',
    numbering: 'own',
  },
  {
    administration: 'c_provaria',
    code: 'APROVA1',
    name: 'Comune di Provaria',
    address: 'protocollo@pec.provaria.example.it',
    numbering: 'own',
  },
  /** Its own protocol system assigns numbers: incoming messages wait for it (docs/join-in-a-day.md). */
  {
    administration: 'c_santangelo',
    code: 'ASANTA1',
    name: "Comune di Sant'Angelo in Prova",
    address: 'protocollo@pec.santangelo.example.it',
    numbering: 'external',
  },
] as const;

const OFFICES_FILE = 'offices.json';

export interface Region {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly offices: readonly [Office, Office, Office];
  readonly database: { readonly url: string; readonly folder: string };
  /** The folder held no region before. */
  readonly isNew: boolean;
  stop(): Promise<void>;
}

export type ReportStep = (what: string) => void;

export interface RegionOptions {
  /** The folder is removed at the end. */
  readonly throwAway?: boolean;
  /** At the first start, the councils have a week of work behind them. */
  readonly week?: boolean;
}

/** Starts everything under `folder` and reports each part. When a part fails, the earlier ones are stopped. */
export async function startRegion(
  folder: string,
  config: Config,
  report: ReportStep,
  { throwAway = false, week = false }: RegionOptions = {},
): Promise<Region> {
  const running: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of running.splice(0).reverse()) await end();
  };
  try {
    await mkdir(folder, { recursive: true });
    const postgres = await startLocalPostgres(join(folder, 'postgres'), { throwAway });
    running.push(() => postgres.stop());
    await postgres.createDatabase('interpro');
    const url = postgres.url('interpro');
    report(`PostgreSQL 18 in ${postgres.folder}, port ${new URL(url).port}`);

    const accounts = await passwords(folder);
    const clock = shiftedClock();
    const sandbox = await startSandbox({ folder: join(folder, 'sandbox'), mailboxes: accounts, clock });
    running.push(() => sandbox.stop());
    report(
      `sandbox PEC provider: SMTP ${sandbox.smtp.host}:${sandbox.smtp.port}, IMAP ${sandbox.imap.host}:${sandbox.imap.port}`,
    );
    const trustFolder = join(folder, 'trust');
    // Where an earlier version put it.
    await rm(join(trustFolder, 'sandbox.pem'), { force: true });
    for (const use of ['pec', 'seals']) {
      await mkdir(join(trustFolder, use), { recursive: true });
      await writeFile(join(trustFolder, use, 'sandbox.pem'), sandbox.caPem);
    }

    const seals = await Promise.all(COUNCILS.map((council) => writeSeal(folder, council, sandbox)));
    const [first, second, third] = COUNCILS.map((council, index) =>
      office(council, accounts[index]?.password ?? '', sandbox, seals[index]),
    );
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('three councils are needed');
    const offices = [first, second, third] as const;
    const isNew = !existsSync(join(folder, OFFICES_FILE));
    await writeConfiguration(folder, url, offices, seals);
    const whole = {
      ...config,
      webhooks: ownWebhooks(config),
      databaseUrl: url,
      offices,
      dataFolder: folder,
      trustFolder,
    };
    if (isNew && week) {
      report('first start: a week of sample mail is sent and read in two councils, about a minute');
      const seconds = await playWeek(whole, { sandbox, clock, offices: [first, second] }, report);
      report(`the week lies there (${seconds.toFixed(1)} s)`);
    }
    const service = await startService(whole, { anyPort: config.http.isPortChosen !== true, makeSecretKey: true });
    running.push(() => service.stop());
    report(`service for ${listed(offices)}: http://${service.address.host}:${service.address.port}/status`);
    if (config.http.token === null) report(`token of the administrator: ${adminTokenFile(folder)}`);
    report(`sample index: ${await importSampleIndex(url)} rows (npm run -s interpro -- index imports)`);
    return {
      service,
      sandbox,
      offices,
      database: { url, folder: postgres.folder },
      isNew,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A document that was changed on the way is refused by the standard policy; in the week of work a person looks. */
const ASKS_PERSONS = new Map([['document-digest-differs', 'operator']] as const);
const asksPersons = (one: Office): Office => ({ ...one, policy: ASKS_PERSONS });

/** A service of its own works through the days before, by the clock of the sandbox. Resolves with how long it took. */
async function playWeek(
  config: Config & { readonly databaseUrl: string },
  place: Omit<SamplePlace, 'service'>,
  report: ReportStep,
): Promise<number> {
  const start = performance.now();
  const http = { ...config.http, host: '127.0.0.1', port: 0 };
  // Nobody waits for mail of last week: a mailbox whose server forgets to announce it is looked into again at once.
  const offices = config.offices.map(asksPersons);
  const service = await startService(
    { ...config, offices, http, pollSeconds: 1 },
    { makeSecretKey: true, clock: place.clock },
  );
  try {
    await importSampleIndex(config.databaseUrl);
    await playSampleWeek({ ...place, service }, (what) => report(`  ${what}`));
  } finally {
    await service.stop();
  }
  return (performance.now() - start) / 1000;
}

/** Webhooks may go to this machine, for trials, as long as only this machine can call the API. */
function ownWebhooks({ http, webhooks = DEFAULT_WEBHOOKS }: Config): WebhookConfig {
  const alone = ['127.0.0.1', '::1', 'localhost'].includes(http.host);
  return alone ? { ...webhooks, hosts: [...webhooks.hosts, 'localhost', '127.0.0.1', '::1'] } : webhooks;
}

const listed = (offices: readonly Office[]): string =>
  offices
    .map(({ name }) => name)
    .join(', ')
    .replace(/, (?=[^,]*$)/, ' and ');

interface MailboxPassword {
  readonly address: string;
  readonly password: string;
}

/** The passwords of the councils' mailboxes, kept across starts; a new council gets a new one. */
async function passwords(folder: string): Promise<readonly MailboxPassword[]> {
  const file = join(folder, 'mailboxes.json');
  const known: readonly MailboxPassword[] = await readFile(file, 'utf8').then(JSON.parse, () => []);
  const all = COUNCILS.map(
    ({ address }) => known.find((one) => one.address === address) ?? { address, password: crypto.randomUUID() },
  );
  if (all.length > known.length) await writeFile(file, JSON.stringify(all, null, 2), { mode: 0o600 });
  return all;
}

function office(council: (typeof COUNCILS)[number], password: string, { smtp, imap }: Sandbox, seal?: Seal): Office {
  const address = mailAddress(council.address) as MailAddress;
  const account = { user: address, password, secure: false, ca: null };
  return {
    ...council,
    aoo: aooId(council.administration, council.code),
    register: 'PROT',
    address,
    mailboxes: [{ address, account: { ...account, ...imap, folder: 'INBOX' } }],
    smtp: { ...account, ...smtp },
    ...STANDARD,
    numbering: council.numbering,
    signer: seal?.signer ?? null,
  };
}

/** The command line finds the running region by these files (`interpro list`, `interpro doctor`). */
async function writeConfiguration(
  folder: string,
  databaseUrl: string,
  offices: readonly Office[],
  seals: readonly Seal[],
): Promise<void> {
  const write = (name: string, content: string) => writeFile(join(folder, name), content, { mode: 0o600 });
  const writeJson = (name: string, content: object) => write(name, JSON.stringify(content, null, 2));
  await mkdir(join(folder, 'passwords'), { recursive: true, mode: 0o700 });
  for (const { address, smtp } of offices) await write(join('passwords', address), smtp.password ?? '');
  const passwordFile = (address: string): string => join(folder, 'passwords', address);
  const described = {
    offices: offices.map(({ administration, code, register, name, address, numbering, mailboxes, smtp }, index) => ({
      administration,
      code,
      register,
      name,
      address,
      numbering,
      mailboxes: mailboxes.map(({ address: own, account: { ca: _, password: __, ...account } }) => ({
        address: own,
        ...account,
        passwordFile: passwordFile(own),
      })),
      smtp: {
        host: smtp.host,
        port: smtp.port,
        secure: smtp.secure,
        user: smtp.user,
        passwordFile: passwordFile(address),
      },
      seal: seals[index]?.files,
    })),
  };
  await writeJson(OFFICES_FILE, described);
  await writeJson('running.json', { databaseUrl });
}
