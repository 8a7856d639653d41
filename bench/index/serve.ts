/** Only the service's look-ups, in a separate process: takes a database, reports its port and the cost of starting. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openLogger } from '../../src/adapters/logger.ts';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { indexEntries } from '../../src/adapters/postgres/index/entries.ts';
import { indexLayer } from '../../src/adapters/postgres/index/layer.ts';
import { postgresViews } from '../../src/adapters/postgres/queries/views.ts';
import { buildServer } from '../../src/entrances/http/server.ts';
import { nodeTokenAlone } from '../../src/service/access/access.ts';
import { openIndex } from '../../src/service/index/open-index.ts';

/** Nobody shows it: the look-ups are public here. */
const TOKEN = 'a token of the node that nobody shows';

process.once('message', async (url: string) => {
  const log = openLogger('warn');
  const clock = { now: () => new Date() };
  const pool = openPool(url, 'interpro bench look-ups');
  await pool.query('select 1');
  const before = memory();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const started = performance.now();
  const parts = { entries: indexEntries(pool), layer: indexLayer(pool) };
  const index = await openIndex({ ...parts, clock, log, node: 'bench', eager: true });
  await index.lookUp.suggest('comune', ['body'], 1);
  const readyMs = performance.now() - started;
  delays.disable();
  const server = await buildServer({
    views: postgresViews(pool),
    log,
    token: TOKEN,
    // No rate limit: the answers are what is measured.
    access: {
      access: nodeTokenAlone(TOKEN, clock, log),
      perMinute: 10_000_000,
      offices: null,
      proxies: { addresses: [], certificateHeader: null },
    },
    index: { ...index, publicPerMinute: 10_000_000 },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const address = server.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  process.send?.({ port, readyMs, blockedMs: delays.max / 1e6, megabytes: memory() - before });
});

/** Heap and buffers in MB, after a collection where the process was started with --expose-gc. */
function memory(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

process.on('SIGTERM', () => process.exit(0));
