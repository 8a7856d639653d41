import { parseArgs } from 'node:util';
import { updateDatabase } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { say } from './output/say.ts';

const HELP = `Usage: interpro migrate [--json]

Brings the database to the current schema, as its owner (DATABASE_OWNER_URL, else DATABASE_URL), and lets the user of
DATABASE_URL work on it. Running it again changes nothing.`;

export async function runMigrate(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (values.help) return say(HELP);
  const { ownerUrl, databaseUrl } = findService();
  const done = await updateDatabase(ownerUrl, databaseUrl);
  if (values.json) say(JSON.stringify(done));
  else
    say(
      done.applied.length > 0
        ? `applied: ${done.applied.join(', ')}`
        : `nothing to do: the database is at ${done.current}`,
    );
  return 0;
}
