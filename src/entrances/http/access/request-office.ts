import type { FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Offices of this node; null: not known here (tests of single routes). */
    offices: ReadonlySet<AooId> | null;
  }
}

const AOO = /^[A-Za-z0-9._-]{1,16}\/[A-Za-z0-9._-]{1,16}$/;

/**
 * Whose request this is: the client's own office. The node's administrator has none and says it (`?aoo=`). A client that
 * names another office than its own is refused alike whether there is such an office or not.
 */
export function officeOf(request: FastifyRequest): Result<AooId> {
  const own = request.client?.aoo ?? null;
  const asked = (request.query as { aoo?: unknown } | undefined)?.aoo;
  if (own !== null) return asked === undefined || asked === own ? ok(own) : refuse(problem('forbidden-office'));
  // A route that asks nobody who they are has no office.
  if (request.client === null || !request.client.scopes.has('node:admin')) return refuse(problem('forbidden'));
  if (asked === undefined) return refuse(problem('office-missing', 'aoo'));
  if (typeof asked !== 'string' || !AOO.test(asked)) return refuse(problem('bad-request', 'aoo', 'aoo'));
  const { offices } = request.server;
  return offices === null || offices.has(asked as AooId) ? ok(asked as AooId) : refuse(problem('not-found'));
}
