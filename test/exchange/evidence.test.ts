import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresEvidence } from '../../src/adapters/postgres/queries/evidence.ts';
import { compose } from '../../src/adapters/smtp/compose.ts';
import { sha256, sha256Of } from '../../src/kernel/digest.ts';
import { problem } from '../../src/kernel/problems.ts';
import type { EvidenceIndex, RegistrationIndex } from '../../src/service/evidence/evidence-index.ts';
import { type Evidence, evidence } from '../../src/service/evidence/open-evidence.ts';
import { judgeMail } from '../../src/service/intake/judge-mail.ts';
import { interpro } from '../support/run.ts';
import { readZip } from '../support/zip-reader.ts';
import { type Council, type Councils, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import { protocolMessage } from './mails.ts';

let councils: Councils;
let pool: pg.Pool;
let from: Evidence;
let id: string;
const folder = mkdtempSync(join(tmpdir(), 'interpro-evidence-'));
const NOW = { now: () => new Date('2026-03-01T10:00:00Z') };

/** Text that attacks an HTML page, a path or the direction of writing. */
const SUBJECT = '</title><script>alert(1)</script> "Convenzione" \u202egpj.exe & \'altro\'';
const DOCUMENTS = ['../../etc/passwd', 'C:\\nul', '<img src=x onerror=alert(1)>.pdf', 'a.pdf', 'A.pdf'];

async function evidenceOf(council: Council): Promise<{ from: Evidence; pool: pg.Pool }> {
  const opened = openPool(council.database.url, 'interpro test', 2);
  const documents = await folderDocuments(join(council.folder, 'documents'));
  const records = postgresEvidence(opened);
  return { from: evidence({ records, documents, compose, clock: NOW }), pool: opened };
}

const to = (facts: typeof PROVARIA) => {
  const [correspondent] = protocolMessage({ to: facts, number: '1' }).recipients;
  if (correspondent === undefined) throw new Error('no recipient');
  return { address: facts.address, correspondent };
};

async function send(recipients: readonly (typeof PROVARIA)[], subject = SUBJECT) {
  const { esempio } = councils;
  const sent = await esempio.service.send(esempio.office, {
    subject,
    generation: '2013',
    confirmationRequested: true,
    classifications: [{ name: 'Prova', levels: ['1'] }],
    recipients: recipients.map(to),
    documents: DOCUMENTS.map((name) => ({ name, mediaType: 'application/pdf', bytes: Buffer.from(`%PDF di ${name}`) })),
  });
  if (!sent.ok) throw new Error(sent.problem.message);
  return sent.value;
}

const ALL = ['registered', 'message-sent', 'receipt-accettazione', 'receipt-avvenuta-consegna', 'confirmation'];
const done = (exchange: string) =>
  until(`a whole exchange ${exchange}`, async () => {
    const found = await councils.esempio.service.views.exchange(exchange);
    const had = new Set(found?.events.map(({ type }) => type));
    return ALL.every((type) => had.has(type)) && found;
  });

beforeAll(async () => {
  councils = await startCouncils();
  ({ from, pool } = await evidenceOf(councils.esempio));
  id = (await send([PROVARIA])).exchanges[0]?.exchangeId ?? '';
  await done(id);
});
afterAll(async () => {
  await pool?.end();
  await councils?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function exported(source = from, council = councils.esempio, exchange = id) {
  const opened = await source.openEvidence(council.office.aoo, exchange);
  if (opened === null) throw new Error('nothing to export');
  const zip = await buffer(opened.stream);
  const entries = readZip(zip);
  const files = new Map(entries.map(({ name, bytes }) => [name, bytes]));
  const read = (name: string): Buffer => files.get(name) ?? Buffer.alloc(0);
  const index: EvidenceIndex = JSON.parse(read('index.json').toString());
  return { zip, entries, read, index, told: await opened.index };
}

describe('the evidence of an exchange', () => {
  it('holds every mail byte for byte, every segnatura, the verdicts and an index with all digests', async () => {
    const { entries, read, index, told } = await exported();
    expect(entries.map(({ name }) => name).sort()).toEqual([
      'index.json',
      'indice.html',
      'inviati/01-messaggio.eml',
      ...['accettazione', 'avvenuta-consegna', 'conferma'].map(() =>
        expect.stringMatching(/^ricevuti\/0\d-[a-z-]+\.eml$/),
      ),
      'segnatura/inviata-01.xml',
      expect.stringMatching(/^segnatura\/ricevuta-0\d\.xml$/),
      'verdetti/catena.json',
      ...[1, 2, 3].map((number) => `verdetti/ricevuto-0${number}.json`),
      'verdetti/verifica.json',
    ]);
    expect(index.problems).toEqual([]);
    expect(JSON.parse(JSON.stringify(told))).toEqual(index);
    expect(index.files.map(({ name }) => name).sort()).toEqual(
      entries
        .map(({ name }) => name)
        .filter((name) => name !== 'index.json')
        .sort(),
    );
    for (const file of index.files) expect(sha256(read(file.name)), file.name).toBe(file.sha256);
    expect(entries.filter(({ stored }) => stored).length).toBe(4);
    // The provider enveloped the very bytes that were sent, plus its own Message-ID and marks.
    const ours = read('inviati/01-messaggio.eml');
    const [envelope] = councils.sandbox.mails(PROVARIA.address);
    const [header, body] = [ours.indexOf('\r\nMessage-ID: '), ours.indexOf('\r\n\r\n')];
    expect(body).toBeGreaterThan(header);
    expect(ours.length - body).toBeGreaterThan(1000);
    expect(envelope?.bytes.includes(ours.subarray(0, header))).toBe(true);
    expect(envelope?.bytes.includes(ours.subarray(body))).toBe(true);
    const segnatura = read('segnatura/inviata-01.xml');
    expect(ours.toString('latin1').replaceAll('\r\n', '')).toContain(segnatura.toString('base64'));
    const confirmation = index.files.find(({ name }) => name.startsWith('segnatura/ricevuta-'));
    expect(read(confirmation?.name ?? '').toString()).toContain('ConfermaRicezione');
    expect(read(confirmation?.from ?? '').length).toBeGreaterThan(0);
  });

  it('names the files that prove each event, in order', async () => {
    const { index, read } = await exported();
    expect(index.events.map(({ version }) => version)).toEqual(index.events.map((_, position) => position + 1));
    const proof = new Map(index.events.map((event) => [event.type, event.proof]));
    expect(proof.get('registered')).toEqual(['inviati/01-messaggio.eml', 'verdetti/catena.json']);
    expect(proof.get('message-sent')).toEqual(['inviati/01-messaggio.eml', 'verdetti/catena.json']);
    expect(proof.get('receipt-accettazione')).toEqual([expect.stringContaining('ricevuta-accettazione.eml')]);
    expect(proof.get('receipt-avvenuta-consegna')).toEqual([expect.stringContaining('ricevuta-avvenuta-consegna.eml')]);
    expect(proof.get('confirmation')).toEqual([expect.stringContaining('-conferma.eml')]);
    for (const { proof: files } of index.events) for (const file of files) expect(read(file).length).toBeGreaterThan(0);
  });

  it('its verdicts are those of the time when each mail arrived', async () => {
    const { index, read } = await exported();
    const { validate } = await loadGrammars();
    const judges = { trust: councils.trust, validate, at: new Date(), policy: new Map() };
    const mails = index.files.filter(({ name }) => name.startsWith('ricevuti/'));
    expect(mails.length).toBe(3);
    for (const [position, { name, mailId, expected }] of mails.entries()) {
      const verdict = JSON.parse(read(`verdetti/ricevuto-0${position + 1}.json`).toString());
      expect(verdict).toMatchObject({ file: name, mailId, sha256: expected });
      const { kind, pec } = judgeMail(read(name), judges).inspection;
      expect({ kind, pec }).toEqual({ kind: verdict.kind, pec: verdict.inspection.pec });
      expect(pec).toMatchObject({ integrity: 'intact', chain: 'trusted' });
    }
  });

  it('carries the links of the audit chain, which anybody can check', async () => {
    const { read, index } = await exported();
    const { records } = JSON.parse(read('verdetti/catena.json').toString());
    expect(records.length).toBe(index.audit.records);
    const actions = records.map(({ content }: { content: string }) => JSON.parse(content).action);
    expect(actions).toEqual(expect.arrayContaining(['registered', 'message-sent', 'received-confirmation']));
    for (const { previousHash, content, hash } of records) expect(sha256Of([previousHash, content])).toBe(hash);
    const [first] = await councils.esempio.rows<{ hash: string }>(
      'select hash from audit where seq = $1',
      records[0].seq,
    );
    expect(first?.hash).toBe(records[0].hash);
  });

  it('shows hostile text as text, and keeps it out of file names', async () => {
    const { entries, read, index } = await exported();
    const page = read('indice.html').toString();
    expect(page).toContain(
      '&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &quot;Convenzione&quot; [U+202E]gpj.exe',
    );
    expect(page).not.toMatch(/<script|<img|onerror=alert|\u202e/);
    expect(page.match(/<title>/g)?.length).toBe(1);
    expect(page).toContain("default-src 'none'");
    for (const { name } of entries) expect(name).toMatch(/^([a-z]+\/)?[a-z0-9-]+\.(eml|xml|json|html)$/);
    expect(new Set(entries.map(({ name }) => name)).size).toBe(entries.length);
    expect(index.exchange.subject).toContain('<script>');
    expect(index.registration?.documents.map(({ name }) => name)).toEqual(DOCUMENTS);
    expect(read('index.json').includes('\u202e')).toBe(false);
  });

  it('has the same bytes when it is made again', async () => {
    const [first, second] = [await exported(), await exported()];
    expect(first.zip.equals(second.zip)).toBe(true);
  });

  it('is a ZIP for other tools too', async () => {
    const file = join(folder, 'prove.zip');
    writeFileSync(file, (await exported()).zip);
    const tested = spawnSync('python3', ['-m', 'zipfile', '-t', file], { encoding: 'utf8' });
    if (tested.error !== undefined) return console.warn('LEFT OUT: there is no python3 to test the ZIP with');
    expect(tested).toMatchObject({ status: 0, stdout: 'Done testing\n' });
  });

  it('of an incoming exchange holds the message as it came and the answer as it went', async () => {
    const other = await evidenceOf(councils.provaria);
    try {
      const incoming = await until('the incoming exchange with the receipts of its answer', async () => {
        const { items } = await councils.provaria.service.views.exchanges({ aoo: null, cursor: null, limit: 1 });
        const found = await councils.provaria.service.views.exchange(items[0]?.id ?? '');
        return found?.events.some(({ type }) => type === 'receipt-avvenuta-consegna') && found;
      });
      const { index, read, entries } = await exported(other.from, councils.provaria, incoming.id);
      expect(index.problems).toEqual([]);
      expect(entries.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['inviati/01-conferma.eml', 'ricevuti/01-messaggio.eml', 'segnatura/inviata-01.xml']),
      );
      expect(index.registration).toMatchObject({ direction: 'incoming', number: 1 });
      // The segnatura that one council sent is the one that the other received.
      expect(read('segnatura/ricevuta-01.xml').equals((await exported()).read('segnatura/inviata-01.xml'))).toBe(true);
      const theirs = await exported();
      const confirmation = theirs.index.files.find(({ name }) => name.startsWith('segnatura/ricevuta-'))?.name ?? '';
      expect(theirs.read(confirmation).equals(read('segnatura/inviata-01.xml'))).toBe(true);
    } finally {
      await other.pool.end();
    }
  });

  it('is given only for exchanges of that office', async () => {
    const foreign = councils.provaria.office.aoo;
    expect(await from.openEvidence(foreign, id)).toBeNull();
    for (const wrong of ['', 'x', '../..', '00000000-0000-7000-8000-000000000000'])
      expect(await from.openEvidence(councils.esempio.office.aoo, wrong)).toBeNull();
  });

  it('of a registration has a folder for each recipient', async () => {
    const sent = await send([PROVARIA, MITTENTE], 'A due destinatari');
    await done(sent.exchanges[0]?.exchangeId ?? '');
    const key = {
      register: 'PROT',
      year: Number(sent.identifier.date.slice(0, 4)),
      number: Number(sent.identifier.number),
    };
    const opened = await from.openRegistrationEvidence(councils.esempio.office.aoo, key);
    if (opened === null) throw new Error('nothing to export');
    const zip = readZip(await buffer(opened.stream));
    const entries = new Map(zip.map(({ name, bytes }) => [name, bytes] as const));
    const index: RegistrationIndex = JSON.parse(entries.get('index.json')?.toString() ?? '');
    expect(index.exchanges.map(({ peerAddress }) => peerAddress).sort()).toEqual([MITTENTE.address, PROVARIA.address]);
    for (const { folder: own, index: digest } of index.exchanges) {
      expect(sha256(entries.get(`${own}/index.json`) ?? '')).toBe(digest);
      expect(entries.get(`${own}/inviati/01-messaggio.eml`)?.length).toBeGreaterThan(0);
      expect(entries.get(`${own}/segnatura/inviata-01.xml`)?.toString()).toContain('A due destinatari');
    }
    expect(await from.openRegistrationEvidence(councils.esempio.office.aoo, { ...key, number: 999_999 })).toBeNull();
  });
});

describe('interpro evidence', () => {
  const command = (...args: string[]) => {
    const { administration, code, name, address } = councils.esempio.office;
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, 'x', { mode: 0o600 });
    const far = { host: 'mail.example.it', port: 993, passwordFile };
    const office = {
      administration,
      code,
      name,
      address,
      mailboxes: [{ address, ...far }],
      smtp: { ...far, port: 465 },
    };
    writeFileSync(join(folder, 'offices.json'), JSON.stringify({ offices: [office] }));
    return interpro(['evidence', ...args], {
      DATABASE_URL: councils.esempio.database.url,
      INTERPRO_OFFICES: join(folder, 'offices.json'),
      INTERPRO_DATA: councils.esempio.folder,
    });
  };

  it('writes the file, says what it holds, and overwrites nothing unless asked', async () => {
    const file = join(folder, 'scambio.zip');
    const first = await command(id, '-o', file);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('inviati/01-messaggio.eml');
    expect(first.stdout).toContain(`written: ${file}`);
    const before = readFileSync(file);
    expect(readZip(before).length).toBeGreaterThan(8);
    const second = await command(id, '-o', file);
    expect(second).toMatchObject({ code: 2, stderr: expect.stringContaining('--force') });
    expect(readFileSync(file).equals(before)).toBe(true);
    const third = await command(id, '-o', file, '--force', '--json');
    expect(third.code).toBe(0);
    expect(JSON.parse(third.stdout)).toMatchObject({ file, format: 'interpro-evidence/1', problems: [] });
    expect(await command('sconosciuto', '-o', join(folder, 'altro.zip'))).toMatchObject({ code: 1, stdout: '' });
    expect(readdirSync(folder)).not.toContain('altro.zip');
  });
});

/** These tests damage the store for good, so they come last. */
describe('evidence that no longer holds', () => {
  const place = (digest: string) => join(councils.esempio.folder, 'documents', digest.slice(0, 2), digest);

  it('is named, and the export goes on', async () => {
    const whole = await exported();
    const receipt = whole.index.files.find(({ name }) => name.includes('avvenuta-consegna'));
    const confirmation = whole.index.files.find(({ name }) => name.endsWith('-conferma.eml'));
    const document = whole.index.registration?.documents[0]?.sha256 ?? '';
    const changed = readFileSync(place(receipt?.expected ?? ''));
    changed[changed.length >> 1] = (changed[changed.length >> 1] ?? 0) ^ 1;
    writeFileSync(place(receipt?.expected ?? ''), changed);
    writeFileSync(place(document), 'un altro documento');
    rmSync(place(confirmation?.expected ?? ''));

    const { index, read, entries } = await exported();
    const state = new Map(index.files.map((file) => [file.name, file.state]));
    expect(state.get(receipt?.name ?? '')).toBe('damaged');
    expect(state.get(confirmation?.name ?? '')).toBe('missing');
    expect(state.get('inviati/01-messaggio.eml')).toBe('damaged');
    expect([...index.problems].sort()).toEqual(
      [
        problem('evidence-damaged', '', receipt?.name),
        problem('evidence-damaged', '', `inviati/01-messaggio.eml (documento ${document})`),
        problem('evidence-missing', '', confirmation?.name),
      ]
        .map(({ message }) => message)
        .sort(),
    );
    expect(read(receipt?.name ?? '').equals(changed)).toBe(true);
    expect(entries.map(({ name }) => name)).not.toContain(confirmation?.name);
    expect(JSON.parse(read('verdetti/verifica.json').toString()).problems).toEqual(index.problems);
    expect(read('indice.html').toString()).toContain('role="alert"');
    expect(read('indice.html').toString()).toContain('ALTERATO');
    const intact = index.files.filter((file) => file.state === 'intact').map(({ name }) => name);
    expect(intact).toEqual([expect.stringContaining('ricevuta-accettazione.eml')]);
  });

  it('is named in the audit chain too', async () => {
    const rows = (sql: string) => councils.esempio.rows(sql);
    await rows('alter table audit disable trigger all');
    const [record] = await councils.esempio.rows<{ seq: string }>(
      `update audit set content = replace(content, '"registered"', '"Registered"')
        where seq = (select min(seq) from audit where content like '%"registered"%') returning seq`,
    );
    await rows('alter table audit enable trigger all');
    const { index } = await exported();
    expect(index.audit.brokenAt).toEqual([Number(record?.seq)]);
    expect(index.problems).toContain(problem('evidence-audit-broken', '', String(record?.seq)).message);
  });
});
