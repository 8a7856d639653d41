/** What arrives at an office, over the API of a whole node, and what its own protocol system decides about it. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresCredentials } from '../../../../src/adapters/postgres/credentials.ts';
import type { MailAddress } from '../../../../src/kernel/ids.ts';
import { aooId } from '../../../../src/kernel/ids.ts';
import { createCredential } from '../../../../src/service/access/manage-credentials.ts';
import type { Views } from '../../../../src/service/queries/views.ts';
import { MITTENTE } from '../../../exchange/councils.ts';
import { nextNumber, PDF, protocolMail } from '../../../exchange/mails.ts';
import {
  type Caller,
  caller,
  ESEMPIO,
  ESTERNO,
  type Json,
  known,
  type Node,
  PROVARIA,
  startNode,
  stateOf,
  submitted,
  until,
} from '../../../support/node.ts';

const SANTANGELO = {
  administration: 'c_santangelo',
  code: 'AOO1',
  name: "Comune di Sant'Angelo in Prova",
  address: 'protocollo@pec.santangelo.example.it' as MailAddress,
};
let node: Node;
let views: Views;
let esempio: Caller;
let provaria: Caller;
let esterno: Caller;
beforeAll(async () => {
  node = await startNode({ webhookHosts: ['127.0.0.1'] });
  await node.sandbox.addMailbox({ address: MITTENTE.address, password: 'segreta' });
  views = node.service.views;
  [esempio, provaria, esterno] = (await Promise.all(
    [ESEMPIO, PROVARIA, ESTERNO].map(async (aoo) => caller(node.origin, await node.key(aoo))),
  )) as [Caller, Caller, Caller];
});
afterAll(() => node?.stop());

/** A message to the office whose own system numbers: there, and at its sender. */
async function arrived(): Promise<{ readonly here: Json; readonly there: string; readonly number: string }> {
  const { json } = await submitted(esempio, ['c_santangelo']);
  const { number } = json.registration;
  const here = await until('it has arrived', async () => {
    const { items } = (await esterno('GET', '/incoming-messages?limit=500')).json;
    return items.find((one: Json) => one.peerNumber?.startsWith(number)) ?? null;
  });
  return { here, there: json.recipients[0].exchange, number };
}
const decide = (id: string, how: string, body?: object, version?: number) =>
  esterno('POST', `/incoming-messages/${id}/${how}`, {
    ...(body !== undefined && { body }),
    ...(version !== undefined && { headers: { 'if-match': `"${version}"` } }),
  });
let last = 500;
const given = () => {
  last += 1;
  return { number: last, date: '2026-03-02', time: '10:15:00' };
};

