import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresFeed } from '../../../src/adapters/postgres/queries/feed.ts';
import { CLOSED_BY_MOVING } from '../../../src/kernel/tasks.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import type { Office } from '../../../src/service/register/office.ts';
import {
  type ExchangeHouse,
  type Fate,
  type Letter,
  openExchangeHouse,
  request,
} from '../../support/exchange-house.ts';
import { LONG } from '../../support/long.ts';
import { below, chance, chosenSeed, pick, seededRandom } from '../../support/random.ts';

const ROUNDS = LONG ? 2_000 : 150;
const HOUR = 3_600_000;
const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };
/** Earlier than the database's own clock, by which the outbox is leased. */
const BEGIN = new Date(Date.now() - 400 * 24 * HOUR);

interface Row {
  readonly aoo: string;
  readonly exchange_id: string;
  readonly direction: string;
  readonly state: string;
  readonly version: number;
  readonly register: string | null;
  readonly year: number | null;
  readonly number: number | null;
}

describe('random mails, commands and days on the real service', () => {
  let house: ExchangeHouse;
  beforeAll(async () => {
    house = await openExchangeHouse(BEGIN);
  });
  afterAll(() => house?.end());

  const rows = async <T>(sql: string, ...values: unknown[]): Promise<readonly T[]> =>
    (await house.pool.query(sql, values)).rows as T[];

  const send = async (from: Office, to: readonly Office[], subject: string, confirmationRequested: boolean) => {
    const { date, time } = { date: house.time.at.toISOString().slice(0, 10), time: '10:00:00' };
    given += 1;
    const wish = {
      ...request(to, subject, confirmationRequested),
      ...(from.numbering === 'external' && { given: { register: 'LORO', number: given, date, time } }),
    };
    const sent = await house.commands.send(from, wish, CALL);
    if (!sent.ok) throw new Error(sent.problem.message);
  };
  let given = 0;

  it(`${ROUNDS} rounds: the store keeps what the state machines promise`, {
    timeout: 60_000 + ROUNDS * 200,
  }, async () => {
    const seed = chosenSeed();
    console.log(`exchanges on Postgres: SEED=${seed}`);
    const random = seededRandom(seed);
    const letters: Letter[] = [];
    const kinds = new Set<string>();

    const fate = (): Fate => {
      if (chance(random, 0.05)) return { taken: false, receipts: [], arrives: false };
      if (chance(random, 0.05)) return { taken: true, receipts: ['non-accettazione'], arrives: false };
      if (chance(random, 0.08)) return { taken: true, receipts: ['accettazione', 'errore-consegna'], arrives: false };
      const early = chance(random, 0.1) ? (['preavviso-errore-consegna'] as const) : [];
      return { taken: true, receipts: ['accettazione', ...early, 'avvenuta-consegna'], arrives: true };
    };
    const deliver = async (): Promise<void> => {
      const to = pick(random, house.offices);
      const mine = letters.filter((letter) => letter.to === to);
      const page: Buffer[] = [];
      for (let size = 1 + below(random, 6); size > 0 && mine.length > 0; size -= 1) {
        const [letter] = mine.splice(below(random, mine.length), 1);
        if (letter === undefined) continue;
        page.push(letter.bytes);
        // If it stays on the pile, it arrives a second time.
        if (!chance(random, 0.15)) letters.splice(letters.indexOf(letter), 1);
      }
      if (page.length > 0) await house.deliver(to, page);
    };
    const command = async (): Promise<void> => {
      const at = pick(random, house.offices);
      const mine = await rows<Row>('select * from exchange where aoo = $1 order by opened_seq, exchange_id', at.aoo);
      if (mine.length === 0) return;
      const { exchange_id: exchangeId, register, year, number } = pick(random, mine);
      const about = { exchangeId, version: null };
      const key = register !== null && year !== null && number !== null ? { register, year, number } : null;
      const { commands } = house;
      const date = house.time.at.toISOString().slice(0, 10);
      given += 1;
      const number_ = at.numbering === 'external' ? { register: 'LORO', number: given, date, time: '10:00:00' } : null;
      const done = await pick(random, [
        () => commands.register(at, { ...about, given: number_, answer: null }, CALL),
        () => commands.register(at, { ...about, given: number_, answer: null }, CALL),
        () => commands.refuse(at, { ...about, reason: 'Non è per noi.' }, CALL),
        () => commands.confirm(at, about, CALL),
        () => commands.resend(at, about, CALL),
        () => commands.resend(at, about, CALL),
        () => commands.setAside(at, { ...about, reason: 'Pubblicità.', how: 'close' }, CALL),
        () => commands.setAside(at, { ...about, reason: 'A mano.', how: 'hand-over' }, CALL),
        () => key && commands.annul(at, { registration: key, reason: 'Errore.', provision: 'Determina 1' }, CALL),
        () => key && commands.change(at, { registration: key, classification: `1.${below(random, 9)}` }, CALL),
      ])();
      if (done?.ok === true) kinds.add('command');
    };

    let subject = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const dice = random();
      if (dice < 0.16) {
        subject += 1;
        const [from, ...others] = rotated(house.offices, below(random, 3));
        if (from !== undefined)
          await send(from, others.slice(0, 1 + below(random, 2)), `Prova ${subject}`, chance(random, 0.8));
      } else if (dice < 0.36) letters.push(...(await house.handOver(fate, 12)));
      else if (dice < 0.78) await deliver();
      else if (dice < 0.94) await command();
      else {
        house.time.at = new Date(house.time.at.getTime() + below(random, 30) * HOUR);
        await house.watch();
      }
      if (round % 25 === 0) await check();
    }
    expect(kinds).toContain('command');

    // Everything under way arrives; after that, what has not come is late.
    const ok = (): Fate => ({ taken: true, receipts: ['avvenuta-consegna', 'accettazione'], arrives: true });
    for (let turn = 0; turn < 30; turn += 1) {
      for (const to of house.offices) {
        const mine = letters.filter((letter) => letter.to === to).map(({ bytes }) => bytes);
        if (mine.length > 0) await house.deliver(to, mine);
      }
      letters.splice(0, letters.length, ...(await house.handOver(ok, 200)));
      if (letters.length === 0) break;
    }
    expect(letters.length).toBe(0);
    house.time.at = new Date(house.time.at.getTime() + 30 * 24 * HOUR);
    await house.watch();
    await check();
    expect(await rows(`select * from exchange where due_at is not null`)).toEqual([]);
    expect(await rows(`select * from mail where state <> 'settled'`)).toEqual([]);
    expect(await rows(FORGOTTEN)).toEqual([]);
    // The number that a sender has been told is the number of its message at the recipient.
    expect(await rows(OTHER_NUMBERS)).toEqual([]);
    expect((await rows<Row>(`select * from exchange where state = 'confirmed'`)).length).toBeGreaterThan(0);
  });

  /** What must hold at every moment. */
  async function check(): Promise<void> {
    expect(await rows(TWICE_REGISTERED)).toEqual([]);
    expect(await rows(GAPS)).toEqual([]);
    expect(await rows(VERSIONS)).toEqual([]);
    expect(await rows(STALE, CLOSED_BY_MOVING)).toEqual([]);
    expect(await rows(FORGOTTEN)).toEqual([]);
    for (const { aoo } of house.offices) {
      const feed = postgresFeed(house.pool);
      const last = await feed.last(aoo);
      const seqs: number[] = [];
      for (let after = 0; after < last; after = seqs.at(-1) ?? last)
        seqs.push(...(await feed.after(aoo, after, 37)).map(({ seq }) => seq));
      expect(seqs).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    }
  }

  it('each of these queries finds what it looks for', async () => {
    const [one] = house.offices;
    await send(one, house.offices.slice(1, 2), 'Da guastare', true);
    const [newest] = await rows<Row>(`select * from exchange where subject = 'Da guastare' and direction = 'outgoing'`);
    const spoil = async (question: string, sql: string, ...values: unknown[]): Promise<void> => {
      // As the owner of the database: the service has no right to do this.
      const client = new pg.Client({ connectionString: house.database.url });
      await client.connect();
      try {
        await client.query('begin');
        await client.query('set local session_replication_role = replica');
        await client.query(sql, values);
        const found = await client.query(question, question === STALE ? [CLOSED_BY_MOVING] : []);
        expect(found.rowCount, sql).toBeGreaterThan(0);
      } finally {
        await client.query('rollback');
        await client.end();
      }
    };
    const id = newest?.exchange_id;
    await spoil(FORGOTTEN, 'update exchange set due_at = null where exchange_id = $1', id);
    await spoil(
      GAPS,
      `update registration set number = number + 5 where aoo = $1 and register = $2 and year = $3 and number = $4`,
      one.aoo,
      newest?.register,
      newest?.year,
      newest?.number,
    );
    await spoil(VERSIONS, `delete from exchange_event where exchange_id = $1 and version = 1`, id);
    await spoil(
      TWICE_REGISTERED,
      `insert into exchange_event (aoo, exchange_id, version, seq, type, once, at, data)
       select aoo, exchange_id, 90 + n, 9000000 + n, 'registered-by-hand', 'x' || n, now(), '{}'
         from (select * from exchange where direction = 'incoming' limit 1) x, generate_series(1, 2) n`,
    );
    await spoil(
      STALE,
      `insert into task (aoo, task_id, seq, code, detail, exchange_id, opened_at)
       select aoo, gen_random_uuid(), 0, 'delivery-late', '', exchange_id, now() from exchange_event
        where type = 'confirmation' limit 1`,
    );
  });
});

