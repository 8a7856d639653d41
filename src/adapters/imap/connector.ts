import { rootCertificates } from 'node:tls';
import { ImapFlow } from 'imapflow';
import type { Logger } from 'pino';
import { type MailboxConnection, type MailboxConnector, MailboxError } from '../../service/intake/mailbox.ts';
import type { MailboxAccount } from '../../service/register/accounts.ts';
import { ImapConnection } from './connection.ts';
import { toMailboxError } from './to-mailbox-error.ts';

export interface ImapOptions {
  /** A child of the service's logger; only warnings and errors of the library reach it, without protocol lines. */
  readonly log?: Logger;
  readonly connectMs?: number;
  /** A command without any answer for so long is a lost connection. */
  readonly silenceMs?: number;
}

/** RFC 2177 asks for a fresh IDLE at least every 29 minutes; firewalls forget sooner. */
const IDLE_MS = 4 * 60_000;
/** Nothing asked for is larger than a 2 MiB piece; a server that sends more is cut off. */
const LITERAL_BYTES = 8 * 1024 * 1024;

const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/**
 * Mailboxes over IMAP, a new client for every connection. `secure`: TLS from the first byte, or STARTTLS required on
 * port 143. Not `secure`: STARTTLS where the server offers it, and none on loopback.
 */
export function imapMailboxes(options: ImapOptions = {}): MailboxConnector {
  return { connect: (account, signal) => connect(account, signal, options) };
}

async function connect(account: MailboxAccount, signal: AbortSignal, options: ImapOptions): Promise<MailboxConnection> {
  if (signal.aborted) throw new MailboxError('unreachable', 'aborted before connecting');
  const client = new ImapFlow(settings(account, options));
  // Without a listener an 'error' event would end the process; the connection brings its own.
  client.on('error', () => undefined);
  const abort = () => client.close();
  signal.addEventListener('abort', abort);
  try {
    await client.connect();
    const opened = await client.mailboxOpen(account.folder, { readOnly: true });
    if (typeof opened.uidValidity !== 'bigint') {
      throw new MailboxError('protocol', `the server names no UIDVALIDITY for ${account.folder}`);
    }
    return new ImapConnection(client, account.folder, opened.uidValidity, options.silenceMs);
  } catch (error) {
    client.close();
    throw signal.aborted ? new MailboxError('unreachable', 'aborted while connecting') : toMailboxError(error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function settings(account: MailboxAccount, { log, connectMs = 20_000, silenceMs = 60_000 }: ImapOptions) {
  const startTls = account.secure && account.port === 143;
  return {
    host: account.host,
    port: account.port,
    secure: account.secure && !startTls,
    ...(startTls ? { doSTARTTLS: true } : {}),
    ...(!account.secure && LOOPBACK.test(account.host) ? { doSTARTTLS: false } : {}),
    auth: { user: account.user, pass: account.password },
    tls: account.ca === null ? {} : { ca: [...rootCertificates, account.ca] },
    clientInfo: { name: 'InterPro' },
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    disableAutoIdle: true,
    // Base64 does not compress by much, and inflating costs more than a local network; UTF8=ACCEPT would change bytes.
    disableCompression: true,
    disableAutoEnable: true,
    disableBinary: true,
    maxIdleTime: IDLE_MS,
    maxLiteralSize: LITERAL_BYTES,
    maxLineLength: LITERAL_BYTES,
    maxResponseSize: 2 * LITERAL_BYTES,
    logger: log === undefined ? (false as const) : quiet(log, account),
  };
}

/** The library logs whole protocol lines, with subjects and addresses in them: only what went wrong is passed on. */
function quiet(log: Logger, { host, user }: MailboxAccount) {
  const about = (entry: unknown) => {
    const { msg, err } = (entry ?? {}) as { msg?: unknown; err?: { code?: unknown; message?: unknown } };
    return { host, user, imap: typeof msg === 'string' ? msg : undefined, code: err?.code, reason: err?.message };
  };
  const nothing = () => undefined;
  return {
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: (entry: unknown) => log.warn(about(entry)),
    error: (entry: unknown) => log.error(about(entry)),
    fatal: (entry: unknown) => log.error(about(entry)),
  };
}
