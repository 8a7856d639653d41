import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../src/kernel/problems.ts';
import { type LocalPostgres, startLocalPostgres } from '../../src/region/local-postgres.ts';
import { type Door, startDoor } from '../support/door.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, startCouncils, until } from './councils.ts';
import { nextNumber, protocolMail, registrations } from './mails.ts';

/** Everything the service depends on fails for a while: it waits, says so, and goes on by itself. */
describe('an outage', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-outage-'));
  const data = join(folder, 'data');
  let hasSmallDisk = false;
  let postgres: LocalPostgres;
  let councils: Councils;
  let council: Council;
  const doors: Record<'database' | 'imap' | 'smtp', Door> = {} as never;

  const startDatabase = async () => {
    postgres = await startLocalPostgres(join(folder, 'postgres'));
    return Number(new URL(postgres.url('interpro')).port);
  };
  beforeAll(async () => {
    chmodSync(folder, 0o711);
    mkdirSync(data);
    hasSmallDisk = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'none', data]).status === 0;
    doors.database = await startDoor({ port: await startDatabase() });
    await postgres.createDatabase('interpro');
    const url = new URL(postgres.url('interpro'));
    url.port = String(doors.database.port);
    councils = await startCouncils({
      databaseUrl: url.href,
      dataFolder: data,
      async office(own) {
        doors.imap = await startDoor(own.mailboxes[0]?.account ?? own.smtp);
        doors.smtp = await startDoor(own.smtp);
        const through = ({ port }: Door) => ({ host: '127.0.0.1', port });
        return {
          ...own,
          mailboxes: own.mailboxes.map(({ address, account }) => ({
            address,
            account: { ...account, ...through(doors.imap) },
          })),
          smtp: { ...own.smtp, ...through(doors.smtp) },
        };
      },
    });
    council = councils.esempio;
  }, 90_000);
  afterAll(async () => {
    await councils?.stop();
    for (const door of Object.values(doors)) await door.shut();
    await postgres?.stop();
    if (hasSmallDisk) spawnSync('umount', [data]);
    rmSync(folder, { recursive: true, force: true });
  });

  const deliver = (count: number): string[] =>
    Array.from({ length: count }, () => {
      const number = nextNumber();
      councils.sandbox.deliverRaw(ESEMPIO.address, protocolMail(councils.sandbox, { to: ESEMPIO, number }));
      return number;
    });
  const registered = (numbers: readonly string[]) =>
    until(
      `the registration of ${numbers.length} messages`,
      async () => {
        const found = await Promise.all(numbers.map((number) => registrations(council, `Messaggio ${number}`)));
        return found.every(({ length }) => length > 0) && found;
      },
      50,
    );
  const once = async (numbers: readonly string[]) =>
    expect((await registered(numbers)).map(({ length }) => length)).toEqual(numbers.map(() => 1));
  const confirmed = (numbers: readonly string[]) =>
    until(
      'the confirmations',
      () => {
        const answered = councils
          .answers(MITTENTE.address)
          .flatMap((answer) => (answer.kind === 'confirmation' ? (answer.received.identifier?.number ?? []) : []));
        return numbers.every((number) => answered.includes(number));
      },
      50,
    );
  const faults = (matches: (all: string) => boolean) =>
    until(
      '/status says so',
      async () => {
        const { faults: said } = await council.status();
        return matches(said.join('\n')) && said;
      },
      50,
    );
  const healthy = () => faults((all) => all === '');

  it('of the database in the middle of the work loses and doubles nothing', {
    timeout: 120_000,
  }, async () => {
    await once(deliver(1));
    const numbers = deliver(12);
    await until('the first of them', async () => (await registrations(council, `Messaggio ${numbers[0]}`)).length > 0);
    await postgres.stop();
    await doors.database.shut();
    numbers.push(...deliver(5));
    await faults((all) => all === PROBLEMS['database-unavailable'].sentence);
    await doors.database.open({ port: await startDatabase() });
    await once(numbers);
    await confirmed(numbers);
    await healthy();
    const gaps = await council.rows<{ last: number; count: number }>(
      'select max(number)::int as last, count(*)::int as count from registration',
    );
    expect(gaps[0]?.last).toBe(gaps[0]?.count);
    expect(await council.service.views.verifyAudit()).toMatchObject([{ brokenAt: null, found: 0 }]);
  });

  it('of the mailbox delays its mail', { timeout: 120_000 }, async () => {
    await doors.imap.shut();
    const numbers = deliver(3);
    const said = await faults((all) => all.includes(ESEMPIO.address));
    expect(said.join('\n')).toContain('Il server della casella non è raggiungibile o interrompe la connessione: ');
    await doors.imap.open();
    await once(numbers);
    await healthy();
  });

  it('of the submission server stops no registration, and confirmations are sent later', {
    timeout: 120_000,
  }, async () => {
    await doors.smtp.shut();
    const numbers = deliver(3);
    await once(numbers);
    await faults((all) => /Ufficio c_esempio\/AESEMP1: \d messaggi attendono l'invio da \d+ secondi: /.test(all));
    expect((await council.service.views.status()).outbox.queued).toBeGreaterThanOrEqual(3);
    await doors.smtp.open();
    await confirmed(numbers);
    await healthy();
  });

  it('of disk space delays the mail', { timeout: 120_000 }, async () => {
    if (!hasSmallDisk) {
      console.warn('*** SKIPPED: a full file system (mounting one needs root). ***');
      return;
    }
    const { bavail, bsize } = statfsSync(data);
    const filler = join(data, 'altro');
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
    const numbers = deliver(3);
    await faults((all) => all.includes('ENOSPC') && all.includes('Liberare spazio sul disco'));
    // The mailbox can be opened at every try, but it is not read: /status must not claim so.
    const lastRead = async () => (await council.service.views.status()).mailboxes[0]?.lastSuccess;
    const before = await lastRead();
    const tries = async () => (await council.service.views.status()).mailboxes[0]?.failures ?? 0;
    await until('two tries', async () => (await tries()) >= 2, 50);
    expect(await lastRead()).toBe(before);
    rmSync(filler);
    await once(numbers);
    await confirmed(numbers);
    await healthy();
  });
});
