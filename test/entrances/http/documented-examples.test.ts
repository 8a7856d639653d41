/** Every request that the documentation shows is sent, and does what the documentation says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answered,
  type Caller,
  caller,
  ESEMPIO,
  ESTERNO,
  type Json,
  NODE_TOKEN,
  type Node,
  PROVARIA,
  startNode,
  stateOf,
  submitted,
  until,
  uploaded,
} from '../../support/node.ts';
import { refusingReceiver } from './belongings.ts';

let node: Node;
let receiver: Awaited<ReturnType<typeof refusingReceiver>>;
let document: Json;
let esempio: Caller;
let provaria: Caller;
/** Whose own system numbers. */
let esterno: Caller;
let admin: Caller;
beforeAll(async () => {
  receiver = await refusingReceiver();
  node = await startNode({ webhookHosts: ['127.0.0.1'] });
  [esempio, provaria, esterno] = (await Promise.all(
    [ESEMPIO, PROVARIA, ESTERNO].map(async (aoo) => caller(node.origin, await node.key(aoo))),
  )) as [Caller, Caller, Caller];
  admin = caller(node.origin, NODE_TOKEN);
  document = (await esempio('GET', '/openapi.json')).json;
});
afterAll(async () => {
  await node?.stop();
  await receiver?.close();
});

/** A message that has just arrived where the office's own system numbers. */
async function held(): Promise<string> {
  const { json } = await submitted(esempio, ['c_santangelo']);
  const { number } = json.registration;
  const found = await until('it has arrived', async () => {
    const { items } = (await esterno('GET', '/incoming-messages?limit=500')).json;
    return items.find((one: Json) => one.peerNumber?.startsWith(number)) ?? null;
  });
  return found.id;
}
let given = 100;
const registered = async (confirm: boolean): Promise<string> => {
  const id = await held();
  given += 1;
  const registration = { number: given, date: '2026-03-02', time: '10:00:00' };
  const { status } = await esterno('POST', `/incoming-messages/${id}/registration`, {
    body: { registration, confirm },
  });
  expect(status).toBe(200);
  return id;
};
/** A registration that its recipient has confirmed: its path. */
async function confirmed(): Promise<string> {
  const { json } = await submitted(esempio, ['c_provaria']);
  await stateOf(esempio, json.recipients[0].exchange, 'confirmed');
  const { register, date, number } = json.registration;
  return `/registrations/${register}/${date.slice(0, 4)}/${Number(number)}`;
}
/** Somebody has to see that a message did not get there. */
async function task(): Promise<string> {
  const { status } = await submitted(provaria, ['nessuno@pec.esempio.example.it'], { addressAsItIs: true });
  expect(status).toBe(201);
  const told = async () => (await provaria('GET', '/tasks')).json.items.find((one: Json) => /deliver/.test(one.code));
  return (await until('a person is told', async () => (await told()) ?? null)).id;
}
const webhook = async (): Promise<string> =>
  (await esterno('POST', '/webhooks', { body: { url: receiver.url, types: ['received'] } })).json.id;
/** One that has an event its receiver did not want. */
async function refusedDelivery(): Promise<string> {
  const id = await webhook();
  await held();
  const dead = await until('a dead letter', async () => {
    const { json } = await esterno('GET', `/webhooks/${id}/deliveries?state=dead`);
    return json.items[0] ?? null;
  });
  return `/webhooks/${id}/deliveries/${dead.id}`;
}
const announced = async (body: Json): Promise<string> => {
  const messageId = crypto.randomUUID();
  expect((await esempio('POST', '/index/messages', { body: { ...body, messageId } })).status).toBe(201);
  return messageId;
};

