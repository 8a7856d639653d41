/** Documents, segnatura and mail of a registration, by its number, over the API of a whole node. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../../src/kernel/digest.ts';
import {
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

let node: Node;
let esempio: Caller;
let provaria: Caller;
let esterno: Caller;
let sent: Json;
/** At the sender, at the recipient that numbers, and at the one that waits. */
let out: string;
let there: string;
let held: Json;
beforeAll(async () => {
  node = await startNode();
  [esempio, provaria, esterno] = (await Promise.all(
    [ESEMPIO, PROVARIA, ESTERNO].map(async (aoo) => caller(node.origin, await node.key(aoo))),
  )) as [Caller, Caller, Caller];
  const documents = [
    await uploaded(esempio, 'delibera.txt', 'Delibera n. 12 del Consiglio'),
    await uploaded(esempio, 'allegato.txt', 'Allegato A'),
  ];
  const answer = await submitted(esempio, ['c_provaria', 'c_santangelo'], { documents });
  sent = answer.json;
  out = pathOf(sent.registration.number, sent.registration.date);
  const { peerNumber } = await stateOf(esempio, sent.recipients[0].exchange, 'confirmed');
  there = pathOf(...(peerNumber.split('/') as [string, string]));
  held = await until('it waits there', async () => (await esterno('GET', '/incoming-messages')).json.items[0] ?? null);
});
afterAll(() => node?.stop());

const pathOf = (number: string, year: string) => `PROT/${year.slice(0, 4)}/${Number(number)}`;
const DELIBERA = Buffer.from('Delibera n. 12 del Consiglio');

describe('the documents of a registration', () => {
  it.each([
    ['sent, by whoever may read', () => esempio, () => `/registrations/${out}`],
    ['sent, by whoever may send', () => esempio, () => `/outgoing-messages/${out}`],
    ['received', () => provaria, () => `/registrations/${there}`],
  ])('come whole and in ranges: %s', async (_, who, base) => {
    const ask = who();
    const registration = (await ask('GET', base().replace('outgoing-messages', 'registrations'))).json;
    expect(registration.documents.map(({ role }: Json) => role)).toEqual(['primary', 'attachment']);
    for (const { sha256: digest, size, name } of registration.documents) {
      const whole = await ask('GET', `${base()}/documents/${digest}`);
      expect([whole.status, whole.bytes.length, sha256(whole.bytes)]).toEqual([200, size, digest]);
      expect(whole.headers.get('content-disposition')).toContain(name);
    }
    const path = `${base()}/documents/${sha256(DELIBERA)}`;
    const part = await ask('GET', path, { headers: { range: 'bytes=0-7' } });
    expect([part.status, part.bytes.toString()]).toEqual([206, 'Delibera']);
    const known = { headers: { 'if-none-match': `"${sha256(DELIBERA)}"` } };
    expect((await ask('GET', path, known)).status).toBe(304);
    expect((await ask('GET', `${base()}/documents/${'f'.repeat(64)}`)).json.code).toBe('not-found');
  });
});

describe('the segnatura', () => {
  it('is the same at the sender and at every recipient', async () => {
    const written = await esempio('GET', `/outgoing-messages/${out}/segnatura`);
    expect([written.status, written.headers.get('content-type')]).toEqual([200, 'application/xml']);
    expect(written.bytes.toString()).toContain(`<NumeroRegistrazione>${sent.registration.number}<`);
    const others = await Promise.all([
      esempio('GET', `/registrations/${out}/segnatura?exchange=${sent.recipients[1].exchange}`),
      provaria('GET', `/registrations/${there}/segnatura`),
      esterno('GET', `/incoming-messages/${held.id}/segnatura`),
    ]);
    for (const { bytes } of others) expect(bytes.toString()).toBe(written.bytes.toString());
    const end = await esterno('GET', `/incoming-messages/${held.id}/segnatura`, { headers: { range: 'bytes=-12' } });
    expect([end.status, end.bytes]).toEqual([206, written.bytes.subarray(-12)]);
  });
});

