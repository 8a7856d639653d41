// Given to a process by --import: every module that it loads, imported or required, is a line of the file LOADS_FILE.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.LOADS_FILE, `${url}\n`);
    return nextLoad(url, context);
  },
});
