/**
 * The lists of assignments. Each is a union of parts that one index serves in its order, so that a page costs the same
 * whatever lies with others; the longest waiting comes first.
 */
import type pg from 'pg';
import type { AssignedItem, AssignmentPage, AssignmentQuery } from '../../../service/assignments/assignment-views.ts';
import { MOST_COUNTED } from '../../../service/assignments/assignment-views.ts';
import type { Reader } from '../../../service/people/rights.ts';
import { prepared } from '../database/prepared.ts';
import { ABOUT_COLUMNS, notAnnulled, VIEW_COLUMNS, VIEW_JOINS } from './assignment-rows.ts';
import { FORM } from './list-page.ts';
import { readable } from './reader.ts';

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
      where: `t.state = '${state}' and t.unit_id = own.unit and (t.person_id is null or t.person_id = $2)`,
      perUnit: true,
    },
    { where: `t.state = '${state}' and t.person_id = $2 and (t.unit_id is null or t.unit_id <> all($3))` },
  ];
  const ofState = (state: string): readonly Part[] => (isOffice ? [{ where: `t.state = '${state}'` }] : own(state));
  switch (list) {
    case 'to-take':
      return ofState('assigned');
    case 'unread':
      return own('unread');
    case 'mine':
      return isOffice ? [{ where: "t.state = 'taken'" }] : [{ where: "t.state = 'taken' and t.person_id = $2" }];
    case 'returned':
      return [{ where: isOffice ? "t.state = 'returned'" : "t.state = 'returned' and t.assigned_by = $2" }];
    case 'of-unit':
      return ['assigned', 'taken'].map((state) => ({ where: `t.state = '${state}' and t.unit_id = $4${theirs}` }));
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

/** Of the whole office, what the reader may not see is not there; what lies with somebody they see. */
const seenBy = (reader: Reader, values: unknown[]): string =>
  reader.all ? ` and ${readable('t', reader, (given) => `$${values.push(given)}`)}` : '';

function union(parts: readonly Part[], more: string, limit: string): string {
  const ofPart = ({ where, perUnit }: Part): string => {
    const rows = `select t.* from assignment t where t.aoo = $1 and ${where} and ${notAnnulled('t')}${more}
      order by t.since, t.assignment_id limit ${limit}`;
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
      : ` and (t.since, t.assignment_id) > ($${values.push(after[0])}::timestamptz, $${values.push(after[1])}::uuid)`;
  const more = `${beyond}${seenBy(reader, values)}`;
  const text = `
    with page as (select * from (${union(partsOf(reader, query), more, rows)}) s
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
  const seen = seenBy(reader, values);
  const found = await pool.query<{ count: number }>(
    prepared(
      `select count(*)::int as count from (select from (${union(partsOf(reader, query), seen, most)}) s
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
