/** The closing of a day, with its PDF in a process of its own, and the texts of documents. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderDocuments } from '../../src/adapters/documents/folder.ts';
import { postgresRegisterContents } from '../../src/adapters/postgres/daily-register/register-contents.ts';
import { registerPdfProcess } from '../../src/adapters/register-pdf/register-pdf-process.ts';
import { textExtraction } from '../../src/adapters/text-extraction/text-extraction.ts';
import { closeDue } from '../../src/service/daily-register/close-due.ts';
import { pdfOf } from '../../test/support/text-files.ts';
import { type Measurement, measurement } from '../report.ts';
import { officeAt, type Register, ratePerSecond, registerOne } from './offices.ts';

const LOOK_MS = 20;
const DAY = new Date('2026-03-02T09:00:00Z');
const AFTER = new Date('2026-03-02T23:30:00Z');

/** The most that a child of this process ever held, in MB. */
function childrenPeak(): { stop(): number } {
  let peak = 0;
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        if (!status.includes(`PPid:\t${process.pid}\n`) || !/^Name:\t.*node/im.test(status)) continue;
        peak = Math.max(peak, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        // It has just ended.
      }
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

export async function closeOneDay(
  register: Register,
  entries: number,
  folder: string,
): Promise<readonly Measurement[]> {
  const office = officeAt(0);
  await ratePerSecond(entries, (n) => registerOne(register.store, office, n, DAY));
  const deps = {
    contents: postgresRegisterContents(register.pool),
    ...{
      writePdf: registerPdfProcess(),
      store: register.store,
      documents: await folderDocuments(join(folder, 'documents')),
    },
    ...{ clock: { now: () => AFTER }, software: 'InterPro' },
  };
  const peak = childrenPeak();
  const started = performance.now();
  const closed = await closeDue(office, { by: 'SISTEMA', graceMs: 0, seen: new Map() }, deps);
  const seconds = (performance.now() - started) / 1000;
  const megabytes = peak.stop();
  if (closed?.[0]?.counts.registrations !== entries) throw new Error('the day was not closed with all its entries');
  return [
    measurement(`daily register, ${entries} entries`, seconds, 's', { atMost: 10 }),
    measurement('… memory of the process that writes the PDF', megabytes, 'MB', { atMost: 300 }),
  ];
}

export async function readTexts(documents: number): Promise<Measurement> {
  const page = 'Si trasmette la relazione del comune sulla pratica in oggetto, per quanto di competenza. '.repeat(30);
  const files = await Promise.all(Array.from({ length: documents }, (_, n) => pdfOf([`${n} ${page}`, page, page])));
  const { extract, stop } = textExtraction(null);
  try {
    const started = performance.now();
    for (const bytes of files) {
      const { state } = await extract(bytes, { name: 'relazione.pdf', mediaType: 'application/pdf', charset: '' });
      if (state !== 'complete') throw new Error(`a text is ${state}`);
    }
    const rate = (1000 * documents) / (performance.now() - started);
    return measurement('texts of PDFs of three pages', rate, '1/s', { atLeast: 20 });
  } finally {
    stop();
  }
}
