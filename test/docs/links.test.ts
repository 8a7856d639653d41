/** Links between the documents lead somewhere, and what belongs together in a repository agrees. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/shared.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: repository,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(repository, path)));

const prose = (page: string): string => page.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

/** As GitHub makes them of headings. */
const anchorsOf = (page: string): ReadonlySet<string> =>
  new Set(
    [...page.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

function deadLinks(path: string, page: string): readonly string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : relative(repository, resolve(repository, dirname(path), file));
    if (target !== path && !existsSync(join(repository, target))) return [`${path}: ${link}`];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    return anchorsOf(target === path ? page : read(target)).has(anchor) ? [] : [`${path}: ${link}`];
  });
}

describe('the documents', () => {
  it('have links that lead somewhere', () => {
    const bad =
      '# A heading\n[a](#a-heading) [b](no.md) [c](#nowhere) [d](README.md#try-it) `[e](f.md)` [g](https://g.it)';
    expect(deadLinks('x.md', bad)).toEqual(['x.md: no.md', 'x.md: #nowhere']);
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.flatMap((path) => deadLinks(path, read(path)))).toEqual([]);
  });

  it('begin with a README that is read in one go', () => {
    expect(read('README.md').length).toBeLessThanOrEqual(10_000);
  });

  it('list every decision, each under a number of its own', () => {
    const files = readdirSync(join(repository, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
    const listed = [...read('docs/decisions/README.md').matchAll(/^\| \[(\d{4})\]\((\d{4}-[a-z0-9-]+\.md)\)/gm)];
    expect(listed.map(([, , file]) => file)).toEqual(files.sort());
    expect(listed.map(([, number]) => number)).toEqual(files.map((name) => name.slice(0, 4)));
    expect(new Set(listed.map(([, number]) => number)).size).toBe(files.length);
    for (const name of files) expect(read(`docs/decisions/${name}`)).toMatch(new RegExp(`^# ${name.slice(0, 4)} `));
  });
});

describe('the repository', () => {
  it('names one Node', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(read('.nvmrc').trim()).toBe(dependencies['node']);
  });

  it('runs .ci/run where it is hosted', () => {
    const workflow = parse(read('.github/workflows/ci.yml')) as {
      jobs: { ci: { container: string; steps: { run?: string }[] } };
    };
    expect(workflow.jobs.ci.steps.at(-1)?.run).toBe('bash .ci/run');
    expect(workflow.jobs.ci.container).toMatch(/^node:26-/);
  });

  it('has templates and updates that can be read', () => {
    for (const file of [
      'ISSUE_TEMPLATE/bug.yml',
      'ISSUE_TEMPLATE/wish.yml',
      'ISSUE_TEMPLATE/config.yml',
      'dependabot.yml',
    ])
      expect(parse(read(`.github/${file}`)), file).toBeTypeOf('object');
  });
});
