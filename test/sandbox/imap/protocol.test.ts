import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { openInbox } from '../../../src/sandbox/imap/inbox.ts';
import { type ImapServer, startImap } from '../../../src/sandbox/imap/server.ts';
import { storeInMemory } from '../../../src/sandbox/mail-store.ts';
import { needs } from '../../support/shared.ts';
import { temporaryFolder } from '../support.ts';
import { type RawClient, rawClient } from './raw-client.ts';

const AT = new Date('2026-01-07T23:30:00+01:00');
const MAIL = Buffer.from('Subject: prova\r\n\r\nuno\r\n');

const cleanUp: (() => unknown)[] = [];
afterAll(async () => {
  for (const step of cleanUp.toReversed()) await step();
});

let inbox: ReturnType<typeof openInbox>;
let server: ImapServer;
/** The commands that the server has begun to answer. */
let answered: string[];
beforeEach(async () => {
  inbox = openInbox(storeInMemory());
  answered = [];
  server = await startImap({
    ...{ host: '127.0.0.1', port: 0 },
    login: (user, password) => (user === 'u' && password === 'pà"\\' ? inbox : null),
    ordered(_, { command, uid }) {
      if (uid === undefined) answered.push(command);
      return [];
    },
    silence: { beforeLogin: 500, afterLogin: 20_000 },
  });
  cleanUp.push(() => server.stop());
});

async function greeted(): Promise<RawClient> {
  const client = await rawClient(server.port);
  await client.until(/^\* OK \[CAPABILITY IMAP4rev1 [^\]]*\] .*\r\n/);
  return client;
}
async function loggedIn(): Promise<RawClient> {
  const client = await greeted();
  const password = Buffer.from('"pà\\"\\\\"').toString('latin1');
  expect((await client.ask(`LOGIN u ${password}`)).status).toBe('OK');
  return client;
}
async function selected(): Promise<RawClient> {
  const client = await loggedIn();
  expect((await client.ask('SELECT INBOX')).status).toBe('OK');
  return client;
}
const fill = (count: number) => {
  for (let index = 0; index < count; index += 1) inbox.append(MAIL, AT);
};

describe('a client', () => {
  it('logs in with quoted strings, with literals, and with PLAIN in one step or two', async () => {
    const plain = Buffer.from('\0u\0pà"\\').toString('base64');
    await (await loggedIn()).ask('NOOP');
    const literal = await greeted();
    literal.write('a LOGIN {1}\r\n');
    await literal.until(/^\+ .*\r\n/);
    literal.write(`u {${Buffer.byteLength('pà"\\')}+}\r\n${Buffer.from('pà"\\').toString('latin1')}\r\n`);
    expect(await literal.until(/\r\n/)).toMatch(/^a OK /);
    expect((await (await greeted()).ask(`AUTHENTICATE PLAIN ${plain}`)).status).toBe('OK');
    const asked = await greeted();
    asked.write('a AUTHENTICATE PLAIN\r\n');
    await asked.until(/^\+ /);
    asked.write(`${plain}\r\n`);
    expect(await asked.until(/\r\n/)).toMatch(/^a OK /);
  });

  it('is refused with a wrong password, and may do nothing before it has logged in', async () => {
    const client = await greeted();
    expect((await client.ask('LOGIN u falsa')).text).toMatch(/NO \[AUTHENTICATIONFAILED\]/);
    expect((await client.ask('SELECT INBOX')).status).toBe('BAD');
    expect((await client.ask('AUTHENTICATE CRAM-MD5')).status).toBe('NO');
    expect((await client.ask('CAPABILITY')).text).toMatch(/^\* CAPABILITY IMAP4rev1 .*IDLE/);
    expect((await client.ask('ID NIL')).status).toBe('OK');
    expect((await (await loggedIn()).ask('LOGIN u x')).status).toBe('BAD');
    expect((await (await loggedIn()).ask('FETCH 1 UID')).status).toBe('BAD');
  });

  it('is sent away when it stays silent', async () => {
    const client = await greeted();
    expect(await client.closed()).toMatch(/^\* BYE /);
  });

  it('leaves with LOGOUT', async () => {
    const client = await greeted();
    client.write('a LOGOUT\r\n');
    expect(await client.closed()).toMatch(/^\* BYE .*\r\na OK .*\r\n$/);
  });
});

