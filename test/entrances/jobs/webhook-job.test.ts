import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { webhookEndpoint } from '../../../src/adapters/webhook-endpoint/endpoint.ts';
import type { Job } from '../../../src/entrances/jobs/job.ts';
import { startWebhookJob, type WebhookJobDeps } from '../../../src/entrances/jobs/webhook-job.ts';
import { pauseWebhook, replayDeliveries, resumeWebhook } from '../../../src/service/webhooks/manage-webhooks.ts';
import { A, B, call, openReceiver, openWebhookHouse, type Receiver, subscribe } from '../../service/webhooks/house.ts';

const house = await openWebhookHouse();
const running: Job[] = [];
const receivers: Receiver[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((job) => job.stop()));
  await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
  await house.pool.query(`update webhook set state = 'removed', pause_reason = null`);
});
afterAll(() => house.close());

/** A job that runs on the real clock. */
async function start(change: Partial<WebhookJobDeps> = {}): Promise<Job> {
  const job = await startWebhookJob(house.worker({ clock: { now: () => new Date() }, random: () => 0, ...change }));
  running.push(job);
  return job;
}
async function open(): Promise<Receiver> {
  const receiver = await openReceiver();
  receivers.push(receiver);
  return receiver;
}
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await what())) {
    if (performance.now() > deadline) throw new Error('it did not come');
    await sleep(10);
  }
}

describe('the job of the webhooks', () => {
  it('delivers events from before its start, and later ones at once', async () => {
    const receiver = await open();
    await subscribe(house, receiver.url);
    const seqs = [await house.happen('received')];
    await start();
    await until(() => receiver.received.length === 1);
    for (let count = 0; count < 5; count += 1) {
      seqs.push(await house.happen('registered'));
      await until(() => receiver.received.length === seqs.length);
    }
    expect(receiver.seqs()).toEqual(seqs);
  });

  it('does not query the database while nothing happens', async () => {
    const receiver = await open();
    await subscribe(house, receiver.url);
    let leases = 0;
    const { webhooks } = house.worker();
    const counting: WebhookJobDeps['webhooks'] = {
      ...webhooks,
      lease: (...asked) => {
        leases += 1;
        return webhooks.lease(...asked);
      },
    };
    await start({ webhooks: counting });
    await house.happen('received');
    await until(() => receiver.received.length === 1);
    // The work for the event ends first; then there are no more queries.
    let before = -1;
    await until(async () => {
      const quiet = leases === before;
      before = leases;
      await sleep(500);
      return quiet;
    });
    await sleep(1_000);
    expect(leases).toBe(before);
  });

  it('retries when a delivery is due', async () => {
    const receiver = await open();
    await subscribe(house, receiver.url);
    receiver.answer = () => (receiver.received.length === 1 ? 500 : 200);
    await start();
    const seq = await house.happen('received');
    await until(() => receiver.received.length === 2);
    expect(receiver.seqs()).toEqual([seq, seq]);
  });

  it('a hanging and a slow subscriber keep nobody else waiting', async () => {
    const [hanging, slow, quick, neighbour] = [await open(), await open(), await open(), await open()];
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    hanging.answer = () => undefined;
    slow.answer = (_received, response) => void released.then(() => response.writeHead(200).end());
    for (const { url } of [hanging, slow, quick]) await subscribe(house, url);
    await subscribe(house, neighbour.url, {}, B.aoo);
    const endpoint = webhookEndpoint({ allowed: ['127.0.0.1'], timeoutMs: 60_000 });
    await start({ endpoint });
    const seqs: number[] = [];
    for (let count = 0; count < 10; count += 1) seqs.push(await house.happen('received'));
    const theirs = await house.happen('received', B.aoo);
    await until(() => quick.received.length === 10 && neighbour.received.length === 1);
    expect([quick.seqs(), neighbour.seqs()]).toEqual([seqs, [theirs]]);
    expect([hanging.seqs(), slow.seqs()]).toEqual([seqs.slice(0, 1), seqs.slice(0, 1)]);
    release();
    await until(() => slow.received.length === 10);
    expect(slow.seqs()).toEqual(seqs);
    await Promise.all(running.splice(0).map((job) => job.stop()));
    endpoint.close();
  });

  it('two jobs deliver each event once, in order', async () => {
    const receiver = await open();
    await subscribe(house, receiver.url);
    await start();
    await start();
    const seqs: number[] = [];
    for (let count = 0; count < 100; count += 1) seqs.push(await house.happen('received'));
    await until(() => receiver.received.length >= 100);
    await sleep(100);
    expect(receiver.seqs()).toEqual(seqs);
  });

  it('when one dies, another continues after the lease has expired', async () => {
    const receiver = await open();
    const { webhook } = await subscribe(house, receiver.url);
    const seq = await house.happen('received');
    const dead = house.worker({ clock: { now: () => new Date() } });
    await dead.webhooks.lease(dead.owner, A.aoo, new Date(), 1, 2);
    await start();
    await sleep(300);
    expect(receiver.received).toHaveLength(0);
    await until(() => receiver.received.length === 1);
    expect(receiver.seqs()).toEqual([seq]);
    await until(async () => (await dead.webhooks.one(A.aoo, webhook.webhookId))?.seq === seq);
  });

  it('reacts when a person resumes a webhook or repeats a delivery', async () => {
    const receiver = await open();
    const { webhook } = await subscribe(house, receiver.url);
    const about = [A.aoo, webhook.webhookId] as const;
    await pauseWebhook(about, { version: null }, call(), house.worker());
    receiver.answer = () => 400;
    await start();
    const seq = await house.happen('received');
    await sleep(200);
    expect(receiver.received).toHaveLength(0);
    const now = house.worker({ clock: { now: () => new Date() } });
    await resumeWebhook(about, { version: null }, call(), now);
    await until(async () => (await now.webhooks.delivery(...about, seq))?.state === 'dead');
    receiver.answer = () => 200;
    await replayDeliveries(about, null, call(), now);
    await until(async () => (await now.webhooks.delivery(...about, seq))?.state === 'delivered');
  });

  it('stops while a subscriber hangs, and releases its lease', async () => {
    const receiver = await open();
    const { webhook } = await subscribe(house, receiver.url);
    let asked: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const endpoint: WebhookJobDeps['endpoint'] = {
      ...house.worker().endpoint,
      post: (_post, signal) => {
        asked();
        return new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve({ kind: 'unreachable', reason: 'timeout' }));
        });
      },
    };
    const job = await start({ endpoint });
    await house.happen('received');
    await hanging;
    const before = performance.now();
    await job.stop();
    expect(performance.now() - before).toBeLessThan(6_000);
    const { rows } = await house.pool.query('select lease_owner, failures from webhook where webhook_id = $1', [
      webhook.webhookId,
    ]);
    expect(rows).toEqual([{ lease_owner: null, failures: 0 }]);
  });
});
