import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { ok, type Result } from '../../../kernel/result.ts';
import type { Call, ExpectedVersion } from '../../../service/register/idempotent-command.ts';
import {
  createWebhook,
  listDeliveries,
  listWebhooks,
  pauseWebhook,
  readWebhook,
  removeWebhook,
  replayDeliveries,
  resumeWebhook,
  rotateSecret,
  testWebhook,
  type WebhookDeps,
  type WithSecret,
} from '../../../service/webhooks/manage-webhooks.ts';
import { officeOf } from '../access/request-office.ts';
import { etagOf, ifMatchOf, isKnown } from '../etag.ts';
import { idempotencyOf } from '../idempotency.ts';
import { operation, refused } from '../operation.ts';
import { fromCursor, listQuery, pageOf, present, toCursor } from '../paging.ts';
import { closed, int32, int64, listOf, matching, office, oneOf, Type, uuid } from '../schemas.ts';
import {
  DELIVERY_STATES,
  DeliveryView,
  EventType,
  presentDelivery,
  presentWebhook,
  TriedView,
  Url,
  WebhookView,
  WebhookWithSecret,
} from './webhook-answers.ts';

const shared = { tag: 'webhooks', access: 'webhooks:manage' } as const;
const aoo = Type.Optional(office({ description: "Solo per l'amministratore del nodo." }));
const Query = closed({ aoo });
const One = closed({ id: uuid() });
const OneDelivery = closed({
  id: uuid(),
  delivery: matching('^[0-9]{1,15}$', 15, { description: "Numero dell'evento." }),
});
const Wish = closed(
  {
    url: Url,
    types: Type.Optional(listOf(EventType, 50, { description: 'Tipi di evento richiesti; vuoto: tutti.' })),
    after: Type.Optional(int64({ description: "Numero dell'evento dopo il quale iniziare; se manca, da ora." })),
  },
  { examples: [{ url: 'https://protocollo.esempio.example.it/eventi', types: ['received', 'confirmation'] }] },
);
const TRY_MS = 15_000;

/** Subscriptions to an office's events: the other way to `/events`, for who would rather be told. */
export function webhookRoutes(plain: FastifyInstance, deps: WebhookDeps): void {
  collection(plain, deps);
  single(plain, deps);
  commands(plain, deps);
  deliveries(plain, deps);
}

const callOf = (request: FastifyRequest): Call => ({
  by: request.client?.name ?? '',
  client: request.client?.id ?? '',
  idempotency: idempotencyOf(request),
});

type About = readonly [aoo: AooId, webhookId: string];

function aboutOf(request: FastifyRequest): Result<About> {
  const office = officeOf(request);
  return office.ok ? ok([office.value, (request.params as { id: string }).id.toLowerCase()]) : office;
}

/** The version a command is meant for; one that is not the present one is refused by the use case. */
async function expectedOf(request: FastifyRequest, about: About, deps: WebhookDeps): Promise<Result<ExpectedVersion>> {
  const tags = ifMatchOf(request);
  if (!tags.ok) return tags;
  if (tags.value === null || tags.value === '*') return ok({ version: null });
  const found = await readWebhook(...about, deps);
  return ok({ version: found.ok && tags.value.has(found.value.version) ? found.value.version : -1 });
}

const withSecret = (reply: FastifyReply, { webhook, secret }: WithSecret) => {
  reply.header('etag', etagOf(webhook.version));
  return { ...presentWebhook(webhook), secret };
};

function collection(plain: FastifyInstance, deps: WebhookDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.post(
    '/webhooks',
    operation({
      ...shared,
      id: 'createWebhook',
      summary: 'Crea un webhook: avvisa un sistema degli eventi di un ufficio',
      description:
        'Ogni evento arriva con POST, in ordine, almeno una volta; `X-InterPro-Event-Id` riconosce le ripetizioni. ' +
        '`X-InterPro-Signature: t=<secondi>,v1=<HMAC-SHA256 di "t.corpo">` si verifica con il segreto della risposta; ' +
        '`Agid-JWT-Signature`, dove il nodo firma, con le chiavi di `/signing-keys`.',
      querystring: Query,
      body: Wish,
      command: true,
      versioned: true,
      tells: ['Location'],
      answers: { 201: WebhookWithSecret },
      problems: ['webhook-address', 'webhook-position', 'webhook-too-many', 'secrets-unavailable', 'version-conflict'],
    }),
    async (request, reply) => {
      const office = officeOf(request);
      if (!office.ok) return refused(reply, office.problem);
      const { url, types = [], after = null } = request.body;
      const made = await createWebhook(office.value, { url, types, after }, callOf(request), deps);
      if (!made.ok) return refused(reply, made.problem);
      reply.code(201).header('location', `${request.routeOptions.url}/${made.value.webhook.webhookId}`);
      return withSecret(reply, made.value);
    },
  );
  server.get(
    '/webhooks',
    operation({
      ...shared,
      id: 'listWebhooks',
      summary: 'I webhook di un ufficio',
      querystring: Query,
      answers: { 200: closed({ items: listOf(WebhookView, 100) }) },
    }),
    async (request, reply) => {
      const office = officeOf(request);
      if (!office.ok) return refused(reply, office.problem);
      return { items: (await listWebhooks(office.value, deps)).map(presentWebhook) };
    },
  );
}

