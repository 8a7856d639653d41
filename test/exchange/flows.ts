import { buffer } from 'node:stream/consumers';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresEvidence } from '../../src/adapters/postgres/queries/evidence.ts';
import { postgresVisura } from '../../src/adapters/postgres/queries/visura.ts';
import { compose } from '../../src/adapters/smtp/compose.ts';
import type { MailAddress } from '../../src/kernel/ids.ts';
import type { Result } from '../../src/kernel/result.ts';
import type { Generation, Identifier } from '../../src/model/segnatura.ts';
import type { EvidenceIndex } from '../../src/service/evidence/evidence-index.ts';
import { evidence } from '../../src/service/evidence/open-evidence.ts';
import type { SendRequest } from '../../src/service/outgoing/send-request.ts';
import type { ExchangeDetail, MessageDetail } from '../../src/service/queries/views.ts';
import { visura } from '../../src/service/queries/visura.ts';
import { readZip } from '../support/zip-reader.ts';
import { type Council, type Facts, until } from './councils.ts';
import { fresh } from './mails.ts';

/** The person who acts for an office. */
export const BY = { by: 'operatore', client: 'prova', idempotency: null };
export const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const satisfies readonly Generation[];

/** A recipient as the index names it. */
export const recipient = (facts: Facts, more: Partial<SendRequest['recipients'][number]> = {}) => ({
  address: facts.address,
  correspondent: {
    kind: 'administration' as const,
    name: facts.name,
    administration: facts.administration,
    aoo: facts.code,
    aooName: facts.name,
    office: null,
    address: facts.address,
    taxCode: null,
  },
  ...more,
});

/** A company, known by its address. */
export const stranger = (address: string) => ({
  address: address as MailAddress,
  correspondent: {
    kind: 'legal-person' as const,
    name: 'Esempio Srl',
    administration: null,
    aoo: null,
    aooName: null,
    office: null,
    address,
    taxCode: null,
  },
});

export interface Sent {
  readonly identifier: Identifier;
  readonly subject: string;
  readonly id: string;
  readonly messageId: string;
  readonly exchanges: readonly {
    readonly exchangeId: string;
    readonly recipient: string;
    readonly messageId: string;
  }[];
}

/** Sends with a unique subject, by which the other side finds it. */
export function requestTo(to: Facts, change: Partial<SendRequest> = {}): SendRequest {
  const subject = change.subject ?? fresh('Delibera');
  return {
    subject,
    generation: '2013',
    confirmationRequested: true,
    classifications: [{ name: 'Prova', levels: ['1'] }],
    recipients: [recipient(to)],
    documents: [{ name: 'delibera.pdf', mediaType: 'application/pdf', bytes: Buffer.from(`%PDF ${subject}`) }],
    ...change,
  };
}

export async function send(from: Council, to: Facts, change: Partial<SendRequest> = {}): Promise<Sent> {
  const request = requestTo(to, change);
  const { subject } = request;
  const sent = await from.service.send(from.office, request);
  if (!sent.ok) throw new Error(sent.problem.message);
  const { identifier, exchanges } = sent.value;
  const [first] = exchanges;
  return { identifier, exchanges, subject, id: first?.exchangeId ?? '', messageId: first?.messageId ?? '' };
}

