/** Prints a line for the user and gives the exit code of a command that did what it was asked. */
export function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