describe('the mail', () => {
  it('as it was sent to each recipient, whole and in ranges', async () => {
    const [first, second] = await Promise.all(
      sent.recipients.map(({ exchange }: Json) => esempio('GET', `/registrations/${out}/mail?exchange=${exchange}`)),
    );
    expect(first.headers.get('content-type')).toBe('message/rfc822');
    expect(first.bytes.toString()).toContain(`Message-ID: ${sent.recipients[0].messageId}`);
    expect(second.bytes.toString()).toContain(`Message-ID: ${sent.recipients[1].messageId}`);
    expect(first.headers.get('etag')).toBe(`"${sha256(first.bytes)}"`);
    // Byte for byte what the recipient's provider delivered inside its envelope, but for the headers it adds.
    const body = first.bytes.subarray(first.bytes.indexOf('\r\n\r\n'), -2);
    expect(body.length).toBeGreaterThan(1_000);
    const delivered = node.sandbox.mails('protocollo@pec.provaria.example.it').map(({ bytes }) => Buffer.from(bytes));
    expect(delivered.some((mail) => mail.includes(body))).toBe(true);
    const path = `/outgoing-messages/${out}/mail`;
    const part = await esempio('GET', path, { headers: { range: 'bytes=100-4999' } });
    expect([part.status, part.bytes]).toEqual([206, first.bytes.subarray(100, 5000)]);
  });

  it('as it arrived', async () => {
    const id = (await provaria('GET', `/registrations/${there}`)).json.message;
    const raw = await provaria('GET', `/mails/${id}/raw`);
    expect((await provaria('GET', `/registrations/${there}/mail`)).bytes.equals(raw.bytes)).toBe(true);
    const other = await esterno('GET', `/incoming-messages/${held.id}/mail`);
    expect(sha256(other.bytes)).toBe((await esterno('GET', `/mails/${held.message}`)).json.sha256);
  });
});

describe('nobody gets', () => {
  it('the files of a registration without the scope for them', async () => {
    const digest = sha256(DELIBERA);
    const register = caller(node.origin, await node.key(ESEMPIO, ['register:read']));
    const sender = caller(node.origin, await node.key(ESEMPIO, ['messages:send']));
    for (const file of [`documents/${digest}`, 'segnatura', 'mail']) {
      expect((await register('GET', `/registrations/${out}/${file}`)).status).toBe(403);
      expect((await register('GET', `/outgoing-messages/${out}/${file}`)).status).toBe(403);
      expect((await sender('GET', `/registrations/${out}/${file}`)).status).toBe(403);
      expect((await sender('GET', `/outgoing-messages/${out}/${file}`)).status).toBe(200);
      // What was received is no message that was sent.
      expect((await provaria('GET', `/outgoing-messages/${there}/${file}`)).status).toBe(404);
      expect((await esterno('GET', `/registrations/${out}/${file}`)).status).toBe(404);
    }
    const foreign = sent.recipients[0].exchange;
    expect((await provaria('GET', `/registrations/${there}/mail?exchange=${foreign}`)).status).toBe(404);
    expect((await esempio('GET', `/registrations/${out}/mail?exchange=${crypto.randomUUID()}`)).status).toBe(404);
  });

  it('bytes that were altered on the disk', async () => {
    const documents = [await uploaded(esempio, 'altra.txt', 'Un altro testo')];
    const other = (await submitted(esempio, ['c_provaria'], { documents })).json;
    await stateOf(esempio, other.recipients[0].exchange, 'confirmed');
    const digest = sha256('Un altro testo');
    const files = await readdir(node.folder, { recursive: true, withFileTypes: true });
    const found = files.find((one) => one.isFile() && digest.endsWith(one.name.slice(-40)));
    const file = join(found?.parentPath ?? '', found?.name ?? '');
    expect((await readFile(file)).toString()).toBe('Un altro testo');
    await writeFile(file, 'Un altro TESTO');
    const base = `/registrations/${pathOf(other.registration.number, other.registration.date)}`;
    expect(await esempio('GET', `${base}/mail`)).toMatchObject({ status: 500, json: { code: 'document-lost' } });
    const refused = await esempio('GET', `${base}/documents/${digest}`);
    expect(refused).toMatchObject({ status: 500, json: { code: 'document-lost' } });
    for (const name of ['etag', 'accept-ranges', 'content-disposition']) expect(refused.headers.has(name)).toBe(false);
  });
});

it('no schema of an answer dropped anything, and every refusal was one the route tells of', () => {
  expect(node.lost).toEqual([]);
  expect([...node.undeclared]).toEqual([]);
});
