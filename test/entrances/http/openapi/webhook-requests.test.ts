/** What subscribers really receive is what the document says of it. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { EVENT_TYPES } from '../../../../src/domain/exchange/event-types.ts';
import { FORMATS } from '../../../../src/entrances/http/schema-validation.ts';
import { buildServer, PREFIX } from '../../../../src/entrances/http/server.ts';
import { leaseWebhooks, takeTurn } from '../../../../src/service/webhooks/deliver-events.ts';
import { testWebhook } from '../../../../src/service/webhooks/manage-webhooks.ts';
import {
  call,
  openReceiver,
  openWebhookHouse,
  type Received,
  type Receiver,
  subscribe,
} from '../../../service/webhooks/house.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { depsOfAllRoutes } from '../deps-of-all-routes.ts';

type Json = ReturnType<typeof JSON.parse>;

const DOCUMENT = 'https://interpro.example.it/document';
const never = { signal: new AbortController().signal, abort: new AbortController().signal };
const house = await openWebhookHouse();
const ajv = new Ajv2020({ strict: false, formats: FORMATS });
let server: Awaited<ReturnType<typeof buildServer>>;
let document: Json;
let refusing: Receiver;
let receiver: Receiver;
let received: readonly Received[];

beforeAll(async () => {
  server = await buildServer({ ...depsOfAllRoutes(), log: openLogger('silent'), token: NODE_TOKEN });
  document = (await server.inject(`${PREFIX}/openapi.json`)).json();
  ajv.addSchema({ ...document, $id: DOCUMENT });
  [refusing, receiver] = [await openReceiver(), await openReceiver()];
  refusing.answer = () => 410;
  const signer = { sign: async () => ({ 'agid-jwt-signature': 'capo.corpo.firma' }) };
  const deps = house.worker({ signer });
  await subscribe(house, refusing.url, { types: ['registered'] });
  const { webhook } = await subscribe(house, receiver.url);
  for (const type of [...EVENT_TYPES.filter((one) => one !== 'task-opened'), 'receipt-nuova']) await house.happen(type);
  // The first round pauses the webhook that is refused, which opens a task; the second tells of it.
  for (const _round of [1, 2]) for (const one of await leaseWebhooks(null, 64, deps)) await takeTurn(one, deps, never);
  await testWebhook([webhook.aoo, webhook.webhookId], call(), deps, never.signal);
  received = receiver.received;
});
afterAll(async () => {
  await Promise.all([server?.close(), refusing?.close(), receiver?.close()]);
  await house.close();
});

const webhookOf = (type: string): string =>
  type === 'task-opened' ? 'taskOpened' : type === 'test' ? 'test' : 'exchangeEvent';
const resolved = (value: Json): Json =>
  value.$ref === undefined ? value : document.components.parameters[value.$ref.split('/').at(-1)];

function faultsOf(type: string, body: unknown): readonly (string | undefined)[] {
  const place = `#/webhooks/${webhookOf(type)}/post/requestBody/content/application~1json/schema`;
  const validate = ajv.compile({ $ref: `${DOCUMENT}${place}` });
  return validate(body) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

it('every type of event is delivered with the body that is documented', () => {
  expect(new Set(received.map(({ event }) => event.type))).toEqual(new Set([...EVENT_TYPES, 'receipt-nuova', 'test']));
  for (const { event } of received) expect(faultsOf(event.type, event), event.type).toEqual([]);
  const [event] = received.map((one) => one.event);
  expect(faultsOf('received', { ...event, type: 'altro' })).not.toEqual([]);
  expect(faultsOf('received', { ...event, altro: 1 })).not.toEqual([]);
  expect(faultsOf('test', { ...event, type: 'test' })).not.toEqual([]);
});

it('with the headers that are documented, and no others of ours', () => {
  const usual = ['content-type', 'user-agent', 'host', 'connection', 'content-length', 'transfer-encoding'];
  for (const { event, headers } of received) {
    const parameters: Json[] = document.webhooks[webhookOf(event.type)].post.parameters.map(resolved);
    const names = parameters.map(({ name }) => name.toLowerCase());
    expect(Object.keys(headers).filter((name) => !usual.includes(name))).toEqual(expect.arrayContaining(names));
    expect(Object.keys(headers).filter((name) => ![...usual, ...names].includes(name))).toEqual([]);
    for (const { name, schema } of parameters) {
      const value = String(headers[name.toLowerCase()]);
      if (schema.type === 'integer') expect(value, name).toMatch(/^[1-9][0-9]*$/);
      else expect(ajv.validate(schema, value), `${name}: ${value}`).toBe(true);
    }
  }
});

it('and every example is such a body', () => {
  const shown = Object.values<Json>(document.webhooks).flatMap(({ post }) =>
    Object.values<Json>(post.requestBody.content['application/json'].examples).map(({ value }) => value),
  );
  expect(shown.length).toBeGreaterThan(5);
  const members = (body: Json) => Object.keys(body).filter((name) => name !== 'message' && name !== 'exchange');
  for (const example of shown) {
    expect(faultsOf(example.type, example), example.type).toEqual([]);
    const delivered = received.find(({ event }) => event.type === example.type)?.event;
    expect(members(example), example.type).toEqual(members(delivered));
  }
});
