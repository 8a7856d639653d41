/** What the desk's content security policy would let die silently, and the one door of its templates. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DESK = join(import.meta.dirname, '../../src/entrances/http/desk');

/** Files that may let text through unescaped, each for one reason. */
const MAY_OPEN_THE_DOOR: Readonly<Record<string, string>> = {
  'template.ts': 'the door itself, and attributes whose names are ours',
};

interface Source {
  readonly path: string;
  readonly text: string;
}

const sources = (extension: string): readonly Source[] =>
  readdirSync(DESK, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(extension))
    .map((path) => ({ path, text: readFileSync(join(DESK, path), 'utf8') }));

/** Patterns that must not stand in a template or module, with why. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\shx-on\b|\shx-on:/, 'hx-on is compiled by eval, which the policy forbids'],
  [/hx-trigger="[^"]*\[/, 'a filter of hx-trigger is compiled by eval'],
  [/(?:"|'|`)js:/, 'js: values are compiled by eval'],
  [/\shx-live\b/, 'hx-live is compiled by eval'],
  [/<[a-z][^>]*\sstyle="/i, 'an inline style is blocked'],
  [/<[a-z][^>]*\son[a-z]+="/i, 'an inline handler is blocked'],
  [/<script(?![^>]*\ssrc=)/i, 'an inline script is blocked'],
  [/\beval\(|new Function\(/, 'nothing is compiled from text'],
  [/\.innerHTML\s*=(?!=)|insertAdjacentHTML|document\.write/, 'markup comes from the server, parsed as a page'],
  // Names of formats, and a host that cannot exist, are asked nothing.
  [/https?:\/\/(?!www\.w3\.org|schemas\.openxmlformats\.org|desk\.invalid)/, 'nothing is asked of another host'],
];

const complaintsOf = ({ path, text }: Source): readonly string[] =>
  FORBIDDEN.flatMap(([pattern, why]) => {
    // What a comment says about it is no use of it.
    const found = pattern.exec(text.replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, ''));
    return found === null ? [] : [`${path}: ${found[0].trim()}: ${why}`];
  });

const opensTheDoor = ({ path, text }: Source): boolean =>
  /import\s*\{[^}]*\braw\b[^}]*\}\s*from/.test(text) && !(path in MAY_OPEN_THE_DOOR);

describe('templates and modules of the desk', () => {
  it('use nothing that the policy lets die silently', () => {
    for (const bad of [
      '<a hx-on:click="x">',
      '<a hx-trigger="click[ctrlKey]">',
      `hx-vals='js:{a: 1}'`.replace("'js:", '"js:'),
      '<p style="color: red">',
      '<p onclick="x()">',
      '<script>x()</script>',
      'node.innerHTML = text',
      '<img src="https://altrove.example.it/x.png">',
    ])
      expect(complaintsOf({ path: 'bad.ts', text: bad }), bad).toHaveLength(1);
    expect([...sources('.ts'), ...sources('.js')].flatMap(complaintsOf)).toEqual([]);
  });

  it('let text through unescaped in the listed files only', () => {
    expect(opensTheDoor({ path: 'bad.ts', text: "import { raw } from './template.ts';" })).toBe(true);
    expect(opensTheDoor({ path: 'good.ts', text: 'request.raw.url' })).toBe(false);
    expect(
      sources('.ts')
        .filter(opensTheDoor)
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('have each class of their style sheet in one part: of two, the later one silently wins', () => {
    const parts = new Map<string, string[]>();
    for (const { path, text } of sources('.css'))
      for (const [, name = ''] of text.matchAll(/^(\.d-[a-z0-9-]+) \{/gm))
        parts.set(
          name,
          [...(parts.get(name) ?? []), path].filter((one, at, all) => all.indexOf(one) === at),
        );
    expect(parts.size).toBeGreaterThan(100);
    expect([...parts].filter(([, paths]) => paths.length > 1)).toEqual([]);
  });

  it('have one table of keys: each key that a control bears is in it', () => {
    const table = readFileSync(join(DESK, 'components/keys-bar.ts'), 'utf8');
    const borne = sources('.ts').flatMap(({ text }) =>
      [...text.matchAll(/data-key="([^"$]+)"|\bkey: '([^']+)'/g)].map(([, one, other]) => one ?? other ?? ''),
    );
    expect(
      borne.filter((key) => !new RegExp(`^ {2}(?:'${RegExp.escape(key)}'|${RegExp.escape(key)}):`, 'm').test(table)),
    ).toEqual([]);
  });
});
