/** The process that writes one register and ends: requests as lines of JSON come in, the PDF goes out. */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { RegisterLine } from '../../model/daily-register.ts';
import { type PdfRequest, registerPdf } from './write-register-pdf.ts';

const TIMES = new Set(['at', 'closedAt']);
const read = (line: string): unknown =>
  JSON.parse(line, (name, value: unknown) => (TIMES.has(name) && typeof value === 'string' ? new Date(value) : value));

const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
const first = await lines.next();

async function* following(): AsyncGenerator<RegisterLine> {
  for (let next = await lines.next(); !next.done; next = await lines.next()) yield read(next.value) as RegisterLine;
}

const { bytes, finished } = registerPdf(read(String(first.value)) as PdfRequest, following());
bytes.pipe(process.stdout);
await Promise.all([finished, once(bytes, 'end')]);