/** Waits until the exchange is in this state and has had these events. */
export function inState(of: Council, id: string, state: string | null, ...types: readonly string[]) {
  let last = '';
  return until(
    `${state} with ${types.join(', ')} in ${id}`,
    async () => {
      const found = await of.service.views.exchange(id);
      const had = found?.events.map(({ type }) => type) ?? [];
      last = `${found?.state}: ${had.join(', ')}`;
      return (state === null || found?.state === state) && types.every((type) => had.includes(type)) && found;
    },
    25,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : error}; it is ${last}`);
  });
}

/** All events of an exchange that went well, receipts included. */
export const WHOLE = ['message-sent', 'receipt-accettazione', 'receipt-avvenuta-consegna', 'confirmation'];
/** The same for an incoming one, once our answer has been delivered. */
export const ANSWERED = ['confirmation-sent', 'receipt-accettazione', 'receipt-avvenuta-consegna'];

/** The recipient's exchange of a message, found by its subject. */
export async function arrived(at: Council, subject: string, state: string | null, ...types: readonly string[]) {
  const id = await until(`the arrival of ${subject}`, async () => {
    const rows = await at.rows<{ exchange_id: string }>(
      `select exchange_id from exchange where subject = $1 and direction = 'incoming'`,
      subject,
    );
    return rows[0]?.exchange_id;
  });
  return inState(at, id, state, ...types);
}

/** The mail of the latest event of this type. */
export async function mailOf(of: Council, exchange: ExchangeDetail, type: string): Promise<MessageDetail> {
  const id = exchange.events.findLast((event) => event.type === type)?.message;
  const mail = id ? await of.service.views.message(id) : null;
  if (mail === null) throw new Error(`no mail of ${type} in ${exchange.id}`);
  return mail;
}

/** Open and closed tasks of an exchange. */
export const openTasks = (exchange: ExchangeDetail): readonly string[] =>
  exchange.tasks.filter(({ closedAt }) => closedAt === null).map(({ code }) => code);
export const count = (exchange: ExchangeDetail, type: string): number =>
  exchange.events.filter((event) => event.type === type).length;

/** A registration as commands name it. */
export function keyOf(number: string | null): { register: string; year: number; number: number } {
  const [digits = '', year = ''] = (number ?? '').split('/');
  return { register: 'PROT', year: Number(year), number: Number(digits) };
}

export async function done<T>(result: Promise<Result<T>>): Promise<T> {
  const answer = await result;
  if (!answer.ok) throw new Error(answer.problem.message);
  return answer.value;
}
/** The problem code with which a command is refused. */
export async function refusal(result: Promise<Result<unknown>>): Promise<string> {
  const answer = await result;
  return answer.ok ? 'not refused' : answer.problem.code;
}

export const registrationsOf = (of: Council, subject: string) =>
  of.rows<{ number: string; direction: string; flags: readonly { code: string }[] }>(
    'select number, direction, flags from registration where subject = $1 order by registered_at, number',
    subject,
  );

/** The answer when the sender asks about its message. */
export async function asked(at: Council, asker: Facts, about: Identifier) {
  const pool = openPool(at.database.url, 'test visura', 1);
  try {
    const { administration, code, address } = asker;
    const codes = { administration, aoo: code };
    const { register, number, date } = about;
    const key = { ...codes, register, year: Number(date.slice(0, 4)), number };
    return await visura(at.office.aoo, { codes, address }, key, postgresVisura(pool));
  } finally {
    await pool.end();
  }
}

/** The index of an exchange's evidence, and the names of its files. */
export async function proofOf(of: Council, exchangeId: string) {
  const pool = openPool(of.database.url, 'test evidence', 2);
  try {
    const documents = await folderDocuments(`${of.folder}/documents`);
    const from = evidence({ records: postgresEvidence(pool), documents, compose, clock: { now: () => new Date() } });
    const opened = await from.openEvidence(of.office.aoo, exchangeId);
    if (opened === null) throw new Error(`no evidence of ${exchangeId}`);
    const entries = readZip(await buffer(opened.stream));
    const index: EvidenceIndex = JSON.parse(
      entries.find(({ name }) => name === 'index.json')?.bytes.toString() ?? 'null',
    );
    return { index, names: entries.map(({ name }) => name) };
  } finally {
    await pool.end();
  }
}

/** Every number was given once, without gaps, and the audit chain is intact. */
export async function registerIsSound(of: Council): Promise<boolean> {
  const [row] = await of.rows<{ count: string; last: string | null; chain: unknown }>(
    'select count(*) as count, max(number) as last from registration',
  );
  const [chain] = await of.service.views.verifyAudit();
  return Number(row?.count) === Number(row?.last ?? 0) && chain?.brokenAt === null && chain.found === 0;
}
