/** Everything an office can have, so that every route can be called with something real. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  caller,
  ESEMPIO,
  ESTERNO,
  type Json,
  type Node,
  stateOf,
  submitted,
  until,
  uploaded,
} from '../../support/node.ts';
import type { GoldenRoute } from './golden-routes.ts';

export interface Belongings {
  readonly key: string;
  readonly year: string;
  /** Registration of an outgoing message; nobody else has this number. */
  readonly number: string;
  readonly upload: string;
  readonly incoming: string;
  readonly sha256: string;
  /** Of a document of that outgoing message. */
  readonly sent: string;
  readonly exchange: string;
  readonly mail: string;
  readonly task: string;
  readonly webhook: string;
  readonly delivery: string;
  readonly announcement: string;
  /** As it asks another office what became of its message. */
  readonly asked: string;
}

/** A receiver of webhooks that wants none of what it is sent. */
export async function refusingReceiver(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(422).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/eventi`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** An office whose own system numbers, with one of each; nothing moves any more when it is there. */
export async function belongingsOf(node: Node, receiver: string): Promise<Belongings> {
  const key = await node.key(ESTERNO);
  const ask = caller(node.origin, key);
  const theirs = caller(node.origin, await node.key(ESEMPIO));
  const webhook = (await ask('POST', '/webhooks', { body: { url: receiver, types: ['received'] } })).json;
  await submitted(theirs, ['c_santangelo']);
  const arrived = await until('the message is there', async () => {
    const { json } = await ask('GET', '/incoming-messages?wait=5');
    return json.items[0]?.state === 'held' && json.items[0];
  });
  const detail = (await ask('GET', `/incoming-messages/${arrived.id}`)).json;
  const now = new Date().toISOString().slice(0, 10);
  const given = { number: 4711, date: now, time: '08:30:00' };
  const out = (await submitted(ask, ['c_esempio'], { registration: given })).json;
  await stateOf(ask, out.recipients[0].exchange, 'confirmed');
  const registered = (await ask('GET', `/registrations/PROT/${now.slice(0, 4)}/4711`)).json;
  await node.sandbox.receiveOrdinary('protocollo@pec.santangelo.example.it', ORDINARY);
  const task = await first(ask, '/tasks');
  const path = `/webhooks/${webhook.id}`;
  const delivery = await first(ask, `${path}/deliveries?state=dead`);
  const paused = await ask('POST', `${path}/pause`);
  const message = { ...ANNOUNCEMENT, messageId: crypto.randomUUID() };
  const announced = await ask('POST', '/index/messages', { body: message });
  if (paused.status !== 200 || announced.status !== 201) throw new Error('not everything is there');
  return {
    key,
    year: now.slice(0, 4),
    number: '4711',
    upload: await uploaded(ask, 'bozza.txt', 'Bozza'),
    incoming: arrived.id,
    sha256: detail.documents[0].sha256,
    sent: registered.documents[0].sha256,
    exchange: out.recipients[0].exchange,
    mail: detail.message,
    task: task.id,
    webhook: webhook.id,
    delivery: String(delivery.id),
    announcement: message.messageId,
    asked: `at=c_esempio/AESEMP1&register=PROT&year=${now.slice(0, 4)}&number=4711`,
  };
}

const first = (ask: ReturnType<typeof caller>, path: string): Promise<Json> =>
  until(path, async () => (await ask('GET', path)).json.items[0] ?? null);

const ORDINARY = Buffer.from(
  [
    'From: Mario Esempio <mario@posta.example.it>',
    'To: protocollo@pec.santangelo.example.it',
    'Subject: Richiesta di accesso agli atti',
    'Message-ID: <richiesta-1@posta.example.it>',
    'Date: Mon, 02 Mar 2026 09:00:00 +0100',
    '',
    'Si chiede copia della delibera.',
    '',
  ].join('\r\n'),
);
const ANNOUNCEMENT = {
  body: 'c_santangelo',
  changes: [{ field: 'contact', value: 'urp@example.it', validFrom: '2026-03-02' }],
  author: 'Ufficio protocollo',
  reason: 'Nuovo recapito.',
};

type Fill = (own: Belongings) => Readonly<Record<string, string>>;
const numbered: Fill = ({ year, number, sent }) => ({ register: 'PROT', year, number, sha256: sent });
/** By the first words of the path. */
const PARAMETERS: readonly (readonly [start: string, fill: Fill])[] = [
  ['~/uploads/:id', ({ upload }) => ({ id: upload })],
  ['~/outgoing-messages/:register', numbered],
  ['~/registrations/:register', numbered],
  ['~/incoming-messages/:id', ({ incoming, sha256 }) => ({ id: incoming, sha256 })],
  ['~/exchanges/:id', ({ exchange }) => ({ id: exchange })],
  ['~/mails/:id', ({ mail }) => ({ id: mail })],
  ['~/tasks/:id', ({ task }) => ({ id: task })],
  ['~/webhooks/:id', ({ webhook, delivery }) => ({ id: webhook, delivery })],
  ['~/daily-registers/:date', () => ({ date: new Date().toISOString().slice(0, 10) })],
  ['~/index/messages/:messageId', ({ announcement }) => ({ messageId: announcement })],
  ['~/index/layer/:body', () => ({ body: 'c_esempio' })],
  ['~/index/addresses', () => ({ address: 'protocollo@pec.esempio.example.it' })],
  ['~/index/bodies', () => ({ code: 'c_esempio' })],
  ['~/index/aoos/:ipa', () => ({ ipa: 'c_esempio', code: 'AESEMP1' })],
  ['~/index/aoos', () => ({ code: 'AESEMP1' })],
  ['~/index/offices', () => ({ code: 'UESE01' })],
  ['~/index/categories', () => ({ code: 'L6' })],
  ['~/index/history/:ipa', () => ({ ipa: 'c_esempio', code: 'AESEMP1' })],
  ['~/index/history', () => ({ code: 'c_esempio' })],
  ['/docs/static/*', () => ({ '*': 'swagger-ui.css' })],
];
const QUERIES: Readonly<Record<string, Fill>> = {
  '~/visure': ({ asked }) => Object.fromEntries(new URLSearchParams(asked)),
  '~/index/suggestions': () => ({ text: 'Esempio' }),
  '~/index/recipients': () => ({ ipa: 'c_provaria' }),
};

/** What stands in no office's tables: ids that nothing has. */
export const nothing = (own: Belongings): Belongings => {
  const none = '019c0000-0000-7000-8000-00000000dead';
  const ids = { upload: none, incoming: none, exchange: none, mail: none, task: none, webhook: none };
  return { ...own, ...ids, number: '999999', announcement: none, asked: own.asked.replace('4711', '999999') };
};

/** The path of a route with something in the place of every parameter, and its query. A route that is new has to be told. */
export function describeValidationError(
  { url }: Pick<GoldenRoute, 'url'>,
  own: Belongings,
): { path: string; query: URLSearchParams } {
  const values = PARAMETERS.find(([start]) => url.startsWith(start))?.[1](own) ?? {};
  const path = url.replace(/:([A-Za-z0-9]+)|\*/g, (all, name: string | undefined) => {
    const value = values[name ?? all];
    if (value === undefined) throw new Error(`nothing is known for ${all} in ${url}`);
    return encodeURIComponent(value);
  });
  return { path: path.replace('~', '/rest/interpro/v1'), query: new URLSearchParams(QUERIES[url]?.(own) ?? {}) };
}
