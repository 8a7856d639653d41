import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyFrom } from '../../src/domain/exchange/problem-policy.ts';
import { problem } from '../../src/kernel/problems.ts';
import type { Generation } from '../../src/model/segnatura.ts';
import type { Office } from '../../src/service/register/office.ts';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { LONG } from '../support/long.ts';
import { type Councils, ESEMPIO, PROVARIA, sealed, startCouncils } from './councils.ts';
import {
  ANSWERED,
  arrived,
  asked,
  BY,
  count,
  done,
  GENERATIONS,
  inState,
  keyOf,
  mailOf,
  openTasks,
  proofOf,
  registerIsSound,
  registrationsOf,
  send,
  WHOLE,
} from './flows.ts';

/** The first council answers this flag of the default policy with an exception; the second leaves it to a person. */
const policyOf = ({ administration }: Office) =>
  policyFrom({
    'document-signature-unreadable': administration === ESEMPIO.administration ? 'exception' : 'operator',
  }).policy;
const BROKEN_SIGNATURE = {
  documents: [
    {
      name: 'atto.pdf.p7m',
      mediaType: 'application/pkcs7-mime',
      bytes: Buffer.from('MIAGCSqGSIb3DQEHAqCAMIACAQExDzANBglghkgB', 'base64'),
    },
  ],
};

/** Every generation is confirmed, updated and annulled; the rest is played in all of them by the long run. */
const PLAYED: readonly Generation[] = LONG ? GENERATIONS : ['2001', '3.0.0'];

/** Everything runs on real mailboxes where they can run; the long run repeats it on those of the sandbox. */
const servers = [
  { mailboxes: 'dovecot' as const, skip: skipWithoutDovecot() },
  { mailboxes: 'sandbox' as const, skip: !skipWithoutDovecot() && !LONG },
];

