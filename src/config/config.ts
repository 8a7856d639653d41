/**
 * The only reader of the environment. At boot every fault is reported at once, with what to do about it; nothing starts
 * half-configured. A JSON file describes the offices (schemas/offices.schema.json).
 */
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Office } from '../service/register/office.ts';
import { ACCESS_VARIABLES, type AccessConfig, readAccess } from './access.ts';
import { ACCOUNT_VARIABLES, type AccountsConfig, readAccounts } from './accounts.ts';
import { ALERT_VARIABLES, type AlertConfig, readAlerts } from './alerts.ts';
import { AOO_INDEX_VARIABLES, type AooIndexConfig, readAooIndex } from './aoo-index.ts';
import { API_VARIABLES, type ApiConfig, readApi } from './api.ts';
import { DESK_VARIABLES, type DeskConfig, readDesk } from './desk.ts';
import { type BucketConfig, DOCUMENT_STORE_VARIABLES, readDocumentStore } from './document-store.ts';
import { readOffices } from './offices.ts';
import { PREVIEW_VARIABLES, type PreviewConfig, readPreview } from './preview.ts';
import { REVOCATION_VARIABLES, type RevocationConfig, readRevocation } from './revocation.ts';
import { readTexts, TEXT_VARIABLES, type TextConfig } from './texts.ts';
import { readWebhooks, WEBHOOK_VARIABLES, type WebhookConfig } from './webhooks.ts';
import { readWhole } from './whole-number.ts';

export const VARIABLES = {
  DATABASE_URL: 'PostgreSQL to work on; without it, and without offices, a local one is started',
  DATABASE_OWNER_URL:
    'the same database as its owner, for migrations and credentials of the node (default: DATABASE_URL)',
  INTERPRO_OFFICES: 'JSON file that describes the offices and their mailboxes',
  INTERPRO_DATA: 'folder for the documents and what belongs to them (default: var)',
  ...DOCUMENT_STORE_VARIABLES,
  INTERPRO_WITNESS: 'second folder, on another disk, for the witness of what has left this machine',
  INTERPRO_TRUST: 'folder of certificates trusted in addition to the built-in root',
  ...REVOCATION_VARIABLES,
  INTERPRO_HTTP_HOST: 'address the API listens on (default: 127.0.0.1)',
  INTERPRO_HTTP_PORT: 'port the API listens on (default: 8080)',
  INTERPRO_API_TOKEN: "bearer token of the node's administrator; without it, one is made in the data folder",
  INTERPRO_POLL_SECONDS: 'longest time between two looks into a mailbox (default: 30)',
  ...ALERT_VARIABLES,
  ...AOO_INDEX_VARIABLES,
  ...ACCESS_VARIABLES,
  ...WEBHOOK_VARIABLES,
  ...API_VARIABLES,
  ...DESK_VARIABLES,
  ...ACCOUNT_VARIABLES,
  INTERPRO_SAMPLE: 'what the region of `npm start` begins with: week or exchange (default: week)',
  ...PREVIEW_VARIABLES,
  ...TEXT_VARIABLES,
  INTERPRO_LOG_LEVEL: 'debug, info, warn, error or silent (default: info; warn without a configuration)',
} as const satisfies Record<string, string>;

type Variable = keyof typeof VARIABLES;
export type Env = { readonly [V in Variable]?: string | undefined };

