import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { escaped } from '../../../src/entrances/cli/output/escaped.ts';
import { table } from '../../../src/entrances/cli/output/table.ts';
import { interpro } from '../../support/run.ts';
import { repository } from '../../support/shared.ts';

it('escapes what steers a terminal or hides text, and leaves lines and letters as they are', () => {
  expect(escaped('Delibera n. 5 è «urgente»\n1\u00a0€')).toBe('Delibera n. 5 è «urgente»\n1\u00a0€');
  expect(escaped('paga\u001b[8m nascosto\u001b]52;c;eA==\u0007')).toBe(
    'paga\\u001b[8m nascosto\\u001b]52;c;eA==\\u0007',
  );
  expect(escaped('a\bb\rc\td\0')).toBe('a\\u0008b\\u000dc\\u0009d\\u0000');
  expect(escaped('\u007f\u009b\u061c\u200b\u200f\u202e\u2066\u2028\ufeff')).toBe(
    '\\u007f\\u009b\\u061c\\u200b\\u200f\\u202e\\u2066\\u2028\\ufeff',
  );
});

it('is left alone when it is done twice', () => {
  for (const text of ['a\u001bb\u009bc', '\\u001b']) expect(escaped(escaped(text))).toBe(escaped(text));
});

it('keeps columns straight in a table whose cells come from outside', () => {
  const [head, first, second] = table(
    ['id', 'subject', 'end'],
    [
      ['1', 'a\u009b31m\u202eb\tc\n', 'x'],
      ['2', 'ciao', 'y'],
    ],
  ).split('\n');
  expect(first).toBe('1   a\\u009b31m\\u202eb c   x');
  expect([head?.indexOf('end'), second?.indexOf('y')]).toEqual([first?.indexOf('x'), first?.indexOf('x')]);
});

it.each([
  ['retry', 'not a message id: \\u001b[31m\\u009b0m\\u202e'],
  ['seal', ''],
  ['\u009b2J', 'there is no command "\\u009b2J"'],
  ['credential', ''],
])('no command writes raw what it was given: %s', async (command, said) => {
  const { stdout, stderr } = await interpro([command, '\u001b[31m\u009b0m\u202e']);
  expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  expect(stderr).toContain(said);
});

/** Direct writing that is meant: the one place for it, XML for other programs, and a line of progress that is overwritten. */
const MAY_WRITE = ['index/index-import.ts', 'output/say.ts', 'segnatura/segnatura-output.ts'];

it('nothing else of the command line writes to the terminal by itself', () => {
  const folder = join(repository, 'src', 'entrances', 'cli');
  const writers = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .filter((name) => /process\.std(?:out|err)\)?\.write|console\./.test(readFileSync(join(folder, name), 'utf8')));
  expect(writers.map((name) => name.replaceAll('\\', '/')).sort()).toEqual(MAY_WRITE);
});
