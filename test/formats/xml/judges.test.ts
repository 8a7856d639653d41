import { describe, expect, test } from 'vitest';
import { readXml } from '../../../src/formats/xml/parse.ts';
import { below, pick, type Random, seededRandom } from '../../support/random.ts';
import { hasXmllint, xmllintVerdicts } from '../../support/xmllint.ts';

/** Our scanner against libxml2 on the same mutated documents: whatever we accept, the validator must read too. */
const SEED = 20_260_701;
const BASE =
  '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE a SYSTEM "a.dtd">\n' +
  '<a xmlns="u" xmlns:p="v" p:x="1" y=\'2\'><!-- c --><b z="&lt;&#233;">testo &amp; <![CDATA[<x>]]></b><?pi d?><p:c/></a>\n';
const PIECES = [
  '<',
  '>',
  '/',
  '&',
  ';',
  '"',
  "'",
  '=',
  ' ',
  '-',
  '--',
  '!',
  '?',
  ']]>',
  '<b>',
  '</b>',
  'xmlns',
  ':',
  'p:',
  'é',
  '\t',
  '&#',
  '<!--',
];

function mutated(random: Random): string {
  let text = BASE;
  for (let turns = 1 + below(random, 3); turns > 0; turns -= 1) {
    const at = 39 + below(random, text.length - 39);
    const kind = below(random, 3);
    const piece = kind === 0 ? '' : pick(random, PIECES);
    text = text.slice(0, at) + piece + text.slice(at + (kind === 2 ? 0 : 1 + below(random, 3)));
  }
  return text;
}

describe.skipIf(!hasXmllint())('xmllint', () => {
  test('accepts what we accept, and mostly refuses what we refuse', () => {
    const random = seededRandom(SEED);
    const documents = Array.from({ length: 300 }, () => Buffer.from(mutated(random)));
    const theirs = xmllintVerdicts(null, documents);
    const counts = { both: 0, neither: 0, stricter: 0 };
    documents.forEach((xml, index) => {
      const ours = readXml(xml);
      const taken = theirs[index] === true;
      if (ours.ok && ours.value.problems.length === 0 && !taken) throw new Error(`taken by us only: ${xml}`);
      counts[ours.ok && taken ? 'both' : taken ? 'stricter' : 'neither'] += 1;
    });
    expect(counts.both).toBeGreaterThan(20);
    expect(counts.neither).toBeGreaterThan(100);
    // Undeclared prefixes and entities are only warnings to xmllint.
    expect(counts.stricter).toBeLessThan(40);
  });
});
