import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API } from 'typescript/unstable/sync';
import { afterAll, describe, expect, it } from 'vitest';
import type { SourceFacts } from '../house/source-facts.ts';
import { applied, type Candidate, candidatesIn } from './candidates.ts';
import { relatedTestsAmong } from './related-tests.ts';

describe('the changes that are tried', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-candidates-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const of = (text: string): readonly Candidate[] => {
    writeFileSync(join(folder, 'a.ts'), text);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { types: [] }, include: ['*.ts'] }));
    const api = new API({ cwd: folder });
    try {
      const project = api.updateSnapshot({ openProjects: [join(folder, 'tsconfig.json')] }).getProjects()[0];
      const source = project?.program.getSourceFile(join(folder, 'a.ts'));
      if (source === undefined) throw new Error('nothing was read');
      return candidatesIn('a.ts', source);
    } finally {
      api.close();
    }
  };

  it('cover comparisons, conditions, arithmetic, values, statements, elements and calls, and no types or names', () => {
    const text = `
import { readFileSync } from 'node:fs';
type Kind = 'in' | 'out';
export const limit: 5 | 6 = 5;
export function f(list: readonly string[], kind: Kind): number {
  if (list.length < 3 && !list.includes('x')) return -1;
  readFileSync(list[0] ?? kind);
  if (kind === 'in') throw new RangeError('not the text of this');
  return [list.length, limit].filter(Boolean).length + 2;
}
`;
    const changes = of(text).map(({ line, operator, before, after }) => `${line} ${operator}: ${before} → ${after}`);
    expect(changes).toEqual([
      '4 number changed: 5 → 6',
      '4 number changed: 5 → 4',
      "6 condition negated: list.length < 3 && !list.includes('x') → !(list.length < 3 && !list.includes('x'))",
      "6 condition always true: list.length < 3 && !list.includes('x') → true",
      "6 condition always false: list.length < 3 && !list.includes('x') → false",
      '6 operator: && → ||',
      '6 operator: < → <=',
      '6 operator: < → >=',
      '6 number changed: 3 → 4',
      '6 number changed: 3 → 2',
      "6 negation removed: !list.includes('x') → list.includes('x')",
      "6 text changed: 'x' → ''",
      '6 number changed: 1 → 2',
      '6 number changed: 1 → 0',
      '7 statement removed: readFileSync(list[0] ?? kind); → ;',
      '7 alternative removed: list[0] ?? kind → list[0]',
      '7 number changed: 0 → 1',
      "8 condition negated: kind === 'in' → !(kind === 'in')",
      "8 condition always true: kind === 'in' → true",
      "8 condition always false: kind === 'in' → false",
      '8 operator: === → !==',
      "8 text changed: 'in' → ''",
      '9 operator: + → -',
      '9 call removed: [list.length, limit].filter(Boolean) → [list.length, limit]',
      '9 element removed: [list.length, limit] → [limit]',
      '9 element removed: [list.length, limit] → [list.length]',
      '9 number changed: 2 → 3',
      '9 number changed: 2 → 1',
    ]);
    const [first] = of(text);
    expect(first && applied(text, first)).toBe(text.replace('= 5;', '= 6;'));
  });
});

describe('the tests that can notice a change', () => {
  const file = (path: string, targets: readonly string[], more: { typeOnly?: boolean; starts?: string } = {}) =>
    ({
      path,
      imports: targets.map((target) => ({ target, relative: true, typeOnly: more.typeOnly ?? false })),
      strings: more.starts === undefined ? [] : [{ text: more.starts, line: 1 }],
    }) as unknown as SourceFacts;

  it('are those that reach the file by imports or by a process, nearest first', () => {
    const related = relatedTestsAmong([
      file('src/domain/a.ts', []),
      file('src/service/b.ts', ['src/domain/a.ts']),
      file('src/main.ts', ['src/service/b.ts']),
      file('test/far.test.ts', ['src/service/b.ts']),
      file('test/near.test.ts', ['src/domain/a.ts']),
      file('test/process.test.ts', [], { starts: 'src/main.ts' }),
      file('test/types.test.ts', ['src/domain/a.ts'], { typeOnly: true }),
      file('test/house/reader.test.ts', ['src/domain/a.ts']),
    ]);
    expect(related('src/domain/a.ts')).toEqual([
      { path: 'test/near.test.ts', distance: 1 },
      { path: 'test/far.test.ts', distance: 2 },
      { path: 'test/process.test.ts', distance: 3 },
    ]);
    expect(related('src/service/b.ts').map(({ path }) => path)).toEqual(['test/far.test.ts', 'test/process.test.ts']);
  });
});
