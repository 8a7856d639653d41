/** A node on which every command of the API can be sent: what has to be there first, and the request that is documented. */

import {
  type Answered,
  type Caller,
  caller,
  ESEMPIO,
  ESTERNO,
  type Json,
  type Node,
  PROVARIA,
  startNode,
  stateOf,
  submitted,
  until,
  uploaded,
} from '../../../support/node.ts';
import { NODE_TOKEN } from '../../../support/node-token.ts';
import { writtenOut } from '../../../support/written-out.ts';
import { refusingReceiver } from '../belongings.ts';

export interface Stage {
  readonly node: Node;
  readonly receiver: Awaited<ReturnType<typeof refusingReceiver>>;
  readonly document: Json;
  readonly esempio: Caller;
  readonly provaria: Caller;
  /** Whose own system numbers. */
  readonly esterno: Caller;
  readonly admin: Caller;
  /** Another client of the same office. */
  colleague(who: Who): Promise<Caller>;
  stop(): Promise<void>;
}

export const OFFICE = { esempio: ESEMPIO, provaria: PROVARIA, esterno: ESTERNO, admin: null } as const;

export async function openStage(): Promise<Stage> {
  const receiver = await refusingReceiver();
  const node = await startNode({ webhookHosts: ['127.0.0.1'] });
  const colleague = async (who: Who) =>
    caller(node.origin, await node.key(OFFICE[who], who === 'admin' ? ['node:admin'] : undefined));
  const esempio = await colleague('esempio');
  return {
    node,
    receiver,
    document: writtenOut((await esempio('GET', '/openapi.json')).json),
    esempio,
    provaria: await colleague('provaria'),
    esterno: await colleague('esterno'),
    admin: caller(node.origin, NODE_TOKEN),
    colleague,
    async stop() {
      await node.stop();
      await receiver.close();
    },
  };
}

/** A message that has just arrived where the office's own system numbers. */
async function held(on: Stage): Promise<string> {
  const { json } = await submitted(on.esempio, ['c_santangelo']);
  const { number } = json.registration;
  const found = await until('it has arrived', async () => {
    const { items } = (await on.esterno('GET', '/incoming-messages?limit=500')).json;
    return items.find((one: Json) => one.peerNumber?.startsWith(number)) ?? null;
  });
  return found.id;
}
let given = 100;
const registered = async (on: Stage, confirm: boolean): Promise<string> => {
  const id = await held(on);
  given += 1;
  const registration = { number: given, date: '2026-03-02', time: '10:00:00' };
  const { status } = await on.esterno('POST', `/incoming-messages/${id}/registration`, {
    body: { registration, confirm },
  });
  if (status !== 200) throw new Error(`not registered: ${status}`);
  return id;
};
/** A registration that its recipient has confirmed: its path. */
async function confirmed(on: Stage): Promise<string> {
  const { json } = await submitted(on.esempio, ['c_provaria']);
  await stateOf(on.esempio, json.recipients[0].exchange, 'confirmed');
  const { register, date, number } = json.registration;
  return `/registrations/${register}/${date.slice(0, 4)}/${Number(number)}`;
}
/** Somebody has to see that a message did not get there. */
async function task(on: Stage): Promise<string> {
  const { status } = await submitted(on.provaria, ['nessuno@pec.esempio.example.it'], { addressAsItIs: true });
  if (status !== 201) throw new Error(`not submitted: ${status}`);
  const told = async () =>
    (await on.provaria('GET', '/tasks')).json.items.find((one: Json) => /deliver/.test(one.code));
  return (await until('a person is told', async () => (await told()) ?? null)).id;
}
const webhook = async (on: Stage): Promise<string> =>
  (await on.esterno('POST', '/webhooks', { body: { url: on.receiver.url, types: ['received'] } })).json.id;
/** One that has an event its receiver did not want. */
async function refusedDelivery(on: Stage): Promise<string> {
  const id = await webhook(on);
  await held(on);
  const dead = await until('a dead letter', async () => {
    const { json } = await on.esterno('GET', `/webhooks/${id}/deliveries?state=dead`);
    return json.items[0] ?? null;
  });
  return `/webhooks/${id}/deliveries/${dead.id}`;
}
const announced = async (on: Stage, body: Json): Promise<string> => {
  const messageId = crypto.randomUUID();
  await on.esempio('POST', '/index/messages', { body: { ...body, messageId } });
  return messageId;
};

