import { parseArgs } from 'node:util';
import { openPool } from '../../adapters/postgres/pool.ts';
import { postgresViews } from '../../adapters/postgres/views.ts';
import { findService } from './environment.ts';
import { say } from './say.ts';

const HELP = `Usage: interpro audit [--json]

Walks the audit chain of every office: each record carries the hash of the one before it. Exits 1 when one does not fit.`;

export async function runAudit(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const pool = openPool(findService().databaseUrl, 'interpro audit', 2);
  try {
    const chains = await postgresViews(pool).verifyAudit();
    if (values.json) console.log(JSON.stringify(chains, null, 2));
    else
      for (const { aoo, records, brokenAt } of chains)
        console.log(`${aoo}: ${brokenAt === null ? `whole, ${records} records` : `BROKEN at record ${brokenAt}`}`);
    return chains.every(({ brokenAt }) => brokenAt === null) ? 0 : 1;
  } finally {
    await pool.end();
  }
}
