/**
 * Brings a file of the index into the database: read as it comes, staged, compared and applied in one transaction. A
 * file that is refused leaves the index as it was and its reason in the list of imports; single bad rows are listed.
 */
import { areaOf, cadastralOf } from '../../domain/index/istat.ts';
import { IndexFileError } from '../../formats/ipa/index-file-error.ts';
import { kindOfLayout, LAYOUT_NAMES, readIndexFile } from '../../formats/ipa/read-index.ts';
import { type Clock, italianDay, legalTime } from '../../kernel/clock.ts';
import { openDigest, sha256Of } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { CarriedField, IndexEntry, IndexFile, LayoutName } from '../../model/ipa.ts';
import type { CommandKey } from '../register/idempotent-command.ts';
import type {
  Applied,
  Fault,
  ImportRecord,
  ImportReport,
  ImportTransaction,
  IndexImports,
  StagedEntry,
} from './ports.ts';

/** Where rows come from when nothing else is said. An import ends only rows of its own source. */
export const IPA_SOURCE = 'ipa';
/** A tenth of the index does not vanish in a night. */
export const SHRINK_LIMIT = 0.1;
/** Bad rows that are kept with the record; all are counted. */
const FAULTS_KEPT = 1_000;
/** A file of nothing but bad rows must not fill the memory. */
const MOST_FAULTS = 100_000;

export interface ImportRequest {
  /** File or URL, as it is shown. */
  readonly origin: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** The only layout that will do; null: whatever the header says. */
  readonly layout?: LayoutName | null;
  readonly source?: string;
  /** The day the data speak of, `yyyy-mm-dd`; today unless said otherwise. */
  readonly asOf?: string | null;
  /** A part of the whole: rows it does not name stay. */
  readonly partial?: boolean;
  /** Largest share of rows (0 to 1) that may vanish. */
  readonly shrinkLimit?: number;
}

export interface ImportDeps {
  readonly index: Pick<IndexImports, 'importing'>;
  readonly clock: Clock;
  /** Hears, now and then, how many rows and bytes were read. */
  readonly progress?: (rows: number, bytes: number) => void;
}

interface Tally {
  rows: number;
  bad: number;
  readonly faults: Fault[];
  readonly spared: Set<string>;
}

/**
 * Refused when another import runs; a file that is refused is a report with the outcome `refused`. Under a key the same
 * file is imported once: it is read again, to be sure that it is the same, and the report is as it was.
 */
export async function importIndex(
  request: ImportRequest,
  deps: ImportDeps,
  key: CommandKey | null = null,
): Promise<Result<ImportReport>> {
  const startedAt = deps.clock.now();
  const header = {
    source: request.source ?? IPA_SOURCE,
    origin: request.origin,
    asOf: request.asOf ?? legalTime(startedAt).date,
    startedAt,
  };
  const today = legalTime(startedAt).date;
  // Every later import would be of an older day.
  if (header.asOf > today)
    return refuse(
      problem('bad-request', '', `il giorno a cui i dati si riferiscono, ${italianDay(header.asOf)}, è nel futuro`),
    );
  let isOther = false;
  const report = await deps.index.importing(async (tx) => {
    const digest = openDigest();
    const before = key === null ? null : await tx.before(key);
    if (before !== null) {
      for await (const piece of request.bytes) digest.update(piece);
      isOther = before.digest !== ofFile(key, digest.end())?.digest;
      return { again: isOther ? null : before.importId };
    }
    const tally: Tally = { rows: 0, bad: 0, faults: [], spared: new Set() };
    let bytes = 0;
    let layout: LayoutName | '' = request.layout ?? '';
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of request.bytes) {
        digest.update(piece);
        bytes += piece.length;
        deps.progress?.(tally.rows, bytes);
        yield piece;
      }
    }
    const record = (outcome: ImportRecord['outcome'], applied: Applied, sha256: Sha256 | null): ImportRecord => ({
      ...header,
      layout,
      sha256,
      bytes,
      outcome,
      rows: tally.rows,
      ...applied,
      bad: tally.bad,
      faults: tally.faults,
      refusal: null,
    });
    try {
      const file = await readIndexFile(counted(), request.layout ?? null);
      layout = file.layout;
      const applied = await stageAndApply(tx, file, { ...request, ...header }, tally);
      const { added, changed, gone } = applied;
      const sha256 = digest.end();
      const outcome = added + changed + gone > 0 ? 'applied' : 'unchanged';
      return { record: record(outcome, applied, sha256), key: ofFile(key, sha256) };
    } catch (error) {
      if (!(error instanceof IndexFileError)) throw error;
      const refusal = { line: error.line, reason: error.message, code: error.code };
      return { record: { ...record('refused', NOTHING, null), refusal }, key: null };
    }
  });
  if (isOther) return refuse(problem('idempotency-key-reused'));
  return report === null ? refuse(problem('index-busy')) : ok(report);
}

