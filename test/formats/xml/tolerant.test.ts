import { describe, expect, test } from 'vitest';
import { readXmlTolerantly } from '../../../src/formats/xml/tolerant.ts';
import type { XmlElement } from '../../../src/formats/xml/tree.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { leastCost } from '../../support/cost.ts';

const bytesOf = (xml: string | Uint8Array) => (typeof xml === 'string' ? Buffer.from(xml, 'utf8') : xml);
const read = (xml: string | Uint8Array) => readXmlTolerantly(bytesOf(xml));

function repaired(xml: string | Uint8Array): XmlElement {
  const result = read(xml);
  if (!result.ok) throw new Error(result.problem.message);
  expect(result.value.repaired).toBe(true);
  return result.value.root;
}

const code = (xml: string | Uint8Array): string => {
  const result = read(xml);
  return result.ok ? 'read' : result.problem.code;
};

describe('strict first', () => {
  test('what the strict reader accepts is not marked as repaired', () => {
    const result = read('<a b="1">x &amp; y</a>');
    expect(result.ok && result.value.repaired).toBe(false);
    expect(result.ok && result.value.root.text()).toBe('x & y');
  });

  test('a repaired document says why the strict reader refuses', () => {
    const result = read('<a>x & y</a>');
    expect(result.ok && result.value.repaired ? result.value.refusal.code : null).toBe('xml-malformed');
    expect(result.ok && result.value.repaired ? result.value.refusal.message : null).toContain('riga 1, colonna 4');
  });
});

describe('tolerates', () => {
  test.each([
    ['a blank line before the declaration', '\n<?xml version="1.0"?><a>t</a>'],
    ['a second byte order mark', '\ufeff\ufeff<?xml version="1.0"?><a>t</a>'],
    ['text before the root', 'ecco: <a>t</a>'],
    ['text after the root', '<a>t</a>\nfine & basta < qui'],
    ['other elements after the root', '<a>t</a><br/><abbr/>'],
    ['a comment beside a lonely mark', '<a>t<!-- < --></a> < <!-- x -->'],
    ['a NUL after the root', '<a>t</a>\0\0<'],
    ['a DOCTYPE with an empty subset', '<!DOCTYPE a SYSTEM "a.dtd" [ ]><a>t</a>'],
    ['a DOCTYPE without space', '<!DOCTYPE a SYSTEM "a.dtd"[]><a>t</a>'],
    ['a DOCTYPE that is not quite one', '<!doctype a><a>t</a>'],
    ['a declaration with spaces', '<?xml version = "1.0" encoding = \'UTF-8\' standalone="maybe"?><a>t</a>'],
    ['two hyphens in a comment', '<!-- a -- b --><a>t</a>'],
    ['a prefix that nobody declared', '<p:a>t</p:a>'],
    ['a `<` in an attribute', '<a b="1 < 2">t</a>'],
    [
      'UTF-16 with a mark, declared as UTF-8',
      Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-8"?><a>t</a>', 'utf16le'),
    ],
    ['UTF-16 without a mark', Buffer.from('<a>t</a>', 'utf16le')],
    ['UTF-8 that declares UTF-16', '<?xml version="1.0" encoding="utf-16"?><a>t</a>'],
    ['a charset of mail', '<?xml version="1.0" encoding="ISO-8859-2"?><a>t</a>'],
  ])('%s', (_, xml) => {
    const root = repaired(xml);
    expect([root.name, root.text()]).toEqual(['a', 't']);
  });

  test.each([
    ['<a>Rossi & Figli</a>', 'Rossi & Figli'],
    ['<a>a&b; c &; &1 &amp</a>', 'a&b; c &; &1 &amp'],
    ['<a>perch&eacute; &nbsp;&euro;&rsquo;</a>', 'perché \u00a0€’'],
    ['<a>&AMP;&Lt;&quot; & </a>', '&<" & '],
    ['<a>&amp;egrave; & &amp;lt;</a>', '&egrave; & &lt;'],
    ['<a>&#x20AC;&#8364; &</a>', '€€ &'],
    ['<a>&#0;&#xD800; &</a>', '\ufffd\ufffd &'],
    ['<a>1 < 2 > 0</a>', '1 < 2 > 0'],
    ['<a><nome@example.it></a>', '<nome@example.it>'],
    ['<a>se a<b allora</a>', 'se a<b allora'],
    ['<a>]]> & <![CDATA[<b> &amp; ]]></a>', ']]> & <b> &amp; '],
    ['<a>x<!-- & --><?p & ?>y &</a>', 'xy &'],
    ['<a><!DOCTYPE html> &</a>', '<!DOCTYPE html> &'],
  ])('%s', (xml, expected) => {
    expect(repaired(xml).content()).toBe(expected);
  });

  test('reads the letters of other charsets', () => {
    const latin2 = Buffer.from([...Buffer.from('<?xml version="1.0" encoding="ISO-8859-2"?><a>'), 0xb3]);
    expect(repaired(Buffer.concat([latin2, Buffer.from('</a>')])).text()).toBe('ł');
    expect(repaired(Buffer.from('\n<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe8</a>', 'latin1')).text()).toBe(
      'è',
    );
  });
});