const rotated = <T>(items: readonly T[], by: number): readonly T[] => [...items.slice(by), ...items.slice(0, by)];

/** Incoming messages registered by two events, and mails with two registrations. */
const TWICE_REGISTERED = `
  select exchange_id from exchange_event where type = 'registered-by-hand' group by aoo, exchange_id having count(*) > 1
  union all
  select mail_id from registration where mail_id is not null group by aoo, mail_id having count(*) > 1`;
/** Gaps in the numbers of our own register (DPR 445/2000 art. 57 allows none). */
const GAPS = `
  select aoo, year from registration where register = 'PROT' group by aoo, year
  having count(*) <> max(number) or min(number) <> 1`;
const VERSIONS = `
  select x.exchange_id from exchange x left join exchange_event e using (aoo, exchange_id)
   group by x.aoo, x.exchange_id, x.version having count(e.version) <> x.version or max(e.version) <> x.version`;
/** Whether the last answer was delivered: receipts of a replaced answer or of an annulment do not count. */
const LAST_ANSWER_DELIVERED = `
  select from exchange_event e
   where e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.type = 'receipt-avvenuta-consegna'
     and e.data ->> 'messageId' = (select o.message_id from outbox o
       where o.aoo = x.aoo and o.exchange_id = x.exchange_id and o.purpose in ('confirmation', 'exception', 'receipt')
       order by o.queued_at desc, o.outbox_id desc limit 1)`;
