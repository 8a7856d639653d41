/** Mails that arrive while the certificate of their provider is missing, and are judged again once it is there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../../src/kernel/problems.ts';
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
const TAKEN: Fate = { taken: true, receipts: ['accettazione', 'avvenuta-consegna'], arrives: true };

describe('mails of an unknown provider', () => {
  let house: ExchangeHouse;
  beforeAll(async () => {
    house = await openExchangeHouse(new Date(Date.now() - 24 * 3_600_000));
  });
  afterAll(() => house?.end());

  const deliver = async (letters: readonly Letter[], trusting: boolean): Promise<void> => {
    for (const { to, bytes } of letters) await house.deliver(to, [bytes], trusting);
  };
  async function sent(): Promise<string> {
    const [from, to] = house.offices;
    const subject = fresh('Delibera');
    const done = await house.commands.send(from, request([to], subject), CALL);
    if (!done.ok) throw new Error(done.problem.message);
    await deliver(await house.handOver(() => TAKEN, 10), false);
    return subject;
  }
  /** The exchanges whose subject contains this one, and the open tasks. */
  const seen = async (subject: string) => {
    const { rows } = await house.pool.query<{ direction: string; state: string; tasks: number }>(
      `select direction, state, (select count(*)::int from task t
         where t.aoo = x.aoo and t.exchange_id = x.exchange_id and closed_at is null) as tasks
         from exchange x where subject like '%' || $1 order by 1, 2`,
      [subject],
    );
    return rows.map(({ direction, state, tasks }) => `${direction} ${state} ${tasks}`);
  };
  const waiting = async (subject: string): Promise<string> => {
    const { rows } = await house.pool.query<{ exchange_id: string }>(
      `select exchange_id from exchange where subject like '%' || $1 and aoo = $2 and state = 'operator'`,
      [subject, house.offices[1].aoo],
    );
    return rows[0]?.exchange_id ?? '';
  };
  const again = async (trusting: boolean): Promise<number> => {
    let count = 0;
    for (const office of house.offices) {
      count += (await house.retry(office)).length;
      await house.deliver(office, [], trusting);
    }
    return count;
  };
  const letThrough = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn += 1) await deliver(await house.handOver(() => TAKEN, 10), true);
  };

  it('are settled once its certificate is there, and keep waiting until then', async () => {
    const subject = await sent();
    // Two receipts at the sender, the message at its recipient: nothing is trusted, and a person sees all of it.
    const before = await seen(subject);
    expect(before).toEqual([
      'incoming operator 1',
      'incoming operator 1',
      'incoming operator 1',
      expect.stringMatching(/^outgoing /),
    ]);
    expect(await again(false)).toBe(3);
    expect(await seen(subject)).toEqual(before);
    expect(await again(true)).toBe(3);
    await letThrough();
    expect(await seen(subject)).toEqual([
      'incoming closed 0',
      'incoming closed 0',
      'incoming closed 0',
      'incoming confirmed 0',
      'outgoing confirmed 0',
    ]);
    expect(await again(true)).toBe(0);
    for (const { brokenAt, found } of await house.views.verifyAudit()) expect([brokenAt, found]).toEqual([null, 0]);
    // Nobody decided to put these aside: the history and the audit chain say who did, and why.
    const { rows } = await house.pool.query(
      `select event.data, audit.content::jsonb -> 'data' as audited
         from exchange x
         join exchange_event event on event.exchange_id = x.exchange_id and event.type = 'closed'
         left join audit on audit.content::jsonb @> jsonb_build_object('action', 'closed', 'subject', x.exchange_id)
        where x.subject like '%' || $1`,
      [subject],
    );
    const data = { by: 'interpro', reason: problem('mail-judged-anew').message };
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ data, audited: data })));
  });

  it('are not registered again if a person has decided meanwhile', async () => {
    const [, to] = house.offices;
    const registered = await sent();
    const register = async (subject: string) => {
      const done = await house.commands.register(
        to,
        { exchangeId: await waiting(subject), version: null, given: null, answer: true },
        CALL,
      );
      expect(done).toMatchObject({ ok: true });
    };
    await register(registered);
    const between = await sent();
    await house.retry(to);
    await register(between);
    await again(true);
    await letThrough();
    const { rows } = await house.pool.query(
      `select right(subject, 30) as subject, count(*)::int from registration where aoo = $1 and (subject like '%' || $2 or subject like '%' || $3)
        group by 1`,
      [to.aoo, registered, between],
    );
    expect(rows.map(({ count }) => count)).toEqual([1, 1]);
  });
});
