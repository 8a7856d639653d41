import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generation } from '../../src/model/segnatura.ts';
import { Generator, type GrammarKind, generatorFor, KINDS, readGrammar } from './grammar-generator.ts';
import { mutate } from './grammar-mutations.ts';
import { trials } from './grammar-systematic.ts';
import { pick, type Random } from './random.ts';
import { randomStyle, writeXml } from './xml-writer.ts';

/** Official files, under the names of their transcriptions in `schemas/`. */
const OFFICIAL: Readonly<Record<string, string>> = {
  'segnatura-2001.dtd': 'segnatura_2001.dtd',
  'segnatura-2013.dtd': 'segnatura_2013.dtd',
  'segnatura-2013.xsd': 'segnatura_2013.xsd',
  'segnatura-3.0.0.xsd': 'segnatura_protocollo.xsd',
  'mail-3.0.0.xsd': 'pec_message.xsd',
  'message-3.0.0.xsd': 'messaggio_protocollo.xsd',
  'xmldsig.xsd': 'import_schemas/xmldsig-core-schema.xsd',
};

export const officialPath = (folder: string, file: string): string => join(folder, 'official', OFFICIAL[file] ?? file);

/** Keyed by base name, as imports refer to them. */
export function officialFiles(folder: string): Map<string, Uint8Array> {
  const paths = Object.values(OFFICIAL);
  return new Map(paths.map((path) => [path.replace(/^.*\//, ''), readFileSync(join(folder, 'official', path))]));
}

/** The 2001 grammar with the changes of CNIPA circ. 45/2009: no official file of 2009 is available. */
export const official2009 = (dtd2001: string): string =>
  dtd2001.replaceAll('"2001-05-07"', '"2009-12-03"').replaceAll('"SHA-1"', '"SHA-256"');

export const generationOf = (kind: GrammarKind): Generation => kind.replace(/-(?:dtd|mail)$/, '') as Generation;

export interface Sample {
  readonly bytes: Buffer;
  /** What was changed in a valid document; empty if nothing was. */
  readonly changes: readonly string[];
}

/** Half of the documents are valid, half changed, generated from our grammar and the official one in turn. */
export function corpus(kind: GrammarKind, count: number, random: Random, official: Generator): Sample[] {
  const { roots, doctypes } = KINDS[kind];
  return Array.from({ length: count }, (_, index) => {
    const generator = index % 4 < 2 ? generatorFor(kind) : official;
    const { tree, bytes } = generator.generate(pick(random, roots), random);
    if (index % 2 === 0) return { bytes, changes: [] };
    const changed = mutate(tree, generator, random);
    return {
      bytes: writeXml(changed.tree, randomStyle(random, changed.tree, doctypes), random),
      changes: changed.changes,
    };
  });
}

/** Tries every rule of our grammar and of the official one by itself, in at most `most` documents. */
export function trialCorpus(
  kind: GrammarKind,
  rounds: number,
  most: number,
  random: Random,
  official: Generator,
): Sample[] {
  const all = [generatorFor(kind), official].flatMap((generator) => [...trials(generator, random, rounds)]);
  const chosen = all.filter(() => random() < most / all.length);
  return chosen.map(({ tree, change }) => ({ bytes: writeXml(tree), changes: change === '' ? [] : [change] }));
}

export function officialGenerator(kind: GrammarKind, folder: string): Generator {
  if (kind === '2009') return generatorFor('2009');
  const name = (OFFICIAL[KINDS[kind].file] ?? '').replace(/^.*\//, '');
  return new Generator(kind, readGrammar(name, officialFiles(folder)));
}
