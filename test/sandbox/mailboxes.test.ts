import { randomBytes } from 'node:crypto';
import { ImapFlow } from 'imapflow';
import { afterEach, expect, it } from 'vitest';
import type { MailboxLogin } from '../../src/sandbox/mailboxes.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { ESEMPIO, haveOpenssl, kinds, opensslVerifies, PROVARIA, submit, temporaryFolder } from './support.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

async function start(options: Partial<SandboxOptions> = {}): Promise<Sandbox> {
  const sandbox = await startSandbox({ mailboxes: [ESEMPIO, PROVARIA], ...options });
  cleanUp.push(() => sandbox.stop());
  return sandbox;
}

async function connect(sandbox: Sandbox, { address, password }: MailboxLogin): Promise<ImapFlow> {
  const client = new ImapFlow({
    ...sandbox.imap,
    secure: false,
    auth: { user: address, pass: password },
    logger: false,
  });
  client.on('error', () => undefined);
  await client.connect();
  cleanUp.push(() => client.close());
  await client.mailboxOpen('INBOX');
  return client;
}

const uidValidity = (client: ImapFlow) => (client.mailbox ? client.mailbox.uidValidity : null);

async function fetchAll(client: ImapFlow): Promise<{ readonly uid: number; readonly source: Buffer }[]> {
  const mails = await client.fetchAll('1:*', { uid: true, source: true, size: true }, { uid: true });
  return mails.map(({ uid, source = Buffer.alloc(0) }) => ({ uid, source }));
}

it('bytes in are bytes out, whatever they are', async () => {
  const sandbox = await start();
  const every = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
  const mails = [
    Buffer.from('Subject: a\r\n\r\nb'),
    every,
    Buffer.concat([every, every.toReversed()]),
    randomBytes(300_000),
    Buffer.from('x\n\ny\r'),
  ];
  for (const mail of mails) sandbox.deliverRaw(PROVARIA.address, mail);
  const client = await connect(sandbox, PROVARIA);
  const fetched = await fetchAll(client);
  expect(fetched.map(({ uid }) => uid)).toEqual([1, 2, 3, 4, 5]);
  for (const [index, mail] of mails.entries()) expect(fetched[index]?.source.equals(mail)).toBe(true);
  const { content } = await client.download('4', undefined, { uid: true, chunkSize: 65_536 });
  const chunks: Buffer[] = [];
  for await (const chunk of content ?? []) chunks.push(chunk as Buffer);
  expect(Buffer.concat(chunks).equals(mails[3] ?? Buffer.alloc(0))).toBe(true);
});

it('every mailbox has its own login and shows its own mail only', async () => {
  const sandbox = await start();
  await submit(sandbox, ESEMPIO, { to: PROVARIA.address });
  expect(await fetchAll(await connect(sandbox, ESEMPIO))).toHaveLength(2);
  expect(await fetchAll(await connect(sandbox, PROVARIA))).toHaveLength(1);
  await expect(connect(sandbox, { ...ESEMPIO, password: 'due' })).rejects.toMatchObject({ authenticationFailed: true });
  await expect(connect(sandbox, { address: '__proto__', password: '' })).rejects.toThrow();
  await sandbox.addMailbox({ address: 'nuova@pec.nuovo.example.it', password: 'p "\\ x' });
  await submit(sandbox, ESEMPIO, { to: 'nuova@pec.nuovo.example.it' });
  expect(
    await fetchAll(await connect(sandbox, { address: 'NUOVA@pec.nuovo.example.it', password: 'p "\\ x' })),
  ).toHaveLength(1);
});

it('tells a client in IDLE of new mail', async () => {
  const sandbox = await start();
  const client = await connect(sandbox, PROVARIA);
  const told = new Promise<number>((resolve) => client.on('exists', ({ count }) => resolve(count)));
  const idling = client.idle();
  while (!client.idling) await new Promise((resolve) => setTimeout(resolve, 5));
  await submit(sandbox, ESEMPIO, { to: PROVARIA.address });
  expect(await told).toBe(1);
  // Any command ends IDLE; the mail is there.
  expect(await fetchAll(client)).toHaveLength(1);
  await idling;
});

it('keeps authority, mail, UIDs and UIDVALIDITY in its folder, and nothing without a folder', async () => {
  const folder = temporaryFolder();
  cleanUp.push(folder.remove);
  const first = await start({ folder: folder.path });
  await submit(first, ESEMPIO, { to: PROVARIA.address, text: 'è' });
  await submit(first, ESEMPIO, { to: PROVARIA.address });
  const before = await connect(first, ESEMPIO);
  const validity = uidValidity(before);
  const kept = await fetchAll(before);
  const { caPem } = first;
  const dates = first.mails(ESEMPIO.address).map(({ arrivedAt }) => arrivedAt.getTime());
  await first.stop();

  const second = await start({ folder: folder.path });
  expect(second.caPem).toBe(caPem);
  await submit(second, ESEMPIO, { to: PROVARIA.address });
  const after = await connect(second, ESEMPIO);
  expect(uidValidity(after)).toBe(validity);
  const all = await fetchAll(after);
  expect(all.slice(0, 4)).toEqual(kept);
  expect(all.map(({ uid }) => uid)).toEqual([1, 2, 3, 4, 5, 6]);
  expect(
    second
      .mails(ESEMPIO.address)
      .slice(0, 4)
      .map(({ arrivedAt }) => arrivedAt.getTime()),
  ).toEqual(dates);
  if (haveOpenssl) for (const { source } of all) expect(opensslVerifies(source, caPem)).toBe(true);

  const other = await start();
  expect(other.caPem).not.toBe(caPem);
  expect(kinds(other, ESEMPIO.address)).toEqual([]);
});

