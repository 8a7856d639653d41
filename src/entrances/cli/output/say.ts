import { escaped } from './escaped.ts';

/** Prints a line and returns the exit code of success. What it says may come from outside: see `escaped`. */
export function say(text: string): 0 {
  process.stdout.write(`${escaped(text)}\n`);
  return 0;
}

/** Prints a line beside the output proper: what went wrong, a note. */
export const complain = (text: string): void => void process.stderr.write(`${escaped(text)}\n`);
