/** What every request about an office brings: the office, who is responsible, and the version it is meant for. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { problem } from '../../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../../kernel/result.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import { requestedOffice } from '../access/request-office.ts';
import { ifMatchOf } from '../etag.ts';
import { idempotencyOf } from '../idempotency.ts';
import { officeCode } from '../schemas.ts';

/** For the node's administrator only: the credential of a protocol system implies its office. */
export const officeParameter = {
  aoo: Type.Optional(
    officeCode({ description: "Solo per l'amministratore del nodo: l'ufficio a cui si riferisce la richiesta." }),
  ),
};

export type Offices = ReadonlyMap<AooId, Office>;

/** The office of the request, with its configuration. */
export function configuredOffice(request: FastifyRequest, offices: Offices): Result<Office> {
  const aoo = requestedOffice(request);
  if (!aoo.ok) return aoo;
  const found = offices.get(aoo.value);
  return found === undefined ? refuse(problem('not-found')) : ok(found);
}

/** Who is responsible for a command: the client, and the person who acts there if it names one. */
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
 * The version a command is meant for; null: any. RFC 9110 allows several tags in If-Match; a state of ours has one
 * version, so more than one tag cannot be meant.
 */
export function expectedVersion(request: FastifyRequest): Result<number | null> {
  const expected = ifMatchOf(request);
  if (!expected.ok) return expected;
  if (expected.value === null || expected.value === '*') return ok(null);
  const [only, ...others] = expected.value;
  return only === undefined || others.length > 0 ? refuse(problem('version-conflict')) : ok(only);
}