describe('what has arrived', () => {
  it('comes in order and without a gap, and who waits is told at once', async () => {
    const start = (await esterno('GET', '/incoming-messages?limit=500')).json.items.at(-1)?.position ?? 0;
    const waiting = esterno('GET', `/incoming-messages?after=${start}&wait=30`);
    const sent = await Promise.all([1, 2, 3].map(() => arrived()));
    const woken = (await waiting).json.items;
    expect(woken.length).toBeGreaterThan(0);
    expect(woken[0].position).toBeGreaterThan(start);
    const seen: Json[] = [];
    for (let after = start; ; after = seen.at(-1).position) {
      const { items } = (await esterno('GET', `/incoming-messages?after=${after}&limit=1`)).json;
      if (items.length === 0) break;
      seen.push(...items);
    }
    expect(seen.map(({ id }) => id).sort()).toEqual(sent.map(({ here }) => here.id).sort());
    expect(seen.map(({ position }) => position)).toEqual(
      seen.map(({ position }) => position).toSorted((a, b) => a - b),
    );
    const nobody = performance.now();
    expect((await esterno('GET', `/incoming-messages?after=${seen.at(-1).position}&wait=1`)).json.items).toEqual([]);
    expect(performance.now() - nobody).toBeGreaterThan(900);
  });

  it('is shown whole: segnatura, documents, verdict, mail', async () => {
    const { here, number } = await arrived();
    const answer = await esterno('GET', `/incoming-messages/${here.id}`);
    const shown = answer.json;
    expect(shown).toMatchObject({ ...here, confirmationRequested: true, plain: false, state: 'held' });
    // A flag: the document bears no signature.
    expect(shown.problems).toMatchObject([{ code: 'document-unsigned' }]);
    expect(shown.segnatura.identifier).toMatchObject({ administration: 'c_esempio', number });
    expect(shown.documents).toMatchObject([{ role: 'primary', digest: 'not-declared', present: true }]);
    expect(answer.headers.get('etag')).toBe(`"${shown.version}"`);
    const headers = { 'if-none-match': `"${shown.version}"` };
    expect(await esterno('GET', `/incoming-messages/${here.id}`, { headers })).toMatchObject({ status: 304 });
    const mail = (await esterno('GET', `/mails/${shown.message}`)).json;
    expect(known(mail)).toEqual(known(await views.message(shown.message)));
    expect(mail.inspection).toMatchObject({ kind: 'protocol-message' });
    expect(shown.segnatura).toMatchObject(known({ ...mail.inspection.segnatura, problems: undefined }));
  });

  it('its documents come whole and in ranges', async () => {
    const { here } = await arrived();
    const [document] = (await esterno('GET', `/incoming-messages/${here.id}`)).json.documents;
    const path = `/incoming-messages/${here.id}/documents/${document.sha256}`;
    const whole = await esterno('GET', path);
    expect([whole.status, whole.bytes.length]).toEqual([200, document.size]);
    expect(whole.bytes.toString()).toMatch(/^Contenuto \d+$/);
    expect(whole.headers.get('content-disposition')).toContain('attachment');
    const range = await esterno('GET', path, { headers: { range: 'bytes=3-6' } });
    expect(range.headers.get('content-range')).toBe(`bytes 3-6/${document.size}`);
    expect([range.status, range.bytes.toString()]).toEqual([206, 'tenu']);
    const end = await esterno('GET', path, { headers: { range: 'bytes=-2' } });
    expect([end.status, end.bytes]).toEqual([206, whole.bytes.subarray(-2)]);
    expect(await esterno('GET', path, { headers: { range: 'bytes=9999-' } })).toMatchObject({
      status: 416,
      json: { code: 'range-not-satisfiable' },
    });
    expect((await esterno('GET', path.replace(document.sha256, 'f'.repeat(64)))).json.code).toBe('not-found');
  });
});

