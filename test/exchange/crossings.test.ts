import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { problem } from '../../src/kernel/problems.ts';
import { type Councils, ESEMPIO, PROVARIA, sealed, startCouncils, until } from './councils.ts';
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
  registerIsSound,
  registrationsOf,
  send,
  WHOLE,
} from './flows.ts';
import { receiptFor, received } from './mails.ts';

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils({ change: sealed });
});
afterEach(async () => {
  for (const council of [councils.esempio, councils.provaria]) expect(await registerIsSound(council)).toBe(true);
});
afterAll(() => councils?.stop());

const misbehave = (rule: Parameters<Councils['sandbox']['misbehave']>[0]) => councils.sandbox.misbehave(rule);
/** Holds back every mail from the second council until the rule is removed. */
const holdAnswers = () =>
  misbehave({
    action: { do: 'delay' },
    kind: 'posta-certificata',
    from: PROVARIA.address,
    to: ESEMPIO.address,
    times: 1,
  });

describe('what arrives too early', () => {
  it('receipts and the confirmation arrive before the sending is recorded', async () => {
    const { esempio } = councils;
    const answer = misbehave({ action: { do: 'receipts-first' }, from: ESEMPIO.address, times: 1 });
    const { id, subject } = await send(esempio, PROVARIA);
    const early = await inState(esempio, id, 'confirmed', ...WHOLE.filter((type) => type !== 'message-sent'));
    expect(count(early, 'message-sent')).toBe(0);
    expect(early.outbox).toMatchObject([{ state: 'queued' }]);
    answer();
    const after = await inState(esempio, id, 'confirmed', ...WHOLE);
    expect(openTasks(after)).toEqual([]);
    expect((await registrationsOf(councils.provaria, subject)).length).toBe(1);
  });

  it('the delivery receipt arrives before the acceptance', async () => {
    const { esempio } = councils;
    const release = misbehave({ action: { do: 'delay' }, kind: 'accettazione', to: ESEMPIO.address, times: 1 });
    const { id } = await send(esempio, PROVARIA, { confirmationRequested: false });
    await inState(esempio, id, null, 'receipt-avvenuta-consegna', 'message-sent');
    release();
    const after = await inState(esempio, id, 'confirmed', 'receipt-accettazione', 'confirmation');
    expect(openTasks(after)).toEqual([]);
  });

  it('an annulment arrives before its message: a person is told, and once the message is registered the two find each other', async () => {
    const { esempio, provaria } = councils;
    const release = misbehave({
      action: { do: 'delay' },
      kind: 'posta-certificata',
      from: ESEMPIO.address,
      to: PROVARIA.address,
      times: 1,
    });
    const { id, subject } = await send(esempio, PROVARIA);
    const sent = await inState(esempio, id, null, 'message-sent');
    const registration = keyOf(sent.ourNumber);
    await done(
      esempio.service.commands.annul(esempio.office, { registration, reason: subject, provision: 'Atto 3' }, BY),
    );
    const task = await until('the annulment on the list', async () => {
      const { items } = await provaria.service.views.tasks({ aoo: null, cursor: null, limit: 100 });
      return items.find(({ code, sentence }) => code === 'answer-unmatched' && sentence.includes(subject));
    });
    expect(task.exchange).toBeNull();
    release();
    await arrived(provaria, subject, 'annulled', ...ANSWERED, 'annulment');
    // The confirmation crosses the annulment: its number is recorded, and the message stays withdrawn.
    const after = await inState(esempio, id, 'withdrawn', 'confirmation');
    expect(after.peerNumber).not.toBeNull();
    expect(openTasks(after)).toEqual([]);
  });
});

