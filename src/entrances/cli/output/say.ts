/** Prints a line and returns the exit code of success. */
export function say(text: string): 0 {
  process.stdout.write(`${text}\n`);
  return 0;
}
