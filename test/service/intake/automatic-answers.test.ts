/** Two systems that answer each other automatically: their exchange ends by itself. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import { envelope, fresh, TEXT } from '../../exchange/mails.ts';
import { type ExchangeHouse, type Fate, openExchangeHouse } from '../../support/exchange-house.ts';

const CALL: Call = { by: 'Prova', client: 'prova', idempotency: null };
const TAKEN: Fate = { taken: true, receipts: ['accettazione', 'avvenuta-consegna'], arrives: true };

describe('automatic answers', () => {
  let house: ExchangeHouse;
  beforeAll(async () => {
    // Both register whatever comes without a segnatura.
    house = await openExchangeHouse(new Date(Date.now() - 24 * 3_600_000), { plainMail: [{ office: 'Protocollo' }] });
  });
  afterAll(() => house?.end());

  const mail = (subject: string, header: string | null): Buffer => {
    const [from, to] = house.offices;
    const sandbox = { provider: () => house.provider } as unknown as Sandbox;
    const whole = envelope(sandbox, { from, to, subject, parts: [TEXT], date: house.time.at });
    if (header === null) return whole;
    const original = Buffer.from(
      `${header}\r\nFrom: ${from.address}\r\nTo: ${to.address}\r\nSubject: ${subject}\r\nMessage-ID: <${fresh('auto')}@esempio.example.it>\r\n\r\nFuori sede.\r\n`,
    );
    return envelope(sandbox, { from, to, subject, original, date: house.time.at });
  };
  const arrived = async (subject: string) => {
    const { rows } = await house.pool.query<{ exchange_id: string; state: string; number: number | null }>(
      `select exchange_id, state, number from exchange where direction = 'incoming' and subject = $1`,
      [subject],
    );
    expect(rows.length).toBe(1);
    return rows[0] ?? { exchange_id: '', state: '', number: null };
  };
  /** Delivers everything, answers included, until all is quiet. */
  const settle = async (rounds = 6): Promise<number> => {
    for (let round = 0; round < rounds; round += 1) {
      const letters = await house.handOver(() => TAKEN, 50);
      if (letters.length === 0) return round;
      for (const { to, bytes } of letters) await house.deliver(to, [bytes]);
    }
    return rounds;
  };

  it('of two offices that register everything do not go on for ever', async () => {
    const subject = fresh('Istanza');
    await house.deliver(house.offices[1], [mail(subject, null)]);
    expect(await settle()).toBe(1);
    expect(await arrived(subject)).toMatchObject({ state: 'confirmed', number: 1 });
    // A receipt is not a document to register: a person sees it.
    expect(await arrived(`Ricevuta di protocollazione: ${subject}`)).toMatchObject({ state: 'operator', number: null });
  });

  it.each([
    ['Auto-Submitted: auto-replied', 'operator'],
    ['Auto-Submitted: auto-replied (assenza)', 'operator'],
    ['Precedence: auto_reply', 'operator'],
    ['X-Autoreply: yes', 'operator'],
    ['Auto-Submitted: auto-generated', 'registered'],
    ['Precedence: bulk', 'registered'],
    ['Auto-Submitted: no', 'confirming'],
  ])('%s: %s', async (header, state) => {
    const subject = fresh('Fuori sede');
    await house.deliver(house.offices[1], [mail(subject, header)]);
    const { exchange_id: exchangeId, ...found } = await arrived(subject);
    expect(found.state).toBe(state);
    if (state !== 'operator') return;
    // A person may register it; the sending system gets an answer only if the person asks for one.
    const about = { exchangeId, version: null, given: null, answer: null };
    await house.commands.register(house.offices[1], about, CALL);
    expect((await arrived(subject)).state).toBe('registered');
  });

  it('to our receipt wait for a person even if the protocol system takes all other mail', async () => {
    const [from, , to] = house.offices;
    const sandbox = { provider: () => house.provider } as unknown as Sandbox;
    for (const [subject, state] of [
      [fresh('Istanza'), 'held'],
      [fresh('Re: Ricevuta di protocollazione: istanza'), 'operator'],
    ] as const) {
      await house.deliver(to, [envelope(sandbox, { from, to, subject, date: house.time.at })]);
      expect((await arrived(subject)).state).toBe(state);
    }
  });

  it.each(['Re: Ricevuta di protocollazione: ', 'Automatica: RICEVUTA DI PROTOCOLLAZIONE: '])(
    'a reply that says nothing of itself but bears the name of our receipt (%s) is left to a person',
    async (prefix) => {
      const subject = `${prefix}${fresh('Istanza')}`;
      await house.deliver(house.offices[1], [mail(subject, null)]);
      const { exchange_id: exchangeId, ...found } = await arrived(subject);
      expect(found).toEqual({ state: 'operator', number: null });
      // If a person wrote it after all, that person gets a receipt.
      const about = { exchangeId, version: null, given: null, answer: null };
      await house.commands.register(house.offices[1], about, CALL);
      expect((await arrived(subject)).state).toBe('confirming');
    },
  );
});
