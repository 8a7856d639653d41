import { Unusable } from './files.ts';
import { say } from './say.ts';
import { runCheck } from './segnatura-check.ts';

const HELP = `Usage: interpro segnatura check FILE

The segnatura and the return messages, in every generation. Explains itself with --help.`;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  check: runCheck,
};

export async function runSegnatura([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help') return say(HELP);
  const run = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name ?? ''] : undefined;
  if (run === undefined) {
    process.stderr.write(`${name === undefined ? '' : `interpro segnatura: there is no "${name}"\n`}${HELP}\n`);
    return 2;
  }
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    process.stderr.write(`interpro segnatura ${name}: ${error.message}\n`);
    return 2;
  }
}
