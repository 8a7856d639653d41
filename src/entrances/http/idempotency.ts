import type { FastifyRequest } from 'fastify';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { matching } from './schemas.ts';

/** Same key, same digest: the same command, which is answered as before. Same key, other digest: refused (409). */
export interface Idempotency {
  readonly key: string;
  /** Of the route, its parameters and the body, whatever the order of their names. */
  readonly digest: Sha256;
}

export const IdempotencyKey = matching('^[A-Za-z0-9._:~-]{1,100}$', 100, {
  description:
    'La sceglie chi chiama, una per comando: ripetuta con lo stesso corpo dà la stessa risposta, con un altro ' +
    'corpo 409. Se il comando è rifiutato, la chiave si può riusare.',
  examples: ['019c0000-0000-7000-8000-0000000000aa'],
});

/** Null: the route takes no key, or the caller gave none. The key counts within the client's own. */
export function idempotencyOf(request: FastifyRequest): Idempotency | null {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return null;
  const { params, query, body } = request;
  const route = `${request.method} ${request.routeOptions.url}`;
  // A body that is streamed has no place here: its route says what stands for it.
  const told = isStream(body) ? null : body;
  return { key, digest: sha256(canonical([route, params ?? null, query ?? null, told ?? null])) };
}

const isStream = (body: unknown): boolean => typeof body === 'object' && body !== null && 'pipe' in body;

/** JSON with the names of every object in order (RFC 8785, for values that came from JSON). Depth is bounded by the reader. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(',')}}`;
}
