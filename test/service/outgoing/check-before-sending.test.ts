import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { LAST_FAILURES, postgresSentBefore, SENT_ON } from '../../../src/adapters/postgres/queries/sent-before.ts';
import { legalTime } from '../../../src/kernel/clock.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { annulRegistration } from '../../../src/service/commands/annul.ts';
import { type CheckDeps, checkBeforeSending } from '../../../src/service/outgoing/check-before-sending.ts';
import { type SendToDeps, type SendToRequest, sendTo } from '../../../src/service/outgoing/send-to.ts';
import { type House, office, openHouse } from '../../adapters/postgres/support.ts';
import { done } from '../../exchange/flows.ts';

const OFFICE = office('c_esempio', 'AESEMP1');
const GONE = 'c_cessato';
const firm = (address: string, name = 'Studio Ipotesi') => ({ name, address, taxCode: null });
const message = (change: Partial<SendToRequest> = {}): SendToRequest => ({
  to: [],
  addressAsItIs: false,
  generation: null,
  subject: 'Avviso di prova',
  confirmationRequested: true,
  classifications: [],
  documents: [{ name: 'avviso.txt', mediaType: 'text/plain', bytes: Buffer.from('avviso') }],
  ...change,
});

/** What a person sees of each row: its number, and the codes of what is wrong and of what is odd. */
const rowsOf = ({ rows }: Awaited<ReturnType<typeof checkBeforeSending>>) =>
  rows.map(({ row, problem: why, warnings }) => [row, why?.code ?? null, ...warnings.map(({ code }) => code)]);

