/** Rules about the files of the repository, as functions that return complaints. */

/** Names in the first column of the tables under `## Dependencies`, `## Optional dependencies` and the like. */
export function explainedDependencies(page: string): readonly string[] {
  const sections = page.split(/^## /m).filter((part) => /^(?:\w+ )?dependencies\n/i.test(part));
  return sections
    .join('')
    .split('\n')
    .flatMap((line) => {
      const cells = /^\|\s*`([^`]+)`\s*\|\s*(\S.*)\|/.exec(line);
      return cells?.[1] ? [cells[1]] : [];
    });
}

export function dependenciesExplained(declared: readonly string[], page: string): readonly string[] {
  const explained = explainedDependencies(page);
  return [
    ...declared
      .filter((name) => !explained.includes(name))
      .map((name) => `${name} has no line of why in docs/dependencies.md`),
    ...explained
      .filter((name) => !declared.includes(name))
      .map((name) => `docs/dependencies.md explains ${name}, which is not used`),
    ...explained
      .filter((name, index) => explained.indexOf(name) !== index)
      .map((name) => `docs/dependencies.md explains ${name} twice`),
  ];
}

/** `@scope/name/deep/file` → `@scope/name`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A lock without hosts installs from any registry; one without an entry that `npm ci` expects installs from none. */
export function lockComplaints(lock: { readonly packages: Readonly<Record<string, LockEntry>> }): readonly string[] {
  const { packages } = lock;
  return Object.entries(packages).flatMap(([place, entry]) => {
    if (place === '') return [];
    const found: string[] = [];
    if (entry.resolved !== undefined) found.push(`${place} names a host`);
    if (entry.version === undefined) found.push(`${place} has no version`);
    if (entry.integrity === undefined && !entry.optional) found.push(`${place} has no digest`);
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const present = `${place}/node_modules/${name}` in packages || `node_modules/${name}` in packages;
      if (!present) found.push(`${place} lacks its optional ${name}: npm ci refuses such a lock`);
    }
    return found;
  });
}

/** Names such as `0001_house.sql`, numbered without gaps or repetitions. */
export function migrationComplaints(names: readonly string[]): readonly string[] {
  const sql = names.filter((name) => name.endsWith('.sql')).sort();
  return sql.flatMap((name, index) => {
    const expected = String(index + 1).padStart(4, '0');
    return /^\d{4}_[a-z0-9-]+\.sql$/.test(name) && name.startsWith(`${expected}_`)
      ? []
      : [`${name} is not number ${expected}`];
  });
}

const LARGEST_FILE = 1_000_000;

export const tooLarge = (files: readonly { readonly path: string; readonly size: number }[]): readonly string[] =>
  files.filter(({ size }) => size > LARGEST_FILE).map(({ path, size }) => `${path} has ${size} bytes`);

// The words are put together here, so that this file passes its own check.
const UNFINISHED = new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b|@ts-(?:ignore|nocheck)`);
const NARROWED = new RegExp(
  `\\b(?:it|test|describe|suite)(?:\\.\\w+)*\\.(?:${['on' + 'ly', 'sk' + 'ip', 'to' + 'do'].join('|')})\\(`,
);

export function leftovers(path: string, text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const found: string[] = [];
    if (UNFINISHED.test(line)) found.push(`${path}:${index + 1} is unfinished`);
    if (path.startsWith('test/') && NARROWED.test(line)) found.push(`${path}:${index + 1} leaves tests out`);
    return found;
  });
}
