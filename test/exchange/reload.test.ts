import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import type { Service } from '../../src/wiring/service.ts';
import { skipWithoutDovecot } from '../support/dovecot.ts';
import { AS_ADMINISTRATOR } from '../support/node-token.ts';
import { interpro, type Started, start } from '../support/run.ts';
import { startScripted } from '../support/scripted-submission.ts';
import { selfSigned } from '../support/self-signed.ts';
import { ESEMPIO, type Facts, MITTENTE, PROVARIA, until } from './councils.ts';
import { nextNumber, protocolMail } from './mails.ts';
import { openSetUp, type SetUp, userOf } from './set-up-files.ts';

const AOO = `${ESEMPIO.administration}/${ESEMPIO.code}`;
const OTHER = `${PROVARIA.administration}/${PROVARIA.code}`;

/** Every part is a real one: the configuration in files, mailboxes on Dovecot, PostgreSQL, the API on its port. */
describe.skipIf(skipWithoutDovecot())('a configuration that is read again', () => {
  let setUp: SetUp;
  let service: Service;
  beforeAll(async () => {
    setUp = await openSetUp();
    setUp.writeOffices([{ of: ESEMPIO }]);
    service = await setUp.startService();
  });
  afterAll(() => setUp?.stop());

  const reload = async () => {
    const report = await service.reload();
    if (report === null) throw new Error('it cannot be reloaded');
    return report;
  };
  const status = async (path = '/status') => {
    const { host, port } = service.address;
    return (await (await fetch(`http://${host}:${port}${path}`, { headers: AS_ADMINISTRATOR })).json()) as {
      readonly faults: readonly string[];
      readonly status: string;
      readonly mailboxes: readonly { readonly mailbox: string; readonly failures: number }[];
    };
  };
  const actionOf = async (subject: string) => {
    const { rows } = await setUp.pool.query<{ action: string | null }>(
      "select action from mail where subject like '%' || $1 and state = 'settled'",
      [subject],
    );
    return rows[0]?.action ?? null;
  };
  /** Delivers a protocol message into the mailbox of Dovecot; resolves with its subject. */
  const deliver = async (to: Facts, from = setUp.sandbox): Promise<string> => {
    const number = nextNumber();
    await setUp.dovecot.deliver(userOf(to), protocolMail(from, { to, number }));
    return `Messaggio ${number}`;
  };
  const isRegistered = (subject: string) =>
    until(`${subject} is registered`, async () => (await actionOf(subject)) === 'register');

  it('says that nothing has changed where nothing has', async () => {
    await isRegistered(await deliver(ESEMPIO));
    const [before] = (await service.views.status()).mailboxes;
    expect(await reload()).toMatchObject({ faults: [], changes: [], needsRestart: [] });
    expect(before?.failures).toBe(0);
  });

  it('reads a mailbox with its new password, at once and not when the next attempt is due', async () => {
    await setUp.changePassword(ESEMPIO, 'cambiata');
    await setUp.dovecot.restart();
    // By now the next attempt is more than the time of this test away.
    await until('several attempts have failed', async () => {
      const [mailbox] = (await status()).mailboxes;
      return (mailbox?.failures ?? 0) >= 1;
    });
    const subject = await deliver(ESEMPIO);
    setUp.writePassword(ESEMPIO, 'cambiata');
    expect(await reload()).toMatchObject({ faults: [], changes: [`mailbox ${ESEMPIO.address} of ${AOO} changed`] });
    await isRegistered(subject);
    await until('all is well', async () => (await status()).faults.length === 0);
  });

  it('reads a mailbox that is added, and leaves one that is removed', async () => {
    setUp.writeOffices([{ of: ESEMPIO, mailboxes: [ESEMPIO, PROVARIA] }]);
    expect(await reload()).toMatchObject({ changes: [`mailbox ${PROVARIA.address} of ${AOO} added`] });
    await setUp.dovecot.deliver(userOf(PROVARIA), protocolMail(setUp.sandbox, { to: PROVARIA, number: nextNumber() }));
    const inOther = async () =>
      (await setUp.pool.query("select from mail where mailbox = $1 and state = 'settled'", [PROVARIA.address]))
        .rowCount;
    await until('the mail of the second mailbox', async () => (await inOther()) === 1);

    setUp.writeOffices([{ of: ESEMPIO }]);
    expect(await reload()).toMatchObject({ changes: [`mailbox ${PROVARIA.address} of ${AOO} removed`] });
    const { rows } = await setUp.pool.query('select lease_owner from mailbox where mailbox = $1', [PROVARIA.address]);
    expect(rows).toEqual([{ lease_owner: null }]);
    await deliver(PROVARIA);
    await isRegistered(await deliver(ESEMPIO));
    expect(await inOther()).toBe(1);
    expect((await status()).mailboxes.map(({ mailbox }) => mailbox)).toEqual([ESEMPIO.address]);
    const { host, port } = service.address;
    const metrics = await (await fetch(`http://${host}:${port}/metrics`, { headers: AS_ADMINISTRATOR })).text();
    expect(metrics).not.toContain(PROVARIA.address);
  });

  it('serves an office that is added, with its register, and no longer one that is removed', async () => {
    const inbox = async () => {
      const { host, port } = service.address;
      const url = `http://${host}:${port}/rest/interpro/v1/registrations?aoo=${OTHER}`;
      return (await fetch(url, { headers: AS_ADMINISTRATOR })).status;
    };
    expect(await inbox()).toBe(404);
    setUp.writeOffices([{ of: ESEMPIO }, { of: PROVARIA }]);
    expect(await reload()).toMatchObject({ changes: [`office ${OTHER} added`] });
    expect(await inbox()).toBe(200);
    const subject = await deliver(PROVARIA);
    await isRegistered(subject);
    await until('its answer has left', async () => {
      const { rows } = await setUp.pool.query("select from outbox where aoo = $1 and state = 'sent'", [OTHER]);
      return rows.length > 0;
    });
    setUp.writeOffices([{ of: ESEMPIO }]);
    expect(await reload()).toMatchObject({ changes: [`office ${OTHER} removed`] });
    expect(await inbox()).toBe(404);
  });

  it('knows a provider whose certificate was added', async () => {
    const other = await startSandbox({ mailboxes: [{ address: MITTENTE.address, password: 'segreta' }] });
    try {
      const unknown = await deliver(ESEMPIO, other);
      await until('it waits for a person', async () => (await actionOf(unknown)) === 'operator');
      writeFileSync(join(setUp.folder, 'trust/pec/altro.pem'), other.caPem);
      expect(await reload()).toMatchObject({ changes: ['trusted certificates changed'] });
      await isRegistered(await deliver(ESEMPIO, other));
      // People decide under the same trust: the one that waits is judged again.
      const again = await interpro(['retry', '--all'], setUp.env);
      expect(again).toMatchObject({ code: 0 });
      await isRegistered(unknown);
    } finally {
      rmSync(join(setUp.folder, 'trust/pec/altro.pem'));
      await other.stop();
    }
  });

  it('stays in force where the new one is wrong, and names all faults at once', async () => {
    await reload();
    setUp.writeOffices([
      { of: { ...ESEMPIO, name: 'Altro nome', address: 'nessun indirizzo' as Facts['address'] }, mailboxes: [ESEMPIO] },
      { of: PROVARIA, more: { answersPerHour: 'molte' } },
    ]);
    rmSync(join(setUp.folder, `${userOf(ESEMPIO)}.password`));
    const schema = await reload();
    expect(schema).toMatchObject({ changes: [], faults: [expect.stringContaining('answersPerHour')] });
    setUp.writeOffices([
      { of: { ...ESEMPIO, name: 'Altro nome', address: 'nessun indirizzo' as Facts['address'] }, mailboxes: [ESEMPIO] },
    ]);
    const { faults } = await reload();
    expect(faults).toEqual([
      expect.stringContaining('is not a mail address'),
      expect.stringContaining(`${userOf(ESEMPIO)}.password cannot be read`),
    ]);
    expect((await status()).faults).toEqual([expect.stringMatching(/La configurazione su disco .*Errori: 2/)]);
    await isRegistered(await deliver(ESEMPIO));

    setUp.writeOffices([{ of: { ...ESEMPIO, name: 'Altro nome' } }]);
    setUp.writePassword(ESEMPIO, 'cambiata');
    expect(await reload()).toMatchObject({ faults: [], changes: [`office ${AOO} changed`] });
    expect((await status()).faults).toEqual([]);
    const { rows } = await setUp.pool.query('select name from aoo where aoo = $1', [AOO]);
    expect(rows).toEqual([{ name: 'Altro nome' }]);
  });

  it('refuses a folder of trust with a file that is no certificate, and goes on with what it knows', async () => {
    const file = join(setUp.folder, 'trust/pec/rotto.pem');
    writeFileSync(file, 'niente');
    setUp.writeOffices([{ of: { ...ESEMPIO, name: 'Terzo nome' } }]);
    expect((await reload()).faults).toEqual([expect.stringContaining('rotto.pem')]);
    await isRegistered(await deliver(ESEMPIO));
    rmSync(file);
    // Nothing of it was taken over before: the office changes only now.
    expect(await reload()).toMatchObject({ faults: [], changes: [`office ${AOO} changed`] });
  });

  it('loses and doubles nothing while mail keeps coming', async () => {
    const count = async () =>
      Number(
        (await setUp.pool.query("select count(*) from registration where aoo = $1 and direction = 'incoming'", [AOO]))
          .rows[0]?.count,
      );
    const confirmed = () => setUp.sandbox.mails(MITTENTE.address).length;
    await until('the earlier answers have left', async () => {
      const { rows } = await setUp.pool.query("select from outbox where aoo = $1 and state = 'queued'", [AOO]);
      return rows.length === 0;
    });
    const [before, answers] = [await count(), confirmed()];
    const numbers = Array.from({ length: 60 }, nextNumber);
    let reloads = 0;
    const coming = (async () => {
      for (const number of numbers)
        await setUp.dovecot.deliver(userOf(ESEMPIO), protocolMail(setUp.sandbox, { to: ESEMPIO, number }));
    })();
    let isComing = true;
    void coming.finally(() => {
      isComing = false;
    });
    while (isComing || reloads < 6) {
      reloads += 1;
      setUp.writeOffices([{ of: ESEMPIO, more: { confirm: 'always', answersPerHour: 1000 + reloads } }]);
      expect(await reload()).toMatchObject({ faults: [], changes: [`office ${AOO} changed`] });
    }
    await coming;
    await until('every message is registered', async () => (await count()) >= before + numbers.length, 60);
    await until('every answer has arrived', () => confirmed() >= answers + numbers.length, 60);
    const { rows } = await setUp.pool.query<{ number: number; peer: string }>(
      `select number::int, peer_identifier ->> 'number' as peer from registration
        where aoo = $1 and direction = 'incoming' order by number`,
      [AOO],
    );
    expect(rows.map(({ number }) => number)).toEqual(rows.map((_, index) => index + 1));
    expect(
      rows
        .slice(before)
        .map(({ peer }) => peer)
        .sort(),
    ).toEqual(numbers.toSorted());
    expect(confirmed()).toBe(answers + numbers.length);
    expect(await status('/health/ready')).toEqual({ status: 'ok' });
  }, 120_000);

  it('is read once for all who ask while it is being read', async () => {
    setUp.writeOffices([{ of: ESEMPIO }]);
    const reports = await Promise.all([reload(), reload(), reload()]);
    expect(reports.map(({ changes }) => changes.length).sort()).toEqual([0, 0, 1]);
    // The first reading, and the next one, which all others share.
    const compared = await Promise.all(Array.from({ length: 20 }, () => service.reload('compare')));
    expect(new Set(compared).size).toBe(2);
  });

  describe('asked by the command', () => {
    const command = (args: readonly string[] = [], more: Record<string, string> = {}) =>
      interpro(['reload', ...args], { ...setUp.env, ...more });

    it('says what would change, then changes it', async () => {
      setUp.writeOffices([{ of: ESEMPIO }, { of: PROVARIA }]);
      const would = await command(['--check']);
      expect(would).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`would change\n  office ${OTHER} added`),
      });
      expect((await status()).mailboxes.length).toBe(1);
      const done = await command();
      expect(done).toMatchObject({ code: 0, stderr: '' });
      expect(done.stdout).toBe(
        `service ${process.pid} on ${(await import('node:os')).hostname()}: read again\n  office ${OTHER} added\n`,
      );
      expect((await status()).mailboxes.length).toBe(2);
    });

    it('prints every fault and exits 1, though the configuration is wrong for the command too', async () => {
      const good = readFileSync(setUp.env.INTERPRO_OFFICES ?? '', 'utf8');
      const many = Array.from({ length: 300 }, (_, index) => ({
        of: { ...PROVARIA, code: `A${index}`, address: `perché ${index} "è" così` as Facts['address'] },
        mailboxes: [PROVARIA],
      }));
      setUp.writeOffices(many);
      const ran = await command();
      expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining('the one before stays in force') });
      // More than one notification of PostgreSQL holds.
      expect(ran.stdout.split('\n').filter((line) => line.includes('is not a mail address')).length).toBe(300);
      expect(ran.stdout).toContain('"perché 299 "è" così" is not a mail address');
      writeFileSync(setUp.env.INTERPRO_OFFICES ?? '', good);
      expect(await command()).toMatchObject({ code: 0 });
    });

    it('says what needs a restart, and shows no secret', async () => {
      const ran = await command([], {
        INTERPRO_HTTP_PORT: '8099',
        INTERPRO_API_TOKEN: `${setUp.env.INTERPRO_API_TOKEN}x`,
      });
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain('needs a restart: INTERPRO_HTTP_PORT is 8099 here and 0 in the running service');
      const json = await command(['--json']);
      for (const secret of [
        setUp.env.INTERPRO_API_TOKEN ?? '',
        'cambiata',
        new URL(setUp.database.url).password || 'segreta',
      ])
        expect(`${ran.stdout}${json.stdout}`).not.toContain(secret);
    });

    it('is what doctor advises where the running configuration is not the one on disk', async () => {
      const doctor = async (more: Record<string, string> = {}) => {
        const ran = await interpro(['doctor', '--json'], { ...setUp.env, ...more });
        const results = JSON.parse(ran.stdout) as { what: string; ok: boolean; detail: string; advice?: string }[];
        return { code: ran.code, of: (what: string) => results.find((result) => result.what === what) };
      };
      await command();
      const before = await doctor();
      expect(before.of('running service')).toEqual({
        what: 'running service',
        ok: true,
        detail: 'works with the configuration on disk',
      });
      expect(before.of('disks')).toMatchObject({ ok: true });
      expect(before.of('index')).toEqual({ what: 'index', ok: true, detail: expect.stringContaining('empty') });
      setUp.writeOffices([{ of: ESEMPIO }]);
      const after = await doctor({ INTERPRO_INDEX_URLS: 'https://indice.example.it/enti.xlsx' });
      expect(after.of('running service')).toMatchObject({
        ok: true,
        detail: expect.stringContaining(`office ${OTHER} removed`),
        advice: expect.stringContaining('interpro -- reload'),
      });
      expect(after.of('index')).toMatchObject({
        ok: true,
        detail: 'nothing was imported yet',
        advice: expect.any(String),
      });
      const printed = await interpro(['doctor'], setUp.env);
      expect(printed.stdout).toMatch(/^warn {2}running service: .* works with another configuration/m);
      expect(printed.code).toBe(before.code);
      await command();
    });

    it('says so where no service runs', async () => {
      await setUp.stopService(service);
      expect(await command()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('no service runs on this database'),
      });
      service = await setUp.startService();
    });
  });
});