describe('a message is checked before it is sent', () => {
  let house: House;
  let folder: string;
  let deps: CheckDeps & SendToDeps;
  const registrations = async () => (await house.pool.query('select from registration')).rowCount;

  beforeAll(async () => {
    house = await openHouse([OFFICE]);
    folder = await mkdtemp(join(tmpdir(), 'interpro-check-'));
    deps = {
      store: house.store,
      documents: await folderDocuments(folder),
      clock: { now: () => new Date() },
      sentBefore: postgresSentBefore(house.pool),
      async resolve({ body, address }) {
        const status = body === GONE ? 'ceased' : 'unknown';
        const code = status === 'ceased' ? 'index-recipient-ceased' : 'index-recipient-unknown';
        return { status, problem: problem(code, '', `${body ?? address}`), suggestions: [] };
      },
    };
  });
  afterAll(async () => {
    await house?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('names each mistake by the row of the list, and takes no number', async () => {
    const nameless = firm('due@pec.example.it', ' ');
    const to = [
      firm('uno@pec.example.it'),
      GONE,
      firm('non è un indirizzo'),
      firm('UNO@pec.example.it'),
      'c_ignoto',
      nameless,
    ];
    const check = await checkBeforeSending(OFFICE, message({ to }), deps);
    expect(rowsOf(check)).toEqual([
      [1, null],
      [2, 'index-recipient-ceased'],
      [3, 'recipient-address-invalid'],
      [4, 'recipient-row-doubled'],
      [5, 'index-recipient-unknown'],
      [6, 'recipient-name-missing'],
    ]);
    expect(check.rows[3]?.problem?.message).toContain('riga 1');
    expect(check.problems).toEqual([]);
    expect(await registrations()).toBe(0);
  });

  it('refuses what is empty, too long or too large as a whole', async () => {
    const codes = async (change: Partial<SendToRequest>, at = OFFICE) =>
      (await checkBeforeSending(at, message(change), deps)).problems.map(({ code }) => code);
    expect(await codes({})).toEqual(['recipients-missing']);
    const many = Array.from({ length: LIMITS.messageRecipients + 1 }, (_, at) => firm(`n${at}@pec.example.it`));
    expect(await codes({ to: many })).toEqual(['recipients-too-many']);
    const large = { to: [firm('uno@pec.example.it')] };
    expect(await codes(large, { ...OFFICE, mailLimit: 10_000 })).toEqual(['mail-limit']);
    expect(await codes({ ...large, details: { replyTo: 'altri@pec.example.it' } })).toEqual(['reply-address-not-own']);
  });

  it('shows what each reader will find, before there is a number', async () => {
    const to = [firm('uno@pec.example.it'), 'due@pec.example.it'];
    const check = await checkBeforeSending(OFFICE, message({ to, addressAsItIs: true }), deps);
    expect(check.rows.map(({ generation }) => generation)).toEqual([null, '2013']);
    expect(check.previews.map(({ generation }) => generation)).toEqual(['2013']);
    const [told] = check.previews.map(({ message: read }) => read);
    expect(told?.subject).toBe('Avviso di prova');
    expect(told?.recipients.map(({ confirmationRequested }) => confirmationRequested)).toEqual([false, true]);
    expect(check.bytes).toBeGreaterThan(16_000);
    expect(check.limit).toBe(OFFICE.mailLimit);
  });

  it('says what went out today with the same documents, and to whom', async () => {
    const [one, two, three] = ['a', 'b', 'c'].map((name) => firm(`${name}@pec.example.it`));
    if (one === undefined || two === undefined || three === undefined) throw new Error('three firms');
    const sent = await sendTo(OFFICE, message({ to: [one, two] }), deps);
    if (!sent.ok) throw new Error(sent.problem.message);
    const again = await checkBeforeSending(OFFICE, message({ to: [two, one] }), deps);
    expect(again.warnings.map(({ code }) => code)).toEqual(['sent-today-already']);
    expect(again.warnings[0]?.message).toContain('0000001/');
    expect(rowsOf(again)).toEqual([
      [1, null],
      [2, null],
    ]);
    const more = await checkBeforeSending(OFFICE, message({ to: [two, three] }), deps);
    expect(more.warnings).toEqual([]);
    expect(rowsOf(more)).toEqual([
      [1, null, 'recipient-had-it-today'],
      [2, null],
    ]);
    const other = { name: 'altro.txt', mediaType: 'text/plain', bytes: Buffer.from('altro') };
    for (const documents of [[other], [...message().documents, other]])
      expect((await checkBeforeSending(OFFICE, message({ to: [one, two], documents }), deps)).warnings).toEqual([]);
    // An annulled registration hinders nobody from sending it right.
    const registration = { register: 'PROT', year: Number(legalTime(new Date()).date.slice(0, 4)), number: 1 };
    const why = { reason: 'errore', provision: 'Determina 1' };
    await done(
      annulRegistration(OFFICE, { registration, ...why }, { by: 'Nora', client: 'n', idempotency: null }, deps),
    );
    expect((await checkBeforeSending(OFFICE, message({ to: [one, two] }), deps)).warnings).toEqual([]);
  });

  it('says when the last message to an address was not delivered, until one is', async () => {
    const to = [firm('muta@pec.example.it')];
    const other = { name: 'x.txt', mediaType: 'text/plain', bytes: Buffer.from('x') };
    const states = async (state: string) => {
      const sent = await sendTo(OFFICE, message({ to, documents: [other] }), deps);
      const id = sent.ok ? sent.value.exchanges[0]?.exchangeId : '';
      await house.pool.query('update exchange set state = $2 where exchange_id = $1', [id, state]);
      return rowsOf(await checkBeforeSending(OFFICE, message({ to }), deps));
    };
    expect(await states('failed')).toEqual([[1, null, 'recipient-failed-before']]);
    // On its way: nothing is known of it yet.
    expect(await states('sent')).toEqual([[1, null, 'recipient-failed-before']]);
    expect(await states('delivered')).toEqual([[1, null]]);
  });

  it('costs the same whatever the archive holds', async () => {
    const client = await house.pool.connect();
    try {
      await client.query('begin');
      await client.query('set local enable_seqscan = off');
      const planOf = async (sql: string, values: unknown[]) =>
        (await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values)).rows
          .map((row) => row['QUERY PLAN'])
          .join('\n');
      expect(await planOf(LAST_FAILURES, [OFFICE.aoo, ['a@b.it']])).toContain('exchange_by_address');
      const plan = await planOf(SENT_ON, [OFFICE.aoo, '2026-03-02', 'a', ['a'], ['a@b.it']]);
      expect(plan).toContain('registration_document_by_digest');
      expect(plan).not.toContain('Seq Scan');
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
