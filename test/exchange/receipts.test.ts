import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../src/kernel/problems.ts';
import type { ReceiptOptions } from '../../src/sandbox/craft.ts';
import type { FailAction } from '../../src/sandbox/rules.ts';
import { type Councils, ESEMPIO, PROVARIA, startCouncils, until } from './councils.ts';
import { goodOneAfter, protocolMessage, receiptFor, received, transmissionOf } from './mails.ts';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils();
});
afterAll(() => councils.stop());

async function send(content = '%PDF'): Promise<{ id: string; messageId: string }> {
  const { esempio } = councils;
  const [recipient] = protocolMessage({ to: PROVARIA, number: '1' }).recipients;
  if (recipient === undefined) throw new Error('no recipient');
  const sent = await esempio.service.send(esempio.office, {
    subject: 'Messaggio con ricevute',
    generation: '2013',
    confirmationRequested: true,
    classifications: [{ name: 'Prova', levels: ['1'] }],
    recipients: [{ address: PROVARIA.address, correspondent: recipient }],
    documents: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from(content) }],
  });
  if (!sent.ok) throw new Error(sent.problem.message);
  const [exchange] = sent.value.exchanges;
  return { id: exchange?.exchangeId ?? '', messageId: exchange?.messageId ?? '' };
}

/** Waits until the exchange has had these events. */
const eventsOf = (id: string, ...types: readonly string[]) =>
  until(`${types.join(', ')} in ${id}`, async () => {
    const found = await councils.esempio.service.views.exchange(id);
    const had = new Set(found?.events.map(({ type }) => type));
    return types.every((type) => had.has(type)) && found;
  });
const noteOf = async (exchange: Awaited<ReturnType<typeof eventsOf>>, type: string) => {
  const message = exchange.events.find((event) => event.type === type)?.message ?? '';
  return (await councils.esempio.service.views.message(message))?.note;
};

