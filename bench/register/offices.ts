/** Ten offices of fictitious councils, a database for them, and registrations as the use case makes them. */

import { migrate } from '../../src/adapters/postgres/database/migrate.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { aooId, type MailAddress } from '../../src/kernel/ids.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';
import type { Store } from '../../src/service/register/store.ts';
import { openUnitOfWork, type RegistrationDraft } from '../../src/service/register/unit-of-work.ts';

const ADDRESS = 'protocollo@pec.esempio.example.it' as MailAddress;
const NOWHERE = { host: '127.0.0.1', port: 1, secure: false, user: ADDRESS, password: '', ca: null };

const officeOf = (n: number): Office => ({
  ...{ administration: `c_prova${n}`, code: `APROVA${n}`, aoo: aooId(`c_prova${n}`, `APROVA${n}`) },
  ...{ register: 'PROT', name: `Comune di Prova ${n}`, address: ADDRESS },
  mailboxes: [{ address: ADDRESS, account: { ...NOWHERE, folder: 'INBOX' } }],
  smtp: NOWHERE,
  ...STANDARD,
});

export const OFFICES: readonly Office[] = Array.from({ length: 10 }, (_, n) => officeOf(n));

/** The offices in turn, from 0. */
export function officeAt(n: number): Office {
  const office = OFFICES[n % OFFICES.length];
  if (office === undefined) throw new Error('there is no office');
  return office;
}

/** Those who register at the same time, each at an office of their own. */
const CALLERS = 8;

export async function openRegister(databaseUrl: string) {
  await migrate(databaseUrl);
  const pool = openPool(databaseUrl, 'interpro bench', CALLERS + 2);
  const store = postgresStore(pool);
  await store.declareOffices(
    OFFICES,
    OFFICES.map(({ aoo }) => ({ aoo, mailbox: ADDRESS })),
  );
  return { databaseUrl, pool, store };
}
export type Register = Awaited<ReturnType<typeof openRegister>>;

const draftOf = (n: number): RegistrationDraft => ({
  direction: n % 3 === 0 ? 'outgoing' : 'incoming',
  subject: `Richiesta di prova, pratica ${n}`,
  sender: {
    ...{ kind: 'administration', name: `Comune di Esempio ${n % 500}`, administration: 'c_esempio', aoo: 'AESEMP1' },
    ...{ aooName: null, office: null, address: ADDRESS, taxCode: null },
  },
  ...{ recipients: [], peerIdentifier: null, flags: [], mailId: null },
  documents: (['primary', 'attachment'] as const).map((role, position) => ({
    ...{ role, name: `${role}-${n}.pdf`, mediaType: 'application/pdf', size: 1000, source: null },
    sha256: sha256(`${n} ${position}`),
  })),
});

/** Each in a transaction of its own, committed before it resolves. */
export const registerOne = (store: Store, office: Office, n: number, at: Date): Promise<void> =>
  store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, at);
    await work.register(draftOf(n));
    await tx.save(work.changes());
  });

/** `count` pieces of work by eight callers; resolves with pieces per second. */
export async function ratePerSecond(count: number, one: (n: number, caller: number) => Promise<void>): Promise<number> {
  let next = 0;
  const started = performance.now();
  const call = async (caller: number): Promise<void> => {
    for (let n = next++; n < count; n = next++) await one(n, caller);
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => call(caller)));
  return (1000 * count) / (performance.now() - started);
}