describe.skipIf(skipWithoutDovecot())('the process', () => {
  it('reads its configuration again at SIGHUP, and says in its log what came of it', async () => {
    const setUp = await openSetUp();
    let process: Started | null = null;
    try {
      setUp.writeOffices([{ of: ESEMPIO }]);
      process = start('src/main.ts', [], Object.assign({}, setUp.env, { INTERPRO_LOG_LEVEL: 'info' }));
      await process.says('InterPro works for 1 office(s)');
      setUp.writeOffices([{ of: ESEMPIO }, { of: PROVARIA }]);
      process.child.kill('SIGHUP');
      await process.says(`"changes":["office ${OTHER} added"]`);
      await setUp.dovecot.deliver(
        userOf(PROVARIA),
        protocolMail(setUp.sandbox, { to: PROVARIA, number: nextNumber() }),
      );
      await until('the new office registers', async () => {
        const { rows } = await setUp.pool.query('select from registration where aoo = $1', [OTHER]);
        return rows.length === 1;
      });
      rmSync(setUp.env.INTERPRO_OFFICES ?? '');
      process.child.kill('SIGHUP');
      const said = await process.says('the configuration is wrong: the one before stays in force');
      expect(said).toContain('offices.json cannot be read');
      expect(said).not.toContain('segreta');
      expect(await process.end('SIGTERM')).toBe(0);
    } finally {
      await process?.end('SIGKILL');
      await setUp.stop();
    }
  });
});