describe('answers that cross or contradict each other', () => {
  it('our annulment crosses the confirmation', async () => {
    const { esempio, provaria } = councils;
    const release = holdAnswers();
    const { id, subject } = await send(esempio, PROVARIA, { generation: '3.0.0' });
    await arrived(provaria, subject, 'confirmed', 'confirmation-sent');
    const delivered = await inState(esempio, id, 'delivered', 'message-sent');
    const registration = keyOf(delivered.ourNumber);
    await done(
      esempio.service.commands.annul(esempio.office, { registration, reason: 'Errore', provision: 'Atto 4' }, BY),
    );
    const there = await arrived(provaria, subject, 'annulled', 'annulment');
    release();
    const after = await inState(esempio, id, 'withdrawn', 'confirmation');
    expect(after.peerNumber).toBe(there.ourNumber);
    expect(openTasks(after)).toEqual([]);
    expect(openTasks(await arrived(provaria, subject, 'annulled'))).toEqual(['annulled-by-sender']);
  });

  it('an exception follows the confirmation: the state changes, and a person is told of both', async () => {
    const { esempio, provaria } = councils;
    const { id, subject } = await send(esempio, PROVARIA);
    const confirmed = await inState(esempio, id, 'confirmed', ...WHOLE);
    const there = await arrived(provaria, subject, 'confirmed', ...ANSWERED);
    const reason = 'Documento illeggibile a video';
    await done(provaria.service.commands.refuse(provaria.office, { exchangeId: there.id, reason, version: null }, BY));
    const excepted = await inState(esempio, id, 'excepted', 'exception');
    expect(excepted.peerNumber).toBe(confirmed.peerNumber);
    expect(openTasks(excepted)).toEqual(['contradiction']);
    // It had been registered: the exception bears the number.
    const mail = await mailOf(esempio, excepted, 'exception');
    expect(mail).toMatchObject({ kind: 'exception', note: reason });
    await esempio.later(24 * 6);
    expect(openTasks(await inState(esempio, id, 'excepted', 'overdue'))).toEqual(['contradiction', 'exception-open']);
  });

  it("the recipient's annulment overtakes its confirmation: a person is told, and nothing is guessed", async () => {
    const { esempio, provaria } = councils;
    const release = holdAnswers();
    const { id, subject } = await send(esempio, PROVARIA);
    const there = await arrived(provaria, subject, 'confirmed', 'confirmation-sent');
    const annulment = { registration: keyOf(there.ourNumber), reason: subject, provision: 'Atto 5' };
    await done(provaria.service.commands.annul(provaria.office, annulment, BY));
    await until('the annulment on the list', async () => {
      const { items } = await esempio.service.views.tasks({ aoo: null, cursor: null, limit: 100 });
      return items.find(({ code, sentence }) => code === 'answer-unmatched' && sentence.includes(subject));
    });
    release();
    expect((await inState(esempio, id, 'confirmed', 'confirmation')).peerNumber).toBe(there.ourNumber);
  });
});