describe('what an office with its own numbers decides', () => {
  it('take, register with its number, confirm: the sender learns that number', async () => {
    const { here, there } = await arrived();
    const taken = await decide(here.id, 'taking', { reason: 'Preso in carico.' }, here.version);
    expect(taken).toMatchObject({ status: 200, json: { exchange: here.id, state: 'held' } });
    expect(taken.json.version).toBeGreaterThan(here.version);
    expect(await decide(here.id, 'registration', {})).toMatchObject({ status: 422, json: { code: 'number-missing' } });
    const registration = given();
    const body = {
      registration,
      subject: 'Oggetto corretto',
      office: 'Ufficio Tecnico',
      classification: '6.3',
      confirm: false,
    };
    const done = await decide(here.id, 'registration', body, taken.json.version);
    expect(done).toMatchObject({ status: 200, json: { state: 'registered' } });
    expect(done.json.registration).toMatchObject({ register: 'PROT', date: '2026-03-02' });
    expect(Number(done.json.registration.number)).toBe(registration.number);
    expect(await decide(here.id, 'registration', { registration: given() })).toMatchObject({ status: 409 });
    const shown = (await esterno('GET', `/registrations/PROT/2026/${registration.number}`)).json;
    expect(shown).toMatchObject({ subject: 'Oggetto corretto', office: 'Ufficio Tecnico', classification: '6.3' });
    expect(known(shown)).toEqual(known(await views.registration(shown.id)));
    const confirmed = await decide(here.id, 'confirmation');
    expect(confirmed).toMatchObject({ status: 200, json: { state: 'confirming' } });
    expect(await stateOf(esempio, there, 'confirmed')).toMatchObject({
      peerNumber: expect.stringContaining(String(registration.number)),
    });
    const other = await arrived();
    expect(await decide(other.here.id, 'registration', { registration })).toMatchObject({
      status: 409,
      json: { code: 'number-taken' },
    });
  });

  it('refuse with a reason: the sender reads it, also in the visura', async () => {
    const { here, there, number } = await arrived();
    const reason = 'Il documento primario è illeggibile.';
    expect(await decide(here.id, 'refusal', { reason })).toMatchObject({ status: 200, json: { state: 'refusing' } });
    const known = await until('the exception is there', async () => {
      const { json } = await esempio('GET', `/exchanges/${there}`);
      return json.events.some(({ type }: Json) => type === 'exception') && json;
    });
    expect(JSON.stringify(known.events)).toContain(reason);
    const year = new Date().getFullYear();
    const visura = await esempio('GET', `/visure?at=${ESTERNO}&register=PROT&year=${year}&number=${Number(number)}`);
    expect(visura.json).toMatchObject({ state: 'rifiutato', reason });
  });

  it('hand over to a person, who closes it; the task tells so', async () => {
    const { here } = await arrived();
    const handed = await decide(here.id, 'hand-over', { reason: 'Competenza da stabilire.' });
    expect(handed).toMatchObject({ status: 200, json: { state: 'operator' } });
    const open = (await esterno('GET', '/tasks?limit=500')).json.items.find((one: Json) => one.exchange === here.id);
    expect(known((await esterno('GET', `/tasks/${open.id}`)).json)).toEqual(known(await views.task(open.id)));
    expect(open.closedAt).toBeUndefined();
    const closed = await decide(here.id, 'closure', { reason: 'Non di competenza.' });
    expect(closed).toMatchObject({ status: 200, json: { state: 'closed' } });
    const after = (await esterno('GET', `/tasks/${open.id}`)).json;
    expect(after).toMatchObject({ closedAt: expect.any(String), closedBy: expect.any(String) });
    expect(await decide(here.id, 'refusal', { reason: 'x' })).toMatchObject({
      status: 409,
      json: { code: 'state-conflict' },
    });
  });

  it('an office that is numbered here does not bring a number', async () => {
    const plain = await until('something to decide', async () => {
      await node.sandbox.receiveOrdinary(
        'protocollo@pec.provaria.example.it',
        Buffer.from('Subject: Richiesta\r\n\r\nTesto\r\n'),
      );
      return (await provaria('GET', '/incoming-messages?wait=5')).json.items[0] ?? null;
    });
    const path = `/incoming-messages/${plain.id}/registration`;
    const refused = await provaria('POST', path, { body: { registration: given() } });
    expect(refused).toMatchObject({ status: 422, json: { code: 'number-not-ours' } });
    const done = await provaria('POST', path, { body: {} });
    expect(done).toMatchObject({ status: 200, json: { registration: { administration: 'c_provaria' } } });
  });
});

describe('the feed of an office', () => {
  it('has every fact once, in order, and the same again', async () => {
    const { here } = await arrived();
    await decide(here.id, 'taking', { reason: 'Preso in carico.' });
    const read = async (limit: number): Promise<readonly Json[]> => {
      const all: Json[] = [];
      for (;;) {
        const { items } = (await esterno('GET', `/events?after=${all.at(-1)?.seq ?? 0}&limit=${limit}`)).json;
        if (items.length === 0) return all;
        all.push(...items);
      }
    };
    const seen = await read(3);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, index) => index + 1));
    expect(await read(500)).toEqual(seen);
    const feed = await node.service.feed.after(ESTERNO, 0, 500);
    expect(seen).toEqual(
      feed.map(({ aoo: _, exchangeId: exchange, mailId: message, taskId: task, ...rest }) =>
        known({ ...rest, exchange, message, task }),
      ),
    );
    const last = seen.at(-1).seq;
    const waiting = esterno('GET', `/events?after=${last}&wait=30`);
    await decide(here.id, 'hand-over', { reason: 'Competenza da stabilire.' });
    expect((await waiting).json.items[0]).toMatchObject({ seq: last + 1, exchange: here.id });
  });
});

