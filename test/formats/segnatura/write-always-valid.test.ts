import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { parseModel } from '../../../src/formats/segnatura/model-json.ts';
import { readSegnatura } from '../../../src/formats/segnatura/read.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import type { Generation } from '../../../src/model/segnatura.ts';
import { type GrammarKind, generateValid, KINDS } from '../../support/grammar-generator.ts';
import { LONG } from '../../support/long.ts';
import { below, chosenSeed, pick, type Random, seededRandom } from '../../support/random.ts';
import { sealedInForm } from './samples.ts';

/** Every model is either written as a valid document or refused; nothing throws. */
const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
const grammars = await loadGrammars();
const seed = chosenSeed();
const count = LONG ? 400 : 20;

const VALUES = [
  ...['', ' ', 'x', 'è€𝒳', '<&>"', ']]>', 'a b', '0', '-1', '0000000', '12345678901', '99/99/9999', '2023-02-29'],
  ...[
    '24:00:00',
    '10:20:30,5',
    '10:20:30+14:00',
    '%zz',
    'http://[',
    '::',
    'a:b',
    '1a',
    'id-1',
    'si',
    '050100',
    '\u00a0',
  ],
  ...[
    'RSSMRA80A01H501U',
    'x'.repeat(300),
    'https://example.it/a?b=c d',
    'mailto:a@example.it',
    '\n',
    'NMTOKEN',
    'urn:x',
  ],
];

/** One to four leaves of another value, lists shortened or doubled, properties dropped. */
function altered(json: unknown, random: Random): unknown {
  const copy = structuredClone(json);
  for (let turns = 1 + below(random, 4); turns > 0; turns -= 1) {
    let at = copy as Record<string, unknown> | unknown[];
    for (;;) {
      const keys = Object.keys(at);
      if (keys.length === 0) break;
      const key = pick(random, keys);
      const holder = at as Record<string, unknown>;
      const value = holder[key];
      if (typeof value === 'object' && value !== null && below(random, 8) > 0) {
        at = value as Record<string, unknown>;
        continue;
      }
      if (Array.isArray(at)) {
        if (below(random, 2) === 0) at.splice(Number(key), 1);
        else at.push(structuredClone(value));
      } else if (typeof value === 'string' || value === null) {
        if (key !== 'kind') holder[key] = below(random, 8) === 0 ? null : pick(random, VALUES);
      } else if (typeof value === 'number') holder[key] = below(random, 5);
      else if (typeof value === 'boolean') holder[key] = !value;
      else if (below(random, 2) === 0) delete holder[key];
      break;
    }
  }
  return copy;
}

function outcome(json: unknown, generation: Generation): 'refused' | 'written' {
  const model = parseModel(json);
  if (!model.ok) return 'refused';
  const written = writeMessage(model.value, generation);
  if (!written.ok) {
    expect(['segnatura-not-expressible', 'segnatura-illegal-character']).toContain(written.problem.code);
    expect(written.problem.at).not.toBe('');
    return 'refused';
  }
  const three = generation === '3.0.0' && model.value.kind === 'protocol-message';
  const bytes = three ? sealedInForm(written.value) : written.value;
  expect(grammars.validate(bytes, generation).problems, `SEED=${seed}\n${JSON.stringify(json)}\n${bytes}`).toEqual([]);
  return 'written';
}

describe.each(GENERATIONS)('altered models in %s', (generation) => {
  test.each(Object.keys(KINDS) as GrammarKind[])(`from %s, SEED=${seed}`, { timeout: 300_000 }, (kind) => {
    const counts = { refused: 0, written: 0 };
    for (const root of KINDS[kind].roots) {
      for (let index = 0; index < count; index += 1) {
        const random = seededRandom(seed + index * 7_919);
        const read = readSegnatura(generateValid(kind, root, random).bytes, (bytes, which) =>
          grammars.validate(bytes, which),
        );
        if (!read.ok || read.value.message === null) throw new Error('not read');
        const json: unknown = JSON.parse(JSON.stringify(read.value.message));
        for (let turn = 0; turn < 3; turn += 1) counts[outcome(altered(json, random), generation)] += 1;
      }
    }
    // Answers can always be written; a segnatura of 3.0.0 from private persons cannot.
    if (KINDS[kind].roots.length > 1) expect(counts.written).toBeGreaterThan(0);
  });
});