describe('the tree', () => {
  test('is the same as that of the strict reader', () => {
    const xml = (text: string) =>
      `<p:a xmlns:p="urn:p" xmlns="urn:d" p:x="1 &lt; 2" y="&#x20AC;&#10;\n"><b>${text}</b><c xmlns=""/></p:a>`;
    const flat = (element: XmlElement): unknown => [
      element.at,
      element.prefix,
      element.namespace,
      element.attributes,
      element.content(),
      element.elements().map(flat),
    ];
    const strict = read(xml('x &amp; y'));
    expect(flat(repaired(xml('x & y')))).toEqual(strict.ok && flat(strict.value.root));
  });

  test('a prefix that nobody declared has no namespace', () => {
    const root = repaired('<p:a q:b="1"><c/></p:a>');
    expect([root.name, root.prefix, root.namespace]).toEqual(['a', 'p', '']);
    expect(root.attributes).toEqual([{ name: 'b', prefix: 'q', namespace: '', value: '1' }]);
  });

  test('names like __proto__ have no power', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '#text']) {
      read(`<a><${name} ${name}="x">&</${name}></a>`);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
      expect({}.constructor).toBe(Object);
    }
  });
});

describe('never guesses the structure', () => {
  test.each([
    '',
    'text',
    '<a>&',
    '<a><b>&</a></b>',
    '<a>&</b>',
    '<a>&</a><a>&</a>',
    '<a/><b/> &',
    '<a b="1" b="2">&</a>',
    '<a b=1>&</a>',
    '<a b>&</a>',
    '<a b="1"c="2">&</a>',
    '<a>&<!-- </a>',
    '<a>&<![CDATA[ </a>',
    '<a>&<? </a>',
    '<a><?xml version="1.0"</a>',
    // A comment or section inside a tag would join or hide what a person sees.
    '<a><b c="<!--">x</b><b c="-->">y</b> &</a>',
    '<a><<!---->b>x</b> &</a>',
    '<a><<!---->!--<b>x</b>--><b>y</b></a>',
    '<a b="<![CDATA[" c="x" d="]]>">&</a>',
    '<a b=">" c="<!--" d="-->">&</a>',
    '<a>&</a><a/>',
    '<a>&</a><a>b',
    '<a>&</a>\n<a b="c"/>',
  ])('%s', (xml) => {
    expect(code(xml)).toBe('xml-malformed');
  });

  test.each([
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'xml-doctype-internal'],
    ['<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]><a/>', 'xml-doctype-internal'],
    ['<!DOCTYPE a SYSTEM "a.dtd" []><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'xml-doctype-internal'],
    ['<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b/+AD4-</a>', 'xml-encoding-unsupported'],
    [Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93]), 'xml-encoding-unsupported'],
  ])('%s', (xml, expected) => {
    expect(code(xml)).toBe(expected);
  });

  test('an entity of the sender stays text', () => {
    expect(repaired('<!DOCTYPE a SYSTEM "file:///etc/hostname"><a>&b;</a>').text()).toBe('&b;');
  });
});

describe('limits', () => {
  const times = (count: number, text: string) => text.repeat(count);

  test('documents beyond the limits of the strict reader are not tried again', () => {
    expect(code(`<a>&${times(LIMITS.xmlDepth + 1, '<a>')}`)).toBe('xml-malformed');
    expect(code(times(LIMITS.xmlDepth + 1, '<a>'))).toBe('xml-too-deep');
    expect(code(`<a>${times(LIMITS.xmlElements + 1, '<b/>')}&</a>`)).toBe('xml-too-many');
    expect(code(Buffer.alloc(LIMITS.xmlBytes + 1, '<a>'))).toBe('xml-too-large');
  });

  test('depth, attributes and namespaces are bounded here too', () => {
    const deep = (depth: number) => `<r>&${times(depth, '<a>')}${times(depth, '</a>')}</r>`;
    expect(code(deep(LIMITS.xmlDepth - 1))).toBe('read');
    expect(code(deep(LIMITS.xmlDepth + 2))).toBe('xml-malformed');
    const wide = (count: number) => `<r>&<a${Array.from({ length: count }, (_, i) => ` b${i}=""`).join('')}/></r>`;
    expect(code(wide(LIMITS.xmlAttributes))).toBe('read');
    expect(code(wide(LIMITS.xmlAttributes + 1))).toBe('xml-malformed');
    expect(code(`<r>&${times(1_001, '<a xmlns:p="u"/>')}</r>`)).toBe('xml-malformed');
  });

  test('documents too large for a repair stay refused', () => {
    const padded = (size: number) => Buffer.from(`<a>&${' '.repeat(size - 8)}</a>`);
    expect(code(padded(LIMITS.tolerantXmlBytes))).toBe('read');
    expect(code(padded(LIMITS.tolerantXmlBytes + 1))).toBe('xml-malformed');
  });

  test.each([
    ['open tags', '<a '],
    ['open quotes', '<a b="'],
    ['both quotes', `<a b="<a b='`],
    ['marks', '<'],
    ['bare references', '&'],
    ['long references', '&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'],
    ['comments', '<!--'],
    ['instructions', '<?a "'],
    ['sections', '<![CDATA['],
    ['declarations', '<!DOCTYPE a ['],
    ['end tags', '</a'],
    ['blanks', '<a                                '],
    ['attributes', ' a="" <a b="" '],
    ['namespaces', '<a xmlns:a="u">'],
  ])('a megabyte of %s takes seconds at most', (_, piece) => {
    const text = times(Math.floor((LIMITS.tolerantXmlBytes - 20) / piece.length), piece);
    expect(leastCost(() => void read(`<r>& ${text}</r>`), { enough: 4_000 })).toBeLessThan(4_000);
  });
});