describe('what arrives twice, or never', () => {
  it('every mail arrives twice: one registration, one event of each kind', async () => {
    const { esempio, provaria } = councils;
    const end = misbehave({ action: { do: 'duplicate' } });
    const { id, subject } = await send(esempio, PROVARIA);
    await inState(esempio, id, 'confirmed', ...WHOLE);
    const there = await arrived(provaria, subject, 'confirmed', ...ANSWERED);
    end();
    // All mails have been judged: none is left unread.
    for (const council of [esempio, provaria])
      await until('an empty desk', async () => {
        const [row] = await council.rows<{ kept: string; read: string }>(
          `select count(*) filter (where state = 'kept') as kept, count(*) as read from mail`,
        );
        const [queued] = await council.rows<{ count: string }>(`select count(*) from outbox where state = 'queued'`);
        const there = councils.sandbox.mails(council.office.address).length;
        return Number(row?.kept) === 0 && Number(row?.read) === there && Number(queued?.count) === 0;
      });
    const after = await inState(esempio, id, 'confirmed');
    for (const type of [...WHOLE, 'registered']) expect(count(after, type), type).toBe(1);
    expect((await registrationsOf(provaria, subject)).length).toBe(1);
    const again = await inState(provaria, there.id, 'confirmed');
    expect(again.outbox.length).toBe(1);
    expect(openTasks(again).concat(openTasks(after))).toEqual([]);
  });

  it('the confirmation is lost: a person is told after three days, and sending again brings it', async () => {
    const { esempio, provaria } = councils;
    misbehave({ action: { do: 'drop' }, kind: 'posta-certificata', to: ESEMPIO.address, times: 1 });
    const { id, subject } = await send(esempio, PROVARIA, { generation: '3.0.0' });
    const there = await arrived(provaria, subject, 'confirmed', ...ANSWERED);
    await inState(esempio, id, 'delivered', 'message-sent', 'receipt-accettazione');
    await esempio.later(73);
    const late = await inState(esempio, id, 'delivered', 'overdue');
    expect(openTasks(late)).toEqual(['confirmation-late']);
    const again = { exchangeId: id, version: late.version };
    await done(esempio.service.commands.resend(esempio.office, again, BY));
    const confirmed = await inState(esempio, id, 'confirmed', 'resend', 'confirmation');
    expect(confirmed.peerNumber).toBe(there.ourNumber);
    expect(openTasks(confirmed)).toEqual([]);
    expect((await registrationsOf(provaria, subject)).length).toBe(1);
    expect((await registrationsOf(esempio, subject)).length).toBe(1);
  });

  it('an answer cannot be delivered: a person sends it again', async () => {
    const { esempio, provaria } = councils;
    misbehave({ action: { do: 'fail', because: 'altro' }, from: PROVARIA.address, to: ESEMPIO.address, times: 1 });
    const { id, subject } = await send(esempio, PROVARIA);
    const left = await arrived(provaria, subject, 'unanswered', 'confirmation-sent', 'receipt-errore-consegna');
    expect(openTasks(left)).toEqual(['mailbox-full']);
    await inState(esempio, id, 'delivered');
    const again = { exchangeId: left.id, version: left.version };
    await done(provaria.service.commands.resend(provaria.office, again, BY));
    const confirmed = await inState(esempio, id, 'confirmed', 'confirmation');
    expect(confirmed.peerNumber).toBe(left.ourNumber);
    const after = await arrived(provaria, subject, 'confirmed', 'resend', 'receipt-avvenuta-consegna');
    expect(openTasks(after)).toEqual([]);
    expect(after.outbox).toMatchObject([{ purpose: 'confirmation', messageId: left.outbox[0]?.messageId }]);
  });

  it('no receipt comes for an answer: a person is told after a day', async () => {
    const { esempio, provaria } = councils;
    misbehave({ action: { do: 'drop' }, kind: 'avvenuta-consegna', from: PROVARIA.address, times: 1 });
    const { id, subject } = await send(esempio, PROVARIA);
    await inState(esempio, id, 'confirmed', ...WHOLE);
    const there = await arrived(provaria, subject, 'confirmed', 'confirmation-sent', 'receipt-accettazione');
    await provaria.later(25);
    expect(openTasks(await inState(provaria, there.id, 'confirmed', 'overdue'))).toEqual(['answer-delivery-late']);
  });
});