it('renumbers a mailbox under a new UIDVALIDITY, also across a restart', async () => {
  const folder = temporaryFolder();
  cleanUp.push(folder.remove);
  const sandbox = await start({ folder: folder.path });
  for (const text of ['uno', 'due', 'tre']) sandbox.deliverRaw(ESEMPIO.address, Buffer.from(text));
  const client = await connect(sandbox, ESEMPIO);
  const before = uidValidity(client) ?? 0n;
  await client.messageDelete('1', { uid: true });
  const closed = new Promise((resolve) => client.once('close', resolve));
  sandbox.renumber(ESEMPIO.address);
  await closed;
  const again = await connect(sandbox, ESEMPIO);
  const renumbered = uidValidity(again) ?? 0n;
  expect(renumbered > before).toBe(true);
  expect((await fetchAll(again)).map(({ uid, source }) => [uid, source.toString()])).toEqual([
    [1, 'due'],
    [2, 'tre'],
  ]);
  await sandbox.stop();
  const restarted = await connect(await start({ folder: folder.path }), ESEMPIO);
  expect(uidValidity(restarted)).toBe(renumbered);
  expect((await fetchAll(restarted)).map(({ source }) => source.toString())).toEqual(['due', 'tre']);
});

it('never gives the UID of a deleted mail again, also after a restart', async () => {
  const folder = temporaryFolder();
  cleanUp.push(folder.remove);
  const first = await start({ folder: folder.path });
  for (const text of ['uno', 'due', 'tre']) first.deliverRaw(ESEMPIO.address, Buffer.from(text));
  await (await connect(first, ESEMPIO)).messageDelete('2:3', { uid: true });
  expect(first.mails(ESEMPIO.address)).toHaveLength(1);
  await first.stop();
  const second = await start({ folder: folder.path });
  second.deliverRaw(ESEMPIO.address, Buffer.from('quattro'));
  const fetched = await fetchAll(await connect(second, ESEMPIO));
  expect(fetched.map(({ uid, source }) => [uid, source.toString()])).toEqual([
    [1, 'uno'],
    [4, 'quattro'],
  ]);
});

it('cuts its clients off when asked, and they can come back', async () => {
  const sandbox = await start();
  const client = await connect(sandbox, ESEMPIO);
  const closed = new Promise((resolve) => client.once('close', resolve));
  sandbox.dropImapConnections();
  await closed;
  await connect(sandbox, ESEMPIO);
});

it('waits for mail, and says what is missing', async () => {
  const sandbox = await start();
  const waiting = sandbox.arrived(PROVARIA.address, 1);
  sandbox.deliverRaw(PROVARIA.address, Buffer.from('x'));
  expect(await waiting).toHaveLength(1);
  await expect(sandbox.arrived(PROVARIA.address, 2, 20)).rejects.toThrow('holds 1 mails after 20 ms, not 2');
});

it('finds mails by UID where some are missing, in any order of ranges, and headers as well', async () => {
  const sandbox = await start();
  for (let index = 1; index <= 9; index += 1)
    sandbox.deliverRaw(PROVARIA.address, Buffer.from(`Subject: ${index}\r\n\r\n`));
  const client = await connect(sandbox, PROVARIA);
  await client.messageDelete('2,5:6', { uid: true });
  const uids = async (range: string, extra: object = {}) =>
    (await client.fetchAll(range, { uid: true, ...extra }, { uid: true })).map(({ uid }) => uid);
  expect(await uids('1:*')).toEqual([1, 3, 4, 7, 8, 9]);
  expect(await uids('8,3:5,4')).toEqual([3, 4, 8]);
  expect(await uids('5:6')).toEqual([]);
  // RFC 3501, 6.4.8: * is the last mail, whatever precedes it.
  expect(await uids('50:*')).toEqual([9]);
  expect(await client.search({ uid: '4:7' }, { uid: true })).toEqual([4, 7]);
  expect(await client.search({ uid: '4:7' })).toEqual([3, 4]);
  const whole = await client.fetchOne('7', { source: true, size: true, internalDate: true }, { uid: true });
  expect(whole && [whole.source?.toString(), whole.size, whole.seq]).toEqual(['Subject: 7\r\n\r\n', 14, 4]);
  const head = await client.fetchOne('7', { envelope: true, headers: true }, { uid: true });
  expect(head).toMatchObject({ envelope: { subject: '7' } });
});

it('a mail in a mailbox without a login is signed once, when it is looked at', async () => {
  const sandbox = await start();
  await submit(sandbox, ESEMPIO, { to: PROVARIA.address });
  const provider = 'posta-certificata@pec.esempio.example.it';
  const [charge] = sandbox.mails(provider);
  expect(charge && sandbox.mails(provider)[0]?.bytes === charge.bytes).toBe(true);
  if (haveOpenssl) expect(opensslVerifies(charge?.bytes ?? Buffer.alloc(0), sandbox.caPem)).toBe(true);
});
