/** Exchanges and their events, as many as an office has after some weeks, written the way the service writes them. */
import { migrate } from '../../src/adapters/postgres/database/migrate.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import type { Exchange } from '../../src/domain/exchange/exchange.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { aooId, type MailAddress } from '../../src/kernel/ids.ts';
import { uuidv7 } from '../../src/kernel/uuid.ts';
import { type Office, STANDARD } from '../../src/service/register/office.ts';
import { openUnitOfWork } from '../../src/service/register/unit-of-work.ts';
import { OFFICE } from './service.ts';

const BATCH = 500;
const EVENTS = ['received', 'confirmation-sent', 'receipt-accettazione', 'receipt-avvenuta-consegna'] as const;

/** Resolves to the last `seq`. */
export async function seed(databaseUrl: string, exchanges: number): Promise<number> {
  await migrate(databaseUrl);
  const pool = openPool(databaseUrl, 'interpro bench seed', 1);
  try {
    const store = postgresStore(pool);
    const aoo = aooId(OFFICE.administration, OFFICE.code);
    const nowhere = { host: '127.0.0.1', port: 1, secure: false, user: null, password: null, ca: null };
    const office: Office = {
      ...OFFICE,
      ...STANDARD,
      aoo,
      address: OFFICE.address as MailAddress,
      register: 'PROT',
      name: 'Comune di Esempio',
      mailboxes: [],
      smtp: nowhere,
    };
    await store.declareOffices([office], []);
    for (let done = 0; done < exchanges; done += BATCH)
      await store.inOffice(aoo, async (tx) => {
        const work = openUnitOfWork(office, tx, new Date());
        for (let number = done; number < Math.min(exchanges, done + BATCH); number += 1) {
          const opened = exchangeOf(number, work.at);
          for (const type of EVENTS)
            work.append(
              { ...(work.exchange(opened.exchangeId) ?? opened), state: 'confirmed' },
              { type, once: type, mailId: null, data: {} },
            );
        }
        await tx.save(work.changes());
      });
    const found = await pool.query<{ event_seq: number }>('select event_seq from aoo');
    await pool.query('reset role; analyze');
    return found.rows[0]?.event_seq ?? 0;
  } finally {
    await pool.end();
  }
}

const exchangeOf = (number: number, at: Date): Exchange => ({
  exchangeId: uuidv7(at),
  direction: 'incoming',
  identity: `c_provaria|aprova1|prot|2026|${number}`,
  content: sha256(String(number)),
  state: 'new',
  version: 0,
  generation: '2013',
  peerAddress: 'protocollo@pec.provaria.example.it',
  peer: null,
  subject: `Trasmissione di una delibera, numero ${number}`,
  registered: null,
  peerIdentifier: null,
  answerWanted: true,
  plain: false,
  mailId: null,
  awaits: null,
  dueAt: null,
  createdAt: at,
  updatedAt: at,
});
