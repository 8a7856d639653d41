/** Holds the rows of the register against what the audit chain says of them, in pages: a row altered, removed or put in is named. */
import type pg from 'pg';
import type { AuditFinding, AuditVerdict } from '../../../service/queries/views.ts';
import { COVERED, type CoveredTable, differences, type RowClaim, tableOf } from '../office/covered-rows.ts';
import { countRows, readRows, unrecorded } from './read-covered.ts';
import { type EarlierClaim, isLinked, unlawfulLinks } from './verify-links.ts';

export interface RowCheck {
  /** A record covers these rows as of its place in the chain. */
  claims(seq: number, rows: readonly RowClaim[]): void;
  /** So many rows were there before rows of these tables were covered. */
  before(counts: Readonly<Record<string, number>>): void;
  report(finding: AuditFinding): void;
  /** Compares what was claimed since the last time. */
  compare(): Promise<void>;
  /** Looks for rows that no record covers. False: what was skipped is not there any more, and everything has to be compared. */
  end(): Promise<boolean>;
  result(): RowResult;
}

export type RowResult = Pick<
  AuditVerdict,
  'covered' | 'notCovered' | 'waiting' | 'found' | 'findings' | 'registrations'
>;

/** What an interrupted audit has compared, but for the rows that were written since. */
export interface Compared {
  readonly seq: number;
  readonly touched: ReadonlyMap<CoveredTable, ReadonlySet<string>>;
}

/** So many are named; the others are counted. */
const NAMED = 100;
/** Rows that are read at a time: those of a registration with many recipients are large. */
const CHUNK = 500;
export const COVERED_TABLES = Object.keys(COVERED) as readonly CoveredTable[];

/** A state that goes on, with its history beside it: the last record about it counts. */
const isState = (table: CoveredTable): boolean => table === 'assignment';
/** One claim each. */
export const isOnce = (table: CoveredTable): boolean => !isState(table) && !isLinked(table);

interface Claimed {
  readonly seq: number;
  readonly claim: RowClaim;
}

function openFindings() {
  const findings: AuditFinding[] = [];
  let found = 0;
  const report = (finding: AuditFinding): void => {
    // Several records may speak of the same row.
    if (findings.some((one) => JSON.stringify(one) === JSON.stringify(finding))) return;
    found += 1;
    if (findings.length < NAMED) findings.push(finding);
  };
  return { findings, report, found: () => found };
}

/** What one walk has seen. */
interface Tally {
  readonly client: pg.PoolClient;
  readonly aoo: string;
  readonly covered: Map<CoveredTable, number>;
  /** Rows of before each table was covered, as the chain says. */
  readonly before: Map<string, number>;
  readonly report: RowCheck['report'];
  notCovered: number;
  registrationsOfBefore: number;
  waiting: number;
}

const count = ({ covered }: Tally, table: CoveredTable): void => void covered.set(table, (covered.get(table) ?? 0) + 1);

