import iconv from 'iconv-lite';
import { describe, expect, it } from 'vitest';
import { parseAddresses } from '../../../src/formats/mime/addresses.ts';
import { parseMailDate } from '../../../src/formats/mime/dates.ts';
import { parseMime } from '../../../src/formats/mime/parse.ts';
import { decodeWords } from '../../../src/formats/mime/words.ts';

const utf8AsLatin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1');

describe('encoded words (RFC 2047)', () => {
  it.each([
    ['plain', 'plain'],
    ['=?utf-8?Q?Citt=C3=A0_di_Esempio?=', 'Città di Esempio'],
    ['=?UTF-8?b?Q2l0dMOg?=', 'Città'],
    ['=?iso-8859-1?q?Citt=E0?= fine', 'Città fine'],
    ['=?windows-1252?Q?=80_100?=', '€ 100'],
    ['a =?utf-8?q?b?= \t =?utf-8?q?c?= d', 'a bc d'],
    ['=?utf-8?B?Q2l0dMM=?= =?utf-8?B?oA==?=', 'Città'],
    ['=?utf-8*it?q?ciao?=', 'ciao'],
    ['=?x-unknown?Q?Citt=C3=A0?=', 'Città'],
    ['=?__proto__?Q?a?=', 'a'],
    ['=?utf-8?X?a?=', '=?utf-8?X?a?='],
    ['=?utf-8?Q?open', '=?utf-8?Q?open'],
    [utf8AsLatin1('Città'), 'Città'],
    ['Citt\xe0', 'Città'],
    ['già testo €', 'già testo €'],
  ])('%j', (value, expected) => expect(decodeWords(value)).toBe(expected));

  it('take linear time on hostile text', () => {
    const start = performance.now();
    for (const piece of ['=?', '=?a?q?', '=?a?q?b', '=?a?q?b?= ', '=? ?'])
      decodeWords(piece.repeat(250_000 / piece.length));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('file names', () => {
  const name = (lines: string) => parseMime(Buffer.from(`${lines}\n\n`, 'latin1')).root.filename;
  const cp1252 = [...iconv.encode('à', 'windows-1252')].map((octet) => `%${octet.toString(16)}`).join('');
  it.each([
    ['Content-Disposition: attachment; filename="a.xml"', 'a.xml'],
    ['Content-Disposition: attachment; filename=a b.xml; size=3', 'a b.xml'],
    ['Content-Type: application/pdf; name="=?utf-8?Q?Citt=C3=A0.pdf?="', 'Città.pdf'],
    [`Content-Disposition: attachment; filename*=windows-1252'it'citt${cp1252}.pdf; filename=x`, 'città.pdf'],
    ["Content-Disposition: attachment;\n filename*1*=%A0.pdf;\n filename*0*=utf-8''citt%C3", 'città.pdf'],
    ['Content-Disposition: attachment; filename*0="uno-"; filename*1=due', 'uno-due'],
    [`Content-Disposition: attachment; filename="${utf8AsLatin1('città')}.xml"`, 'città.xml'],
    ['Content-Disposition: attachment; filename="citt\xe0.xml"', 'città.xml'],
    ['Content-Disposition: attachment; filename="a\\"b;c.xml"', 'a"b;c.xml'],
    ['Content-Disposition: attachment; filename="../../etc/passwd"', '../../etc/passwd'],
    ['Content-Disposition: attachment; filename="unterminated', 'unterminated'],
    ['Content-Disposition: attachment\nContent-Type: text/xml; name=b.xml', 'b.xml'],
    ['Content-Disposition: attachment', null],
  ])('%j', (lines, expected) => expect(name(lines)).toBe(expected));
});

describe('addresses', () => {
  const read = (field: string) => parseAddresses(field).map(({ name, address }) => [name, address]);
  it.each<[string, [string, string][]]>([
    ['A@Example.IT', [['', 'a@example.it']]],
    [
      '"Rossi, Mario" <m.rossi@example.it>, b@example.it',
      [
        ['Rossi, Mario', 'm.rossi@example.it'],
        ['', 'b@example.it'],
      ],
    ],
    ['=?utf-8?Q?Citt=C3=A0?= <c@example.it>', [['Città', 'c@example.it']]],
    ['a@example.it (a comment (nested), <x@y.it>)', [['', 'a@example.it']]],
    [
      'Gruppo: a@example.it, b@example.it; c@example.it',
      [
        ['', 'a@example.it'],
        ['', 'b@example.it'],
        ['', 'c@example.it'],
      ],
    ],
    ['undisclosed-recipients:;', []],
    ['"a@vero.it" <b@falso.it>', [['a@vero.it', 'b@falso.it']]],
    [
      '<a@vero.it> <b@falso.it>',
      [
        ['', 'a@vero.it'],
        ['', 'b@falso.it'],
      ],
    ],
    ['a@vero.it <b@falso.it>', [['a@vero.it', 'b@falso.it']]],
    ['"x\\"y" <a@example.it>', [['x"y', 'a@example.it']]],
    ['nobody, <>, @, a@', []],
  ])('%s', (field, expected) => expect(read(field)).toEqual(expected));
});

describe('dates', () => {
  it.each([
    ['Tue, 14 Dec 2021 14:36:08 +0100', '2021-12-14T13:36:08.000Z'],
    ['Fri, 14 May 2021 12:02:08 +0200 (CEST)', '2021-05-14T10:02:08.000Z'],
    ['1 Jun 25 08:00 GMT', '2025-06-01T08:00:00.000Z'],
    ['Sun,  1 Jun 2025 10:20:30 -0330', '2025-06-01T13:50:30.000Z'],
    ['31 Feb 2025 10:00:00 +0000', undefined],
    ['1 Jum 2025 10:00:00 +0000', undefined],
    ['1 Jun 2025 25:00:00 +0000', undefined],
    ['', undefined],
  ])('%s', (field, expected) => expect(parseMailDate(field)?.toISOString()).toBe(expected));
});
