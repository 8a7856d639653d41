/** Checks links between the documents, and that the parts of the repository agree with each other. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/shared.ts';
import { sectionOf } from './tables.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
/** Files that are or will be committed. */
const listed = (pattern: string): readonly string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern], {
    cwd: repository,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(repository, path)));
const pages = listed('*.md');

const prose = (page: string): string => page.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

/** Anchors as GitHub derives them from headings. */
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

  it('name files that exist', () => {
    const files = listed('*');
    const named = (page: string) =>
      [...page.matchAll(/`((?:[\w.-]+\/)+[\w.-]+\.(?:ts|js|sql|json|yml))`/g)].map(([, name = '']) => name);
    const missing = (page: string) =>
      named(page).filter((name) => !files.some((file) => file === name || file.endsWith(`/${name}`)));
    expect(missing('`kernel/problems.ts` and `no/such.ts`')).toEqual(['no/such.ts']);
    const maps = ['ARCHITECTURE.md', 'CONTRIBUTING.md', ...pages.filter((path) => path.startsWith('docs/decisions/'))];
    expect(maps.flatMap((path) => missing(read(path)).map((name) => `${path}: ${name}`))).toEqual([]);
  });

  it('draw every room of the code in the map, and no other', () => {
    const map = sectionOf(read('ARCHITECTURE.md'), '## The rooms');
    const drawn = new Set([...map.matchAll(/(?:^|[ \n])([a-z-]+)\//g)].map(([, name = '']) => name));
    const foldersOf = (path: string) =>
      readdirSync(join(repository, path), { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? [entry.name] : [],
      );
    const rooms = ['src', 'src/formats', 'src/domain', 'src/service', 'src/adapters', 'src/entrances'].flatMap(
      foldersOf,
    );
    expect(
      rooms.filter((room) => !drawn.has(room)),
      'to be drawn in ARCHITECTURE.md',
    ).toEqual([]);
    const around = [
      'schemas',
      'migrations',
      'src',
      'test',
      'bench',
      'vectors',
      'exchange',
      'house',
      'docs',
      'mutation',
    ];
    expect([...drawn].filter((name) => ![...rooms, ...around].includes(name))).toEqual([]);
  });

  it('begin with a short README', () => {
    expect(read('README.md').length).toBeLessThanOrEqual(10_000);
  });

  it('list every decision, each under its own number', () => {
    const files = readdirSync(join(repository, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
    const listed = [...read('docs/decisions/README.md').matchAll(/^\| \[(\d{4})\]\((\d{4}-[a-z0-9-]+\.md)\)/gm)];
    expect(listed.map(([, , file]) => file)).toEqual(files.sort());
    expect(listed.map(([, number]) => number)).toEqual(files.map((name) => name.slice(0, 4)));
    expect(new Set(listed.map(([, number]) => number)).size).toBe(files.length);
    for (const name of files) expect(read(`docs/decisions/${name}`)).toMatch(new RegExp(`^# ${name.slice(0, 4)} `));
  });
});

describe('the repository', () => {
  it('names one version of Node', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(read('.nvmrc').trim()).toBe(dependencies['node']);
  });

  it('runs .ci/run in the hosted workflow', () => {
    const workflow = parse(read('.github/workflows/ci.yml')) as {
      jobs: { ci: { container: string; steps: { run?: string }[] } };
    };
    expect(workflow.jobs.ci.steps.at(-1)?.run).toBe('bash .ci/run');
    expect(workflow.jobs.ci.container).toMatch(/^node:26-/);
  });

  it('has valid templates and dependency updates', () => {
    for (const file of [
      'ISSUE_TEMPLATE/bug.yml',
      'ISSUE_TEMPLATE/wish.yml',
      'ISSUE_TEMPLATE/config.yml',
      'dependabot.yml',
    ])
      expect(parse(read(`.github/${file}`)), file).toBeTypeOf('object');
  });
});
