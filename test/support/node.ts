/** A whole node: the production wiring for three offices on one database, and a PEC provider between them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { postgresCredentials } from '../../src/adapters/postgres/credentials.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { DEFAULT_ACCESS } from '../../src/config/access.ts';
import type { AccountsConfig } from '../../src/config/accounts.ts';
import type { Config } from '../../src/config/config.ts';
import type { BucketConfig } from '../../src/config/document-store.ts';
import { type AooId, aooId, type MailAddress } from '../../src/kernel/ids.ts';
import type { ProblemCode } from '../../src/kernel/problems.ts';
import type { ModiSigner } from '../../src/model/modi.ts';
import { importSampleIndex } from '../../src/region/sample-index.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { createCredential } from '../../src/service/access/manage-credentials.ts';
import { SCOPES } from '../../src/service/access/scopes.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';
import { type Service, startService } from '../../src/wiring/service.ts';
import { nothingLost } from '../entrances/http/nothing-lost.ts';
import { onlyDocumented } from './documented-answers.ts';
import { NODE_TOKEN } from './node-token.ts';
import { createDatabase } from './postgres.ts';

export const ESEMPIO = aooId('c_esempio', 'AESEMP1');
export const PROVARIA = aooId('c_provaria', 'APROVA1');
/** This office's own protocol system numbers. */
export const ESTERNO = aooId('c_santangelo', 'AOO1');
export const API = '/rest/interpro/v1';

const NAMES = new Map([
  [ESEMPIO, ['Comune di Esempio', 'protocollo@pec.esempio.example.it', 'own']],
  [PROVARIA, ['Comune di Provaria', 'protocollo@pec.provaria.example.it', 'own']],
  [ESTERNO, ["Comune di Sant'Angelo in Prova", 'protocollo@pec.santangelo.example.it', 'external']],
] as const);

export interface Node {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly server: FastifyInstance;
  readonly database: string;
  /** Where its documents lie. */
  readonly folder: string;
  readonly pool: ReturnType<typeof openPool>;
  /** `http://127.0.0.1:…`. */
  readonly origin: string;
  /** Members of answers that a response schema dropped or changed. */
  readonly lost: readonly string[];
  /** Answers that the OpenAPI document does not describe. */
  readonly undeclared: ReadonlySet<string>;
  /** Creates an API key of an office, or of the node, with these scopes; by default all that an office may have. */
  key(aoo: AooId | null, scopes?: readonly string[]): Promise<string>;
  /** The service alone: what a test starts in processes of its own goes on with its database and its provider. */
  stopService(): Promise<void>;
  stop(): Promise<void>;
}

export interface NodeOptions {
  /** Hosts that webhooks may reach. */
  readonly webhookHosts?: readonly string[];
  /** The node's own key. */
  readonly signer?: ModiSigner;
  readonly office?: (office: Office) => Office;
  /** Documents are previewed from an origin of their own; left out: in an opaque frame of the desk. */
  readonly previewOrigin?: boolean;
  /** Sees the server before its routes are declared. */
  readonly watch?: (server: FastifyInstance) => void;
  /** The body's own accounts; left out: there are none. */
  readonly accounts?: AccountsConfig;
  /** Where documents lie, if not in the folder. */
  readonly bucket?: BucketConfig;
  /** More mailboxes at the PEC provider, of nobody here: whoever writes to the offices. */
  readonly mailboxes?: readonly string[];
  /** The texts of documents are read for the search. */
  readonly readsTexts?: boolean;
}

export async function startNode(options: NodeOptions = {}): Promise<Node> {
  const running: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const end of running.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'interpro-node-'));
    running.push(() => rm(folder, { recursive: true, force: true }));
    const sandbox = await startSandbox({
      mailboxes: [...[...NAMES.values()].map(([, address]) => address), ...(options.mailboxes ?? [])].map(
        (address) => ({
          address,
          password: 'segreta',
        }),
      ),
    });
    running.push(() => sandbox.stop());
    await mkdir(join(folder, 'trust'));
    await writeFile(join(folder, 'trust', 'sandbox.pem'), sandbox.caPem);
    const database = await createDatabase();
    running.push(() => database.drop());
    await importSampleIndex(database.url);
    const lost: string[] = [];
    const undeclared = new Set<string>();
    let server: FastifyInstance | null = null;
    const service = await startService(configOf(sandbox, database.url, folder, options), {
      makeSecretKey: true,
      watch(built) {
        server = built;
        options.watch?.(built);
        nothingLost(built, lost);
        onlyDeclared(built, undeclared);
        onlyDocumented(built, API, undeclared);
      },
    });
    let stopped: Promise<void> | null = null;
    const stopService = (): Promise<void> => {
      stopped ??= service.stop();
      return stopped;
    };
    running.push(stopService);
    if (server === null) throw new Error('the server was never shown');
    const pool = openPool(database.url, 'interpro test node', 3);
    running.push(() => pool.end());
    const origin = `http://127.0.0.1:${service.address.port}`;
    const key = issuer(pool);
    await until('every mailbox was read once', async () => {
      const { mailboxes } = await service.views.status();
      return mailboxes.every(({ lastSuccess }) => lastSuccess !== null);
    });
    const shown = { service, sandbox, server, database: database.url, folder, pool, origin, lost, undeclared, key };
    return { ...shown, stopService, stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

function onlyDeclared(server: FastifyInstance, undeclared: Set<string>): void {
  server.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || request.is404 || typeof payload !== 'string') return payload;
    // The pages of the desk are no API.
    if (!String(reply.getHeader('content-type')).includes('json')) return payload;
    const { code } = JSON.parse(payload) as { code: ProblemCode };
    const { config, url } = request.routeOptions;
    if (!(config.problems ?? []).includes(code)) undeclared.add(`${request.method} ${url}: ${code}`);
    return payload;
  });
}

