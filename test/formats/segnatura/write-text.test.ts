import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { readSegnatura } from '../../../src/formats/segnatura/read.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import type { DeclaredDocument, Generation, ProtocolMessage } from '../../../src/model/segnatura.ts';
import { officialPath } from '../../support/grammar-corpus.ts';
import { needs, sharedFolder } from '../../support/shared.ts';
import { hasXmllint, xmllintVerdicts } from '../../support/xmllint.ts';
import { protocolMessage, randomFrom, sealedInForm } from './samples.ts';

/** All text that XML allows is read as it was written, in every generation; other characters are refused by name. */
const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
const grammars = await loadGrammars();
const official = sharedFolder();

const base = (generation: Generation): ProtocolMessage => {
  const { moreInfo: _, ...message } = protocolMessage(randomFrom(2), generation);
  return message;
};

function named(generation: Generation, text: string): ProtocolMessage {
  const message = base(generation);
  const documents = message.documents.map(
    (each): DeclaredDocument => ({ ...each, name: text, title: text, reference: 'mime', location: null }),
  );
  return { ...message, subject: text, documents, sender: { ...message.sender, name: text, aooName: text } };
}

function written(message: ProtocolMessage, generation: Generation): Buffer {
  const result = writeMessage(message, generation);
  if (!result.ok) throw new Error(result.problem.message);
  return generation === '3.0.0' ? sealedInForm(result.value) : result.value;
}

function arrives(text: string, generation: Generation): Buffer {
  const bytes = written(named(generation, text), generation);
  const read = readSegnatura(bytes, (document, which) => grammars.validate(document, which));
  if (!read.ok || read.value.message?.kind !== 'protocol-message') throw new Error('not read');
  const { message, valid } = read.value;
  expect(valid).toBe(true);
  expect(message.subject === text && message.sender.name === text && message.sender.aooName === text).toBe(true);
  expect(message.documents.every(({ name, title }) => name === text && title === text)).toBe(true);
  return bytes;
}

const LEGAL = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && (code < 0xd800 || (code > 0xdfff && code !== 0xfffe && code !== 0xffff)));

/** Every character of a plane that XML allows, in texts of 20,000. */
function* textsOf(plane: number): Generator<string> {
  let text = '';
  for (let code = plane * 0x10000; code < (plane + 1) * 0x10000; code += 1) {
    if (!LEGAL(code)) continue;
    text += String.fromCodePoint(code);
    if (text.length < 20_000) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

describe.each(GENERATIONS)('%s', (generation) => {
  test('every character of the first planes, and some of each other one', { timeout: 60_000 }, () => {
    for (const plane of [0, 1]) for (const text of textsOf(plane)) arrives(`.${text}.`, generation);
    for (let plane = 2; plane <= 16; plane += 1) {
      const first = plane * 0x10000;
      arrives(String.fromCodePoint(first, first + 0xff, first + 0xfffe, first + 0xffff), generation);
    }
  });

  test('white space is kept', () => {
    for (const text of [' a ', '\n\ta\r\nb\r', 'a  b', '\u00a0a\u2028b\u0085']) arrives(text, generation);
  });

  test('markup and long texts', () => {
    for (const text of [']]>', '<![CDATA[x]]>', '&lt;&#0;', '"\'<>&', '-->', 'è €'.repeat(5_000), '𝒳'.repeat(10_000)]) {
      arrives(text, generation);
    }
  });

  test.each([
    ['subject', /Oggetto$/, (text: string) => ({ subject: text })],
    [
      'name of the sender',
      /Denominazione(Amministrazione)?$/,
      (text: string) => ({ sender: { ...base(generation).sender, name: text } }),
    ],
    ['file name', /@(prot:)?nome(File)?$/, (text: string) => ({ documents: named(generation, text).documents })],
  ] as const)('a control character in the %s is refused with field and character', (_what, field, change) => {
    for (const [bad, shown] of [
      ['\0', 'U+0000'],
      ['\x07', 'U+0007'],
      ['\x1f', 'U+001F'],
      ['\ud800', 'U+D800'],
      ['\uffff', 'U+FFFF'],
    ] as const) {
      const result = writeMessage({ ...base(generation), ...change(`a${bad}b`) }, generation);
      expect(result).toMatchObject({
        ok: false,
        problem: { code: 'segnatura-illegal-character', at: expect.stringMatching(field) },
      });
      if (!result.ok) expect(result.problem.message).toContain(shown);
    }
  });
});

test('2001 is ISO-8859-1 byte for byte, and writes other characters by number', () => {
  const bytes = written(named('2001', 'Perché € 𝒳 \u0085'), '2001');
  expect(bytes.toString('latin1')).toContain('<Oggetto>Perch\u00e9 &#8364; &#119987; &#133;</Oggetto>');
  expect([...bytes].filter((byte) => byte >= 0x80 && byte < 0xa0)).toEqual([]);
});

const ready = needs(official !== null && hasXmllint(), 'xmllint and the official grammars');
test.skipIf(!ready).each([
  ['2001', 'segnatura-2001.dtd'],
  ['2013', 'segnatura-2013.xsd'],
  ['3.0.0', 'mail-3.0.0.xsd'],
] as const)('xmllint takes %s with such texts for valid', (generation, grammar) => {
  const texts = [...textsOf(0), ']]>', '𝒳'.repeat(10_000), ' \r\n\t'].map((text) => `.${text}`);
  const verdicts = xmllintVerdicts(
    officialPath(official ?? '', grammar),
    texts.map((text) => written(named(generation, text), generation)),
  );
  expect(verdicts.every(Boolean)).toBe(true);
});
