import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
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
} from '../../../src/service/webhooks/manage-webhooks.ts';
import { A, B, call, NOON, openReceiver, openWebhookHouse, subscribe } from './house.ts';

const house = await openWebhookHouse();
const deps = house.worker();
afterAll(() => house.close());
afterEach(async () => {
  house.now = NOON;
  await house.pool.query(`update webhook set state = 'removed', pause_reason = null`);
});

const URL = 'https://ricevitore.esempio.example.it/eventi';
const any = { version: null };
const wish = { url: URL, types: [], after: null };
const code = (code: string) => ({ ok: false, problem: { code } });
const audited = async (): Promise<readonly string[]> =>
  (
    await house.pool.query<{ action: string }>(
      `select content::jsonb ->> 'action' as action from audit where aoo = $1 order by seq`,
      [A.aoo],
    )
  ).rows.map(({ action }) => action);

describe('a subscription', () => {
  it('has a secret of 256 bits, shown once, sealed in the database and bound to its row', async () => {
    const { webhook, secret } = await subscribe(house, URL);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9_-]{43}$/);
    const { rows } = await house.pool.query('select * from webhook where webhook_id = $1', [webhook.webhookId]);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows[0]?.secret).toContain(`webhook:${A.aoo}:${webhook.webhookId}`);
    expect((await subscribe(house, URL)).secret).not.toBe(secret);
    const { rows: audits } = await house.pool.query('select content from audit');
    expect(JSON.stringify(audits)).not.toContain(secret);
  });

  it('is created once per idempotency key, even by two requests at the same moment', async () => {
    const key = uuidv7(NOON);
    const both = await Promise.all([1, 2].map(() => createWebhook(A.aoo, wish, call(key), deps)));
    expect(both.map((one) => one.ok && one.value.repeated).sort()).toEqual([false, true]);
    const secrets = both.map((one) => one.ok && one.value.secret);
    expect(secrets[0]).toBe(secrets[1]);
    expect(await listWebhooks(A.aoo, deps)).toHaveLength(1);
    const digest = 'e'.repeat(64) as never;
    const other = { ...call(), idempotency: { key, digest } };
    expect(await createWebhook(A.aoo, wish, other, deps)).toMatchObject(code('idempotency-key-reused'));
    const { rows } = await house.pool.query('select answer::text from command_answer where key = $1', [key]);
    // The repeated answer comes from the row of the subscription: no second copy of the secret exists.
    expect(rows[0]?.answer).not.toMatch(/sealed|whsec_/);
  });

  it('is refused if it cannot work', async () => {
    const create = (change: object) => createWebhook(A.aoo, { ...wish, ...change }, call(), deps);
    expect(await create({ url: 'https://10.0.0.1/' })).toMatchObject(code('webhook-address'));
    expect(await create({ url: 'http://ricevitore.esempio.example.it/' })).toMatchObject(code('webhook-address'));
    expect(await create({ after: 1_000_000 })).toMatchObject(code('webhook-position'));
    for (let count = 0; count < 20; count += 1) await subscribe(house, URL);
    expect(await create({})).toMatchObject(code('webhook-too-many'));
    await subscribe(house, URL, {}, B.aoo);
  });

  it('is paused, resumed and removed, each once and audited', async () => {
    const before = (await audited()).length;
    const { webhook } = await subscribe(house, URL);
    const about = [A.aoo, webhook.webhookId] as const;
    await pauseWebhook(about, any, call(), deps);
    expect(await pauseWebhook(about, any, call(), deps)).toMatchObject({
      ok: true,
      value: { state: 'paused', pauseReason: 'person', version: 2 },
    });
    await resumeWebhook(about, any, call(), deps);
    expect(await resumeWebhook(about, any, call(), deps)).toMatchObject({
      ok: true,
      value: { state: 'active', pauseReason: null, version: 3 },
    });
    expect(await pauseWebhook(about, { version: 2 }, call(), deps)).toMatchObject(code('version-conflict'));
    expect(await removeWebhook(about, call(), deps)).toEqual({ ok: true, value: null });
    expect(await removeWebhook(about, call(), deps)).toMatchObject(code('not-found'));
    expect(await readWebhook(...about, deps)).toMatchObject(code('not-found'));
    expect(await resumeWebhook(about, any, call(), deps)).toMatchObject(code('not-found'));
    expect((await audited()).slice(before)).toEqual([
      'webhook-created',
      'webhook-paused',
      'webhook-resumed',
      'webhook-removed',
    ]);
    const { rows } = await house.pool.query('select secret, previous_secret from webhook where webhook_id = $1', [
      webhook.webhookId,
    ]);
    expect(rows).toEqual([{ secret: '', previous_secret: null }]);
    expect(await house.views.verifyAudit()).toEqual(
      expect.arrayContaining([expect.objectContaining({ aoo: A.aoo, brokenAt: null })]),
    );
  });

  it('changes its secret once per idempotency key', async () => {
    const { webhook, secret } = await subscribe(house, URL);
    const about = [A.aoo, webhook.webhookId] as const;
    const key = uuidv7(NOON);
    const first = await rotateSecret(about, any, call(key), deps);
    const again = await rotateSecret(about, any, call(key), deps);
    expect(first.ok && first.value.secret).not.toBe(secret);
    const { secret: fresh, webhook: rotated } = first.ok ? first.value : { secret: '', webhook };
    expect(again).toMatchObject({ ok: true, value: { secret: fresh, webhook: { version: 2, url: rotated.url } } });
    const third = await rotateSecret(about, any, call(uuidv7(NOON)), deps);
    expect(third.ok && third.value.webhook.version).toBe(3);
    // The answered secret is the one that signs.
    expect(await rotateSecret(about, any, call(key), deps)).toMatchObject({ ok: true, value: { secret: fresh } });
    await rotateSecret(about, any, call(uuidv7(NOON)), deps);
    expect(await rotateSecret(about, any, call(key), deps)).toMatchObject(code('version-conflict'));
  });

  it('is answered as it was created, whatever has happened to it since', async () => {
    const made = uuidv7(NOON);
    const [paused, again, removed] = [uuidv7(NOON), uuidv7(NOON), uuidv7(NOON)];
    const first = await createWebhook(A.aoo, wish, call(made), deps);
    const about = [A.aoo, first.ok ? first.value.webhook.webhookId : ''] as const;
    const stopped = { ok: true, value: { state: 'paused', version: 2 } };
    expect(await pauseWebhook(about, any, call(paused), deps)).toMatchObject(stopped);
    expect(await pauseWebhook(about, any, call(again), deps)).toMatchObject(stopped);
    await resumeWebhook(about, any, call(), deps);
    for (const key of [paused, again]) expect(await pauseWebhook(about, any, call(key), deps)).toMatchObject(stopped);
    expect(await readWebhook(...about, deps)).toMatchObject({ ok: true, value: { state: 'active', version: 3 } });
    expect(await createWebhook(A.aoo, wish, call(made), deps)).toMatchObject({ ok: true, value: { repeated: true } });
    for (const times of [1, 2])
      expect(await removeWebhook(about, call(removed), deps), `${times}`).toEqual({ ok: true, value: null });
    expect(await pauseWebhook(about, any, call(paused), deps)).toMatchObject(stopped);
    // Its secret is gone, and no other subscription is created in its place.
    expect(await createWebhook(A.aoo, wish, call(made), deps)).toMatchObject(code('version-conflict'));
    expect(await listWebhooks(A.aoo, deps)).toHaveLength(0);
  });

  it('is tested once per idempotency key: during the test, after it, and after a crash', async () => {
    const receiver = await openReceiver();
    const { webhook } = await subscribe(house, receiver.url);
    const about = [A.aoo, webhook.webhookId] as const;
    const key = uuidv7(NOON);
    const { signal } = new AbortController();
    const test = (parts = deps) => testWebhook(about, call(key), parts, signal);
    const gone = { ...deps, endpoint: { ...deps.endpoint, post: () => Promise.reject(new Error('the process ends')) } };
    await expect(test(gone)).rejects.toThrow('the process ends');
    expect(await test()).toMatchObject(code('command-in-progress'));
    expect(receiver.received).toHaveLength(0);
    house.now = new Date(NOON.getTime() + 61_000);
    const [one, two] = await Promise.all([test(), test()]);
    const tried = one.ok ? one : two;
    expect(tried).toMatchObject({ ok: true, value: { delivered: true, outcome: '204' } });
    expect(await test()).toEqual(tried);
    expect(receiver.received).toHaveLength(1);
    // The same test as the lost one: a receiver that got it would recognise it.
    const { rows } = await house.pool.query('select answer from command_answer where key = $1', [key]);
    expect(receiver.received[0]?.event.id).toBe(`${A.aoo}:test:${rows[0]?.answer.testId}`);
    expect(rows[0]?.answer.testId.slice(0, 8)).toBe(uuidv7(NOON).slice(0, 8));
    await receiver.close();
  });

  it('of another office is not visible', async () => {
    const { webhook } = await subscribe(house, URL);
    const about = [B.aoo, webhook.webhookId] as const;
    const { signal } = new AbortController();
    const asked = { state: null, after: 0, limit: 10 };
    expect(await listWebhooks(B.aoo, deps)).toEqual([]);
    for (const answer of [
      readWebhook(...about, deps),
      pauseWebhook(about, any, call(), deps),
      resumeWebhook(about, any, call(), deps),
      rotateSecret(about, any, call(), deps),
      removeWebhook(about, call(), deps),
      testWebhook(about, call(), deps, signal),
      listDeliveries(about, asked, deps),
      replayDeliveries(about, null, call(), deps),
      replayDeliveries(about, 1, call(), deps),
    ])
      expect(await answer).toMatchObject(code('not-found'));
    expect(await readWebhook(A.aoo, webhook.webhookId, deps)).toMatchObject({ ok: true, value: { version: 1 } });
  });

  it('can be tested at once in any state, and the test leaves nothing behind', async () => {
    const receiver = await openReceiver();
    const { webhook } = await subscribe(house, receiver.url);
    const about = [A.aoo, webhook.webhookId] as const;
    await pauseWebhook(about, any, call(), deps);
    const { signal } = new AbortController();
    const tried = await testWebhook(about, call(), deps, signal);
    expect(tried).toMatchObject({ ok: true, value: { delivered: true, outcome: '204' } });
    expect(receiver.received[0]?.event).toEqual({
      id: tried.ok && tried.value.eventId,
      aoo: A.aoo,
      at: NOON.toISOString(),
      type: 'test',
    });
    receiver.answer = () => 500;
    expect(await testWebhook(about, call(), deps, signal)).toMatchObject({
      ok: true,
      value: { delivered: false, outcome: '500' },
    });
    await receiver.close();
    expect(await testWebhook(about, call(), deps, signal)).toMatchObject({
      ok: true,
      value: { delivered: false, outcome: 'no-connection' },
    });
    expect(await readWebhook(...about, deps)).toMatchObject({ ok: true, value: { failures: 0, lastAt: null } });
  });
});
