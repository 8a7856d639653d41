/**
 * The only reader of the environment. Everything wrong is reported at once, at boot, with what to do about it; nothing
 * starts half-configured. Offices are described in a JSON file (schemas/offices.schema.json), passwords may lie in files.
 */
import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Office } from '../service/register/office.ts';
import { ACCESS_VARIABLES, type AccessConfig, readAccess } from './access.ts';
import { API_VARIABLES, type ApiConfig, readApi } from './api.ts';
import { readOffices } from './offices.ts';
import { readWebhooks, WEBHOOK_VARIABLES, type WebhookConfig } from './webhooks.ts';

export const VARIABLES = {
  DATABASE_URL: 'PostgreSQL to work on; without it, and without offices, a local one is started',
  INTERPRO_OFFICES: 'JSON file that describes the offices and their mailboxes',
  INTERPRO_DATA: 'folder for the document store (default: var)',
  INTERPRO_TRUST: 'folder of certificates trusted in addition to the built-in root',
  INTERPRO_HTTP_HOST: 'address the API listens on (default: 127.0.0.1)',
  INTERPRO_HTTP_PORT: 'port the API listens on (default: 8080)',
  INTERPRO_API_TOKEN: 'bearer token asked of API callers; required unless the API listens on loopback',
  INTERPRO_POLL_SECONDS: 'longest time between two looks into a mailbox (default: 30)',
  INTERPRO_INDEX_URLS: 'addresses of the files of the national index, separated by spaces, imported every night',
  INTERPRO_INDEX_TIME: 'when, as hh:mm in Italian legal time (default: 04:30)',
  INTERPRO_INDEX_SHRINK: 'percentage of rows that may vanish at once; more refuses the file (default: 10)',
  INTERPRO_PUBLIC_INDEX: 'requests a minute with which anybody may read the index from one address (unset: nobody)',
  INTERPRO_NODE: 'name of this node: the source of what it says in the regional index (default: locale)',
  INTERPRO_INDEX_PEERS:
    'nodes whose changes to the regional index are followed: name=https://host, separated by spaces',
  ...ACCESS_VARIABLES,
  ...WEBHOOK_VARIABLES,
  ...API_VARIABLES,
  INTERPRO_LOG_LEVEL: 'debug, info, warn, error or silent (default: info; warn without a configuration)',
} as const satisfies Record<string, string>;

type Variable = keyof typeof VARIABLES;
export type Env = { readonly [V in Variable]?: string | undefined };

export interface Config {
  readonly databaseUrl: string | null;
  readonly offices: readonly Office[];
  /** Absolute path. */
  readonly dataFolder: string;
  readonly trustFolder: string | null;
  readonly http: { readonly host: string; readonly port: number; readonly token: string | null };
  /** Callers, TLS, secrets; left out (tests): as where nothing is configured. */
  readonly access?: AccessConfig;
  /** Where events are told, and the node's own signature; left out (tests): as where nothing is configured. */
  readonly webhooks?: WebhookConfig;
  /** What the documentation says of the node; left out (tests): nothing. */
  readonly api?: ApiConfig;
  readonly pollSeconds: number;
  readonly index: {
    /** Fetched in this order. */
    readonly urls: readonly string[];
    /** `hh:mm`, Italian legal time. */
    readonly time: string;
    /** Largest share of rows (0 to 1) that may vanish at once. */
    readonly shrinkLimit: number;
    /** Requests a minute from one address without a token; null: the index is not public. */
    readonly publicPerMinute: number | null;
    readonly node: string;
    readonly peers: readonly { readonly node: string; readonly url: string }[];
  };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Files with passwords or keys that every user of this machine may read or change; left out (tests): none. */
  readonly exposed?: readonly string[];
}

/** A configuration that cannot be used; `faults` names everything that is wrong with it. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The variables of ours, and those that look like ours and are none (a slip of the pen must not pass silently). */
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