describe.skipIf(skipWithoutDovecot())('an administrator', () => {
  it('gets an e-mail about a mailbox that is not read, and one when it is', async () => {
    const server = await startScripted();
    const setUp = await openSetUp({
      INTERPRO_ALERT_EMAIL: 'sistemi@example.it',
      INTERPRO_ALERT_SMTP: `smtp://127.0.0.1:${server.port}`,
    });
    try {
      setUp.writeOffices([{ of: ESEMPIO }]);
      setUp.writePassword(ESEMPIO, 'sbagliata');
      let service = await setUp.startService();
      const failing = async () => (await service.views.status()).mailboxes.some(({ failures }) => failures > 0);
      await until('the mailbox cannot be read', failing);
      await setUp.pool.query("update mailbox set failing_since = now() - interval '15 min'");
      // Its rounds are half a minute apart; a start begins with one.
      await setUp.stopService(service);
      service = await setUp.startService();
      const sent = () => server.received.map(({ to }) => to.replace(/.*<|>.*/g, ''));
      await until('it was told', () => sent().length === 1, 70);
      expect((await service.views.tasks({ aoo: null, cursor: null, limit: 5 })).items.map(({ code }) => code)).toEqual([
        'mailbox-unread',
      ]);
      setUp.writePassword(ESEMPIO, 'segreta');
      await service.reload();
      await until(
        'the task is closed',
        async () => (await service.views.tasks({ aoo: null, cursor: null, limit: 5 })).items.length === 0,
      );
      await setUp.stopService(service);
      service = await setUp.startService();
      // Where the first round of the start was too early, the next one tells it.
      await until('the end was told too', () => sent().length === 2, 70);
      expect(sent()).toEqual(['sistemi@example.it', 'sistemi@example.it']);
    } finally {
      await setUp.stop();
      await server.stop();
    }
  });
});

