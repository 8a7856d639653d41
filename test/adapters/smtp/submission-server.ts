import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { SmtpAccount } from '../../../src/service/register/accounts.ts';

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly bytes: Buffer;
}

const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code });

/** A real submission server on loopback. Recipients decide: `450@`, `550@` at RCPT; `after-451@`, `after-554@` after the data. */
export async function startSubmission(options: { port?: number; tls?: { key: string; cert: string } } = {}) {
  const received: ReceivedMail[] = [];
  const state = { connections: 0, dropAtData: false, closeIdleMs: 60_000 };
  const server = new SMTPServer({
    ...(options.tls === undefined ? {} : { secure: true, ...options.tls }),
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    socketTimeout: state.closeIdleMs,
    onConnect(_session, done) {
      state.connections += 1;
      done();
    },
    onAuth({ username, password }, _session, done) {
      if (username === 'ufficio' && password === 'parola-segreta') done(null, { user: username });
      else done(refusal(535, 'credenziali errate'));
    },
    onRcptTo({ address }, _session, done) {
      const code = /^(\d{3})@/.exec(address)?.[1];
      done(code === undefined ? null : refusal(Number(code), `no ${address}`));
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
      buffer(stream).then((bytes) => {
        if (state.dropAtData) {
          for (const connection of server.connections)
            (connection as { _socket: { destroy(): void } })._socket.destroy();
          return;
        }
        const code = /^after-(\d{3})@/.exec(to[0] ?? '')?.[1];
        if (code !== undefined) return done(refusal(Number(code), 'rifiutato'));
        received.push({ from, to, bytes });
        done(null, 'Ok: in coda');
      }, done);
    },
  });
  // Tests break connections on purpose.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const account: SmtpAccount = {
    host: '127.0.0.1',
    port: address.port,
    secure: false,
    user: 'ufficio',
    password: 'parola-segreta',
    ca: null,
  };
  return {
    account,
    received,
    state,
    /** Ends every client's connection, as servers do with idle ones. */
    hangUp() {
      for (const connection of server.connections) (connection as { _socket: { destroy(): void } })._socket.destroy();
    },
    stop: () =>
      new Promise<void>((resolve) => {
        for (const connection of server.connections) (connection as { _socket: { destroy(): void } })._socket.destroy();
        server.close(() => resolve());
      }),
  };
}