export function openRowCheck(client: pg.PoolClient, aoo: string, known: Compared | null = null): RowCheck {
  let pending = new Map<CoveredTable, Claimed[]>();
  const { findings, report, found } = openFindings();
  const counts = { notCovered: 0, registrationsOfBefore: 0, waiting: 0 };
  const tally: Tally = { client, aoo, covered: new Map(), before: new Map(), report, ...counts };
  const { covered, before } = tally;
  const isKnown = (seq: number, [table, key]: RowClaim): boolean =>
    known !== null && seq <= known.seq && known.touched.get(table)?.has(JSON.stringify(key)) === false;
  return {
    report,
    claims(seq, rows) {
      for (const claim of rows) {
        const [table] = claim;
        if (isKnown(seq, claim)) count(tally, table);
        else if (table in COVERED) pending.getOrInsertComputed(table, () => []).push({ seq, claim });
        else report({ table, key: claim[1].join('/'), what: 'missing', columns: [] });
      }
    },
    before(rows) {
      // Only the first says so of a table, and only where nothing of it was covered yet.
      for (const [table, number] of Object.entries(rows))
        if (!before.has(table) && !covered.has(table as CoveredTable) && !pending.has(table as CoveredTable))
          before.set(table, number);
    },
    async compare() {
      const all = pending;
      pending = new Map();
      for (const [table, claimed] of all) {
        const counted = new Set<string>();
        for (let at = 0; at < claimed.length; at += CHUNK)
          await compareChunk(tally, table, claimed.slice(at, at + CHUNK), counted);
      }
    },
    end: () => findUnrecorded(tally, known !== null),
    result: () => ({
      registrations: (covered.get('registration') ?? 0) + tally.registrationsOfBefore,
      covered: covered.values().reduce((sum, rows) => sum + rows, 0),
      notCovered: tally.notCovered,
      waiting: tally.waiting,
      found: found(),
      findings,
    }),
  };
}

/** `counted`: the rows that the records of this page have covered, so that none counts for another. */
async function compareChunk(
  tally: Tally,
  table: CoveredTable,
  chunk: readonly Claimed[],
  counted: Set<string>,
): Promise<void> {
  const { client, aoo, report } = tally;
  const claims = chunk.map(({ claim }) => claim);
  const rows = await readRows(client, aoo, table, claims);
  const earlier: EarlierClaim[] = [];
  for (const [index, { seq, claim }] of chunk.entries()) {
    const row = rows.get(index);
    const named = { table: tableOf(table), key: claim[1].join('/') };
    if (row === undefined) {
      report({ ...named, what: 'missing', columns: [] });
      continue;
    }
    const isOlder = row.seq !== null && row.seq > seq;
    // A later record covers it as it is now.
    if (isOlder && isState(table)) continue;
    if (isOlder && isLinked(table)) {
      earlier.push({ claim, row });
      continue;
    }
    // As the row has it: a claim may write the same key in another way.
    const key = JSON.stringify(row.row.slice(0, COVERED[table].key));
    // It names another record, or this one speaks of it twice. What is written once is covered once.
    if (row.seq !== seq || counted.has(key)) {
      report({ ...named, what: 'altered', columns: [COVERED[table].seq ?? 'audit_seq'] });
      continue;
    }
    counted.add(key);
    count(tally, table);
    const columns = differences(claim, row);
    if (columns.length > 0) report({ ...named, what: 'altered', columns });
  }
  if (!isLinked(table)) return;
  for (const { claim, columns } of await unlawfulLinks(client, aoo, table, earlier))
    report({ table, key: claim[1].join('/'), what: 'altered', columns });
}

/** Rows that no record covers. False: of what was skipped, some is not there any more. */
async function findUnrecorded(tally: Tally, hasSkipped: boolean): Promise<boolean> {
  const { client, aoo, report, covered, before } = tally;
  for (const table of COVERED_TABLES) {
    const counts = await countRows(client, aoo, table);
    tally.notCovered += counts.old;
    tally.waiting += counts.waiting;
    if (table === 'registration') tally.registrationsOfBefore = counts.old;
    const expected = before.get(table) ?? 0;
    // Those of before are covered as soon as something happens to them.
    const isRight = isOnce(table) ? counts.old === expected : counts.old <= expected;
    if (!isRight) {
      const columns = [`${counts.old} rows of before there, ${expected} were counted`];
      report({ table: tableOf(table), key: '', what: counts.old > expected ? 'unrecorded' : 'missing', columns });
    }
    const recorded = covered.get(table) ?? 0;
    if (counts.without === 0 && counts.covered === recorded) continue;
    if (hasSkipped && counts.covered < recorded) return false;
    for await (const key of unrecorded(client, aoo, table))
      report({ table: tableOf(table), key, what: 'unrecorded', columns: [] });
  }
  return true;
}
