import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unknownCorrespondent } from '../../src/model/segnatura.ts';
import { type Councils, ESEMPIO, MITTENTE, PROVARIA, sealed, startCouncils, TERZA, until } from './councils.ts';
import {
  ANSWERED,
  arrived,
  BY,
  count,
  done,
  inState,
  keyOf,
  mailOf,
  openTasks,
  recipient,
  registerIsSound,
  registrationsOf,
  type Sent,
  send,
  stranger,
  WHOLE,
} from './flows.ts';
import { receiptFor, received, transmissionOf } from './mails.ts';

const DEAD = 'protocollo@pec.lontano.example.it';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils({
    more: [TERZA],
    change: sealed,
    sandbox: { deadDomains: ['pec.lontano.example.it'] },
  });
});
afterAll(() => councils?.stop());

describe('one message to several recipients at once', () => {
  const NOBODY = 'nessuno@pec.provaria.example.it';
  const CITIZEN = 'maria.rossi@posta.example.it';
  let sent: Sent;
  const to = (address: string): string =>
    sent.exchanges.find(({ recipient: one }) => one === address)?.exchangeId ?? 'no such recipient';

  beforeAll(async () => {
    sent = await send(councils.esempio, PROVARIA, {
      generation: '2013',
      recipients: [
        recipient(PROVARIA, { generation: '2001' }),
        recipient(TERZA, { generation: '3.0.0', copy: true }),
        recipient(MITTENTE),
        stranger(NOBODY),
        // Only its address is known.
        { ...stranger(CITIZEN), correspondent: unknownCorrespondent(CITIZEN, CITIZEN) },
      ],
    });
  });

  it('is one registration, with one exchange per recipient, each in its own generation', async () => {
    const { esempio } = councils;
    const own = await registrationsOf(esempio, sent.subject);
    expect(own.map(({ direction }) => direction)).toEqual(['outgoing']);
    expect(sent.exchanges.length).toBe(5);
    const generations = await Promise.all(
      sent.exchanges.map(async ({ exchangeId }) => (await esempio.service.views.exchange(exchangeId))?.generation),
    );
    expect(generations).toEqual(['2001', '3.0.0', '2013', '2013', '2013']);
    expect(new Set(sent.exchanges.map(({ messageId }) => messageId)).size).toBe(5);
  });

  it('has a state of its own for each of them', async () => {
    const { esempio, provaria, more } = councils;
    const [terza] = more;
    if (terza === undefined) throw new Error('no third council');
    const confirmed = await inState(esempio, to(PROVARIA.address), 'confirmed', ...WHOLE);
    const copied = await inState(esempio, to(TERZA.address), 'confirmed', ...WHOLE);
    const there = await arrived(provaria, sent.subject, 'confirmed', ...ANSWERED);
    const further = await arrived(terza, sent.subject, 'confirmed', ...ANSWERED);
    expect([confirmed.peerNumber, copied.peerNumber]).toEqual([there.ourNumber, further.ourNumber]);
    // Nobody answers there: it is delivered, and the confirmation is awaited.
    expect(await inState(esempio, to(MITTENTE.address), 'delivered', 'receipt-avvenuta-consegna')).toMatchObject({
      awaits: 'confirmation',
    });
    const failed = await inState(esempio, to(NOBODY), 'failed', 'receipt-errore-consegna', 'message-sent');
    expect(openTasks(failed)).toEqual(['not-delivered']);
    expect((await mailOf(esempio, failed, 'receipt-errore-consegna')).note).toContain('no-dest');
    // Ordinary mail: accepted, and no further evidence will ever come.
    const open = await inState(esempio, to(CITIZEN), 'unevidenced', 'receipt-accettazione', 'message-sent');
    expect(open).toMatchObject({ awaits: null, dueAt: null });
    await esempio.later(24 * 365);
    expect(openTasks(await inState(esempio, to(CITIZEN), 'unevidenced'))).toEqual([]);
    expect(openTasks(await inState(esempio, to(MITTENTE.address), 'delivered'))).toEqual(['confirmation-late']);
  });

  it('tells who gets a copy that it is one, and who got the message', async () => {
    for (const address of [PROVARIA.address, TERZA.address]) {
      const message = councils.answers(address).find((one) => one.kind === 'protocol-message');
      if (message?.kind !== 'protocol-message') throw new Error('no message');
      // The older generations list copies separately, after the others.
      expect(new Map(message.recipients.map((one) => [one.address, one.copy]))).toEqual(
        new Map(sent.exchanges.map(({ recipient: one }) => [one, one === TERZA.address])),
      );
    }
  });

  it('can name a recipient by its address alone in the newest generation too', () => {
    const reading = councils.readings(TERZA.address).find(({ message }) => message?.kind === 'protocol-message');
    expect(reading).toMatchObject({ generation: '3.0.0', valid: true });
    if (reading?.message?.kind !== 'protocol-message') throw new Error('no message');
    expect(reading.message.recipients.find(({ address }) => address === CITIZEN)).toMatchObject({
      kind: 'legal-person',
      name: CITIZEN,
    });
  });

  it('can be sent again to the one that failed, without touching the others or taking a number', async () => {
    const { esempio, sandbox } = councils;
    await sandbox.addMailbox({ address: NOBODY, password: 'segreta' });
    const failed = await inState(esempio, to(NOBODY), 'failed');
    const again = { exchangeId: failed.id, version: failed.version };
    expect(await done(esempio.service.commands.resend(esempio.office, again, BY))).toMatchObject({ state: 'queued' });
    const delivered = await inState(esempio, failed.id, 'delivered', 'receipt-avvenuta-consegna');
    expect(openTasks(delivered)).toEqual([]);
    expect(delivered.outbox).toMatchObject([{ messageId: failed.outbox[0]?.messageId, state: 'sent' }]);
    // The second recipient got it once; nobody got it twice.
    for (const address of [NOBODY, PROVARIA.address, TERZA.address])
      expect(councils.answers(address).filter(({ kind }) => kind === 'protocol-message').length, address).toBe(1);
    expect((await registrationsOf(esempio, sent.subject)).length).toBe(1);
  });

  it('is annulled for all of them, each told in its own generation', async () => {
    const { esempio, provaria, more } = councils;
    const [terza] = more;
    const annulment = {
      registration: keyOf((await inState(esempio, to(PROVARIA.address), null)).ourNumber),
      reason: 'Sostituita',
      provision: 'Determina 12',
    };
    const { told } = await done(esempio.service.commands.annul(esempio.office, annulment, BY));
    expect(told.map(({ recipient: one }) => one).sort()).toEqual(
      sent.exchanges.map(({ recipient: one }) => one).sort(),
    );
    const forms: unknown[] = [];
    for (const council of [provaria, terza ?? provaria]) {
      const there = await arrived(council, sent.subject, 'annulled', 'annulment');
      forms.push((await mailOf(council, there, 'annulment')).inspection?.segnatura?.generation);
    }
    expect(forms).toEqual(['2001', '3.0.0']);
    for (const { exchangeId } of sent.exchanges) await inState(esempio, exchangeId, 'withdrawn', 'annulment-sent');
    expect(await registerIsSound(esempio)).toBe(true);
  });

  it('needs a recipient besides copies: else it is refused before anything is registered', async () => {
    const { provaria } = councils;
    const copies = { subject: 'Sole copie', recipients: [recipient(ESEMPIO, { copy: true })] };
    await expect(send(provaria, ESEMPIO, copies)).rejects.toThrow('Destinazione');
    expect(await registrationsOf(provaria, copies.subject)).toEqual([]);
  });
});

