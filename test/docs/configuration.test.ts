/** docs/configuration.md names every variable and every key of a configuration file, and none that does not exist. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VARIABLES } from '../../src/config/config.ts';
import { STANDARD } from '../../src/service/register/office.ts';
import { repository } from '../support/shared.ts';
import { rowsOf, sectionOf } from './tables.ts';

const read = (path: string): string => readFileSync(join(repository, path), 'utf8');
const page = read('docs/configuration.md');

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly definitions?: Readonly<Record<string, Schema>>;
}

/** The keys of every object in a schema, by its name in the parent: `mailboxes[]`, `smtp`, … */
function keysByObject(root: Schema): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const walk = (name: string, schema: Schema): void => {
    const { $ref, items, properties = {} } = schema;
    if ($ref !== undefined) walk(name, root.definitions?.[$ref.slice('#/definitions/'.length)] ?? {});
    if (items !== undefined) walk(`${name}[]`, items);
    for (const choice of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) walk(name, choice);
    for (const [key, value] of Object.entries(properties)) {
      if (!found.has(name)) found.set(name, new Set());
      found.get(name)?.add(key);
      walk(key, value);
    }
  };
  walk('', root);
  // The top level: `$schema` and the list of offices.
  found.delete('');
  return found;
}

const names = (section: string): readonly string[] =>
  rowsOf(section)
    .map(({ name }) => name)
    .filter((name) => /^[A-Za-z0-9-]+$/.test(name))
    .sort();

describe('the page about the configuration', () => {
  const variables = rowsOf(sectionOf(page, '## Environment variables'));

  it('has one row for every variable', () => {
    expect(variables.map(({ name }) => name).sort()).toEqual(Object.keys(VARIABLES).sort());
  });

  it('gives the defaults of the code', () => {
    const stated = Object.entries(VARIABLES).flatMap(([name, text]) => {
      const [, standard] = /\(default: ([^;)]+)/.exec(text) ?? [];
      return standard === undefined ? [] : [[name, standard] as const];
    });
    expect(stated.length).toBeGreaterThan(5);
    for (const [name, standard] of stated)
      expect(variables.find((row) => row.name === name)?.cells[1], name).toContain(`\`${standard}\``);
  });

  it.each([
    [
      'offices.schema.json',
      ['offices[]', 'mailboxes[]', 'smtp', 'deadlines', 'policy', 'plainMail[]', 'seal', 'dailyRegister'],
    ],
    ['issuers.schema.json', ['issuers[]']],
    ['accounts.schema.json', ['provider', 'groups[]']],
  ])('has one row for every key of %s', (file, objects) => {
    const keys = keysByObject(JSON.parse(read(`schemas/${file}`)) as Schema);
    expect([...keys.keys()].sort()).toEqual([...objects].sort());
    for (const [object, expected] of keys)
      expect(names(sectionOf(page, `### \`${object}\``)), object).toEqual([...expected].sort());
  });

  it('gives what is required and the defaults of the offices file', () => {
    const root = JSON.parse(read('schemas/offices.schema.json')) as Schema;
    for (const [object, required] of [
      ['offices[]', root.definitions?.['office']?.required],
      ['mailboxes[]', root.definitions?.['mailbox']?.required],
      ['smtp', root.definitions?.['smtp']?.required],
    ] as const) {
      const rows = rowsOf(sectionOf(page, `### \`${object}\``));
      expect(
        rows
          .filter(({ cells }) => cells[1] === 'required')
          .map(({ name }) => name)
          .sort(),
        object,
      ).toEqual([...(required ?? [])].sort());
    }
  });

  it('gives the deadlines of the code', () => {
    const hours = rowsOf(sectionOf(page, '### `deadlines`')).map(({ name, cells }) => [name, cells[1]]);
    expect(Object.fromEntries(hours)).toEqual(
      Object.fromEntries(Object.entries(STANDARD.deadlines).map(([name, seconds]) => [name, `\`${seconds / 3600}\``])),
    );
  });
});