describe('the folder', () => {
  it('is INBOX and nothing else', async () => {
    fill(3);
    const client = await loggedIn();
    const tell = async (command: string) => (await client.ask(command)).text;
    expect(await tell('LIST "" ""')).toContain('* LIST (\\Noselect) "/" ""\r\n');
    for (const pattern of ['*', '%', 'INBOX', 'in*x'])
      expect(await tell(`LIST "" "${pattern}"`)).toContain('* LIST (\\HasNoChildren) "/" INBOX\r\n');
    expect(await tell('LIST "" "Archivio*"')).not.toContain('* LIST');
    expect(await tell(`LIST "" "${'*a'.repeat(5_000)}"`)).not.toContain('* LIST');
    expect(await tell('LSUB "" "*"')).toContain('* LSUB');
    expect(await tell('NAMESPACE')).toContain('* NAMESPACE (("" "/")) NIL NIL\r\n');
    expect(await tell('STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT)')).toContain(
      `* STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY ${inbox.uidValidity} UNSEEN 3 RECENT 0)\r\n`,
    );
    for (const command of [
      'CREATE x',
      'DELETE INBOX',
      'RENAME INBOX x',
      'UNSUBSCRIBE INBOX',
      'SELECT x',
      'STATUS x (UIDNEXT)',
    ])
      expect((await client.ask(command)).status, command).toBe('NO');
  });

  it('is opened by SELECT, or read-only by EXAMINE', async () => {
    fill(2);
    const client = await loggedIn();
    const { text } = await client.ask('SELECT INBOX');
    for (const line of ['* 2 EXISTS', '* 0 RECENT', '* OK [UNSEEN 1]', '* OK [UIDNEXT 3]', '* FLAGS (\\Answered'])
      expect(text).toContain(line);
    expect(text).toContain(`* OK [UIDVALIDITY ${inbox.uidValidity}]`);
    expect(text).toMatch(/^t2 OK \[READ-WRITE\]/m);
    expect((await client.ask('FETCH 1 BODY[]')).text).toContain('FLAGS (\\Seen)');
    expect((await client.ask('EXAMINE INBOX')).text).toMatch(/^\S+ OK \[READ-ONLY\]/m);
    expect((await client.ask('FETCH 2 BODY[]')).text).not.toContain('FLAGS');
    for (const command of ['STORE 1 +FLAGS (\\Deleted)', 'EXPUNGE', 'UID EXPUNGE 1:*'])
      expect((await client.ask(command)).status, command).toBe('NO');
    expect((await client.ask('CLOSE')).status).toBe('OK');
    expect((await client.ask('FETCH 1 UID')).status).toBe('BAD');
    expect(inbox.messages.map(({ flags }) => [...flags])).toEqual([['\\Seen'], []]);
  });

  it('takes a mail that a client appends, with flags and date', async () => {
    const client = await selected();
    client.write('a APPEND INBOX (\\Seen Nota) " 7-Jan-2026 10:00:00 +0130" {5+}\r\nciao!\r\n');
    expect(await client.until(/^a .*\r\n/m)).toMatch(
      new RegExp(`^\\* 1 EXISTS\r\na OK \\[APPENDUID ${inbox.uidValidity} 1\\]`),
    );
    const [message] = inbox.messages;
    expect(message).toMatchObject({ uid: 1, arrivedAt: new Date('2026-01-07T08:30:00Z') });
    expect([...(message?.flags ?? [])]).toEqual(['\\Seen', 'Nota']);
    expect((await client.ask('FETCH 1 (INTERNALDATE RFC822.SIZE)')).text).toContain(
      '* 1 FETCH (INTERNALDATE "07-Jan-2026 08:30:00 +0000" RFC822.SIZE 5)',
    );
    client.write('b APPEND Inviati {5+}\r\nciao!\r\n');
    expect(await client.until(/^b .*\r\n/m)).toMatch(/^b NO \[TRYCREATE\]/);
    expect((await client.ask('APPEND INBOX (\\Seen)')).status).toBe('BAD');
  });

  it('keeps the numbers of each client until that client hears of a change', async () => {
    fill(4);
    const [one, other] = [await selected(), await selected()];
    await one.ask('STORE 1,3 +FLAGS.SILENT (\\Deleted)');
    expect((await one.ask('EXPUNGE')).text).toMatch(/^\* 3 EXPUNGE\r\n\* 1 EXPUNGE\r\n\S+ OK/);
    // The numbers of the other client are still valid, also for the mail that has gone.
    const { text } = await other.ask('FETCH 4 UID');
    expect(text).toMatch(/^\* 4 FETCH \(UID 4\)\r\n\S+ OK/);
    inbox.append(MAIL, AT);
    expect((await other.ask('SEARCH ALL')).text).toMatch(/^\* 5 EXISTS\r\n\* SEARCH 1 2 3 4 5\r\n\S+ OK/);
    expect((await other.ask('NOOP')).text).toMatch(/^\* 3 EXPUNGE\r\n\* 1 EXPUNGE\r\n\S+ OK/);
    expect((await other.ask('UID SEARCH ALL')).text).toMatch(/^\* SEARCH 2 4 5\r\n/);
    expect((await one.ask('UID FETCH 5 FLAGS')).text).toMatch(/^\* 3 EXISTS\r\n\* 3 FETCH \(UID 5 FLAGS \(\)\)\r\n/);
  });

  it('announces mail during IDLE, all that arrives together in one go', async () => {
    const client = await selected();
    client.write('a IDLE\r\n');
    await client.until(/^\+ /);
    fill(3);
    expect(await client.until(/EXISTS\r\n/)).toBe('* 3 EXISTS\r\n');
    client.write('DONE\r\n');
    expect(await client.until(/\r\n/)).toMatch(/^a OK/);
    client.write('b IDLE\r\nNOOP\r\n');
    expect(await client.until(/^\S+ BAD.*\r\n/m)).toMatch(/^\+ .*\r\nb BAD/);
  });

  it.each([
    ['1:3', [1, 2, 3]],
    ['3:1', [1, 2, 3]],
    ['*', [5]],
    ['*:4', [4, 5]],
    ['9:*', [5]],
    ['2,2,1:2', [1, 2]],
    ['6:8', []],
  ])('is read by sets: %s', async (set, numbers) => {
    fill(5);
    const { text } = await (await selected()).ask(`FETCH ${set} UID`);
    expect([...text.matchAll(/^\* (\d+) FETCH/gm)].map(([, number]) => Number(number))).toEqual(numbers);
  });
});