/** What comes before each example: where it is sent, by whom, and what in it stands for something else. */
type Ready = readonly [ask: Caller, path: string, change?: object];
const READY: Readonly<Record<string, (example: Json, which: number) => Promise<Ready>>> = {
  openUpload: async () => [esempio, '/uploads'],
  writeUpload: async (example) => {
    const body = { name: 'delibera.txt', mediaType: 'text/plain', size: Buffer.byteLength(example) };
    return [esempio, `/uploads/${(await esempio('POST', '/uploads', { body })).json.id}/content`];
  },
  cancelUpload: async () => [esempio, `/uploads/${await uploaded(esempio, 'bozza.txt', 'Bozza')}`],
  submitMessage: async () => {
    const documents = [await uploaded(esempio, 'delibera.txt', 'Delibera')];
    return [esempio, '/outgoing-messages', { documents }];
  },
  submitMessageWithDocuments: async () => [esempio, '/outgoing-messages/with-documents'],
  registerIncomingMessage: async (_, which) => {
    if (which === 0) return [esterno, `/incoming-messages/${await held()}/registration`];
    await node.sandbox.receiveOrdinary('protocollo@pec.provaria.example.it', ORDINARY);
    const asked = await until('it waits for a person', async () => {
      const { items } = (await provaria('GET', '/incoming-messages')).json;
      return items.find((one: Json) => one.state === 'operator') ?? null;
    });
    return [provaria, `/incoming-messages/${asked.id}/registration`];
  },
  confirmIncomingMessage: async () => [esterno, `/incoming-messages/${await registered(false)}/confirmation`],
  refuseIncomingMessage: async () => [esterno, `/incoming-messages/${await held()}/refusal`],
  takeIncomingMessage: async () => [esterno, `/incoming-messages/${await held()}/taking`],
  handOverIncomingMessage: async () => [esterno, `/incoming-messages/${await held()}/hand-over`],
  closeIncomingMessage: async () => [esterno, `/incoming-messages/${await held()}/closure`],
  resendMessage: async () => {
    const { json } = await submitted(esempio, ['c_santangelo']);
    const { exchange } = json.recipients[0];
    await stateOf(esempio, exchange, 'delivered');
    return [esempio, `/exchanges/${exchange}/resend`];
  },
  closeTask: async () => [provaria, `/tasks/${await task()}/closure`],
  annulRegistration: async () => [esempio, `${await confirmed()}/annulment`],
  changeRegistration: async () => [esempio, `${await confirmed()}/changes`],
  createWebhook: async () => [esempio, '/webhooks'],
  removeWebhook: async () => [esterno, `/webhooks/${await webhook()}`],
  pauseWebhook: async () => [esterno, `/webhooks/${await webhook()}/pause`],
  resumeWebhook: async () => {
    const id = await webhook();
    await esterno('POST', `/webhooks/${id}/pause`);
    return [esterno, `/webhooks/${id}/resume`];
  },
  rotateWebhookSecret: async () => [esterno, `/webhooks/${await webhook()}/secret`],
  testWebhook: async () => [esterno, `/webhooks/${await webhook()}/test`],
  replayWebhookDelivery: async () => [esterno, `${await refusedDelivery()}/replay`],
  replayWebhookDeliveries: async () => [esterno, `${(await refusedDelivery()).replace(/\/\d+$/, '')}/replay`],
  lookUpEntries: async () => [esempio, '/index/look-ups'],
  setLayer: async () => [esempio, '/index/layer'],
  announceChange: async () => [esempio, '/index/messages'],
  decideAnnouncement: async () => {
    const shown = document.paths['/index/messages'].post.requestBody.content['application/json'].example;
    return [esempio, `/index/messages/${await announced(shown)}/decision`];
  },
  importIndex: async () => [admin, '/index/imports'],
};

const ORDINARY = Buffer.from(
  ['From: mario@posta.example.it', 'Subject: Richiesta', 'Message-ID: <r@posta.example.it>', '', 'Testo', ''].join(
    '\r\n',
  ),
);

interface Shown {
  readonly id: string;
  readonly method: string;
  readonly type: string | null;
  readonly examples: readonly Json[];
  readonly statuses: readonly string[];
}

function commandsOf(): readonly Shown[] {
  return Object.values<Json>(document.paths).flatMap((methods) =>
    Object.entries<Json>(methods).flatMap(([method, { operationId: id, requestBody, responses }]) => {
      if (method === 'get') return [];
      const statuses = Object.keys(responses).filter((status) => status.startsWith('2'));
      const [type = null, content = {}] = Object.entries<Json>(requestBody?.content ?? {})[0] ?? [];
      const several = Object.values<Json>(content.examples ?? {}).map(({ value }) => value);
      const examples = content.example === undefined ? several : [content.example];
      return [{ id, method: method.toUpperCase(), type, examples, statuses }];
    }),
  );
}

async function send({ id, method, type }: Shown, example: Json, which: number): Promise<Answered> {
  const ready = READY[id];
  if (ready === undefined) throw new Error(`nobody has said what comes before ${id}`);
  const [ask, path, change] = await ready(example, which);
  if (type === null) return ask(method, path);
  const body = typeof example === 'string' ? example : { ...example, ...change };
  const sent = type === 'multipart/form-data' ? `${type}; boundary=confine` : type;
  return ask(method, path, { body, headers: { 'content-type': sent } });
}

describe('examples of the documentation', () => {
  it('are there for every command that has a body, and every command is sent here', () => {
    const commands = commandsOf();
    expect(commands.filter(({ type, examples }) => type !== null && examples.length === 0)).toEqual([]);
    expect(commands.map(({ id }) => id).sort()).toEqual(Object.keys(READY).sort());
  });

  it.each(Object.keys(READY))('%s', async (id) => {
    const shown = commandsOf().find((one) => one.id === id);
    if (shown === undefined) throw new Error(`${id} is not documented`);
    const examples = shown.type === null ? [null] : shown.examples;
    for (const [which, example] of examples.entries()) {
      const answer = await send(shown, example, which);
      expect(shown.statuses, `${answer.status} ${answer.bytes}`).toContain(String(answer.status));
    }
  });

  it('no schema of an answer dropped anything', () => {
    expect(node.lost).toEqual([]);
  });
});
