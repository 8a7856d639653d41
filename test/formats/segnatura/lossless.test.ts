import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';
import { rewriteMessage } from '../../../src/formats/segnatura/write.ts';
import { generationOf } from '../../support/grammar-corpus.ts';
import { type GrammarKind, generateValid, KINDS } from '../../support/grammar-generator.ts';
import { LONG } from '../../support/long.ts';
import { chosenSeed, pick, type Random, seededRandom } from '../../support/random.ts';
import { copyOf, elementsOf, writeXml, type XmlTree } from '../../support/xml-writer.ts';
import { canonicalForm } from './equivalence.ts';
import { sealedInForm } from './samples.ts';

/** Reading a valid message and writing it again in its generation gives an equivalent document. */
const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);
const count = LONG ? 1_000 : 60;
const seed = chosenSeed();
const KIND_NAMES = Object.keys(KINDS) as GrammarKind[];

/** The document and what we make of it, both in canonical form. */
function thereAndBack(bytes: Buffer): { readonly before: string; readonly after: string } {
  const read = readSegnatura(bytes, validate);
  if (!read.ok) throw new Error(`${read.problem.message}\n${bytes}`);
  const { generation, valid, message } = read.value;
  if (!valid || message === null)
    throw new Error(`not a valid message: ${JSON.stringify(read.value.problems)}\n${bytes}`);
  const again = rewriteMessage(message, generation);
  if (!again.ok) throw new Error(`${again.problem.message}\n${bytes}`);
  const sealed =
    generation === '3.0.0' && message.kind === 'protocol-message' ? sealedInForm(again.value) : again.value;
  expect(validate(sealed, generation)).toEqual({ valid: true, problems: [] });
  return { before: canonicalForm(bytes, generation), after: canonicalForm(again.value, generation) };
}

describe.each(KIND_NAMES)('%s', (kind) => {
  test.each(KINDS[kind].roots)(`%s: ${count} documents, SEED=${seed}`, { timeout: 300_000 }, (root) => {
    for (let index = 0; index < count; index += 1) {
      const { bytes } = generateValid(kind, root, seededRandom(seed + index * 7_919));
      const { before, after } = thereAndBack(bytes);
      expect(after, `SEED=${seed} #${index}\n${bytes}`).toBe(before);
    }
  });

  test.each(KINDS[kind].roots)(`%s with odd texts, SEED=${seed}`, { timeout: 300_000 }, (root) => {
    for (let index = 0; index < count / 5; index += 1) {
      const random = seededRandom(seed + index * 104_729);
      const bytes = writeXml(oddTexts(generateValid(kind, root, random).tree, random));
      const { before, after } = thereAndBack(bytes);
      expect(after, `SEED=${seed} #${index}\n${bytes}`).toBe(before);
    }
  });
});

const ODD = [
  '',
  ' ',
  '\n  a\n  ',
  ' a  b ',
  '\t',
  'a\r\nb',
  '𝒳𝒴 日本',
  '\u0085',
  'é\u0301',
  ']]>',
  '&amp;',
  'x'.repeat(20_000),
];
/** Texts whose form no rule of a grammar or norm fixes. */
const PROSE = new Set([
  ...['Oggetto', 'Note', 'Denominazione', 'DenominazioneAmministrazione', 'DenominazioneUfficio', 'Nome', 'Cognome'],
  ...['Titolo', 'TitoloDocumento', 'TipoDocumento', 'Motivo', 'Provvedimento', 'DescrizioneMessaggio', 'Livello'],
  ...['CodiceFlat', 'CodiceFascicolo', 'Identificativo', 'Riservato@2', 'InterventoOperatore', 'Telefono', 'Fax'],
  ...['Toponimo@2', 'Civico', 'Provincia', 'Comune', 'dug', 'duf', 'DataAvvio', 'DataTermine', 'NumeroPagine'],
  ...['MetadatiInterni', 'NomeFile', 'TipoProcedimento', 'TipoContestoProcedurale', 'CollocazioneTelematica@2'],
  ...['OraRegistrazione@2', 'IndirizzoTelematico', 'Impronta@2', 'DataRegistrazione@odd', 'CodiceFiscale@2'],
]);
const PROSE_ATTRIBUTES = new Set(['note', 'nome', 'descrizione', 'nomeFile', 'dug', 'formato', 'userId', 'password']);

function oddTexts(tree: XmlTree, random: Random): XmlTree {
  const odd = copyOf(tree);
  for (const element of elementsOf(odd)) {
    const circular = element.namespace === '' || element.namespace.includes('digitPa');
    const free = PROSE.has(element.name) || (circular && PROSE.has(`${element.name}@2`));
    const leaf = element.children.every((child) => typeof child === 'string');
    if (free && leaf && random() < 0.3) {
      const text = pick(random, ODD);
      element.children = text === '' ? [] : [text];
    }
    for (const attribute of element.attributes) {
      if (PROSE_ATTRIBUTES.has(attribute.name) && random() < 0.3) attribute.value = pick(random, ODD);
    }
  }
  return odd;
}

const folder = join(import.meta.dirname, '../../vectors/segnatura');
const vectors = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /valid\/[^/]*\.xml$/.test(name),
);

test.each(vectors.filter((name) => !name.includes('invalid')).sort())('%s', (name) => {
  const { before, after } = thereAndBack(readFileSync(join(folder, name)));
  expect(after).toBe(before);
});

/** Proves that the comparison notices differences. */
test.each(KIND_NAMES)(`the comparison sees every text and attribute of %s, SEED=${seed}`, (kind) => {
  const random = seededRandom(seed);
  for (let index = 0; index < 20; index += 1) {
    const { tree } = generateValid(kind, pick(random, KINDS[kind].roots), random, { elements: 30 });
    tree.children = tree.children.filter((child) => typeof child === 'string' || child.name !== 'Signature');
    const form = (changed: XmlTree) => canonicalForm(writeXml(changed), generationOf(kind));
    const before = form(tree);
    const elements = elementsOf(tree);
    const at = Math.floor(random() * elements.length);
    const altered = copyOf(tree);
    const target = elementsOf(altered)[at];
    if (target === undefined) throw new Error('no element');
    if (target.children.every((child) => typeof child === 'string')) target.children = [`${target.children.join('')}!`];
    else target.children = target.children.slice(1);
    expect(form(altered)).not.toBe(before);
    const named = elementsOf(copyOf(tree)).find(({ attributes }, place) => place > 0 && attributes.length > 0);
    if (named === undefined) continue;
    const other = copyOf(tree);
    const owner = elementsOf(other).find(({ attributes }, place) => place > 0 && attributes.length > 0);
    for (const attribute of owner?.attributes.slice(0, 1) ?? []) attribute.value = `${attribute.value}!`;
    expect(form(other)).not.toBe(before);
  }
});
