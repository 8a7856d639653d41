import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MAILBOX_UNREAD_SECONDS } from '../../../src/domain/exchange/deadlines.ts';
import { type MailboxWatchDeps, watchMailboxes } from '../../../src/service/deadlines/watch-mailboxes.ts';
import { type House, keptMail, MAILBOX, office, openHouse } from '../../adapters/postgres/support.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ESEMPIO = office('c_esempio', 'AESEMP1');
const PROVARIA = office('c_provaria', 'APROVA1');
const OWNER = '019a0000-0000-7000-8000-000000000001';
const SECRET = 'la-password-ripetuta-dal-server';

describe('a mailbox that cannot be read', () => {
  let house: House;
  let mails: { readonly subject: string; readonly text: string }[] = [];
  let refuses = false;
  const alert: MailboxWatchDeps['alert'] = async (mail) => {
    if (refuses) throw new Error('550 no');
    mails.push(mail);
  };
  const watch = (change: Partial<MailboxWatchDeps> = {}) =>
    watchMailboxes({
      store: house.store,
      clock: { now: () => new Date() },
      log: silent,
      offices: new Map([ESEMPIO, PROVARIA].map((one) => [one.aoo, one])),
      served: [ESEMPIO, PROVARIA].map(({ aoo }) => ({ aoo, mailbox: MAILBOX })),
      alert,
      ...change,
    });
  const fails = (aoo = ESEMPIO.aoo) => house.store.reportMailbox(aoo, MAILBOX, `Il gestore rifiuta: ${SECRET}`);
  const isRead = (aoo = ESEMPIO.aoo) => house.store.reportMailbox(aoo, MAILBOX, null);
  /** The clock is the database's: a trouble is made older there. */
  const pass = (seconds: number) =>
    house.pool.query('update mailbox set failing_since = failing_since - make_interval(secs => $1)', [seconds]);
  const tasks = async () => (await house.views.tasks({ aoo: null, cursor: null, limit: 50 })).items;
  const closed = async () => {
    const { rows } = await house.pool.query<{ closed_by: string; outcome: string }>(
      'select closed_by, outcome from task where closed_at is not null order by seq',
    );
    return rows;
  };

  beforeAll(async () => {
    house = await openHouse([ESEMPIO, PROVARIA]);
  });
  afterAll(() => house?.close());
  beforeEach(async () => {
    await house.pool.query('update mailbox set failures = 0, failing_since = null, alerted_at = null');
    await house.pool.query('update task set closed_at = now() where closed_at is null');
    await house.pool.query('update task set opened_at = opened_at - interval $$2 days$$');
    mails = [];
    refuses = false;
  });

  it('is on the list of its office after a quarter of an hour, once, and off it as soon as it is read', async () => {
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS - 30);
    await watch();
    expect(await tasks()).toEqual([]);
    await pass(31);
    await fails();
    await watch();
    await watch();
    const [task, ...more] = await tasks();
    expect(more).toEqual([]);
    expect(task).toMatchObject({ aoo: ESEMPIO.aoo, code: 'mailbox-unread', exchange: null });
    expect(task?.sentence).toMatch(
      new RegExp(
        `^Una casella dell'ufficio non può essere letta: .* ${MAILBOX}, dal \\d\\d/\\d\\d/\\d{4}, ore .*Il gestore rifiuta`,
      ),
    );
    await isRead();
    expect(await tasks()).toEqual([]);
    expect((await closed()).at(-1)).toEqual({ closed_by: 'interpro', outcome: 'mended' });
  });

  it('is off the list too when new mail is the first that can be read', async () => {
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS);
    await watch();
    expect((await tasks()).length).toBe(1);
    await house.store.leaseMailbox(ESEMPIO.aoo, MAILBOX, OWNER, 45);
    expect(await house.store.keepMails(ESEMPIO.aoo, MAILBOX, OWNER, 7n, 1, [keptMail(1)])).toBe(true);
    expect(await tasks()).toEqual([]);
    const { rows } = await house.pool.query('select failing_since from mailbox where aoo = $1', [ESEMPIO.aoo]);
    expect(rows).toEqual([{ failing_since: null }]);
  });

  it('is told again when it fails anew, but not again for the same trouble where a person has closed the task', async () => {
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS);
    await watch();
    await house.pool.query(
      "update task set closed_at = now(), closed_by = 'anna', outcome = 'visto' where closed_at is null",
    );
    await watch();
    expect(await tasks()).toEqual([]);
    await isRead();
    await house.pool.query('update task set opened_at = opened_at - interval $$1 hour$$');
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS);
    await watch();
    expect((await tasks()).length).toBe(1);
  });

  it('concerns only the offices that are served here, and none whose register has stopped', async () => {
    await fails();
    await fails(PROVARIA.aoo);
    await pass(MAILBOX_UNREAD_SECONDS);
    await house.pool.query("update aoo set stopped_at = now(), stopped_because = 'prova' where aoo = $1", [
      ESEMPIO.aoo,
    ]);
    await watch({ served: [{ aoo: ESEMPIO.aoo, mailbox: MAILBOX }] });
    expect(await tasks()).toEqual([]);
    await house.pool.query('update aoo set stopped_at = null, stopped_because = null');
    await watch({ served: [{ aoo: PROVARIA.aoo, mailbox: MAILBOX }] });
    expect((await tasks()).map(({ aoo }) => aoo)).toEqual([PROVARIA.aoo]);
  });

  it('concerns nobody once it has left the configuration', async () => {
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS);
    await watch();
    expect([(await tasks()).length, mails.length]).toEqual([1, 1]);
    await house.store.leaveMailboxes([{ aoo: ESEMPIO.aoo, mailbox: MAILBOX }]);
    await watch();
    expect([(await tasks()).length, mails.length]).toEqual([0, 1]);
  });

  it('is told by e-mail once when it begins and once when it is over, all mailboxes in one, without what servers said', async () => {
    await fails();
    await fails(PROVARIA.aoo);
    await pass(MAILBOX_UNREAD_SECONDS);
    await Promise.all([watch(), watch()]);
    await watch();
    expect(mails.map(({ subject }) => subject)).toEqual(['InterPro: 2 caselle PEC non vengono lette']);
    expect(mails[0]?.text).toContain(`- ${MAILBOX} (ufficio ${PROVARIA.aoo}), dal `);
    await isRead();
    await watch();
    await watch();
    expect(mails.map(({ subject }) => subject).slice(1)).toEqual(['InterPro: la casella PEC viene letta di nuovo']);
    expect(JSON.stringify(mails)).not.toContain(SECRET);
  });

  it('is told later where the e-mail cannot be sent, of its beginning and of its end', async () => {
    await fails();
    await pass(MAILBOX_UNREAD_SECONDS);
    refuses = true;
    await watch();
    refuses = false;
    await watch();
    expect(mails.length).toBe(1);
    await isRead();
    refuses = true;
    await watch();
    refuses = false;
    await watch();
    expect(mails.length).toBe(2);
  });

  it('is found along the indexes, however many mailboxes and tasks there are', async () => {
    const client = await house.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local enable_seqscan = off');
      const explain = async (sql: string): Promise<string> =>
        (await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`)).rows
          .map((row) => row['QUERY PLAN'])
          .join('\n');
      expect(await explain("select from mailbox where failing_since <= now() - interval '15 min'")).toContain(
        'mailbox_failing',
      );
      expect(await explain("select from task where aoo = 'a' and mailbox = 'b' and opened_at >= now()")).toContain(
        'task_by_mailbox',
      );
      expect(
        await explain(
          "update task set closed_at = now() where aoo = 'a' and mailbox = 'b' and code = 'mailbox-unread' and closed_at is null",
        ),
      ).toMatch(/task_(of|by)_mailbox/);
      expect(await explain('select from mailbox where alerted_at is not null and failing_since is null')).toContain(
        'mailbox_alerted',
      );
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
