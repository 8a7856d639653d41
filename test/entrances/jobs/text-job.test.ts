/** The work on texts from end to end: kept mails and files in, rows for the search out, whatever comes in between. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderDocuments } from '../../../src/adapters/documents/folder.ts';
import { textStore } from '../../../src/adapters/postgres/texts/text-store.ts';
import { textExtraction } from '../../../src/adapters/text-extraction/text-extraction.ts';
import { type TextProcess, textProcess } from '../../../src/adapters/text-extraction/text-process.ts';
import type { RegisteredDocument } from '../../../src/domain/register/registration.ts';
import { startTextJob } from '../../../src/entrances/jobs/text-job.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import { DocumentsError } from '../../../src/service/documents/documents.ts';
import { documentReader } from '../../../src/service/documents/read-document.ts';
import { AT, type House, office, openHouse, register } from '../../adapters/postgres/support.ts';
import { docxOf, mailOf, pdfOf, signedOf } from '../../support/text-files.ts';

const OFFICE = office('c_testi', 'ATESTI');
const folder = mkdtempSync(join(tmpdir(), 'interpro-texts-'));
let house: House;
let documents: Awaited<ReturnType<typeof folderDocuments>>;
beforeAll(async () => {
  house = await openHouse([OFFICE]);
  documents = await folderDocuments(folder);
});
afterAll(async () => {
  await house.close();
  rmSync(folder, { recursive: true, force: true });
});

const filed = async (name: string, bytes: Buffer): Promise<RegisteredDocument> => ({
  ...{ role: 'attachment', name, mediaType: 'application/octet-stream', source: null },
  ...(await documents.put(bytes)),
});
let at = AT.getTime();
const registered = (...given: readonly RegisteredDocument[]) => {
  at += 1_000;
  return register(house.store, OFFICE, new Date(at), { documents: given });
};
const log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = { now: () => new Date(at + 60_000) };

function job(reader: TextProcess, seen: (name: string) => void, broken: () => boolean = () => false) {
  const { extract, stop } = textExtraction(null, reader);
  const read = documentReader(documents);
  return startTextJob({
    texts: textStore(house.pool),
    reader: {
      async document(place) {
        if (broken()) throw new DocumentsError('unusable', 'the disk is away');
        return read.document(place);
      },
    },
    extract(bytes, question) {
      seen(question.name);
      return extract(bytes, question);
    },
    clock,
    owner: uuidv7(new Date(at)),
    log,
    stopReading: stop,
    everyMs: 50,
  });
}

async function settled(count: number): Promise<void> {
  for (;;) {
    const { rows } = await house.pool.query<{ done: number }>(
      "select count(*)::int as done from document_text where state <> 'waiting'",
    );
    if ((rows[0]?.done ?? 0) >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('the work on texts', () => {
  it('finds a word that stands only inside a signed PDF inside a kept mail', async () => {
    const mail = mailOf(
      'Si trasmette in allegato.',
      'atto.pdf.p7m',
      signedOf(await pdfOf(['La fuliggine di Provaria'])),
    );
    const kept = await documents.put(mail);
    const file = signedOfMail(mail);
    await registered({
      ...{ role: 'primary', name: 'atto.pdf.p7m', mediaType: 'application/octet-stream' },
      ...{ sha256: sha256(file), size: file.length, source: { sha256: kept.sha256, part: '2' } },
    });
    const working = job(textProcess(), () => undefined);
    await settled(1);
    await working.stop();
    const found = await house.pool.query(
      "select number, position from document_text_part where aoo = $1 and words @@ italian_query('fuliggini')",
      [OFFICE.aoo],
    );
    expect(found.rows).toEqual([{ number: 1, position: 0 }]);
  });

  it('is shared by two services, goes on after every trap and after a kill, and is done once', async () => {
    const good = await docxOf('buona prova');
    const given = [
      await filed('a.docx', good),
      await filed('rotto.docx', good.subarray(0, 400)),
      await filed('chiuso.pdf', await pdfOf(['x'], { userPassword: 'segreta' })),
      await filed('scansione.pdf', await pdfOf([''])),
      await filed('bomba.docx', await docxOf('x', { 'word/footnotes.xml': '<a>'.padEnd(20_000_000, ' ') })),
      { ...(await filed('perso.txt', Buffer.from('perso'))), sha256: sha256('mai stato') },
      { ...(await filed('grande.txt', Buffer.from('grande'))), size: LIMITS.textBytes + 1 },
      await filed('lungo.txt', Buffer.from('testo lunghissimo '.repeat(200_000))),
    ].map((one) => ({ ...one, mediaType: one.name.endsWith('.txt') ? 'text/plain' : one.mediaType }));
    for (const one of given) await registered(one);
    for (let count = 0; count < 12; count += 1)
      await registered(await filed(`n${count}.txt`, Buffer.from(`testo ${count}`)));
    const seen: string[] = [];
    let isAway = true;
    const readers = [textProcess(), textProcess()];
    const jobs = readers.map((reader) =>
      job(
        reader,
        (name) => {
          seen.push(name);
          // The process that reads is taken away in the middle of its work.
          if (name === 'n5.txt' && reader.pid !== null) process.kill(reader.pid, 'SIGKILL');
        },
        () => isAway,
      ),
    );
    // The store of documents is away for a while: nothing fails for it, what was leased waits.
    await new Promise((resolve) => setTimeout(resolve, 300));
    isAway = false;
    at += 3_600_000;
    await settled(21);
    await Promise.all(jobs.map((one) => one.stop()));
    expect(new Set(seen).size).toBe(seen.length);
    const { rows } = await house.pool.query<{ name: string; state: string; reason: string | null }>(
      `select d.name, t.state, t.reason from document_text t join registration_document d
         on d.aoo = t.aoo and d.register = t.register and d.year = t.year and d.number = t.number and d.position = t.position
        where d.number > 1 order by d.number`,
    );
    const states = new Map(rows.map(({ name, state, reason }) => [name, `${state} ${reason ?? ''}`.trim()]));
    expect(Object.fromEntries([...states].slice(0, 8))).toEqual({
      'a.docx': 'complete',
      'rotto.docx': 'failed text-damaged',
      'chiuso.pdf': 'encrypted text-encrypted',
      'scansione.pdf': 'scanned text-scanned',
      'bomba.docx': 'failed text-expands',
      'perso.txt': 'failed text-unavailable',
      'grande.txt': 'failed text-too-large',
      'lungo.txt': 'cut text-cut',
    });
    const others = [...states].slice(8).filter(([name]) => name !== 'n5.txt');
    expect(others.every(([, state]) => state === 'complete')).toBe(true);
    const parts = await house.pool.query<{ parts: number; bytes: number; most: number }>(
      `select count(*)::int as parts, sum(octet_length(text))::int as bytes, max(octet_length(text))::int as most
         from document_text_part where number = 9`,
    );
    expect(parts.rows[0]?.parts).toBeGreaterThan(20);
    expect(parts.rows[0]?.most).toBeLessThanOrEqual(LIMITS.textPartBytes);
    expect(parts.rows[0]?.bytes).toBeLessThanOrEqual(LIMITS.textKeptBytes);
  }, 60_000);
});

/** What the mail carries, decoded. */
const signedOfMail = (mail: Buffer): Buffer =>
  Buffer.from(/base64\r\n\r\n([\s\S]*?)\r\n--xx--/.exec(mail.toString('latin1'))?.[1] ?? '', 'base64');