describe('a hostile client', () => {
  it.each([
    ['nothing', ''],
    ['a tag alone', 'a'],
    ['an unknown command', 'a FROBNICATE'],
    ['a command without its arguments', 'a FETCH'],
    ['an open parenthesis', 'a FETCH 1 (UID'],
    ['a closing parenthesis', 'a FETCH 1 UID)'],
    ['deep parentheses', `a SEARCH ${'('.repeat(500)}ALL${')'.repeat(500)}`],
    ['long negations', `a SEARCH ${'NOT '.repeat(10_000)}ALL`],
    ['an open quote', 'a LOGIN "u'],
    ['an open bracket', 'a FETCH 1 BODY[HEADER'],
    ['many brackets', `a FETCH 1 ${'['.repeat(20_000)}`],
    ['a set that is none', 'a FETCH 1:: UID'],
    ['an item that is none', 'a FETCH 1 (UID BODY[X])'],
    ['a part that is none', 'a FETCH 1 BODY[0]'],
    ['a flag that is none', 'a STORE 1 +FLAGS (\\Segreto)'],
    ['control characters', 'a LOGIN \x00\x01 x'],
    ['a literal that is too large', 'a SEARCH TEXT {9999999999}'],
  ])('gets BAD for %s, and may try again', async (_, line) => {
    fill(1);
    const client = await selected();
    client.write(`${line}\r\n`);
    expect(await client.until(/\r\n/)).toMatch(/^(?:a|\*) BAD /);
    expect((await client.ask('NOOP')).status).toBe('OK');
  });

  it.each([
    ['a line without end', (client: RawClient) => client.write('a'.repeat(200_000))],
    ['a literal sent unasked', (client: RawClient) => client.write('a SEARCH TEXT {9999999+}\r\n')],
    [
      'many small literals',
      (client: RawClient) => client.write(`a SEARCH ${`TEXT {4000+}\r\n${'x'.repeat(4_000)} `.repeat(50)}\r\n`),
    ],
  ])('is sent away for %s', async (_, attack) => {
    const client = await selected();
    attack(client);
    expect(await client.closed()).toMatch(/^(?:\* BYE .*\r\n)?$/);
  });

  it('cannot send a mail before it has logged in', async () => {
    const client = await greeted();
    client.write('a APPEND INBOX {100000}\r\n');
    expect(await client.until(/\r\n/)).toMatch(/^a BAD /);
  });

  it('disturbs nobody while it leaves a literal unfinished, and is sent away in the end', async () => {
    const slow = await greeted();
    slow.write('a LOGIN {4}\r\n');
    await slow.until(/^\+ /);
    slow.write('u');
    fill(1);
    expect((await (await selected()).ask('FETCH 1 UID')).text).toContain('* 1 FETCH (UID 1)');
    expect(await slow.closed()).toMatch(/^\* BYE /);
  });

  it('gets no further answers while it does not read them', async () => {
    inbox.append(Buffer.alloc(8_000_000, 'x'), AT);
    const deaf = connect(server.port, '127.0.0.1');
    const password = Buffer.from('"pà\\"\\\\"').toString('latin1');
    deaf.write(`a LOGIN u ${password}\r\nb EXAMINE INBOX\r\n`, 'latin1');
    for (let index = 0; index < 50; index += 1) deaf.write(`c${index} FETCH 1 BODY.PEEK[]\r\n`);
    await expect.poll(() => answered.filter((command) => command === 'FETCH').length).toBeGreaterThan(0);
    expect((await (await selected()).ask('FETCH 1 UID')).status).toBe('OK');
    expect(answered.filter((command) => command === 'FETCH').length).toBeLessThan(5);
    deaf.destroy();
  });

  it('cannot exhaust the stack with messages inside messages', async () => {
    const nested = `${'Content-Type: message/rfc822\r\n\r\n'.repeat(5_000)}Subject: x\r\n\r\ny\r\n`;
    inbox.append(Buffer.from(nested), AT);
    const client = await selected();
    expect((await client.ask('FETCH 1 (BODYSTRUCTURE ENVELOPE)')).status).toBe('OK');
    expect((await client.ask(`FETCH 1 BODY[${'1.'.repeat(30)}1]`)).status).toBe('OK');
  });
});

