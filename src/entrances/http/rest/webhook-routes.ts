/** Subscriptions to an office's events: the node calls the protocol system, instead of being polled at `/events`. */
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ok, type Result } from '../../../kernel/result.ts';
import type { ExpectedVersion } from '../../../service/register/idempotent-command.ts';
import {
  createWebhook,
  listWebhooks,
  pauseWebhook,
  readWebhook,
  removeWebhook,
  resumeWebhook,
  rotateSecret,
  testWebhook,
  type WebhookDeps,
  type WithSecret,
} from '../../../service/webhooks/manage-webhooks.ts';
import { requestedOffice } from '../access/request-office.ts';
import { etagOf, ifMatchOf, notModified } from '../etag.ts';
import { type ApiServer, operation } from '../operation.ts';
import { sendProblem } from '../reply/problem-reply.ts';
import { closed, int64, listOf, named, uuid } from '../schemas.ts';
import {
  EventType,
  presentWebhook,
  TestDeliveryAnswer,
  WebhookAnswer,
  WebhookUrl,
  WebhookWithSecret,
} from './webhook-answers.ts';
import { managesWebhooks, type WebhookKey, webhookCallOf, webhookKeyOf, webhookOffice } from './webhook-request.ts';

const shared = { ...managesWebhooks, querystring: closed(webhookOffice) } as const;
const byId = { ...shared, params: closed({ id: uuid() }) } as const;
const NewWebhook = named(
  'NewWebhook',
  {
    url: WebhookUrl,
    types: Type.Optional(listOf(EventType, 50, { description: 'Tipi di evento richiesti; vuoto: tutti.' })),
    after: Type.Optional(int64({ description: "Numero dell'evento dopo il quale iniziare; se manca, da ora." })),
  },
  { examples: [{ url: 'https://protocollo.esempio.example.it/eventi', types: ['received', 'confirmation'] }] },
);
const TEST_MS = 15_000;

export function webhookRoutes(server: ApiServer, deps: WebhookDeps): void {
  collectionRoutes(server, deps);
  readAndRemoveRoutes(server, deps);
  pauseAndResumeRoutes(server, deps);
  secretRoute(server, deps);
  testRoute(server, deps);
}

/** The version a command is meant for. No version is -1: the use case refuses it. */
async function expectedOf(
  request: FastifyRequest,
  key: WebhookKey,
  deps: WebhookDeps,
): Promise<Result<ExpectedVersion>> {
  const tags = ifMatchOf(request);
  if (!tags.ok) return tags;
  if (tags.value === null || tags.value === '*') return ok({ version: null });
  const found = await readWebhook(...key, deps);
  return ok({ version: found.ok && tags.value.has(found.value.version) ? found.value.version : -1 });
}

function presentWithSecret(reply: FastifyReply, { webhook, secret }: WithSecret) {
  reply.header('etag', etagOf(webhook.version));
  return { ...presentWebhook(webhook), secret };
}

function collectionRoutes(server: ApiServer, deps: WebhookDeps): void {
  server.post(
    '/webhooks',
    operation({
      ...shared,
      id: 'createWebhook',
      summary: 'Crea un webhook: avvisa un sistema degli eventi di un ufficio',
      description:
        'Ogni evento arriva con POST, in ordine, almeno una volta; `InterPro-Event-Id` riconosce le ripetizioni. ' +
        '`InterPro-Signature: t=<secondi>,v1=<HMAC-SHA256 di "t.corpo">` si verifica con il segreto della risposta; ' +
        '`Agid-JWT-Signature`, dove il nodo firma, con le chiavi di `/signing-keys`.',
      body: NewWebhook,
      command: true,
      versioned: true,
      tells: ['Location'],
      answers: { 201: WebhookWithSecret },
      problems: ['webhook-address', 'webhook-position', 'webhook-too-many', 'secrets-unavailable', 'version-conflict'],
    }),
    async (request, reply) => {
      const office = requestedOffice(request);
      if (!office.ok) return sendProblem(reply, office.problem);
      const { url, types = [], after = null } = request.body;
      const created = await createWebhook(office.value, { url, types, after }, webhookCallOf(request), deps);
      if (!created.ok) return sendProblem(reply, created.problem);
      reply.code(201).header('location', `${request.routeOptions.url}/${created.value.webhook.webhookId}`);
      return presentWithSecret(reply, created.value);
    },
  );
  server.get(
    '/webhooks',
    operation({
      ...shared,
      id: 'listWebhooks',
      summary: 'I webhook di un ufficio',
      answers: { 200: named('WebhookList', { items: listOf(WebhookAnswer, 100) }) },
    }),
    async (request, reply) => {
      const office = requestedOffice(request);
      if (!office.ok) return sendProblem(reply, office.problem);
      return { items: (await listWebhooks(office.value, deps)).map(presentWebhook) };
    },
  );
}

