import type { AddressInfo, Socket } from 'node:net';
import hoodiecrow from 'hoodiecrow-imap';
import fetchHandlers from 'hoodiecrow-imap/lib/commands/handlers/fetch.js';
import { straightFetch } from './imap-fetch.ts';
import { type Keeping, newUidValidity, type StoredMail } from './mailbox.ts';

/**
 * The IMAP side. hoodiecrow serves one user per server, so there is one server that listens and asks for the name, and
 * one that does not listen for each mailbox: a login hands the connection over.
 */
export interface ImapMailbox {
  append(mail: Buffer | (() => Buffer), arrivedAt: Date): void;
  mails(): readonly StoredMail[];
  count(): number;
  /** Every mail under a new UID and a new UIDVALIDITY; its clients are cut off. */
  renumber(): void;
}

export interface ImapOptions {
  readonly host: string;
  readonly port: number;
  /** The mailbox that this name and password open, `null` to refuse, `'disconnect'` to hang up. */
  readonly login: (user: string, password: string) => ImapMailbox | 'disconnect' | null;
}

export interface ImapService {
  readonly port: number;
  dropConnections(): void;
  stop(): Promise<void>;
}

const PLUGINS = [
  'ID',
  'LITERALPLUS',
  'UIDPLUS',
  'MOVE',
  'NAMESPACE',
  'SPECIAL-USE',
  'UNSELECT',
  idle,
  wholeMessages,
  straightFetch,
];
const behind = new WeakMap<ImapMailbox, hoodiecrow.ImapServer>();
const clients = new WeakMap<ImapMailbox, Set<Socket>>();

const newServer = (storage: object): hoodiecrow.ImapServer => {
  // Without credentials of its own each server would read hoodiecrow's from the disk; there is no TLS here.
  const server = hoodiecrow({ plugins: PLUGINS, credentials: {}, users: {}, storage });
  server.setMaxListeners(0);
  return server;
};

export function openMailbox(kept: Keeping): ImapMailbox {
  const server = newServer({
    INBOX: {
      uidvalidity: kept.uidValidity,
      messages: kept.mails.map(({ uid, bytes, arrivedAt }) => messageOf(bytes, arrivedAt, uid)),
    },
    '': {},
  });
  const inbox = server.getMailbox('INBOX');
  inbox.uidnext = Math.max(inbox.uidnext, kept.uidNext);
  server.on('notify', ({ command }: { readonly command: { readonly attributes: readonly unknown[] } }) => {
    const expunged = JSON.stringify(command.attributes[1])?.includes('EXPUNGE');
    if (expunged) kept.retain(new Set(inbox.messages.map(({ uid = 0 }) => uid)));
  });
  // Mail that a client appends is kept as well.
  server.messageHandlers.push((_, message, folder) => {
    // What a client appends or copies is hoodiecrow's own.
    if (message.bytes === undefined) Object.assign(message, { bytes: Buffer.from(message.raw, 'latin1') });
    if (folder !== inbox || message.uid === undefined) return;
    kept.keep(message.uid, message, new Date(message.internaldate ?? 0));
  });
  const sockets = new Set<Socket>();
  const mailbox: ImapMailbox = {
    append(mail, arrivedAt) {
      const message = messageOf(mail, arrivedAt);
      inbox.messages.push(message);
      server.processMessage(message, inbox);
      server.notify({ tag: '*', attributes: [inbox.messages.length, { type: 'ATOM', value: 'EXISTS' }] }, inbox);
    },
    count: () => inbox.messages.length,
    mails: () =>
      inbox.messages.map((message) => ({
        uid: message.uid ?? 0,
        get bytes() {
          return message.bytes;
        },
        arrivedAt: new Date(message.internaldate ?? 0),
      })),
    renumber() {
      inbox.uidvalidity = newUidValidity();
      kept.renumber(
        inbox.messages.map(({ uid = 0 }) => uid),
        inbox.uidvalidity,
      );
      for (const [index, message] of inbox.messages.entries()) message.uid = index + 1;
      inbox.uidnext = inbox.messages.length + 1;
      for (const socket of sockets) socket.destroy();
    },
  };
  behind.set(mailbox, server);
  clients.set(mailbox, sockets);
  return mailbox;
}

/** The bytes stay as they are; hoodiecrow's own form of them is made where it is asked for, and not kept. */
function messageOf(mail: Buffer | (() => Buffer), arrivedAt: Date, uid?: number): hoodiecrow.Message {
  let known = mail;
  return {
    ...(uid === undefined ? {} : { uid }),
    internaldate: internalDate(arrivedAt),
    get bytes() {
      if (typeof known === 'function') known = known();
      return known;
    },
    get raw() {
      return this.bytes.toString('latin1');
    },
  };
}

