import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect as connectTo } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { imapMailboxes } from '../../../src/adapters/imap/connector.ts';
import type { MailboxConnection } from '../../../src/service/intake/mailbox.ts';
import type { MailboxAccount } from '../../../src/service/register/accounts.ts';
import { type Dovecot, skipWithoutDovecot, startDovecot } from '../../support/dovecot.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { faultOf, never, whole } from './asking.ts';

const names = ['ordine', 'byte', 'grande', 'attesa', 'cambio', 'cade', 'salti', 'molti', 'vuota', 'finita'];

const plain = (subject: string, body = 'testo\r\n') =>
  Buffer.from(`From: ufficio@example.it\r\nTo: protocollo@example.it\r\nSubject: ${subject}\r\n\r\n${body}`);

describe.skipIf(skipWithoutDovecot())('a mailbox on a real Dovecot', () => {
  let dovecot: Dovecot;
  const open: MailboxConnection[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot({ users: names.map((name) => ({ name, password: 'parola-segreta' })) });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  afterAll(async () => {
    await dovecot?.stop();
  });

  const account = (user: string, changes: Partial<MailboxAccount> = {}): MailboxAccount => ({
    host: dovecot.host,
    port: dovecot.imapPort,
    secure: false,
    user,
    password: 'parola-segreta',
    folder: 'INBOX',
    ca: null,
    ...changes,
  });
  const connect = async (user: string, changes: Partial<MailboxAccount> = {}) => {
    const connection = await imapMailboxes().connect(account(user, changes), never);
    open.push(connection);
    return connection;
  };

  it('returns a hundred mails in order, page by page, and then nothing', async () => {
    await dovecot.deliverMany(
      'ordine',
      Array.from({ length: 100 }, (_, index) => plain(`numero ${index}`)),
    );
    const connection = await connect('ordine');
    const uids: number[] = [];
    const subjects: string[] = [];
    for (let after = 0; ; after = uids.at(-1) ?? 0) {
      const page = await connection.fetchAfter(after, 7);
      expect(page.length).toBeLessThanOrEqual(7);
      if (page.length === 0) break;
      for (const mail of page) {
        uids.push(mail.uid);
        subjects.push(/^Subject: (.*)\r$/m.exec(whole(mail).toString('latin1'))?.[1] ?? '');
        expect(mail.size).toBe(whole(mail).length);
        expect(Math.abs(mail.arrivedAt.getTime() - Date.now())).toBeLessThan(24 * 3_600_000);
      }
    }
    expect(subjects).toEqual(Array.from({ length: 100 }, (_, index) => `numero ${index}`));
    expect(uids).toEqual([...uids].sort((a, b) => a - b));
    expect(await connection.fetchAfter(uids.at(-1) ?? 0, 7)).toEqual([]);
    // `n:*` matches the last mail even if n is beyond it: it must not come back.
    expect(await connection.fetchAfter(1_000_000, 7)).toEqual([]);
  });

  it('changes nothing on the server: no flag, no deletion', async () => {
    await dovecot.deliver('vuota', plain('intatta'));
    const connection = await connect('vuota');
    expect(await connection.fetchAfter(0, 10)).toHaveLength(1);
    await connection.close();
    const after = await connect('vuota');
    expect(await after.fetchAfter(0, 10)).toHaveLength(1);
    const files = await readdir(`${dovecot.folder}/mail/vuota/cur`).catch(() => []);
    const fresh = await readdir(`${dovecot.folder}/mail/vuota/new`);
    expect(files.length + fresh.length).toBe(1);
    for (const name of files) expect(name).not.toMatch(/:2,.*S/);
  });

  it('returns every byte as it is: eight bits, rubbish without NUL, odd line ends', async () => {
    const eight = Buffer.concat([
      plain('otto bit', ''),
      Buffer.from([...Array(255).keys()].map((n) => n + 1).filter((n) => n !== 10 && n !== 13)),
      Buffer.from('\r\n.\r\n..\r\nFINE'),
    ]);
    await dovecot.deliverMany('byte', [eight, plain('con {3}\r\nletterale', '* 1 FETCH (UID 9)\r\n)\r\n')]);
    const page = await (await connect('byte')).fetchAfter(0, 10);
    expect(whole(page[0]).equals(eight)).toBe(true);
    expect(whole(page[1]).equals(plain('con {3}\r\nletterale', '* 1 FETCH (UID 9)\r\n)\r\n'))).toBe(true);
  });

  it('streams a large mail in bounded memory, with other mails around it', async () => {
    const line = Buffer.from(`${randomBytes(54).toString('base64')}\r\n`);
    const large = Buffer.concat([plain('grande', ''), ...Array(Math.ceil(100_000_000 / line.length)).fill(line)]);
    await dovecot.deliverMany('grande', [plain('prima'), large, plain('dopo')]);
    const page = await (await connect('grande')).fetchAfter(0, 10);
    expect(page.map((mail) => Buffer.isBuffer(mail.bytes))).toEqual([true, false, true]);
    const script = new URL('read-large.ts', import.meta.url).pathname;
    const args = [script, String(dovecot.imapPort), 'grande', 'parola-segreta', String(page[0]?.uid)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { size, sha256, growth } = JSON.parse(stdout);
    expect(size).toBe(large.length);
    expect(sha256).toBe(createHash('sha256').update(large).digest('hex'));
    // A process that held the whole mail would grow by more than its 100 MB.
    expect(growth).toBeLessThan(90_000_000);
  });

  it('can leave a stream half-read without blocking the next page', async () => {
    const connection = await connect('grande');
    const page = await connection.fetchAfter(0, 2);
    const stream = page[1]?.bytes as Readable;
    for await (const _ of stream) break;
    const next = await connection.fetchAfter(page[1]?.uid ?? 0, 2);
    expect(whole(next[0]).toString()).toContain('Subject: dopo');
  });

  it('bounds a page by bytes, not only by count', async () => {
    const body = `${'x'.repeat(76)}\r\n`.repeat(11_000);
    await dovecot.deliverMany(
      'molti',
      Array.from({ length: 24 }, (_, index) => plain(`pesante ${index}`, body)),
    );
    const connection = await connect('molti');
    let after = 0;
    let pages = 0;
    let count = 0;
    for (;;) {
      const page = await connection.fetchAfter(after, 100);
      if (page.length === 0) break;
      pages += 1;
      count += page.length;
      expect(page.reduce((sum, mail) => sum + whole(mail).length, 0)).toBeLessThanOrEqual(8 * 1024 * 1024);
      after = page.at(-1)?.uid ?? 0;
    }
    expect(count).toBe(24);
    expect(pages).toBeGreaterThan(1);
  });

  it('wakes up when a mail arrives during IDLE', async () => {
    const connection = await connect('attesa');
    expect(await connection.fetchAfter(0, 10)).toEqual([]);
    const started = performance.now();
    const wait = connection.waitForMail(25_000, never);
    await sleep(100);
    await dovecot.deliver('attesa', plain('eccomi'));
    await wait;
    expect(performance.now() - started).toBeLessThan(20_000);
    const page = await connection.fetchAfter(0, 10);
    expect(whole(page[0]).toString()).toContain('Subject: eccomi');
    // LMTP adds its own header lines before the mail.
    expect(whole(page[0]).toString()).toContain('Delivered-To: attesa');
  });

  it('does not miss a mail that arrives between listing and waiting', async () => {
    const connection = await connect('attesa');
    let last = 0;
    for (const mail of await connection.fetchAfter(0, 10)) last = mail.uid;
    await dovecot.deliver('attesa', plain('nel mezzo'));
    await connection.waitForMail(20_000, never);
    const page = await connection.fetchAfter(last, 10);
    expect(page.map((mail) => whole(mail).toString().includes('nel mezzo'))).toEqual([true]);
  });

  it('stops waiting at the time limit, and at once when aborted', async () => {
    const connection = await connect('finita');
    await connection.waitForMail(50, never);
    const controller = new AbortController();
    const wait = connection.waitForMail(3_600_000, controller.signal);
    setTimeout(() => controller.abort(), 50);
    await wait;
    // The connection is still good.
    expect(await connection.fetchAfter(0, 10)).toEqual([]);
    await connection.waitForMail(50, never);
  });

  it('finds mails after a gap of UIDs', async () => {
    await dovecot.deliverMany('salti', [plain('uno')]);
    const first = await connect('salti');
    const [one] = await first.fetchAfter(0, 10);
    await first.close();
    await dovecot.raiseNextUid('salti', 5_000_000);
    await dovecot.deliverMany('salti', [plain('due'), plain('tre')]);
    const connection = await connect('salti');
    const page = await connection.fetchAfter(one?.uid ?? 0, 10);
    expect(page.map((mail) => mail.uid)).toEqual([5_000_000, 5_000_001]);
    expect(await connection.fetchAfter(5_000_001, 10)).toEqual([]);
  });

  it('reads a new UIDVALIDITY with a new connection', async () => {
    await dovecot.deliver('cambio', plain('resta'));
    const before = await connect('cambio');
    expect(await before.fetchAfter(0, 10)).toHaveLength(1);
    await dovecot.changeUidValidity('cambio');
    expect(await faultOf(before.fetchAfter(0, 10))).toBe('unreachable');
    const after = await connect('cambio');
    expect(after.uidValidity).not.toBe(before.uidValidity);
    expect(await after.fetchAfter(0, 10)).toHaveLength(1);
  });

  it('names its fault: wrong password, missing folder, no server, aborted', async () => {
    expect(await faultOf(connect('ordine', { password: 'sbagliata' }))).toBe('authentication');
    expect(await faultOf(connect('nessuno'))).toBe('authentication');
    expect(await faultOf(connect('ordine', { folder: 'Cartella Inesistente' }))).toBe('folder-missing');
    expect(await faultOf(connect('ordine', { secure: true }))).toBe('tls');
    const aborted = AbortSignal.abort();
    expect(await faultOf(imapMailboxes().connect(account('ordine'), aborted))).toBe('unreachable');
  });

  it("over TLS trusts the account's own authority and no other", async () => {
    const { key, cert } = selfSigned();
    const front = createTlsServer({ key, cert }, (client) => {
      const back = connectTo(dovecot.imapPort, dovecot.host);
      client.on('error', () => back.destroy()).pipe(back);
      back.on('error', () => client.destroy()).pipe(client);
    });
    front.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    const address = front.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const changes = { secure: true, port: address.port };
    expect(await faultOf(connect('ordine', changes))).toBe('tls');
    const connection = await connect('ordine', { ...changes, ca: cert });
    expect(await connection.fetchAfter(0, 3)).toHaveLength(3);
    await connection.close();
    await new Promise((resolve) => front.close(resolve));
  });

  it('fails when the server stops, and a new connection works once it is back', async () => {
    await dovecot.deliver('cade', plain('prima della caduta'));
    const connection = await connect('cade');
    await connection.fetchAfter(0, 10);
    const wait = faultOf(connection.waitForMail(20_000, never));
    await sleep(50);
    await dovecot.halt();
    expect(await wait).toBe('unreachable');
    expect(await faultOf(connection.fetchAfter(0, 10))).toBe('unreachable');
    expect(await faultOf(connect('cade'))).toBe('unreachable');
    await dovecot.restart();
    expect(await (await connect('cade')).fetchAfter(0, 10)).toHaveLength(1);
  });
});
