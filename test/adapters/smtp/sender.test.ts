import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { compose } from '../../../src/adapters/smtp/compose.ts';
import { smtpSender } from '../../../src/adapters/smtp/sender.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { type Documents, DocumentsError } from '../../../src/service/documents/documents.ts';
import type { MailSender } from '../../../src/service/outbox/mail-sender.ts';
import type { MailRecipe } from '../../../src/service/register/mail-recipe.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { startSubmission } from './submission-server.ts';

const xml = '<?xml version="1.0" encoding="UTF-8"?>\n<Segnatura>perché</Segnatura>\n';
const pdf = randomBytes(300_000);

let folder: string;
let documents: Documents;
let recipe: MailRecipe;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'interpro-smtp-'));
  documents = await folderDocuments(folder);
  const { sha256 } = await documents.put(pdf);
  recipe = {
    messageId: '<interpro.0000001@esempio.example.it>',
    from: 'protocollo@esempio.example.it',
    to: ['protocollo@provaria.example.it'],
    subject: 'Trasmissione della delibera n. 1 — perché è così',
    date: '2026-03-04T05:06:07.000Z',
    text: 'Si trasmette quanto in oggetto.\n.riga che comincia con un punto\nPerché no?\n',
    parts: [
      { name: 'Segnatura.xml', mediaType: 'application/xml', content: { base64: Buffer.from(xml).toString('base64') } },
      { name: 'Delibera n° 1 «finale».pdf', mediaType: 'application/pdf', content: { sha256 } },
    ],
  };
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Decodes a base64 part by its file name, independently of the code under test. */
function partAfter(mail: string, marker: string): Buffer {
  const start = mail.indexOf('\r\n\r\n', mail.indexOf(marker)) + 4;
  const end = mail.indexOf('\r\n--', start);
  return Buffer.from(mail.slice(start, end), 'base64');
}

