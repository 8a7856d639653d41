/** Deliveries of a webhook: what was delivered, what waits, and sending dead ones again. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { listDeliveries, replayDeliveries, type WebhookDeps } from '../../../service/webhooks/manage-webhooks.ts';
import { type ApiServer, operation } from '../operation.ts';
import { fromCursor, listQuery, pageOf, presentPage, toCursor } from '../paging.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, counter, matching, named, uuid } from '../schemas.ts';
import { DeliveryAnswer, presentDelivery, WebhookDeliveryState } from './webhook-answers.ts';
import { managesWebhooks, webhookCallOf, webhookKeyOf, webhookOffice } from './webhook-request.ts';

const ById = closed({ id: uuid() });
const ByDelivery = closed({
  id: uuid(),
  delivery: matching('^[0-9]{1,15}$', 15, { description: "Numero dell'evento." }),
});

export function webhookDeliveryRoutes(server: ApiServer, deps: WebhookDeps): void {
  listRoute(server, deps);
  replayRoutes(server, deps);
}

function listRoute(server: ApiServer, deps: WebhookDeps): void {
  server.get(
    '/webhooks/:id/deliveries',
    operation({
      ...managesWebhooks,
      id: 'listWebhookDeliveries',
      summary: "Le consegne di un webhook, per numero dell'evento",
      params: ById,
      querystring: listQuery({ ...webhookOffice, state: Type.Optional(WebhookDeliveryState) }),
      answers: { 200: pageOf('WebhookDeliveryPage', DeliveryAnswer) },
    }),
    async (request, reply) => {
      const key = webhookKeyOf(request, request.params);
      if (!key.ok) return sendProblem(reply, key.problem);
      const { state = null, cursor, limit = 50 } = request.query;
      const [after] = cursor === undefined ? ['0'] : fromCursor(cursor, [/^[0-9]{1,15}$/]);
      // One more than asked for tells whether there is another page.
      const found = await listDeliveries(key.value, { state, after: Number(after), limit: limit + 1 }, deps);
      if (!found.ok) return sendProblem(reply, found.problem);
      const items = found.value.slice(0, limit);
      const last = items.at(-1);
      const hasMore = found.value.length > limit && last !== undefined;
      return presentPage({ items, cursor: hasMore ? toCursor([String(last.seq)]) : null }, limit, (one) =>
        presentDelivery(key.value[0], one),
      );
    },
  );
}

function replayRoutes(server: ApiServer, deps: WebhookDeps): void {
  const replays = {
    ...managesWebhooks,
    querystring: closed(webhookOffice),
    command: 'optional',
    answers: { 202: named('WebhookReplay', { replayed: counter() }) },
  } as const;
  const replay = async (request: FastifyRequest, reply: FastifyReply, id: string, seq: number | null) => {
    const key = webhookKeyOf(request, { id });
    const replayed = key.ok ? await replayDeliveries(key.value, seq, webhookCallOf(request), deps) : key;
    if (!replayed.ok) return sendProblem(reply, replayed.problem);
    reply.code(202);
    return replayed.value;
  };
  server.post(
    '/webhooks/:id/deliveries/:delivery/replay',
    operation({
      ...replays,
      id: 'replayWebhookDelivery',
      summary: 'Invia di nuovo un evento che non si è potuto consegnare',
      params: ByDelivery,
    }),
    async (request, reply) => replay(request, reply, request.params.id, Number(request.params.delivery)),
  );
  server.post(
    '/webhooks/:id/deliveries/replay',
    operation({
      ...replays,
      id: 'replayWebhookDeliveries',
      summary: 'Invia di nuovo tutti gli eventi che non si sono potuti consegnare',
      params: ById,
    }),
    async (request, reply) => replay(request, reply, request.params.id, null),
  );
}
