/**
 * From the staging table into the versions: a few statements over whole sets, whatever the number of rows. Rows that
 * differ are ended and followed by a new version; rows the file no longer has are ended; the rest is not touched.
 */
import type { PoolClient } from 'pg';
import type { CarriedField } from '../../../model/ipa.ts';
import type { Application, Staged, StagedEntry } from '../../../service/index/ports.ts';
import { copyIn, copyText } from './copy-in.ts';
import { COLUMNS, columnOf, TEXT_FIELDS } from './version-rows.ts';

const FIELD_COLUMNS = [...Object.values(COLUMNS), 'mails'];
/** Characters sent at a time. */
const CHUNK = 1 << 17;
const NULL = '\\N';

export async function createStaging(client: PoolClient): Promise<void> {
  await client.query(`create temp table staged (key text not null, body_key text not null,
    ${TEXT_FIELDS.map((field) => `${COLUMNS[field]} ${field === 'established' || field === 'updated' ? 'date' : 'text'}`).join(', ')},
    mails jsonb not null, more jsonb not null, ceased date) on commit drop`);
}

/** The readers let no NUL and no lone surrogate pass, which PostgreSQL refuses. */
function rowText({ entry }: StagedEntry): string {
  let text = `${copyText(entry.key)}\t${copyText(entry.body.toLowerCase())}`;
  for (const field of TEXT_FIELDS) text += `\t${copyText(entry[field])}`;
  const mails = entry.mails.length === 0 ? '[]' : copyText(JSON.stringify(entry.mails));
  let more = '{}';
  for (const _ in entry.more) {
    more = copyText(JSON.stringify(entry.more));
    break;
  }
  return `${text}\t${mails}\t${more}`;
}

async function* copyChunks(
  rows: AsyncIterable<readonly StagedEntry[]>,
  end: (row: StagedEntry) => string,
): AsyncGenerator<string> {
  let chunk = '';
  for await (const batch of rows) {
    for (const row of batch) {
      chunk += `${rowText(row)}\t${end(row)}\n`;
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = '';
    }
  }
  if (chunk !== '') yield chunk;
}

const ROW_COLUMNS = ['key', 'body_key', ...FIELD_COLUMNS, 'more'].join(', ');

export async function fillStaging(client: PoolClient, rows: AsyncIterable<readonly StagedEntry[]>): Promise<void> {
  await copyIn(
    client,
    `staged (${ROW_COLUMNS}, ceased)`,
    copyChunks(rows, ({ ceased }) => ceased ?? NULL),
  );
}

/**
 * The very first rows of a kind need no comparison: they are written where they belong while the file is read. What
 * becomes of each is what `insertVersions` would make of it. Resolves with the number of rows.
 */
export async function fillEmpty(
  client: PoolClient,
  rows: AsyncIterable<readonly StagedEntry[]>,
  { kind, source, asOf }: Pick<Staged, 'kind' | 'source' | 'asOf'>,
  importId: number,
): Promise<number> {
  const fixed = [kind, copyText(source), String(importId)].join('\t');
  const validity = ({ entry, ceased }: StagedEntry): string => {
    if (ceased !== null) {
      const from = entry.established !== null && entry.established < ceased ? entry.established : ceased;
      return [from, 'declared', ceased, 'declared', String(importId)].join('\t');
    }
    const isDeclared = entry.updated !== null && entry.updated <= asOf;
    return [isDeclared ? entry.updated : asOf, isDeclared ? 'declared' : 'observed', NULL, NULL, NULL].join('\t');
  };
  const columns = `${ROW_COLUMNS}, kind, source, import_id, valid_from, from_basis, valid_to, to_basis, closed_by`;
  const chunks = copyChunks(rows, (row) => `${fixed}\t${validity(row)}`);
  const added = await copyIn(client, `index_entry (${columns})`, chunks);
  await client.query(
    `with fresh as (select version, mails from index_entry where import_id = $1 and kind = $2) ${ADDRESSED}`,
    [importId, kind],
  );
  if (kind === 'body') await learnPlaces(client, importId);
  return added;
}

/** `more` of the new version: what the layout speaks of is replaced, what it is silent about stays. */
const MORE = (old: string) =>
  `(case when ${old}.version is null then s.more else (${old}.more - $1::text[]) || s.more end)`;

/** True where the staged row says something else than the current one. */
function differs(staged: Staged): string {
  const derived = new Set(staged.derived);
  const plain = staged.carried.filter((field) => !derived.has(field)).map(columnOf);
  const list = (alias: string) => plain.map((column) => `${alias}.${column}`).join(', ');
  return [
    `(${list('s')}) is distinct from (${list('e')})`,
    ...staged.derived.map(
      (field) => `(s.${columnOf(field)} is not null and s.${columnOf(field)} is distinct from e.${columnOf(field)})`,
    ),
    `${MORE('e')} <> e.more`,
    'e.source <> $4',
  ].join(' or ');
}

