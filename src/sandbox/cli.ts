import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { mailAddress } from '../kernel/ids.ts';
import type { MailboxLogin } from './mailboxes.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';

/** `interpro sandbox`: the PEC providers alone, until the process is told to stop. */
const HELP = `Uso: interpro sandbox [opzioni]

Gestori PEC di prova: invio per SMTP, caselle IMAP, ricevute, buste e anomalie firmate da una propria autorità.
Nessun valore legale.

  --folder CARTELLA          conserva autorità e posta tra un avvio e l'altro (altrimenti tutto in memoria)
  --host INDIRIZZO           indirizzo su cui ascoltare (127.0.0.1)
  --smtp-port N              porta SMTP (una libera)
  --imap-port N              porta IMAP (una libera)
  --domain DOMINIO           ulteriore dominio certificato; ripetibile
  --dead-domain DOMINIO      dominio certificato che non consegna mai (avvisi a 12 e 24 ore); ripetibile
  --mailbox INDIRIZZO:PAROLA casella e parola d'ordine; ripetibile (in mancanza: due caselle di esempio)
  --digest sha256|sha1       impronta delle firme (sha256)
  --limit-mb N               limite di dimensione per numero di destinatari (100)
  --ca FILE                  esporta il certificato dell'autorità (PEM)
  --json                     stampa i dati come oggetto JSON
  --help                     questo testo
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
    stderr(`${request}\nPer le opzioni: interpro sandbox --help`);
    return 2;
  }
  // Listened for before anything is open, so that an early signal does not leave a half-started process.
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
    throw new ExportError(`Il file ${file} non può essere scritto: ${(error as Error).message}`);
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
    if (digest !== 'sha256' && digest !== 'sha1') return `--digest: sha256 o sha1, non «${digest}».`;
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
  if (!/^\d+$/.test(text) || value > most) throw new RangeError(`--${name}: un numero tra 0 e ${most}, non «${text}».`);
  return value;
}

function login(text: string): MailboxLogin {
  const colon = text.indexOf(':');
  const address = mailAddress(text.slice(0, colon));
  const password = text.slice(colon + 1);
  if (colon < 0 || address === null || password === '') {
    throw new RangeError(`--mailbox: nella forma indirizzo:parola, non «${text}».`);
  }
  return { address, password };
}

function describe(sandbox: Sandbox, { options, caFile, json }: Request): readonly string[] {
  const { smtp, imap, mailboxes } = sandbox;
  if (json) return [JSON.stringify({ smtp, imap, mailboxes, ca: caFile, folder: options.folder ?? null })];
  return [
    'Gestori PEC di prova (nessun valore legale)',
    `  SMTP     ${smtp.host}:${smtp.port} (AUTH PLAIN o LOGIN, senza TLS)`,
    `  IMAP     ${imap.host}:${imap.port} (AUTH PLAIN o LOGIN, senza TLS)`,
    ...mailboxes.map(({ address, password }) => `  casella  ${address}  parola d'ordine: ${password}`),
    `  autorità ${caFile ?? 'non esportata (--ca FILE)'}`,
    `  dati     ${options.folder ?? 'in memoria (--folder CARTELLA per conservarli)'}`,
    'Ctrl+C per fermare.',
  ];
}

function explain(error: unknown): string {
  if (error instanceof ExportError) return error.message;
  const { code, port, message } = error as NodeJS.ErrnoException & { readonly port?: number };
  if (code === 'EADDRINUSE') return `La porta ${port} è già occupata da un altro programma: sceglierne un'altra.`;
  if (code === 'EACCES' && port !== undefined) return `La porta ${port} non è permessa a questo utente.`;
  return `L'ambiente di prova non può partire: ${message}`;
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
