/** Look-ups in a full-size index over HTTP: how fast they are, and how often the right AOO comes first. */
import pg from 'pg';
import { startChild } from '../intake/child.ts';
import { type Measurement, measurement, quantile } from '../report.ts';
import type { Answered, Load } from './load.ts';
import { type MistypedQuery, mistypedQueries, type Target } from './mistyped.ts';

export interface LookUpOptions {
  readonly perSecond: number;
  readonly seconds: number;
  readonly queries: number;
  readonly seed: number;
}
export const LOOK_UP_OPTIONS: LookUpOptions = { perSecond: 500, seconds: 8, queries: 2_000, seed: 1 };

interface Served {
  readonly port: number;
  readonly readyMs: number;
  readonly blockedMs: number;
  readonly megabytes: number;
}

/** The database already holds the index. */
export async function measureLookUps(
  databaseUrl: string,
  options: LookUpOptions,
  say: (line: string) => void,
): Promise<readonly Measurement[]> {
  const { targets, addresses, bodies } = await readTargets(databaseUrl);
  const service = startChild('../index/serve.ts');
  const load = startChild('../index/load.ts');
  try {
    const served = (await service.ask(databaseUrl)) as Served;
    say(`index in memory after ${(served.readyMs / 1000).toFixed(1)} s`);
    const queries = mistypedQueries(targets, options.queries, options.seed);
    const score = await quality(served.port, queries, say);
    const { perSecond, seconds } = options;
    const ask = async (target: Load['target'], time = seconds): Promise<Answered> => {
      const answered = (await load.ask({ perSecond, seconds: time, target })) as Answered;
      if (answered.failures > 0) say(`${answered.failures} questions failed`);
      return answered;
    };
    const exact = targets.flatMap(({ key }, index) => [
      `${BASE}/aoos/${key}`,
      `${BASE}/bodies/${encodeURIComponent(bodies[index % bodies.length] ?? '')}`,
      `${BASE}/addresses/${encodeURIComponent(addresses[index % addresses.length] ?? '')}`,
    ]);
    const versions = targets.map(({ version }) => version);
    await ask({ port: served.port, paths: exact }, 2);
    const baseline = await ask({ url: databaseUrl, versions });
    const exactly = await ask({ port: served.port, paths: exact });
    const paths = queries.map(({ text }) => pathOf(text));
    await ask({ port: served.port, paths }, 2);
    const freely = await ask({ port: served.port, paths });
    const p = (answered: Answered, share: number): number => quantile(answered.milliseconds, share);
    const base99 = p(baseline, 0.99);
    const base95 = p(baseline, 0.95);
    return [
      measurement('look-up by key, p50', p(exactly, 0.5), 'ms', { baseline: p(baseline, 0.5) }),
      measurement('look-up by key, p99', p(exactly, 0.99), 'ms', { baseline: base99, atMost: 5 }),
      measurement('free text, p50', p(freely, 0.5), 'ms', { baseline: p(baseline, 0.5) }),
      measurement('free text, p95', p(freely, 0.95), 'ms', { baseline: base95, atMost: 15 }),
      measurement('mistyped, right AOO first', 100 * score.first, '%', { atLeast: 95 }),
      measurement('mistyped, right AOO among five', 100 * score.five, '%', { atLeast: 99 }),
      measurement('search index ready after', served.readyMs / 1000, 's'),
      measurement('search index, memory', served.megabytes, 'MB', { atMost: 150 }),
      measurement('search index, longest block', served.blockedMs, 'ms', { atMost: 50 }),
    ];
  } finally {
    await Promise.all([service.stop(), load.stop()]);
  }
}

const BASE = '/rest/interpro/v1/index';
const pathOf = (text: string): string => `${BASE}/entries?kind=aoo&limit=5&text=${encodeURIComponent(text)}`;

async function readTargets(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Target & { key: string; address: string | null }>(
      `select e.version::int, e.key, e.body, e.name, e.body_name as "bodyName", e.province, p.name as municipality,
              e.mails -> 0 ->> 'address' as address
         from index_entry e left join index_place p on p.cadastral = e.cadastral
        where e.kind = 'aoo' and e.valid_to is null order by md5(e.key)`,
    );
    return {
      targets: rows,
      addresses: rows.flatMap(({ address }) => (address === null ? [] : [address])).slice(0, 10_000),
      bodies: [...new Set(rows.map(({ body }) => body))],
    };
  } finally {
    await client.end();
  }
}

async function quality(
  port: number,
  queries: readonly MistypedQuery[],
  say: (line: string) => void,
): Promise<{ readonly first: number; readonly five: number }> {
  let first = 0;
  let five = 0;
  const missed: string[] = [];
  const kinds = new Map<string, number>();
  for (const { text, meant, mistakes, version } of queries) {
    const answer = await fetch(`http://127.0.0.1:${port}${pathOf(text)}`);
    const { items } = (await answer.json()) as {
      items: readonly { version: number; name: string; bodyName?: string }[];
    };
    const place = items.findIndex((item) => item.version === version);
    if (place === 0) first += 1;
    else for (const mistake of mistakes) kinds.set(mistake, (kinds.get(mistake) ?? 0) + 1);
    if (place >= 0 && place < 5) five += 1;
    else missed.push(`"${text}" meant "${meant}", found ${items[0]?.bodyName ?? 'nothing'} / ${items[0]?.name ?? ''}`);
  }
  say(`${queries.length} mistyped queries: right AOO first ${first}, among five ${five}`);
  for (const line of missed.slice(0, 5)) say(`  not among five: ${line}`);
  say(`  not first, by mistake: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
  return { first: first / queries.length, five: five / queries.length };
}
