import { complain } from './say.ts';

/** What was wrong with the command, and how to ask for its help: the help itself would hide it. Returns the exit code. */
export function sayMisuse(command: string, reason: string): 2 {
  complain(`interpro ${command}: ${reason}\nhow it is used: interpro ${command} --help`);
  return 2;
}
