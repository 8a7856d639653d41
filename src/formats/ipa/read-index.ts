/** A file of the national index, whose container is told by its first bytes and whose layout by its header. */
import type { EntryKind } from '../../kernel/index-keys.ts';
import type { Batch, IndexFile, LayoutName, ReadEntry, RowFault } from '../../model/ipa.ts';
import { decodeUtf8 } from './decode.ts';
import { readDelimited } from './delimited.ts';
import { IndexFileError } from './index-file-error.ts';
import { istatVariations, isVariations, variationsAsUtf8 } from './istat-variations.ts';
import { readJsonRecords } from './json-records.ts';
import { LAYOUTS, type Layout, pecEnte } from './layouts.ts';
import { readLdif } from './ldif.ts';
import { IPA_LIMITS } from './limits.ts';
import type { Table } from './table.ts';
import { entryReader } from './to-entry.ts';
import { readXlsx } from './xlsx.ts';

export const LAYOUT_NAMES: readonly LayoutName[] = [...LAYOUTS.map(({ name }) => name), 'pec-ente', 'istat-variazioni'];

export const kindOfLayout = (name: LayoutName): EntryKind =>
  name === 'istat-variazioni' ? 'municipality' : (LAYOUTS.find((layout) => layout.name === name)?.kind ?? 'pec');

/**
 * Reads as far as the header. `asked`: the only layout accepted. Throws IndexFileError, here or from `batches`, where the
 * whole file is refused; single bad rows are listed in the batches.
 */
export async function readIndexFile(
  bytes: AsyncIterable<Uint8Array>,
  asked: LayoutName | null = null,
): Promise<IndexFile> {
  const table = await readTable(bytes);
  const names = table.header.map((name) => name.trim().toLowerCase());
  checkNames(names, table.headerLine);
  const layout = recognised(names, asked, table.headerLine);
  const reader = entryReader(layout, names);
  async function* batches(): AsyncGenerator<Batch> {
    for await (const records of table.records) {
      const faults: RowFault[] = [];
      const entries: ReadEntry[] = [];
      for (const record of records) {
        const entry = reader.read(record, faults);
        if (entry !== null) entries.push(entry);
      }
      if (entries.length + faults.length > 0) yield { entries, faults };
    }
  }
  const { carried, carriedMore } = reader;
  return { layout: layout.name, kind: layout.kind, carried, carriedMore, batches: batches() };
}

function checkNames(names: readonly string[], line: number): void {
  if (names.length > IPA_LIMITS.columns) throw new IndexFileError('index-header', line, `${names.length} colonne`);
  if (names.some((name) => /[\u0000-\u001f]/.test(name) || !name.isWellFormed()))
    throw new IndexFileError('index-header', line, 'una colonna ha un nome illeggibile');
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name))
      throw new IndexFileError(
        'index-header',
        line,
        name === '' ? 'una colonna non ha nome' : `la colonna «${name.slice(0, 60)}» è ripetuta`,
      );
    seen.add(name);
  }
  if (seen.has('')) throw new IndexFileError('index-header', line, 'una colonna non ha nome');
}

function recognised(names: readonly string[], asked: LayoutName | null, line: number): Layout {
  const present = new Set(names);
  const fits = (layout: Layout) =>
    layout.required.every((name) => present.has(name)) && !layout.without.some((name) => present.has(name));
  const found = LAYOUTS.find(fits) ?? pecEnte(present) ?? istatVariations(present);
  if (found !== null && (asked === null || found.name === asked)) return found;
  if (found !== null) throw new IndexFileError('index-header', line, `è di tipo «${found.name}», non «${asked}»`);
  const nearest = LAYOUTS.filter((layout) => asked === null || layout.name === asked)
    .map((layout) => ({ layout, lacking: layout.required.filter((name) => !present.has(name)) }))
    .reduce<{ layout: Layout; lacking: readonly string[] } | null>(
      (best, one) =>
        best === null ||
        one.lacking.length / one.layout.required.length < best.lacking.length / best.layout.required.length
          ? one
          : best,
      null,
    );
  throw new IndexFileError(
    'index-header',
    line,
    nearest === null || nearest.lacking.length === nearest.layout.required.length
      ? `comincia con «${names.slice(0, 5).join(', ').slice(0, 120)}»`
      : `per il tipo «${nearest.layout.name}» mancano le colonne ${nearest.lacking.join(', ')}`,
  );
}

async function readTable(bytes: AsyncIterable<Uint8Array>): Promise<Table> {
  const source = bytes[Symbol.asyncIterator]();
  const start: Uint8Array[] = [];
  let length = 0;
  while (length < 64) {
    const step = await source.next();
    if (step.done === true) break;
    start.push(step.value);
    length += step.value.length;
  }
  async function* again(): AsyncGenerator<Uint8Array> {
    try {
      yield* start;
      for (let step = await source.next(); step.done !== true; step = await source.next()) yield step.value;
    } finally {
      await source.return?.();
    }
  }
  const beginning = Buffer.concat(start);
  const [a, b, c, d] = beginning;
  if (a === 0x50 && b === 0x4b && c === 0x03 && d === 0x04) return await readXlsx(await whole(again()));
  const text = decodeUtf8(isVariations(beginning) ? variations(again()) : again());
  const first = await text.next();
  if (first.done === true) throw new IndexFileError('index-empty', 1);
  const head = first.value.trimStart();
  if (head.startsWith('{') || head.startsWith('[')) return await readJsonRecords(text, first.value);
  if (/^(?:version:\s|dn:|#)/i.test(head)) return readLdif(text, first.value);
  return await readDelimited(text, first.value);
}

async function* variations(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const text = await variationsAsUtf8(bytes);
  if (text === null) throw new IndexFileError('index-too-large', 0, 'variazioni ISTAT');
  yield text;
}

async function whole(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > IPA_LIMITS.xlsxBytes)
      throw new IndexFileError('index-too-large', 0, `XLSX: ${IPA_LIMITS.xlsxBytes} byte`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
