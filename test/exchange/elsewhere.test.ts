/** Firms and citizens, who read no segnatura, and messages that go to another address under the same number. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/kernel/digest.ts';
import type { MailAddress } from '../../src/kernel/ids.ts';
import { unknownCorrespondent } from '../../src/model/segnatura.ts';
import { type Councils, PROVARIA, sealed, startCouncils, TERZA } from './councils.ts';
import {
  ANSWERED,
  arrived,
  BY,
  done,
  inState,
  openTasks,
  proofOf,
  recipient,
  refusal,
  registerIsSound,
  registrationsOf,
  send,
  WHOLE,
} from './flows.ts';

const FIRM = 'studio@pec.ipotesi.example.it' as MailAddress;
const NOBODY = 'nessuno@pec.provaria.example.it' as MailAddress;
const call = (key: string) => ({ ...BY, idempotency: { key, digest: sha256(key) } });

let councils: Councils;
beforeAll(async () => {
  councils = await startCouncils({ more: [TERZA], change: sealed });
  await councils.sandbox.addMailbox({ address: FIRM, password: 'segreta' });
});
afterAll(() => councils?.stop());

describe('a message to a firm and to an office', () => {
  const firm = { address: FIRM, correspondent: unknownCorrespondent('Studio Ipotesi', FIRM), plain: true };

  it('ends for the firm with the delivery, and its mail has the number in its text instead of a segnatura', async () => {
    const { esempio } = councils;
    const sent = await send(esempio, PROVARIA, {
      recipients: [firm, recipient(PROVARIA)],
      details: { text: 'Si trasmette la delibera.' },
    });
    const [toFirm, toOffice] = sent.exchanges;
    const ended = await inState(esempio, toFirm?.exchangeId ?? '', 'delivered', 'receipt-avvenuta-consegna');
    expect(ended).toMatchObject({ awaits: null, dueAt: null, generation: null });
    await inState(esempio, toOffice?.exchangeId ?? '', 'confirmed', ...WHOLE);
    const recipes = await esempio.rows<{ recipient: string; text: string; parts: readonly { name: string }[] }>(
      `select recipient, recipe ->> 'text' as text, recipe -> 'parts' as parts from outbox o join exchange e using (aoo, exchange_id)
        where e.subject = $1 and o.purpose = 'message' order by recipient desc`,
      sent.subject,
    );
    expect(recipes.map(({ parts }) => parts.map(({ name }) => name))).toEqual([
      ['delibera.pdf'],
      ['Segnatura.xml', 'delibera.pdf'],
    ]);
    expect(recipes[0]?.text).toMatch(/^Si trasmette la delibera\.\n\nComune di Esempio\nProtocollo n\. \d{7} del /);
    const [told] = councils.answers(PROVARIA.address).filter((one) => one.kind === 'protocol-message');
    const asked = told?.kind === 'protocol-message' ? told.recipients.map((one) => one.confirmationRequested) : [];
    expect(asked).toEqual([false, true]);
    await proofOf(esempio, toFirm?.exchangeId ?? '');
  });

  it('tells the firm of an annulment in words alone', async () => {
    const { esempio } = councils;
    const sent = await send(esempio, PROVARIA, { recipients: [firm] });
    await inState(esempio, sent.id, 'delivered');
    const { register, number, date } = sent.identifier;
    const registration = { register: register ?? '', year: Number(date.slice(0, 4)), number: Number(number) };
    const request = { registration, reason: 'errore', provision: 'Determina 1' };
    expect((await done(esempio.service.commands.annul(esempio.office, request, BY))).told).toHaveLength(1);
    await inState(esempio, sent.id, 'withdrawn', 'annulment-sent');
    const [mail] = await esempio.rows<{ parts: unknown[]; text: string }>(
      `select recipe -> 'parts' as parts, recipe ->> 'text' as text from outbox where exchange_id = $1 and purpose = 'annulment'`,
      sent.id,
    );
    expect(mail).toMatchObject({ parts: [], text: expect.stringContaining('è stata annullata') });
  });
});

describe('a message that did not arrive', () => {
  it.each(['2013', '3.0.0'] as const)('goes to another address under the same number, in %s', async (generation) => {
    const { esempio, provaria } = councils;
    const wrong = { ...recipient(PROVARIA), address: NOBODY };
    const sent = await send(esempio, PROVARIA, { generation, recipients: [wrong, recipient(TERZA)] });
    const failed = await inState(esempio, sent.id, 'failed', 'receipt-errore-consegna');
    const { sendElsewhere } = esempio.service.commands;
    const request = { exchangeId: sent.id, to: PROVARIA.address, version: failed.version };
    const twice = await Promise.all([
      done(sendElsewhere(esempio.office, request, call(`once ${generation}`))),
      done(sendElsewhere(esempio.office, request, call(`once ${generation}`))),
    ]);
    expect(twice[0]).toEqual(twice[1]);
    const confirmed = await inState(esempio, twice[0].exchangeId, 'confirmed', ...WHOLE);
    const there = await arrived(provaria, sent.subject, 'confirmed', ...ANSWERED);
    expect(there.peerNumber).toBe(confirmed.ourNumber);
    expect(confirmed.ourNumber).toBe(failed.ourNumber);
    const replaced = await inState(esempio, sent.id, 'replaced', 'sent-elsewhere');
    expect(openTasks(replaced)).toEqual([]);
    expect(await registrationsOf(esempio, sent.subject)).toHaveLength(1);
    expect(await registerIsSound(esempio)).toBe(true);
    // It names the one it went to, and no longer the one that does not exist.
    const [told] = councils
      .answers(PROVARIA.address)
      .filter((one) => one.kind === 'protocol-message' && one.subject === sent.subject);
    const named = told?.kind === 'protocol-message' ? told.recipients.map(({ address }) => address) : [];
    expect(named).toEqual([PROVARIA.address, TERZA.address]);
  });

  it('is not sent elsewhere twice, nor to whom it was sent already, nor where it arrived', async () => {
    const { esempio } = councils;
    const wrong = { ...recipient(PROVARIA), address: NOBODY };
    const sent = await send(esempio, PROVARIA, { recipients: [wrong, recipient(TERZA)] });
    const failed = await inState(esempio, sent.id, 'failed');
    const { sendElsewhere, resend } = esempio.service.commands;
    const to = (address: string, exchangeId = sent.id, version: number | null = null) =>
      sendElsewhere(esempio.office, { exchangeId, to: address, version }, BY);
    expect(await refusal(to(TERZA.address))).toBe('address-in-message');
    expect(await refusal(to(FIRM, sent.id, failed.version - 1))).toBe('version-conflict');
    expect(await refusal(to('non è un indirizzo'))).toBe('index-recipient-unknown');
    await done(to(FIRM));
    expect(await refusal(to(PROVARIA.address))).toBe('state-conflict');
    const other = sent.exchanges[1]?.exchangeId ?? '';
    await inState(esempio, other, 'confirmed', ...WHOLE);
    expect(await refusal(to(PROVARIA.address, other))).toBe('state-conflict');
    // The first address turned out to be right after all.
    const again = await done(resend(esempio.office, { exchangeId: sent.id, version: null }, BY));
    expect(again.state).toBe('queued');
  });
});
