import { MisuseError } from '../input/given-files.ts';
import { say } from '../output/say.ts';
import { sayMisuse } from '../output/say-misuse.ts';
import { runCheck } from './segnatura-check.ts';
import { runConvert } from './segnatura-convert.ts';
import { runWrite } from './segnatura-write.ts';

const HELP = `Usage: interpro segnatura check FILE
       interpro segnatura write --generation 2001|2009|2013|3.0.0 MODEL.json
       interpro segnatura convert --to 2001|2009|2013|3.0.0 FILE

The segnatura and the return messages, in every generation. Each explains itself with --help.`;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  check: runCheck,
  write: runWrite,
  convert: runConvert,
};

export async function runSegnatura([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--help') return say(HELP);
  const run = Object.hasOwn(COMMANDS, name ?? '') ? COMMANDS[name ?? ''] : undefined;
  if (run === undefined) {
    return sayMisuse('segnatura', name === undefined ? 'say what: check, write or convert' : `there is no "${name}"`);
  }
  try {
    return await run(args);
  } catch (error) {
    if (!(error instanceof MisuseError)) throw error;
    return sayMisuse(`segnatura ${name}`, error.message);
  }
}
