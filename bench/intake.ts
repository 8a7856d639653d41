/** How fast certified mail becomes registrations: `npm run bench:intake -- --help`. The figures stand in README.md. */
import { HELP, readOptions } from './intake/options.ts';
import { drain, quiet } from './intake/scenarios.ts';
import { setStage } from './intake/stage.ts';
import type { Measurement } from './report.ts';
import { runBench } from './run.ts';

await runBench({
  name: 'intake',
  help: HELP,
  readOptions,
  async work(options, say, onEnd) {
    const users = [...[...options.sizes.keys()].map((size) => `drain${size}`), 'quiet'];
    const stage = await setStage(users, onEnd);
    const rows: Measurement[] = [];
    for (const [size, messages] of options.sizes)
      rows.push(...(await drain(stage, size, messages, options.profile, say)));
    if (options.idle + options.large > 0)
      rows.push(...(await quiet(stage, options.idle, options.large, options.profile, say)));
    return rows;
  },
});
