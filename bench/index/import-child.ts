/** Runs the import, or the minimum any import has to do, in a separate process, so that its memory can be measured. */
import { createReadStream } from 'node:fs';
import pg from 'pg';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { copyIn } from '../../src/adapters/postgres/index/copy-in.ts';
import { indexImports } from '../../src/adapters/postgres/index/imports.ts';
import { importIndex } from '../../src/service/index/import-index.ts';

export interface ImportTask {
  readonly what: 'import' | 'baseline';
  readonly database: string;
  readonly files: readonly string[];
}
export interface ImportDone {
  readonly seconds: number;
  readonly rows: number;
  readonly changes: number;
  /** Peak memory of this process, in MB. */
  readonly megabytes: number;
}

async function bring({ database, files }: ImportTask): Promise<readonly [rows: number, changes: number]> {
  const pool = openPool(database, 'bench import', 2);
  try {
    let rows = 0;
    let changes = 0;
    for (const origin of files) {
      const bytes = createReadStream(origin, { highWaterMark: 256 * 1024 });
      const deps = { index: indexImports(pool), clock: { now: () => new Date() } };
      const done = await importIndex({ origin, bytes }, deps);
      if (!done.ok) throw new Error(done.problem.message);
      const { added, changed, gone, refusal } = done.value;
      if (refusal !== null) throw new Error(refusal.reason);
      rows += done.value.rows;
      changes += added + changed + gone;
    }
    return [rows, changes];
  } finally {
    await pool.end();
  }
}

/** `\copy` of the same rows, unchecked, into tables of text columns with the code as primary key. */
async function copy({ database, files }: ImportTask): Promise<readonly [rows: number, changes: number]> {
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    let rows = 0;
    for (const [number, file] of files.entries()) {
      const columns = await columnsOf(file);
      const key =
        columns.find((name) => name === 'codice_uni_uo') ??
        columns.find((name) => name === 'codice_uni_aoo') ??
        'codice_ipa';
      const table = `baseline_${number}`;
      await client.query(`drop table if exists ${table}`);
      await client.query(
        `create table ${table} (${columns.map((name) => `${name} text`).join(', ')}, primary key (${key}))`,
      );
      const text = createReadStream(file, { encoding: 'utf8', highWaterMark: 256 * 1024 });
      rows += await copyIn(client, table, text, '(format csv, header true)');
    }
    return [rows, rows];
  } finally {
    await client.end();
  }
}

async function columnsOf(file: string): Promise<string[]> {
  for await (const piece of createReadStream(file, { encoding: 'utf8' })) {
    return (piece as string)
      .slice(0, (piece as string).indexOf('\n'))
      .toLowerCase()
      .split(',');
  }
  return [];
}

process.on('message', (task: ImportTask) => {
  const from = performance.now();
  (task.what === 'import' ? bring(task) : copy(task)).then(
    ([rows, changes]) => {
      const seconds = (performance.now() - from) / 1000;
      const done: ImportDone = { seconds, rows, changes, megabytes: process.resourceUsage().maxRSS / 1024 };
      process.send?.(done);
    },
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
