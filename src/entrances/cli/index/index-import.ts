import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { userPath } from '../../../config/config.ts';
import { LAYOUT_NAMES } from '../../../formats/ipa/read-index.ts';
import { dayOf } from '../../../formats/ipa/to-entry.ts';
import { legalStamp, legalTime } from '../../../kernel/clock.ts';
import type { LayoutName } from '../../../model/ipa.ts';
import { fetchIndex } from '../../../service/index/fetch-index.ts';
import { importIndex } from '../../../service/index/import-index.ts';
import type { EntryChange, ImportReport } from '../../../service/index/ports.ts';
import { withIndex } from '../../../wiring/cli.ts';
import { findService } from '../input/find-service.ts';
import { say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { outputWidth, table } from '../output/table.ts';

const HELP = `Usage: interpro index import [options] FILE|URL

Imports a file of the national index: ${LAYOUT_NAMES.join(', ')};
as CSV, TSV, JSON, XLSX or LDIF, recognised by its content. The same file twice changes nothing; a truncated or shrunken
file is refused as a whole. From a URL, a file is fetched only if it has changed.

  --layout L       refuse any other layout
  --date DAY       the day of the data, yyyy-mm-dd (default: today); import days from the oldest to the newest
  --partial        the file is only a part of the index: rows it does not contain stay
  --shrink PERCENT the largest share of rows that may vanish (default: 10)
  --source NAME    where the rows come from; an import ends only rows of its own source (default: ipa)
  --changes N      how many changes of each kind to show (default: 10)
  --json`;
const IMPORTS_HELP = `Usage: interpro index imports [ID] [--limit N] [--changes N] [--json]

Lists the imports, newest first; with an ID, shows what that one added, changed and ended, field by field, and its bad rows.`;

const ADVICE: Readonly<Partial<Record<string, string>>> = {
  'index-shrunken': 'if the file is only a part of the index: --partial; if so many are really gone: --shrink PERCENT',
  'index-older':
    'days are imported from the oldest to the newest, and a file without --date counts as of the day of its import\n' +
    '  (interpro index imports); import it without --date: differences then count from today',
};

const whole = (text: string, least: number, most: number): number | null =>
  /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most ? Number(text) : null;

export async function runIndexImport(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      layout: { type: 'string' },
      date: { type: 'string' },
      partial: { type: 'boolean', default: false },
      shrink: { type: 'string', default: '10' },
      source: { type: 'string', default: 'ipa' },
      changes: { type: 'string', default: '10' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [origin, ...others] = positionals;
  const layout = LAYOUT_NAMES.find((name) => name === values.layout) ?? null;
  const shrink = whole(values.shrink, 0, 100);
  const changes = whole(values.changes, 0, 1_000_000);
  if (origin === undefined || others.length > 0) return sayMisuse('index import', 'name one file or address');
  if (shrink === null) return sayMisuse('index import', '--shrink: a percentage, 0 to 100');
  if (changes === null) return sayMisuse('index import', '--changes: a number');
  if (values.layout !== undefined && layout === null)
    return sayMisuse('index import', `--layout: one of ${LAYOUT_NAMES.join(', ')}`);
  if (!/^[a-z0-9-]{1,32}$/.test(values.source))
    return sayMisuse('index import', '--source: small letters, digits and hyphens');
  if (values.date !== undefined && dayOf(values.date) !== values.date)
    return sayMisuse('index import', '--date: a day is written yyyy-mm-dd');
  if (values.date !== undefined && values.date > legalTime(new Date()).date)
    return sayMisuse('index import', '--date: this day is in the future');
  const request = {
    layout,
    source: values.source,
    asOf: values.date ?? null,
    partial: values.partial,
    shrinkLimit: shrink / 100,
  };
  const { databaseUrl, config } = findService();
  return await withIndex(databaseUrl, config.dataFolder, async (index) => {
    const done = await importFrom(origin, request, index);
    if (done === null)
      return say(values.json ? JSON.stringify({ outcome: 'unchanged', origin }) : `${origin}: not modified`);
    const report = (await index.imports.report(done.importId, changes)) ?? done;
    if (values.json) print(JSON.stringify(report, null, 2));
    else print(outline(report));
    return report.outcome === 'refused' ? 1 : 0;
  });
}

type Tools = Parameters<Parameters<typeof withIndex>[2]>[0];
interface ImportOptions {
  readonly layout: LayoutName | null;
  readonly source: string;
  readonly asOf: string | null;
  readonly partial: boolean;
  readonly shrinkLimit: number;
}

/** Null: the server has nothing new. Throws when the file cannot be read, or another import is running. */
async function importFrom(
  origin: string,
  options: ImportOptions,
  { imports, fetcher }: Tools,
): Promise<ImportReport | null> {
  const progress = progressLine();
  const deps = { index: imports, clock: { now: () => new Date() }, progress: progress.show };
  try {
    if (/^https?:\/\//i.test(origin)) {
      const stop = new AbortController();
      process.once('SIGINT', () => stop.abort());
      const fetched = await fetchIndex({ ...options, url: origin }, { ...deps, fetcher }, stop.signal);
      if (!fetched.ok) throw new Error(fetched.problem.message);
      return fetched.value.outcome === 'unchanged' ? null : fetched.value.report;
    }
    const file = userPath(origin);
    const found = await stat(file).catch((error: Error) => {
      throw new Error(`${file} cannot be opened: ${error.message}`);
    });
    if (!found.isFile()) throw new Error(`${file} is not a file`);
    const bytes = createReadStream(file, { highWaterMark: 256 * 1024 });
    const imported = await importIndex({ ...options, origin: file, bytes }, deps);
    if (!imported.ok) throw new Error(imported.problem.message);
    return imported.value;
  } finally {
    progress.end();
  }
}

/** On a terminal only, at most five times a second. */
function progressLine(): { show(rows: number, bytes: number): void; end(): void } {
  let shown = 0;
  return {
    show(rows, bytes) {
      if (!process.stderr.isTTY || performance.now() - shown < 200) return;
      shown = performance.now();
      process.stderr.write(`\r${rows} rows, ${(bytes / 1e6).toFixed(1)} MB `);
    },
    end() {
      if (shown > 0) process.stderr.write('\r\u001b[K');
    },
  };
}

export async function runIndexImports(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '20' },
      changes: { type: 'string', default: '50' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(IMPORTS_HELP);
  const [id] = positionals;
  const limit = whole(values.limit, 1, 1000);
  const changes = whole(values.changes, 0, 1_000_000);
  const importId = id === undefined ? 0 : whole(id, 1, Number.MAX_SAFE_INTEGER);
  if (importId === null) return sayMisuse('index imports', 'the ID of an import is a number');
  if (limit === null) return sayMisuse('index imports', '--limit: a number from 1 to 1000');
  if (changes === null) return sayMisuse('index imports', '--changes: a number');
  const { databaseUrl, config } = findService();
  return await withIndex(databaseUrl, config.dataFolder, async ({ imports }) => {
    if (id === undefined) {
      const found = await imports.imports(limit);
      if (values.json) print(JSON.stringify(found, null, 2));
      else print(list(found));
      return 0;
    }
    const report = await imports.report(importId, changes);
    if (report === null) throw new Error(`there is no import ${id}`);
    print(values.json ? JSON.stringify(report, null, 2) : outline(report));
    return 0;
  });
}

const print = (text: string): void => void say(text);

function list(found: Awaited<ReturnType<Tools['imports']['imports']>>): string {
  if (found.length === 0) return 'nothing yet';
  const head = ['id', 'started', 'data of', 'layout', 'outcome', 'rows', 'added', 'changed', 'gone', 'bad', 'origin'];
  const rows = found.map((one) => [
    String(one.importId),
    legalStamp(one.startedAt),
    one.asOf,
    one.layout,
    one.outcome,
    ...[one.rows, one.added, one.changed, one.gone, one.bad].map(String),
    one.refusal?.reason ?? one.origin,
  ]);
  return table(head, rows, outputWidth());
}

function outline(report: ImportReport): string {
  const { importId, layout, asOf, outcome, rows, added, changed, gone, bad, refusal, faults } = report;
  const lines = [`import ${importId}, ${layout || 'unknown layout'}, data of ${asOf}: ${outcome}`];
  if (refusal !== null) {
    lines.push(`  ${refusal.line > 0 ? `line ${refusal.line}: ` : ''}${refusal.reason}`, '  the index is as it was');
    const advice = refusal.code === undefined ? undefined : ADVICE[refusal.code];
    if (advice !== undefined) lines.push(`  ${advice}`);
    return lines.join('\n');
  }
  lines.push(`  ${rows} rows: ${added} added, ${changed} changed, ${gone} gone; ${bad} bad`);
  for (const change of report.changes) lines.push(...changeLines(change));
  for (const { line, reason } of faults.slice(0, 20)) lines.push(`  line ${line}: ${reason.replace(/\s+/g, ' ')}`);
  if (bad > 20) lines.push(`  … ${bad} in all: --json shows the first thousand`);
  return lines.join('\n');
}

function changeLines({ change, kind, key, name, fields, successor }: EntryChange): string[] {
  const sign = { added: '+', changed: '~', gone: '-' }[change];
  const next = successor === null ? '' : ` -> ${successor}`;
  return [
    `  ${sign} ${kind} ${key}  ${name}${next}`,
    ...fields.map(({ field, before, after }) => `      ${field}: ${shown(before)} -> ${shown(after)}`),
  ];
}

const shown = (value: unknown): string =>
  value === null ? '(nothing)' : typeof value === 'string' && !/[\t\n\r]/.test(value) ? value : JSON.stringify(value);
