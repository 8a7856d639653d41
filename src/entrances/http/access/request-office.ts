import type { FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Offices of this node; null: not known, in tests of single routes. */
    offices: ReadonlySet<AooId> | null;
  }
}

const AOO = /^[A-Za-z0-9._-]{1,16}\/[A-Za-z0-9._-]{1,16}$/;

/**
 * The office a request is about: the client's own. The node's administrator has none and names it (`?aoo=`). A client
 * that names an office other than its own is refused the same way whether that office exists or not.
 */
export function requestedOffice({ client, query, server }: FastifyRequest): Result<AooId> {
  const named = (query as { aoo?: unknown } | undefined)?.aoo;
  const own = client?.aoo ?? null;
  if (own !== null) return named === undefined || named === own ? ok(own) : refuse(problem('forbidden-office'));
  // A public route has no client, and so no office.
  if (client === null || !client.scopes.has('node:admin')) return refuse(problem('forbidden'));
  if (named === undefined) return refuse(problem('office-missing', 'aoo'));
  if (!isAooId(named)) return refuse(problem('bad-request', 'aoo', 'aoo'));
  return server.offices === null || server.offices.has(named) ? ok(named) : refuse(problem('not-found'));
}

const isAooId = (named: unknown): named is AooId => typeof named === 'string' && AOO.test(named);