describe.skipIf(skipWithoutDovecot())('the certificate of the API', () => {
  it('is replaced for new connections, while open ones go on', async () => {
    const [first, second] = [selfSigned(), selfSigned()];
    const setUp = await openSetUp({ INTERPRO_TLS_CERT: 'cert.pem', INTERPRO_TLS_KEY: 'key.pem' });
    const write = ({ cert, key }: ReturnType<typeof selfSigned>) => {
      writeFileSync(join(setUp.folder, 'cert.pem'), cert);
      writeFileSync(join(setUp.folder, 'key.pem'), key, { mode: 0o600 });
    };
    Object.assign(setUp.env, {
      INTERPRO_TLS_CERT: join(setUp.folder, 'cert.pem'),
      INTERPRO_TLS_KEY: join(setUp.folder, 'key.pem'),
    });
    const kept = new Agent({ keepAlive: true, ca: first.cert });
    try {
      write(first);
      setUp.writeOffices([{ of: ESEMPIO }]);
      const service = await setUp.startService();
      const live = async (options: object): Promise<number | undefined> => {
        const { host, port } = service.address;
        const asked = request({ host, port, path: '/health/live', agent: false, ...options }).end();
        const [answer] = await once(asked, 'response');
        answer.resume();
        await once(answer, 'end');
        return answer.statusCode;
      };
      expect(await live({ agent: kept })).toBe(200);
      write({ cert: second.cert, key: first.key });
      expect(await service.reload()).toMatchObject({
        faults: [expect.stringContaining('INTERPRO_TLS_KEY is not the key')],
      });
      expect(await live({ ca: first.cert })).toBe(200);
      write(second);
      expect(await service.reload()).toMatchObject({
        faults: [],
        changes: ['TLS certificate replaced'],
        needsRestart: [],
      });
      expect(await live({ ca: second.cert })).toBe(200);
      await expect(live({ ca: first.cert })).rejects.toThrow(/self.signed/i);
      expect(await live({ agent: kept })).toBe(200);
    } finally {
      kept.destroy();
      await setUp.stop();
    }
  });
});
