import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { type Councils, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import { nextNumber, protocolMail } from './mails.ts';

const servers = [
  { mailboxes: 'sandbox' as const, skip: false },
  { mailboxes: 'dovecot' as const, skip: skipWithoutDovecot() },
];

for (const { mailboxes, skip } of servers) {
  describe.skipIf(skip)(`mailboxes on ${mailboxes}`, () => {
    let councils: Councils;
    const sent: string[] = [];
    beforeAll(async () => {
      councils = await startCouncils({ mailboxes });
    });
    afterAll(() => councils.stop());

    const deliver = (count: number) => {
      for (let index = 0; index < count; index += 1) {
        const number = nextNumber();
        sent.push(number);
        councils.sandbox.deliverRaw(PROVARIA.address, protocolMail(councils.sandbox, { to: PROVARIA, number }));
      }
    };
    const answered = () =>
      councils
        .answers(MITTENTE.address)
        .flatMap((answer) => (answer.kind === 'confirmation' ? (answer.received.identifier?.number ?? '') : []));
    /** Each is registered once and confirmed once, with consecutive numbers. */
    const allInOrder = async () => {
      const { provaria, sandbox } = councils;
      await until('every confirmation', () => new Set(answered()).size >= sent.length);
      // The receipts for the confirmations come last: after them nothing is on its way.
      const expected = () => sandbox.mails(PROVARIA.address).length;
      await until('every mail settled', async () => {
        const [mails] = await provaria.rows<{ settled: string; queued: string }>(
          `select (select count(distinct sha256) from mail where state = 'settled') as settled,
                  (select count(*) from outbox where state = 'queued') as queued`,
        );
        return Number(mails?.settled) === expected() && Number(mails?.queued) === 0;
      });
      const rows = await provaria.rows<{ number: string; peer: string }>(
        `select number, peer_identifier ->> 'number' as peer from registration order by number`,
      );
      expect(rows.map(({ number }) => Number(number))).toEqual(sent.map((_, index) => index + 1));
      expect(rows.map(({ peer }) => peer).sort()).toEqual(sent.toSorted());
      expect(answered().toSorted()).toEqual(sent.toSorted());
    };

    it('after a new UIDVALIDITY are read again, but each mail is registered and answered once', async () => {
      const { provaria, sandbox, dovecot } = councils;
      deliver(6);
      await allInOrder();
      const before = sandbox.mails(PROVARIA.address).length;
      if (dovecot === null) {
        sandbox.renumber(PROVARIA.address);
        // An open connection would not notice; the next one does.
        sandbox.dropImapConnections();
      } else await dovecot.changeUidValidity('provaria');
      deliver(2);
      await allInOrder();
      const read = await until(
        'the second reading of each mail',
        async () => {
          const rows = await provaria.rows<{ uidvalidity: string; mails: string; again: string }>(
            `select uidvalidity, count(*) as mails,
                    count(*) filter (where inspection -> 'decision' -> 'codes' ? 'mail-seen-before') as again
               from mail group by uidvalidity order by uidvalidity`,
          );
          return rows.length === 2 && Number(rows[1]?.again) >= before && rows;
        },
        30,
      );
      expect(read.map(({ mails, again }) => [Number(mails) >= before, Number(again)])).toEqual([
        [true, 0],
        [true, before],
      ]);
      // The second reading leads to the exchange of the first.
      const [lost] = await provaria.rows<{ count: string }>(
        `select count(*) from mail a join mail b on a.sha256 = b.sha256 and a.uidvalidity < b.uidvalidity
          where a.exchange_id is distinct from b.exchange_id`,
      );
      expect(Number(lost?.count)).toBe(0);
      await allInOrder();
    }, 60_000);

    it('are shared by two processes: nothing is done twice, and one goes on when the other stops', async () => {
      const { provaria } = councils;
      const second = await provaria.another();
      deliver(25);
      await until('some of them', () => new Set(answered()).size > sent.length - 20);
      // The first process stops in the middle of the work; the second takes over the mailbox.
      await provaria.stopService(provaria.service);
      deliver(5);
      await allInOrder();
      expect((await second.views.status()).mailboxes).toMatchObject([{ failures: 0 }]);
      expect(await second.views.verifyAudit()).toMatchObject([{ brokenAt: null, found: 0 }]);
    }, 60_000);
  });
}
