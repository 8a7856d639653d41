/**
 * The lists of assignments. Each is a union of parts that one index serves in its order, so that a page costs the same
 * whatever lies with others; the longest waiting comes first.
 */
import type pg from 'pg';
import type { AssignedItem, AssignmentPage, AssignmentQuery } from '../../../service/assignments/assignment-views.ts';
import { MOST_COUNTED } from '../../../service/assignments/assignment-views.ts';
import type { Reader } from '../../../service/people/rights.ts';
import { prepared } from '../database/prepared.ts';
import { ABOUT_COLUMNS, VIEW_COLUMNS, VIEW_JOINS } from './assignment-rows.ts';
import { FORM } from './list-page.ts';

type ListQuery = Omit<AssignmentQuery, 'cursor' | 'limit'>;

/** Conditions of one part; `perUnit` is asked for each of the reader's units. */
interface Part {
  readonly where: string;
  readonly perUnit?: true;
}

/** $2: the person, $3: their units, $4: the unit that is asked for. */
function partsOf(reader: Reader, { list, scope }: ListQuery): readonly Part[] {
  const theirs = reader.all ? '' : ' and $4 = any($3)';
  const isOffice = scope === 'office' && reader.all;
  const own = (state: string): readonly Part[] => [
    {
      where: `s.state = '${state}' and s.unit_id = own.unit and (s.person_id is null or s.person_id = $2)`,
      perUnit: true,
    },
    { where: `s.state = '${state}' and s.person_id = $2 and (s.unit_id is null or s.unit_id <> all($3))` },
  ];
  const ofState = (state: string): readonly Part[] => (isOffice ? [{ where: `s.state = '${state}'` }] : own(state));
  switch (list) {
    case 'to-take':
      return ofState('assigned');
    case 'unread':
      return own('unread');
    case 'mine':
      return isOffice ? [{ where: "s.state = 'taken'" }] : [{ where: "s.state = 'taken' and s.person_id = $2" }];
    case 'returned':
      return [{ where: isOffice ? "s.state = 'returned'" : "s.state = 'returned' and s.assigned_by = $2" }];
    case 'of-unit':
      return ['assigned', 'taken'].map((state) => ({ where: `s.state = '${state}' and s.unit_id = $4${theirs}` }));
  }
}

const valuesOf = (reader: Reader, { aoo, unitId }: ListQuery): unknown[] => [
  aoo,
  reader.personId,
  reader.units,
  unitId ?? null,
];

/** Only the parameters that are used may be given: the others are named for nothing. */
const USES_ALL = '($2::uuid is null or true) and ($3::uuid[] is null or true) and ($4::uuid is null or true)';

function union(parts: readonly Part[], after: string, limit: string): string {
  const ofPart = ({ where, perUnit }: Part): string => {
    const rows = `select s.* from assignment s where s.aoo = $1 and ${where}${after}
      order by s.since, s.assignment_id limit ${limit}`;
    return perUnit ? `select p.* from unnest($3::uuid[]) as own (unit) cross join lateral (${rows}) p` : `(${rows})`;
  };
  return parts.map(ofPart).join('\nunion all\n');
}

export async function assignmentList(
  pool: pg.Pool,
  reader: Reader,
  { cursor, limit, ...query }: AssignmentQuery,
): Promise<AssignmentPage | null> {
  const after = cursor === null ? null : fromCursor(cursor);
  if (cursor !== null && after === null) return null;
  const values = valuesOf(reader, query);
  const rows = `$${values.push(limit + 1)}`;
  const beyond =
    after === null
      ? ''
      : ` and (s.since, s.assignment_id) > ($${values.push(after[0])}::timestamptz, $${values.push(after[1])}::uuid)`;
  const text = `
    with page as (select * from (${union(partsOf(reader, query), beyond, rows)}) s
                   where ${USES_ALL} order by since, assignment_id limit ${rows})
    select ${VIEW_COLUMNS}, s.since::text as at, ${ABOUT_COLUMNS}
      from page s join registration r on r.aoo = s.aoo and r.register = s.register and r.year = s.year and r.number = s.number
      ${VIEW_JOINS}
     order by s.since, s.assignment_id`;
  const found = await pool.query<AssignedItem & { at: string }>(prepared(text, values));
  const items = found.rows.slice(0, limit);
  const last = found.rows.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map(({ at: _, ...item }) => item),
    cursor: last === undefined ? null : toCursor([last.at, last.assignmentId]),
  };
}

export async function assignmentCount(pool: pg.Pool, reader: Reader, query: ListQuery): Promise<number> {
  const values = valuesOf(reader, query);
  const most = `$${values.push(MOST_COUNTED)}`;
  const found = await pool.query<{ count: number }>(
    prepared(
      `select count(*)::int as count from (select from (${union(partsOf(reader, query), '', most)}) s
         where ${USES_ALL} limit ${most}) counted`,
      values,
    ),
  );
  return found.rows[0]?.count ?? 0;
}

const toCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function fromCursor(cursor: string): readonly [string, string] | null {
  try {
    const keys: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(keys) || keys.length !== 2) return null;
    const [since, id] = keys as unknown[];
    if (typeof since !== 'string' || typeof id !== 'string') return null;
    return FORM.timestamptz.test(since) && FORM.uuid.test(id) ? [since, id] : null;
  } catch {
    return null;
  }
}
