import type pg from 'pg';
import type { EntryVersion } from '../../../domain/index/model.ts';
import type { Sha256 } from '../../../kernel/ids.ts';
import type {
  Download,
  EntryChange,
  Fault,
  FieldChange,
  ImportRecord,
  ImportReport,
  ImportSummary,
  IndexImports,
} from '../../../service/index/ports.ts';
import { keepAnswer, lockKey } from '../command-answers.ts';
import { cleanText, toJson } from '../database/json.ts';
import { applyStaged, createStaging, fillEmpty, fillStaging } from './apply-import.ts';
import { inOneLine, toRawVersion, type VersionRow, versionColumns } from './version-rows.ts';

/** Any constant will do: two imports at once would end each other's rows. */
const LOCK = 7_240_311_905;
export const INDEX_CHANNEL = 'interpro_index';

interface ImportRow {
  import_id: number;
  source: string;
  layout: string;
  origin: string;
  sha256: string | null;
  bytes: number;
  as_of: string;
  started_at: Date;
  ended_at: Date;
  outcome: ImportSummary['outcome'];
  rows: number;
  added: number;
  changed: number;
  gone: number;
  bad: number;
  faults: Fault[];
  refusal: Fault | null;
}

const toSummary = (row: ImportRow): ImportSummary => ({
  importId: row.import_id,
  source: row.source,
  layout: row.layout,
  origin: row.origin,
  asOf: row.as_of,
  startedAt: row.started_at.toISOString(),
  endedAt: row.ended_at.toISOString(),
  outcome: row.outcome,
  rows: row.rows,
  added: row.added,
  changed: row.changed,
  gone: row.gone,
  bad: row.bad,
  refusal: row.refusal,
});

const toReport = (row: ImportRow, changes: readonly EntryChange[]): ImportReport => ({
  ...toSummary(row),
  sha256: row.sha256 as Sha256 | null,
  bytes: row.bytes,
  faults: row.faults,
  changes,
});