/** Open tasks that the next step of their exchange should have closed. */
const STALE = `
  select t.code, x.state from task t join exchange x using (aoo, exchange_id)
   where t.closed_at is null and t.code = any($1)
     and case t.code
       when 'decide' then x.state <> 'operator'
       when 'taking-late' then x.state <> 'held'
       when 'acceptance-late' then x.state not in ('queued', 'sent')
       when 'delivery-late' then x.state <> 'accepted'
       when 'confirmation-late' then x.state <> 'delivered'
       when 'exception-open' then x.state <> 'excepted'
       when 'answer-delivery-late' then x.state not in ('confirming', 'confirmed', 'refusing', 'refused') or exists (${LAST_ANSWER_DELIVERED} and e.seq > t.seq)
       else false end`;
/** Exchanges that neither ended, nor wait with a deadline, nor are on a person's list. */
const FORGOTTEN = `
  select x.direction, x.state, x.exchange_id from exchange x
   where x.due_at is null
     and x.state not in ('registered', 'closed', 'annulled', 'withdrawn', 'replaced', 'unevidenced')
     and not (x.direction = 'outgoing' and (x.state = 'confirmed' or (x.state = 'delivered' and not x.answer_wanted)))
     and not (x.direction = 'incoming' and x.state in ('confirmed', 'refused') and exists (${LAST_ANSWER_DELIVERED}))
     and not exists (select from task t
           where t.aoo = x.aoo and t.exchange_id = x.exchange_id and t.closed_at is null)`;
const OTHER_NUMBERS = `
  select o.exchange_id, o.peer_identifier, i.number from exchange o
    join registration r on r.aoo = o.aoo and r.register = o.register and r.year = o.year and r.number = o.number
    join exchange i on i.direction = 'incoming' and i.subject = o.subject
     and i.peer_identifier->>'number' = lpad(o.number::text, 7, '0') and i.aoo <> o.aoo
     and o.peer_identifier->>'aoo' = split_part(i.aoo, '/', 2)
   where o.direction = 'outgoing' and o.state = 'confirmed'
     and (i.number is null or lpad(i.number::text, 7, '0') <> o.peer_identifier->>'number')`;