for (const { mailboxes, skip } of servers) {
  describe.skipIf(skip).concurrent(`both ways, in every form, mailboxes on ${mailboxes}`, () => {
    let councils: Councils;
    beforeAll(async () => {
      councils = await startCouncils({
        mailboxes,
        change: async (own, sandbox) => ({
          ...(await sealed(own, sandbox)),
          policy: policyOf(own),
          confirm: 'requested',
        }),
      });
    });
    afterAll(async () => {
      // None of this has wasted a number or broken an audit chain.
      for (const council of councils ? [councils.esempio, councils.provaria] : [])
        expect(await registerIsSound(council)).toBe(true);
      await councils?.stop();
    });

    it.each(GENERATIONS)('%s: confirmed, updated, annulled by the recipient', async (generation) => {
      const { esempio, provaria } = councils;
      const { id, subject, identifier } = await send(esempio, PROVARIA, { generation });
      const sent = await inState(esempio, id, 'confirmed', ...WHOLE);
      const there = await arrived(provaria, subject, 'confirmed', ...ANSWERED);
      expect(there).toMatchObject({ generation, peerNumber: sent.ourNumber });
      expect(sent.peerNumber).toBe(there.ourNumber);
      expect((await registrationsOf(provaria, subject)).map(({ flags }) => flags)).toEqual([[]]);
      expect((await mailOf(provaria, there, 'received')).inspection).toMatchObject({
        segnatura: { generation, valid: true, ...(generation === '3.0.0' && { seal: 'valid' }) },
        decision: { action: 'register' },
      });
      const confirmation = await mailOf(esempio, sent, 'confirmation');
      expect(confirmation.inspection?.segnatura).toMatchObject({ generation, valid: true });
      expect(await asked(provaria, ESEMPIO, identifier)).toMatchObject({ state: 'registrato', office: null });

      // Classification and office change: the sender gets an update of its confirmation.
      const registration = keyOf(there.ourNumber);
      const change = { registration, office: 'Tributi', classification: 'IV.3' };
      const changed = await done(provaria.service.commands.change(provaria.office, change, BY));
      expect(changed).toMatchObject({ changes: [{ field: 'office' }, { field: 'classification' }] });
      expect(changed.told.map(({ recipient }) => recipient)).toEqual([ESEMPIO.address]);
      const updated = await inState(esempio, id, 'confirmed', 'update');
      expect(updated.peerNumber).toBe(there.ourNumber);
      const update = await mailOf(esempio, updated, 'update');
      expect(update).toMatchObject({ kind: 'update', action: 'correlate', note: null });
      expect(update.inspection?.segnatura).toMatchObject({ generation, valid: true });
      expect(await asked(provaria, ESEMPIO, identifier)).toMatchObject({ office: 'Tributi', classification: 'IV.3' });

      // The recipient annuls its registration, which the sender knows only by the number in the confirmation.
      const annulment = { registration, reason: 'Registrato due volte', provision: 'Determina 7' };
      await done(provaria.service.commands.annul(provaria.office, annulment, BY));
      const annulled = await inState(esempio, id, 'annulled', 'annulment');
      expect(openTasks(annulled)).toEqual(['annulled-by-recipient']);
      const notice = await mailOf(esempio, annulled, 'annulment');
      expect(notice).toMatchObject({ kind: 'annulment', action: 'correlate', note: 'Registrato due volte' });
      expect(notice.inspection?.segnatura).toMatchObject({ generation, valid: true });
      await arrived(provaria, subject, 'annulled', 'annulled-here', 'annulment-sent');
      expect(await asked(provaria, ESEMPIO, identifier)).toMatchObject({
        state: 'annullato',
        reason: 'Registrato due volte',
        annulment: { provision: 'Determina 7' },
      });

      const { index, names } = await proofOf(esempio, id);
      expect(index.problems).toEqual([]);
      for (const kind of ['conferma', 'aggiornamento', 'annullamento'])
        expect(names.filter((name) => name.startsWith('ricevuti/') && name.includes(kind)).length, kind).toBe(1);
    });

    it.each(PLAYED)('%s: annulled by the sender', async (generation) => {
      const { esempio, provaria } = councils;
      const { id, subject, identifier } = await send(esempio, PROVARIA, { generation });
      const sent = await inState(esempio, id, 'confirmed', ...WHOLE);
      const annulment = {
        registration: keyOf(sent.ourNumber),
        reason: 'Spedito per errore',
        provision: 'Determina 8',
      };
      const { told } = await done(esempio.service.commands.annul(esempio.office, annulment, BY));
      expect(told.map(({ recipient }) => recipient)).toEqual([PROVARIA.address]);
      const there = await arrived(provaria, subject, 'annulled', 'annulment');
      expect(openTasks(there)).toEqual(['annulled-by-sender']);
      expect((await mailOf(provaria, there, 'annulment')).inspection?.segnatura).toMatchObject({
        generation,
        valid: true,
      });
      // The recipient's own registration stands until somebody there annuls it.
      const { items } = await provaria.service.views.registrations({ aoo: null, cursor: null, limit: 500 });
      expect(items.find((item) => item.subject === subject)?.annulled).toBe(false);
      expect(await asked(provaria, ESEMPIO, identifier)).toMatchObject({ state: 'annullato', annulment: {} });
      // The receipts of the annulment do not change the state of the exchange.
      const after = await inState(esempio, id, 'withdrawn', 'annulment-sent');
      expect(openTasks(after)).toEqual([]);
    });

    it.each(PLAYED)('%s: refused by the policy of the recipient', async (generation) => {
      const { esempio, provaria } = councils;
      const { id, subject, identifier } = await send(provaria, ESEMPIO, { generation, ...BROKEN_SIGNATURE });
      const refused = await inState(provaria, id, 'excepted', 'exception', 'receipt-avvenuta-consegna');
      const mail = await mailOf(provaria, refused, 'exception');
      expect(mail).toMatchObject({ action: 'correlate', inspection: { segnatura: { generation, valid: true } } });
      const [before, after] = problem('document-signature-unreadable', '', '|').message.split('|');
      const reason = mail.note ?? '';
      expect(reason.startsWith(`${before}«atto.pdf.p7m», `) && reason.endsWith(after ?? ''), reason).toBe(true);
      expect(refused.peerNumber).toBeNull();
      expect(openTasks(refused)).toEqual(['excepted']);
      await arrived(esempio, subject, 'refused', 'exception-sent', 'receipt-avvenuta-consegna');
      expect(await registrationsOf(esempio, subject)).toEqual([]);
      expect(await asked(esempio, PROVARIA, identifier)).toMatchObject({ state: 'rifiutato', reason });
    });

    it.each(PLAYED)('%s: a person refuses it, and then registers it after all', async (generation) => {
      const { esempio, provaria } = councils;
      const { commands } = provaria.service;
      const { id, subject } = await send(esempio, PROVARIA, { generation, ...BROKEN_SIGNATURE });
      const waiting = await arrived(provaria, subject, 'operator', 'received');
      expect(openTasks(waiting)).toEqual(['decide']);
      const reason = 'La firma non si legge: inviare di nuovo.';
      const decision = { exchangeId: waiting.id, reason, version: waiting.version };
      await done(commands.refuse(provaria.office, decision, BY));
      const refused = await inState(esempio, id, 'excepted', 'exception');
      expect(await mailOf(esempio, refused, 'exception')).toMatchObject({ note: reason });
      // The receipts of the exception arrive before a person decides otherwise.
      await arrived(provaria, subject, 'refused', 'exception-sent', 'receipt-avvenuta-consegna');
      const request = { exchangeId: waiting.id, given: null, answer: null, version: null };
      const { identifier } = await done(commands.register(provaria.office, request, BY));
      const confirmed = await inState(esempio, id, 'confirmed', 'confirmation');
      expect(keyOf(confirmed.peerNumber).number).toBe(Number(identifier?.number));
      // The two answers contradict each other: a person is told, and the history has both.
      expect(openTasks(confirmed)).toEqual(['contradiction']);
      expect(count(confirmed, 'exception')).toBe(1);
      expect((await registrationsOf(provaria, subject)).length).toBe(1);
    });

    it.each(PLAYED)('%s: without a request no confirmation is sent, until a person sends one', async (generation) => {
      const { esempio, provaria } = councils;
      const { commands } = provaria.service;
      const silent = { generation, confirmationRequested: false };
      const { id, subject } = await send(esempio, PROVARIA, silent);
      const there = await arrived(provaria, subject, 'registered', 'received');
      expect(there).toMatchObject({ outbox: [], awaits: null });
      const registration = keyOf(there.ourNumber);
      // The sender was told no number, so it is told of no change either.
      const changed = await done(commands.change(provaria.office, { registration, office: 'Anagrafe' }, BY));
      expect(changed.told).toEqual([]);
      const delivered = await inState(esempio, id, 'delivered', 'message-sent', 'receipt-accettazione');
      expect(delivered).toMatchObject({ awaits: null, peerNumber: null });
      await done(commands.confirm(provaria.office, { exchangeId: there.id, version: null }, BY));
      expect((await inState(esempio, id, 'confirmed', 'confirmation')).peerNumber).toBe(there.ourNumber);

      const second = await send(esempio, PROVARIA, silent);
      const other = await arrived(provaria, second.subject, 'registered', 'received');
      const annulment = { registration: keyOf(other.ourNumber), reason: 'Doppione', provision: 'Atto 9' };
      expect((await done(commands.annul(provaria.office, annulment, BY))).told).toEqual([]);
      expect(await arrived(provaria, second.subject, 'annulled')).toMatchObject({ outbox: [] });
    });

    it.each(PLAYED)('%s: a person refuses a registered message: the exception bears its number', async (generation) => {
      const { esempio, provaria } = councils;
      const { id, subject } = await send(esempio, PROVARIA, { generation, confirmationRequested: false });
      const there = await arrived(provaria, subject, 'registered', 'received');
      const request = { exchangeId: there.id, reason: 'Mancano gli allegati', version: there.version };
      await done(provaria.service.commands.refuse(provaria.office, request, BY));
      const excepted = await inState(esempio, id, 'excepted', 'exception');
      expect(excepted.peerNumber).toBe(there.ourNumber);
      expect(openTasks(excepted)).toEqual(['excepted']);
    });

    it.each(PLAYED)('%s: an office writes to itself', async (generation) => {
      const { esempio } = councils;
      const { commands } = esempio.service;
      const { id, subject } = await send(esempio, ESEMPIO, { generation });
      const sent = await inState(esempio, id, 'confirmed', ...WHOLE);
      const there = await arrived(esempio, subject, 'confirmed', ...ANSWERED);
      expect([sent.peerNumber, there.peerNumber]).toEqual([there.ourNumber, sent.ourNumber]);
      expect((await registrationsOf(esempio, subject)).map(({ direction }) => direction)).toEqual([
        'outgoing',
        'incoming',
      ]);
      const own = keyOf(there.ourNumber);
      await done(commands.change(esempio.office, { registration: own, office: 'Anagrafe' }, BY));
      await inState(esempio, id, 'confirmed', 'update');
      await done(commands.annul(esempio.office, { registration: own, reason: 'Prova', provision: 'Atto 1' }, BY));
      await inState(esempio, id, 'annulled', 'annulment');

      // The same in the other direction, after a refusal.
      const second = await send(esempio, ESEMPIO, { generation, ...BROKEN_SIGNATURE });
      const refused = await inState(esempio, second.id, 'excepted', 'exception');
      const withdrawal = { registration: keyOf(refused.ourNumber), reason: 'Prova', provision: 'Atto 2' };
      await done(commands.annul(esempio.office, withdrawal, BY));
      const gone = await arrived(esempio, second.subject, 'refused', 'annulment');
      expect(openTasks(gone)).toEqual(['annulled-unregistered']);
      expect((await inState(esempio, second.id, 'withdrawn')).peerNumber).toBeNull();
    });
  });
}
