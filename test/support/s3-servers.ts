/** Two S3 servers on loopback: a foreign one, and a double that can misbehave. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { S3Settings } from '../../src/adapters/documents/s3-objects.ts';

export interface S3Server {
  readonly settings: S3Settings;
  stop(): Promise<void>;
}

const BUCKET = 'documenti';
const settingsAt = (port: number): S3Settings => ({
  bucket: BUCKET,
  endpoint: `http://127.0.0.1:${port}`,
  region: 'eu-south-1',
  prefix: 'prova/',
  credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  silenceMs: 5_000,
});

interface Foreign {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}

export async function foreignS3(): Promise<S3Server> {
  const directory = mkdtempSync(join(tmpdir(), 'interpro-s3-'));
  const Server = createRequire(import.meta.url)('s3rver') as new (options: object) => Foreign;
  const server = new Server({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory,
    configureBuckets: [{ name: BUCKET }],
  });
  const { port } = await server.run();
  return {
    settings: settingsAt(port),
    async stop() {
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** What the double does with the next request of a method. */
export type Misdeed =
  | 'slow-down'
  | 'broken'
  | 'full'
  | 'silent'
  | 'lose'
  | 'cut-stored'
  | 'alter-stored'
  | 'cut-answer'
  | 'forbidden';

export interface S3Double extends S3Server {
  /** The objects by their key. Those who test may alter them. */
  readonly objects: Map<string, Buffer>;
  /** Methods and keys of all requests so far. */
  readonly asked: string[];
  /** So many requests of this method meet it, from now on. */
  misbehave(method: 'PUT' | 'GET' | 'HEAD', misdeed: Misdeed, times?: number): void;
  /** Methods and keys of the requests that met one. */
  readonly met: readonly string[];
  /** From now on it does what it is asked. */
  behave(): void;
}

interface Planned {
  readonly method: string;
  readonly misdeed: Misdeed;
  left: number;
}

export async function s3Double(silenceMs = 5_000): Promise<S3Double> {
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const planned: Planned[] = [];
  const met: string[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://double');
    const key = decodeURIComponent(pathname.slice(BUCKET.length + 2));
    asked.push(`${request.method} ${key}`);
    const plan = planned.find(({ method, left }) => method === request.method && left > 0);
    if (plan !== undefined) {
      plan.left -= 1;
      met.push(`${request.method} ${key}`);
    }
    void answer({ request, response, key, objects, misdeed: plan?.misdeed ?? null });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    settings: { ...settingsAt((server.address() as AddressInfo).port), silenceMs },
    objects,
    asked,
    met,
    misbehave: (method, misdeed, times = 1) => planned.push({ method, misdeed, left: times }),
    behave() {
      planned.length = 0;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly key: string;
  readonly objects: Map<string, Buffer>;
  readonly misdeed: Misdeed | null;
}

const REFUSALS: Partial<Record<Misdeed, readonly [number, string]>> = {
  'slow-down': [503, 'SlowDown'],
  full: [507, 'InsufficientStorage'],
  forbidden: [403, 'AccessDenied'],
};

async function answer({ request, response, key, objects, misdeed }: Asked): Promise<void> {
  if (misdeed === 'silent') return;
  if (misdeed === 'broken') return void request.socket.destroy();
  const body = await buffer(request).catch(() => Buffer.alloc(0));
  const [status, code] = (misdeed !== null && REFUSALS[misdeed]) || [];
  if (status !== undefined && code !== undefined) return refuse(response, status, code);
  // As some servers do: what the client sends is stored as it comes, framing and trailer included.
  if (request.method === 'PUT') {
    if (misdeed !== 'lose') objects.set(key, stored(body, misdeed));
    return void response.setHeader('ETag', `"${createHash('md5').update(body).digest('hex')}"`).end();
  }
  if (request.method === 'DELETE') {
    objects.delete(key);
    return void response.writeHead(204).end();
  }
  const found = objects.get(key);
  if (found === undefined) return refuse(response, 404, 'NoSuchKey');
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range !== null && Number(range[1]) >= found.length) return refuse(response, 416, 'InvalidRange');
  const bytes = range === null ? found : found.subarray(Number(range[1]), Number(range[2]) + 1);
  const lastModified = new Date().toUTCString();
  response.writeHead(range === null ? 200 : 206, {
    'content-length': bytes.length,
    'last-modified': lastModified,
  });
  if (request.method === 'HEAD') return void response.end();
  if (misdeed !== 'cut-answer') return void response.end(bytes);
  response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
}

function stored(body: Buffer, misdeed: Misdeed | null): Buffer {
  if (misdeed === 'cut-stored') return body.subarray(0, body.length - 1);
  if (misdeed !== 'alter-stored') return body;
  const altered = Buffer.from(body);
  altered[0] = (altered[0] ?? 0) ^ 1;
  return altered;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}
