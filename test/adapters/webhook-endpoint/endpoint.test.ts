import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { type EndpointOptions, webhookEndpoint } from '../../../src/adapters/webhook-endpoint/endpoint.ts';
import type { WebhookOutcome } from '../../../src/domain/delivery/webhook.ts';
import type { Resolver } from '../../../src/kernel/public-address.ts';
import { selfSigned } from '../../support/self-signed.ts';

const LOOPBACK = ['127.0.0.1'];
const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

const receiver = (listener: RequestListener) => listening(createServer(listener));
const answering = (status: number, headers: Record<string, string> = {}) =>
  receiver((_request, response) => void response.writeHead(status, headers).end());

function post(
  url: string,
  options: EndpointOptions = {},
  signal = new AbortController().signal,
): Promise<WebhookOutcome> {
  const endpoint = webhookEndpoint({ allowed: LOOPBACK, ...options });
  closing.push(() => endpoint.close());
  return endpoint.post({ url, headers: { 'content-type': 'application/json' }, body: Buffer.from('{"a":1}') }, signal);
}

const answered = (status: number, retryAfterSeconds: number | null = null) => ({
  kind: 'answered',
  status,
  retryAfterSeconds,
});
const unreachable = (reason: string) => ({ kind: 'unreachable', reason });
const naming =
  (...addresses: readonly string[]): Resolver =>
  (_name, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

describe('an event reaches a subscriber', () => {
  it('by POST, with the bytes and their length', async () => {
    let seen: unknown;
    const port = await receiver(async (request, response) => {
      const { method, url, headers } = request;
      seen = {
        method,
        url,
        type: headers['content-type'],
        length: headers['content-length'],
        body: await bodyOf(request),
      };
      response.writeHead(204).end();
    });
    expect(await post(`http://127.0.0.1:${port}/eventi?da=noi`)).toEqual(answered(204));
    expect(seen).toEqual({
      method: 'POST',
      url: '/eventi?da=noi',
      type: 'application/json',
      length: '7',
      body: '{"a":1}',
    });
  });

  it('and no redirect is followed', async () => {
    let followed = false;
    const elsewhere = await receiver((_request, response) => {
      followed = true;
      response.end();
    });
    const port = await answering(307, { location: `http://127.0.0.1:${elsewhere}/` });
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual(answered(307));
    expect(followed).toBe(false);
  });

  it('which may say when to try again', async () => {
    const port = await answering(429, { 'retry-after': 'Mon, 02 Mar 2026 10:01:00 GMT' });
    const now = () => new Date('2026-03-02T10:00:00Z');
    expect(await post(`http://127.0.0.1:${port}/`, { now })).toEqual(answered(429, 60));
  });

  it('over a kept connection, or a new one if that was closed', async () => {
    const seen = new Set<unknown>();
    let broken = 0;
    const port = await receiver((request, response) => {
      if (seen.has(request.socket) && broken === 0) {
        broken += 1;
        return void request.socket.destroy();
      }
      seen.add(request.socket);
      response.end();
    });
    const endpoint = webhookEndpoint({ allowed: LOOPBACK });
    closing.push(() => endpoint.close());
    const task = { url: `http://127.0.0.1:${port}/`, headers: {}, body: Buffer.alloc(0) };
    const { signal } = new AbortController();
    // A connection becomes free a moment after its answer.
    for (let turn = 0; turn < 100 && broken === 0; turn += 1) {
      expect(await endpoint.post(task, signal)).toEqual(answered(200));
      await sleep(5);
    }
    expect(broken).toBe(1);
  });
});

describe('a subscriber that misbehaves', () => {
  it('is given up if it hangs', async () => {
    const port = await receiver(() => undefined);
    expect(await post(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toEqual(unreachable('timeout'));
  });

  it('is given up if it sends its head byte by byte', async () => {
    const server = createSocketServer((socket) => {
      const timer = setInterval(() => socket.write('x'), 20);
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => void server.close());
    const { port } = server.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}/`, { timeoutMs: 200 })).toEqual(unreachable('timeout'));
  });

  it('is cut off if it sends too much', async () => {
    let written = 0;
    let cut: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      cut = resolve;
    });
    const port = await receiver((_request, response) => {
      response.on('close', cut).on('error', () => undefined);
      const more = (): void => {
        while (!response.destroyed && written < 1_000_000_000) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
      };
      more();
    });
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual(answered(200));
    await closed;
    expect(written).toBeLessThan(50_000_000);
  });

  it('is given up if its head is huge', async () => {
    const port = await answering(200, { 'x-huge': 'x'.repeat(100_000) });
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual(unreachable('no-answer'));
  });

  it('fails with its reason if it speaks no HTTP or hangs up', async () => {
    const server = createSocketServer((socket) =>
      socket
        .on('error', () => undefined)
        .resume()
        .end('220 mail.example.it ESMTP\r\n'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual(unreachable('no-answer'));
    await new Promise<void>((resolve) => server.close(() => resolve()));
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual(unreachable('no-connection'));
  });
});

describe('where a subscriber may be', () => {
  const refused = unreachable('address-not-allowed');
  const guarded = async (url: string, options: EndpointOptions): Promise<readonly [WebhookOutcome, number]> => {
    let requests = 0;
    const server = createServer((_request: IncomingMessage, response: ServerResponse) => {
      response.end();
    }).on('connection', () => {
      requests += 1;
    });
    const port = await listening(server);
    return [await post(url.replace('PORT', String(port)), { allowed: [], timeoutMs: 2_000, ...options }), requests];
  };

  it.each([
    'https://127.0.0.1:PORT/',
    'https://2130706433:PORT/',
    'https://[::ffff:127.0.0.1]:PORT/',
    'https://localhost:PORT/',
  ])('never %s', async (url) => {
    expect(await guarded(url, {})).toEqual([refused, 0]);
  });

  it.each([
    '127.0.0.1',
    '10.0.0.1',
    '169.254.169.254',
    '::1',
    '::ffff:127.0.0.1',
    'fe80::1',
    '64:ff9b::7f00:1',
    '0.0.0.0',
  ])('never a name that points to %s', async (address) => {
    const url = 'https://ricevitore.esempio.example.it:PORT/';
    expect(await guarded(url, { resolver: naming(address) })).toEqual([refused, 0]);
  });

  it('never behind a name that resolves elsewhere the second time', async () => {
    const answers = [['127.0.0.1'], ['1.1.1.1'], ['127.0.0.1']];
    let looks = 0;
    const resolver: Resolver = (name, options, callback) => {
      looks += 1;
      naming(...(answers.shift() ?? []))(name, options, callback);
    };
    expect(await guarded('https://ricevitore.esempio.example.it:PORT/', { resolver })).toEqual([refused, 0]);
    // One look-up per connection: the judged address is the one that is connected to.
    expect(looks).toBe(1);
  });

  it('at the public address only, if the name has private ones too', async () => {
    const resolver = naming('127.0.0.1', '192.0.2.1', '::1');
    expect(await guarded('https://ricevitore.esempio.example.it:PORT/', { resolver })).toEqual([refused, 0]);
    const port = await answering(200);
    const allowed = ['127.0.0.1/32'];
    const outcome = await post(`http://ricevitore:${port}/`, {
      allowed: [...allowed, 'ricevitore'],
      resolver: naming('127.0.0.1'),
    });
    expect(outcome).toEqual(answered(200));
  });

  it('nowhere, if the name is unknown or its server does not answer', async () => {
    const gone: Resolver = (_name, _options, callback) =>
      callback(Object.assign(new Error('gone'), { code: 'ENOTFOUND' }), []);
    const url = 'https://ricevitore.esempio.example.it:PORT/';
    expect(await guarded(url, { resolver: gone })).toEqual([unreachable('name-not-resolved'), 0]);
    expect(await guarded(url, { resolver: () => undefined, timeoutMs: 100 })).toEqual([unreachable('timeout'), 0]);
  });

  it('proves its name by its certificate', async () => {
    const { key, cert } = selfSigned('DNS:ricevitore.esempio.example.it');
    const port = await listening(
      createTlsServer({ key, cert }, (_request, response) => void response.writeHead(202).end()),
    );
    const options = { resolver: naming('127.0.0.1'), allowed: ['127.0.0.1'] };
    const url = (name: string) => `https://${name}:${port}/`;
    expect(await post(url('ricevitore.esempio.example.it'), options)).toEqual(unreachable('tls'));
    const trusting = { ...options, ca: cert };
    expect(await post(url('ricevitore.esempio.example.it'), trusting)).toEqual(answered(202));
    expect(await post(url('altro.esempio.example.it'), trusting)).toEqual(unreachable('tls'));
  });
});
