/** A message with several answers: which answer counts, and which mail a person decides about. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { nextNumber, type Protocol, protocolMail, protocolMessage } from '../../exchange/mails.ts';
import { type ExchangeHouse, type Fate, openExchangeHouse } from '../../support/exchange-house.ts';

const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };
const TAKEN: Fate = { taken: true, receipts: ['accettazione', 'avvenuta-consegna'], arrives: false };
const REFUSED: Fate = { taken: false, receipts: [], arrives: false };

describe('an incoming message with more than one answer', () => {
  let house: ExchangeHouse;
  beforeAll(async () => {
    house = await openExchangeHouse(new Date(Date.now() - 24 * 3_600_000));
  });
  afterAll(() => house?.end());

  const arrive = async (number: string, change: Partial<Protocol> = {}, writer?: Office): Promise<void> => {
    const [from, to] = house.offices;
    const sandbox = { provider: () => house.provider } as unknown as Sandbox;
    const mail = protocolMail(sandbox, { from, to, number, ...change }, { to, from: writer ?? from });
    await house.deliver(to, [mail]);
  };
  /** To be refused: its document has another digest. */
  const wrong = (number: string): Partial<Protocol> => {
    const [from, to] = house.offices;
    const { documents } = protocolMessage({ from, to, number, generation: '3.0.0' });
    const digest = { algorithm: 'SHA-256', hex: '0'.repeat(64) };
    return { generation: '3.0.0', change: { documents: documents.map((one) => ({ ...one, digest })) } };
  };
  const one = async (number: string) => {
    const { rows } = await house.pool.query<{ exchange_id: string; state: string; mail_id: string }>(
      `select exchange_id, state, mail_id from exchange where direction = 'incoming' and peer_identifier->>'number' = $1`,
      [number],
    );
    expect(rows.length).toBe(1);
    return rows[0] ?? { exchange_id: '', state: '', mail_id: '' };
  };
  const state = async (number: string) => (await one(number)).state;
  /** Hands over the next mail of the outbox and delivers its receipts. */
  const next = async (fate: Fate): Promise<void> => {
    for (const { to, bytes } of await house.handOver(() => fate, 1)) await house.deliver(to, [bytes]);
  };

  it('refused, then corrected and left to a person: the person registers what came last', async () => {
    const number = nextNumber();
    await arrive(number, wrong(number));
    await next(TAKEN);
    const refused = await one(number);
    expect(refused.state).toBe('refused');
    await arrive(number, { subject: 'Corretto', change: { operatorRequest: 'Verificare a mano' } });
    const mended = await one(number);
    expect(mended.state).toBe('operator');
    expect(mended.mail_id).not.toBe(refused.mail_id);
    const about = { exchangeId: mended.exchange_id, version: null, given: null, answer: null };
    expect(await house.commands.register(house.offices[1], about, CALL)).toMatchObject({ ok: true });
    const { rows } = await house.pool.query('select subject from registration where mail_id = $1', [mended.mail_id]);
    expect(rows).toEqual([{ subject: 'Corretto' }]);
    await next(TAKEN);
    expect(await state(number)).toBe('confirmed');
  });

  it('corrected before the exception was handed over: only the confirmation confirms it', async () => {
    const number = nextNumber();
    await arrive(number, wrong(number));
    expect(await state(number)).toBe('refusing');
    house.time.at = new Date(house.time.at.getTime() + 1000);
    await arrive(number, { generation: '3.0.0' });
    expect(await state(number)).toBe('confirming');
    await next(TAKEN);
    expect(await state(number)).toBe('confirming');
    await next(TAKEN);
    expect(await state(number)).toBe('confirmed');
  });

  it('corrected from another certified address: receipts of the exception concern the first one', async () => {
    const number = nextNumber();
    await arrive(number, wrong(number));
    const letters = await house.handOver(() => TAKEN, 1);
    await arrive(number, { generation: '3.0.0' }, house.offices[2]);
    for (const { to, bytes } of letters) await house.deliver(to, [bytes]);
    await next(TAKEN);
    const { exchange_id: exchangeId } = await one(number);
    const { rows } = await house.pool.query(
      `select peer_address, (select array_agg(code) from task where exchange_id = $1) as tasks,
              (select array_agg(type order by version) from exchange_event where exchange_id = $1 and type like '%consegna') as had
         from exchange where exchange_id = $1 and direction = 'incoming'`,
      [exchangeId],
    );
    const had = ['receipt-avvenuta-consegna', 'receipt-avvenuta-consegna'];
    expect(rows).toEqual([{ peer_address: house.offices[2].address, tasks: null, had }]);
  });

  for (const [when, seconds] of [
    ['later', 1],
    ['in the same instant', 0],
    ['by a clock that was set back', -3600],
  ] as const)
    it(`refused after its confirmation, ${when}, and sent again: the exception is sent again`, async () => {
      const number = nextNumber();
      await arrive(number);
      await next(TAKEN);
      const { exchange_id: exchangeId } = await one(number);
      const [, office] = house.offices;
      house.time.at = new Date(house.time.at.getTime() + seconds * 1000);
      await house.commands.refuse(office, { exchangeId, version: null, reason: 'Non è per noi.' }, CALL);
      for (let turn = 0; turn < 2; turn += 1) {
        await next(REFUSED);
        expect(await state(number)).toBe('unanswered');
        expect(await house.commands.resend(office, { exchangeId, version: null }, CALL)).toMatchObject({
          value: { state: 'refusing' },
        });
      }
      await next(TAKEN);
      expect(await state(number)).toBe('refused');
    });
});
