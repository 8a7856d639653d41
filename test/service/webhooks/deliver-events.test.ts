import { createHmac, hash } from 'node:crypto';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DeliverDeps, leaseWebhooks, takeTurn } from '../../../src/service/webhooks/deliver-events.ts';
import {
  listDeliveries,
  pauseWebhook,
  readWebhook,
  replayDeliveries,
  resumeWebhook,
  rotateSecret,
} from '../../../src/service/webhooks/manage-webhooks.ts';
import type { Webhook } from '../../../src/service/webhooks/webhook.ts';
import { A, B, call, NOON, openReceiver, openWebhookHouse, type Receiver, subscribe } from './house.ts';

const house = await openWebhookHouse();
afterAll(() => house.close());
let receiver: Receiver;
beforeEach(async () => {
  house.now = NOON;
  receiver = await openReceiver();
});
afterEach(async () => {
  await receiver.close();
  await house.pool.query(`update webhook set state = 'removed', pause_reason = null`);
});

const never = { signal: new AbortController().signal, abort: new AbortController().signal };
/** Leaves out the events about tasks that failed deliveries open. */
const only = { types: ['received', 'registered'] };
/** One round of a worker: it delivers everything that is due. */
async function work(deps: DeliverDeps = house.worker(), signals = never): Promise<void> {
  for (const webhook of await leaseWebhooks(null, 64, deps)) await takeTurn(webhook, deps, signals);
}
const later = (seconds: number): void => {
  house.now = new Date(house.now.getTime() + seconds * 1000);
};
const about = ({ aoo, webhookId }: Webhook) => [aoo, webhookId] as const;
async function standing(webhook: Webhook): Promise<Webhook> {
  const found = await readWebhook(...about(webhook), house.worker());
  if (!found.ok) throw new Error(found.problem.message);
  return found.value;
}
async function deliveries(webhook: Webhook, state: 'waiting' | 'delivered' | 'dead' | null = null) {
  const found = await listDeliveries(about(webhook), { state, after: 0, limit: 100 }, house.worker());
  return found.ok ? found.value : [];
}
const audited = async (action: string): Promise<number> =>
  (await house.pool.query(`select from audit where content like '%"action":"${action}"%'`)).rowCount ?? 0;

