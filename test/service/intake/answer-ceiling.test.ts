import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANSWERS_TO } from '../../../src/adapters/postgres/office/outbox.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { openTally } from '../../../src/service/intake/answer-ceiling.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import { nextNumber, type Protocol, protocolMail } from '../../exchange/mails.ts';
import { type ExchangeHouse, openExchangeHouse } from '../../support/exchange-house.ts';

const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };

describe('the automatic answers to one address', () => {
  describe('above the ceiling of the office', () => {
    let house: ExchangeHouse;
    beforeAll(async () => {
      house = await openExchangeHouse(new Date(Date.now() - 24 * 3_600_000), { answersPerHour: 2 });
    });
    afterAll(() => house?.end());

    const sandbox = () => ({ provider: () => house.provider }) as unknown as Sandbox;
    const mail = (number: string, change: Partial<Protocol> = {}, writer = house.offices[0]) =>
      protocolMail(
        sandbox(),
        { from: writer, to: house.offices[1], number, ...change },
        { to: house.offices[1], from: writer },
      );
    const arrive = async (...mails: readonly Buffer[]): Promise<void> => house.deliver(house.offices[1], mails);
    const found = async (number: string) => {
      const { rows } = await house.pool.query<{ id: string; state: string; number: number | null; tasks: string[] }>(
        `select exchange_id as id, state, number, array(select code from task t where t.exchange_id = e.exchange_id) as tasks
           from exchange e where direction = 'incoming' and peer_identifier->>'number' = $1`,
        [number],
      );
      return rows[0] ?? { id: '', state: '', number: null, tasks: [] };
    };
    const queued = async () =>
      (await house.pool.query(`select from outbox where purpose in ('confirmation', 'exception') and state = 'queued'`))
        .rowCount;

    it('are not sent: what came is registered or waits, and a person answers', async () => {
      const numbers = [nextNumber(), nextNumber(), nextNumber()];
      const [one = '', , three = ''] = numbers;
      // In one page, as a flood comes.
      const page = numbers.map((number) => mail(number));
      await arrive(...page);
      expect(await queued()).toBe(2);
      expect(await found(three)).toMatchObject({ state: 'registered', number: 3, tasks: ['answers-too-many'] });
      // Neither an exception nor an answer once more.
      const refused = nextNumber();
      const elsewhere = {
        recipients: [{ ...recipient(), administration: 'c_altro', aoo: 'AALTRO1', address: 'x@pec.altro.example.it' }],
      };
      await arrive(mail(refused, { change: elsewhere }));
      expect(await found(refused)).toMatchObject({ state: 'operator', number: null, tasks: ['decide'] });
      await house.handOver(() => ({ taken: true, receipts: [], arrives: false }), 10);
      expect(await queued()).toBe(0);
      const [first] = page;
      if (first !== undefined) await arrive(first);
      expect(await queued()).toBe(0);
      expect(await found(one)).toMatchObject({ state: 'confirmed', tasks: ['answers-too-many'] });

      // Others are answered, and a person may confirm.
      const other = nextNumber();
      await arrive(mail(other, {}, house.offices[2]));
      expect(await found(other)).toMatchObject({ state: 'confirming', tasks: [] });
      const { id } = await found(three);
      expect(await house.commands.confirm(house.offices[1], { exchangeId: id, version: null }, CALL)).toMatchObject({
        ok: true,
      });
      expect(await queued()).toBe(2);

      // An hour later the machine answers again.
      house.time.at = new Date(house.time.at.getTime() + 3_601_000);
      const later = nextNumber();
      await arrive(mail(later));
      expect(await found(later)).toMatchObject({ state: 'confirming', tasks: [] });
    });
    it('are counted in any case of letters, up to what matters, for an hour, by office', async () => {
      const [esempio, provaria] = house.offices;
      const count = (office: typeof provaria, minutes: number, most = 10) =>
        house.store.inOffice(office.aoo, async (tx) => {
          const at = new Date(house.time.at.getTime() + minutes * 60_000);
          const tally = await openTally(tx, at, [esempio.address.toUpperCase()], most);
          const before = tally.sentTo(esempio.address);
          tally.add(esempio.address.toUpperCase());
          return [before, tally.sentTo(esempio.address)];
        });
      // One answer was queued just now, the others more than an hour ago; a third to somebody else.
      expect(await count(provaria, 0)).toEqual([1, 2]);
      expect(await count(provaria, 59)).toEqual([1, 2]);
      expect(await count(provaria, 60)).toEqual([0, 1]);
      expect(await count(provaria, -1, 3)).toEqual([3, 4]);
      expect(await count(esempio, 0)).toEqual([0, 1]);
    });

    it('are found by an index', async () => {
      const client = await house.pool.connect();
      try {
        await client.query('begin; set local enable_seqscan = off');
        const asked = [house.offices[1].aoo, ['a@example.it'], new Date(), 500];
        const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${ANSWERS_TO}`, asked);
        const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
        expect(plan).toContain('using outbox_answers');
        expect(plan).toMatch(/Index Cond: .*queued_at >/);
      } finally {
        await client.query('rollback');
        client.release();
      }
    });

    it('include those that a protocol system leads to by registering', async () => {
      const office = { ...house.offices[2], answersPerHour: 1 };
      const numbers = [nextNumber(), nextNumber()];
      const held = numbers.map((number) =>
        protocolMail(sandbox(), { from: house.offices[0], to: office, number }, { to: office, from: house.offices[0] }),
      );
      await house.deliver(office, held);
      const registered = await Promise.all(
        numbers.map(async (number, index) => {
          const { id } = await found(number);
          const given = { register: 'PROT', number: 100 + index, date: '2026-01-02', time: '10:00:00' };
          const request = { exchangeId: id, version: null, given, answer: null };
          expect(await house.commands.register(office, request, CALL)).toMatchObject({ ok: true });
          return found(number);
        }),
      );
      expect(registered.map(({ state }) => state).sort()).toEqual(['confirming', 'registered']);
      const silent = registered.find(({ state }) => state === 'registered');
      expect(silent).toMatchObject({ number: expect.anything(), tasks: ['answers-too-many'] });
      const sent = await house.pool.query(`select from outbox where aoo = $1`, [office.aoo]);
      expect(sent.rowCount).toBe(1);
    });

    const recipient = () => {
      const { administration, code: aoo, name, address } = house.offices[1];
      return {
        kind: 'administration' as const,
        name,
        administration,
        aoo,
        aooName: null,
        office: null,
        address,
        taxCode: null,
        confirmationRequested: true,
        copy: false,
      };
    };
  });
});
