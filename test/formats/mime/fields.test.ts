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

  const attachment = (rest: string): string => `Content-Disposition: attachment; ${rest}`;
  it.each([
    [
      'encoded words over the sections of RFC 2231',
      'filename*0="=?UTF-8?Q?viabilit=C3";\n filename*1="=A0.pdf?="',
      'viabilità.pdf',
    ],
    ['an encoded word in an extended value', "filename*=UTF-8''%3D%3FUTF-8%3FQ%3Fcitt=C3=A0.pdf%3F%3D", 'città.pdf'],
    ['an encoded word without quotation marks', 'filename==?UTF-8?B?Y2l0dMOgLnBkZg==?=', 'città.pdf'],
    [
      'sections out of order',
      "filename*2*=%A0.pdf; filename*0*=UTF-8''a%20; filename*1=citt%C3",
      'a citt%C3\ufffd.pdf',
    ],
    ['no star at all', 'filename="UTF-8\'\'citt%C3%A0%20uno.pdf"', 'città uno.pdf'],
    ['no star in the sections', 'filename*0="iso-8859-1\'it\'citt%E0"; filename*1="%20uno.pdf"', 'città uno.pdf'],
    ['no charset in the extended value', 'filename*=citt%E0.pdf', 'città.pdf'],
    ['an apostrophe and no charset', 'filename="dell\'anno\' 2026.pdf"', "dell'anno' 2026.pdf"],
    ['an empty extended value beside a good one', 'filename="a.pdf"; filename*=', 'a.pdf'],
    ['folded with a tab', 'filename="relazione\n\ttecnica.pdf"', 'relazione tecnica.pdf'],
    ['folded with blanks and tabs', 'filename="relazione \n \t tecnica.pdf"', 'relazione tecnica.pdf'],
    ['two blanks of its own', 'filename="relazione  tecnica.pdf"', 'relazione  tecnica.pdf'],
    ['percent-encoded', 'filename="citt%C3%A0%20uno.pdf"', 'città uno.pdf'],
    ['percent signs that encode nothing', 'filename="sconto 20%25 e 5%.pdf"', 'sconto 20%25 e 5%.pdf'],
    ['percent-encoded, but not UTF-8', 'filename="a%E0.pdf"', 'a%E0.pdf'],
    ['percent-encoded control characters', 'filename="a%00b%0Dc.pdf"', 'a%00b%0Dc.pdf'],
    ['a path of Windows', 'filename="C:\\dir\\nuova\\a.pdf"', 'a.pdf'],
    ['a path of Windows, escaped', 'filename="C:\\\\dir\\\\a.pdf"', 'a.pdf'],
    ['a path of the network', 'filename=\\\\server\\atti\\a.pdf', 'a.pdf'],
    ['a path in an encoded word', 'filename="=?utf-8?Q?C:\\atti\\citt=C3=A0.pdf?="', 'città.pdf'],
    ['a path without a file', 'filename=C:\\atti\\', 'C:\\atti\\'],
    ['quotation marks inside', 'filename="Delibera "Piano" 12.pdf"; size=3', 'Delibera "Piano" 12.pdf'],
    ['quotation marks at its end', 'filename="Il "Piano""', 'Il "Piano"'],
    ['a forgotten semicolon', 'filename="a.pdf" size="3"', 'a.pdf'],
    ['a comment of old software', 'filename="a.pdf" (allegato)', 'a.pdf'],
    ['nothing', 'filename=""', ''],
    ['nothing, but a name', 'filename=""\nContent-Type: application/pdf; name="a.pdf"', 'a.pdf'],
    ['nothing encoded, but a name', 'filename="=?utf-8?Q??="\nContent-Type: application/pdf; name="a.pdf"', 'a.pdf'],
    ['a name beside it', 'filename="a.pdf"\nContent-Type: application/pdf; name="b.pdf"', 'a.pdf'],
  ])('written with %s', (_what, rest, expected) => expect(name(attachment(rest))).toBe(expected));

  describe('longer than any file system takes', () => {
    const parts = (...names: readonly string[]) =>
      parseMime(
        Buffer.from(
          `Content-Type: multipart/mixed; boundary=x\n\n${names.map((each) => `--x\nContent-Type: a/b; name="${each}"\n\n`).join('')}--x--`,
        ),
      );
    const cut = ({ root, problems }: ReturnType<typeof parts>) => ({
      names: root.children.map(({ filename }) => filename),
      problems: problems.map(({ code, at }) => [code, at]),
    });
    it.each([
      ['just as long', `${'n'.repeat(251)}.pdf`, `${'n'.repeat(251)}.pdf`],
      ['longer by one', `${'n'.repeat(252)}.pdf`, `${'n'.repeat(251)}.pdf`],
      ['without an extension', 'n'.repeat(100_000), 'n'.repeat(255)],
      ['with a dot far from the end', `a.${'n'.repeat(300)}`, `a.${'n'.repeat(253)}`],
      ['with an emoji where it is cut', `${'n'.repeat(250)}😀.pdf`, `${'n'.repeat(250)}.pdf`],
    ])('are cut before their extension: %s', (_what, written, expected) => {
      expect(cut(parts(written))).toEqual({
        names: [expected],
        problems: written === expected ? [] : [['mime-name-cut', '1']],
      });
    });

    it('are said to be so once, so that they hide no other problem', () => {
      const long = 'n'.repeat(300);
      const { names, problems } = cut(parts('a.pdf', ...Array.from({ length: 200 }, () => long)));
      expect(names[0]).toBe('a.pdf');
      expect(names.slice(1).every((each) => each === 'n'.repeat(255))).toBe(true);
      expect(problems).toEqual([['mime-name-cut', '2']]);
    });
  });

  it('are read with freedoms that no other parameter has', () => {
    const boundary = (text: string) =>
      parseMime(Buffer.from(`Content-Type: multipart/mixed; boundary=${text}\n\n`)).root.parameters.get('boundary');
    expect(boundary('"a"b"')).toBe('a');
    expect(boundary('"a\\b"')).toBe('ab');
  });

  it('take linear time on hostile text', () => {
    const start = performance.now();
    for (const piece of ['filename="a" ', 'name="a"b;', 'filename*1="=?a?q?b";', '\\"', "utf-8'", '%41'])
      name(attachment(`filename="${piece.repeat(200_000 / piece.length)}`));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
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
