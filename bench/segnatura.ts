/** How fast segnature are read, written, sealed and verified: `npm run bench:segnatura -- --help`. Metrics: README.md. */
import { runBench } from './run.ts';
import { memory } from './segnatura/memory.ts';
import { HELP, readOptions } from './segnatura/options.ts';
import { rates } from './segnatura/rates.ts';

await runBench({
  name: 'segnatura',
  help: HELP,
  readOptions,
  work: async ({ documents, seconds }, say) => [
    ...(seconds > 0 ? await rates(seconds, say) : []),
    ...(documents > 0 ? await memory(documents, say) : []),
  ],
});
