/** What every request about webhooks brings. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import { requestedOffice } from '../access/request-office.ts';
import { idempotencyOf } from '../idempotency.ts';
import { officeCode } from '../schemas.ts';

export const managesWebhooks = { tag: 'webhooks', access: 'webhooks:manage' } as const;
export const webhookOffice = {
  aoo: Type.Optional(officeCode({ description: "Solo per l'amministratore del nodo." })),
};

export const webhookCallOf = (request: FastifyRequest): Call => ({
  by: request.client?.name ?? '',
  client: request.client?.id ?? '',
  idempotency: idempotencyOf(request),
});

export type WebhookKey = readonly [aoo: AooId, webhookId: string];

/** The subscription that a request names, of the office that the request is about. */
export function webhookKeyOf(request: FastifyRequest, { id }: { readonly id: string }): Result<WebhookKey> {
  const office = requestedOffice(request);
  return office.ok ? ok([office.value, id.toLowerCase()]) : office;
}
