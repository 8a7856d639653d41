import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { smtpSender } from '../../../src/adapters/smtp/sender.ts';
import { startOutboxJob } from '../../../src/entrances/jobs/outbox-job.ts';
import type { MailAddress } from '../../../src/kernel/ids.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { sendMessage } from '../../../src/service/outgoing/send-message.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { correspondent, type House, MAILBOX, office, openHouse } from '../../adapters/postgres/support.ts';
import { until } from '../../exchange/councils.ts';
import { type ScriptedServer, startScripted } from '../../support/scripted-submission.ts';

const RECIPIENTS = 1_000;
const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('one registration to a thousand recipients', () => {
  let house: House;
  let folder: string;
  let server: ScriptedServer;
  let esempio: Office;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interpro-many-'));
    server = await startScripted();
    const account = { host: '127.0.0.1', port: server.port, secure: false, user: MAILBOX, password: 'segreta' };
    esempio = { ...office('c_esempio', 'AESEMP1'), smtp: { ...account, ca: null } };
    house = await openHouse([esempio]);
  });
  afterAll(async () => {
    await house?.close();
    await server?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is one number, and one mail to each of them', { timeout: 120_000 }, async () => {
    const documents = await folderDocuments(folder);
    const clock = { now: () => new Date() };
    const recipients = Array.from({ length: RECIPIENTS }, (_, at) => {
      const address = `protocollo@pec.comune${at}.example.it` as MailAddress;
      return { address, correspondent: { ...correspondent(`Comune di Prova ${at}`), address } };
    });
    const bytes = Buffer.alloc(50_000, 'delibera ');
    const sent = await sendMessage(
      esempio,
      {
        subject: 'A tutti i comuni',
        generation: '2013',
        confirmationRequested: true,
        classifications: [],
        recipients,
        documents: [{ name: 'delibera.pdf', mediaType: 'application/pdf', bytes }],
      },
      { store: house.store, documents, clock },
    );
    expect(sent.ok).toBe(true);
    // The segnatura names all recipients: a copy in each recipe would be half a gigabyte in one statement.
    const { rows } = await house.pool.query<{ mails: number; longest: number }>(
      'select count(*) as mails, max(length(recipe::text)) as longest from outbox',
    );
    expect(rows[0]?.mails).toBe(RECIPIENTS);
    expect(rows[0]?.longest).toBeLessThan(2_000);

    const sender = smtpSender(documents);
    const offices = new Map([[esempio.aoo, esempio]]);
    const owner = uuidv7(new Date());
    const job = await startOutboxJob({
      store: house.store,
      sender,
      clock,
      random: Math.random,
      owner,
      offices,
      log: silent,
    });
    try {
      const sentCount = async () =>
        (await house.pool.query<{ count: number }>(`select count(*) from outbox where state = 'sent'`)).rows[0]?.count;
      await until('all of them', async () => (await sentCount()) === RECIPIENTS, 90);
    } finally {
      await job.stop();
      await sender.close();
    }
    expect(server.received).toHaveLength(RECIPIENTS);
    expect(new Set(server.received.map(({ messageId }) => messageId)).size).toBe(RECIPIENTS);
    expect(new Set(server.received.map(({ to }) => to)).size).toBe(RECIPIENTS);
    expect((await house.pool.query('select 1 from registration')).rowCount).toBe(1);
  });
});
