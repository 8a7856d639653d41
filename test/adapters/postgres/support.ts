import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import { postgresStore } from '../../../src/adapters/postgres/store.ts';
import type { Exchange, IncomingExchange, OutgoingExchange } from '../../../src/domain/exchange/exchange.ts';
import type { Inspection } from '../../../src/domain/exchange/inspection.ts';
import type { Registration } from '../../../src/domain/register/registration.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { aooId, type MailAddress } from '../../../src/kernel/ids.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { Views } from '../../../src/service/queries/views.ts';
import type { QueuedMail } from '../../../src/service/register/changes.ts';
import type { KeptMail } from '../../../src/service/register/kept-mail.ts';
import { type Office, STANDARD } from '../../../src/service/register/office.ts';
import type { Store } from '../../../src/service/register/store.ts';
import { openUnitOfWork, type RegistrationDraft } from '../../../src/service/register/unit-of-work.ts';
import { createDatabase, type TestDatabase } from '../../support/postgres.ts';

export const MAILBOX = 'protocollo@pec.esempio.example.it' as MailAddress;

const nowhere = { host: '127.0.0.1', port: 1, secure: false, user: MAILBOX, password: '', ca: null };
export const office = (administration: string, code: string): Office => ({
  aoo: aooId(administration, code),
  administration,
  code,
  register: 'PROT',
  name: `Comune ${code}`,
  address: MAILBOX,
  mailboxes: [{ address: MAILBOX, account: { ...nowhere, folder: 'INBOX' } }],
  smtp: nowhere,
  ...STANDARD,
});

export interface House {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly views: Views;
  close(): Promise<void>;
}

/** A database with these offices, opened as the service opens it. */
export async function openHouse(offices: readonly Office[], connections = 12): Promise<House> {
  const database = await createDatabase();
  const pool = openPool(database.url, 'interpro test', connections);
  const store = postgresStore(pool);
  await store.declareOffices(
    offices,
    offices.map(({ aoo }) => ({ aoo, mailbox: MAILBOX })),
  );
  return {
    database,
    pool,
    store,
    views: postgresViews(pool),
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}

export const AT = new Date('2026-03-02T10:11:12.345Z');

export const draft = (change: Partial<RegistrationDraft> = {}): RegistrationDraft => ({
  direction: 'incoming',
  subject: 'Richiesta di prova',
  sender: correspondent('Comune di Provaria'),
  recipients: [],
  peerIdentifier: null,
  flags: [],
  mailId: null,
  documents: [
    { role: 'primary', name: 'a.pdf', mediaType: 'application/pdf', sha256: sha256('a'), size: 1, source: null },
  ],
  ...change,
});

export const correspondent = (name: string) => ({
  kind: 'administration' as const,
  name,
  administration: 'c_provaria',
  aoo: 'APROVA1',
  aooName: name,
  office: null,
  address: 'protocollo@pec.provaria.example.it',
  taxCode: null,
});

/** Registers in one transaction; an error in `afterSaving` rolls it back. */
export async function register(
  store: Store,
  at: Office,
  when: Date,
  change: Partial<RegistrationDraft> = {},
  afterSaving: () => void = () => undefined,
): Promise<Registration> {
  return store.inOffice(at.aoo, async (tx) => {
    const work = openUnitOfWork(at, tx, when);
    const { registration } = await work.register(draft(change));
    await tx.save(work.changes());
    afterSaving();
    return registration;
  });
}

export function exchangeOf(change?: Partial<IncomingExchange>): IncomingExchange;
export function exchangeOf(change: Partial<OutgoingExchange> & { readonly direction: 'outgoing' }): OutgoingExchange;
export function exchangeOf(change: Partial<Exchange> = {}): Exchange {
  const incoming: IncomingExchange = {
    exchangeId: uuidv7(AT),
    direction: 'incoming',
    identity: randomBytes(8).toString('hex'),
    content: sha256('content'),
    state: 'confirming',
    version: 0,
    generation: '2013',
    peerAddress: 'protocollo@pec.provaria.example.it',
    peer: null,
    subject: 'Prova',
    registered: null,
    peerIdentifier: null,
    answerWanted: true,
    plain: false,
    mailId: null,
    awaits: null,
    dueAt: null,
    createdAt: AT,
    updatedAt: AT,
  };
  // The overloads keep direction and state together.
  return { ...incoming, ...change } as Exchange;
}

export function queuedFor(exchangeId: string, change: Partial<QueuedMail['recipe']> = {}): QueuedMail {
  const id = uuidv7(AT);
  const recipe = {
    messageId: `<${id}@pec.esempio.example.it>`,
    from: MAILBOX,
    to: ['protocollo@pec.provaria.example.it'],
    subject: 'Conferma',
    date: AT.toISOString(),
    text: 'Testo',
    parts: [],
    ...change,
  };
  return { outboxId: id, exchangeId, purpose: 'confirmation', recipient: recipe.to[0] ?? '', recipe };
}

export const keptMail = (uid: number, change: Partial<KeptMail> = {}): KeptMail => ({
  mailId: uuidv7(AT),
  mailbox: MAILBOX,
  uidValidity: 7n,
  uid,
  sha256: sha256(`mail ${uid}`),
  size: 10,
  arrivedAt: AT,
  refusal: null,
  ...change,
});

export const inspection = (change: Partial<Inspection> = {}): Inspection => ({
  kind: 'ordinary-mail',
  pec: null,
  segnatura: null,
  documents: [],
  decision: { action: 'operator', reasons: [], codes: [] },
  problems: [],
  ...change,
});
