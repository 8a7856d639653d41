import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { answerCeiling } from '../../../src/service/intake/answer-ceiling.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import { nextNumber, type Protocol, protocolMail } from '../../exchange/mails.ts';
import { type ExchangeHouse, openExchangeHouse } from '../../support/exchange-house.ts';

const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };

describe('the automatic answers to one address', () => {
  it('are counted for an hour, in any case of letters, once their transaction is committed', () => {
    const ceiling = answerCeiling();
    const at = (minute: number) => new Date(Date.UTC(2026, 2, 3, 10, minute));
    const sent = (minute: number, aoo = 'c_esempio/AESEMP1') => ceiling.open(aoo, at(minute)).sentTo('a@example.it');
    const first = ceiling.open('c_esempio/AESEMP1', at(0));
    first.add('A@example.it');
    expect(first.sentTo('a@example.it')).toBe(1);
    expect(sent(1)).toBe(0);
    first.commit();
    const second = ceiling.open('c_esempio/AESEMP1', at(30));
    second.add('a@example.it');
    second.commit();
    expect([sent(31), sent(59), sent(60), sent(90), sent(31, 'c_altro/AALTRO1')]).toEqual([2, 2, 1, 0, 0]);
  });

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
