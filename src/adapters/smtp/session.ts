import { rootCertificates } from 'node:tls';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpAccount } from '../../service/register/accounts.ts';
import type { ComposedMail } from './compose.ts';

/** What went wrong in a session, as the library tells it. */
export interface SessionError extends Error {
  readonly code?: string | undefined;
  readonly command?: string | undefined;
  readonly response?: string | undefined;
  readonly responseCode?: number | undefined;
}

export interface SessionTimes {
  readonly connectMs: number;
  /** Silence of the server in the middle of something. */
  readonly silenceMs: number;
}

export interface Sent {
  readonly response: string;
  /** Recipients the server refused while it took the mail for the others. */
  readonly refused: readonly { readonly address: string; readonly response: string }[];
}

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
/** RFC 6409: mail submission starts in clear and must then switch to TLS; 465 is TLS from the first byte. */
const STARTTLS_PORTS = new Set([25, 587, 2525]);

/** One connection to a submission server, used for one mail at a time. */
export class SmtpSession {
  readonly #connection: SMTPConnection;
  #sent = 0;
  #open = true;
  onEnd: () => void = () => undefined;

  private constructor(connection: SMTPConnection) {
    this.#connection = connection;
    const end = () => {
      this.#open = false;
      this.onEnd();
    };
    // An idle connection that the server closes is no error of anybody; without a listener it would end the process.
    connection.on('error', end);
    connection.on('end', end);
  }

  static async open(account: SmtpAccount, times: SessionTimes, signal?: AbortSignal): Promise<SmtpSession> {
    const connection = new SMTPConnection(settings(account, times));
    const session = new SmtpSession(connection);
    const cut = () => session.close();
    signal?.addEventListener('abort', cut, { once: true });
    try {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject);
        connection.once('end', () => reject(Object.assign(new Error('connection closed'), { code: 'ECONNECTION' })));
        connection.connect((error) => (error ? reject(error) : resolve()));
      });
      const { user, password } = account;
      if (user !== null && password !== null) {
        await new Promise<void>((resolve, reject) => {
          connection.login({ credentials: { user, pass: password }, user, pass: password }, (error) =>
            error ? reject(error) : resolve(),
          );
        });
      }
    } catch (error) {
      session.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cut);
    }
    return session;
  }

  get open(): boolean {
    return this.#open;
  }

  /** Mails tried on this connection. */
  get sent(): number {
    return this.#sent;
  }

  async send(mail: ComposedMail, signal?: AbortSignal): Promise<Sent> {
    signal?.throwIfAborted();
    this.#sent += 1;
    const cut = () => this.close();
    signal?.addEventListener('abort', cut, { once: true });
    try {
      return await this.#send(mail);
    } finally {
      signal?.removeEventListener('abort', cut);
    }
  }

  #send(mail: ComposedMail): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const broken = () => reject(Object.assign(new Error('connection closed'), { code: 'ECONNECTION' }));
      this.#connection.once('end', broken);
      // The library would wait for the server's patience to end when the mail itself cannot be read.
      mail.bytes.once('error', reject);
      this.#connection.send({ from: mail.from, to: [...mail.to] }, mail.bytes, (error, info) => {
        this.#connection.removeListener('end', broken);
        if (error) return reject(error);
        const refused = (info.rejectedErrors ?? []).map((one: SessionError & { recipient?: unknown }) => ({
          address: String(one.recipient ?? ''),
          response: one.response ?? one.message,
        }));
        resolve({ response: info.response ?? '', refused });
      });
    });
  }

  quit(): void {
    this.#open = false;
    this.#connection.quit();
    // The server may not answer; the socket must not keep the process.
    setTimeout(() => this.#connection.close(), 2_000).unref();
  }

  close(): void {
    this.#open = false;
    this.#connection.close();
  }
}

function settings(account: SmtpAccount, times: SessionTimes) {
  const startTls = account.secure && STARTTLS_PORTS.has(account.port);
  return {
    host: account.host,
    port: account.port,
    secure: account.secure && !startTls,
    requireTLS: startTls,
    ignoreTLS: !account.secure && LOOPBACK.test(account.host),
    tls: account.ca === null ? {} : { ca: [...rootCertificates, account.ca] },
    connectionTimeout: times.connectMs,
    greetingTimeout: times.connectMs,
    dnsTimeout: times.connectMs,
    socketTimeout: times.silenceMs,
    socketCloseTimeout: 1_000,
    logger: false,
  };
}
