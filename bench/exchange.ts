/** How fast two councils exchange messages: `npm run bench:exchange -- --help`. The figures stand in README.md. */
import { HELP, readOptions } from './exchange/options.ts';
import { exchange, manyRecipients } from './exchange/scenarios.ts';
import { setStage } from './exchange/stage.ts';
import type { Measurement } from './report.ts';
import { runBench } from './run.ts';

const PACE = 5;

await runBench({
  name: 'exchange',
  help: HELP,
  readOptions,
  async work({ messages, paced, recipients, profile }, say, onEnd) {
    const stage = await setStage(profile, onEnd);
    const rows: Measurement[] = [];
    if (messages > 0) rows.push(...(await exchange(stage, messages, null, say)));
    if (paced > 0) rows.push(...(await exchange(stage, paced, PACE, say)));
    if (recipients > 0) rows.push(...(await manyRecipients(stage, recipients, say)));
    return rows;
  },
});
