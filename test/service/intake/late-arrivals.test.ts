/** A message that was annulled as undelivered arrives after all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import { fresh } from '../../exchange/mails.ts';
import {
  type ExchangeHouse,
  type Fate,
  type Letter,
  openExchangeHouse,
  request,
} from '../../support/exchange-house.ts';

const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };
const LOST: Fate = { taken: true, receipts: ['accettazione', 'errore-consegna'], arrives: true };
const TAKEN: Fate = { taken: true, receipts: ['accettazione', 'avvenuta-consegna'], arrives: true };

describe('a message annulled as undelivered', () => {
  let house: ExchangeHouse;
  beforeAll(async () => {
    house = await openExchangeHouse(new Date(Date.now() - 24 * 3_600_000));
  });
  afterAll(() => house?.end());

  const deliver = async (letters: readonly Letter[]): Promise<void> => {
    for (const { to, bytes } of letters) await house.deliver(to, [bytes]);
  };
  /** The exchange of each office, and how many annulments were sent. */
  const seen = async (subject: string) => {
    const { rows } = await house.pool.query<{ direction: string; state: string; told: number }>(
      `select direction, state, (select count(*)::int from outbox o
         where o.aoo = x.aoo and o.exchange_id = x.exchange_id and purpose = 'annulment') as told
         from exchange x where subject = $1`,
      [subject],
    );
    return Object.fromEntries(rows.map(({ direction, ...row }) => [direction, row]));
  };

  it('has its recipient told of the annulment, once, as soon as it is known to have arrived', async () => {
    const [from, to] = house.offices;
    const subject = fresh('Delibera');
    const sent = await house.commands.send(from, request([to], subject), CALL);
    if (!sent.ok) throw new Error(sent.problem.message);
    const letters = await house.handOver(() => LOST, 1);
    await deliver(letters.filter((letter) => letter.to === from));
    expect((await seen(subject))['outgoing']).toMatchObject({ state: 'failed' });
    const { number, date } = sent.value.identifier;
    const registration = { register: 'PROT', number: Number(number), year: Number(date.slice(0, 4)) };
    const annulled = await house.commands.annul(from, { registration, reason: 'Errore', provision: 'Atto 1' }, CALL);
    expect(annulled).toMatchObject({ ok: true, value: { told: [] } });

    await deliver(letters.filter((letter) => letter.to === to));
    for (let turn = 0; turn < 4; turn += 1) await deliver(await house.handOver(() => TAKEN, 10));
    expect(await seen(subject)).toMatchObject({
      incoming: { state: 'annulled' },
      outgoing: { state: 'withdrawn', told: 1 },
    });
  });
});
