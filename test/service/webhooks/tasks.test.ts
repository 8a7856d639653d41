import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import { leaseWebhooks, takeTurn } from '../../../src/service/webhooks/deliver-events.ts';
import {
  pauseWebhook,
  removeWebhook,
  replayDeliveries,
  resumeWebhook,
} from '../../../src/service/webhooks/manage-webhooks.ts';
import type { Webhook } from '../../../src/service/webhooks/webhook.ts';
import { A, call, NOON, openReceiver, openWebhookHouse, type Receiver, subscribe } from './house.ts';

const house = await openWebhookHouse();
const views = postgresViews(house.pool);
afterAll(() => house.close());
let receiver: Receiver;
beforeEach(async () => {
  house.now = NOON;
  receiver = await openReceiver();
});
afterEach(async () => {
  await receiver.close();
  for (const { aoo, webhookId } of await house.worker().webhooks.list(A.aoo))
    await removeWebhook([aoo, webhookId], call(), house.worker());
});

const never = { signal: new AbortController().signal, abort: new AbortController().signal };
async function work(): Promise<void> {
  const deps = house.worker();
  for (const webhook of await leaseWebhooks(null, 64, deps)) await takeTurn(webhook, deps, never);
}
const about = ({ aoo, webhookId }: Webhook) => [aoo, webhookId] as const;
const anyVersion = { version: null };
const open = async () => (await views.tasks({ aoo: A.aoo, cursor: null, limit: 50 })).items;
const only = { types: ['received', 'registered'] };

it('a subscription that the service pauses is on a person’s list and in the feed until it is resumed', async () => {
  const { webhook } = await subscribe(house, `${receiver.url}?chiave=riservata`, only);
  const last = await house.happen('received');
  receiver.answer = () => 410;
  await work();
  const [task, ...others] = await open();
  expect(others).toEqual([]);
  expect(task).toMatchObject({ code: 'webhook-paused', webhook: webhook.webhookId, exchange: null, message: null });
  expect(task?.sentence).toBe(
    `Il servizio ha sospeso un webhook: il sistema ricevente non viene più avvisato di ciò che accade nell'ufficio. Webhook ${webhook.webhookId}, ${receiver.url}: il sistema ricevente ha comunicato di non volere più avvisi. Ultima risposta: HTTP 410.`,
  );
  expect(task?.advice).toContain('riattivare il webhook');
  expect(await house.worker().feed.after(A.aoo, last, 10)).toMatchObject([{ type: 'task-opened', taskId: task?.id }]);
  await resumeWebhook(about(webhook), anyVersion, call(), house.worker());
  expect(await open()).toEqual([]);
  expect(await views.task(task?.id ?? '')).toMatchObject({ closedBy: 'interpro', outcome: 'resumed' });
  // It refuses again: a new task and event.
  await work();
  expect(await open()).toMatchObject([{ code: 'webhook-paused' }]);
  await removeWebhook(about(webhook), call(), house.worker());
  expect(await open()).toEqual([]);
});

it('dead letters are one task, however many, until all of them are replayed', async () => {
  const { webhook } = await subscribe(house, receiver.url);
  const first = await house.happen('received');
  const second = await house.happen('received');
  const other = await openReceiver();
  await subscribe(house, other.url);
  receiver.answer = () => 422;
  await work();
  await work();
  const [task, ...others] = await open();
  expect(others).toEqual([]);
  expect(task).toMatchObject({ code: 'webhook-dead', webhook: webhook.webhookId });
  expect(task?.sentence).toContain(`evento n. ${first} (received). Ultima risposta: HTTP 422.`);
  // The subscriber that refuses does not get the event about its own task; other subscribers of the office do.
  const told = ({ received }: Receiver) => received.filter(({ event }) => event.type === 'task-opened').length;
  expect([told(receiver), told(other)]).toEqual([0, 1]);
  receiver.answer = () => 204;
  await replayDeliveries(about(webhook), second, call(), house.worker());
  expect(await open()).toHaveLength(1);
  await replayDeliveries(about(webhook), null, call(), house.worker());
  expect(await open()).toEqual([]);
  await work();
  expect(await open()).toEqual([]);
  expect(await views.task(task?.id ?? '')).toMatchObject({ closedBy: 'interpro', outcome: 'replayed' });
  expect([told(receiver), told(other)]).toEqual([0, 1]);
  await other.close();
});

it('a receiver that does not answer gets a reason in words, and a subscription paused by a person is no task', async () => {
  const { webhook } = await subscribe(house, receiver.url, only);
  for (const type of ['received', 'received', 'received']) await house.happen(type);
  receiver.answer = (_received, response) => void response.destroy();
  for (let hour = 0; hour < 24 * 4; hour += 1) {
    house.now = new Date(house.now.getTime() + 3_600_000);
    await work();
  }
  expect((await open()).map(({ code, sentence }) => [code, sentence.slice(sentence.indexOf(': Webhook') + 1)])).toEqual(
    [
      [
        'webhook-paused',
        expect.stringContaining('da più di tre giorni il sistema ricevente non accetta alcun avviso.'),
      ],
      ['webhook-dead', expect.stringContaining('la connessione si è interrotta senza risposta.')],
    ],
  );
  await removeWebhook(about(webhook), call(), house.worker());
  const { webhook: other } = await subscribe(house, receiver.url, only);
  await pauseWebhook(about(other), anyVersion, call(), house.worker());
  expect(await open()).toEqual([]);
});

it('a subscription that a person removes during its last attempt leaves no task', async () => {
  const { webhook } = await subscribe(house, receiver.url, only);
  await house.happen('received');
  const real = house.worker();
  const post: typeof real.endpoint.post = async (...args) => {
    await removeWebhook(about(webhook), call(), real);
    return real.endpoint.post(...args);
  };
  for (const status of [410, 422]) {
    receiver.answer = () => status;
    for (const leased of await leaseWebhooks(null, 64, real))
      await takeTurn(leased, { ...real, endpoint: { ...real.endpoint, post } }, never);
  }
  expect(receiver.received).toHaveLength(1);
  expect(await open()).toEqual([]);
});
