import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { algorithmName, readDigest } from '../../../src/formats/segnatura/digests.ts';
import { isDate } from '../../../src/formats/segnatura/fields.ts';
import { ProblemCollector } from '../../../src/formats/segnatura/problem-collector.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import { readXml } from '../../../src/formats/xml/parse.ts';
import { leastCost } from '../../support/cost.ts';
import { protocolMessage, randomFrom } from './samples.ts';

const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);

describe('dates of the calendar', () => {
  test.each(['2024-02-29', '2000-02-29', '2026-12-31', '0001-01-01'])('%s is one', (date) => {
    expect(isDate(date)).toBe(true);
  });
  test.each([
    '2023-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '26-01-01',
  ])('%s is none', (date) => {
    expect(isDate(date)).toBe(false);
  });
});

describe('digests', () => {
  const one = 'a'.repeat(5);
  test.each([
    ['sha256', 'SHA-256'],
    ['SHA1', 'SHA-1'],
    ['Sha-1', 'SHA-1'],
    ['SHA 512', 'SHA-512'],
    ['SHA-2-256', 'SHA-256'],
    ['http://www.w3.org/2001/04/xmlenc#sha256', 'SHA-256'],
    ['HMAC-SHA256', 'HMAC-SHA256'],
    ['MD5', 'MD5'],
  ])('%s is %s', (written, name) => {
    expect(algorithmName(written)).toBe(name);
  });

  const bytes = (length: number) => Buffer.alloc(length, one);
  const hex = (length: number) => bytes(length).toString('hex');
  test.each([
    ['SHA-256', bytes(32).toString('base64'), 'SHA-256', hex(32), []],
    ['SHA-224', bytes(28).toString('base64'), 'SHA-224', hex(28), []],
    [
      'SHA-256',
      `\n ${bytes(32).toString('base64').slice(0, 20)}\n${bytes(32).toString('base64').slice(20)} `,
      'SHA-256',
      hex(32),
      [],
    ],
    ['SHA-256', hex(32).toUpperCase(), 'SHA-256', hex(32), ['digest-hexadecimal']],
    ['SHA-1', hex(20), 'SHA-1', hex(20), ['digest-hexadecimal']],
    ['SHA-256', Buffer.from(hex(32)).toString('base64'), 'SHA-256', hex(32), ['digest-hexadecimal']],
    ['SHA-1', bytes(32).toString('base64'), 'SHA-256', hex(32), ['digest-algorithm']],
    ['MD5', bytes(16).toString('base64'), 'MD5', hex(16), ['digest-algorithm']],
    ['SHA-256', 'non è una impronta', 'SHA-256', null, ['digest-unreadable']],
    ['SHA-256', bytes(31).toString('base64'), 'SHA-256', null, ['digest-unreadable']],
  ])('%s %j', (declared, value, algorithm, expected, codes) => {
    const xml = readXml(Buffer.from(`<Impronta algoritmo="${declared}" codifica="base64">${value}</Impronta>`));
    const collector = new ProblemCollector();
    const digest = xml.ok ? readDigest(xml.value.root, 'SHA-256', collector) : null;
    expect(digest).toMatchObject({ algorithm, hex: expected });
    expect(collector.list().map(({ code }) => code)).toEqual(codes);
  });
});

describe('floods', () => {
  const wrapped = (heading: string, description: string) =>
    Buffer.from(
      `<Segnatura><Intestazione>${heading}</Intestazione><Descrizione>${description}</Descrizione></Segnatura>`,
    );
  const identifier =
    '<Identificatore><CodiceAmministrazione>a</CodiceAmministrazione><CodiceAOO>b</CodiceAOO>' +
    '<NumeroRegistrazione>0000001</NumeroRegistrazione><DataRegistrazione>2024-01-01</DataRegistrazione></Identificatore>';

  test.each([
    [
      'notes with markup',
      wrapped('<Note>a<b/>c</Note>'.repeat(2_000), ''),
      ['segnatura-no-identifier', 'segnatura-invalid'],
    ],
    [
      'documents without a name',
      wrapped(identifier, '<Documento/>'.repeat(2_000)),
      ['document-name-missing', 'segnatura-invalid'],
    ],
  ])('%s do not push out other problems', (_name, bytes, expected) => {
    const read = readSegnatura(bytes, validate);
    if (!read.ok) throw new Error(read.problem.message);
    expect(read.value.problems.length).toBeLessThan(100);
    expect(read.value.problems.map(({ code }) => code)).toEqual(expect.arrayContaining(expected));
  });

  const digest = (attributes: string, value: string) =>
    wrapped(identifier, `<Documento nome="a"><Impronta ${attributes}>${value}</Impronta></Documento>`);
  const long = 4_000_000;
  test.each([
    ['a long algorithm', digest(`algoritmo="${'a'.repeat(long)}/"`, 'abcd')],
    ['a blank algorithm', digest(`algoritmo="${' '.repeat(long)}#x"`, 'abcd')],
    ['a long digest', digest('', 'ab'.repeat(long / 2))],
    ['a digest of blanks', digest('', ' a'.repeat(long / 2))],
    ['a long number', Buffer.from(digest('', '').toString().replace('0000001', '1'.repeat(long)))],
    [
      'a long date',
      Buffer.from(
        digest('', '')
          .toString()
          .replace('2024-01-01', `2024-01-01T${':'.repeat(long)}`),
      ),
    ],
    [
      'a long code',
      Buffer.from(
        digest('', '')
          .toString()
          .replace('>a<', `>${'a'.repeat(long)}<`),
      ),
    ],
    ['a long subject', wrapped(`${identifier}<Oggetto>${'à '.repeat(long / 4)}</Oggetto>`, '')],
    [
      'a long address',
      wrapped(
        `${identifier}<Risposta><IndirizzoTelematico>mailto:${'a'.repeat(long)}</IndirizzoTelematico></Risposta>`,
        '',
      ),
    ],
    ['a long name', wrapped(identifier, `<Documento nome="${'a/'.repeat(long / 2)}"/>`)],
    [
      'many documents',
      wrapped(identifier, `<Documento/><Allegati>${'<Documento nome="x"/>'.repeat(49_000)}</Allegati>`),
    ],
    ['many recipients', wrapped(`${identifier}${'<Destinazione><Destinatario/></Destinazione>'.repeat(40_000)}`, '')],
    [
      'nested files',
      wrapped(
        identifier,
        `<Allegati>${('<Fascicolo>'.repeat(100) + '</Fascicolo>'.repeat(100)).repeat(900)}</Allegati>`,
      ),
    ],
  ])('%s takes little time', (_name, bytes) => {
    const read = () => expect(readSegnatura(bytes, validate).ok).toBe(true);
    expect(leastCost(read, { enough: 5_000 })).toBeLessThan(5_000);
  });
});

test('an unsealed segnatura has no seal', () => {
  const written = writeMessage(protocolMessage(randomFrom(2), '3.0.0'), '3.0.0');
  if (!written.ok) throw new Error(written.problem.message);
  const read = readSegnatura(written.value, validate);
  expect(read.ok && read.value.hasSeal).toBe(false);
});