/** What the new version holds in a column: of the file, or of the version before where the file is silent. */
function merged(staged: Staged): string {
  const carried = new Set<string>(staged.carried.map(columnOf));
  const derived = new Set<string>(staged.derived.map(columnOf));
  return FIELD_COLUMNS.map((column) => {
    if (derived.has(column)) return `coalesce(s.${column}, p.${column})`;
    if (carried.has(column)) return `s.${column}`;
    // A row that is new here has at least what the reader worked out (code, body, name).
    return column === 'mails' ? `coalesce(p.mails, s.mails)` : `coalesce(p.${column}, s.${column})`;
  }).join(', ');
}

/** The day a version ends or begins: the source's own last change where it fits in, else the day of the data. */
const DAY = (after: string) =>
  `case when s.updated > ${after} and s.updated <= $5::date then s.updated else greatest($5::date, ${after}) end`;
const BASIS = (after: string) =>
  `case when s.updated > ${after} and s.updated <= $5::date then 'declared' else 'observed' end`;

export async function applyStaged(client: PoolClient, staged: Staged, importId: number): Promise<Application> {
  const { kind, source, asOf } = staged;
  // Whole sets meet whole sets: a planner without statistics of a table just filled would go row by row, and take minutes.
  await client.query(`set local enable_nestloop = off; set local work_mem = '64MB'; set local jit = off`);
  // One list of parameters for all statements; PostgreSQL wants to know the type of those a statement does not use.
  const values = [staged.carriedMore, kind, importId, source, asOf];
  const typed = (text: string) =>
    `with parameters as (select $1::text[], $2::text, $3::bigint, $4::text, $5::date) ${text}`;
  const run = async (text: string): Promise<number> => (await client.query(typed(text), [...values])).rowCount ?? 0;

  if (kind === 'aoo') await adoptKeys(client, staged.carried);
  const older = await newerElsewhere(client, staged);
  if (older !== null) return older;
  const ended = await endVanished(client, staged, importId);
  if (ended.gone > ended.before * staged.shrinkLimit) return { outcome: 'shrunken', ...ended };
  const ceased =
    await run(`update index_entry e set valid_to = greatest(e.valid_from, s.ceased), to_basis = 'declared', closed_by = $3
      from staged s where e.kind = $2 and e.key = s.key and e.valid_to is null and s.ceased is not null`);
  const changed =
    await run(`update index_entry e set valid_to = ${DAY('e.valid_from')}, to_basis = ${BASIS('e.valid_from')}, closed_by = $3
      from staged s where e.kind = $2 and e.key = s.key and e.valid_to is null and s.ceased is null and (${differs(staged)})`);
  const opened = await run(insertVersions(staged));
  const gone = ended.gone + ceased;
  const added = opened - changed;
  if (gone > 0 && added > 0) await nameSuccessors(client, kind, importId);
  if (kind === 'body' && opened > 0) await learnPlaces(client, importId);
  return { outcome: 'applied', applied: { added, changed, gone } };
}

/**
 * The older layouts know an AOO by its code within its body, the newer ones by Codice_uni_aoo too: the row that is there
 * takes the key that says more, in all its versions; a file that lacks it finds the row by the code.
 */
async function adoptKeys(client: PoolClient, carried: readonly CarriedField[]): Promise<void> {
  if (carried.includes('uniCode')) {
    await client.query(`update index_entry e set key = s.key from staged s
      where s.uni_code is not null and e.kind = 'aoo' and e.key = lower(s.body_key || '/' || s.code) and e.key <> s.key
        and not exists (select from index_entry o where o.kind = 'aoo' and o.key = s.key)
        and not exists (select from staged t where t.body_key = s.body_key and lower(t.code) = lower(s.code) and t.key <> s.key)`);
    return;
  }
  await client.query(`update staged s set key = e.key from (
      select body_key, lower(code) as code, max(key) as key from index_entry
       where kind = 'aoo' and uni_code is not null
       group by body_key, lower(code) having count(distinct key) = 1) e
    where e.body_key = s.body_key and e.code = lower(s.code)`);
}

/** A source does not override, with what it says of an earlier day, what another one says of a later one. */
async function newerElsewhere(client: PoolClient, staged: Staged): Promise<Application | null> {
  const { rows: newer } = await client.query<{ source: string; day: string }>(
    `select source, max(as_of) as day from index_import where source <> $1 and layout = any($2) and outcome <> 'refused'
      group by source having max(as_of) > $3`,
    [staged.source, staged.layouts, staged.asOf],
  );
  for (const { source, day } of newer) {
    const held = await client.query<{ rows: number }>(
      `select count(*) as rows from staged s join index_entry e on e.kind = $1 and e.key = s.key
        where e.valid_to is null and e.source = $2`,
      [staged.kind, source],
    );
    const rows = held.rows[0]?.rows ?? 0;
    if (rows > 0) return { outcome: 'older', rows, source, day };
  }
  return null;
}

