import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresViews } from '../../src/adapters/postgres/queries/views.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import type { Sha256 } from '../../src/kernel/ids.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import { judgeMail } from '../../src/service/intake/judge-mail.ts';
import { LONG } from '../support/long.ts';
import { createDatabase, type TestDatabase } from '../support/postgres.ts';
import { below, chance, chosenSeed, seededRandom } from '../support/random.ts';
import { type Started, start } from '../support/run.ts';
import { MITTENTE, PROVARIA, until } from './councils.ts';
import { envelope, nextNumber, PDF, protocolMail, TEXT } from './mails.ts';

const RUNS = LONG ? 50 : 2;

/**
 * Runs the service in its own process, kills it at a random moment of a burst of messages and starts it again, many times.
 * PostgreSQL and the PEC provider keep running. Leases of a dead process expire within a minute, which is skipped here.
 */
describe('kill -9 at any moment', () => {
  const seed = chosenSeed();
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'interpro-crash-'));
  let database: TestDatabase;
  let pool: pg.Pool;
  let sandbox: Sandbox;
  let child: Started | null = null;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await createDatabase();
    pool = openPool(database.url, 'crash test', 2);
    sandbox = await startSandbox({
      mailboxes: [PROVARIA, MITTENTE].map(({ address }) => ({ address, password: 'segreta' })),
    });
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'segreta', { mode: 0o600 });
    const account = { user: PROVARIA.address, passwordFile, secure: false };
    const { address, administration, code, name } = PROVARIA;
    const office = {
      administration,
      code,
      name,
      address,
      mailboxes: [{ address, ...sandbox.imap, ...account }],
      smtp: { ...sandbox.smtp, ...account },
    };
    writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices: [office] }));
    mkdirSync(join(folder, 'trust'));
    writeFileSync(join(folder, 'trust', 'sandbox.pem'), sandbox.caPem);
    env = {
      DATABASE_URL: database.url,
      INTERPRO_OFFICES: join(folder, 'offices.json'),
      INTERPRO_DATA: join(folder, 'data'),
      INTERPRO_TRUST: join(folder, 'trust'),
      INTERPRO_HTTP_PORT: '0',
      INTERPRO_POLL_SECONDS: '1',
      INTERPRO_LOG_LEVEL: 'warn',
    };
  });
  afterAll(async () => {
    await child?.end('SIGKILL');
    await sandbox?.stop();
    await pool?.end();
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  const rows = async <Row extends pg.QueryResultRow>(sql: string) => (await pool.query<Row>(sql)).rows;
  const startService = () => {
    child = start('src/main.ts', [], env);
    return child;
  };
  const skipTheMinute = async () => {
    await pool.query('update mailbox set lease_until = null');
    await pool.query('update outbox set lease_until = null');
  };

  const kept = async () => (await rows<{ mails: number }>('select count(*) as mails from mail'))[0]?.mails ?? 0;
  const unfinished = async () => {
    const [left] = await rows<{ kept: number; open: number; queued: number }>(
      `select (select count(*) from mail) as kept, (select count(*) from mail where state = 'kept') as open,
              (select count(*) from outbox where state = 'queued') as queued`,
    );
    return `${sandbox.mails(PROVARIA.address).length - (left?.kept ?? 0)} ${left?.open} ${left?.queued}`;
  };

  it(`${RUNS} times: nothing lost, nothing twice, no gap`, { timeout: 30_000 + RUNS * 12_000 }, async () => {
    console.log(`SEED=${seed}`);
    const numbers: string[] = [];
    const burst = () => {
      for (let count = 2 + below(random, 6); count > 0; count -= 1) {
        const number = nextNumber();
        const mail = protocolMail(sandbox, { to: PROVARIA, number, documents: [PDF, TEXT] });
        numbers.push(number);
        sandbox.deliverRaw(PROVARIA.address, mail);
        if (chance(random, 0.2)) sandbox.deliverRaw(PROVARIA.address, mail);
        if (chance(random, 0.2))
          sandbox.deliverRaw(PROVARIA.address, envelope(sandbox, { to: PROVARIA, subject: 'Senza segnatura' }));
      }
    };
    const hits: string[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const service = startService();
      if (chance(random, 0.3)) burst();
      // Mostly in the middle of the work, sometimes during the start or when all is done.
      if (chance(random, 0.85)) await service.says('InterPro works');
      const before = await kept();
      burst();
      if (chance(random, 0.7)) await until('another mail', async () => (await kept()) > before, 2).catch(() => null);
      await sleep(below(random, 250));
      await service.end('SIGKILL');
      await skipTheMinute();
      hits.push(await unfinished());
    }
    console.log(`left at each kill (on the server, kept, queued): ${hits.join(' | ')}`);
    const service = startService();
    await service.says('InterPro works');
    await until(
      'everything settled and sent',
      async () => {
        const [left] = await rows<{ mails: number; open: number; queued: number }>(
          `select (select count(*) from mail) as mails, (select count(*) from mail where state <> 'settled') as open,
                    (select count(*) from outbox where state <> 'sent') as queued`,
        );
        return left?.mails === sandbox.mails(PROVARIA.address).length && left.open === 0 && left.queued === 0;
      },
      60,
    );
    await service.end('SIGTERM');

    const registered = await rows<{ number: number; peer: string }>(
      `select number, peer_identifier ->> 'number' as peer from registration order by number`,
    );
    expect(registered.map(({ number }) => number)).toEqual(numbers.map((_, index) => index + 1));
    expect(registered.map(({ peer }) => peer).sort()).toEqual(numbers.toSorted());

    await confirmationsMatch(registered);
    expect(await postgresViews(pool).verifyAudit()).toMatchObject([{ brokenAt: null, found: 0 }]);
    const documents = await folderDocuments(join(folder, 'data', 'documents'));
    const digests = await rows<{ sha256: Sha256 }>('select distinct sha256 from mail');
    for (const { sha256 } of digests) expect([sha256, await documents.verify(sha256)]).toEqual([sha256, true]);
  });

  /** Each registration was confirmed with its own number; a mail sent twice has the same Message-ID both times. */
  async function confirmationsMatch(registered: readonly { number: number; peer: string }[]): Promise<void> {
    const { validate } = await loadGrammars();
    const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(sandbox.caPem) }]);
    const judges = { trust, validate, at: new Date(), policy: new Map() };
    const confirmed = new Map<string, { number: number; messageIds: Set<string | null> }>();
    for (const { bytes } of sandbox.mails(MITTENTE.address)) {
      const { reading, opened } = judgeMail(bytes, judges);
      const message = reading?.message;
      if (message?.kind !== 'confirmation') continue;
      const peer = message.received.identifier?.number ?? '';
      const number = Number(message.identifier.number);
      const known = confirmed.get(peer) ?? { number, messageIds: new Set() };
      expect([peer, number]).toEqual([peer, known.number]);
      confirmed.set(peer, { number, messageIds: known.messageIds.add(opened.pec?.messageId ?? null) });
    }
    expect(Object.fromEntries([...confirmed].map(([peer, { number }]) => [peer, number]))).toEqual(
      Object.fromEntries(registered.map(({ peer, number }) => [peer, number])),
    );
    expect([...confirmed.values()].filter(({ messageIds }) => messageIds.size !== 1)).toEqual([]);
  }
});
