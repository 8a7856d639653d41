/** Runs the commands of the README and the administrators' pages as a reader would, in a region just started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../support/run.ts';
import { repository } from '../support/shared.ts';
import { expectAnswers } from './answers.ts';
import type { Shell } from './guide.ts';
import { type GuideRegion, startGuideRegion } from './region-of-the-guide.ts';

/** The README's commands run through npm; for the other pages npm would only cost time. */
const WITHOUT_NPM = ['npm run -s interpro --', `${process.execPath} src/entrances/cli/interpro.ts`] as const;

describe('the commands of the documents', () => {
  let region: GuideRegion;
  beforeAll(async () => {
    region = await startGuideRegion();
  });
  afterAll(() => region?.stop());

  // In order: each document continues where the one before ended.
  it.each([
    { document: 'README.md', least: 3, folder: '/tmp/' },
    { document: 'docs/command-line.md', least: 12, folder: '/tmp/' },
    { document: 'docs/operations.md', least: 2, folder: '/home/you/interpro/' },
  ])(
    'are answered as $document says',
    async ({ document, least, folder }) => {
      const shell: Shell = {
        cwd: repository,
        env: region.env,
        places: [
          ['http://127.0.0.1:8080', region.host],
          [folder, `${region.folder}/`],
          // Last, because this copy of the project may itself be below that folder.
          ...(document === 'README.md' ? [] : [WITHOUT_NPM]),
        ],
        values: shared,
      };
      expect(await expectAnswers(join(repository, document), shell)).toBeGreaterThanOrEqual(least);
    },
    300_000,
  );
  /** Values kept by one document are known to the next. */
  const shared = new Map<string, string>();
});

describe('the page about the command line', () => {
  const page = readFileSync(join(repository, 'docs/command-line.md'), 'utf8');
  const help = async (...args: string[]): Promise<string> =>
    (await run('src/entrances/cli/interpro.ts', [...args, '--help'])).stdout;

  it('has a section for every command, and for no other', async () => {
    const commands = [...(await help()).matchAll(/^ {2}([a-z-]+) +\S/gm)].map(([, name]) => name);
    expect(commands.length).toBeGreaterThan(20);
    expect([...page.matchAll(/^### `([a-z-]+)`$/gm)].map(([, name]) => name).sort()).toEqual(commands.sort());
  });

  it.each(['segnatura', 'credential', 'index'])('names every command of %s', async (command) => {
    const text = await help(command);
    const named = [...text.matchAll(new RegExp(`interpro ${command} ([a-z]+)`, 'g'))].map(([, name]) => name);
    // `index` lists its commands one per line.
    const listed = command === 'index' ? [...text.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name) : [];
    const all = [...new Set([...named, ...listed])];
    expect(all.length).toBeGreaterThan(2);
    for (const name of all) expect(page, name).toMatch(new RegExp(`\\b(?:${command} )?${name}\\b`));
  });
});
