import { parseArgs } from 'node:util';
import { legalStamp } from '../../kernel/clock.ts';
import type { AooId } from '../../kernel/ids.ts';
import { PROBLEMS } from '../../kernel/problems.ts';
import type { TextState } from '../../model/document-text.ts';
import { withTexts } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { officeNamed } from './input/office-named.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const STATES = ['failed', 'none', 'encrypted', 'scanned', 'cut', 'complete'] as const satisfies readonly TextState[];

const HELP = `Usage: interpro text status [--aoo IPA/AOO] [--json]
       interpro text retry  [--aoo IPA/AOO] [--state STATE…] [--rescan] [--json]

The texts of documents, which the search looks through; the running service reads them. "status" counts them by state and
tells what waits and how much of the backlog nobody has looked at yet. "retry" has texts read again.

  --aoo IPA/AOO    one office (default: all)
  --state STATE    which texts are read again: ${STATES.join(', ')}; may be repeated (default: failed)
  --rescan         asks all registrations for their documents once more: after rows came in beside the service
  --json`;

export async function runText(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      aoo: { type: 'string' },
      state: { type: 'string', multiple: true },
      rescan: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return say(HELP);
  const [act, ...more] = positionals;
  if ((act !== 'status' && act !== 'retry') || more.length > 0) return sayMisuse('text', 'say status or retry');
  const states = STATES.filter((one) => (values.state ?? ['failed']).includes(one));
  if (act === 'status' && (values.state !== undefined || values.rescan))
    return sayMisuse('text', '--state and --rescan belong to retry');
  if (states.length < new Set(values.state).size) return sayMisuse('text', `--state is one of ${STATES.join(', ')}`);
  const { config, databaseUrl } = findService();
  const office = values.aoo === undefined ? null : officeNamed(values.aoo, config.offices);
  if (values.aoo !== undefined && office === null) {
    complain(`interpro text: no office ${values.aoo}`);
    return 1;
  }
  const offices = office === null ? config.offices : [office];
  if (act === 'status') return status(databaseUrl, office?.aoo ?? null, values.json ?? false);
  const queued = await withTexts(databaseUrl, async (texts) => {
    if (values.rescan) for (const { aoo } of offices) await texts.rescan(aoo);
    let count = 0;
    for (const { aoo } of offices) count += await texts.retry(aoo, states);
    return count;
  });
  return say(values.json ? JSON.stringify({ queued }) : `${queued} document(s) wait to be read again`);
}

async function status(databaseUrl: string, aoo: AooId | null, isJson: boolean): Promise<number> {
  const { counts, queues } = await withTexts(databaseUrl, (texts) => texts.status(aoo));
  if (isJson) return say(JSON.stringify({ queues, counts }));
  const rows = counts.map(({ state, reason, count, ...office }) => [
    ...[office.aoo, state, String(count)],
    reason === null ? '' : PROBLEMS[reason].sentence,
  ]);
  if (rows.length > 0) say(table(['office', 'state', 'documents', 'why'], rows, outputWidth()));
  for (const { waiting, backlog, lastAt, ...office } of queues)
    say(
      `${office.aoo}: ${waiting} waiting, ${backlog} registration(s) not looked at yet, last read ${
        lastAt === null ? 'never' : legalStamp(lastAt)
      }`,
    );
  return 0;
}
