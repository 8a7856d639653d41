import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { imapMailboxes } from '../../../src/adapters/imap/connector.ts';
import type { ImapAction } from '../../../src/sandbox/rules.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import type { MailboxConnection } from '../../../src/service/intake/mailbox.ts';
import { faultOf, never, whole } from '../../adapters/imap/asking.ts';
import { ESEMPIO, PROVARIA } from '../support.ts';
import { rawClient } from './raw-client.ts';

/** Every fault that can be ordered, and how the service's own mailbox reader takes it. */
describe('a fault by order', () => {
  let sandbox: Sandbox;
  const open: MailboxConnection[] = [];
  const orders: (() => void)[] = [];

  beforeAll(async () => {
    sandbox = await startSandbox({ mailboxes: [ESEMPIO, PROVARIA] });
    for (const text of ['uno', 'due', 'tre'])
      sandbox.deliverRaw(ESEMPIO.address, Buffer.from(`Subject: ${text}\r\n\r\n`));
  });
  afterEach(async () => {
    for (const takeBack of orders.splice(0)) takeBack();
    await Promise.all(open.splice(0).map((connection) => connection.close()));
  });
  afterAll(() => sandbox.stop());

  const order = (action: Omit<ImapAction, 'do'>, times?: number) =>
    orders.push(
      sandbox.misbehave({
        action: { do: 'break-imap', ...action },
        from: ESEMPIO.address,
        ...(times === undefined ? {} : { times }),
      }),
    );
  const connect = async (user = ESEMPIO) => {
    const account = { ...sandbox.imap, secure: false, user: user.address, password: user.password };
    const connection = await imapMailboxes({ silenceMs: 500 }).connect(
      { ...account, folder: 'INBOX', ca: null },
      never,
    );
    open.push(connection);
    return connection;
  };
  const loggedIn = async () => {
    const client = await rawClient(sandbox.imap.port);
    await client.ask(`LOGIN ${ESEMPIO.address} ${ESEMPIO.password}`);
    await client.ask('EXAMINE INBOX');
    return client;
  };
  const uids = async (connection: MailboxConnection) => (await connection.fetchAfter(0, 10)).map(({ uid }) => uid);

  it('stalls a command, and goes on when it is taken back', async () => {
    order({ fault: 'stall', command: 'UID FETCH' });
    expect(await faultOf((await connect()).fetchAfter(0, 10))).toBe('unreachable');
    const client = await loggedIn();
    const answer = client.ask('UID FETCH 1 UID');
    for (const takeBack of orders.splice(0)) takeBack();
    expect((await answer).text).toContain('* 1 FETCH (UID 1)');
    client.end();
  });

  it('stalls before the greeting', async () => {
    const takeBack = sandbox.misbehave({ action: { do: 'break-imap', fault: 'stall', command: 'GREETING' } });
    const account = { ...sandbox.imap, secure: false, user: 'u', password: 'p', folder: 'INBOX', ca: null };
    expect(await faultOf(imapMailboxes({ connectMs: 200 }).connect(account, never))).toBe('unreachable');
    takeBack();
    expect(await uids(await connect())).toEqual([1, 2, 3]);
  });

  it('cuts the connection instead of answering, once', async () => {
    order({ fault: 'disconnect', command: 'UID FETCH' }, 1);
    expect(await faultOf((await connect()).fetchAfter(0, 10))).toBe('unreachable');
    expect(await uids(await connect())).toEqual([1, 2, 3]);
  });

  it('cuts the connection at one mail', async () => {
    order({ fault: 'disconnect', uid: 2 }, 1);
    expect(await faultOf((await connect()).fetchAfter(0, 10))).toBe('unreachable');
    expect(await uids(await connect())).toEqual([1, 2, 3]);
  });

  it('refuses a command', async () => {
    order({ fault: 'refuse', command: 'EXAMINE' }, 1);
    await expect(connect()).rejects.toThrow();
    expect(await uids(await connect())).toEqual([1, 2, 3]);
  });

  it('leaves out the body of one mail, and answers OK', async () => {
    order({ fault: 'body-missing', uid: 2 });
    const client = await loggedIn();
    const { status, text } = await client.ask('UID FETCH 1:* BODY.PEEK[]');
    expect(status).toBe('OK');
    expect(text).toMatch(/^\* 1 FETCH \(UID 1 BODY\[\] \{16\}/);
    expect(text).toContain('* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3 BODY[] {16}');
    client.end();
  });

  it('hands out fewer bytes than RFC822.SIZE promised', async () => {
    order({ fault: 'body-cut', uid: 1 });
    await expect((await connect()).fetchAfter(0, 10)).rejects.toMatchObject({
      uid: 1,
      message: 'the server gives 8 of the 16 bytes of mail 1',
      bytes: Buffer.from('Subject:'),
    });
  });

  it('hands out more bytes than RFC822.SIZE promised', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024, 'a');
    sandbox.deliverRaw(PROVARIA.address, large);
    sandbox.misbehave({ action: { do: 'break-imap', fault: 'size-understated' }, from: PROVARIA.address });
    const [mail] = await (await connect(PROVARIA)).fetchAfter(0, 10);
    expect(mail?.size).toBe(large.length / 2);
    expect((await buffer(mail?.bytes as Readable)).equals(large)).toBe(true);
  });

  it('leaves out INTERNALDATE', async () => {
    order({ fault: 'date-missing' });
    order({ fault: 'body-cut', uid: 3 });
    const before = Date.now();
    const mails = await (await connect()).fetchAfter(0, 10);
    // Both orders apply at the same time: what came whole is handed out, and has arrived now.
    expect(mails.map((mail) => [mail.arrivedAt.getTime() >= before, whole(mail).length])).toEqual([
      [true, 16],
      [true, 16],
    ]);
  });

  it('names no UIDVALIDITY, or another one', async () => {
    order({ fault: 'uidvalidity-missing' }, 1);
    expect(await faultOf(connect())).toBe('protocol');
    const connection = await connect();
    order({ fault: 'uidvalidity-changed', command: 'STATUS' });
    expect(await faultOf(connection.waitForMail(20, never))).toBe('protocol');
    expect((await connect()).uidValidity).toBe(connection.uidValidity);
  });

  it('affects its user alone, and is used up only by what it affects', async () => {
    order({ fault: 'body-cut', uid: 1 }, 1);
    expect(await uids(await connect(PROVARIA))).not.toEqual([]);
    const connection = await connect();
    // The listing fetches no body and does not use the order up; the mail that came short is asked for once more.
    expect((await connection.fetchAfter(0, 10)).map((mail) => whole(mail).length)).toEqual([16, 16, 16]);
    expect((await connection.fetchAfter(0, 10)).map((mail) => whole(mail).length)).toEqual([16, 16, 16]);
  });
});
