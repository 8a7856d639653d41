import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';
import { PROBLEMS } from '../../../src/kernel/problems.ts';
import type { Identifier, SegnaturaMessage } from '../../../src/model/segnatura.ts';

/** Every file of test/vectors/segnatura against the verdict beside it; its README explains the fields. */
const folder = join(import.meta.dirname, '../../vectors/segnatura');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.xml'))
  .sort();

const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);

interface Verdict extends Record<string, unknown> {
  readonly outcome: 'read' | 'refused';
  readonly problems: readonly string[];
  readonly valid?: boolean;
  readonly message?: null;
}

const verdictOf = (name: string): Verdict =>
  JSON.parse(readFileSync(join(folder, name.replace(/xml$/, 'json')), 'utf8')) as Verdict;

describe('the vectors', () => {
  test('are there, for every generation and group', () => {
    const groups = new Set(files.map((name) => dirname(name)));
    const wanted = ['2001', '2009', '2013', '3.0.0'].flatMap((generation) =>
      ['valid', 'invalid', 'wild'].map((group) => `${generation}/${group}`),
    );
    expect([...groups].sort()).toEqual(wanted.sort());
    for (const group of wanted) expect(files.filter((name) => dirname(name) === group).length).toBeGreaterThan(5);
  });

  test('have a verdict each, and no verdict lacks its vector', () => {
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.'));
    const stray = all.filter((name) => !/\.(?:xml|json)$/.test(name) && statSync(join(folder, name)).isFile());
    expect(stray).toEqual(['README.md']);
    const stems = (extension: string) =>
      all
        .filter((name) => name.endsWith(extension))
        .map((name) => name.slice(0, -extension.length))
        .sort();
    expect(stems('.json')).toEqual(stems('.xml'));
  });

  test('lie in the folder of their verdict', () => {
    for (const name of files) {
      const [generation, group] = name.split('/');
      const verdict = verdictOf(name);
      const { outcome, valid, problems, message } = verdict;
      if (outcome === 'read') expect([name, verdict['generation']]).toEqual([name, generation]);
      const fine = outcome === 'read' && valid === true && problems.length === 0;
      if (group === 'valid') expect([name, fine]).toEqual([name, true]);
      if (group === 'invalid')
        expect([name, outcome === 'refused' || !valid || message === null]).toEqual([name, true]);
      if (group === 'wild') expect([name, outcome, message !== null]).toEqual([name, 'read', true]);
    }
  });

  test('are explained: every field and every code', () => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    const words = new Set(files.flatMap((name) => [...Object.keys(verdictOf(name)), ...verdictOf(name).problems]));
    expect([...words].filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
    const explained = page.match(/(?<=`)(?:xml|segnatura|digest|document)-[a-z-]+(?=`)/g) ?? [];
    expect(explained.filter((code) => !Object.hasOwn(PROBLEMS, code))).toEqual([]);
  });
});

describe.each(files)('%s', (name) => {
  test('is judged as its verdict says', () => {
    const bytes = readFileSync(join(folder, name));
    const expected = verdictOf(name);
    expect(judged(bytes, expected)).toEqual(expected);
  });
});

/** What the reader makes of the bytes, reduced to the fields that the verdict has. */
function judged(bytes: Buffer, expected: Verdict): Record<string, unknown> {
  const read = readSegnatura(bytes, validate);
  if (!read.ok) return { outcome: 'refused', problems: [read.problem.code] };
  const { generation, valid, message, hasSeal, problems } = read.value;
  for (const found of problems) expect(found.message).not.toContain('{detail}');
  const kind = message?.kind ?? expected['kind'];
  const codes = [...new Set(problems.map(({ code }) => code))].sort();
  const identifier = understood(message?.identifier ?? null);
  const facts: Record<string, unknown> = { message: message === null ? null : 'present', hasSeal, ...factsOf(message) };
  const named = Object.keys(expected).filter((key) => key in facts);
  return {
    outcome: 'read',
    generation,
    valid,
    kind,
    identifier,
    problems: codes,
    ...Object.fromEntries(named.map((key) => [key, facts[key]])),
  };
}

/** Drops how it was written, which is not part of a verdict. */
const understood = (identifier: Identifier | null) => identifier && omit(identifier, 'written');

function omit<T extends object>(value: T, key: keyof T): object {
  const { [key]: _, ...rest } = value;
  return rest;
}

function factsOf(message: SegnaturaMessage | null): Record<string, unknown> {
  if (message === null) return {};
  if (message.kind === 'annulment') return { reason: message.reason };
  if (message.kind !== 'protocol-message') {
    const reason = message.kind === 'exception' ? message.reason : null;
    return { received: understood(message.received.identifier), reason };
  }
  const { subject, documents, confirmationRequested, replyTo, reserved, operatorRequest } = message;
  const digests = documents.flatMap(({ digest }) => (digest === null ? [] : [digest.hex]));
  const names = documents.map(({ name }) => name);
  return { subject, documents: names, digests, confirmationRequested, replyTo, reserved, operatorRequest };
}