describe('events are delivered', () => {
  it('in order, once each, signed, with their content', async () => {
    const { webhook, secret } = await subscribe(house, receiver.url);
    const first = await house.happen('received');
    const second = await house.happen('registered');
    await work();
    expect(receiver.seqs()).toEqual([first, second]);
    const [one] = receiver.received;
    expect(JSON.parse(one?.text ?? '')).toEqual({
      id: `${A.aoo}:${first}`,
      aoo: A.aoo,
      seq: first,
      at: NOON.toISOString(),
      type: 'received',
      exchange: expect.any(String),
      direction: 'incoming',
      version: expect.any(Number),
    });
    const t = NOON.getTime() / 1000;
    expect(one?.headers).toMatchObject({
      'content-type': 'application/json',
      digest: `SHA-256=${hash('sha256', one?.text ?? '', 'base64')}`,
      'interpro-event-id': `${A.aoo}:${first}`,
      'interpro-delivery': `${webhook.webhookId}:${first}`,
      'interpro-attempt': '1',
      'interpro-signature': `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${one?.text}`).digest('hex')}`,
    });
    expect(one?.headers['agid-jwt-signature']).toBeUndefined();
    expect(await standing(webhook)).toMatchObject({ seq: second, failures: 0, lastOutcome: '204' });
    await work();
    expect(receiver.received).toHaveLength(2);
  });

  it("with the node's signature if it has a key", async () => {
    await subscribe(house, receiver.url);
    await house.happen('received');
    const signer = {
      sign: async ({ url, body, contentType }: { url: string; body: Buffer; contentType: string }) => ({
        'agid-jwt-signature': hash('sha256', `${url} ${contentType} ${body}`),
      }),
    };
    await work(house.worker({ signer }));
    const [one] = receiver.received;
    expect(one?.headers['agid-jwt-signature']).toBe(hash('sha256', `${receiver.url} application/json ${one?.text}`));
  });

  it('of the wanted types, from the wanted position on, of the own office only', async () => {
    const before = await house.happen('receipt-accettazione');
    await house.happen('registered');
    const { webhook } = await subscribe(house, receiver.url, { types: ['receipt-accettazione'], after: before - 1 });
    await house.happen('receipt-accettazione', B.aoo);
    for (let count = 0; count < 150; count += 1) await house.happen('registered');
    const last = await house.happen('receipt-accettazione');
    await house.happen('registered');
    await work();
    expect(receiver.seqs()).toEqual([before, last]);
    expect((await standing(webhook)).seq).toBe(last + 1);
    // Skipped events leave no row.
    expect(await deliveries(webhook)).toHaveLength(2);
  });

  it('with the previous secret too, for a day', async () => {
    const { webhook, secret } = await subscribe(house, receiver.url);
    const rotated = await rotateSecret(about(webhook), { version: null }, call(), house.worker());
    if (!rotated.ok) throw new Error(rotated.problem.message);
    const fresh = rotated.value.secret;
    expect(fresh).not.toBe(secret);
    await house.happen('received');
    await work();
    later(24 * 3600);
    await house.happen('received');
    await work();
    const signed = receiver.received.map(({ text, headers }) => {
      const header = String(headers['interpro-signature']);
      const t = /^t=(\d+)/.exec(header)?.[1];
      const hex = [...header.matchAll(/v1=([0-9a-f]{64})/g)].map((match) => match[1]);
      const mac = (key: string) => createHmac('sha256', key).update(`${t}.${text}`).digest('hex');
      return { fresh: hex.includes(mac(fresh)), old: hex.includes(mac(secret)), count: hex.length };
    });
    expect(signed).toEqual([
      { fresh: true, old: true, count: 2 },
      { fresh: true, old: false, count: 1 },
    ]);
  });
});

describe('a subscriber that fails', () => {
  it('gets the same event again with the same id, at growing intervals, and no other before it', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    const first = await house.happen('received');
    const second = await house.happen('registered');
    receiver.answer = () => 500;
    await work();
    await work();
    expect(receiver.seqs()).toEqual([first]);
    expect(await standing(webhook)).toMatchObject({
      seq: first - 1,
      failures: 1,
      failingSince: NOON,
      lastOutcome: '500',
    });
    later(5);
    await work();
    later(9);
    await work();
    expect(receiver.seqs()).toEqual([first, first]);
    expect(await deliveries(webhook)).toMatchObject([{ seq: first, state: 'waiting', attempts: 2, firstAt: NOON }]);
    expect(await house.worker().webhooks.nextDue(house.now)).toEqual(new Date(NOON.getTime() + 15_000));
    later(1);
    receiver.answer = () => 200;
    await work();
    expect(receiver.seqs()).toEqual([first, first, first, second]);
    expect(receiver.received.map(({ headers }) => headers['interpro-attempt'])).toEqual(['1', '2', '3', '1']);
    expect(new Set(receiver.received.slice(0, 3).map(({ headers }) => headers['interpro-delivery'])).size).toBe(1);
    expect(await standing(webhook)).toMatchObject({ seq: second, failures: 0, failingSince: null });
    expect(await deliveries(webhook, 'delivered')).toMatchObject([{ attempts: 3 }, { attempts: 1 }]);
  });

  it.each(['hangs', 'goes away', 'says too much'])('that %s delays no other', async (how) => {
    const other = await openReceiver();
    await subscribe(house, receiver.url);
    await subscribe(house, other.url);
    const seq = await house.happen('received');
    receiver.answer = (_received, response) => {
      if (how === 'goes away') response.destroy();
      if (how === 'says too much') response.writeHead(500).write(Buffer.alloc(300_000));
      return undefined;
    };
    const deps = house.worker();
    const leased = await leaseWebhooks(null, 64, deps);
    await Promise.all(leased.map((webhook) => takeTurn(webhook, deps, never)));
    expect(other.seqs()).toEqual([seq]);
    expect((await house.worker().webhooks.list(A.aoo)).map(({ failures }) => failures).sort()).toEqual([0, 1]);
    await other.close();
  });

  it('may refuse an event: it becomes a dead letter, the next one is sent, and it can be replayed', async () => {
    const { webhook } = await subscribe(house, receiver.url, only);
    const dead = [await house.happen('received'), await house.happen('received')];
    const good = await house.happen('registered');
    receiver.answer = ({ event }) => (event.type === 'received' ? 422 : 200);
    const before = await audited('webhook-delivery-dead');
    await work();
    expect(receiver.seqs()).toEqual([...dead, good]);
    expect(await deliveries(webhook, 'dead')).toMatchObject([
      { seq: dead[0], lastOutcome: '422', attempts: 1 },
      { seq: dead[1], lastOutcome: '422', attempts: 1 },
    ]);
    expect(await audited('webhook-delivery-dead')).toBe(before + 2);
    const replay = (seq: number | null) => replayDeliveries(about(webhook), seq, call(), house.worker());
    receiver.answer = () => 200;
    later(10);
    expect(await replay(good)).toEqual({ ok: true, value: { replayed: 0 } });
    expect(await replay(good + 1)).toMatchObject({ ok: false, problem: { code: 'not-found' } });
    expect(await replay(dead[1] ?? 0)).toEqual({ ok: true, value: { replayed: 1 } });
    const next = await house.happen('registered');
    await work();
    expect(receiver.seqs().slice(3)).toEqual([dead[1], next]);
    expect(receiver.received[3]?.headers['interpro-event-id']).toBe(`${A.aoo}:${dead[1]}`);
    expect(await replay(null)).toEqual({ ok: true, value: { replayed: 1 } });
    expect(await replay(null)).toEqual({ ok: true, value: { replayed: 0 } });
    await work();
    expect(receiver.seqs().slice(5)).toEqual([dead[0]]);
    expect(await deliveries(webhook, 'dead')).toEqual([]);
    expect((await standing(webhook)).seq).toBe(next);
  });

  it('for good is given up after three days, and misses nothing once it is resumed', async () => {
    const { webhook } = await subscribe(house, receiver.url, only);
    const seqs = [await house.happen('received'), await house.happen('received'), await house.happen('received')];
    receiver.answer = () => 503;
    for (let hour = 0; hour < 24 * 4; hour += 1) {
      later(3600);
      await work();
    }
    expect(await standing(webhook)).toMatchObject({ state: 'paused', pauseReason: 'unreachable' });
    // At most one dead letter a day: events that were not tried long enough stay in the queue.
    const dead = await deliveries(webhook, 'dead');
    expect(dead.length).toBeLessThan(seqs.length);
    const tries = receiver.received.length;
    later(3600);
    await work();
    expect(receiver.received).toHaveLength(tries);
    receiver.answer = () => 200;
    await resumeWebhook(about(webhook), { version: null }, call(), house.worker());
    await replayDeliveries(about(webhook), null, call(), house.worker());
    await work();
    expect(receiver.seqs().slice(tries).sort()).toEqual(seqs);
    expect(await audited('webhook-paused')).toBeGreaterThan(0);
  });

  it('ends the subscription with 410, and says when to try again with 429', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    const seq = await house.happen('received');
    receiver.answer = (_received, response) => {
      response.setHeader('retry-after', '100');
      return 429;
    };
    await work();
    expect((await standing(webhook)).dueAt).toEqual(new Date(NOON.getTime() + 110_000));
    later(110);
    receiver.answer = () => 410;
    await work();
    expect(await standing(webhook)).toMatchObject({ state: 'paused', pauseReason: 'gone', seq: seq - 1 });
  });

  it('by refusing everything is paused before all events are dead letters', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    for (let count = 0; count < 30; count += 1) await house.happen('received');
    receiver.answer = () => 400;
    await work();
    expect(await standing(webhook)).toMatchObject({ state: 'paused', pauseReason: 'refusing' });
    expect(await deliveries(webhook, 'dead')).toHaveLength(24);
    expect(receiver.received).toHaveLength(25);
  });
});

describe('several workers', () => {
  it.each([
    ['race, and every event is told in order and none is left out', false],
    ['that lose their leases in the middle repeat events, and leave none out either', true],
  ])('%s', async (_what, lapsing) => {
    const { webhook } = await subscribe(house, receiver.url);
    const seqs: number[] = [];
    const many = lapsing ? 20 : 60;
    const produce = async (): Promise<void> => {
      for (let count = 0; count < many; count += 1) seqs.push(await house.happen('received'));
    };
    // It fails sometimes: the next worker continues where this one stopped.
    const taken: number[] = [];
    receiver.answer = ({ event }) => {
      if (receiver.received.length % 7 === 3) return 500;
      taken.push(event.seq);
      return 200;
    };
    let busy = 0;
    const race = async (deps: DeliverDeps): Promise<void> => {
      while ((await standing(webhook)).seq < (seqs[many - 1] ?? Number.POSITIVE_INFINITY)) {
        busy += 1;
        await work(deps);
        busy -= 1;
        // Time passes during the work only if leases are to expire.
        if (busy === 0 || lapsing) later(lapsing ? 40 : 4);
      }
    };
    await Promise.all([produce(), race(house.worker()), race(house.worker()), race(house.worker())]);
    expect([...new Set(taken)]).toEqual(seqs);
    if (!lapsing) expect(taken).toEqual(seqs);
  });

  it('one of which dies: the event is sent again with the same id, and a late return of that worker changes nothing', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    const seq = await house.happen('received');
    const dying = house.worker();
    const [leased] = await leaseWebhooks(null, 64, dying);
    if (leased === undefined) throw new Error('nothing leased');
    const other = house.worker();
    // It dies after posting the event and before recording it: only the lease remains.
    const broken = {
      ...dying.webhooks,
      progress: () => Promise.reject(new Error('gone')),
      release: async () => undefined,
    };
    await expect(takeTurn(leased, { ...dying, webhooks: broken }, never)).rejects.toThrow('gone');
    await work(other);
    expect(receiver.seqs()).toEqual([seq]);
    expect(await other.webhooks.nextDue(house.now)).toEqual(new Date(NOON.getTime() + 60_000));
    later(60);
    await work(other);
    expect(receiver.seqs()).toEqual([seq, seq]);
    expect(new Set(receiver.received.map(({ headers }) => headers['interpro-event-id'])).size).toBe(1);
    const late = { delivery: null, webhook: { seq: 0 }, audit: null, task: null };
    expect(await dying.webhooks.progress(dying.owner, ...about(webhook), house.now, late)).toBe('lost');
    expect((await standing(webhook)).seq).toBe(seq);
  });

  it('asked to stop abandon what is under way without blaming the receiver', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    const seq = await house.happen('received');
    const abort = new AbortController();
    receiver.answer = () => void abort.abort();
    await work(house.worker(), { signal: never.signal, abort: abort.signal });
    expect(await standing(webhook)).toMatchObject({ seq: seq - 1, failures: 0 });
    receiver.answer = () => 200;
    await work();
    expect(receiver.seqs()).toEqual([seq, seq]);
  });

  it('paused by a person: what was posted counts, and nothing more is sent until it is resumed', async () => {
    const { webhook } = await subscribe(house, receiver.url);
    const seqs = [await house.happen('received'), await house.happen('received')];
    const real = house.worker();
    const post: DeliverDeps['endpoint']['post'] = async (...args) => {
      await pauseWebhook(about(webhook), { version: null }, call(), real);
      return real.endpoint.post(...args);
    };
    await work({ ...real, endpoint: { ...real.endpoint, post } });
    expect(receiver.seqs()).toEqual(seqs.slice(0, 1));
    await work();
    expect(await standing(webhook)).toMatchObject({ state: 'paused', pauseReason: 'person', seq: seqs[0] });
    await resumeWebhook(about(webhook), { version: null }, call(), real);
    await work();
    expect(receiver.seqs()).toEqual(seqs);
  });
});

describe('deliveries that succeeded', () => {
  it('are deleted after a while; dead letters are not', async () => {
    const { webhook } = await subscribe(house, receiver.url, only);
    receiver.answer = ({ event }) => (event.type === 'received' ? 200 : 400);
    await house.happen('received');
    const dead = await house.happen('registered');
    await work();
    const { webhooks } = house.worker();
    await webhooks.forget(NOON, 10_000);
    expect(await deliveries(webhook)).toHaveLength(2);
    await webhooks.forget(new Date(NOON.getTime() + 1), 10_000);
    expect(await deliveries(webhook)).toMatchObject([{ seq: dead, state: 'dead' }]);
  });
});
