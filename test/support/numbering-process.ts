/**
 * A process that registers in an office until its register has so many numbers, several at the same moment; some of what it
 * does is rolled back. Started by a test, which may kill it: `<database> <administration> <code> <until> <seed> <skew in ms>`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { databaseClock } from '../../src/adapters/postgres/database/clock.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresStore } from '../../src/adapters/postgres/store.ts';
import { sha256 } from '../../src/kernel/digest.ts';
import { aooId } from '../../src/kernel/ids.ts';
import { openUnitOfWork, type RegistrationDraft } from '../../src/service/register/unit-of-work.ts';
import { below, chance, seededRandom } from './random.ts';

const [url = '', administration = '', code = '', until = '0', seed = '0', skew = '0'] = process.argv.slice(2);
const office = { aoo: aooId(administration, code), administration, code, register: 'PROT' };
const random = seededRandom(Number(seed));
const pool = openPool(url, 'numbering process', 3);
const store = postgresStore(pool);
const clock = await databaseClock(pool);
const now = () => new Date(clock.now().getTime() + Number(skew));

const party = {
  kind: 'administration' as const,
  name: 'Comune di Provaria',
  administration: 'c_provaria',
  aoo: 'APROVA1',
  aooName: null,
  office: null,
  address: 'protocollo@pec.provaria.example.it',
  taxCode: null,
};
const draft = (): RegistrationDraft => ({
  direction: 'incoming',
  subject: 'Richiesta di prova',
  sender: party,
  recipients: [],
  peerIdentifier: null,
  flags: [],
  mailId: null,
  documents: [
    { role: 'primary', name: 'a.pdf', mediaType: 'application/pdf', sha256: sha256('a'), size: 1, source: null },
  ],
});

/** One to three numbers in one piece of work; a sixth of them is thought better of, before or after it was saved. */
async function registerSome(): Promise<number> {
  const count = 1 + below(random, 3);
  const fails = chance(random, 1 / 6);
  return store.inOffice(office.aoo, async (tx) => {
    const work = openUnitOfWork(office, tx, now());
    let last = 0;
    for (let done = 0; done < count; done += 1) last = (await work.register(draft())).registration.number;
    if (fails && count === 2) throw new RangeError('thought better of it');
    await tx.save(work.changes());
    if (fails) throw new RangeError('thought better of it');
    return last;
  });
}

async function registerUntilDone(): Promise<void> {
  for (let last = 0; last < Number(until); ) {
    last = await registerSome().catch((error: unknown) => {
      if (error instanceof RangeError) return 0;
      throw error;
    });
    if (chance(random, 0.1)) await sleep(1);
  }
}

console.log('numbering');
await Promise.all(Array.from({ length: 3 }, registerUntilDone));
await pool.end();