describe('receipts that the sandbox does not send by itself', () => {
  it('taken in charge: recorded, without changing the state', async () => {
    const { esempio, sandbox } = councils;
    sandbox.misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', to: MITTENTE.address, times: 1 });
    const { id, messageId } = await send(esempio, MITTENTE);
    await inState(esempio, id, 'accepted', 'receipt-accettazione', 'message-sent');
    const charge = receiptFor(sandbox, 'presa-in-carico', { from: ESEMPIO, to: MITTENTE, messageId });
    expect(await received(councils, esempio, charge)).toMatchObject({ kind: 'pec-receipt', exchange: id, note: null });
    const after = await inState(esempio, id, 'accepted', 'receipt-presa-in-carico');
    expect(openTasks(after)).toEqual([]);
    // A person is told in time that the delivery did not come.
    await esempio.later(25);
    expect(openTasks(await inState(esempio, id, 'accepted', 'overdue'))).toEqual(['delivery-late']);
    const about = { from: ESEMPIO, to: MITTENTE, messageId };
    const identifier = await transmissionOf(esempio, id);
    const delivery = receiptFor(sandbox, 'avvenuta-consegna', about, undefined, { identifier });
    await received(councils, esempio, delivery);
    expect(openTasks(await inState(esempio, id, 'delivered'))).toEqual([]);
  });

  it('a missing acceptance is reported after an hour, and not a second time', async () => {
    const { esempio, sandbox } = councils;
    for (const kind of ['accettazione', 'avvenuta-consegna'] as const)
      sandbox.misbehave({
        action: { do: 'drop' },
        kind,
        to: kind === 'accettazione' ? ESEMPIO.address : MITTENTE.address,
        times: 1,
      });
    const { id } = await send(esempio, MITTENTE);
    await inState(esempio, id, 'sent', 'message-sent');
    await esempio.later(0.9);
    expect(openTasks(await inState(esempio, id, 'sent'))).toEqual([]);
    await esempio.later(1.1);
    await esempio.later(48);
    const late = await inState(esempio, id, 'sent', 'overdue');
    expect([openTasks(late), count(late, 'overdue')]).toEqual([['acceptance-late'], 1]);
  });
});

/** Last, because the sandbox's clock is moved for good. */
describe('a recipient whose provider never answers', () => {
  it('is late after 12 hours, and failed after 24', async () => {
    const { esempio, sandbox } = councils;
    const { id } = await send(esempio, PROVARIA, { recipients: [stranger(DEAD)] });
    await inState(esempio, id, 'accepted', 'receipt-accettazione', 'message-sent');
    await sandbox.advance(12.5);
    const noticed = await inState(esempio, id, 'accepted', 'receipt-preavviso-errore-consegna');
    expect(openTasks(noticed)).toEqual(['delivery-notice']);
    await sandbox.advance(12);
    const failed = await inState(esempio, id, 'failed', 'receipt-preavviso-errore-consegna');
    expect(count(failed, 'receipt-preavviso-errore-consegna')).toBe(2);
    expect(await until('the list', async () => openTasks(await inState(esempio, id, 'failed')))).toEqual([
      'not-delivered',
    ]);
  });
});
