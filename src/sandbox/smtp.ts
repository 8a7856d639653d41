import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { MailEnvelope } from './formal-checks.ts';
import type { RefuseAction } from './rules.ts';

export interface SmtpServerOptions {
  readonly host: string;
  readonly port: number;
  /** The server refuses larger messages itself; the provider's own limit is lower. */
  readonly maxBytes: number;
  readonly authenticate: (user: string, password: string) => boolean;
  /** The misbehaviour ordered for this user, if any. */
  readonly refusal: (user: string, to: readonly string[], at: 'login' | 'data') => RefuseAction['how'] | null;
  /** Resolves when the client may get its answer. */
  readonly reply: (user: string, to: readonly string[]) => Promise<void> | null;
  /** Resolves with the answer when everything that follows from the message is stored. */
  readonly accept: (envelope: MailEnvelope, message: Buffer) => Promise<string>;
}

export interface SmtpServer {
  readonly port: number;
  stop(): Promise<void>;
}

const reply = (responseCode: number, message: string): Error => Object.assign(new Error(message), { responseCode });

/** Submission with AUTH PLAIN and LOGIN, without TLS: it listens on the loopback. */
export async function startSmtp(options: SmtpServerOptions): Promise<SmtpServer> {
  const server: SMTPServer = new SMTPServer({
    name: 'sandbox',
    banner: 'PEC sandbox',
    authMethods: ['PLAIN', 'LOGIN'],
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: options.maxBytes,
    closeTimeout: 1_000,
    logger: false,
    onAuth({ username, password }, _session, callback) {
      const user = (username ?? '').toLowerCase();
      const refused = options.refusal(user, [], 'login');
      if (refused !== null || !options.authenticate(user, password ?? '')) {
        return callback(reply(535, '5.7.8 Authentication failed'));
      }
      return callback(null, { user });
    },
    onMailFrom({ address }, session, callback) {
      const own = address.toLowerCase() === session.user;
      return callback(own ? null : reply(553, '5.7.1 Sender address not owned by the authenticated user'));
    },
    onData(stream, session, callback) {
      receive(stream, session).then(
        (answer) => callback(null, answer),
        (error: Error) => callback('responseCode' in error ? error : reply(451, '4.3.0 Internal error')),
      );
    },
  });

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (stream.sizeExceeded) throw reply(552, '5.3.4 Message too big');
    const { mailFrom, rcptTo } = session.envelope;
    const from = (mailFrom ? mailFrom.address : '').toLowerCase();
    const to = [...new Set(rcptTo.map(({ address }) => address.toLowerCase()))];
    const how = options.refusal(from, to, 'data');
    if (how === 'temporary') throw reply(451, '4.3.2 System not accepting messages, try again later');
    if (how === 'permanent') throw reply(554, '5.7.1 Message refused');
    if (how === 'disconnect') hangUp(session);
    if (how === 'disconnect') throw reply(421, '4.3.2 Closing');
    const answer = await options.accept({ from, to }, Buffer.concat(chunks));
    if (how === 'accept-and-disconnect') hangUp(session);
    await options.reply(from, to);
    return answer;
  }

  /** smtp-server offers no call for it, but its connections carry the id of their session. */
  function hangUp(session: SMTPServerSession): void {
    const connections = server.connections as Set<{ readonly id: string; readonly _socket: Socket }>;
    for (const connection of connections) if (connection.id === session.id) connection._socket.destroy();
  }

  // Replies are short and the client waits for each: Nagle's algorithm would only delay them.
  server.server.on('connection', (socket: Socket) => socket.setNoDelay(true));
  // A broken connection is for the client to report.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        const connections = server.connections as Set<{ readonly _socket: Socket }>;
        for (const { _socket } of connections) _socket.destroy();
      }),
  };
}