/** Read by the tests alone. */
const TEST_ONLY = new Set(['INTERPRO_LONG', 'INTERPRO_SHARED']);
const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

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
  if (!LOOPBACK.has(host) && token === null) {
    faults.push(`INTERPRO_API_TOKEN is missing: the API would be open to everybody who reaches ${host}`);
  }
  if (token !== null && token.length < 24) faults.push('INTERPRO_API_TOKEN is too short: use at least 24 characters');
  if (env.DATABASE_URL !== undefined && !/^postgres(ql)?:\/\//.test(env.DATABASE_URL)) {
    faults.push('DATABASE_URL does not begin with postgres:// or postgresql://');
  }
  if (env.DATABASE_URL !== undefined && env.INTERPRO_OFFICES === undefined) {
    faults.push('INTERPRO_OFFICES is missing: DATABASE_URL is set, so name the file that describes the offices');
  }
  if (env.DATABASE_URL === undefined && env.INTERPRO_OFFICES !== undefined) {
    faults.push('DATABASE_URL is missing: INTERPRO_OFFICES is set, so say which PostgreSQL holds their registers');
  }
  const trustFolder = env.INTERPRO_TRUST === undefined ? null : resolve(env.INTERPRO_TRUST);
  if (trustFolder !== null && !existsSync(trustFolder))
    faults.push(`INTERPRO_TRUST: the folder ${trustFolder} does not exist`);
  const port = whole('INTERPRO_HTTP_PORT', env.INTERPRO_HTTP_PORT, 8080, 0, 65_535, faults);
  const pollSeconds = whole('INTERPRO_POLL_SECONDS', env.INTERPRO_POLL_SECONDS, 30, 1, 3_600, faults);
  const index = readIndex(env, faults);
  const access = readAccess(env, token, faults);
  const webhooks = readWebhooks(env, faults);
  const api = readApi(env, faults);
  const secretFiles = [env.INTERPRO_SECRET_KEY_FILE, env.INTERPRO_TLS_KEY, env.INTERPRO_SIGNING_KEY].filter(
    (file) => file !== undefined,
  );
  const offices =
    env.INTERPRO_OFFICES === undefined
      ? []
      : readOffices(resolve(env.INTERPRO_OFFICES), access.secretKeys, { faults, secretFiles });
  if (faults.length > 0 || logLevel === undefined) throw new ConfigError(faults);
  return {
    databaseUrl: env.DATABASE_URL ?? null,
    offices,
    dataFolder: resolve(env.INTERPRO_DATA ?? 'var'),
    trustFolder,
    http: { host, port, token },
    access,
    webhooks,
    api,
    pollSeconds,
    index,
    logLevel,
    exposed: exposedOf(secretFiles),
  };
}

/** On systems that know of no such permissions: none. */
const exposedOf = (files: readonly string[]): readonly string[] =>
  process.platform === 'win32'
    ? []
    : [...new Set(files.map((file) => resolve(file)))].filter(
        (file) => ((statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & EVERYBODY) !== 0,
      );
/** May read or write: what an owner and a group may do is theirs to say. */
const EVERYBODY = 0o006;

const NODE = /^[a-z0-9][a-z0-9-]{0,31}$/;

function readIndex(env: Env, faults: string[]): Config['index'] {
  const urls = env.INTERPRO_INDEX_URLS?.split(/\s+/) ?? [];
  for (const url of urls) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      faults.push(`INTERPRO_INDEX_URLS: "${url}" is no http or https address`);
  }
  const time = env.INTERPRO_INDEX_TIME ?? '04:30';
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time))
    faults.push(`INTERPRO_INDEX_TIME is "${time}": use hh:mm, as in 04:30`);
  const shrinkLimit = whole('INTERPRO_INDEX_SHRINK', env.INTERPRO_INDEX_SHRINK, 10, 0, 100, faults) / 100;
  const publicPerMinute =
    env.INTERPRO_PUBLIC_INDEX === undefined
      ? null
      : whole('INTERPRO_PUBLIC_INDEX', env.INTERPRO_PUBLIC_INDEX, 300, 1, 1_000_000, faults);
  const node = env.INTERPRO_NODE ?? 'locale';
  if (!NODE.test(node)) faults.push(`INTERPRO_NODE is "${node}": use up to 32 small letters, digits and hyphens`);
  const peers = (env.INTERPRO_INDEX_PEERS?.split(/\s+/) ?? []).map((peer) => {
    const [name = '', url = ''] = [peer.slice(0, peer.indexOf('=')), peer.slice(peer.indexOf('=') + 1)];
    if (!NODE.test(name) || name === node || !/^https?:\/\//.test(url) || !URL.canParse(url))
      faults.push(`INTERPRO_INDEX_PEERS: "${peer}" is not name=https://host, or it names this node`);
    return { node: name, url };
  });
  return { urls, time, shrinkLimit, publicPerMinute, node, peers };
}

function whole(
  name: Variable,
  text: string | undefined,
  standard: number,
  least: number,
  most: number,
  faults: string[],
): number {
  if (text === undefined) return standard;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  faults.push(`${name} is "${text}": use a whole number from ${least} to ${most}`);
  return standard;
}

/** npm runs scripts from the project's folder; a file named on the command line is meant from where the user stands. */
export const fromWhereTheUserIs = (file: string): string => resolve(process.env['INIT_CWD'] ?? '.', file);
