import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';

/**
 * Answers are written by their schemas: a member that a schema does not know would vanish, or a value change, without a
 * word. With these hooks it is a fault, named by its route.
 */
export function nothingLost(server: FastifyInstance, lost: string[]): void {
  const meant = new WeakMap<object, unknown>();
  server.addHook('preSerialization', async (request, _reply, payload) => {
    meant.set(request, JSON.parse(JSON.stringify(payload)));
    return payload;
  });
  server.addHook('onSend', async (request, reply, payload) => {
    if (!meant.has(request) || typeof payload !== 'string') return payload;
    const written: unknown = JSON.parse(payload);
    if (!isDeepStrictEqual(written, meant.get(request)))
      lost.push(
        `${request.method} ${request.routeOptions.url} ${reply.statusCode}: ${firstDifference(meant.get(request), written)}`,
      );
    return payload;
  });
}

function firstDifference(meant: unknown, written: unknown, place = ''): string {
  if (typeof meant !== 'object' || meant === null || typeof written !== 'object' || written === null)
    return `${place} ${JSON.stringify(meant)} became ${JSON.stringify(written)}`;
  for (const name of new Set([...Object.keys(meant), ...Object.keys(written)])) {
    const [a, b] = [meant, written].map((value) => (value as Record<string, unknown>)[name]);
    if (!isDeepStrictEqual(a, b)) return firstDifference(a, b, `${place}/${name}`);
  }
  return place;
}
