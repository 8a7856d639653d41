import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { openLogger } from '../../src/adapters/logger.ts';
import { authenticateCallers } from '../../src/entrances/http/access/authentication.ts';
import { HTTP_LIMITS } from '../../src/entrances/http/limits.ts';
import { openServer } from '../../src/entrances/http/open-server.ts';
import type { AooId } from '../../src/kernel/ids.ts';
import { problem } from '../../src/kernel/problems.ts';
import { ok, refuse } from '../../src/kernel/result.ts';
import type { Client } from '../../src/service/access/client.ts';

export interface TestServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Routes behind the real guard. `chiave <name>` authenticates that client; `signed` is the digest its body was signed with. */
export async function listen(
  clients: Readonly<Record<string, { readonly aoo: AooId; readonly signed?: () => string }>>,
  routes: (server: FastifyInstance) => Promise<void>,
): Promise<TestServer> {
  const server = openServer(openLogger('silent'), HTTP_LIMITS, null);
  await authenticateCallers(server, {
    access: {
      async authenticate({ authorization }) {
        const name = /^Bearer chiave (.+)$/.exec(authorization ?? '')?.[1] ?? '';
        const known = clients[name];
        if (known === undefined) return refuse(problem('unauthorized'));
        const client: Client = { id: name, name, aoo: known.aoo, scopes: new Set(['messages:send']), how: 'api-key' };
        const requires = known.signed === undefined ? [] : ['integrity'];
        return ok({ client, credential: { requires } as never, token: null });
      },
      checkSignatures: async ({ client }) =>
        ok({ bodyDigest: clients[client.name]?.signed?.() ?? null, evidence: null }),
    },
    perMinute: 100_000,
    publicPerMinute: null,
    offices: null,
    proxies: { addresses: [], certificateHeader: null },
  });
  await server.register(routes, { prefix: '/v1' });
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return { url: `${url}/v1`, port: Number(new URL(url).port), close: () => server.close() };
}

/** A bare TCP connection: what is written goes over the wire as it is. */
export async function rawConnection(port: number): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  const pieces: Buffer[] = [];
  const answer = new Promise<string>((resolve) => {
    socket.on('data', (piece: Buffer) => pieces.push(piece));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Buffer.concat(pieces).toString('latin1')));
  });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return { socket, answer };
}