const hasCurl = needs(
  spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout?.includes(' imap ') ?? false,
  'curl with imap, a client that is not ours',
);

it.skipIf(!hasCurl)('curl lists the folder, reads a mail and a header, searches and uploads', async () => {
  fill(2);
  const folder = temporaryFolder();
  cleanUp.push(folder.remove);
  const file = join(folder.path, 'nuova.eml');
  writeFileSync(file, 'Subject: nuova\r\n\r\ndue\r\n');
  const url = `imap://127.0.0.1:${server.port}`;
  const curl = async (...args: string[]) =>
    (await promisify(execFile)('curl', ['--silent', '--show-error', '--user', 'u:pà"\\', ...args])).stdout;
  expect(await curl(url)).toContain('INBOX');
  expect(await curl(`${url}/INBOX;MAILINDEX=1`)).toBe(MAIL.toString());
  expect(await curl(`${url}/INBOX;UID=2;SECTION=HEADER.FIELDS%20(SUBJECT)`)).toBe('Subject: prova\r\n\r\n');
  expect(await curl(`${url}/INBOX?SUBJECT%20prova`)).toBe('* SEARCH 1 2\r\n');
  await curl('--upload-file', file, `${url}/INBOX`);
  expect(inbox.messages.at(-1)?.bytes.toString()).toBe('Subject: nuova\r\n\r\ndue\r\n');
});