describe('a composed mail', () => {
  it('has the same bytes for the same recipe, at any time', async () => {
    const first = await buffer(compose(recipe, documents));
    await sleep(1100);
    const again = await buffer(compose(structuredClone(recipe), documents));
    expect(again.equals(first)).toBe(true);
    const other = await buffer(compose({ ...recipe, messageId: '<interpro.0000002@esempio.example.it>' }, documents));
    expect(other.equals(first)).toBe(false);
  });

  it('carries identity, date and the exact parts', async () => {
    const mail = (await buffer(compose(recipe, documents))).toString('latin1');
    expect(mail).toContain('\r\nMessage-ID: <interpro.0000001@esempio.example.it>\r\n');
    expect(mail).toContain('\r\nDate: Wed, 04 Mar 2026 05:06:07 +0000\r\n');
    expect(mail).toMatch(/Content-Type: application\/xml; name="?Segnatura\.xml"?\r\n/);
    expect(mail).toMatch(/Content-Disposition: attachment; filename="?Segnatura\.xml"?\r\n/);
    expect(mail).toContain('Content-Type: text/plain; charset=utf-8\r\n');
    expect(partAfter(mail, 'application/xml').toString()).toBe(xml);
    expect(partAfter(mail, 'application/pdf').equals(pdf)).toBe(true);
    // RFC 2231: one parameter, or its pieces in order.
    const name = [...mail.matchAll(/filename\*(?:\d+\*)?=(?:utf-8'')?([^;\r]*)/gi)].map((match) => match[1]).join('');
    expect(decodeURIComponent(name)).toBe('Delibera n° 1 «finale».pdf');
    // Every line ends with CRLF and none is longer than RFC 5322 allows.
    expect(mail.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(Math.max(...mail.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  it('requests a short delivery receipt if the recipe does', async () => {
    const head = async (asked: MailRecipe) =>
      (await buffer(compose(asked, documents))).toString('latin1').slice(0, 2_000);
    expect(await head({ ...recipe, receipt: 'breve' })).toContain('\r\nX-TipoRicevuta: breve\r\n');
    expect(await head(recipe)).not.toContain('X-TipoRicevuta');
  });

  it('lets no recipe add headers', async () => {
    const evil = {
      ...recipe,
      subject: 'a\r\nBcc: spia@example.it',
      parts: [{ name: 'x\r\nX-Falso: 1', mediaType: 'application/xml', content: { base64: '' } }],
    };
    const mail = (await buffer(compose(evil, documents))).toString('latin1');
    expect(mail).not.toMatch(/^(Bcc|X-Falso):/m);
  });
});

describe('a hand-over to a real submission server', () => {
  let server: Awaited<ReturnType<typeof startSubmission>>;
  let sender: MailSender;

  beforeEach(async () => {
    server = await startSubmission();
    sender = smtpSender(documents, { connectMs: 2_000, silenceMs: 2_000 });
  });
  afterEach(async () => {
    await sender.close();
    await server.stop();
  });

  it('delivers the composed bytes', async () => {
    const handover = await sender.send(server.account, recipe);
    expect(handover).toMatchObject({ outcome: 'accepted', response: expect.stringContaining('250') });
    expect(server.received).toHaveLength(1);
    expect(server.received[0]?.from).toBe('protocollo@esempio.example.it');
    expect(server.received[0]?.to).toEqual(['protocollo@provaria.example.it']);
    const expected = await buffer(compose(recipe, documents));
    expect(server.received[0]?.bytes.equals(expected)).toBe(true);
  });

  it('keeps few connections for many mails', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        sender.send(server.account, { ...recipe, messageId: `<n${index}@esempio.example.it>` }),
      ),
    );
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    expect(server.received).toHaveLength(60);
    expect(server.state.connections).toBeLessThanOrEqual(4);
    const ids = server.received.map(({ bytes }) => /^Message-ID: (.*)\r$/m.exec(bytes.toString('latin1'))?.[1]);
    expect(new Set(ids).size).toBe(60);
  });

  it.each([
    ['550@example.it', 'envelope', '550'],
    ['450@example.it', 'temporary', '450'],
    ['after-554@example.it', 'permanent', '554'],
    ['after-451@example.it', 'temporary', '451'],
  ])('to %s is %s', async (to, outcome, code) => {
    expect(await sender.send(server.account, { ...recipe, to: [to] })).toMatchObject({
      outcome,
      response: expect.stringMatching(new RegExp(`^${code}`)),
    });
    // The refusal of one mail does not affect the next.
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
  });

  it('names the recipients that were refused while others were accepted', async () => {
    const handover = await sender.send(server.account, { ...recipe, to: ['buono@example.it', '550@example.it'] });
    expect(handover).toMatchObject({ outcome: 'accepted', refused: [{ address: '550@example.it' }] });
    expect(server.received[0]?.to).toEqual(['buono@example.it']);
  });

  it('with a wrong password fails as authentication', async () => {
    expect(await sender.send({ ...server.account, password: 'sbagliata' }, recipe)).toMatchObject({
      outcome: 'authentication',
    });
    expect(server.received).toEqual([]);
  });

  it('fails as unreachable while the server is down, and works once it is back', async () => {
    await server.stop();
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'unreachable' });
    server = await startSubmission({ port: server.account.port });
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
  });

  it('opens a new connection when the kept one was hung up, without sending twice', async () => {
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
    server.hangUp();
    // Once before the client notices, and once after.
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
    server.hangUp();
    await sleep(50);
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
    expect(server.received).toHaveLength(3);
  });

  it('that breaks after the data fails as unreachable, and is not repeated', async () => {
    server.state.dropAtData = true;
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'unreachable' });
    expect(server.state.connections).toBe(1);
    server.state.dropAtData = false;
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
  });

  it("over TLS trusts the account's own authority and no other", async () => {
    const { key, cert } = selfSigned();
    const secured = await startSubmission({ tls: { key, cert } });
    const account = { ...secured.account, secure: true };
    expect(await sender.send(account, recipe)).toMatchObject({ outcome: 'unreachable' });
    expect(await sender.send({ ...account, ca: cert }, recipe)).toMatchObject({ outcome: 'accepted' });
    await secured.stop();
  });

  it('closes idle connections', async () => {
    const brief = smtpSender(documents, { idleMs: 50 });
    await brief.send(server.account, recipe);
    await sleep(300);
    await brief.send(server.account, recipe);
    expect(server.state.connections).toBe(2);
    await brief.close();
  });

  it('fails if a document is missing, and sends nothing', async () => {
    const lost = {
      ...recipe,
      parts: [{ name: 'perso.pdf', mediaType: 'application/pdf', content: { sha256: sha256('mai visto') } }],
    };
    const patient = smtpSender(documents, { silenceMs: 3_600_000 });
    await expect(patient.send(server.account, lost)).rejects.toBeInstanceOf(DocumentsError);
    await patient.close();
    expect(server.received).toEqual([]);
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
  });

  it('never completes a mail with a document that was altered on the disk', async () => {
    for (const size of [3_000, 900_000]) {
      const bytes = randomBytes(size);
      const { sha256: digest } = await documents.put(bytes);
      bytes[7] = (bytes[7] ?? 0) ^ 1;
      await writeFile(join(folder, digest.slice(0, 2), digest), bytes);
      const parts = [{ name: 'alterato.bin', mediaType: 'application/octet-stream', content: { sha256: digest } }];
      await expect(sender.send(server.account, { ...recipe, parts })).rejects.toMatchObject({ fault: 'damaged' });
    }
    expect(server.received).toEqual([]);
    expect(await sender.send(server.account, recipe)).toMatchObject({ outcome: 'accepted' });
  });

  it('gives up on a server that says nothing', async () => {
    const mute = createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const address = mute.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const quick = smtpSender(documents, { connectMs: 200, silenceMs: 200 });
    expect(await quick.send({ ...server.account, port: address.port }, recipe)).toMatchObject({
      outcome: 'unreachable',
    });
    await quick.close();
    await new Promise((resolve) => mute.close(resolve));
  });

  it('streams a large document', async () => {
    const large = randomBytes(20_000_000);
    const { sha256 } = await documents.put(large);
    const parts = [{ name: 'grande.bin', mediaType: 'application/octet-stream', content: { sha256 } }];
    expect(await sender.send(server.account, { ...recipe, parts })).toMatchObject({ outcome: 'accepted' });
    const got = partAfter(server.received[0]?.bytes.toString('latin1') ?? '', 'grande.bin');
    expect(createHash('sha256').update(got).digest('hex')).toBe(sha256);
  });
});