describe('a subscription', () => {
  it('is told of the same facts as the feed, in order, signed with the secret it was given', async () => {
    const heard: { readonly body: string; readonly signature: string }[] = [];
    const server = createServer(async (request, response) => {
      heard.push({ body: await text(request), signature: String(request.headers['interpro-signature']) });
      response.writeHead(204).end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    try {
      const { port } = server.address() as AddressInfo;
      const made = await esterno('POST', '/webhooks', { body: { url: `http://127.0.0.1:${port}/eventi` } });
      expect(made.status, `${made.bytes}`).toBe(201);
      const { secret, position } = made.json;
      const { here } = await arrived();
      await decide(here.id, 'taking', { reason: 'Preso in carico.' });
      const { items } = (await esterno('GET', `/events?after=${position}`)).json;
      expect(items.map(({ type }: Json) => type)).toEqual(['received', 'taken']);
      await until('both are told', async () => heard.length >= items.length);
      expect(heard.map(({ body }) => JSON.parse(body))).toEqual(
        items.map((item: Json) => ({ ...item, aoo: ESTERNO, id: `${ESTERNO}:${item.seq}` })),
      );
      for (const { body, signature } of heard) {
        const [, seconds = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
        expect(createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')).toBe(mac);
      }
      expect((await esterno('DELETE', `/webhooks/${made.json.id}`)).status).toBe(204);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('an office of another node', () => {
  it('asks what became of its own message, and sees nothing else', async () => {
    const number = nextNumber();
    const mail = protocolMail(node.sandbox, { to: SANTANGELO, number, documents: [PDF] });
    node.sandbox.deliverRaw(SANTANGELO.address, mail);
    const own = await until('it is there', async () => {
      const { items } = (await esterno('GET', '/incoming-messages?limit=500')).json;
      return items.find((one: Json) => one.peerNumber?.startsWith(number)) ?? null;
    });
    const { administration, code } = MITTENTE;
    const aoo = aooId(administration, code);
    const manage = { credentials: postgresCredentials(node.pool), clock: { now: () => new Date() } };
    const owner = { aoo, administration, code, register: '', external: true } as const;
    const wish = { kind: 'api-key', name: 'Altrove', scopes: ['visura:read', 'index:read'] } as const;
    const made = await createCredential(owner, wish, 'prova', manage);
    const elsewhere = caller(node.origin, made.ok ? made.value.key : null);
    const year = new Date().getFullYear();
    const asked = `/visure?at=${ESTERNO}&register=PROT&year=${year}&number=${number}`;
    expect((await elsewhere('GET', asked)).json).toMatchObject({ state: 'in attesa' });
    await decide(own.id, 'registration', { registration: { ...given(), number: 9_001 } });
    expect((await elsewhere('GET', asked)).json).toMatchObject({
      state: 'registrato',
      registration: { number: '0009001' },
    });
    // Somebody else's message, and a message of nobody, are one answer.
    const theirs = (await arrived()).number;
    const foreign = await elsewhere('GET', `/visure?at=${ESTERNO}&register=PROT&year=${year}&number=${Number(theirs)}`);
    const none = await elsewhere('GET', `/visure?at=${ESTERNO}&register=PROT&year=${year}&number=77777777`);
    expect([foreign.status, foreign.json.code]).toEqual([404, 'not-found']);
    expect({ ...foreign.json, instance: '' }).toEqual({ ...none.json, instance: '' });
    expect((await elsewhere('GET', '/index/aoos/c_esempio/AESEMP1')).status).toBe(200);
    for (const path of ['/incoming-messages', '/registrations', '/events', '/exchanges', '/mails', '/tasks'])
      expect(await elsewhere('GET', path), path).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect((await createCredential(owner, { ...wish, scopes: ['register:read'] }, 'prova', manage)).ok).toBe(false);
    expect((await createCredential(owner, { ...wish, scopes: ['messages:send'] }, 'prova', manage)).ok).toBe(false);
  });
});

it('no schema of an answer dropped anything, and every refusal was one the route tells of', () => {
  expect(node.lost).toEqual([]);
  expect([...node.undeclared]).toEqual([]);
});
