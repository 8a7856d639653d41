/** Whoever gets our mail knows its Message-ID, and can have a provider sign receipts of a mail of his own under it. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ReceiptKind } from '../../src/sandbox/receipt-texts.ts';
import { type Councils, ESEMPIO, PROVARIA, startCouncils } from './councils.ts';
import { inState, send } from './flows.ts';
import { goodOneAfter, receiptFor, received, transmissionOf } from './mails.ts';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils();
});
afterAll(() => councils?.stop());

const SOMEBODY = 'ufficio@pec.provaria.example.it';

describe('receipts of a mail that somebody else sent under our Message-ID', () => {
  /**
   * The recipient gets nothing, so that nothing answers; `lost` are the receipts that do not come. They are lost until the test
   * ends: a confirmation that a test before has sent may be on its way still, and would use up a loss that happens once.
   */
  const sent = async (...lost: readonly ('accettazione' | 'avvenuta-consegna')[]) => {
    const { sandbox, esempio } = councils;
    for (const kind of lost) onTestFinished(sandbox.misbehave({ action: { do: 'drop' }, kind, from: ESEMPIO.address }));
    onTestFinished(sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata', to: PROVARIA.address }));
    const { id, messageId } = await send(esempio, PROVARIA);
    await inState(esempio, id, null, 'message-sent');
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    const foreign = { identifier: `opec-altrui-${id}@pec.provaria.example.it`, from: SOMEBODY, mailbox: SOMEBODY };
    return {
      id,
      about,
      /** It is kept, and a person is told. */
      async foreignReceipt(kind: ReceiptKind) {
        const letter = receiptFor(sandbox, kind, about, '5.4.1 - inventato', foreign);
        expect(await received(councils, esempio, letter)).toMatchObject({
          kind: 'pec-receipt',
          action: 'operator',
          exchange: null,
          note: expect.stringContaining(SOMEBODY),
        });
      },
    };
  };
  const view = async (id: string) => {
    const found = await councils.esempio.service.views.exchange(id);
    return { state: found?.state, awaits: found?.awaits, dueAt: found?.dueAt, tasks: found?.tasks ?? [] };
  };

  it.each([
    'errore-consegna',
    'non-accettazione',
    'preavviso-errore-consegna',
    'avvenuta-consegna',
    'presa-in-carico',
  ] as const)('an acceptance and then %s leave the state as it is, and a person is told', async (kind) => {
    const { esempio } = councils;
    const { id, foreignReceipt } = await sent('avvenuta-consegna');
    await inState(esempio, id, 'accepted', 'receipt-accettazione');
    const before = await view(id);
    await foreignReceipt('accettazione');
    await foreignReceipt(kind);
    const after = await view(id);
    expect(after).toMatchObject({ state: 'accepted', awaits: before.awaits, dueAt: before.dueAt });
    expect(new Set(after.tasks.map(({ code }) => code))).toEqual(new Set(['receipt-of-another']));
    expect(await esempio.service.views.verifyAudit()).toMatchObject([{ found: 0 }]);
  });

  it('an acceptance takes no delivery back that came without one, and the true one still counts', async () => {
    const { sandbox, esempio } = councils;
    const { id, about, foreignReceipt } = await sent('accettazione');
    await inState(esempio, id, 'delivered', 'receipt-avvenuta-consegna');
    const identifier = await transmissionOf(esempio, id, 'receipt-avvenuta-consegna');
    await foreignReceipt('accettazione');
    await goodOneAfter(councils, esempio);
    await goodOneAfter(councils, esempio);
    const genuine = receiptFor(sandbox, 'accettazione', about, undefined, { identifier });
    expect(await received(councils, esempio, genuine)).toMatchObject({ action: 'correlate', exchange: id });
    const after = await inState(esempio, id, 'delivered', 'receipt-accettazione', 'receipt-of-another');
    expect(after.events.filter(({ type }) => type === 'receipt-of-another')).toHaveLength(1);
    expect(after.tasks.map(({ code }) => code)).toEqual(['receipt-of-another']);
  });

  it('an acceptance of our own account for another recipient is not that of the mail', async () => {
    const { sandbox, esempio } = councils;
    const { id, about } = await sent('accettazione', 'avvenuta-consegna');
    const elsewhere = { to: [{ address: SOMEBODY, certified: true }] };
    const acceptance = receiptFor(sandbox, 'accettazione', about, undefined, elsewhere);
    expect(await received(councils, esempio, acceptance)).toMatchObject({ action: 'operator', exchange: null });
    expect((await view(id)).state).toBe('sent');
  });

  it('a genuine receipt counts in whatever case it writes the addresses', async () => {
    const { sandbox, esempio } = councils;
    const { id, about } = await sent('avvenuta-consegna');
    await inState(esempio, id, 'accepted', 'receipt-accettazione');
    const identifier = await transmissionOf(esempio, id);
    const address = PROVARIA.address.toUpperCase();
    const genuine = receiptFor(sandbox, 'avvenuta-consegna', about, undefined, {
      identifier,
      from: ESEMPIO.address.toUpperCase(),
      to: [{ address, certified: true }],
      deliveredTo: address,
    });
    expect(await received(councils, esempio, genuine)).toMatchObject({ action: 'correlate', exchange: id });
    expect((await view(id)).state).toBe('delivered');
  });
});
