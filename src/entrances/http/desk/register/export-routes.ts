/** The present search as a file: read page by page and written as it is taken, so that its size costs no memory. */
import { Readable } from 'node:stream';
import type { AooId } from '../../../../kernel/ids.ts';
import { openZip } from '../../../../service/evidence/zip.ts';
import type { NamedInAddress, ReservedOpenings } from '../../../../service/people/reserved-openings.ts';
import { type Reader, readerOf } from '../../../../service/people/rights.ts';
import type { RegisterFilter, RegisterRow, RegisterViews } from '../../../../service/queries/register-views.ts';
import { attachment } from '../../reply/content-disposition.ts';
import { shortDay } from '../components/when.ts';
import type { Desk } from '../desk.ts';
import { postedForm } from '../form.ts';
import { openingOf } from '../openings.ts';
import { askedRegister, carrierName, REGISTER_PATH } from './register-filter.ts';
import { directionWord, stateOf } from './register-words.ts';
import {
  BYTE_ORDER_MARK,
  csvLine,
  SHEET_BEGINS,
  SHEET_ENDS,
  SHEET_NAME,
  XLSX_PARTS,
  xlsxRow,
} from './spreadsheet-text.ts';

export interface RegisterExportDeps {
  readonly registerViews: Pick<RegisterViews, 'search'>;
}

export interface ExportRouteDeps extends RegisterExportDeps {
  readonly openings: ReservedOpenings;
}

/** Rows that are read at a time. */
const PER_READING = 500;

const COLUMNS = [
  'Numero',
  'Anno',
  'Data',
  'Ora',
  'Verso',
  'Corrispondente',
  'Altri destinatari',
  'Oggetto',
  'Loro protocollo',
  'Classe',
  'Ce l’ha',
  'Mezzo',
  'Stato',
  'Annullata il',
  'Annullata da',
  'Motivo',
  'Provvedimento',
];

const cellsOf = (row: RegisterRow): readonly string[] => [
  row.number,
  String(row.year),
  shortDay(row.date),
  row.time,
  directionWord(row.direction),
  row.correspondent,
  row.others === 0 ? '' : String(row.others),
  row.subject,
  row.peerNumber ?? '',
  row.classification ?? '',
  [row.heldBy?.unit, row.heldBy?.person].filter((name) => name != null).join(', '),
  row.carrier === null ? '' : carrierName(row.carrier),
  stateOf(row).word,
  row.annulment === null ? '' : new Date(row.annulment.at).toLocaleString('it-IT', { timeZone: 'Europe/Rome' }),
  row.annulment?.by ?? '',
  row.annulment?.reason ?? '',
  row.annulment?.provision ?? '',
];

/** What stood in a list that somebody takes away. */
export const reservedAmong = (
  rows: readonly Pick<RegisterRow, 'register' | 'year' | 'number' | 'reserved'>[],
): NamedInAddress => ({
  registrations: rows
    .filter(({ reserved }) => reserved)
    .map(({ register, year, number }) => ({ register, year, number: Number(number) })),
  ids: [],
});

export interface WantedExport {
  /** Told of each row before it is written. */
  readonly taken?: (rows: readonly RegisterRow[]) => Promise<void>;
  readonly aoo: AooId;
  readonly reader: Reader;
  readonly filter: RegisterFilter;
}

/** Of newest first; what is registered meanwhile comes before the first and is not in it. */
async function* lines<T>(
  { registerViews }: RegisterExportDeps,
  { taken, ...wanted }: WantedExport,
  line: (cells: readonly string[]) => T,
): AsyncGenerator<T> {
  yield line(COLUMNS);
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<RegisterViews['search']>> = await registerViews.search({
      ...wanted,
      cursor,
      limit: PER_READING,
    });
    // A file that is cut short must not look whole.
    if (page.tooMany === true) throw new Error('the search is too wide to be exported');
    await taken?.(page.items);
    for (const row of page.items) yield line(cellsOf(row));
    ({ cursor } = page);
  } while (cursor !== null);
}

/** Text in pieces that are worth a write. */
async function* inPieces(parts: AsyncIterable<string>, before = '', after = ''): AsyncGenerator<Buffer> {
  let held = before;
  for await (const part of parts) {
    held += part;
    if (held.length < 32_768) continue;
    yield Buffer.from(held);
    held = '';
  }
  yield Buffer.from(held + after);
}

export const csvOf = (deps: RegisterExportDeps, wanted: WantedExport): Readable =>
  Readable.from(inPieces(lines(deps, wanted, csvLine), BYTE_ORDER_MARK), { objectMode: false });

export function xlsxOf(deps: RegisterExportDeps, wanted: WantedExport): Readable {
  const zip = openZip();
  const write = async (): Promise<void> => {
    for (const [name, content] of XLSX_PARTS) await zip.add(name, [Buffer.from(content)], 'packed');
    const sheet = await zip.add(SHEET_NAME, inPieces(lines(deps, wanted, xlsxRow), SHEET_BEGINS, SHEET_ENDS), 'packed');
    if (sheet.failure !== null) throw sheet.failure;
    zip.end();
  };
  write().catch((error: unknown) => zip.fail(error instanceof Error ? error : new Error(String(error))));
  return zip.stream;
}

const KINDS = {
  csv: { type: 'text/csv; charset=utf-8; header=present', of: csvOf },
  xlsx: { type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', of: xlsxOf },
} as const;

export function exportRoutes(desk: Desk, deps: ExportRouteDeps): void {
  for (const kind of ['csv', 'xlsx'] as const)
    desk.server.get(
      `${REGISTER_PATH}/esporta.${kind}`,
      { config: { access: 'desk', right: 'register:read' }, schema: { hide: true } },
      async (request, reply) => {
        const visit = await desk.admit(request, reply, 'register:read');
        if (visit === null) return reply;
        const { filter } = askedRegister(postedForm(request.query));
        return reply
          .type(KINDS[kind].type)
          .header('content-disposition', attachment(`registro-${visit.office.code}.${kind}`))
          .header('cache-control', 'no-store')
          .header('x-content-type-options', 'nosniff')
          .send(
            KINDS[kind].of(deps, {
              ...{ aoo: visit.aoo, reader: readerOf(visit.caller), filter },
              taken: (rows) => deps.openings.opened(openingOf(visit), reservedAmong(rows)),
            }),
          );
      },
    );
}
