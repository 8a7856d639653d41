import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadGrammars } from '../../adapters/grammar-files.ts';
import { imapMailboxes } from '../../adapters/imap/connector.ts';
import { pendingMigrations } from '../../adapters/postgres/migrate.ts';
import { openPool } from '../../adapters/postgres/pool.ts';
import { builtInTrust, folderTrust } from '../../adapters/trust-files.ts';
import { ConfigError } from '../../config.ts';
import { findService, type Surroundings } from './environment.ts';
import { say } from './say.ts';

const HELP = `Usage: interpro doctor [--json]

Checks the configuration, the database, the document store, every mailbox, the trust anchors and the schemas, and says
what to do about what is wrong. Reads only. Exits 1 when something is wrong.`;

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly detail: string;
  /** What to do; only where something is wrong. */
  readonly advice?: string;
}

export async function runDoctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const findings: Finding[] = [];
  const service = configured(findings);
  findings.push(
    await checked(
      'schemas',
      () => loadGrammars().then(() => 'all grammars compile'),
      'reinstall the project: its schemas folder is damaged',
    ),
  );
  if (service !== null) {
    findings.push(await checked('database', () => database(service), 'start PostgreSQL, or correct DATABASE_URL'));
    findings.push(await checked('migrations', () => migrations(service), 'run: npm run -s interpro -- migrate'));
    findings.push(
      await checked('document store', () => store(service), 'give the service a folder it may write to: INTERPRO_DATA'),
    );
    findings.push(
      await checked(
        'trust anchors',
        () => anchors(service),
        'mend or remove the files named, in the folder INTERPRO_TRUST',
      ),
    );
    for (const office of service.config.offices) {
      for (const { address, account } of office.mailboxes) {
        const look = async () => {
          const connection = await imapMailboxes().connect(account, AbortSignal.timeout(20_000));
          await connection.close();
          return `${account.host}:${account.port} folder ${account.folder}, UIDVALIDITY ${connection.uidValidity}`;
        };
        findings.push(
          await checked(
            `mailbox ${address}`,
            look,
            'check host, port, user and password of the mailbox in INTERPRO_OFFICES',
          ),
        );
      }
    }
  }
  if (values.json) console.log(JSON.stringify(findings, null, 2));
  else
    for (const { what, ok, detail, advice } of findings)
      console.log(`${ok ? 'ok  ' : 'FAIL'}  ${what}: ${detail}${advice ? `\n      -> ${advice}` : ''}`);
  return findings.every(({ ok }) => ok) ? 0 : 1;
}

function configured(findings: Finding[]): Surroundings | null {
  try {
    const service = findService();
    const where = service.local ? 'the local region of npm start' : 'the environment';
    findings.push({
      what: 'configuration',
      ok: true,
      detail: `${service.config.offices.length} office(s), from ${where}`,
    });
    return service;
  } catch (error) {
    const faults =
      error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : String(error)];
    for (const detail of faults)
      findings.push({ what: 'configuration', ok: false, detail, advice: 'correct it and run doctor again' });
    return null;
  }
}

async function checked(what: string, look: () => Promise<string>, advice: string): Promise<Finding> {
  try {
    return { what, ok: true, detail: await look() };
  } catch (error) {
    return {
      what,
      ok: false,
      detail: error instanceof Error && error.message !== '' ? error.message : String(error),
      advice,
    };
  }
}

async function database({ databaseUrl }: Surroundings): Promise<string> {
  const pool = openPool(databaseUrl, 'interpro doctor', 1);
  try {
    const { rows } = await pool.query<{ version: string; number: number }>(
      `select current_setting('server_version') as version, current_setting('server_version_num')::int as number`,
    );
    const [row] = rows;
    if (row === undefined || row.number < 160_000)
      throw new Error(`PostgreSQL ${row?.version} is too old: 16 is the oldest that works`);
    return `PostgreSQL ${row.version}, working as interpro_service`;
  } finally {
    await pool.end();
  }
}

async function migrations({ databaseUrl }: Surroundings): Promise<string> {
  const pending = await pendingMigrations(databaseUrl);
  if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`);
  return 'the schema is current';
}

async function store({ config }: Surroundings): Promise<string> {
  const folder = join(config.dataFolder, 'documents');
  await mkdir(folder, { recursive: true });
  const probe = join(folder, `.doctor-${process.pid}`);
  await writeFile(probe, 'x');
  await rm(probe);
  return `${folder} can be written`;
}

async function anchors({ config }: Surroundings): Promise<string> {
  const builtIn = builtInTrust().anchors.length;
  if (builtIn === 0) throw new Error('the built-in root of the PEC providers was not found in this Node');
  if (config.trustFolder === null) return 'the built-in root of the PEC providers';
  const { trust, unreadable } = await folderTrust(config.trustFolder);
  if (unreadable.length > 0) throw new Error(unreadable.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
  return `the built-in root of the PEC providers and ${trust.anchors.length} from ${config.trustFolder}`;
}