function readAndRemoveRoutes(server: ApiServer, deps: WebhookDeps): void {
  server.get(
    '/webhooks/:id',
    operation({
      ...byId,
      id: 'readWebhook',
      summary: 'Un webhook',
      answers: { 200: WebhookAnswer },
      versioned: true,
    }),
    async (request, reply) => {
      const key = webhookKeyOf(request, request.params);
      const found = key.ok ? await readWebhook(...key.value, deps) : key;
      if (!found.ok) return sendProblem(reply, found.problem);
      return notModified(request, reply, found.value.version) ? reply : presentWebhook(found.value);
    },
  );
  server.delete(
    '/webhooks/:id',
    operation({
      ...byId,
      id: 'removeWebhook',
      summary: 'Elimina un webhook',
      command: 'optional',
      answers: { 204: null },
    }),
    async (request, reply) => {
      const key = webhookKeyOf(request, request.params);
      const removed = key.ok ? await removeWebhook(key.value, webhookCallOf(request), deps) : key;
      return removed.ok ? reply.code(204).send() : sendProblem(reply, removed.problem);
    },
  );
}

function pauseAndResumeRoutes(server: ApiServer, deps: WebhookDeps): void {
  const turns = [
    ['pause', 'pauseWebhook', 'Sospende un webhook: non parte nulla e la posizione resta', pauseWebhook],
    ['resume', 'resumeWebhook', 'Riattiva un webhook: riprende da dove si era fermato, senza lacune', resumeWebhook],
  ] as const;
  for (const [path, id, summary, turn] of turns) {
    server.post(
      `/webhooks/:id/${path}`,
      operation({ ...byId, ifMatch: 'optional', id, summary, command: 'optional', answers: { 200: WebhookAnswer } }),
      async (request, reply) => {
        const key = webhookKeyOf(request, request.params);
        if (!key.ok) return sendProblem(reply, key.problem);
        const expected = await expectedOf(request, key.value, deps);
        if (!expected.ok) return sendProblem(reply, expected.problem);
        const turned = await turn(key.value, expected.value, webhookCallOf(request), deps);
        if (!turned.ok) return sendProblem(reply, turned.problem);
        reply.header('etag', etagOf(turned.value.version));
        return presentWebhook(turned.value);
      },
    );
  }
}

function secretRoute(server: ApiServer, deps: WebhookDeps): void {
  server.post(
    '/webhooks/:id/secret',
    operation({
      ...byId,
      ifMatch: 'optional',
      id: 'rotateWebhookSecret',
      summary: 'Sostituisce il segreto; il precedente firma ancora per un giorno',
      command: true,
      answers: { 200: WebhookWithSecret },
      problems: ['secrets-unavailable'],
    }),
    async (request, reply) => {
      const key = webhookKeyOf(request, request.params);
      if (!key.ok) return sendProblem(reply, key.problem);
      const expected = await expectedOf(request, key.value, deps);
      if (!expected.ok) return sendProblem(reply, expected.problem);
      const rotated = await rotateSecret(key.value, expected.value, webhookCallOf(request), deps);
      return rotated.ok ? presentWithSecret(reply, rotated.value) : sendProblem(reply, rotated.problem);
    },
  );
}

function testRoute(server: ApiServer, deps: WebhookDeps): void {
  server.post(
    '/webhooks/:id/test',
    operation({
      ...byId,
      id: 'testWebhook',
      summary: "Invia subito un evento di prova e ne riporta l'esito",
      command: 'optional',
      answers: { 200: TestDeliveryAnswer },
      problems: ['command-in-progress'],
    }),
    async (request, reply) => {
      const key = webhookKeyOf(request, request.params);
      const tried = key.ok
        ? await testWebhook(key.value, webhookCallOf(request), deps, AbortSignal.timeout(TEST_MS))
        : key;
      return tried.ok ? tried.value : sendProblem(reply, tried.problem);
    },
  );
}
