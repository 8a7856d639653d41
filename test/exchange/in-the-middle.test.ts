import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { LONG } from '../support/long.ts';
import { type Councils, ESEMPIO, PROVARIA, startCouncils, until } from './councils.ts';
import {
  ANSWERED,
  arrived,
  count,
  inState,
  openTasks,
  registerIsSound,
  registrationsOf,
  send,
  WHOLE,
} from './flows.ts';

/** On one kind of server, and on both in the long run. */
for (const { mailboxes, skip } of [
  { mailboxes: 'dovecot' as const, skip: skipWithoutDovecot() },
  { mailboxes: 'sandbox' as const, skip: !skipWithoutDovecot() && !LONG },
]) {
  describe.skipIf(skip)(`in the middle of exchanges, mailboxes on ${mailboxes}`, () => {
    let own: Councils;
    beforeAll(async () => {
      own = await startCouncils({ mailboxes });
    });
    afterAll(() => own?.stop());

    it('both mailboxes get a new UIDVALIDITY', async () => {
      const { esempio, provaria, sandbox, dovecot } = own;
      const release = sandbox.misbehave({
        action: { do: 'delay' },
        kind: 'posta-certificata',
        from: PROVARIA.address,
        times: 1,
      });
      const { id, subject } = await send(esempio, PROVARIA);
      await inState(esempio, id, 'delivered', 'message-sent', 'receipt-accettazione');
      await arrived(provaria, subject, 'confirmed', ...ANSWERED);
      for (const [name, address] of [
        ['esempio', ESEMPIO.address],
        ['provaria', PROVARIA.address],
      ] as const) {
        if (dovecot === null) sandbox.renumber(address);
        else await dovecot.changeUidValidity(name);
      }
      if (dovecot === null) sandbox.dropImapConnections();
      release();
      const confirmed = await inState(esempio, id, 'confirmed', ...WHOLE);
      const second = await send(esempio, PROVARIA);
      await inState(esempio, second.id, 'confirmed', ...WHOLE);
      const there = await arrived(provaria, subject, 'confirmed');
      for (const type of [...WHOLE, 'registered']) expect(count(confirmed, type), type).toBe(1);
      expect(count(there, 'received')).toBe(1);
      expect((await registrationsOf(provaria, subject)).length).toBe(1);
      for (const council of [esempio, provaria]) {
        expect((await council.rows('select distinct uidvalidity from mail')).length).toBe(2);
        expect(await registerIsSound(council)).toBe(true);
      }
    });

    it('two processes per council compete for the same work: nothing is done twice', async () => {
      const { esempio, provaria, sandbox } = own;
      const others = [await esempio.another(), await provaria.another()];
      const before = sandbox.mails(PROVARIA.address).length;
      const all = await Promise.all(Array.from({ length: 12 }, () => send(esempio, PROVARIA)));
      const exchanges = await Promise.all(all.map(({ id }) => inState(esempio, id, 'confirmed', ...WHOLE)));
      await Promise.all(all.map(({ subject }) => arrived(provaria, subject, 'confirmed', ...ANSWERED)));
      // Twelve messages, and an acceptance and a delivery receipt for each of the twelve confirmations.
      expect(sandbox.mails(PROVARIA.address).length - before).toBe(36);
      expect(new Set(exchanges.map(({ peerNumber }) => peerNumber)).size).toBe(12);
      for (const { outbox } of exchanges) expect(outbox).toMatchObject([{ state: 'sent', attempts: 1 }]);
      const counted = await Promise.all(all.map(({ subject }) => registrationsOf(provaria, subject)));
      expect(counted.map(({ length }) => length)).toEqual(all.map(() => 1));
      for (const council of [esempio, provaria]) expect(await registerIsSound(council)).toBe(true);
      await esempio.stopService(others[0] ?? esempio.service);
      await provaria.stopService(others[1] ?? provaria.service);
    });

    /** Last, because it stops the first process: its open connection would never log in again. */
    it('the provider refuses our login: logins pause, people are told, nothing is given up', async () => {
      const { provaria, sandbox } = own;
      await own.esempio.stopService(own.esempio.service);
      const refused = { do: 'refuse', how: 'authentication', service: 'smtp' } as const;
      const end = sandbox.misbehave({ action: refused, from: ESEMPIO.address });
      const esempio = { ...own.esempio, service: await own.esempio.another() };
      const { id, subject } = await send(esempio, PROVARIA);
      const waiting = await until('the refused login', async () => {
        const found = await esempio.service.views.exchange(id);
        return found?.outbox[0]?.lastError != null && found;
      });
      expect(waiting).toMatchObject({ state: 'queued', outbox: [{ state: 'queued', attempts: 0 }] });
      await esempio.later(1.1);
      expect(openTasks(await inState(esempio, id, 'queued', 'overdue'))).toEqual(['acceptance-late']);
      end();
      // A new process has met no refusal, so it does not wait for the end of this one's pause.
      await esempio.another();
      await esempio.rows(`update outbox set due_at = now() where state = 'queued'`);
      const confirmed = await inState(esempio, id, 'confirmed', ...WHOLE);
      expect(openTasks(confirmed)).toEqual([]);
      expect((await registrationsOf(provaria, subject)).length).toBe(1);
    });
  });
}
