import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { shownCommand } from '../../src/region/shown-command.ts';

it('of a region in the usual folder, the command alone', () => {
  expect(shownCommand(resolve('var'), 'list exchanges')).toBe('npm run -s interpro -- list exchanges');
});

it.each(['/srv/prova', "/srv/l'altra prova"])('of one elsewhere, with its folder as a shell reads it: %s', (folder) => {
  const [variable = '', command] = shownCommand(folder, 'list exchanges').split(/ (?=npm)/);
  expect(command).toBe('npm run -s interpro -- list exchanges');
  expect(execFileSync('sh', ['-c', `${variable}; printf %s "$INTERPRO_DATA"`], { encoding: 'utf8' })).toBe(folder);
});
