import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { postgresFeed } from '../../../src/adapters/postgres/queries/feed.ts';
import { postgresWebhooks } from '../../../src/adapters/postgres/webhooks/webhooks.ts';
import { webhookEndpoint } from '../../../src/adapters/webhook-endpoint/endpoint.ts';
import type { WebhookJobDeps } from '../../../src/entrances/jobs/webhook-job.ts';
import type { AooId } from '../../../src/kernel/ids.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { ok, refuse } from '../../../src/kernel/result.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { Secrets } from '../../../src/service/access/secrets.ts';

import { createWebhook, type WebhookRequest, type WithSecret } from '../../../src/service/webhooks/manage-webhooks.ts';
import { type House, office, openHouse } from '../../adapters/postgres/support.ts';

export const A = office('c_esempio', 'AESEMP1');
export const B = office('c_provaria', 'APROVA1');

/** Marks what it seals, so that an unsealed secret would show. */
export const markingSecrets: Secrets = {
  seal: (text, context) => ok(`sealed ${context} ${Buffer.from(text).toString('base64')}`),
  open(sealed, context) {
    const prefix = `sealed ${context} `;
    return sealed.startsWith(prefix)
      ? ok(Buffer.from(sealed.slice(prefix.length), 'base64').toString())
      : refuse(problem('secret-unreadable'));
  },
};

export const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // Nothing reads it.
}

export interface WebhookHouse extends House {
  /** The time of the service. */
  now: Date;
  /** The dependencies of one worker. */
  worker(change?: Partial<WebhookJobDeps>): WebhookJobDeps;
  /** Appends an event of this type and returns its number. */
  happen(type: string, aoo?: AooId): Promise<number>;
}

export const NOON = new Date('2026-03-02T12:00:00Z');

export async function openWebhookHouse(): Promise<WebhookHouse> {
  const house = await openHouse([A, B]);
  const { pool } = house;
  const feed = postgresFeed(pool);
  const webhooks = postgresWebhooks(pool);
  const endpoint = webhookEndpoint({ allowed: ['127.0.0.1'], timeoutMs: 400 });
  const exchanges = new Map<AooId, string>();
  for (const { aoo } of [A, B]) {
    const id = uuidv7(NOON);
    await pool.query(
      `insert into exchange (aoo, exchange_id, direction, identity, content, state, version, generation, peer_address, subject,
                             created_at, updated_at)
       values ($1, $2, 'incoming', 'x', 'x', 'confirming', 0, '2013', 'a@example.it', 'Prova', now(), now())`,
      [aoo, id],
    );
    exchanges.set(aoo, id);
  }
  let version = 0;
  const opened: WebhookHouse = {
    ...house,
    now: NOON,
    worker: (change = {}) => ({
      webhooks,
      endpoint,
      feed,
      clock: { now: () => opened.now },
      secrets: markingSecrets,
      signer: null,
      owner: uuidv7(new Date()),
      random: () => 1,
      log: silent,
      ...change,
    }),
    async happen(type, aoo = A.aoo) {
      version += 1;
      const { rows } = await pool.query<{ seq: number }>(
        `with next as (update aoo set event_seq = event_seq + 1 where aoo = $1 returning event_seq),
              event as (insert into exchange_event (aoo, exchange_id, version, seq, type, once, at, data)
                select $1, $2, $3, event_seq, $4, $5, $6, '{}' from next returning seq)
         select seq, pg_notify('interpro_events', $1) from event`,
        [aoo, exchanges.get(aoo), version, type, String(version), opened.now],
      );
      return rows[0]?.seq ?? 0;
    },
    async close() {
      endpoint.close();
      await house.close();
    },
  };
  return opened;
}

export const call = (key: string | null = null) => ({
  by: 'Anna Esempio',
  client: 'client-1',
  idempotency: key === null ? null : { key, digest: 'd'.repeat(64) as never },
});

export async function subscribe(
  house: WebhookHouse,
  url: string,
  wish: Partial<WebhookRequest> = {},
  aoo: AooId = A.aoo,
): Promise<WithSecret> {
  const made = await createWebhook(aoo, { url, types: [], after: null, ...wish }, call(), house.worker());
  if (!made.ok) throw new Error(made.problem.message);
  return made.value;
}

export interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  readonly event: { readonly id: string; readonly seq: number; readonly type: string };
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** How it answers: a status, or its own handler. */
  answer: (received: Received, response: ServerResponse) => number | undefined;
  seqs(): readonly number[];
  close(): Promise<void>;
}

/** A subscriber on loopback. */
export async function openReceiver(): Promise<Receiver> {
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const one = { headers: request.headers, text, event: JSON.parse(text) as Received['event'] };
    receiver.received.push(one);
    const status = receiver.answer(one, response);
    if (status !== undefined) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/eventi`,
    received: [],
    answer: () => 204,
    seqs: () => receiver.received.map(({ event }) => event.seq),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return receiver;
}
