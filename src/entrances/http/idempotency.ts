import type { FastifyRequest } from 'fastify';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { matching } from './schemas.ts';

/** A repeat with the same key and digest gets the first answer again; with another digest it is refused (409). */
export interface Idempotency {
  readonly key: string;
  /** Over the route, its parameters and the body, whatever the order of members. */
  readonly digest: Sha256;
}

export const IdempotencyKey = matching('^([A-Za-z0-9._:~-]{1,100}|"[A-Za-z0-9._:~-]{1,100}")$', 102, {
  description:
    'La sceglie chi chiama, una per comando: ripetuta con lo stesso corpo dà la stessa risposta, con un altro ' +
    'corpo 409. Se il comando è rifiutato, la chiave si può riusare. ' +
    'Le virgolette attorno alla chiave sono ammesse e non contano.',
  examples: ['019c0000-0000-7000-8000-0000000000aa'],
});

/** Null: the route takes no key, or the caller gave none. Keys of different clients are independent. */
export function idempotencyOf(request: FastifyRequest): Idempotency | null {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') return null;
  const { params, query, body } = request;
  const route = `${request.method} ${request.routeOptions.url}`;
  // A streamed body cannot be digested here; its route replaces the digest by one over what it has received.
  const content = isStream(body) ? null : body;
  // The draft of the IETF writes it as a quoted string: the same key without its quotation marks is the same.
  return {
    key: key.replace(/^"(.*)"$/, '$1'),
    digest: sha256(canonicalJson([route, params ?? null, query ?? null, content ?? null])),
  };
}

const isStream = (body: unknown): boolean => typeof body === 'object' && body !== null && 'pipe' in body;

/** JSON with sorted members (RFC 8785, for values that were read from JSON). The reader has bounded the depth. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`)
    .join(',')}}`;
}
