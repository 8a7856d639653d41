import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/shared.ts';
import {
  dependenciesExplained,
  leftovers,
  lockComplaints,
  migrationComplaints,
  packageOf,
  tooLarge,
} from './repository-rules.ts';
import { readSources } from './source-facts.ts';

interface Manifest {
  readonly license: string;
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  /** What the sandbox and the region alone need. */
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8');
const manifest = JSON.parse(read('package.json')) as Manifest;
const runtime = { ...manifest.dependencies, ...manifest.optionalDependencies };
/** Files that are or will be committed, without those just deleted. */
const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: repository,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => path !== '' && statSync(join(repository, path), { throwIfNoEntry: false })?.isFile());

describe('dependencies', () => {
  it('each have their line of why', () => {
    const page =
      '# X\n\n## Dependencies\n\n| Package | Why |\n| --- | --- |\n| `a` | Good. |\n| `b` | |\n| `d` | Gone. |\n\n## More\n| `c` | Elsewhere. |\n';
    expect(dependenciesExplained(['a', 'b', 'c'], page)).toEqual([
      'b has no line of why in docs/dependencies.md',
      'c has no line of why in docs/dependencies.md',
      'docs/dependencies.md explains d, which is not used',
    ]);
    const declared = Object.keys({ ...runtime, ...manifest.devDependencies });
    expect(dependenciesExplained(declared, read('docs/dependencies.md'))).toEqual([]);
  });

  it('are exact, and what the service imports is declared for it', () => {
    for (const version of Object.values({ ...runtime, ...manifest.devDependencies })) {
      expect(version).toMatch(/^\d+\.\d+\.\d+/);
    }
    const imported = readSources(repository, 'src').flatMap((source) =>
      source.imports
        .filter((fact) => !fact.relative && !fact.target.startsWith('node:'))
        .map((fact) => ({ name: packageOf(fact.target), forTrials: /^(?:sandbox|region)\//.test(source.path) })),
    );
    expect(imported.filter(({ name }) => builtinModules.includes(name))).toEqual([]);
    const undeclared = imported.filter(
      ({ name, forTrials }) => !(name in (forTrials ? runtime : manifest.dependencies)),
    );
    expect(undeclared).toEqual([]);
  });

  it('are locked for every platform without naming a host', () => {
    const bad = {
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0', integrity: 'sha512-x', resolved: 'https://example.it/a.tgz' },
        'node_modules/b': { version: '1.0.0', optionalDependencies: { 'b-linux': '1.0.0', 'b-win32': '1.0.0' } },
        'node_modules/b-linux': { version: '1.0.0', optional: true },
      },
    };
    expect(lockComplaints(bad)).toEqual([
      'node_modules/a names a host',
      'node_modules/b has no digest',
      'node_modules/b lacks its optional b-win32: npm ci refuses such a lock',
    ]);
    expect(lockComplaints(JSON.parse(read('package-lock.json')))).toEqual([]);
  });

  it('are set up before every command', () => {
    const { scripts } = manifest;
    const bare = Object.keys(scripts).filter((name) => !(name.startsWith('pre') && name.slice(3) in scripts));
    for (const name of bare) expect(scripts[`pre${name}`], `pre${name}`).toBe('node scripts/ensure.js');
  });
});

describe('files', () => {
  it('are small', () => {
    expect(
      tooLarge([
        { path: 'big.bin', size: 1_000_001 },
        { path: 'ok', size: 1_000_000 },
      ]),
    ).toEqual(['big.bin has 1000001 bytes']);
    expect(files.length).toBeGreaterThan(20);
    expect(tooLarge(files.map((path) => ({ path, size: statSync(join(repository, path)).size })))).toEqual([]);
  });

  it('are finished, and no test is left out', () => {
    const word = ['TO', 'DO'].join('');
    const narrowed = ['it.on', 'ly('].join('');
    expect(leftovers('src/a.ts', `// ${word}: later\nconst todoList = 1;`)).toEqual(['src/a.ts:1 is unfinished']);
    expect(leftovers('test/a.test.ts', `\n${narrowed}'x')\nit.skipIf(true)('y')`)).toEqual([
      'test/a.test.ts:2 leaves tests out',
    ]);
    const code = files.filter((path) => /\.(?:ts|js|sql|md|yml)$/.test(path));
    expect(code.flatMap((path) => leftovers(path, read(path)))).toEqual([]);
  });

  it('number the migrations without gaps', () => {
    expect(migrationComplaints(['0001_a.sql', '0003_c.sql', 'README.md'])).toEqual(['0003_c.sql is not number 0002']);
    expect(migrationComplaints(['0001_a.sql', '0001_b.sql'])).toEqual(['0001_b.sql is not number 0002']);
    const names = readdirSync(join(repository, 'migrations'));
    expect(names).not.toEqual([]);
    expect(migrationComplaints(names)).toEqual([]);
  });
});

describe('publiccode.yml', () => {
  interface Description {
    readonly shortDescription: string;
    readonly longDescription: string;
    readonly features: readonly string[];
  }
  interface PublicCode {
    readonly [key: string]: unknown;
    readonly description: Readonly<Record<string, Description>>;
  }

  const REQUIRED =
    'publiccodeYmlVersion name url releaseDate platforms categories developmentStatus softwareType description legal maintenance localisation'.split(
      ' ',
    );

  function complaints(code: PublicCode): readonly string[] {
    return [
      ...REQUIRED.filter((key) => !(key in code)).map((key) => `${key} is missing`),
      ...Object.entries(code.description ?? {}).flatMap(
        ([language, { shortDescription, longDescription, features }]) => [
          ...(shortDescription.trim().length > 150 ? [`${language}: the short description is too long`] : []),
          ...(longDescription.length < 500 || longDescription.length > 10_000
            ? [`${language}: the long description does not fit`]
            : []),
          ...(features.length === 0 ? [`${language}: no features`] : []),
        ],
      ),
    ];
  }

  it('has what the catalogue requires, and agrees with the rest', () => {
    const code = parse(read('publiccode.yml')) as PublicCode;
    expect(
      complaints({
        ...code,
        url: undefined,
        description: { it: { shortDescription: 'x'.repeat(151), longDescription: '', features: [] } },
      }),
    ).toEqual(['it: the short description is too long', 'it: the long description does not fit', 'it: no features']);
    const { url: _url, ...without } = code;
    expect(complaints(without as PublicCode)).toEqual(['url is missing']);
    expect(complaints(code)).toEqual([]);
    expect(code['publiccodeYmlVersion']).toBe('0.4');
    expect(Object.keys(code.description)).toContain('it');
    expect(code['legal']).toEqual({ license: manifest.license });
    expect(code['softwareVersion']).toBe(manifest.version);
    expect(code['it']).toMatchObject({ countryExtensionVersion: '1.0' });
    expect(code['maintenance']).toMatchObject({ type: 'community', contacts: [{ name: expect.any(String) }] });
  });

  it('is licensed as it says', () => {
    expect(manifest.license).toBe('EUPL-1.2');
    expect(read('LICENSE')).toMatch(/^EUROPEAN UNION PUBLIC LICENCE v\. 1\.2\n/);
    expect(read('LICENSE')).toMatch(
      /All other changes or additions to this Appendix require the production of a new EUPL version\.\n$/,
    );
  });
});