describe('receipts move the exchange', () => {
  const FAILURES: readonly [FailAction['because'], string, string][] = [
    ['no-dest', 'failed', 'receipt-errore-consegna'],
    ['no-dominio', 'failed', 'receipt-errore-consegna'],
    ['altro', 'failed', 'receipt-errore-consegna'],
    ['virus', 'failed', 'receipt-errore-consegna'],
    ['timeout-12', 'accepted', 'receipt-preavviso-errore-consegna'],
    ['timeout-24', 'failed', 'receipt-preavviso-errore-consegna'],
  ];
  it.each(FAILURES)('not delivered (%s): %s, and a person is told', async (because, state, type) => {
    councils.sandbox.misbehave({
      action: { do: 'fail', because },
      from: ESEMPIO.address,
      to: PROVARIA.address,
      times: 1,
    });
    const { id } = await send();
    const exchange = await eventsOf(id, 'receipt-accettazione', type, 'message-sent');
    expect(exchange.state).toBe(state);
    expect(await noteOf(exchange, type)).toMatch(/\d\.\d\.\d - /);
    expect(await noteOf(exchange, 'receipt-accettazione')).toBeNull();
  });

  it('a refusal by the provider means failed', async () => {
    const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
    const { id } = await send(eicar);
    const exchange = await eventsOf(id, 'receipt-non-accettazione', 'message-sent');
    expect(exchange.state).toBe('failed');
    expect(await noteOf(exchange, 'receipt-non-accettazione')).toContain('virus');
  });

  it('the same receipt twice is one event', async () => {
    councils.sandbox.misbehave({
      action: { do: 'duplicate' },
      kind: 'avvenuta-consegna',
      to: PROVARIA.address,
      times: 1,
    });
    const { id } = await send();
    await eventsOf(id, 'receipt-avvenuta-consegna', 'confirmation');
    await goodOneAfter(councils, councils.esempio);
    const exchange = await eventsOf(id, 'receipt-avvenuta-consegna');
    expect(exchange.events.filter(({ type }) => type === 'receipt-avvenuta-consegna').length).toBe(1);
    expect(exchange.state).toBe('confirmed');
  });

  it('a delivery after a notice of failure counts', async () => {
    const { sandbox, esempio } = councils;
    sandbox.misbehave({ action: { do: 'fail', because: 'timeout-24' }, to: PROVARIA.address, times: 1 });
    const { id, messageId } = await send();
    expect((await eventsOf(id, 'receipt-preavviso-errore-consegna', 'message-sent')).state).toBe('failed');
    const identifier = await transmissionOf(esempio, id);
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    const late = receiptFor(sandbox, 'avvenuta-consegna', about, undefined, { identifier });
    expect(await received(councils, esempio, late)).toMatchObject({ kind: 'pec-receipt', exchange: id });
    expect((await eventsOf(id, 'receipt-avvenuta-consegna')).state).toBe('delivered');
  });

  it('a receipt without msgid finds its message by the envelope, where what is certified agrees', async () => {
    const { sandbox, esempio } = councils;
    sandbox.misbehave({ action: { do: 'fail', because: 'timeout-24' }, to: PROVARIA.address, times: 1 });
    const { id, messageId } = await send();
    expect((await eventsOf(id, 'receipt-preavviso-errore-consegna', 'message-sent')).state).toBe('failed');
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    const identifier = await transmissionOf(esempio, id);
    const unnamed = (more: Partial<ReceiptOptions>) =>
      receiptFor(sandbox, 'avvenuta-consegna', about, undefined, { withoutMsgid: true, ...more });
    // Nobody signed the field: a receipt of another mail could bear it.
    const elsewhere = 'ufficio@pec.provaria.example.it';
    for (const foreign of [
      { date: new Date(Date.now() - 3_600_000) },
      { deliveredTo: elsewhere, to: [{ address: elsewhere, certified: true }] },
      { from: 'altri@pec.esempio.example.it', mailbox: ESEMPIO.address },
    ])
      expect(await received(councils, esempio, unnamed(foreign))).toMatchObject({
        kind: 'pec-receipt',
        exchange: null,
      });
    expect(await received(councils, esempio, unnamed({ identifier }))).toMatchObject({
      kind: 'pec-receipt',
      exchange: id,
    });
    expect((await eventsOf(id, 'receipt-avvenuta-consegna')).state).toBe('delivered');
  });

  it('a receipt of another transmission than the accepted one changes nothing, and a person is told', async () => {
    const { sandbox, esempio } = councils;
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', to: PROVARIA.address, times: 1 });
    sandbox.misbehave({ action: { do: 'drop' }, from: PROVARIA.address, to: ESEMPIO.address, times: 1 });
    const { id, messageId } = await send();
    await eventsOf(id, 'receipt-accettazione', 'message-sent');
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    const before = await esempio.service.views.exchange(id);
    for (const kind of ['avvenuta-consegna', 'errore-consegna'] as const) {
      const forged = await received(councils, esempio, receiptFor(sandbox, kind, about, '5.1.1 - inventato'));
      expect(forged).toMatchObject({
        action: 'operator',
        exchange: null,
        note: expect.stringContaining('identificativo'),
      });
    }
    const after = await esempio.service.views.exchange(id);
    expect([after?.state, after?.awaits, after?.dueAt]).toEqual([before?.state, before?.awaits, before?.dueAt]);
    expect(after?.tasks.map(({ code }) => code)).toEqual(['receipt-of-another']);
    const identifier = await transmissionOf(esempio, id);
    const genuine = receiptFor(sandbox, 'errore-consegna', about, '5.1.1 - vero', { identifier });
    expect(await received(councils, esempio, genuine)).toMatchObject({ action: 'correlate', exchange: id });
  });

  /** Neither acceptance nor delivery comes, and no answer. */
  const sentWithoutReceipts = async () => {
    const { sandbox } = councils;
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'accettazione', to: ESEMPIO.address, times: 1 });
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', to: PROVARIA.address, times: 1 });
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'posta-certificata', to: PROVARIA.address, times: 1 });
    const sent = await send();
    await eventsOf(sent.id, 'message-sent');
    return sent;
  };

  it.each([
    ['avvenuta-consegna', 'delivered'],
    ['errore-consegna', 'failed'],
  ] as const)(
    'a foreign %s that came before the acceptance is taken back once that has come',
    async (kind, believed) => {
      const { sandbox, esempio } = councils;
      const { id, messageId } = await sentWithoutReceipts();
      const about = { from: ESEMPIO, to: PROVARIA, messageId };
      const stateOf = async () => (await esempio.service.views.exchange(id))?.state;
      const forged = await received(councils, esempio, receiptFor(sandbox, kind, about, '5.1.1 - inventato'));
      expect(forged).toMatchObject({ action: 'correlate', exchange: id });
      expect(await stateOf()).toBe(believed);

      const own = { identifier: `opec-vero-${id}@pec.esempio.example.it` };
      await received(councils, esempio, receiptFor(sandbox, 'accettazione', about, undefined, own));
      const after = await eventsOf(id, 'receipt-of-another');
      expect(after).toMatchObject({ state: 'accepted', awaits: 'delivery' });
      expect(after.tasks.filter(({ closedAt }) => closedAt === null)).toMatchObject([
        { code: 'receipt-of-another', message: forged.id },
      ]);
      expect(await esempio.service.views.message(forged.id)).toMatchObject({ action: 'operator', exchange: null });
      await received(councils, esempio, receiptFor(sandbox, 'avvenuta-consegna', about, undefined, own));
      expect((await eventsOf(id, 'receipt-avvenuta-consegna')).state).toBe('delivered');
      expect(await esempio.service.views.verifyAudit()).toMatchObject([{ found: 0 }]);
    },
  );

  it('a receipt that was taken back counts after all, once the acceptance of its own transmission has come', async () => {
    const { sandbox, esempio } = councils;
    const { id, messageId } = await sentWithoutReceipts();
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    const [first, second] = ['primo', 'secondo'].map((name) => ({
      identifier: `opec-${name}-${id}@pec.esempio.example.it`,
    }));
    const letter = (kind: 'accettazione' | 'avvenuta-consegna', of = first) =>
      received(councils, esempio, receiptFor(sandbox, kind, about, undefined, of));
    await letter('avvenuta-consegna', second);
    await letter('accettazione', first);
    expect((await eventsOf(id, 'receipt-of-another')).state).toBe('accepted');
    await letter('accettazione', second);
    await until('the delivery', async () => (await esempio.service.views.exchange(id))?.state === 'delivered');
    const { events } = await eventsOf(id, 'receipt-of-another');
    expect(events.filter(({ type }) => type === 'receipt-avvenuta-consegna')).toHaveLength(2);
  });

  it('a receipt that overtakes the acceptance of its own transmission counts once that has come', async () => {
    const { sandbox, esempio } = councils;
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', to: PROVARIA.address, times: 1 });
    const { id, messageId } = await send();
    await eventsOf(id, 'receipt-accettazione', 'message-sent');
    const about = { from: ESEMPIO, to: PROVARIA, messageId };
    // The mail went to the provider twice: the second transmission has an identifier of its own.
    const second = { identifier: `opec-secondo-${id}@pec.esempio.example.it` };
    const early = receiptFor(sandbox, 'avvenuta-consegna', about, undefined, second);
    expect(await received(councils, esempio, early)).toMatchObject({ action: 'operator', exchange: null });
    await received(councils, esempio, receiptFor(sandbox, 'accettazione', about, undefined, second));
    await eventsOf(id, 'receipt-of-another', 'receipt-avvenuta-consegna');
  });

  it('a receipt for a mail that is not ours is kept, and says so', async () => {
    const { sandbox, esempio } = councils;
    for (const messageId of ['<altrove@webmail.example.it>', '<a\u0001b@webmail.example.it>', '<>']) {
      const orphan = receiptFor(sandbox, 'avvenuta-consegna', { from: ESEMPIO, to: PROVARIA, messageId });
      expect(await received(councils, esempio, orphan)).toMatchObject({
        kind: 'pec-receipt',
        action: 'correlate',
        exchange: null,
        note: problem('receipt-unmatched').message,
      });
    }
    await goodOneAfter(councils, esempio);
  });

  it('a mail that the provider refuses for good is given up, and a person is told', async () => {
    councils.sandbox.misbehave({ action: { do: 'refuse', how: 'permanent' }, to: PROVARIA.address, times: 1 });
    const { id } = await send();
    const exchange = await eventsOf(id, 'message-given-up');
    expect(exchange).toMatchObject({ state: 'failed', outbox: [{ state: 'given-up', attempts: 1 }] });
  });

  it('a mail whose hand-over broke after the data is sent again with the same Message-ID', async () => {
    councils.sandbox.misbehave({
      action: { do: 'refuse', how: 'accept-and-disconnect' },
      to: PROVARIA.address,
      times: 1,
    });
    const { id, messageId } = await send();
    const exchange = await eventsOf(id, 'message-sent', 'confirmation');
    expect(exchange.state).toBe('confirmed');
    expect(exchange.outbox).toMatchObject([{ messageId, state: 'sent' }]);
    const there = await councils.provaria.service.views.registrations({ aoo: null, cursor: null, limit: 100 });
    expect(there.items.filter(({ peerNumber }) => peerNumber === exchange.ourNumber).length).toBe(1);
  });
});
