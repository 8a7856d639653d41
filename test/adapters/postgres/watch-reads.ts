/** What PostgreSQL really reads for the statements that our code sends: none of them is copied into a test. */
import type pg from 'pg';

/** One scan of a plan. `rows`: all it looked at, also those it threw away. */
export interface Read {
  readonly node: string;
  readonly table: string;
  /** Null: the table itself, from its first row to its last. */
  readonly index: string | null;
  readonly rows: number;
}

export interface Watched {
  /** Asks as the pool does, and keeps what each statement read. */
  readonly pool: pg.Pool;
  /** Everything read since the last time. */
  take(): readonly Read[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

type Query = (text: string, values?: readonly unknown[]) => Promise<pg.QueryResult>;
type Asked = readonly [statement: string | pg.QueryConfig, values?: readonly unknown[]];

export function watchReads(pool: pg.Pool): Watched {
  let reads: Read[] = [];
  const watching =
    (query: Query) =>
    async (...[statement, given]: Asked): Promise<pg.QueryResult> => {
      const text = typeof statement === 'string' ? statement : statement.text;
      const values = given ?? (typeof statement === 'string' ? undefined : statement.values);
      if (/^\s*(select|with)\b/i.test(text)) {
        const { rows } = await query(`explain (analyze, timing off, format json) ${text}`, values);
        for (const plan of (rows[0]?.['QUERY PLAN'] ?? []) as { readonly Plan: PlanNode }[])
          reads.push(...readsOf(plan.Plan));
      }
      return query(text, values);
    };
  const watchedPool = Object.create(pool, {
    query: { value: watching((text, values) => pool.query(text, values as unknown[] | undefined)) },
    connect: {
      value: async () => {
        const client = await pool.connect();
        return Object.create(client, {
          query: { value: watching((text, values) => client.query(text, values as unknown[] | undefined)) },
          release: { value: (error?: Error) => client.release(error) },
        });
      },
    },
  }) as pg.Pool;
  return {
    pool: watchedPool,
    take() {
      const taken = reads;
      reads = [];
      return taken;
    },
  };
}

function readsOf(node: PlanNode): readonly Read[] {
  const below = (node.Plans ?? []).flatMap(readsOf);
  const table = node['Relation Name'];
  if (table === undefined) return below;
  const thrownAway = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
  const rows = Math.round((node['Actual Rows'] + thrownAway) * node['Actual Loops']);
  return [...below, { node: node['Node Type'], table, index: node['Index Name'] ?? bitmapOf(node), rows }];
}

/** A bitmap names its indexes below. */
function bitmapOf(node: PlanNode): string | null {
  const names = (node.Plans ?? [])
    .flatMap((plan) => [plan['Index Name'] ?? bitmapOf(plan)])
    .filter((name) => name !== null);
  return node['Node Type'] === 'Bitmap Heap Scan' || node['Node Type'].startsWith('Bitmap') ? names.join(' ') : null;
}