async function writeRecord(
  client: pg.ClientBase | pg.Pool,
  importId: number,
  record: ImportRecord,
): Promise<ImportReport> {
  const { rows } = await client.query<ImportRow>(
    `insert into index_import (import_id, source, layout, origin, sha256, bytes, as_of, started_at, outcome, rows, added,
                               changed, gone, bad, faults, refusal) overriding system value
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) returning *`,
    [
      importId,
      record.source,
      record.layout,
      cleanText(record.origin),
      record.sha256,
      record.bytes,
      record.asOf,
      record.startedAt,
      record.outcome,
      record.rows,
      record.added,
      record.changed,
      record.gone,
      record.bad,
      toJson(record.faults),
      record.refusal === null ? null : toJson(record.refusal),
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the record of an import was not written');
  return toReport(row, []);
}

/** Ends with a commit, or with a roll-back and the record alone. The client is not given back when it is broken. */
async function importing(pool: pg.Pool, work: Parameters<IndexImports['importing']>[0]): Promise<ImportReport | null> {
  const client = await pool.connect();
  let broken: Error | boolean = true;
  try {
    await client.query('begin');
    const locked = await client.query<{ locked: boolean }>('select pg_try_advisory_xact_lock($1) as locked', [LOCK]);
    if (!locked.rows[0]?.locked) {
      await client.query('rollback');
      broken = false;
      return null;
    }
    // A file may take longer to read than a transaction may usually stand still.
    await client.query(`set local idle_in_transaction_session_timeout = '10min'`);
    const taken = await client.query<{ id: number }>(`select nextval('index_import_import_id_seq') as id`);
    const importId = taken.rows[0]?.id ?? 0;
    await createStaging(client);
    /** Rows of a kind there were none of; null: they wait in the staging table. */
    let first: number | null = null;
    const done = await work({
      async before(key) {
        await lockKey(client, key);
        const found = await client.query<{ digest: Sha256; answer: { importId?: number } }>(
          'select digest, answer from index_command_answer where client = $1 and key = $2',
          [key.client, key.key],
        );
        const [row] = found.rows;
        return row === undefined ? null : { digest: row.digest, importId: row.answer.importId ?? null };
      },
      async newest(source, layouts) {
        const found = await client.query<{ day: string | null }>(
          `select max(as_of) as day from index_import where source = $1 and layout = any($2) and outcome <> 'refused'`,
          [source, layouts],
        );
        return found.rows[0]?.day ?? null;
      },
      async stage(rows, what) {
        const known = await client.query('select from index_entry where kind = $1 limit 1', [what.kind]);
        if (known.rowCount === 0) first = await fillEmpty(client, rows, what, importId);
        else await fillStaging(client, rows);
      },
      async apply(staged) {
        if (first === null) return await applyStaged(client, staged, importId);
        return { outcome: 'applied', applied: { added: first, changed: 0, gone: 0 } };
      },
    });
    if ('again' in done) {
      await client.query('rollback');
      broken = false;
      if (done.again === null) return null;
      const { rows } = await client.query<ImportRow>('select * from index_import where import_id = $1', [done.again]);
      const [row] = rows;
      if (row === undefined) throw new Error('the record of an import is gone');
      return toReport(row, []);
    }
    const { record, key } = done;
    if (record.outcome === 'refused') {
      await client.query('rollback');
      broken = false;
      return await writeRecord(client, importId, record);
    }
    const report = await writeRecord(client, importId, record);
    await keepAnswer(client, null, key, { importId }, record.startedAt);
    if (record.outcome === 'applied') await client.query('select pg_notify($1, $2)', [INDEX_CHANNEL, String(importId)]);
    await client.query('commit');
    broken = false;
    return report;
  } catch (error) {
    await client.query('rollback').then(
      () => {
        broken = false;
      },
      () => undefined,
    );
    throw error;
  } finally {
    client.release(broken);
  }
}

type ChangeRow = VersionRow & { change: EntryChange['change']; before: VersionRow | null };

/** Facts of a version that a file says, for comparing two of them. */
const NOT_SAID: ReadonlySet<string> = new Set([
  'version',
  'kind',
  'key',
  'source',
  'validFrom',
  'fromBasis',
  'validTo',
  'toBasis',
  'previous',
  'importId',
  'closedBy',
  'successor',
]);

export function changedFields(before: EntryVersion, after: EntryVersion): readonly FieldChange[] {
  const flat = ({ more, ...facts }: EntryVersion): Record<string, unknown> => ({
    ...Object.fromEntries(Object.entries(facts).filter(([name]) => !NOT_SAID.has(name))),
    ...more,
  });
  const [old, now] = [flat(before), flat(after)];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((field) => JSON.stringify(old[field] ?? null) !== JSON.stringify(now[field] ?? null))
    .map((field) => ({ field, before: old[field] ?? null, after: now[field] ?? null }));
}

async function changesOf(pool: pg.Pool, importId: number, limit: number): Promise<readonly EntryChange[]> {
  const { rows } = await pool.query<ChangeRow>(
    `(select 'changed' as change, ${versionColumns('n')}, to_jsonb(o) as before
        from index_entry n join index_entry o on o.version = n.previous
       where n.import_id = $1 order by n.version limit $2)
     union all
     (select 'added', ${versionColumns('n')}, null
        from index_entry n where n.import_id = $1 and n.previous is null and n.closed_by is distinct from $1
       order by n.version limit $2)
     union all
     (select 'gone', ${versionColumns('g')}, null from index_entry g
       where g.closed_by = $1 and not exists (select from index_entry n
               where n.kind = g.kind and n.key = g.key and n.import_id = $1 and n.previous = g.version)
       order by g.version limit $2)`,
    [importId, limit],
  );
  return rows.map((row) => ({
    change: row.change,
    kind: row.kind,
    key: row.key,
    name: inOneLine(row.name),
    fields: row.before === null ? [] : changedFields(toRawVersion(row.before), toRawVersion(row)),
    successor: row.successor,
  }));
}

export function indexImports(pool: pg.Pool): IndexImports {
  return {
    importing: (work) => importing(pool, work),
    async imports(limit) {
      const { rows } = await pool.query<ImportRow>('select * from index_import order by import_id desc limit $1', [
        limit,
      ]);
      return rows.map(toSummary);
    },
    async report(importId, changes) {
      const { rows } = await pool.query<ImportRow>('select * from index_import where import_id = $1', [importId]);
      const [row] = rows;
      return row === undefined ? null : toReport(row, changes === 0 ? [] : await changesOf(pool, importId, changes));
    },
    async download(url) {
      const { rows } = await pool.query<{ etag: string | null; last_modified: string | null }>(
        'select etag, last_modified from index_download where url = $1',
        [url],
      );
      const [row] = rows;
      return row === undefined ? null : { url, etag: row.etag, lastModified: row.last_modified };
    },
    async downloaded({ url, etag, lastModified }: Download, at, importId) {
      await pool.query(
        `insert into index_download (url, etag, last_modified, checked_at, import_id) values ($1, $2, $3, $4, $5)
         on conflict (url) do update set etag = excluded.etag, last_modified = excluded.last_modified,
           checked_at = excluded.checked_at, import_id = coalesce(excluded.import_id, index_download.import_id),
           failures = 0, last_error = null`,
        [url, etag, lastModified, at, importId],
      );
    },
    async downloadFailed(url, at, reason) {
      await pool.query(
        `insert into index_download (url, checked_at, failures, last_error) values ($1, $2, 1, $3)
         on conflict (url) do update set checked_at = excluded.checked_at, failures = index_download.failures + 1,
           last_error = excluded.last_error`,
        [url, at, cleanText(reason)],
      );
    },
  };
}
