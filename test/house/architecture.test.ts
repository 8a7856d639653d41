import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../support/shared.ts';
import { BAD_HOUSE } from './bad-house.ts';
import {
  errorsAreCalledErrors,
  noAny,
  oneFilePerExportedName,
  oneReaderOfTheEnvironment,
  pureRooms,
  type Rule,
  smallEnough,
  sqlInOnePlace,
} from './rules.ts';
import { readFolders, readSources, type SourceFacts } from './source-facts.ts';
import {
  DOMAIN_ROOMS,
  FORMAT_ROOMS,
  importsGoDown,
  noCircles,
  productionLoadsNoDevelopmentRoom,
  SERVICE_ROOMS,
  wallsOf,
} from './walls.ts';

describe('the house', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interpro-house-'));
  let ours: readonly SourceFacts[] = [];
  let others: readonly (readonly SourceFacts[])[] = [];
  let bad: readonly SourceFacts[] = [];

  beforeAll(() => {
    for (const [name, text] of Object.entries(BAD_HOUSE)) {
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
    [ours = [], ...others] = readFolders(repository, ['src', 'test', 'bench', 'scripts']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const places = (rule: Rule) =>
    rule(bad)
      .map((complaint) => complaint.replace(/^src\//, ''))
      .sort();

  it('is read whole', () => {
    expect(bad.map(({ path }) => path).sort()).toEqual(Object.keys(BAD_HOUSE).sort());
    expect(ours.length).toBeGreaterThan(5);
  });

  it('has imports that go down only', () => {
    expect(places(importsGoDown)).toEqual([
      'adapters/postgres/store.ts:1 may not import adapters/smtp/send.ts',
      'adapters/smtp/send.ts:2 may not import sandbox/provider.ts',
      'config/config.ts:3 may not import service/intake/accept.ts',
      'domain/decide.ts:2 may not import formats/cms/read.ts',
      'domain/decide.ts:3 may not import formats/cms/types.ts (type)',
      'entrances/cli/run.ts:1 may not import wiring/service.ts',
      'entrances/http/server.ts:1 may not import wiring/service.ts',
      'kernel/ids.ts:1 may not import formats/cms/read.ts',
      'main.ts:1 may not import adapters/postgres/store.ts',
      'main.ts:5 may not import sandbox/provider.ts',
      'model/mail.ts:1 may not import formats/cms/types.ts (type)',
      'sandbox/provider.ts:1 may not import service/intake/accept.ts',
      'service/intake/accept.ts:1 may not import adapters/postgres/store.ts',
      'wiring/cli.ts:1 may not import entrances/cli/run.ts',
    ]);
    expect(importsGoDown(ours)).toEqual([]);
  });

  it('has walls between the rooms of a floor', () => {
    const drawn = { intake: ['index', 'outbox'], index: ['queries'], queries: ['index'], outbox: [] };
    expect(places(wallsOf('service', drawn))).toEqual([
      'service/index/circle-a.ts:1: index may not import from outbox',
      'service/letters/sql.ts stands in no room of service',
      'service/outbox/circle-b.ts:1: outbox may not import from index',
      'service/stray.ts stands in no room of service',
      'service: a circle among intake, index, queries',
      'service: nothing needs index -> queries',
      'service: nothing needs intake -> outbox',
      'service: nothing needs queries -> index',
    ]);
    expect(wallsOf('domain', DOMAIN_ROOMS)(ours)).toEqual([]);
    expect(wallsOf('formats', FORMAT_ROOMS)(ours)).toEqual([]);
    expect(wallsOf('service', SERVICE_ROOMS)(ours)).toEqual([]);
  });

  it('has no circles', () => {
    const found = noCircles(bad).join('\n');
    expect(found).toMatch(/circle: .*service\/index\/circle-a\.ts -> service\/outbox\/circle-b\.ts/);
    expect(found).toMatch(/circle: .*formats\/cms\/read\.ts -> kernel\/ids\.ts/);
    expect(noCircles(ours)).toEqual([]);
  });

  it('loads no sandbox and no region for production', () => {
    expect(places(productionLoadsNoDevelopmentRoom)).toEqual([
      'adapters/smtp/send.ts:2 loads sandbox/provider.ts in production',
      'main.ts:3 loads region/region.ts in production',
    ]);
    expect(productionLoadsNoDevelopmentRoom(ours)).toEqual([]);
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
      'service/letters/sql.ts:2 holds SQL outside adapters/postgres',
      'service/letters/sql.ts:3 holds SQL outside adapters/postgres',
    ]);
    expect(sqlInOnePlace(ours)).toEqual([]);
  });

  it('reads the environment in one file', () => {
    expect(places(oneReaderOfTheEnvironment)).toEqual([
      'adapters/smtp/send.ts:4 reads the environment; config/config.ts does that',
    ]);
    expect(oneReaderOfTheEnvironment(ours)).toEqual([]);
  });

  it('has files and functions of a readable size', () => {
    expect(places(smallEnough)).toEqual([
      'formats/factory.ts:1 factory has 106 lines (at most 80)',
      'formats/long-function.ts:1 tooLong has 83 lines (at most 80)',
      'formats/long.ts has 401 lines (at most 400)',
    ]);
    expect(smallEnough(ours)).toEqual([]);
  });

  it('does without any', () => {
    expect(places(noAny)).toEqual(['adapters/smtp/row.ts:1 writes the type any']);
    expect([ours, ...others].flatMap(noAny)).toEqual([]);
  });

  it('exports a name from one file only', () => {
    expect(places(oneFilePerExportedName)).toEqual([
      'Row is exported by adapters/smtp/row.ts, model/mail.ts',
      'formats/barrel.ts exports all of another file',
      'formats/barrel.ts has a default export',
      'now is exported by formats/barrel.ts, formats/cms/types.ts',
      'x is exported by domain/decide.ts, wiring/service.ts',
    ]);
    expect(oneFilePerExportedName(ours)).toEqual([]);
  });

  it('calls an error an error', () => {
    expect(places(errorsAreCalledErrors)).toEqual(['model/mail.ts:3 class Gone is thrown: its name ends in Error']);
    expect(errorsAreCalledErrors(ours)).toEqual([]);
  });
});
