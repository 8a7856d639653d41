import { describe, expect, it } from 'vitest';
import type { Exchange, OutgoingExchange } from '../../../src/domain/exchange/exchange.ts';
import type { Registration } from '../../../src/domain/register/registration.ts';
import { notifyWithdrawn, pendingNotices } from '../../../src/service/register/notify-withdrawn.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { AT, draft, exchangeOf, office } from '../../adapters/postgres/support.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const KEY = { register: 'PROT', year: 2026, number: 5 };
const registration: Registration = {
  ...draft({ direction: 'outgoing' }),
  ...KEY,
  date: '2026-03-01',
  time: '09:00:00',
  registeredAt: AT,
};
const withdrawn = (change: Partial<OutgoingExchange> = {}) =>
  exchangeOf({ direction: 'outgoing', state: 'withdrawn', registered: KEY, ...change });

/** A register with an annulled registration. `told` lists exchanges whose recipient was told already. */
function open(exchanges: readonly Exchange[], told: readonly string[] = []) {
  const tx = {
    outbox: {
      latest: async (exchangeId: string) => (told.includes(exchangeId) ? { outboxId: '1', waiting: false } : null),
    },
    registrations: {
      lastOf: async () => ({ number: 0, registeredAt: null }),
      find: async () => registration,
      annulment: async () => ({ ...KEY, reason: 'Doppio invio', provision: 'Atto 3', by: 'operatore' }),
    },
  };
  const work = openUnitOfWork(OFFICE, tx, AT);
  work.load(exchanges);
  return { work, tx };
}

describe('a withdrawn message that turns up after all', () => {
  it('has its recipient told once, even if two mails of one page prove that it arrived', async () => {
    const exchange = withdrawn();
    const { work, tx } = open([exchange]);
    const pending = await pendingNotices(OFFICE, tx, work);
    notifyWithdrawn(OFFICE, exchange, work, pending);
    notifyWithdrawn(OFFICE, exchange, work, pending);
    const { queued } = work.changes();
    expect(queued).toMatchObject([
      { exchangeId: exchange.exchangeId, purpose: 'annulment', recipient: exchange.peerAddress },
    ]);
    expect(queued[0]?.recipe.text).toContain('n. 0000005 del 01/03/2026 è stata annullata.\n\nMotivo: Doppio invio');
  });

  it('has the recipient of every such message told', async () => {
    const [one, other] = [withdrawn(), withdrawn()];
    const { work, tx } = open([one, other]);
    const pending = await pendingNotices(OFFICE, tx, work);
    for (const exchange of [one, other]) notifyWithdrawn(OFFICE, exchange, work, pending);
    expect(work.changes().queued.map(({ exchangeId }) => exchangeId)).toEqual([one.exchangeId, other.exchangeId]);
  });

  it('has nobody told twice, or without a reason', async () => {
    const told = withdrawn();
    const others = [
      withdrawn({ state: 'accepted' }),
      exchangeOf({ state: 'annulled', registered: KEY }),
      withdrawn({ registered: null }),
    ];
    const { work, tx } = open([told, ...others], [told.exchangeId]);
    const pending = await pendingNotices(OFFICE, tx, work);
    expect([...pending.keys()]).toEqual([]);
    notifyWithdrawn(OFFICE, told, work, pending);
    expect(work.changes().queued).toEqual([]);
  });
});
