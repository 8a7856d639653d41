import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { openPool } from '../../../src/adapters/postgres/database/pool.ts';
import { postgresViews } from '../../../src/adapters/postgres/queries/views.ts';
import { postgresStore } from '../../../src/adapters/postgres/store.ts';
import { signerFromKey } from '../../../src/formats/seal/sealer.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { problem } from '../../../src/kernel/problems.ts';
import { ok, refuse } from '../../../src/kernel/result.ts';
import { issueAuthority, issueSeal } from '../../../src/sandbox/authority.ts';
import { setLayer } from '../../../src/service/index/layer.ts';
import { type SendToDeps, type SendToRequest, sendTo } from '../../../src/service/outgoing/send-to.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { MAILBOX, office } from '../../adapters/postgres/support.ts';
import { AOOS, type IndexHouse, NOW, openIndexHouse } from '../../support/index-house.ts';

const SENDER = office('c_esempio', 'AESEMP1');
const message = (...to: readonly string[]): SendToRequest => ({
  to,
  subject: 'Invio con destinatario cercato',
  addressAsItIs: false,
  generation: null,
  confirmationRequested: true,
  classifications: [],
  documents: [{ name: 'a.txt', mediaType: 'text/plain', bytes: Buffer.from('a') }],
});

describe('sending to a recipient of the index', () => {
  let house: IndexHouse;
  let pool: pg.Pool;
  let folder: string;
  let deps: SendToDeps;

  beforeAll(async () => {
    house = await openIndexHouse();
    pool = openPool(house.url, 'interpro test send', 4);
    folder = await mkdtemp(join(tmpdir(), 'interpro-send-'));
    const store = postgresStore(pool);
    await store.declareOffices([SENDER], [{ aoo: SENDER.aoo, mailbox: MAILBOX }]);
    deps = {
      store,
      documents: await folderDocuments(folder),
      clock: { now: () => NOW },
      resolve: house.index.resolve,
    };
    await house.bring(AOOS.replace(/^c_e002.*\n/m, ''), '2026-09-10');
    const since = { validFrom: '2026-09-11', validTo: null };
    await setLayer(
      {
        body: 'c_e004',
        aoo: 'AOO1',
        changes: [{ field: 'generation', value: '2009', ...since }],
        author: 'Regione',
        reason: 'Prova',
      },
      house.index.layerDeps,
    );
  });
  afterAll(async () => {
    await pool?.end();
    await house?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const written = async () => {
    const { rows } = await pool.query(
      `select (select count(*) from registration) as registrations, (select count(*) from outbox) as mails,
              (select count(*) from exchange) as exchanges, (select audit_seq from aoo) as audited`,
    );
    return rows[0];
  };

  it.each([
    ['a name with a slip', 'comune di esemponni', 'index-recipient-unknown', 'c_e001'],
    ['a code of nobody', 'c_zzz', 'index-recipient-unknown', null],
    ['an AOO that the body has not', 'asl_prova/XX', 'index-recipient-unknown', 'AASL002'],
    ['an address of nobody', 'nessuno@pec.altrove.example.it', 'index-recipient-unknown', null],
    ['a body with several AOOs', 'asl_prova', 'index-recipient-ambiguous', 'AASL002'],
    ['an AOO that has ceased', 'c_e002/AOO1', 'index-recipient-ceased', null],
    ['an AOO that has ceased, by its unique code', 'AESE002', 'index-recipient-ceased', null],
    ['an AOO without certified mailbox', 'c_e003', 'index-recipient-unreachable', null],
  ])('%s is refused, also beside a good one, and nothing is written', async (_what, named, code, suggested) => {
    const before = await written();
    const sent = await sendTo(SENDER, message('c_e001', named), deps);
    expect(sent).toMatchObject({ ok: false, problem: { code }, recipients: [{ named, problem: { code } }] });
    const keys = sent.ok ? [] : sent.recipients.flatMap(({ suggestions }) => suggestions.map(({ key }) => key));
    if (suggested !== null) expect(keys).toContain(suggested);
    expect(await written()).toEqual(before);
  });

  it('fetches what is not in the document store yet last, and sends nothing without it', async () => {
    const asked: string[] = [];
    const uploaded = (what: string, there: boolean, size = 1) => ({
      name: 'a.txt',
      mediaType: 'text/plain',
      sha256: sha256('a'),
      size,
      keep: async () => {
        asked.push(what);
        return there ? ok(null) : refuse(problem('upload-expired'));
      },
    });
    const before = await written();
    const sent = (document: ReturnType<typeof uploaded>, ...to: readonly string[]) =>
      sendTo(SENDER, { ...message(...to), documents: [document] }, deps);
    expect((await sent(uploaded('to nobody', true), 'c_zzz')).ok).toBe(false);
    expect((await sent(uploaded('too large', true, LIMITS.sentBytes), 'c_e001')).ok).toBe(false);
    expect(await sent(uploaded('gone', false), 'c_e001')).toMatchObject({ problem: { code: 'upload-expired' } });
    expect(await written()).toEqual(before);
    expect((await sent(uploaded('there', true), 'c_e001')).ok).toBe(true);
    expect(asked).toEqual(['gone', 'there']);
  });

  it('names every recipient that is not certain', async () => {
    const sent = await sendTo(SENDER, message('asl_prova', 'c_e001', 'c_zzz'), deps);
    expect(sent.ok ? [] : sent.recipients.map(({ named }) => named)).toEqual(['asl_prova', 'c_zzz']);
  });

  it('refuses a repeated mailbox, and more than a provider accepts, before anything is written', async () => {
    const before = await written();
    const twice = await sendTo(SENDER, message('c_e001', 'AESE001'), deps);
    expect(twice).toMatchObject({ ok: false, problem: { code: 'index-recipient-doubled' } });
    const bytes = Buffer.alloc(LIMITS.sentBytes);
    const [small] = message().documents;
    const large = { name: 'b.bin', mediaType: 'application/octet-stream', bytes };
    const sent = await sendTo(SENDER, { ...message('c_e001'), documents: small ? [small, large] : [] }, deps);
    expect(sent).toMatchObject({ ok: false, problem: { code: 'mail-limit' } });
    expect(await written()).toEqual(before);
  });

  it('counts the size of the segnatura too, which names all recipients', async () => {
    const before = await written();
    const office = { ...SENDER, mailLimit: 100_000 };
    const many = Array.from({ length: 400 }, (_, index) => `impresa-${index}@pec.altrove.example.it`);
    const few = await sendTo(office, { ...message(...many.slice(0, 3)), addressAsItIs: true }, deps);
    expect(few).toMatchObject({ ok: true });
    const after = await written();
    expect(after).not.toEqual(before);
    const sent = await sendTo(office, { ...message(...many), addressAsItIs: true }, deps);
    expect(sent).toMatchObject({ ok: false, problem: { code: 'mail-limit' } });
    expect(await written()).toEqual(after);
  });

  it.each([
    ['its IPA code', 'c_e001', 'AOO1', 'protocollo@pec.esemponi.example.it'],
    ['its codes', 'asl_prova/PREV', 'PREV', 'prevenzione@pec.asl.example.it'],
    ['its unique code', 'aasl001', 'DG', 'protocollo@pec.asl.example.it'],
    ['its address', 'Protocollo@pec.esemponi.example.it', 'AOO1', 'protocollo@pec.esemponi.example.it'],
  ])('goes by %s, with what the index said kept with the exchange', async (_what, named, aoo, address) => {
    const sent = await sendTo(SENDER, message(named), deps);
    if (!sent.ok) throw new Error(JSON.stringify(sent));
    expect(sent.value).toMatchObject({ recipients: [{ named, address, generation: '2013' }] });
    const exchange = await postgresViews(pool).exchange(sent.value.exchanges[0]?.exchangeId ?? '');
    expect(exchange?.events[0]).toMatchObject({
      type: 'registered',
      data: {
        identifier: sent.value.identifier,
        recipient: { aoo, address, resolvedAt: NOW.toISOString(), sources: { versions: [{ kind: 'aoo' }, {}] } },
      },
    });
    expect(exchange).toMatchObject({ state: 'queued', outbox: [{ recipient: address }] });
  });

  it('is written for each recipient in the generation it reads, unless one is requested', async () => {
    const forms = async (request: Parameters<typeof sendTo>[1]) => {
      const sent = await sendTo(SENDER, request, deps);
      return sent.ok ? sent.value.exchanges.map(({ generation }) => generation) : sent.problem.code;
    };
    expect(await forms(message('c_e001', 'c_e004'))).toEqual(['2013', '2009']);
    expect(await forms({ ...message('c_e001', 'c_e004'), generation: '2013' })).toEqual(['2013', '2013']);
    const classifications = [{ name: null, levels: ['I', '15'] }];
    expect(await forms({ ...message('c_e001'), generation: '3.0.0', classifications })).toBe('signer-missing');
  });

  it('to who has confirmed in 3.0.0 is written in 2013 where 3.0.0 cannot be: without a classification, or a seal', async () => {
    const resolve: SendToDeps['resolve'] = async (request) => {
      const found = await deps.resolve(request);
      return found.status === 'resolved' ? { ...found, observed: ['confirms-3.0.0'] } : found;
    };
    const classifications = [{ name: 'Prova', levels: ['I', '15'] }];
    const seal = await issueSeal(await issueAuthority({ name: 'Autorità di prova' }), SENDER);
    const made = signerFromKey([new X509Certificate(seal.certificate)], seal.key);
    const signer = made.ok ? made.value : null;
    const form = async (office: Office, request: SendToRequest) => {
      const sent = await sendTo(office, request, { ...deps, resolve });
      return sent.ok ? sent.value.exchanges[0]?.generation : sent.problem.code;
    };
    const sealing = { ...SENDER, signer };
    expect(await form(sealing, { ...message('c_e001'), classifications })).toBe('3.0.0');
    expect(await form(sealing, message('c_e001'))).toBe('2013');
    expect(await form(SENDER, { ...message('c_e001'), classifications })).toBe('2013');
    // Who asks for it by name hears what is missing, before anything is registered.
    const before = await written();
    expect(await form(sealing, { ...message('c_e001'), generation: '3.0.0' })).toBe('segnatura-not-expressible');
    expect(await written()).toEqual(before);
  });

  it('goes to an address unknown to the index only if the caller insists on it', async () => {
    const request = { ...message('Impresa@pec.altrove.example.it'), addressAsItIs: true };
    const sent = await sendTo(SENDER, request, deps);
    if (!sent.ok) throw new Error(JSON.stringify(sent));
    const exchange = await postgresViews(pool).exchange(sent.value.exchanges[0]?.exchangeId ?? '');
    expect(exchange?.outbox).toMatchObject([{ recipient: 'impresa@pec.altrove.example.it' }]);
    expect(exchange?.events[0]?.data).not.toHaveProperty('recipient');
    expect(await sendTo(SENDER, { ...message('c_zzz'), addressAsItIs: true }, deps)).toMatchObject({ ok: false });
  });

  it('goes to no AOO of a body that has ceased, not even to its address as it is', async () => {
    const changes = [
      { field: 'ceased', value: '2026-06-30', validFrom: '2026-09-01', validTo: null },
      { field: 'successor', value: 'c_e004', validFrom: '2026-09-01', validTo: null },
    ] as const;
    const said = { body: 'asl_prova', aoo: '', changes, author: 'Regione', reason: 'Prova' };
    expect(await setLayer(said, house.index.layerDeps)).toMatchObject({ ok: true });
    const before = await written();
    for (const named of ['asl_prova', 'asl_prova/PREV', 'AASL001', 'prevenzione@pec.asl.example.it'])
      expect(await sendTo(SENDER, { ...message(named), addressAsItIs: true }, deps)).toMatchObject({
        ok: false,
        problem: { code: 'index-recipient-ceased' },
        recipients: [{ named, suggestions: [{ key: 'c_e004' }] }],
      });
    expect(await written()).toEqual(before);
  });
});
