import { describe, expect, test } from 'vitest';
import { readXml, type XmlDocument } from '../../../src/formats/xml/parse.ts';
import type { XmlElement } from '../../../src/formats/xml/tree.ts';
import { leastCost } from '../../support/cost.ts';

const read = (xml: string | Uint8Array) => readXml(typeof xml === 'string' ? Buffer.from(xml, 'utf8') : xml);

function tree(xml: string | Uint8Array): XmlDocument {
  const result = read(xml);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}

const codes = (document: XmlDocument) => document.problems.map(({ code }) => code);
const code = (xml: string | Uint8Array): string => {
  const result = read(xml);
  return result.ok ? 'ok' : result.problem.code;
};

describe('the tree', () => {
  test('resolves names, namespaces, references and CDATA', () => {
    const { root } = tree(
      '<p:a xmlns:p="urn:p" xmlns="urn:d" p:x="1 &lt; 2" y="&#x20AC;&#8364;"><b>t<![CDATA[<&>]]>&amp;<!-- c --><?pi x?></b></p:a>',
    );
    expect([root.name, root.prefix, root.namespace]).toEqual(['a', 'p', 'urn:p']);
    expect(root.attributes).toEqual([
      { name: 'x', prefix: 'p', namespace: 'urn:p', value: '1 < 2' },
      { name: 'y', prefix: '', namespace: '', value: '€€' },
    ]);
    const b = root.child('b');
    expect([b?.namespace, b?.text()]).toEqual(['urn:d', 't<&>&']);
  });

  test('unbinds a prefix where its element ends', () => {
    const { root } = tree('<a xmlns="u"><b xmlns=""><c/></b><d/></a>');
    const names = (element: XmlElement): unknown[] => [element.namespace, ...element.elements().flatMap(names)];
    expect(names(root)).toEqual(['u', '', '', 'u']);
    expect(code('<a><b xmlns:p="u"/><p:c/></a>')).toBe('xml-malformed');
  });

  test('gives the path of every element', () => {
    const { root } = tree('<a><b/><c><d/><d/></c><b><e/></b></a>');
    const places = (element: XmlElement): string[] => [element.at, ...element.elements().flatMap(places)];
    expect(places(root)).toEqual(['/a', '/a/b[1]', '/a/c', '/a/c/d[1]', '/a/c/d[2]', '/a/b[2]', '/a/b[2]/e']);
  });

  test('normalises line ends and white space as XML 1.0 demands', () => {
    const { root } = tree('<?xml version="1.0"?>\r\n<a x="1\r\n2\t3&#10;4">a\r\nb\rc&#13;</a>');
    expect(root.attribute('x')).toBe('1 2 3\n4');
    expect(root.children).toEqual(['a\nb\nc\r']);
  });

  test('gives names like __proto__ no power', () => {
    const { root } = tree('<__proto__ constructor="x"><toString/><hasOwnProperty __proto__="y"/></__proto__>');
    expect(root.name).toBe('__proto__');
    expect(root.elements().map((each) => each.at)).toEqual(['/__proto__/toString', '/__proto__/hasOwnProperty']);
    expect(({} as Record<string, unknown>)['constructor']).toBe(Object);
  });

  test('leaves XInclude and processing instructions alone', () => {
    const { root } = tree(
      '<?xml-stylesheet href="file:///etc/hostname"?><a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname" parse="text"/></a>',
    );
    expect(root.child('include')?.children).toEqual([]);
  });
});

