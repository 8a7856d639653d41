import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { smtpSender } from '../../../src/adapters/smtp/sender.ts';
import type { Job } from '../../../src/entrances/jobs/job.ts';
import { startOutboxJob } from '../../../src/entrances/jobs/outbox-job.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { MailRecipe } from '../../../src/service/register/mail-recipe.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { openUnitOfWork } from '../../../src/service/register/unit-of-work.ts';
import { exchangeOf, type House, MAILBOX, office, openHouse, queuedFor } from '../../adapters/postgres/support.ts';
import { until } from '../../exchange/councils.ts';
import { type ScriptedServer, startScripted } from '../../support/scripted-submission.ts';

interface OutboxRow {
  readonly recipient: string;
  readonly state: string;
  readonly attempts: number;
  readonly wait: number;
  readonly last_error: string | null;
}

/** The outbox with a database, a real SMTP connection and a server whose answers each test chooses. */
describe('what the server answers', () => {
  let house: House;
  let folder: string;
  let server: ScriptedServer;
  let other: ScriptedServer;
  let esempio: Office;
  let provaria: Office;
  const running: (() => Promise<void>)[] = [];
  const logged: { message: string; data: Record<string, unknown> }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'interpro-outcomes-'));
    server = await startScripted();
    other = await startScripted();
    const account = { host: '127.0.0.1', secure: false, user: MAILBOX, password: 'segreta', ca: null };
    esempio = { ...office('c_esempio', 'AESEMP1'), smtp: { ...account, port: server.port } };
    provaria = { ...office('c_provaria', 'APROVA1'), smtp: { ...account, port: other.port } };
    house = await openHouse([esempio, provaria]);
  });
  afterAll(async () => {
    await house?.close();
    await server?.stop();
    await other?.stop();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    server.reset();
    other.reset();
    logged.length = 0;
    await house.pool.query(`update outbox set state = 'given-up' where state = 'queued'`);
  });
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });

  const note = (data: unknown, message?: string) =>
    void logged.push({ message: message ?? '', data: data as Record<string, unknown> });
  const log = { debug: note, info: note, warn: note, error: note };

  const start = async (ahead = 0): Promise<Job> => {
    const sender = smtpSender(await folderDocuments(folder), { connectMs: 2_000, silenceMs: 30_000 });
    const job = await startOutboxJob({
      store: house.store,
      sender,
      clock: { now: () => new Date(Date.now() + ahead) },
      random: () => 0,
      owner: uuidv7(new Date()),
      offices: new Map([esempio, provaria].map((one) => [one.aoo, one])),
      log,
    });
    running.push(async () => {
      await job.stop();
      await sender.close();
    });
    return job;
  };
  const queue = (from: Office, recipients: readonly string[], parts: MailRecipe['parts'] = []) =>
    house.store.inOffice(from.aoo, async (tx) => {
      const work = openUnitOfWork(from, tx, new Date());
      for (const to of recipients) {
        const exchange = exchangeOf({ direction: 'outgoing', state: 'queued' });
        work.put(exchange);
        work.queue({ ...queuedFor(exchange.exchangeId, { to: [to], parts }), purpose: 'message' });
      }
      await tx.save(work.changes());
    });
  const row = async (recipient: string): Promise<OutboxRow> => {
    const { rows } = await house.pool.query<OutboxRow>(
      `select recipient, state, attempts, extract(epoch from due_at - now())::float8 as wait, last_error
         from outbox where recipient = $1 order by queued_at desc limit 1`,
      [recipient],
    );
    if (rows[0] === undefined) throw new Error(`no mail to ${recipient}`);
    return rows[0];
  };
  const settled = (recipient: string) =>
    until(`what became of ${recipient}`, async () => {
      const found = await row(recipient);
      return found.attempts > 0 || found.state !== 'queued' ? found : null;
    });
  const many = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}@example.it`);
  const sentOf = async (aoo: Office, name: string) => {
    const { rows } = await house.pool.query<{ count: number }>(
      `select count(*) from outbox where aoo = $1 and state = 'sent' and recipient like $2`,
      [aoo.aoo, `${name}%`],
    );
    return rows[0]?.count ?? 0;
  };
  const eachOnce = (received: ScriptedServer, count: number) => {
    const ids = received.received.map(({ messageId }) => messageId);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
  };

  it.each([
    ['RCPT', '550 5.1.1 utente sconosciuto', 'envelope', 'indirizzo'],
    ['RCPT', '554 5.7.1 non ammesso', 'permanent', 'definitivamente'],
    ['MAIL', '553 5.7.1 mittente non ammesso', 'envelope', 'indirizzo'],
    ['DATA', '552-5.3.4 il messaggio supera\r\n552 5.3.4 la misura', 'size', 'troppo grande'],
  ] as const)('%s: %s: given up at once, and a person learns of it', async (command, reply, name, sentence) => {
    const to = `${name}-${command}@example.it`;
    server.answer((said) => (said.startsWith(command === 'DATA' ? '.' : command) ? reply : null));
    await queue(esempio, [to]);
    await start();
    const { state, last_error } = await settled(to);
    expect(state).toBe('given-up');
    expect(last_error).toContain(sentence);
    const { rows } = await house.pool.query<{ state: string; type: string; data: Record<string, string> }>(
      `select x.state, e.type, e.data from outbox o join exchange x using (aoo, exchange_id)
         join exchange_event e using (aoo, exchange_id) where o.recipient = $1`,
      [to],
    );
    expect(rows).toMatchObject([{ state: 'failed', type: 'message-given-up', data: { class: name, recipient: to } }]);
    expect(rows[0]?.data['response']).toBe(reply.replace('\r\n', ' '));
    expect(rows[0]?.data['reason']).toContain(sentence);
    const audit = await house.pool.query<{ content: string }>(
      `select content from audit where content like '%message-given-up%' and content like $1`,
      [`%${to}%`],
    );
    expect(audit.rows.map(({ content }) => JSON.parse(content).data.class)).toEqual([name]);
  });

  it.each([
    ['450 4.2.0 occupato', 'smtp-temporary', 1, 5],
    ['450 4.7.1 troppi messaggi', 'smtp-rate', 25, 60],
  ] as const)('%s: tried again later, its own turn apart from the others', async (reply, name, least, most) => {
    const to = `${name}@example.it`;
    server.answer((said) => (said.includes(`<${to}>`) ? reply : null));
    await queue(esempio, [to, `altro-${to}`]);
    await start();
    const found = await settled(to);
    expect(found).toMatchObject({ state: 'queued', attempts: 1 });
    expect(found.wait).toBeGreaterThan(least);
    expect(found.wait).toBeLessThan(most);
    expect((await settled(`altro-${to}`)).state).toBe('sent');
  });

  it('is kept as a single line of bounded length', async () => {
    server.answer((said) => (said.startsWith('RCPT') ? `550 5.1.1 ${'lungo '.repeat(300)}` : null));
    await queue(esempio, ['lungo@example.it']);
    await start();
    await settled('lungo@example.it');
    const { rows } = await house.pool.query<{ response: string }>(
      `select e.data->>'response' as response from outbox o join exchange_event e using (aoo, exchange_id) where recipient = $1`,
      ['lungo@example.it'],
    );
    expect(rows[0]?.response.length).toBe(300);
  });

  it('a provider that is down is spared: no mail loses a try, and each is sent once when it is back', async () => {
    await server.shut();
    await queue(esempio, many('giu', 40));
    await start();
    const said = await until('the circuit opens', () => logged.find(({ data }) => data['until'] !== undefined));
    expect(said).toMatchObject({ data: { port: server.port, outcome: 'unreachable' } });
    // Second round: the half-open circuit lets just one mail try.
    await until('second round', () => logged.filter(({ data }) => data['until'] !== undefined).length >= 2);
    const { rows } = await house.pool.query<OutboxRow>(
      `select state, attempts, last_error from outbox where recipient like 'giu%'`,
    );
    expect(new Set(rows.map(({ state, attempts }) => `${state} ${attempts}`))).toEqual(new Set(['queued 0']));
    expect(rows.some(({ last_error }) => last_error?.includes('non è raggiungibile'))).toBe(true);
    expect((await house.views.status()).outbox.lastError).toMatch(/\(dal \d\d\/\d\d\/\d{4}, ore \d\d:\d\d\)$/);
    await server.open();
    await until('all of them', async () => (await sentOf(esempio, 'giu')) === 40, 30);
    eachOnce(server, 40);
    expect(logged.map(({ message }) => message)).toContain('the account works again');
  });

  it('a refused account delays no other office, and is not tried with every mail', async () => {
    server.answer((said) => (said.startsWith('AUTH') ? '535 5.7.8 credenziali errate' : null));
    await queue(esempio, many('chiuso', 80));
    await queue(provaria, many('aperto', 80));
    await start();
    await until('the other office', async () => (await sentOf(provaria, 'aperto')) === 80);
    eachOnce(other, 80);
    const { rows } = await house.pool.query(`select 1 from outbox where recipient like 'chiuso%' and attempts > 0`);
    expect(rows).toEqual([]);
    expect(server.count('AUTH')).toBeLessThanOrEqual(8);
    expect(server.received).toEqual([]);
  });

  it('a mail with a missing document holds up no other', async () => {
    const lost = { name: 'a.pdf', mediaType: 'application/pdf', content: { sha256: sha256('perso') } };
    await queue(esempio, ['perso@example.it'], [lost]);
    await queue(esempio, many('dopo', 5));
    await start();
    await until('the others', async () => (await sentOf(esempio, 'dopo')) === 5);
    const found = await settled('perso@example.it');
    expect(found).toMatchObject({ state: 'queued', attempts: 1 });
    expect(found.last_error).toContain('Non è stato possibile comporre');
  });

  it('a mail with an altered document stops at a person, and holds up no other', async () => {
    const { sha256: digest } = await (await folderDocuments(folder)).put(Buffer.from('documento integro'));
    await writeFile(join(folder, digest.slice(0, 2), digest), 'documento alterato');
    const altered = { name: 'a.pdf', mediaType: 'application/pdf', content: { sha256: digest } };
    await queue(esempio, ['alterato@example.it'], [altered]);
    await queue(esempio, many('intatto', 5));
    await start();
    await until('the others', async () => (await sentOf(esempio, 'intatto')) === 5);
    const found = await settled('alterato@example.it');
    expect(found).toMatchObject({ state: 'given-up', attempts: 1 });
    expect(found.last_error).toContain('non è più quello registrato');
    eachOnce(server, 5);
  });

  it('two processes send each mail once', async () => {
    await queue(esempio, many('gara', 300));
    await Promise.all([start(), start()]);
    await until('all of them', async () => (await sentOf(esempio, 'gara')) === 300);
    eachOnce(server, 300);
  });

  it('stopping does not wait for a silent server: its mail stays leased, and what was sent is recorded', async () => {
    server.answer((said) => (said.includes('muto') && said.startsWith('RCPT') ? 'silence' : null));
    await queue(esempio, ['muto@example.it', 'pronto@example.it']);
    const job = await start();
    await until('the silent one has begun', () => server.count('RCPT') >= 2);
    await until('the other one', () => server.received.length === 1);
    await sleep(50);
    const before = performance.now();
    await job.stop();
    expect(performance.now() - before).toBeLessThan(6_000);
    expect((await row('pronto@example.it')).state).toBe('sent');
    const { rows } = await house.pool.query(
      `select state, attempts, lease_until > now() as leased from outbox where recipient = 'muto@example.it'`,
    );
    expect(rows).toEqual([{ state: 'queued', attempts: 0, leased: true }]);
    // The lease expires, another process takes over, and sends the same mail with the same Message-ID.
    await house.pool.query(`update outbox set lease_until = now() where recipient = 'muto@example.it'`);
    server.reset();
    await start();
    expect((await settled('muto@example.it')).state).toBe('sent');
    const { rows: queued } = await house.pool.query(
      `select message_id from outbox where recipient = 'muto@example.it'`,
    );
    expect(queued).toEqual([{ message_id: server.received[0]?.messageId }]);
  });
});