function single(plain: FastifyInstance, deps: WebhookDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  server.get(
    '/webhooks/:id',
    operation({
      ...shared,
      id: 'getWebhook',
      summary: 'Un webhook',
      params: One,
      querystring: Query,
      answers: { 200: WebhookView },
      versioned: true,
    }),
    async (request, reply) => {
      const about = aboutOf(request);
      const found = about.ok ? await readWebhook(...about.value, deps) : about;
      if (!found.ok) return refused(reply, found.problem);
      return isKnown(request, reply, found.value.version) ? reply : presentWebhook(found.value);
    },
  );
  server.delete(
    '/webhooks/:id',
    operation({
      ...shared,
      id: 'removeWebhook',
      summary: 'Elimina un webhook',
      params: One,
      querystring: Query,
      command: 'optional',
      answers: { 204: null },
    }),
    async (request, reply) => {
      const about = aboutOf(request);
      const done = about.ok ? await removeWebhook(about.value, callOf(request), deps) : about;
      return done.ok ? reply.code(204).send() : refused(reply, done.problem);
    },
  );
}

function commands(plain: FastifyInstance, deps: WebhookDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const command = { ...shared, params: One, querystring: Query, ifMatch: 'optional' } as const;
  const turns = [
    ['pause', 'pauseWebhook', 'Sospende un webhook: non parte nulla e la posizione resta', pauseWebhook],
    ['resume', 'resumeWebhook', 'Riattiva un webhook: riprende da dove si era fermato, senza lacune', resumeWebhook],
  ] as const;
  for (const [path, id, summary, run] of turns) {
    server.post(
      `/webhooks/:id/${path}`,
      operation({ ...command, id, summary, command: 'optional', answers: { 200: WebhookView } }),
      async (request, reply) => {
        const about = aboutOf(request);
        if (!about.ok) return refused(reply, about.problem);
        const expected = await expectedOf(request, about.value, deps);
        if (!expected.ok) return refused(reply, expected.problem);
        const done = await run(about.value, expected.value, callOf(request), deps);
        if (!done.ok) return refused(reply, done.problem);
        reply.header('etag', etagOf(done.value.version));
        return presentWebhook(done.value);
      },
    );
  }
  server.post(
    '/webhooks/:id/secret',
    operation({
      ...command,
      id: 'rotateWebhookSecret',
      summary: 'Sostituisce il segreto; il precedente firma ancora per un giorno',
      command: true,
      answers: { 200: WebhookWithSecret },
      problems: ['secrets-unavailable'],
    }),
    async (request, reply) => {
      const about = aboutOf(request);
      if (!about.ok) return refused(reply, about.problem);
      const expected = await expectedOf(request, about.value, deps);
      if (!expected.ok) return refused(reply, expected.problem);
      const done = await rotateSecret(about.value, expected.value, callOf(request), deps);
      return done.ok ? withSecret(reply, done.value) : refused(reply, done.problem);
    },
  );
  server.post(
    '/webhooks/:id/test',
    operation({
      ...shared,
      id: 'testWebhook',
      summary: "Invia subito un evento di prova e ne riporta l'esito",
      params: One,
      querystring: Query,
      command: 'optional',
      answers: { 200: TriedView },
      problems: ['command-in-progress'],
    }),
    async (request, reply) => {
      const about = aboutOf(request);
      const tried = about.ok
        ? await testWebhook(about.value, callOf(request), deps, AbortSignal.timeout(TRY_MS))
        : about;
      return tried.ok ? tried.value : refused(reply, tried.problem);
    },
  );
}

function deliveries(plain: FastifyInstance, deps: WebhookDeps): void {
  const server = plain.withTypeProvider<TypeBoxTypeProvider>();
  const Replayed = closed({ replayed: int32(0, 2_147_483_647) });
  const again = { ...shared, querystring: Query, command: 'optional', answers: { 202: Replayed } } as const;
  server.get(
    '/webhooks/:id/deliveries',
    operation({
      ...shared,
      id: 'listWebhookDeliveries',
      summary: "Le consegne di un webhook, per numero dell'evento",
      params: One,
      querystring: listQuery({ aoo, state: Type.Optional(oneOf(DELIVERY_STATES)) }),
      answers: { 200: pageOf(DeliveryView) },
    }),
    async (request, reply) => {
      const about = aboutOf(request);
      if (!about.ok) return refused(reply, about.problem);
      const { state = null, cursor, limit = 50 } = request.query;
      const [after] = cursor === undefined ? ['0'] : fromCursor(cursor, [/^[0-9]{1,15}$/]);
      const found = await listDeliveries(about.value, { state, after: Number(after), limit: limit + 1 }, deps);
      if (!found.ok) return refused(reply, found.problem);
      const items = found.value.slice(0, limit);
      const last = items.at(-1);
      const more = found.value.length > limit && last !== undefined;
      return present({ items, cursor: more ? toCursor([String(last.seq)]) : null }, limit, (one) =>
        presentDelivery(about.value[0], one),
      );
    },
  );
  const replay = async (request: FastifyRequest, reply: FastifyReply, seq: number | null) => {
    const about = aboutOf(request);
    const done = about.ok ? await replayDeliveries(about.value, seq, callOf(request), deps) : about;
    if (!done.ok) return refused(reply, done.problem);
    reply.code(202);
    return done.value;
  };
  server.post(
    '/webhooks/:id/deliveries/:delivery/replay',
    operation({
      ...again,
      id: 'replayWebhookDelivery',
      summary: 'Invia di nuovo un evento che non si è potuto consegnare',
      params: OneDelivery,
    }),
    (request, reply) => replay(request, reply, Number(request.params.delivery)),
  );
  server.post(
    '/webhooks/:id/deliveries/replay',
    operation({
      ...again,
      id: 'replayWebhookDeliveries',
      summary: 'Invia di nuovo tutti gli eventi che non si sono potuti consegnare',
      params: One,
    }),
    (request, reply) => replay(request, reply, null),
  );
}