describe('well-formedness', () => {
  test.each([
    '',
    ' ',
    'text',
    '<a>',
    '</a>',
    '<a/><b/>',
    '<a/>x',
    '<a><b></a></b>',
    '<a></a ></a>',
    '<a></aa>',
    '<1a/>',
    '<a b/>',
    '<a b=1/>',
    '<a b="1" b="2"/>',
    '<a b="1"c="2"/>',
    '<a b="<"/>',
    '<a b="1',
    '<a xmlns:p="u" xmlns:q="u" p:b="1" q:b="2"/>',
    '<p:a/>',
    '<a p:b="1"/>',
    '<a xmlns:p=""/>',
    '<a xmlns:xml="urn:other"/>',
    '<a xmlns:xmlns="u"/>',
    '<a:b:c xmlns:a="u"/>',
    '<:a/>',
    '<a>&</a>',
    '<a>& ;</a>',
    '<a>&#;</a>',
    '<a>&#xZ;</a>',
    '<a>]]></a>',
    '<a><![CDATA[x</a>',
    '<a><!-- -- --></a>',
    '<a><!--></a>',
    '<a><?xml version="1.0"?></a>',
    '<a><?pi</a>',
    '<![CDATA[x]]>',
    '<a><!DOCTYPE a></a>',
    '<!DOCTYPE a><!DOCTYPE a><a/>',
    '<!DOCTYPE a SYSTEM x><a/>',
    '<!DOCTYPE a SYSTEM "x" "y" "z"><a/>',
    '<!ELEMENT a ANY><a/>',
    ' <?xml version="1.0"?><a/>',
    '<?xml encoding="UTF-8"?><a/>',
    '<?xml version="1.0" encoding="UTF-8" standalone="perhaps"?><a/>',
    '<?xml version="2.0"?><a/>',
  ])('refuses %s', (xml) => {
    expect(code(xml)).toBe('xml-malformed');
  });

  test.each([
    '<a/>',
    '<a ></a >',
    "<a b = '1' />",
    '<à é="1"/>',
    '<a xml:lang="it"/>',
    '<!DOCTYPE a SYSTEM "Segnatura.dtd"><a/>',
    '<!DOCTYPE a PUBLIC "-//x" "y.dtd" ><a/>',
    '<!-- c --><?pi?><a/><!-- d -->\n',
    '\ufeff<?xml version="1.0" encoding="utf-8" standalone="no" ?><a/>',
  ])('accepts %s', (xml) => {
    expect(code(xml)).toBe('ok');
  });

  test('cuts long names in sentences between characters', () => {
    for (const before of ['', 'a']) {
      const result = read(`<a>&${before}${'𐐀'.repeat(100)};</a>`);
      expect(result.ok ? '' : result.problem.message).toContain('…');
      expect(result.ok ? '' : result.problem.message.isWellFormed()).toBe(true);
    }
  });

  test('says on which line and column', () => {
    const result = read('<a>\n <b>\n</a>');
    expect(result.ok ? '' : result.problem.message).toMatch(/«b».*riga 3, colonna 1/);
  });
});

describe('declarations and entities', () => {
  test.each([
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'xml-doctype-internal'],
    ['<!DOCTYPE a SYSTEM "x" []><a/>', 'xml-doctype-internal'],
    ['<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]><a/>', 'xml-doctype-internal'],
    ['<a>&egrave;</a>', 'xml-entity'],
    ['<a b="&xxe;"/>', 'xml-entity'],
    ['<!DOCTYPE a SYSTEM "file:///etc/hostname"><a>&b;</a>', 'xml-entity'],
  ])('%s', (xml, expected) => {
    expect(code(xml)).toBe(expected);
  });

  test('name the entity in the sentence', () => {
    const result = read('<a>&agrave;</a>');
    expect(result.ok ? '' : result.problem.message).toContain('&agrave;');
  });
});

