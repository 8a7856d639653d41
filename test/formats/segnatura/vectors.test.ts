import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import type { Identifier, SegnaturaMessage } from '../../../src/formats/segnatura/model.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';

/** Every file of test/vectors/segnatura against the verdict beside it; its README explains the fields. */
const folder = join(import.meta.dirname, '../../vectors/segnatura');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.xml'))
  .sort();

const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);

type Verdict = Record<string, unknown> & { readonly outcome: 'read' | 'refused'; readonly problems: string[] };

test('the vectors are there, for every generation and group', () => {
  const groups = new Set(files.map((name) => relative(folder, join(folder, name, '..'))));
  for (const generation of ['2001', '2009', '2013', '3.0.0']) {
    for (const group of ['valid', 'invalid', 'wild']) expect(groups).toContain(`${generation}/${group}`);
  }
});

describe.each(files)('%s', (name) => {
  test('is judged as its verdict says', () => {
    const bytes = readFileSync(join(folder, name));
    const expected = JSON.parse(readFileSync(join(folder, name.replace(/xml$/, 'json')), 'utf8')) as Verdict;
    expect(judged(bytes, expected)).toEqual(expected);
  });
});

/** What the reader makes of the bytes, in the terms of the verdict: only the facts that it names. */
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

/** How it was written is not part of a verdict. */
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