/** What was asked and with which file. */
const ofFile = (key: CommandKey | null, file: Sha256): CommandKey | null =>
  key && { ...key, digest: sha256Of([key.digest, file]) };

const NOTHING: Applied = { added: 0, changed: 0, gone: 0 };

/** Throws IndexFileError. */
async function stageAndApply(
  tx: ImportTransaction,
  file: IndexFile,
  request: ImportRequest & { readonly source: string; readonly asOf: string },
  tally: Tally,
): Promise<Applied> {
  const { source, asOf } = request;
  const layouts = LAYOUT_NAMES.filter((name) => kindOfLayout(name) === file.kind);
  const newest = await tx.newest(source, layouts);
  if (newest !== null && newest > asOf)
    throw new IndexFileError('index-older', 0, `${italianDay(asOf)}, mentre l'indice è del ${italianDay(newest)}`);
  await tx.stage(stagedRows(file, tally), { kind: file.kind, source, asOf });
  if (tally.rows === 0) throw new IndexFileError('index-empty', 0);
  const done = await tx.apply({
    source,
    kind: file.kind,
    layouts,
    asOf,
    carried: [...new Set<CarriedField>([...file.carried, ...DERIVED])],
    derived: DERIVED.filter((field) => !file.carried.includes(field)),
    carriedMore: file.carriedMore,
    spared: [...tally.spared],
    partial: request.partial ?? false,
    shrinkLimit: request.shrinkLimit ?? SHRINK_LIMIT,
  });
  if (done.outcome === 'applied') return done.applied;
  if (done.outcome === 'older') {
    const detail = `${italianDay(asOf)}, mentre ${done.rows} delle sue voci vengono dalla fonte «${done.source}» del ${italianDay(done.day)}`;
    throw new IndexFileError('index-older', 0, detail);
  }
  const share = Math.round((100 * done.gone) / done.before);
  throw new IndexFileError('index-shrunken', 0, `${done.gone} su ${done.before} (${share}%)`);
}

async function* stagedRows(file: IndexFile, tally: Tally): AsyncGenerator<readonly StagedEntry[]> {
  const seen = new Set<string>();
  for await (const { entries, faults } of file.batches) {
    for (const { line, reason, key } of faults) note(tally, { line, reason }, key);
    const staged: StagedEntry[] = [];
    for (const { line, entry, ceased } of entries) {
      if (seen.has(entry.key)) {
        // A body, its AOO and its office often share one address: pec.txt lists it for each.
        if (entry.kind === 'pec') continue;
        note(tally, { line, reason: problem('index-row-double', '', entry.code).message }, null);
        continue;
      }
      seen.add(entry.key);
      staged.push({ entry: completed(entry), ceased });
    }
    tally.rows += staged.length;
    yield staged;
  }
}

function note(tally: Tally, fault: Fault, key: string | null): void {
  tally.bad += 1;
  if (tally.bad > MOST_FAULTS)
    throw new IndexFileError('index-unreadable', fault.line, `più di ${MOST_FAULTS} righe non sono leggibili`);
  if (tally.faults.length < FAULTS_KEPT) tally.faults.push(fault);
  if (key !== null) tally.spared.add(key);
}

/** Facts that follow from codes: the newer layouts give a municipality by code only, the older one by name only. */
const DERIVED: readonly CarriedField[] = ['province', 'region', 'cadastral'];

function completed(entry: IndexEntry): IndexEntry {
  const cadastral = entry.cadastral ?? (entry.kind === 'body' ? cadastralOf(entry.code) : null);
  const area = entry.istat === null || entry.province !== null ? null : areaOf(entry.istat);
  if (cadastral === entry.cadastral && area === null) return entry;
  return { ...entry, cadastral, province: area?.province ?? entry.province, region: area?.region ?? entry.region };
}