export interface Config {
  readonly databaseUrl: string | null;
  /** As the owner of the database. Tests may leave it out: `databaseUrl` is. */
  readonly ownerUrl?: string | null;
  readonly offices: readonly Office[];
  /** Absolute path. */
  readonly dataFolder: string;
  /** Where documents lie, if not in `dataFolder`. Tests may leave it out: they do. */
  readonly bucket?: BucketConfig | null;
  readonly trustFolder: string | null;
  /** Lists of revoked certificates. Tests may leave it out: they are neither fetched nor looked at. */
  readonly revocation?: RevocationConfig;
  /** Beside the one in `dataFolder`. Tests may leave it out: none. */
  readonly witnessFolder?: string | null;
  readonly http: HttpConfig;
  /** Callers, TLS, secrets. Tests may leave it out: the defaults hold. */
  readonly access?: AccessConfig;
  /** Where webhooks may go, and the node's own signature. Tests may leave it out: the defaults hold. */
  readonly webhooks?: WebhookConfig;
  /** What the documentation says of the node. Tests may leave it out: it says nothing. */
  readonly api?: ApiConfig;
  /** The pages for people. Tests may leave it out: the defaults hold. */
  readonly desk?: DeskConfig;
  /** The body's own accounts. Tests may leave it out: there are none. */
  readonly accounts?: AccountsConfig | null;
  /** The second origin. Tests may leave it out: documents are shown in an opaque frame. */
  readonly preview?: PreviewConfig;
  /** Texts of documents for the search. Tests may leave it out: none are read. */
  readonly texts?: TextConfig;
  /** Who is told by e-mail of what is wrong with the node. Tests may leave it out: nobody is. */
  readonly alerts?: AlertConfig | null;
  readonly pollSeconds: number;
  readonly index: AooIndexConfig;
  /** What a region begins with, at its first start. Tests may leave it out: a week. */
  readonly sample?: 'week' | 'exchange';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Files with passwords or keys that every user of this machine may read or change. Tests may leave it out: none. */
  readonly exposedFiles?: readonly string[];
  /** The variables as they were given, without those that hold a secret. Tests may leave it out: none. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Somebody asked for this port: a region does not take another one. Tests may leave it out: nobody did. */
  readonly isPortChosen?: boolean;
  /** Null: the one of `adminTokenFile`. */
  readonly token: string | null;
}

/** A configuration that cannot be used. `faults` names everything that is wrong with it. */
export class ConfigError extends Error {
  readonly faults: readonly string[];
  /** Where it can be used: whoever only wants to speak to a running service may go on. */
  readonly databaseUrl: string | null;

  constructor(faults: readonly string[], databaseUrl: string | null = null) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
    this.databaseUrl = databaseUrl;
  }
}

