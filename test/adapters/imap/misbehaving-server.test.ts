import { createServer, type Server, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { imapMailboxes } from '../../../src/adapters/imap/connector.ts';
import type { MailboxAccount } from '../../../src/service/register/accounts.ts';
import { faultOf, never, whole } from './asking.ts';

describe('a server that misbehaves', () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  });

  const serve = async (talk: (socket: Socket) => void): Promise<MailboxAccount> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      talk(socket);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return {
      host: '127.0.0.1',
      port: address.port,
      secure: false,
      user: 'u',
      password: 'p',
      folder: 'INBOX',
      ca: null,
    };
  };

  /** Just enough IMAP for a client: `answer` gives the untagged lines and may replace the tagged one. */
  const script = (answer: (command: string, tag: string) => string | null) => (socket: Socket) => {
    socket.write('* OK ciao\r\n');
    socket.on('data', (bytes) => {
      for (const line of bytes.toString('latin1').split('\r\n')) {
        const [, tag = '', command = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
        if (tag === '') continue;
        const reply = answer(command, tag);
        if (reply !== null) socket.write(reply);
      }
    });
  };
  const usual = (command: string, tag: string): string => {
    if (command === 'CAPABILITY') return `* CAPABILITY IMAP4rev1\r\n${tag} OK fatto\r\n`;
    if (command.startsWith('LIST')) return `* LIST () "/" INBOX\r\n${tag} OK fatto\r\n`;
    if (command.startsWith('EXAMINE'))
      return `* 2 EXISTS\r\n* OK [UIDVALIDITY 7] va bene\r\n${tag} OK [READ-ONLY] fatto\r\n`;
    return `${tag} OK fatto\r\n`;
  };

  it('is given up if it says nothing', async () => {
    const silent = await serve(() => undefined);
    expect(await faultOf(imapMailboxes({ connectMs: 200 }).connect(silent, never))).toBe('unreachable');
  });

  it('is given up if it stops in the middle of a command', async () => {
    const stuck = await serve(script((command, tag) => (command.startsWith('UID FETCH') ? null : usual(command, tag))));
    const connection = await imapMailboxes({ silenceMs: 300 }).connect(stuck, never);
    expect(await faultOf(connection.fetchAfter(0, 10))).toBe('unreachable');
    await connection.close();
  });

  it('is given up if it is dead behind an open connection', async () => {
    const dead = await serve(script((command, tag) => (command === 'NOOP' ? null : usual(command, tag))));
    const connection = await imapMailboxes({ silenceMs: 400 }).connect(dead, never);
    expect(await faultOf(connection.waitForMail(20, never))).toBe('unreachable');
    await connection.close();
  });

  it('is not trusted without a UIDVALIDITY', async () => {
    const lacking = await serve(
      script((command, tag) =>
        command.startsWith('EXAMINE') ? `* 1 EXISTS\r\n${tag} OK fatto\r\n` : usual(command, tag),
      ),
    );
    expect(await faultOf(imapMailboxes().connect(lacking, never))).toBe('protocol');
  });

  it('is disconnected if UIDVALIDITY changes while the folder is open', async () => {
    const changing = await serve(
      script((command, tag) =>
        command.startsWith('STATUS') ? `* STATUS INBOX (UIDVALIDITY 8)\r\n${tag} OK fatto\r\n` : usual(command, tag),
      ),
    );
    const connection = await imapMailboxes().connect(changing, never);
    expect(await faultOf(connection.waitForMail(20, never))).toBe('protocol');
    await connection.close();
  });

  it('that refuses one mail still delivers the others, and the refused one is named', async () => {
    const sick = await serve(
      script((command, tag) => {
        if (!command.startsWith('UID FETCH')) return usual(command, tag);
        if (command.includes('RFC822.SIZE')) {
          const row = (seq: number, uid: number) =>
            `* ${seq} FETCH (UID ${uid} RFC822.SIZE 4 INTERNALDATE "01-Jan-2026 10:00:00 +0100")\r\n`;
          return `${row(1, 1)}${row(2, 2)}${tag} OK fatto\r\n`;
        }
        if (command.startsWith('UID FETCH 1 ')) return `* 1 FETCH (UID 1 BODY[]<0> {4}\r\nciao)\r\n${tag} OK fatto\r\n`;
        return `${tag} NO [SERVERBUG] guasto\r\n`;
      }),
    );
    const connection = await imapMailboxes().connect(sick, never);
    const page = await connection.fetchAfter(0, 10);
    expect(page.map((mail) => [mail.uid, whole(mail).toString()])).toEqual([[1, 'ciao']]);
    await expect(connection.fetchAfter(1, 10)).rejects.toMatchObject({
      name: 'MailRefusedError',
      fault: 'protocol',
      uid: 2,
    });
    await connection.close();
  });

  /** Lists mails of four bytes; what it gives of them is `bodies`, by UID. */
  const giving = (bodies: Readonly<Record<number, string>>, listed: () => readonly number[], date = DATE) =>
    script((command, tag) => {
      if (!command.startsWith('UID FETCH')) return usual(command, tag);
      const rows = command.includes('BODY')
        ? Object.entries(bodies).map(
            ([uid, text]) => `* ${uid} FETCH (UID ${uid} BODY[]<0> {${text.length}}\r\n${text})\r\n`,
          )
        : listed().map((uid) => `* ${uid} FETCH (UID ${uid} RFC822.SIZE 4${date})\r\n`);
      return `${rows.join('')}${tag} OK fatto\r\n`;
    });
  const DATE = ' INTERNALDATE "01-Jan-2026 10:00:00 +0100"';

  it('that answers OK without a body, or with half of one, has refused a mail: it is named, none is skipped', async () => {
    for (const given of ['', 'ci']) {
      const bodies: Record<number, string> = { 1: 'ciao', 3: 'ecco' };
      if (given !== '') bodies[2] = given;
      const sick = await serve(giving(bodies, () => [1, 2, 3]));
      const connection = await imapMailboxes().connect(sick, never);
      expect((await connection.fetchAfter(0, 10)).map(({ uid }) => uid)).toEqual([1]);
      await expect(connection.fetchAfter(1, 10)).rejects.toMatchObject({
        name: 'MailRefusedError',
        uid: 2,
        message: given === '' ? 'the server gives no bytes for mail 2' : 'the server gives 2 of the 4 bytes of mail 2',
        bytes: Buffer.from(given),
      });
      // Stepped over, the later ones go on.
      expect((await connection.fetchAfter(2, 10)).map(({ uid }) => uid)).toEqual([3]);
      await connection.close();
    }
  });

  it('that answers OK without the body of a mail it does not list any more has deleted it', async () => {
    let isGone = false;
    const deleting = await serve(
      giving({ 1: 'ciao', 3: 'ecco' }, () => {
        const now = isGone ? [1, 3] : [1, 2, 3];
        isGone = true;
        return now;
      }),
    );
    const connection = await imapMailboxes().connect(deleting, never);
    expect((await connection.fetchAfter(0, 10)).map(({ uid }) => uid)).toEqual([1, 3]);
    await connection.close();
  });

  it('that ends a large mail early has refused it', async () => {
    const size = 3 * 1024 * 1024;
    const liar = await serve(
      script((command, tag) => {
        if (!command.startsWith('UID FETCH')) return usual(command, tag);
        const body = command.includes('<0.') ? '{4}\r\nciao' : '{0}\r\n';
        const row = command.includes('BODY') ? `BODY[]<0> ${body}` : `RFC822.SIZE ${size}${DATE}`;
        return `* 1 FETCH (UID 1 ${row})\r\n${tag} OK fatto\r\n`;
      }),
    );
    const connection = await imapMailboxes().connect(liar, never);
    const [mail] = await connection.fetchAfter(0, 10);
    await expect(buffer(mail?.bytes as Readable)).rejects.toMatchObject({
      name: 'MailRefusedError',
      message: `the server gives 4 of the ${size} bytes of mail 1`,
    });
    await connection.close();
  });

  it('that does not say when a mail arrived has it now, not in 1970', async () => {
    const before = Date.now();
    const dateless = await serve(giving({ 1: 'ciao' }, () => [1], ''));
    const connection = await imapMailboxes().connect(dateless, never);
    const [mail] = await connection.fetchAfter(0, 10);
    expect(mail?.arrivedAt.getTime()).toBeGreaterThanOrEqual(before);
    await connection.close();
  });

  it('that understates a size gets its mail streamed, not truncated', async () => {
    const body = Buffer.alloc(3 * 1024 * 1024, 'a');
    const liar = await serve(
      script((command, tag) => {
        if (!command.startsWith('UID FETCH')) return usual(command, tag);
        if (command.includes('RFC822.SIZE')) {
          return command.startsWith('UID FETCH 1:')
            ? `* 1 FETCH (UID 1 RFC822.SIZE 4 INTERNALDATE "01-Jan-2026 10:00:00 +0100")\r\n${tag} OK fatto\r\n`
            : `${tag} OK fatto\r\n`;
        }
        const [, from = '0', count = '0'] = /<(\d+)\.(\d+)>/.exec(command) ?? [];
        const piece = body.subarray(Number(from), Number(from) + Number(count)).toString('latin1');
        return `* 1 FETCH (UID 1 BODY[]<${from}> {${piece.length}}\r\n${piece})\r\n${tag} OK fatto\r\n`;
      }),
    );
    const connection = await imapMailboxes().connect(liar, never);
    const [mail] = await connection.fetchAfter(0, 10);
    expect(mail?.bytes).toBeInstanceOf(Readable);
    expect((await buffer(mail?.bytes as Readable)).equals(body)).toBe(true);
    await connection.close();
  });

  it('leaves no password in the log', async () => {
    const lines: string[] = [];
    const log = {
      warn: (entry: unknown) => lines.push(JSON.stringify(entry)),
      error: (entry: unknown) => lines.push(JSON.stringify(entry)),
    };
    const refusing = await serve(
      script((command, tag) =>
        /^(LOGIN|AUTHENTICATE)/.test(command) ? `${tag} NO [AUTHENTICATIONFAILED] no\r\n` : usual(command, tag),
      ),
    );
    const connector = imapMailboxes({ log: log as never });
    expect(await faultOf(connector.connect({ ...refusing, password: 'molto-segreta' }, never))).toBe('authentication');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.join('\n')).not.toContain('molto-segreta');
  });
});
