import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../support/shared.ts';
import { sectionOf } from './tables.ts';

/** The rows of the table of duties: what the law asks, a file of tests, the case in it. */
const duties = sectionOf(
  readFileSync(join(repository, 'docs/archive.md'), 'utf8'),
  '## What the law asks, and the test that holds it',
)
  .split('\n')
  .flatMap((line) => {
    const [, duty, file, name] = /^\| (.+?) \| `(test\/.+?)` \| (.+?) \|$/.exec(line) ?? [];
    return duty === undefined || file === undefined || name === undefined ? [] : [[duty, file, name] as const];
  });

describe('a duty of the register', () => {
  it('has its row', () => {
    expect(duties.length).toBeGreaterThan(10);
  });

  it.each(duties)('«%s» has a test that is there', (_, file, name) => {
    expect(existsSync(join(repository, file))).toBe(true);
    expect(readFileSync(join(repository, file), 'utf8')).toContain(name);
  });
});
