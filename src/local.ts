/**
 * A region on one machine, for who wants to see it work: PostgreSQL, the sandbox's PEC providers, two example councils
 * and the service for both. Nothing here is part of the production service.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { startLocalPostgres } from './adapters/postgres/local.ts';
import { migrate } from './adapters/postgres/migrate.ts';
import { compose, type Service } from './compose.ts';
import type { Config } from './config.ts';
import { aooId, type MailAddress, mailAddress } from './kernel/ids.ts';
import { type Sandbox, startSandbox } from './sandbox/sandbox.ts';
import type { Office } from './service/office.ts';
import type { SendRequest } from './service/send-message.ts';

const COUNCILS = [
  {
    administration: 'c_esempio',
    code: 'AESEMP1',
    name: 'Comune di Esempio',
    address: 'protocollo@pec.esempio.example.it',
  },
  {
    administration: 'c_provaria',
    code: 'APROVA1',
    name: 'Comune di Provaria',
    address: 'protocollo@pec.provaria.example.it',
  },
] as const;

export interface Region {
  readonly service: Service;
  readonly sandbox: Sandbox;
  readonly offices: readonly [Office, Office];
  readonly database: { readonly url: string; readonly folder: string };
  /** True when the folder held no region before. */
  readonly isNew: boolean;
  stop(): Promise<void>;
}

export type Step = (what: string) => void;

/** Starts everything under `folder`; `step` hears what is running, in order. What was started is stopped when a later part fails. */
export async function startRegion(
  folder: string,
  config: Config,
  log: Logger,
  step: Step,
  throwAway = false,
): Promise<Region> {
  const running: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const end of running.splice(0).reverse()) await end();
  };
  try {
    await mkdir(folder, { recursive: true });
    const postgres = await startLocalPostgres(join(folder, 'postgres'), { throwAway });
    running.push(() => postgres.stop());
    await postgres.createDatabase('interpro');
    const url = postgres.url('interpro');
    const { applied } = await migrate(url);
    step(
      `PostgreSQL 18 in ${postgres.folder}, port ${new URL(url).port}${applied.length > 0 ? `; ${applied.length} migration(s) applied` : ''}`,
    );

    const accounts = await passwords(folder);
    const sandbox = await startSandbox({ folder: join(folder, 'sandbox'), mailboxes: accounts });
    running.push(() => sandbox.stop());
    step(
      `sandbox PEC provider: SMTP ${sandbox.smtp.host}:${sandbox.smtp.port}, IMAP ${sandbox.imap.host}:${sandbox.imap.port}`,
    );
    const trustFolder = join(folder, 'trust');
    await mkdir(trustFolder, { recursive: true });
    await writeFile(join(trustFolder, 'sandbox.pem'), sandbox.caPem);

    const [first, second] = COUNCILS.map((council, index) => office(council, accounts[index]?.password ?? '', sandbox));
    if (first === undefined || second === undefined) throw new Error('two councils are needed');
    const offices = [first, second] as const;
    await writeConfiguration(folder, url, offices);
    const service = await compose({ ...config, databaseUrl: url, offices, dataFolder: folder, trustFolder }, log, {
      anyPort: true,
    });
    running.push(() => service.stop());
    step(
      `service for ${offices.map(({ name }) => name).join(' and ')}: http://${service.address.host}:${service.address.port}/status`,
    );
    const known = await service.views.registrations({ aoo: null, cursor: null, limit: 1 });
    return {
      service,
      sandbox,
      offices,
      database: { url, folder: postgres.folder },
      isNew: known.items.length === 0,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The councils' mailboxes keep their passwords across starts. */
async function passwords(folder: string): Promise<readonly { address: string; password: string }[]> {
  const file = join(folder, 'mailboxes.json');
  const known = await readFile(file, 'utf8').then(JSON.parse, () => null);
  if (known !== null) return known;
  const fresh = COUNCILS.map(({ address }) => ({ address, password: crypto.randomUUID() }));
  await writeFile(file, JSON.stringify(fresh, null, 2), { mode: 0o600 });
  return fresh;
}

function office(council: (typeof COUNCILS)[number], password: string, { smtp, imap }: Sandbox): Office {
  const address = mailAddress(council.address) as MailAddress;
  const account = { user: address, password, secure: false, ca: null };
  return {
    ...council,
    aoo: aooId(council.administration, council.code),
    register: 'PROT',
    address,
    mailboxes: [{ address, account: { ...account, ...imap, folder: 'INBOX' } }],
    smtp: { ...account, ...smtp },
    confirm: 'always',
    policy: new Map(),
  };
}

/** So that the command line finds this region while it runs (`interpro list`, `interpro doctor`). */
async function writeConfiguration(folder: string, databaseUrl: string, offices: readonly Office[]): Promise<void> {
  const content = {
    databaseUrl,
    offices: offices.map(({ administration, code, register, name, address, mailboxes, smtp }) => ({
      administration,
      code,
      register,
      name,
      address,
      mailboxes: mailboxes.map(({ address: own, account: { ca: _, ...account } }) => ({ address: own, ...account })),
      smtp: { host: smtp.host, port: smtp.port, secure: smtp.secure, user: smtp.user, password: smtp.password },
    })),
  };
  await writeFile(join(folder, 'running.json'), JSON.stringify(content, null, 2), { mode: 0o600 });
}

/** A registered message with two documents, as the first council sends it to the second. */
export function sampleMessage(to: Office): SendRequest {
  return {
    subject: 'Trasmissione della convenzione per la gestione associata del servizio di protocollo',
    generation: '2013',
    confirmationRequested: true,
    classifications: [{ name: 'Gestione associata di servizi', levels: ['I', '15'] }],
    recipients: [
      {
        address: to.address,
        correspondent: {
          kind: 'administration',
          name: to.name,
          administration: to.administration,
          aoo: to.code,
          aooName: to.name,
          office: null,
          address: to.address,
          taxCode: null,
        },
      },
    ],
    documents: [
      { name: 'convenzione.pdf', mediaType: 'application/pdf', bytes: samplePdf('Convenzione (documento di prova)') },
      {
        name: 'allegato-a.txt',
        mediaType: 'text/plain',
        bytes: Buffer.from('Elenco dei servizi in gestione associata (prova).\n'),
      },
    ],
  };
}

/** The smallest PDF that a reader opens: one page, one line. */
function samplePdf(line: string): Buffer {
  const content = `BT /F1 18 Tf 72 720 Td (${line.replace(/[()\\]/g, '\\$&')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const at = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const table = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}`;
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.indexOf('xref\n0')}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}
