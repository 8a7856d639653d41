import { parseArgs } from 'node:util';
import { withViews } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { say } from './output/say.ts';

const HELP = `Usage: interpro audit [--json]

Walks the audit chain of every office: each record carries the hash of the one before it. Exits 1 when one does not fit.`;

export async function runAudit(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const chains = await withViews(findService().databaseUrl, (views) => views.verifyAudit());
  const line = ({ aoo, records, brokenAt }: (typeof chains)[number]): string =>
    `${aoo}: ${brokenAt === null ? `whole, ${records} records` : `BROKEN at record ${brokenAt}`}`;
  say(values.json ? JSON.stringify(chains, null, 2) : chains.map(line).join('\n'));
  return chains.every(({ brokenAt }) => brokenAt === null) ? 0 : 1;
}
