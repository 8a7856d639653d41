import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/shared.ts';
import {
  importsGoDown,
  noAny,
  noCircles,
  oneReaderOfTheEnvironment,
  pureRooms,
  type Rule,
  smallEnough,
  sqlInOnePlace,
} from './rules.ts';
import { readSources, type SourceFacts } from './source-facts.ts';

/** A house where every rule is broken, and next to each fault something close to it that is allowed. */
const BAD: Record<string, string> = {
  'kernel/ids.ts': `import { a } from '../formats/cms/read.ts';\nexport const id = a;`,
  'kernel/ok.ts': `import { createHash } from 'node:crypto';\nexport { createHash };`,
  'formats/cms/read.ts': `
    import { readFileSync } from 'node:fs';
    import { id } from '../../kernel/ids.ts';
    import tls from 'node:tls';
    import type { Stats } from 'node:fs';
    export const a = [readFileSync, id, tls.rootCertificates] as unknown as Stats;`,
  'formats/cms/types.ts': `export interface Cms { readonly now: Date }\nexport const now = (at: Date) => new Date(at);`,
  'formats/clock.ts': `
    export const one = () => Date.now();
    export const two = () => new Date();
    export const three = () => process.cwd();
    export const four = () => fetch('x');
    export const five = (clock: { Date: { now(): number } }) => clock.Date.now();`,
  'domain/decide.ts': `
    import { a } from '../formats/cms/read.ts';
    import type { Cms } from '../formats/cms/types.ts';
    import { now } from '../formats/cms/types.ts';
    export const x = (cms: Cms) => [a, now, cms];`,
  'service/accept.ts': `export const f = async () => import('../adapters/postgres/store.ts');`,
  'service/sql.ts': `
    export const query = 'select number from registration where aoo = $1';
    export const more = (table: string) => \`insert into \${table} values ($1)\`;
    export const prose = ['Update the list', 'begin', 'Select one'];`,
  'service/circle-a.ts': `export { b } from './circle-b.ts';\nexport const a1 = 1;`,
  'service/circle-b.ts': `export { a1 } from './circle-a.ts';\nexport const b = 1;`,
  'adapters/postgres/store.ts': `import { send } from '../smtp/send.ts';\nexport const sql = ['select 1 from x', send];`,
  'adapters/smtp/send.ts': `
    import { row } from './row.ts';
    export const send = [row, process.env['SMTP_HOST'], 'process.env'];`,
  'adapters/smtp/row.ts': `export const row = (x: any) => x;`,
  'entrances/http/server.ts': `import { x } from '../../compose.ts';\nimport pg from 'pg';\nexport const y = [x, pg];`,
  'entrances/cli/run.ts': `import { x } from '../../compose.ts';\nexport const y = x;`,
  'sandbox/provider.ts': `import { f } from '../service/accept.ts';\nexport const g = f;`,
  'config.ts': `
    import type { Cms } from './formats/cms/types.ts';
    import { f } from './service/accept.ts';
    export const config = (cms: Cms) => [f, cms, process.env['X']];`,
  'compose.ts': `import { sql } from './adapters/postgres/store.ts';\nexport const x = sql;`,
  'main.ts': `import { sql } from './adapters/postgres/store.ts';\nimport { x } from './compose.ts';\nexport const z = [x, sql];`,
  'formats/long.ts': `${'// a line\n'.repeat(400)}export const long = 1;\n`,
  'formats/factory.ts': `export function factory() {\n  return [\n${`    () => {\n${'      // a line\n'.repeat(50)}    },\n`.repeat(2)}  ];\n}\n`,
  'formats/long-function.ts': `export function tooLong(): number {\n${'  // a line\n'.repeat(80)}  return 1;\n}\n`,
};

describe('the house', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-house-'));
  let ours: readonly SourceFacts[] = [];
  let bad: readonly SourceFacts[] = [];

  beforeAll(() => {
    for (const [name, text] of Object.entries(BAD)) {
      const file = join(folder, 'src', name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    const compilerOptions = {
      module: 'nodenext',
      target: 'esnext',
      allowImportingTsExtensions: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    bad = readSources(folder, 'src');
    ours = readSources(repository, 'src');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const places = (rule: Rule) =>
    rule(bad)
      .map((complaint) => complaint.replace(/^src\//, ''))
      .sort();

  it('is read whole', () => {
    expect(bad.map(({ path }) => path).sort()).toEqual(Object.keys(BAD).sort());
    expect(ours.length).toBeGreaterThan(5);
  });

  it('has imports that go down only', () => {
    expect(places(importsGoDown)).toEqual([
      'adapters/postgres/store.ts:1 may not import adapters/smtp/send.ts',
      'config.ts:3 may not import service/accept.ts',
      'domain/decide.ts:2 may not import formats/cms/read.ts',
      'domain/decide.ts:4 may not import formats/cms/types.ts',
      'entrances/cli/run.ts:1 may not import compose.ts',
      'entrances/http/server.ts:1 may not import compose.ts',
      'kernel/ids.ts:1 may not import formats/cms/read.ts',
      'main.ts:1 may not import adapters/postgres/store.ts',
      'sandbox/provider.ts:1 may not import service/accept.ts',
      'service/accept.ts:1 may not import adapters/postgres/store.ts',
    ]);
    expect(importsGoDown(ours)).toEqual([]);
  });

  it('has no circles', () => {
    const found = noCircles(bad).join('\n');
    expect(found).toMatch(/circle: .*service\/circle-a\.ts -> service\/circle-b\.ts/);
    expect(found).toMatch(/circle: .*formats\/cms\/read\.ts -> kernel\/ids\.ts/);
    expect(noCircles(ours)).toEqual([]);
  });

  it('keeps formats and domain pure', () => {
    expect(places(pureRooms)).toEqual([
      'formats/clock.ts:2 is pure and may not use Date.now',
      'formats/clock.ts:3 is pure and may not use new Date()',
      'formats/clock.ts:4 is pure and may not use process.cwd',
      'formats/clock.ts:5 is pure and may not use fetch',
      'formats/cms/read.ts:2 is pure and may not import node:fs',
      'formats/cms/read.ts:4 is pure and may not import node:tls',
    ]);
    expect(pureRooms(ours)).toEqual([]);
  });

  it('keeps SQL in adapters/postgres', () => {
    expect(places(sqlInOnePlace)).toEqual([
      'entrances/http/server.ts:2 talks to the database past adapters/postgres',
      'service/sql.ts:2 holds SQL outside adapters/postgres',
      'service/sql.ts:3 holds SQL outside adapters/postgres',
    ]);
    expect(sqlInOnePlace(ours)).toEqual([]);
  });

  it('reads the environment in config.ts only', () => {
    expect(places(oneReaderOfTheEnvironment)).toEqual([
      'adapters/smtp/send.ts:3 reads the environment; config.ts does that',
    ]);
    expect(oneReaderOfTheEnvironment(ours)).toEqual([]);
  });

  it('has files and functions of a readable size', () => {
    expect(places(smallEnough)).toEqual([
      'formats/long-function.ts:1 tooLong has 83 lines (at most 80)',
      'formats/long.ts has 401 lines (at most 400)',
    ]);
    expect(smallEnough(ours)).toEqual([]);
  });

  it('does without any', () => {
    expect(places(noAny)).toEqual(['adapters/smtp/row.ts:1 writes the type any']);
    for (const part of ['src', 'test', 'bench', 'scripts']) expect(noAny(readSources(repository, part))).toEqual([]);
  });
});
