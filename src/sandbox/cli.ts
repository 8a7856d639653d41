import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mailAddress } from '../kernel/ids.ts';
import type { MailboxLogin } from './mailboxes.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';

/** `interpro sandbox`: the PEC providers alone, until the process is told to stop. */
const HELP = `Usage: interpro sandbox [options]

PEC providers for demos and tests: submission by SMTP, mailboxes by IMAP, receipts, envelopes and anomalies signed by an
authority of their own. No legal value.

  --folder FOLDER              keep the authority and the mail between runs (default: all in memory)
  --host ADDRESS               address to listen on (127.0.0.1)
  --smtp-port N                port of SMTP (a free one)
  --imap-port N                port of IMAP (a free one)
  --domain DOMAIN              a further certified domain; may be repeated
  --dead-domain DOMAIN         a certified domain that never delivers (notices after 12 and 24 hours); may be repeated
  --mailbox ADDRESS:PASSWORD   a mailbox and its password; may be repeated (default: two mailboxes of examples)
  --digest sha256|sha1         digest of the signatures (sha256)
  --limit-mb N                 limit of size times number of recipients (100)
  --ca FILE                    export the certificate of the authority (PEM)
  --json                       print the facts as a JSON object
  --help                       this text
`;

const DEFAULT_MAILBOXES: readonly MailboxLogin[] = [
  { address: 'protocollo@pec.esempio.example.it', password: 'esempio' },
  { address: 'protocollo@pec.provaria.example.it', password: 'provaria' },
];

interface Request {
  readonly options: SandboxOptions;
  readonly caFile: string | null;
  readonly json: boolean;
}

/** The exit code. `signal` stops it as SIGINT and SIGTERM do. */
export async function runSandbox(
  argv: readonly string[],
  stdout: (line: string) => void,
  stderr: (line: string) => void = stdout,
  signal?: AbortSignal,
): Promise<number> {
  const request = readArguments(argv);
  if (request === 'help') {
    stdout(HELP.trimEnd());
    return 0;
  }
  if (typeof request === 'string') {
    stderr(`${request}\nFor the options: interpro sandbox --help`);
    return 2;
  }
  // Before anything is open, so that an early signal does not leave a half-started process.
  const stopped = untilStopped(signal);
  try {
    const sandbox = await startSandbox(request.options);
    try {
      if (request.caFile !== null) exportCa(request.caFile, sandbox.caPem);
      for (const line of describe(sandbox, request)) stdout(line);
      await stopped.promise;
    } finally {
      await sandbox.stop();
    }
    return 0;
  } catch (error) {
    stderr(explain(error));
    return 1;
  } finally {
    stopped.forget();
  }
}

class ExportError extends Error {}

function exportCa(file: string, pem: string): void {
  try {
    writeFileSync(file, pem);
  } catch (error) {
    throw new ExportError(`${file} cannot be written: ${(error as Error).message}`);
  }
}

function readArguments(argv: readonly string[]): Request | string {
  const text = { type: 'string' } as const;
  const list = { type: 'string', multiple: true, default: [] as string[] } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        ...{ folder: text, host: text, 'smtp-port': text, 'imap-port': text, ca: text, digest: text, 'limit-mb': text },
        ...{ domain: list, 'dead-domain': list, mailbox: list, json: flag, help: flag },
      },
    });
    if (values.help) return 'help';
    const { digest = 'sha256' } = values;
    if (digest !== 'sha256' && digest !== 'sha1') return `--digest is "${digest}": use sha256 or sha1`;
    const options: SandboxOptions = {
      ...(values.folder === undefined ? {} : { folder: values.folder }),
      ...(values.host === undefined ? {} : { host: values.host }),
      smtpPort: whole('smtp-port', values['smtp-port'], 0, 65_535),
      imapPort: whole('imap-port', values['imap-port'], 0, 65_535),
      limitBytes: whole('limit-mb', values['limit-mb'], 100, 500) * 1024 * 1024,
      domains: values.domain,
      deadDomains: values['dead-domain'],
      mailboxes: values.mailbox.length > 0 ? values.mailbox.map(login) : DEFAULT_MAILBOXES,
      digest,
    };
    return { options, caFile: values.ca ?? null, json: values.json };
  } catch (error) {
    return (error as Error).message;
  }
}

function whole(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most)
    throw new RangeError(`--${name} is "${text}": use a number from 0 to ${most}`);
  return value;
}

function login(text: string): MailboxLogin {
  const colon = text.indexOf(':');
  const address = mailAddress(text.slice(0, colon));
  const password = text.slice(colon + 1);
  if (colon < 0 || address === null || password === '') {
    throw new RangeError(`--mailbox is "${text}": write address:password`);
  }
  return { address, password };
}

function describe(sandbox: Sandbox, { options, caFile, json }: Request): readonly string[] {
  const { smtp, imap, mailboxes } = sandbox;
  if (json) return [JSON.stringify({ smtp, imap, mailboxes, ca: caFile, folder: options.folder ?? null })];
  return [
    'PEC providers for demos and tests (no legal value)',
    `  SMTP       ${smtp.host}:${smtp.port} (AUTH PLAIN or LOGIN, no TLS)`,
    `  IMAP       ${imap.host}:${imap.port} (AUTH PLAIN or LOGIN, no TLS)`,
    ...mailboxes.map(({ address, password }) => `  mailbox    ${address}  password: ${password}`),
    `  authority  ${caFile ?? 'not exported (--ca FILE)'}`,
    `  data       ${options.folder ?? 'in memory (--folder FOLDER keeps them)'}`,
    'Ctrl+C stops it.',
  ];
}

function explain(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const { code, port, message } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is taken by another program: choose another one`;
  if (code === 'EACCES' && port !== undefined) return `this user may not listen on port ${port}`;
  return `the sandbox cannot start: ${message}`;
}

function untilStopped(signal: AbortSignal | undefined): { readonly promise: Promise<void>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = () => resolve();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) resolve();
  return {
    promise,
    forget() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      signal?.removeEventListener('abort', stop);
    },
  };
}