describe('receipts that do not name their mail', () => {
  it('a receipt without our Message-ID is matched by its transaction', async () => {
    const { esempio } = councils;
    misbehave({
      action: { do: 'omit-msgid', everywhere: true },
      kind: 'avvenuta-consegna',
      from: ESEMPIO.address,
      times: 1,
    });
    const { id } = await send(esempio, PROVARIA);
    const after = await inState(esempio, id, 'confirmed', ...WHOLE);
    expect((await mailOf(esempio, after, 'receipt-avvenuta-consegna')).inspection?.pec).toMatchObject({
      messageId: null,
    });
  });

  it('one that comes before the receipt that names the mail is kept, and adopted later', async () => {
    const { esempio } = councils;
    const release = misbehave({ action: { do: 'delay' }, kind: 'accettazione', to: ESEMPIO.address, times: 1 });
    misbehave({
      action: { do: 'omit-msgid', everywhere: true },
      kind: 'avvenuta-consegna',
      from: ESEMPIO.address,
      times: 1,
    });
    const { id } = await send(esempio, PROVARIA);
    await inState(esempio, id, 'confirmed', 'message-sent', 'confirmation');
    const orphans = () =>
      esempio.rows<{ note: string }>(
        `select note from mail where kind = 'pec-receipt' and state = 'settled' and exchange_id is null`,
      );
    expect(await until('the orphan', async () => (await orphans()).length === 1 && orphans())).toEqual([
      { note: problem('receipt-unmatched').message },
    ]);
    release();
    await inState(esempio, id, 'confirmed', ...WHOLE);
    expect(await orphans()).toEqual([]);
  });

  it('a receipt that comes before its message is known is adopted when the message turns up', async () => {
    const { esempio, sandbox } = councils;
    // As after a restore of the database: receipts arrive for mail that is still in the outbox.
    const end = misbehave({
      action: { do: 'refuse', how: 'temporary' },
      from: ESEMPIO.address,
    });
    const { id, messageId } = await send(esempio, PROVARIA);
    await until('the first try', async () => {
      const found = await esempio.service.views.exchange(id);
      return (found?.outbox[0]?.attempts ?? 0) > 0;
    });
    const later = `<${crypto.randomUUID()}@pec.esempio.example.it>`;
    const orphan = receiptFor(sandbox, 'presa-in-carico', { from: ESEMPIO, to: PROVARIA, messageId: later });
    const kept = await received(councils, esempio, orphan);
    expect(kept).toMatchObject({ exchange: null, note: problem('receipt-unmatched').message });
    await esempio.rows(
      `update outbox set message_id = $2, recipe = jsonb_set(recipe, '{messageId}', to_jsonb($2::text)) where message_id = $1`,
      messageId,
      later,
    );
    end();
    await esempio.rows(`update outbox set due_at = now() where message_id = $1`, later);
    const after = await inState(esempio, id, 'confirmed', ...WHOLE, 'receipt-presa-in-carico');
    expect(after.events.find(({ type }) => type === 'receipt-presa-in-carico')?.message).toBe(kept.id);
  });
});

describe("the sender's provider", () => {
  it('refuses temporarily: the mail is tried again with the same Message-ID', async () => {
    const { esempio, provaria } = councils;
    const end = misbehave({ action: { do: 'refuse', how: 'temporary' }, from: ESEMPIO.address });
    const { id, subject, messageId } = await send(esempio, PROVARIA);
    const waiting = await until('the first try', async () => {
      const found = await esempio.service.views.exchange(id);
      return (found?.outbox[0]?.attempts ?? 0) > 0 && found;
    });
    expect(waiting).toMatchObject({ state: 'queued', outbox: [{ state: 'queued', messageId }] });
    end();
    await esempio.rows('update outbox set due_at = now() where message_id = $1', messageId);
    expect((await inState(esempio, id, 'confirmed', ...WHOLE)).outbox).toMatchObject([{ messageId, state: 'sent' }]);
    expect((await registrationsOf(provaria, subject)).length).toBe(1);
  });

  it('refuses for good: the mail is given up, and a person can send it again under the same number', async () => {
    const { esempio, provaria } = councils;
    misbehave({ action: { do: 'refuse', how: 'permanent' }, from: ESEMPIO.address, times: 1 });
    const { id, subject } = await send(esempio, PROVARIA);
    const failed = await inState(esempio, id, 'failed', 'message-given-up');
    expect(openTasks(failed)).toEqual(['not-sent']);
    await done(esempio.service.commands.resend(esempio.office, { exchangeId: id, version: null }, BY));
    const confirmed = await inState(esempio, id, 'confirmed', ...WHOLE);
    expect(confirmed.ourNumber).toBe(failed.ourNumber);
    expect(openTasks(confirmed)).toEqual([]);
    expect((await registrationsOf(provaria, subject)).length).toBe(1);
  });
});