/** What comes before each example: where it is sent, by whom, and what in it stands for something else. */
export type Who = 'esempio' | 'provaria' | 'esterno' | 'admin';
type Ready = readonly [who: Who, path: string, change?: object];
export const READY: Readonly<Record<string, (on: Stage, example: Json, which: number) => Promise<Ready>>> = {
  openUpload: async () => ['esempio', '/uploads'],
  writeUpload: async (on, example) => {
    const body = { name: 'delibera.txt', mediaType: 'text/plain', size: Buffer.byteLength(example) };
    return ['esempio', `/uploads/${(await on.esempio('POST', '/uploads', { body })).json.id}/content`];
  },
  cancelUpload: async (on) => ['esempio', `/uploads/${await uploaded(on.esempio, 'bozza.txt', 'Bozza')}`],
  submitMessage: async (on) => {
    const documents = [await uploaded(on.esempio, 'delibera.txt', 'Delibera')];
    return ['esempio', '/outgoing-messages', { documents }];
  },
  submitMessageWithDocuments: async () => ['esempio', '/outgoing-messages/with-documents'],
  registerIncomingMessage: async (on, _, which) => {
    if (which === 0) return ['esterno', `/incoming-messages/${await held(on)}/registration`];
    await on.node.sandbox.receiveOrdinary('protocollo@pec.provaria.example.it', ORDINARY);
    const asked = await until('it waits for a person', async () => {
      const { items } = (await on.provaria('GET', '/incoming-messages')).json;
      return items.find((one: Json) => one.state === 'operator') ?? null;
    });
    return ['provaria', `/incoming-messages/${asked.id}/registration`];
  },
  confirmIncomingMessage: async (on) => ['esterno', `/incoming-messages/${await registered(on, false)}/confirmation`],
  refuseIncomingMessage: async (on) => ['esterno', `/incoming-messages/${await held(on)}/refusal`],
  takeIncomingMessage: async (on) => ['esterno', `/incoming-messages/${await held(on)}/taking`],
  handOverIncomingMessage: async (on) => ['esterno', `/incoming-messages/${await held(on)}/hand-over`],
  closeIncomingMessage: async (on) => ['esterno', `/incoming-messages/${await held(on)}/closure`],
  resendMessage: async (on) => {
    const { json } = await submitted(on.esempio, ['c_santangelo']);
    const { exchange } = json.recipients[0];
    await stateOf(on.esempio, exchange, 'delivered');
    return ['esempio', `/exchanges/${exchange}/resend`];
  },
  closeTask: async (on) => ['provaria', `/tasks/${await task(on)}/closure`],
  annulRegistration: async (on) => ['esempio', `${await confirmed(on)}/annulment`],
  changeRegistration: async (on) => ['esempio', `${await confirmed(on)}/changes`],
  createWebhook: async () => ['esempio', '/webhooks'],
  removeWebhook: async (on) => ['esterno', `/webhooks/${await webhook(on)}`],
  pauseWebhook: async (on) => ['esterno', `/webhooks/${await webhook(on)}/pause`],
  resumeWebhook: async (on) => {
    const id = await webhook(on);
    await on.esterno('POST', `/webhooks/${id}/pause`);
    return ['esterno', `/webhooks/${id}/resume`];
  },
  rotateWebhookSecret: async (on) => ['esterno', `/webhooks/${await webhook(on)}/secret`],
  rotateOwnCredential: async () => ['esempio', '/credentials/self/rotation'],
  testWebhook: async (on) => ['esterno', `/webhooks/${await webhook(on)}/test`],
  replayWebhookDelivery: async (on) => ['esterno', `${await refusedDelivery(on)}/replay`],
  replayWebhookDeliveries: async (on) => ['esterno', `${(await refusedDelivery(on)).replace(/\/\d+$/, '')}/replay`],
  lookUpEntries: async () => ['esempio', '/index/look-ups'],
  setLayer: async () => ['admin', '/index/layer'],
  announceChange: async () => ['esempio', '/index/messages'],
  decideAnnouncement: async (on) => {
    const shown = on.document.paths['/index/messages'].post.requestBody.content['application/json'].example;
    return ['admin', `/index/messages/${await announced(on, shown)}/decision`];
  },
  importIndex: async () => ['admin', '/index/imports'],
};

const ORDINARY = Buffer.from(
  ['From: mario@posta.example.it', 'Subject: Richiesta', 'Message-ID: <r@posta.example.it>', '', 'Testo', ''].join(
    '\r\n',
  ),
);

/** A command as the documentation has it. */
export interface Shown {
  readonly id: string;
  readonly method: string;
  readonly type: string | null;
  readonly examples: readonly Json[];
  readonly statuses: readonly string[];
  /** Names of its headers; those that must be there end in nothing, the others in `?`. */
  readonly headers: readonly string[];
}

export function commandsOf({ document }: Stage): readonly Shown[] {
  return Object.values<Json>(document.paths).flatMap((methods) =>
    Object.entries<Json>(methods).flatMap(([method, { operationId: id, requestBody, responses, parameters = [] }]) => {
      if (method === 'get') return [];
      const statuses = Object.keys(responses).filter((status) => status.startsWith('2'));
      const [type = null, content = {}] = Object.entries<Json>(requestBody?.content ?? {})[0] ?? [];
      const several = Object.values<Json>(content.examples ?? {}).map(({ value }) => value);
      const examples = content.example === undefined ? several : [content.example];
      const headers = parameters
        .filter((one: Json) => one.in === 'header')
        .map(({ name, required }: Json) => (required ? name.toLowerCase() : `${name.toLowerCase()}?`));
      return [{ id, method: method.toUpperCase(), type, examples, statuses, headers }];
    }),
  );
}

/** A command that can be sent, as often as it takes. */
export interface ToSend {
  readonly who: Who;
  readonly path: string;
  send(ask: Caller, headers?: Readonly<Record<string, string>>, more?: object): Promise<Answered>;
}

/** Does what comes before an example, and gives the request. */
export async function readyToSend(on: Stage, { id, method, type }: Shown, example: Json, which = 0): Promise<ToSend> {
  const ready = READY[id];
  if (ready === undefined) throw new Error(`nobody has said what comes before ${id}`);
  const [who, path, change] = await ready(on, example, which);
  const sent = type === 'multipart/form-data' ? `${type}; boundary=confine` : type;
  return {
    who,
    path,
    send(ask, headers = {}, more = {}) {
      if (type === null) return ask(method, path, { headers });
      const body = typeof example === 'string' ? example : { ...example, ...change, ...more };
      return ask(method, path, { body, headers: { 'content-type': sent ?? '', ...headers } });
    },
  };
}