export async function startImap(options: ImapOptions): Promise<ImapService> {
  const front = newServer({ INBOX: {}, '': {} });
  const sockets = new Set<Socket>();
  front.server.on('connection', (socket: Socket) => {
    // A client that waits for the end of an answer must not wait for its own delayed acknowledgement.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  offerLogin(front, options.login);
  await new Promise<void>((resolve, reject) => {
    front.server.once('error', reject);
    front.server.listen(options.port, options.host, () => {
      front.server.off('error', reject);
      resolve();
    });
  });
  const dropConnections = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (front.server.address() as AddressInfo).port,
    dropConnections,
    stop: () =>
      new Promise((resolve) => {
        front.server.close(() => resolve());
        dropConnections();
      }),
  };
}

/** LOGIN, and AUTHENTICATE PLAIN: hoodiecrow's parser takes a quoted password apart wrongly when it holds a quote. */
function offerLogin(front: hoodiecrow.ImapServer, login: ImapOptions['login']): void {
  const enter = (connection: hoodiecrow.Connection, parsed: hoodiecrow.Parsed, user: string, password: string) => {
    const answer = (command: 'OK' | 'NO', value: string) =>
      connection.send({ tag: parsed.tag, command, attributes: [{ type: 'TEXT', value }] }, 'LOGIN', parsed);
    const mailbox = login(user, password);
    if (mailbox === 'disconnect') return connection.socket?.destroy();
    const server = mailbox && behind.get(mailbox);
    if (!server) return answer('NO', '[AUTHENTICATIONFAILED] Authentication failed');
    connection.server.off('notify', connection._notificationCallback);
    connection.server = server;
    connection.server.on('notify', connection._notificationCallback);
    connection.state = 'Authenticated';
    const { socket } = connection;
    if (socket) {
      clients.get(mailbox)?.add(socket);
      socket.once('close', () => clients.get(mailbox)?.delete(socket));
    }
    answer('OK', 'User logged in');
  };
  front.setCommandHandler('LOGIN', (connection, parsed, _, callback) => {
    const [user, password] = (parsed.attributes ?? []) as readonly hoodiecrow.Attribute[];
    enter(connection, parsed, user?.value ?? '', password?.value ?? '');
    callback();
  });
  front.registerCapability('AUTH=PLAIN');
  front.registerCapability('SASL-IR');
  front.setCommandHandler('AUTHENTICATE PLAIN', (connection, parsed, _, callback) => {
    const plain = (line: string) => {
      connection.inputHandler = false;
      const [, user = '', password = ''] = Buffer.from(line, 'base64').toString('utf8').split('\0');
      enter(connection, parsed, user, password);
      callback();
    };
    const [first] = (parsed.attributes ?? []) as readonly hoodiecrow.Attribute[];
    const initial = first?.value;
    if (initial !== undefined) return plain(initial);
    connection.inputHandler = plain;
    connection.socket?.write('+ \r\n');
  });
}

/**
 * IDLE (RFC 2177) without the thirty-minute timer of hoodiecrow's own, which outlives its connection. News is told at
 * once, but what one submission leads to is told together: a reader then fetches it in one go.
 */
function idle(server: hoodiecrow.ImapServer): void {
  server.registerCapability('IDLE');
  const idling = new Set<hoodiecrow.Connection>();
  let telling = false;
  const tell = () => {
    telling = false;
    for (const connection of idling) {
      const { socket } = connection;
      if (!socket) idling.delete(connection);
      socket?.cork();
      connection.processNotifications();
      socket?.uncork();
    }
  };
  server.on('notify', () => {
    if (telling || idling.size === 0) return;
    telling = true;
    setImmediate(tell);
  });
  server.setCommandHandler('IDLE', (connection, parsed, data, callback) => {
    const answer = (command: 'OK' | 'BAD' | 'NO', value: string) =>
      connection.send({ tag: parsed.tag, command, attributes: [{ type: 'TEXT', value }] }, 'IDLE', parsed, data);
    if (connection.state === 'Not Authenticated') {
      answer('NO', 'Login first');
      return callback();
    }
    idling.add(connection);
    connection.inputHandler = (line) => {
      connection.inputHandler = false;
      idling.delete(connection);
      if (line.trim().toUpperCase() === 'DONE') answer('OK', 'IDLE terminated');
      else answer('BAD', 'Invalid IDLE continuation');
    };
    connection.socket?.write('+ idling\r\n');
    connection.processNotifications();
    return callback();
  });
}

/** BODY[] straight from the stored bytes: hoodiecrow would take the whole message apart first and keep the result. */
function wholeMessages(server: hoodiecrow.ImapServer): void {
  for (const name of ['BODY', 'BODY.PEEK']) {
    server.fetchHandlers[name] = (connection, message, query) => {
      if (!Array.isArray(query.section) || query.section.length > 0) {
        return fetchHandlers[name]?.(connection, message, query);
      }
      const [start, length] = query.partial ?? [];
      if (start === undefined) return { type: 'LITERAL', value: message.raw };
      // The answer names the offset only: BODY[]<0> (RFC 3501, 7.4.2).
      query.partial = [start];
      return { type: 'LITERAL', value: message.raw.slice(start, length === undefined ? undefined : start + length) };
    };
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** INTERNALDATE in UTC; hoodiecrow's own goes wrong with zones of half hours. */
function internalDate(at: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  return `${two(at.getUTCDate())}-${MONTHS[at.getUTCMonth()]}-${at.getUTCFullYear()} ${time} +0000`;
}