async function endVanished(
  client: PoolClient,
  staged: Staged,
  importId: number,
): Promise<{ gone: number; before: number }> {
  if (staged.partial) return { gone: 0, before: 0 };
  const counted = await client.query<{ before: number }>(
    'select count(*) as before from index_entry where kind = $1 and source = $2 and valid_to is null',
    [staged.kind, staged.source],
  );
  const ended = await client.query(
    `update index_entry e set valid_to = greatest(e.valid_from, $4::date), to_basis = 'observed', closed_by = $3
      where e.kind = $1 and e.source = $2 and e.valid_to is null and e.key <> all($5)
        and (e.kind <> 'aoo' or e.body_key || '/' || lower(e.code) <> all($5))
        and not exists (select from staged s where s.key = e.key)`,
    [staged.kind, staged.source, importId, staged.asOf, staged.spared],
  );
  return { gone: ended.rowCount ?? 0, before: counted.rows[0]?.before ?? 0 };
}

/** Rows for the certified addresses of the versions in `fresh`; most versions have one mail, which needs no unnesting. */
const ADDRESSED = `insert into index_address (address, version, position, kind)
    select mails -> 0 ->> 'address', version, 1, mails -> 0 ->> 'kind' from fresh where mails -> 0 ->> 'kind' <> 'other'
    union all
    select mail ->> 'address', version, position, mail ->> 'kind'
      from fresh, jsonb_array_elements(mails) with ordinality as each (mail, position)
     where jsonb_array_length(mails) > 1 and position > 1 and mail ->> 'kind' <> 'other'`;

function insertVersions(staged: Staged): string {
  return `, fresh as (
    insert into index_entry (kind, key, source, body_key, ${FIELD_COLUMNS.join(', ')}, more,
                             valid_from, from_basis, valid_to, to_basis, previous, import_id, closed_by)
    select $2, s.key, $4, s.body_key, ${merged(staged)}, ${MORE('p')},
           case when s.ceased is not null then least(coalesce(s.established, s.ceased), s.ceased)
                when p.version is not null then p.valid_to
                when past.key is not null then $5 else ${DAY("'0001-01-01'::date")} end,
           case when s.ceased is not null then 'declared'
                when p.version is not null then p.to_basis
                when past.key is not null then 'observed' else ${BASIS("'0001-01-01'::date")} end,
           s.ceased, case when s.ceased is not null then 'declared' end,
           p.version, $3, case when s.ceased is not null then $3 end
      from staged s
      left join index_entry e on e.kind = $2 and e.key = s.key and e.valid_to is null
      left join index_entry p on p.closed_by = $3 and p.kind = $2 and p.key = s.key and s.ceased is null
      left join (select distinct key from index_entry where kind = $2 and valid_to is not null) past on past.key = s.key
     where e.version is null and (s.ceased is null or past.key is null)
    returning version, mails)
  , addressed as (${ADDRESSED})
  select from fresh`;
}

/**
 * Who goes on for a row that vanished: a row that came with the same import and has the same tax code (bodies) or the
 * same first certified address, if it is the only one.
 */
async function nameSuccessors(client: PoolClient, kind: string, importId: number): Promise<void> {
  const mark = kind === 'body' ? 'tax_code' : `jsonb_path_query_first(mails, '$[*] ? (@.kind != "other").address')`;
  await client.query(
    `with fresh as (
       select min(key) as key, mark from (select key, ${mark} as mark from index_entry
         where import_id = $1 and kind = $2 and previous is null and valid_to is null) f
        where mark is not null group by mark having count(*) = 1)
     update index_entry e set successor = fresh.key from fresh
      where e.closed_by = $1 and e.kind = $2 and ${mark.replace('(mails', '(e.mails').replace(/^tax_code/, 'e.tax_code')} = fresh.mark and e.key <> fresh.key
        and not exists (select from index_entry n where n.kind = e.kind and n.key = e.key and n.valid_to is null)`,
    [importId, kind],
  );
}

/** Names for the codes of municipalities, from the bodies that are municipalities. */
async function learnPlaces(client: PoolClient, importId: number): Promise<void> {
  await client.query(
    `insert into index_place (cadastral, istat, name, province, region)
     select distinct on (cadastral) cadastral, istat,
            coalesce(municipality, regexp_replace(name, '^ *comune +d(?:i|ell[aeo]|el|ei|egli|'') *', '', 'i')), province, region
       from index_entry
      where import_id = $1 and kind = 'body' and valid_to is null and cadastral is not null
        and (category = 'L6' or code ~* '^c_[a-z][0-9]{3}$' or (category is null and name ~* '^ *comune +d'))
      order by cadastral, version
     on conflict (cadastral) do update set istat = coalesce(excluded.istat, index_place.istat), name = excluded.name,
       province = coalesce(excluded.province, index_place.province), region = coalesce(excluded.region, index_place.region)`,
    [importId],
  );
}