describe('encodings', () => {
  const declared = (name: string, body: string) => `<?xml version="1.0" encoding="${name}"?><a>${body}</a>`;
  const latin = (text: string) => Buffer.from(text, 'latin1');

  test('ISO-8859-1 as declared is no problem, and the validator gets the original bytes', () => {
    const bytes = latin(declared('ISO-8859-1', 'perch\xe9'));
    const document = tree(bytes);
    expect([document.root.text(), codes(document), document.rewritten]).toEqual(['perché', [], false]);
    expect(document.bytes).toBe(bytes);
  });

  test.each([
    ['ISO-8859-1 under UTF-8', latin(declared('UTF-8', 'perch\xe9')), 'perché'],
    ['ISO-8859-1 without a declaration', latin('<a>perch\xe9</a>'), 'perché'],
    ['UTF-8 under ISO-8859-1', Buffer.from(declared('ISO-8859-1', 'perché'), 'utf8'), 'perché'],
    ['Windows-1252 under ISO-8859-1', latin(declared('ISO-8859-1', '\x93quattro\x94 \x80')), '“quattro” €'],
    ['Windows-1252 under UTF-8', latin(declared('UTF-8', '\x93quattro\x94')), '“quattro”'],
  ])('%s is read, flagged and re-encoded', (_name, bytes, expected) => {
    const document = tree(bytes);
    expect([document.root.text(), codes(document)]).toEqual([expected, ['xml-encoding']]);
    expect(Buffer.from(document.bytes).toString('utf8')).toContain(`<a>${expected}</a>`);
    // A reader that believes the declaration of the rewritten bytes must read the same.
    expect([tree(document.bytes).root.text(), codes(tree(document.bytes))]).toEqual([expected, []]);
  });

  test('a mixture stays single-byte', () => {
    expect(tree(latin(declared('ISO-8859-1', '\xc3\xa8 \xe9'))).root.text()).toBe('Ã¨ é');
  });

  test('ISO-8859-15 has its euro sign', () => {
    expect(tree(latin(declared('ISO-8859-15', '\xa4'))).root.text()).toBe('€');
  });

  const wide = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
  test.each([
    ['UTF-16', Buffer.from('<a/>', 'utf16le')],
    ['UTF-16', wide(`${declared('UTF-8', 'è')}`)],
    ['UTF-16', wide(`${declared('UTF-16LE', 'è')}`)],
    ['UTF-16', wide('\n<a/>')],
    ['UTF-16', wide('<a>\ud800</a>')],
    ['UTF-16', Buffer.concat([wide('<a/>'), Buffer.from('x')])],
    ['UTF-32', Buffer.from('fffe00003c000000', 'hex')],
    ['UTF-32', Buffer.from([0, 0, 0xfe, 0xff, 0, 0, 0, 0x3c])],
    ['UTF-32', Buffer.from([0x3c, 0, 0, 0, 0x61, 0, 0, 0])],
    ['EBCDIC', Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93])],
    ['UTF-7', Buffer.from(declared('UTF-7', '+ADw-b/+AD4-'))],
    ['UTF-7', Buffer.from('+/v8-<a/>')],
    ['UTF-16', Buffer.from(declared('UTF-16', ''))],
    ['IBM037', Buffer.from(declared('IBM037', ''))],
    ['SHIFT_JIS', Buffer.from(declared('Shift_JIS', ''))],
  ])('%s is refused by name', (name, bytes) => {
    const result = read(bytes);
    expect(result).toMatchObject({ ok: false, problem: { code: 'xml-encoding-unsupported' } });
    if (!result.ok) expect(result.problem.message).toContain(name);
  });

  test.each([
    ['with its name', declared('UTF-16', 'è 𝄞')],
    ['without a name', '<a>è 𝄞</a>'],
  ])('UTF-16 with its mark is read strictly, %s, in either order of bytes', (_, text) => {
    for (const bytes of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(`\ufeff${text}`, 'utf16le').swap16()]) {
      const document = tree(bytes);
      expect([document.root.text(), codes(document), document.rewritten]).toEqual(['è 𝄞', [], true]);
      expect(tree(document.bytes).root.text()).toBe('è 𝄞');
    }
  });
});

describe('control characters', () => {
  test.each([
    ['<a>x\x02y</a>', 'x\ufffdy'],
    ['<a>x\x0by</a>', 'x y'],
    ['<a>x&#2;y</a>', 'x\ufffdy'],
    ['<a>x&#x0;y</a>', 'x\ufffdy'],
    ['<a>x&#xD800;&#99999999999;y</a>', 'x\ufffd\ufffdy'],
    ['<a>xy</a>\0\0\x1a', 'xy'],
    ['<a>x\uffffy</a>', 'x\ufffdy'],
  ])('%j is flagged and replaced', (xml, expected) => {
    const document = tree(xml);
    expect([document.root.text(), codes(document)]).toEqual([expected, ['xml-control-character']]);
    expect([tree(document.bytes).root.text(), codes(tree(document.bytes))]).toEqual([expected, []]);
  });

  test('in a name leave another name, not the one without them', () => {
    expect(tree('<a\x01b/>').root.name).toBe('a\ufffdb');
    expect(code('<\x01a/>')).toBe('ok');
    expect(code('<a\x0bb/>')).toBe('xml-malformed');
  });
});

/** Documents that are refused for their size are in ../hostile.test.ts. */
describe('what is lawful but heavy', () => {
  const repeated = (count: number, make: (i: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i)).join('');

  test('takes linear time', () => {
    const cost = (size: number) => {
      const bound = `<a ${repeated(200, (i) => `xmlns:p${i}="u" `)}>${'<b xmlns:q="v"/>'.repeat(size)}</a>`;
      const bytes = Buffer.from(bound);
      return leastCost(() => expect(code(bytes)).toBe('ok'), { tries: 3 });
    };
    cost(1_000);
    expect(cost(40_000)).toBeLessThan(Math.max(400, 40 * cost(4_000)));
  });
});