function issuer(pool: ReturnType<typeof openPool>): Node['key'] {
  const manage = { credentials: postgresCredentials(pool), clock: { now: () => new Date() } };
  const ofOffices = SCOPES.filter((scope) => scope !== 'node:admin');
  return async (aoo, scopes = ofOffices) => {
    const office = aoo === null ? null : ({ aoo, register: 'PROT' } as Office);
    const wish = { kind: 'api-key', name: 'Gestionale di prova', scopes } as const;
    const made = await createCredential(office, wish, 'prova', manage);
    if (!made.ok) throw new Error(made.problem.message);
    return made.value.key ?? '';
  };
}

function configOf(
  sandbox: Sandbox,
  databaseUrl: string,
  dataFolder: string,
  { office = (one) => one, webhookHosts = [], signer, previewOrigin, accounts, bucket, readsTexts }: NodeOptions,
): Config & { databaseUrl: string } {
  const account = { password: 'segreta', secure: false, ca: null };
  return {
    databaseUrl,
    offices: [...NAMES].map(([aoo, [name, text, numbering]]) => {
      const [administration = '', code = ''] = aoo.split('/');
      const address = text as MailAddress;
      const imap = { ...sandbox.imap, ...account, user: address, folder: 'INBOX' };
      return office({
        ...{ aoo, administration, code, register: 'PROT', name, address },
        mailboxes: [{ address, account: imap }],
        smtp: { ...sandbox.smtp, ...account, user: address },
        ...STANDARD,
        numbering,
      });
    }),
    dataFolder,
    trustFolder: join(dataFolder, 'trust'),
    http: { host: '127.0.0.1', port: 0, token: NODE_TOKEN },
    access: { ...DEFAULT_ACCESS, perMinute: 100_000 },
    webhooks: { hosts: webhookHosts, signer: signer ?? null },
    index: { urls: [], time: '04:30', shrinkLimit: 0.1, publicPerMinute: null, node: 'locale', peers: [] },
    ...(accounts !== undefined && { accounts }),
    ...(bucket !== undefined && { bucket }),
    ...(readsTexts && { texts: { isOn: true, ocr: null } }),
    ...(previewOrigin && { preview: { port: 0, isPortChosen: false, url: null } }),
    pollSeconds: 1,
    logLevel: 'silent',
  };
}

/** The tests check what an answer holds, so its type is left open. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Null if the answer is not JSON. */
  readonly json: Json;
}

let keys = 0;
export const freshKey = (): string => `prova-${process.pid}-${++keys}`;

/** Calls the API with one key. Commands get a fresh Idempotency-Key unless they bring one; an empty one sends none. */
export const caller =
  (origin: string, key: string | null) =>
  async (method: string, path: string, { headers = {}, body, signal }: Asked = {}): Promise<Answered> => {
    const raw = body instanceof FormData || body instanceof Uint8Array || typeof body === 'string';
    const sent: Record<string, string> = {
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(method === 'POST' && { 'idempotency-key': freshKey() }),
      ...(body !== undefined && !raw && { 'content-type': 'application/json' }),
      ...headers,
    };
    if (sent['idempotency-key'] === '') delete sent['idempotency-key'];
    const answer = await fetch(
      path.startsWith('http') ? path : `${origin}${path.startsWith('/rest') ? '' : API}${path}`,
      {
        method,
        headers: sent,
        ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
        ...(signal !== undefined && { signal }),
      },
    );
    const bytes = Buffer.from(await answer.arrayBuffer());
    const isJson = /json/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      bytes,
      json: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : null,
    };
  };
export type Caller = ReturnType<typeof caller>;

/** Repeats a request until its answer is as expected. */
export async function until<T>(what: string, probe: () => Promise<T | null | false>, seconds = 25): Promise<T> {
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`not within ${seconds} seconds: ${what}`);
    await sleep(30);
  }
}

/** Uploads a document whole and returns its id. */
export async function uploaded(ask: Caller, name: string, content: string | Uint8Array): Promise<string> {
  const bytes = Buffer.from(content as never);
  const opened = await ask('POST', '/uploads', { body: { name, mediaType: 'text/plain', size: bytes.length } });
  const id = opened.json.id as string;
  const put = await ask('PUT', `/uploads/${id}/content`, { body: bytes, headers: { 'content-type': 'text/plain' } });
  if (put.status !== 200) throw new Error(JSON.stringify(put.json));
  return id;
}

/** Sends a message with uploaded documents. */
export async function submitted(ask: Caller, to: readonly string[], more: object = {}): Promise<Answered> {
  const document = await uploaded(ask, `delibera-${++keys}.txt`, `Contenuto ${keys}`);
  const body = { subject: `Delibera ${keys}`, recipients: to.map((one) => ({ to: one })), documents: [document] };
  return ask('POST', '/outgoing-messages', { body: { ...body, ...more } });
}

/** Waits until an exchange is in a state. */
export const stateOf = (ask: Caller, id: string, state: string): Promise<Json> =>
  until(`exchange ${id} is ${state}`, async () => {
    const { json } = await ask('GET', `/exchanges/${id}`);
    return json.state === state && json;
  });

/** A value as the API shows it, without unknown (null) members at any depth. */
export const known = (value: unknown): Json =>
  JSON.parse(JSON.stringify(value, (_, member: unknown) => (member === null ? undefined : member)));
