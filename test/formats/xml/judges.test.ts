import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readXml } from '../../../src/formats/xml/parse.ts';
import { below, pick, type Random, seededRandom } from '../../support/random.ts';
import { needs } from '../../support/shared.ts';

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

const xmllint = ['/usr/bin/xmllint', '/usr/local/bin/xmllint'].find(existsSync) ?? '';

describe.skipIf(!needs(xmllint !== '', 'xmllint'))('xmllint', () => {
  test('accepts what we accept, and mostly refuses what we refuse', () => {
    const random = seededRandom(SEED);
    const counts = { both: 0, neither: 0, stricter: 0 };
    for (let turn = 0; turn < 300; turn += 1) {
      const xml = mutated(random);
      const ours = readXml(Buffer.from(xml));
      let theirs = true;
      try {
        execFileSync(xmllint, ['--noout', '--nonet', '-'], { input: xml, stdio: ['pipe', 'ignore', 'pipe'] });
      } catch {
        theirs = false;
      }
      if (ours.ok && ours.value.problems.length === 0 && !theirs) throw new Error(`taken by us only: ${xml}`);
      counts[ours.ok && theirs ? 'both' : theirs ? 'stricter' : 'neither'] += 1;
    }
    expect(counts.both).toBeGreaterThan(20);
    expect(counts.neither).toBeGreaterThan(100);
    // Undeclared prefixes and entities are only warnings to xmllint.
    expect(counts.stricter).toBeLessThan(40);
  });
});