/** The service's variables, and those that are named like them but unknown: a typing error must not pass silently. */
export function readEnv(env: NodeJS.ProcessEnv = process.env): { env: Env; unknown: readonly string[] } {
  const known = Object.fromEntries(
    (Object.keys(VARIABLES) as Variable[]).flatMap((name) => {
      const value = env[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const unknown = Object.keys(env).filter(
    (name) => name.startsWith('INTERPRO_') && !(name in VARIABLES) && !TEST_ONLY.has(name),
  );
  return { env: known, unknown };
}

/** Only the tests read these. */
const TEST_ONLY = new Set(['INTERPRO_LONG', 'INTERPRO_SHARED']);
const SAMPLES = ['week', 'exchange'] as const;
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Throws ConfigError. */
export function toConfig({ env, unknown }: ReturnType<typeof readEnv>): Config {
  const faults = unknown.map(
    (name) => `${name} is not a variable of this service; known are ${Object.keys(VARIABLES).join(', ')}`,
  );
  const host = env.INTERPRO_HTTP_HOST ?? '127.0.0.1';
  const token = env.INTERPRO_API_TOKEN ?? null;
  const logLevel = LEVELS.find(
    (level) => level === (env.INTERPRO_LOG_LEVEL ?? (env.DATABASE_URL === undefined ? 'warn' : 'info')),
  );
  if (logLevel === undefined)
    faults.push(`INTERPRO_LOG_LEVEL is "${env.INTERPRO_LOG_LEVEL}": use one of ${LEVELS.join(', ')}`);
  const sample = SAMPLES.find((one) => one === (env.INTERPRO_SAMPLE ?? 'week'));
  if (sample === undefined)
    faults.push(`INTERPRO_SAMPLE is "${env.INTERPRO_SAMPLE}": use one of ${SAMPLES.join(', ')}`);
  if (token !== null && token.length < 24) faults.push('INTERPRO_API_TOKEN is too short: use at least 24 characters');
  checkDatabase(env, faults);
  const trustFolder = env.INTERPRO_TRUST === undefined ? null : resolve(env.INTERPRO_TRUST);
  if (trustFolder !== null && !existsSync(trustFolder))
    faults.push(`INTERPRO_TRUST: the folder ${trustFolder} does not exist`);
  const port = readWhole(env, 'INTERPRO_HTTP_PORT', { standard: 8080, least: 0, most: 65_535 }, faults);
  const pollSeconds = readWhole(env, 'INTERPRO_POLL_SECONDS', { standard: 30, least: 1, most: 3_600 }, faults);
  const index = readAooIndex(env, faults);
  const access = readAccess(env, faults, trustFolder);
  const webhooks = readWebhooks(env, faults);
  const api = readApi(env, faults);
  const desk = readDesk(env, faults);
  const preview = readPreview(env, port, faults);
  const alerts = readAlerts(env, faults);
  const texts = readTexts(env, faults);
  const revocation = readRevocation(env, faults);
  const bucket = readDocumentStore(env, faults);
  const dataFolder = resolve(env.INTERPRO_DATA ?? 'var');
  const tokenFile = token === null ? adminTokenFile(dataFolder) : undefined;
  const secretFiles = [
    env.INTERPRO_SECRET_KEY_FILE,
    env.INTERPRO_TLS_KEY,
    env.INTERPRO_SIGNING_KEY,
    env.INTERPRO_ALERT_PASSWORD_FILE,
    tokenFile,
  ].filter((file) => file !== undefined);
  const offices =
    env.INTERPRO_OFFICES === undefined
      ? []
      : readOffices(resolve(env.INTERPRO_OFFICES), access.secretKeys, { faults, secretFiles });
  const around = { offices, secretKeys: access.secretKeys, publicUrl: api.publicUrl, host, faults, secretFiles };
  const accounts = readAccounts(env, around);
  if (faults.length > 0 || logLevel === undefined) throw new ConfigError(faults, usableDatabase(env));
  return {
    databaseUrl: env.DATABASE_URL ?? null,
    ownerUrl: env.DATABASE_OWNER_URL ?? env.DATABASE_URL ?? null,
    offices,
    dataFolder,
    bucket,
    trustFolder,
    revocation,
    witnessFolder: env.INTERPRO_WITNESS === undefined ? null : resolve(env.INTERPRO_WITNESS),
    http: { host, port, token, isPortChosen: env.INTERPRO_HTTP_PORT !== undefined },
    access,
    webhooks,
    api,
    desk,
    accounts,
    preview,
    alerts,
    texts,
    pollSeconds,
    index,
    logLevel,
    ...(sample !== undefined && { sample }),
    exposedFiles: exposedOf(secretFiles),
    settings: withoutSecrets(env),
  };
}

const withoutSecrets = (env: Env): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || HOLD_SECRETS.has(name) ? [] : [[name, value]],
    ),
  );

/** Addresses of the database may hold its password. */
const HOLD_SECRETS = new Set<string>([
  'DATABASE_URL',
  'DATABASE_OWNER_URL',
  'INTERPRO_API_TOKEN',
  'INTERPRO_SECRET_KEY',
] satisfies Variable[]);

/** Where the administrator's token stands when none is configured. */
export const adminTokenFile = (dataFolder: string): string => join(dataFolder, 'admin-token');

const usableDatabase = ({ DATABASE_URL: url }: Env): string | null =>
  url !== undefined && IS_DATABASE.test(url) ? url : null;
const IS_DATABASE = /^postgres(ql)?:\/\//;

function checkDatabase(env: Env, faults: string[]): void {
  for (const name of ['DATABASE_URL', 'DATABASE_OWNER_URL'] as const)
    if (env[name] !== undefined && !IS_DATABASE.test(env[name]))
      faults.push(`${name} does not begin with postgres:// or postgresql://`);
  if (env.DATABASE_OWNER_URL !== undefined && env.DATABASE_URL === undefined)
    faults.push('DATABASE_URL is missing: DATABASE_OWNER_URL is set, so say as whom the service works');
  if (env.DATABASE_URL !== undefined && env.INTERPRO_OFFICES === undefined) {
    faults.push('INTERPRO_OFFICES is missing: DATABASE_URL is set, so name the file that describes the offices');
  }
  if (env.DATABASE_URL === undefined && env.INTERPRO_OFFICES !== undefined) {
    faults.push('DATABASE_URL is missing: INTERPRO_OFFICES is set, so say which PostgreSQL holds their registers');
  }
}

/** None on systems without such permissions. */
const exposedOf = (files: readonly string[]): readonly string[] =>
  process.platform === 'win32'
    ? []
    : [...new Set(files.map((file) => resolve(file)))].filter(
        (file) => ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & EVERYBODY) !== 0,
      );
/** Others may read or write. What owner and group may do is the operator's decision. */
const EVERYBODY = 0o006;

/** Columns of the caller's terminal, where the shell passes them on; null where it does not. */
export function shellColumns(): number | null {
  const asked = Number(process.env['COLUMNS']);
  return Number.isInteger(asked) && asked >= 40 ? asked : null;
}

/** A file named on the command line. npm changes to the project's folder; the user means it from where npm was called. */
export const userPath = (file: string): string => resolve(process.env['INIT_CWD'] ?? '.', file);
