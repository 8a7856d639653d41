import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileGrammars, type Grammars } from '../../../src/formats/segnatura/grammar.ts';
import {
  corpus,
  generationOf,
  official2009,
  officialFiles,
  officialGenerator,
  officialPath,
  type Sample,
  trialCorpus,
} from '../../support/grammar-corpus.ts';
import { grammarFromXsd } from '../../support/grammar-from-xsd.ts';
import { Generator, type GrammarKind, KINDS, ownGrammarFiles } from '../../support/grammar-generator.ts';
import { mutate } from '../../support/grammar-mutations.ts';
import { LONG } from '../../support/long.ts';
import { chosenSeed, seededRandom } from '../../support/random.ts';
import { repository, sharedFolder } from '../../support/shared.ts';
import { writeXml } from '../../support/xml-writer.ts';
import { hasXmllint, xmllintVerdicts } from '../../support/xmllint.ts';

/**
 * Our transcription of the grammars, read by libxml2 inside the service, gives the same verdict on every document as the
 * official grammars read by `xmllint`.
 */
const folder = sharedFolder();
const ready = hasXmllint() && folder !== null;
const official = folder ?? '';
/** Random documents, and documents that try the rules one by one. */
interface Size {
  readonly count: number;
  readonly rounds: number;
  readonly trials: number;
}
const SHORT: Size = { count: 300, rounds: 1, trials: 300 };
const size: Size = LONG ? { count: 2_000, rounds: 4, trials: Number.POSITIVE_INFINITY } : SHORT;
const seed = chosenSeed();
const scratch = mkdtempSync(join(tmpdir(), 'grammar-equality-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const own = compileGrammars(ownGrammarFiles());

function judgeFile(kind: GrammarKind): string {
  if (kind !== '2009') return officialPath(official, KINDS[kind].file);
  const path = join(scratch, 'segnatura-2009.dtd');
  writeFileSync(path, official2009(readFileSync(officialPath(official, 'segnatura-2001.dtd'), 'latin1')), 'latin1');
  return path;
}

interface Judged {
  readonly documents: readonly Sample[];
  readonly verdicts: readonly boolean[];
}
const samples = new Map<string, Judged>();

function judged(kind: GrammarKind, seedOfCorpus: number, { count, rounds, trials }: Size): Judged {
  const key = `${kind} ${seedOfCorpus} ${count}`;
  const known = samples.get(key);
  if (known) return known;
  const random = seededRandom(seedOfCorpus);
  const generator = officialGenerator(kind, official);
  const byChance = corpus(kind, count, random, generator);
  const documents = [...byChance, ...trialCorpus(kind, rounds, trials, random, generator)];
  console.log(`grammar ${kind}: ${documents.length} documents, SEED=${seedOfCorpus}`);
  const bytes = documents.map((document) => document.bytes);
  const both = { documents, verdicts: xmllintVerdicts(judgeFile(kind), bytes) };
  samples.set(key, both);
  return both;
}

/** Documents on which the two verdicts differ, with what is needed to see why. */
function disagreements(kind: GrammarKind, grammars: Grammars, seedOfCorpus: number, sizeOfCorpus: Size): string[] {
  const { documents, verdicts } = judged(kind, seedOfCorpus, sizeOfCorpus);
  return documents.flatMap(({ bytes, changes }, index) => {
    const ours = grammars.validate(bytes, generationOf(kind));
    if (ours.valid === verdicts[index]) return [];
    const reasons = ours.problems.map(({ at, message }) => `${at}: ${message}`).join('\n');
    return [
      `SEED=${seedOfCorpus} #${index} xmllint ${verdicts[index]}, ours ${ours.valid} (${changes})\n${reasons}\n${bytes}`,
    ];
  });
}

const KIND_NAMES = Object.keys(KINDS) as GrammarKind[];

describe.skipIf(!ready)('our grammars and the official ones', () => {
  it.each(KIND_NAMES)('agree on every document of %s', { timeout: 300_000 }, (kind) => {
    const { documents, verdicts } = judged(kind, seed, size);
    expect(disagreements(kind, own, seed, size).slice(0, 3)).toEqual([]);
    // Otherwise the agreement would prove little.
    const valid = verdicts.filter(Boolean).length;
    expect(valid).toBeGreaterThan(documents.length * 0.3);
    expect(documents.length - valid).toBeGreaterThan(documents.length * 0.25);
    // Documents generated as valid are valid, so other tests can use the generator.
    const unchanged = verdicts.filter((_, index) => documents[index]?.changes.length === 0);
    expect(unchanged.every(Boolean)).toBe(true);
  });

  it.each([
    ['3.0.0-mail', 'a facet', 'segnatura-3.0.0.xsd', '[0-9]{7,}', '[0-9]{8,}'],
    [
      '3.0.0',
      'an occurrence',
      'segnatura-3.0.0.xsd',
      'type="prot:DestinatarioType" maxOccurs="unbounded"',
      'type="prot:DestinatarioType"',
    ],
    [
      '3.0.0',
      'an attribute of the signature',
      'xmldsig.xsd',
      'name="Algorithm" type="xs:anyURI" use="required"',
      'name="Algorithm" type="xs:anyURI"',
    ],
    [
      '2013',
      'an occurrence',
      'segnatura-2013.xsd',
      'ref="p:Destinazione" maxOccurs="unbounded"',
      'ref="p:Destinazione"',
    ],
    ['2013-dtd', 'an optional element', 'segnatura-2013.dtd', 'Nome?, Cognome', 'Nome, Cognome'],
    ['2001', 'a fixed value', 'segnatura-2001.dtd', '#FIXED "2001-05-07"', '#FIXED "2001-05-08"'],
    ['2009', 'an element', 'segnatura-2009.dtd', 'Note?)', 'Note)'],
  ] as const)('differ for %s when %s of ours is altered', { timeout: 300_000 }, (kind, _what, file, from, to) => {
    const files = ownGrammarFiles();
    const text = Buffer.from(files.get(file) ?? '').toString('utf8');
    expect(text).toContain(from);
    files.set(file, Buffer.from(text.replaceAll(from, to)));
    // A fixed seed: whether a difference is found must not depend on luck.
    expect(disagreements(kind, compileGrammars(files), 1, SHORT).length).toBeGreaterThan(0);
  });

  it('agree on messages of the service channel, which exist as types only', { timeout: 300_000 }, () => {
    const wrapper = (location: string): string =>
      `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:m="http://www.agid.gov.it/protocollo/messaggi/"
         targetNamespace="urn:example:prova" elementFormDefault="qualified">
         <xs:import namespace="http://www.agid.gov.it/protocollo/messaggi/" schemaLocation="${location}"/>
         <xs:element name="Messaggio" type="m:MessaggioProtocolloType"/></xs:schema>`;
    const judges = [join(repository, 'schemas', 'message-3.0.0.xsd'), officialPath(official, 'message-3.0.0.xsd')];
    const paths = judges.map((path, index) => {
      const wrapped = join(scratch, `wrapper-${index}.xsd`);
      writeFileSync(wrapped, wrapper(`file://${path}`));
      return wrapped;
    });
    const sources = [ownGrammarFiles(), officialFiles(official)];
    const random = seededRandom(seed);
    const documents = sources.flatMap((files, source) => {
      const text = wrapper(judges[source]?.replace(/^.*\//, '') ?? '');
      const generator = new Generator(
        '3.0.0',
        grammarFromXsd('wrapper', new Map([...files, ['wrapper', Buffer.from(text)]])),
      );
      return Array.from({ length: size.count / 4 }, (_, index) => {
        const tree = generator.tree('{urn:example:prova}Messaggio', random);
        return writeXml(index % 2 === 0 ? tree : mutate(tree, generator, random).tree);
      });
    });
    const [ours, theirs] = paths.map((path) => xmllintVerdicts(path, documents));
    expect(ours).toEqual(theirs);
    expect(theirs?.filter(Boolean).length).toBeGreaterThan(documents.length * 0.4);
    expect(theirs?.filter((valid) => !valid).length).toBeGreaterThan(documents.length * 0.2);
  });
});
