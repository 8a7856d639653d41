import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listFetcher } from '../../../src/adapters/revocation-lists/fetcher.ts';

const LIST = Buffer.from('a list, as far as the network cares');
let server: Server;
let port: number;
let asked: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const never = new AbortController().signal;
type Options = Parameters<typeof listFetcher>[0];
const fetchIt = (options: Options = {}, path = '/lista.crl', host = `127.0.0.1:${port}`) =>
  listFetcher({ allowed: ['127.0.0.1'], ...options }).fetch(`http://${host}${path}`, never);

describe('a list of revoked certificates', () => {
  it('is fetched whole, also where the server has moved it', async () => {
    answer = (request, response) => {
      if (request.url === '/lista.crl') response.writeHead(302, { location: '/altrove.crl' }).end();
      else response.writeHead(200, { 'content-type': 'text/plain' }).end(LIST);
    };
    expect(await fetchIt()).toEqual({ ok: true, bytes: LIST });
    expect(asked).toEqual(['/lista.crl', '/altrove.crl']);
  });

  it.each([
    [404, 'the server answers 404'],
    [500, 'the server answers 500'],
    [204, 'the server answers 204'],
    [206, 'the server answers 206'],
  ])('is not there with status %i', async (status, reason) => {
    answer = (_, response) => response.writeHead(status).end();
    expect(await fetchIt()).toEqual({ ok: false, reason });
  });

  it('is given up where the server is silent, is never done, or breaks off', async () => {
    answer = () => undefined;
    expect(await fetchIt({ silenceMs: 50 })).toEqual({ ok: false, reason: 'the server is silent' });
    answer = (_, response) => {
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    };
    expect(await fetchIt({ wholeMs: 200 })).toEqual({ ok: false, reason: 'it was not here after 0.2 seconds' });
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('x');
      setTimeout(() => response.destroy(), 20);
    };
    expect(await fetchIt()).toMatchObject({ ok: false });
  });

  it('is given up where it is too large, announced or not, or compressed', async () => {
    const reason = 'it is larger than 20 bytes';
    answer = (_, response) => response.writeHead(200, { 'content-length': LIST.length }).end(LIST);
    expect(await fetchIt({ mostBytes: 20 })).toEqual({ ok: false, reason });
    answer = (_, response) => {
      response.write(LIST);
      response.write(LIST);
      response.end();
    };
    expect(await fetchIt({ mostBytes: 20 })).toEqual({ ok: false, reason });
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(LIST);
    expect(await fetchIt()).toEqual({ ok: false, reason: 'the server sends it compressed' });
  });

  it('is not looked for in a circle, in another protocol, or with credentials', async () => {
    let to = '/lista.crl';
    answer = (_, response) => response.writeHead(301, { location: to }).end();
    expect(await fetchIt()).toEqual({ ok: false, reason: 'the server redirects again and again' });
    expect(asked).toHaveLength(4);
    to = 'file:///etc/passwd';
    expect(await fetchIt()).toEqual({ ok: false, reason: 'its address is not one of the web' });
    to = `http://user:secret@127.0.0.1:${port}/`;
    expect(await fetchIt()).toEqual({ ok: false, reason: 'its address holds credentials' });
    const ldap = await listFetcher().fetch('ldap://crl.example.it/cn=CA', never);
    expect(ldap).toEqual({ ok: false, reason: 'its address is not one of the web' });
  });

  describe('reaches the public internet only', () => {
    const notPublic = { ok: false, reason: 'its address is not public' };

    it('by address', async () => {
      answer = (_, response) => response.end(LIST);
      for (const host of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '[::1]', 'localhost', '2130706433', 'intranet'])
        expect(await fetchIt({ allowed: [] }, '/', `${host}:${port}`), host).toEqual(notPublic);
      expect(asked).toEqual([]);
    });

    it('by name, whatever the name resolves to', async () => {
      answer = (_, response) => response.end(LIST);
      const found = await fetchIt(
        { allowed: [], resolver: (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) },
        '/lista.crl',
        `crl.example.it:${port}`,
      );
      expect(found).toEqual({ ok: false, reason: 'no address of the name is allowed' });
      expect(asked).toEqual([]);
    });

    it('by redirect', async () => {
      answer = (_, response) => response.writeHead(302, { location: 'http://[::1]/admin' }).end();
      expect(await fetchIt()).toEqual(notPublic);
    });
  });

  it('stops with the service', async () => {
    answer = () => undefined;
    const stop = new AbortController();
    const fetched = listFetcher({ allowed: ['127.0.0.1'] }).fetch(`http://127.0.0.1:${port}/`, stop.signal);
    setTimeout(() => stop.abort(), 30);
    expect(await fetched).toEqual({ ok: false, reason: 'stopped' });
  });
});
