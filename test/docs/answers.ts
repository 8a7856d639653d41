/** Runs the commands of a document and compares their answers with the ones it shows. */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Command, commandsOf, plain, runCommand, type Shell } from './guide.ts';

interface Answered {
  readonly command: Command;
  readonly answer: string;
}

/** With UPDATE_DOCS=1 the answers are written into the document first. Returns the number of commands that ran. */
export async function expectAnswers(
  file: string,
  shell: Shell,
  before: (command: Command) => Promise<void> = async () => undefined,
): Promise<number> {
  const answers: Answered[] = [];
  for (const command of commandsOf(readFileSync(file, 'utf8'))) {
    await before(command);
    answers.push({ command, answer: await runCommand(command, shell) });
  }
  compare(file, answers);
  return answers.length;
}

function compare(file: string, answers: readonly Answered[]): void {
  const before = readFileSync(file, 'utf8');
  const text = process.env['UPDATE_DOCS'] === '1' ? withAnswers(before, answers) : before;
  if (text !== before) writeFileSync(file, text);
  const written = commandsOf(text);
  for (const [index, { command, answer }] of answers.entries()) {
    const said = written[index]?.answer;
    // UPDATE_DOCS=1 npx vitest run test/docs writes an intended change.
    if (said != null) expect(plain(answer), command.text).toBe(plain(said.text));
  }
}

function withAnswers(document: string, answers: readonly Answered[]): string {
  let text = document;
  // From the end, so that earlier offsets stay valid.
  for (const { command, answer } of answers.toReversed()) {
    if (command.answer === null) continue;
    text = `${text.slice(0, command.answer.from)}${answer}\n${text.slice(command.answer.to)}`;
  }
  return text;
}
