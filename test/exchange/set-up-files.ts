/** A service configured by files, as in production: mailboxes on a real Dovecot, submission to the sandbox. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Env, toConfig } from '../../src/config/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { type Service, startService } from '../../src/wiring/service.ts';
import { type Dovecot, startDovecot } from '../support/dovecot.ts';
import { NODE_TOKEN } from '../support/node-token.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { ESEMPIO, type Facts, MITTENTE, PROVARIA } from './councils.ts';

/** The name of a mailbox in Dovecot. */
export const userOf = ({ address }: Facts): string => address.replace(/^.*@pec\.|\.example\.it$/g, '');

export interface OfficeOnDisk {
  readonly of: Facts;
  readonly mailboxes?: readonly Facts[];
  /** More keys, or other values, of its entry in the file. */
  readonly more?: object;
}

export interface SetUp {
  readonly folder: string;
  readonly env: Env & Record<string, string>;
  readonly dovecot: Dovecot;
  readonly sandbox: Sandbox;
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  /** Writes the offices file. */
  writeOffices(offices: readonly OfficeOnDisk[]): void;
  writePassword(of: Facts, password: string): void;
  /** What the provider asks for, whatever the file says; takes effect for new connections. */
  changePassword(of: Facts, password: string): Promise<void>;
  startService(): Promise<Service>;
  stopService(service: Service): Promise<void>;
  stop(): Promise<void>;
}

export async function openSetUp(more: Record<string, string> = {}): Promise<SetUp> {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-set-up-'));
  chmodSync(folder, 0o755);
  const known = [ESEMPIO, PROVARIA, MITTENTE];
  const dovecot = await startDovecot({ users: known.map((one) => ({ name: userOf(one), password: 'segreta' })) });
  const sandbox = await startSandbox({
    mailboxes: known.map(({ address }) => ({ address, password: 'segreta' })),
  });
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2, application_name: 'test looks' });
  const at = (name: string) => join(folder, name);
  for (const use of ['pec', 'seals']) {
    mkdirSync(at(join('trust', use)), { recursive: true });
    writeFileSync(at(join('trust', use, 'sandbox.pem')), sandbox.caPem);
  }
  const writePassword = (of: Facts, password: string) => {
    writeFileSync(at(`${userOf(of)}.password`), `${password}\n`, { mode: 0o600 });
  };
  for (const one of known) writePassword(one, 'segreta');
  writeFileSync(at('smtp.password'), 'segreta\n', { mode: 0o600 });
  const env = {
    DATABASE_URL: database.url,
    INTERPRO_OFFICES: at('offices.json'),
    INTERPRO_DATA: at('data'),
    INTERPRO_TRUST: at('trust'),
    INTERPRO_HTTP_PORT: '0',
    INTERPRO_API_TOKEN: NODE_TOKEN,
    INTERPRO_POLL_SECONDS: '1',
    INTERPRO_LOG_LEVEL: 'silent',
    ...more,
  };
  const services = new Set<Service>();
  const stopService = async (service: Service) => {
    if (services.delete(service)) await service.stop();
  };
  const reread = () => toConfig({ env, unknown: [] });
  return {
    folder,
    env,
    dovecot,
    sandbox,
    database,
    pool,
    writePassword,
    writeOffices(offices) {
      const content = offices.map(({ of, mailboxes = [of], more: others = {} }) => ({
        administration: of.administration,
        code: of.code,
        name: of.name,
        address: of.address,
        mailboxes: mailboxes.map((one) => ({
          address: one.address,
          host: dovecot.host,
          port: dovecot.imapPort,
          secure: false,
          user: userOf(one),
          passwordFile: at(`${userOf(one)}.password`),
        })),
        smtp: { ...sandbox.smtp, secure: false, user: of.address, passwordFile: at('smtp.password') },
        ...others,
      }));
      writeFileSync(at('offices.json'), JSON.stringify({ offices: content }));
    },
    async changePassword(of, password) {
      const file = join(dovecot.folder, 'users');
      const text = await readFile(file, 'utf8');
      await writeFile(
        file,
        text.replace(new RegExp(`^${userOf(of)}:\\{PLAIN\\}[^:]*`, 'm'), `${userOf(of)}:{PLAIN}${password}`),
      );
    },
    async startService() {
      const service = await startService({ ...reread(), databaseUrl: database.url }, { reread });
      services.add(service);
      return service;
    },
    stopService,
    async stop() {
      for (const service of services) await stopService(service);
      await pool.end();
      await sandbox.stop();
      await dovecot.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
