import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { smtpSender } from '../../../src/adapters/smtp/sender.ts';
import { startOutboxJob } from '../../../src/entrances/jobs/outbox-job.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { openCircuits } from '../../../src/service/outbox/circuits.ts';
import { leaseQueued, sendLeased } from '../../../src/service/outbox/deliver-outbox.ts';
import type { Handover, MailSender } from '../../../src/service/outbox/mail-sender.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, exchangeOf, type House, MAILBOX, office, openHouse, queuedFor } from '../../adapters/postgres/support.ts';
import { until } from '../../exchange/councils.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('the outbox', () => {
  let house: House;
  let folder: string;
  let sandbox: Sandbox;
  let mute: Server;
  const sockets = new Set<Socket>();
  let healthy: Office;
  let sick: Office;
  const gone = office('c_passato', 'APASSATO');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interpro-outbox-'));
    sandbox = await startSandbox({ mailboxes: [{ address: MAILBOX, password: 'segreta' }] });
    mute = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const account = { secure: false, user: MAILBOX, password: 'segreta', ca: null };
    healthy = { ...office('c_esempio', 'AESEMP1'), smtp: { ...account, ...sandbox.smtp } };
    sick = { ...office('c_malato', 'AMALATO'), smtp: { ...account, host: '127.0.0.1', port } };
    house = await openHouse([healthy, sick, gone]);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await house?.close();
    await sandbox?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const queue = (at: Office, count: number) =>
    house.store.inOffice(at.aoo, async (tx) => {
      const work = openUnitOfWork(at, tx, new Date());
      for (let index = 0; index < count; index += 1) {
        const exchange = exchangeOf();
        work.put(exchange);
        work.queue(queuedFor(exchange.exchangeId, { to: [MAILBOX] }));
      }
      await tx.save(work.changes());
    });
  const states = async (of: Office) => {
    const { rows } = await house.pool.query<{ state: string; count: number }>(
      'select state, count(*) as count from outbox where aoo = $1 group by state',
      [of.aoo],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };
  const start = (sender: MailSender) =>
    startOutboxJob({
      store: house.store,
      sender,
      clock: { now: () => new Date() },
      random: Math.random,
      owner: uuidv7(AT),
      offices: new Map([healthy, sick].map((one) => [one.aoo, one])),
      log: silent,
    });

  it('of an office with a silent server delays no other office, and each process sends only for its own offices', async () => {
    const sender = smtpSender(await folderDocuments(folder), { connectMs: 4_000 });
    // More than one batch, due before the mail of the others.
    await queue(sick, 40);
    await queue(gone, 40);
    await queue(healthy, 40);
    const job = await start(sender);
    try {
      await until('all of the healthy office', async () => (await states(healthy))['sent'] === 40, 15);
      expect(await states(sick)).toEqual({ queued: 40 });
      const { rows } = await house.pool.query('select distinct lease_owner from outbox where aoo = $1', [gone.aoo]);
      expect(rows).toEqual([{ lease_owner: null }]);
    } finally {
      mute.close();
      for (const socket of sockets) socket.destroy();
      await job.stop();
      await sender.close();
    }
    expect(await states(sick)).toEqual({ queued: 40 });
  });

  it('records what was sent as soon as the database takes it, and does not send it twice', async () => {
    const sent: string[] = [];
    const sender: MailSender = {
      async send(_account, recipe): Promise<Handover> {
        sent.push(recipe.messageId);
        // Now the database fails: every connection of the pool is cut.
        await house.pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
             and usename = current_user`,
        );
        return { outcome: 'accepted', response: '250' };
      },
      close: async () => undefined,
    };
    await house.pool.query('update outbox set lease_until = null where state = $1', ['queued']);
    await house.pool.query(`update outbox set state = 'given-up' where aoo = $1`, [sick.aoo]);
    await queue(healthy, 3);
    const job = await start(sender);
    try {
      await until('all', async () => (await states(healthy).catch(() => ({}) as never))['sent'] === 43, 15);
    } finally {
      await job.stop();
    }
    expect(sent.length).toBe(3);
  });

  it('has recorded what was sent when it ends, so that the next process does not send it again', async () => {
    await queue(healthy, 3);
    const clock = { now: () => new Date() };
    const random = () => 0;
    const sender: MailSender = {
      send: async () => ({ outcome: 'accepted', response: '250' }),
      close: async () => undefined,
    };
    const offices = new Map([[healthy.aoo, healthy]]);
    const deps = { store: house.store, sender, clock, offices, circuits: openCircuits({ clock, random }), random };
    const owner = uuidv7(AT);
    const items = (await leaseQueued(owner, 10, new Set(), deps)).get(healthy.aoo) ?? [];
    expect(items).toHaveLength(3);
    const told: string[] = [];
    const never = new AbortController().signal;
    await sendLeased(
      healthy.aoo,
      items,
      {
        owner,
        stopping: never,
        abandoned: never,
        again: async () => false,
        onSent: ({ item }) => void told.push(item.outboxId),
      },
      deps,
    );
    expect(told.sort()).toEqual(items.map(({ outboxId }) => outboxId).sort());
    expect((await states(healthy))['queued']).toBeUndefined();
  });
});
