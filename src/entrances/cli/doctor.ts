import { parseArgs } from 'node:util';
import { type Config, ConfigError } from '../../config/config.ts';
import { witnessPlaces } from '../../config/witness-places.ts';
import { checks, missingMigrations } from '../../wiring/cli.ts';
import {
  type Advice,
  accountsAdvice,
  databaseAdvice,
  mailboxAdvice,
  migrationsAdvice,
  smtpAdvice,
} from './doctor-advice.ts';
import { type Warning, warnings } from './doctor-warnings.ts';
import { type FoundService, findService } from './input/find-service.ts';
import { say } from './output/say.ts';

const HELP = `Usage: interpro doctor [--json]

Checks the configuration, who may read its secrets, the database, the document store, every mailbox and outgoing server,
the provider of the body's accounts, the trust anchors and the schemas, and says what to do about what is wrong. Warns in time of disks that are nearly full,
certificates that expire within 30 days, an old index, and a running service whose configuration is not the one on disk.
Reads only. Exits 1 when something is wrong.`;

interface CheckResult {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do about it; absent when there is nothing to do. With `ok`: soon, before it is wrong. */
  readonly advice?: string;
}

export async function runDoctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const results: CheckResult[] = [];
  const service = configured(results);
  const check: Check = async (what, look, advice) => {
    const result = await checked(what, look, advice);
    results.push(result);
    return result.ok;
  };
  const warn: Warn = async (what, look, advice) => {
    // What cannot be looked at is reported as wrong by the check of that part.
    const found = await look().catch(() => null);
    if (found !== null) results.push({ what, ok: true, detail: found.detail, ...(found.isFine ? {} : { advice }) });
  };
  if (service !== null)
    await check('secrets', async () => secrets(service.config), 'run: chmod 600 FILE, as its owner');
  await check('schemas', checks.schemas, 'reinstall the project: its schemas folder is damaged');
  if (service !== null) await checkService(service, check, warn);
  if (values.json) say(JSON.stringify(results, null, 2));
  else
    for (const { what, ok, detail, advice } of results)
      say(`${labelOf(ok, advice)}  ${what}: ${detail}${advice ? `\n      -> ${advice}` : ''}`);
  return results.every(({ ok }) => ok) ? 0 : 1;
}

const labelOf = (ok: boolean, advice?: string): string => (!ok ? 'FAIL' : advice === undefined ? 'ok  ' : 'warn');

function configured(results: CheckResult[]): FoundService | null {
  try {
    const service = findService();
    const where = service.local ? 'the local region of npm start' : 'the environment';
    results.push({
      what: 'configuration',
      ok: true,
      detail: `${service.config.offices.length} office(s), from ${where}`,
    });
    return service;
  } catch (error) {
    const faults =
      error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : String(error)];
    for (const detail of faults)
      results.push({ what: 'configuration', ok: false, detail, advice: 'correct it and run doctor again' });
    return null;
  }
}

async function checked(what: string, look: () => Promise<string>, advice: Advice): Promise<CheckResult> {
  try {
    return { what, ok: true, detail: await look() };
  } catch (error) {
    return {
      what,
      ok: false,
      detail: error instanceof Error && error.message !== '' ? error.message : String(error),
      advice: typeof advice === 'string' ? advice : advice(error),
    };
  }
}

/** Adds what is well, or will not be for long. */
type Warn = (what: string, look: () => Promise<Warning>, advice: string) => Promise<void>;

/** Gives whether all is well. */
type Check = (what: string, look: () => Promise<string>, advice: Advice) => Promise<boolean>;

async function checkService({ config, databaseUrl, local }: FoundService, check: Check, warn: Warn): Promise<void> {
  const isReached = await check('database', () => checks.database(databaseUrl), databaseAdvice);
  await check('migrations', () => migrations(databaseUrl), migrationsAdvice);
  // Without a database there is no second clock to compare with.
  const aoos = config.offices.map(({ aoo }) => aoo);
  const places = witnessPlaces(config.dataFolder, config.witnessFolder ?? null);
  if (isReached)
    await check('registers', () => checks.registers(databaseUrl, aoos, places), 'run: npm run -s interpro -- recover');
  if (isReached) await check('clock', () => checks.clock(databaseUrl), 'synchronise both machines (NTP)');
  await check(
    'document store',
    () => checks.documents(config),
    'make room, or give the service a folder (INTERPRO_DATA) or a bucket (INTERPRO_S3_…) it may write to',
  );
  await check(
    'trust anchors',
    () => checks.anchors(config.trustFolder),
    'put the certificates into the folder INTERPRO_TRUST, or repair or remove the files named; then run: npm run -s interpro -- reload',
  );
  if (isReached)
    await check(
      'revocation lists',
      () => checks.revocation(databaseUrl, config.revocation?.isOn ?? false),
      'let the node reach them by http, or set INTERPRO_REVOCATION=off; mails go on, with revocation not known',
    );
  await warn(
    'disks',
    () => warnings.disks(config),
    'make room, or move INTERPRO_DATA or INTERPRO_WITNESS to a larger disk',
  );
  await warn(
    'certificates',
    () => warnings.certificates(config),
    'have them renewed, replace the files, then run: npm run -s interpro -- reload',
  );
  if (isReached)
    await warn(
      'index',
      () => warnings.index(config, databaseUrl),
      'see why in the log, or run: npm run -s interpro -- index import',
    );
  if (isReached && (config.texts?.isOn ?? false))
    await warn(
      'texts of documents',
      () => warnings.texts(databaseUrl),
      'see why in the log of the running service (part "texts"); the register goes on without them',
    );
  if (isReached && !local)
    await warn('running service', () => warnings.running(databaseUrl), 'run: npm run -s interpro -- reload');
  for (const { address, account } of config.offices.flatMap(({ mailboxes }) => mailboxes))
    await check(`mailbox ${address}`, () => checks.mailbox(account), mailboxAdvice);
  const { accounts } = config;
  if (accounts != null) await check("accounts' provider", () => checks.accounts(accounts), accountsAdvice);
  for (const { aoo, smtp } of config.offices)
    await check(`outgoing mail of ${aoo}`, () => checks.smtp(smtp), smtpAdvice);
}

function secrets({ exposedFiles = [], access }: Config): string {
  if (exposedFiles.length > 0) throw new Error(`every user of this machine may read ${exposedFiles.join(', ')}`);
  const remark = access?.secretKeys.length === 0 ? NO_SECRET_KEY : '';
  return `passwords and keys are sealed, or in files that not everybody may read${remark}`;
}

/** Not wrong: a node may do without. */
const NO_SECRET_KEY = '; without INTERPRO_SECRET_KEY there are no webhooks, and clients cannot change their keys';

async function migrations(databaseUrl: string): Promise<string> {
  const pending = await missingMigrations(databaseUrl);
  if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`);
  return 'the schema is current';
}
