import type { FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import { officeOf } from '../access/request-office.ts';
import { ifMatchOf } from '../etag.ts';
import { idempotencyOf } from '../idempotency.ts';
import { office, Type } from '../schemas.ts';

/** Named by the node's administrator alone: a protocol system's credential says whose it is. */
export const ofOffice = {
  aoo: Type.Optional(
    office({ description: "Solo per l'amministratore del nodo: l'ufficio a cui si riferisce la richiesta." }),
  ),
};

export type Offices = ReadonlyMap<AooId, Office>;

/** The configured office a request is for. */
export function configuredOffice(request: FastifyRequest, offices: Offices): Result<Office> {
  const aoo = officeOf(request);
  if (!aoo.ok) return aoo;
  const found = offices.get(aoo.value);
  return found === undefined ? refuse(problem('not-found')) : ok(found);
}

/** Who is responsible for a command: the client, and the person it says acts there. */
export function callOf(request: FastifyRequest): Call {
  const { client, evidence } = request;
  const name = client?.name ?? 'sconosciuto';
  return {
    by: evidence === null ? name : `${name} (${evidence.userId})`,
    client: client?.id ?? '',
    idempotency: idempotencyOf(request),
  };
}

/**
 * The one version a command is meant for; null: any. Several tags in If-Match are for resources that look alike in
 * several versions; ours do not, so that more than one is refused.
 */
export function expectedVersion(request: FastifyRequest): Result<number | null> {
  const expected = ifMatchOf(request);
  if (!expected.ok) return expected;
  if (expected.value === null || expected.value === '*') return ok(null);
  const [only, ...others] = expected.value;
  return only === undefined || others.length > 0 ? refuse(problem('version-conflict')) : ok(only);
}
