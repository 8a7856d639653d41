import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { jwksSource } from '../../../src/adapters/jwks/source.ts';

const KEYS = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'a' }] };

describe('the keys of an issuer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-jwks-'));
  const servers: Server[] = [];
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  });
  const serving = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  };
  const source = jwksSource(0.3);

  it('come from a URL or from a file', async () => {
    const url = await serving((_request, response) => response.end(JSON.stringify(KEYS)));
    expect(await source.load({ url })).toEqual(KEYS);
    const file = join(folder, 'jwks.json');
    writeFileSync(file, JSON.stringify(KEYS));
    expect(await source.load({ file })).toEqual(KEYS);
    await expect(source.load({ file: join(folder, 'none.json') })).rejects.toThrow(/ENOENT/);
  });

  it('are not taken from a redirect, from an endless or late answer, or from an error', async () => {
    const elsewhere = await serving((_request, response) => response.end(JSON.stringify(KEYS)));
    const wrong: [RequestListener, RegExp][] = [
      [(_request, response) => response.writeHead(302, { location: elsewhere }).end(), /fetch failed|redirect/],
      [(_request, response) => response.end('x'.repeat(600 * 1024)), /more than/],
      [() => undefined, /timeout|aborted/],
      [(_request, response) => void response.write('{'), /timeout|aborted/],
      [(_request, response) => response.writeHead(404).end('{}'), /404/],
      [(_request, response) => response.end('<html>'), /JSON/],
    ];
    for (const [listener, reason] of wrong)
      await expect(source.load({ url: await serving(listener) })).rejects.toThrow(reason);
  });
});
