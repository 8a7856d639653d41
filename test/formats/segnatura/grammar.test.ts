import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';
import { allocCStringArray, free } from 'libxml2-wasm/lib/libxml2.mjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { compileGrammars, type Grammars } from '../../../src/formats/segnatura/grammar.ts';
import type { Generation } from '../../../src/model/segnatura.ts';
import { leastCost } from '../../support/cost.ts';
import { generationOf } from '../../support/grammar-corpus.ts';
import { type GrammarKind, generateValid, KINDS, ownGrammarFiles } from '../../support/grammar-generator.ts';
import { seededRandom } from '../../support/random.ts';

let grammars: Grammars;
beforeAll(async () => {
  grammars = await loadGrammars();
});

const OLD_ID =
  '<Identificatore><CodiceAmministrazione>c_e001</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>' +
  '<NumeroRegistrazione>0000001</NumeroRegistrazione><DataRegistrazione>2024-05-06</DataRegistrazione></Identificatore>';
const ID_2013 = OLD_ID.replace('</CodiceAOO>', '</CodiceAOO><CodiceRegistro>PROT</CodiceRegistro>');
const ANSWER = '<Motivo>errore</Motivo><Provvedimento>atto 1</Provvedimento></AnnullamentoProtocollazione>';
const NS_2013 = 'xmlns="http://www.digitPa.gov.it/protocollo/"';
const NS_3 =
  'xmlns="http://www.agid.gov.it/protocollo/pec/" xmlns:pec="http://www.agid.gov.it/protocollo/pec/"' +
  ' xmlns:p="http://www.agid.gov.it/protocollo/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const ID_3 = ID_2013.replace(/<(\/?)(?!Identificatore|\/)/g, '<$1p:').replace('<//p:', '</p:');
const annulment3 = (attributes: string, id = ID_3): string =>
  `<AnnullamentoProtocollazione ${NS_3} ${attributes}>${id}${ANSWER}`;

const validate = (text: string | Uint8Array, generation: Generation) =>
  grammars.validate(typeof text === 'string' ? Buffer.from(text) : text, generation);

describe('a verdict', () => {
  it.each<[string, Generation, string, boolean]>([
    ['2001', '2001', `<AnnullamentoProtocollazione>${OLD_ID}${ANSWER}`, true],
    ['2001 with its version', '2001', `<AnnullamentoProtocollazione versione="2001-05-07">${OLD_ID}${ANSWER}`, true],
    ['2001 with that of 2009', '2001', `<AnnullamentoProtocollazione versione="2009-12-03">${OLD_ID}${ANSWER}`, false],
    ['2009 with its version', '2009', `<AnnullamentoProtocollazione versione="2009-12-03">${OLD_ID}${ANSWER}`, true],
    [
      '2001 with a DOCTYPE',
      '2001',
      `<!DOCTYPE AnnullamentoProtocollazione SYSTEM "Segnatura.dtd"><AnnullamentoProtocollazione xml:lang="it">${OLD_ID}${ANSWER}`,
      true,
    ],
    ['2001 with plain lang', '2001', `<AnnullamentoProtocollazione lang="it">${OLD_ID}${ANSWER}`, false],
    ['2013', '2013', `<AnnullamentoProtocollazione ${NS_2013} xml-lang="it">${ID_2013}${ANSWER}`, true],
    [
      '2013 with a DOCTYPE',
      '2013',
      `<!DOCTYPE AnnullamentoProtocollazione SYSTEM "segnatura.dtd"><AnnullamentoProtocollazione ${NS_2013}>${ID_2013}${ANSWER}`,
      true,
    ],
    ['2013 with xml:lang', '2013', `<AnnullamentoProtocollazione ${NS_2013} xml:lang="it">${ID_2013}${ANSWER}`, false],
    [
      '2013 with a date as version',
      '2013',
      `<AnnullamentoProtocollazione ${NS_2013} versione="2013-01-01">${ID_2013}${ANSWER}`,
      false,
    ],
    [
      '2013 without namespace, by the DTD',
      '2013',
      `<AnnullamentoProtocollazione xml:lang="it">${ID_2013}${ANSWER}`,
      true,
    ],
    ['2013 without register', '2013', `<AnnullamentoProtocollazione ${NS_2013}>${OLD_ID}${ANSWER}`, false],
    ['3.0.0', '3.0.0', annulment3('pec:versione="3.0.0" pec:lang="it"'), true],
    ['3.0.0 with unprefixed attributes', '3.0.0', annulment3('versione="3.0.0" lang="it"'), false],
    [
      '3.0.0 with a short number',
      '3.0.0',
      annulment3('pec:versione="3.0.0" pec:lang="it"', ID_3.replace('0000001', '1')),
      false,
    ],
    [
      '3.0.0 naming a schema elsewhere',
      '3.0.0',
      annulment3('pec:versione="3.0.0" pec:lang="it" xsi:schemaLocation="urn:a http://127.0.0.1:1/a.xsd"'),
      true,
    ],
    ['3.0.0 judged as 2013', '2013', annulment3('pec:versione="3.0.0" pec:lang="it"'), false],
    ['an element that is no message, 2001', '2001', '<Oggetto>testo</Oggetto>', false],
    ['an element that is no message, 2013', '2013', `<Oggetto ${NS_2013}>testo</Oggetto>`, false],
    ['another vocabulary', '3.0.0', '<ConfermaRicezione xmlns="urn:example:altro"/>', false],
    [
      'content out of place',
      '2001',
      `<NotificaEccezione>${OLD_ID}<MessaggioRicevuto/><Motivo/></NotificaEccezione>`,
      false,
    ],
  ])('on %s', (_what, generation, text, expected) => {
    const { valid, problems } = validate(text, generation);
    expect([valid, problems]).toEqual([expected, expected ? [] : problems]);
    expect(problems.length > 0).toBe(!expected);
  });

  it('on references needs their targets to exist', () => {
    const document = (reference: string) =>
      `<ConfermaRicezione>${OLD_ID}<MessaggioRicevuto>${OLD_ID}</MessaggioRicevuto><Descrizione>` +
      `<Documento id="a"/><Allegati><Documento rife="${reference}"/></Allegati></Descrizione></ConfermaRicezione>`;
    expect(validate(document('a'), '2001').valid).toBe(true);
    expect(validate(document('b'), '2001').problems[0]).toMatchObject({
      at: '/ConfermaRicezione/Descrizione/Allegati/Documento',
      message: expect.stringContaining('«rife» rimanda a «b», che non esiste'),
    });
  });

  it('accepts both roots of 3.0.0', () => {
    const random = seededRandom(7);
    for (const kind of ['3.0.0', '3.0.0-mail'] as const) {
      const { bytes } = generateValid(kind, 'SegnaturaInformatica', random);
      expect(grammars.validate(bytes, '3.0.0')).toEqual({ valid: true, problems: [] });
    }
  });

  it('says in Italian what is wrong and where', () => {
    const text = annulment3('pec:versione="3.0.0" lang="it"', ID_3.replace('2024-05-06', '2024-13-06'));
    expect(validate(text, '3.0.0').problems).toMatchObject([
      { at: '/AnnullamentoProtocollazione', message: expect.stringContaining('attributo «lang» non ammesso') },
      { at: '/AnnullamentoProtocollazione', message: expect.stringContaining("manca l'attributo «pec:lang»") },
      {
        code: 'segnatura-invalid',
        at: '/AnnullamentoProtocollazione/Identificatore/DataRegistrazione',
        message: expect.stringContaining('«2024-13-06» non è un valore valido per «prot:DataRegistrazione»'),
      },
    ]);
    const second = `<Segnatura><Intestazione/><Descrizione><Documento/><Allegati><Documento/><Documento x="1"/></Allegati></Descrizione></Segnatura>`;
    expect(validate(second, '2001').problems).toMatchObject([
      {
        at: '/Segnatura/Intestazione',
        message: expect.stringContaining('«Intestazione» non conforme: è vuoto, attesi: Identificatore'),
      },
      {
        at: '/Segnatura/Descrizione/Allegati/Documento[2]',
        message: expect.stringContaining('attributo «x» non ammesso'),
      },
    ]);
    expect(validate('<Segnatura>\n<Descrizione></Segnatura>', '2001').problems).toMatchObject([{ at: 'riga 2' }]);
  });

  it('names at most twenty problems', () => {
    const many = '<Documento x="1"/>'.repeat(50);
    const text = `<Segnatura><Intestazione/><Descrizione><Documento/><Allegati>${many}</Allegati></Descrizione></Segnatura>`;
    expect(validate(text, '2001').problems.length).toBe(20);
  });
});

const nested = (depth: number): string => '<Segnatura>'.repeat(depth) + '</Segnatura>'.repeat(depth);
const inObject = (inner: string): Buffer => {
  const { bytes } = generateValid('3.0.0-mail', 'SegnaturaInformatica', seededRandom(3));
  const start = bytes
    .toString()
    .replace(
      /(<\/(?:\w+:)?Signature>)(?![\s\S]*Signature>)/,
      `<Object xmlns="http://www.w3.org/2000/09/xmldsig#">${inner}</Object>$1`,
    );
  return Buffer.from(start);
};

describe('hostile documents', () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('<!ELEMENT Segnatura ANY>');
  });
  let base = '';
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise<void>((done) => void server.close(() => done())));

  const laughs = Array.from({ length: 12 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`).join(
    '',
  );
  const here = pathToFileURL(import.meta.filename).href;
  const many = (text: string, bytes: number): string => text.repeat(Math.floor(bytes / text.length));
  const SIZE = 4_900_000;
  const wide = (documents: string): string =>
    `<Segnatura><Intestazione/><Descrizione><Documento/><Allegati>${documents}</Allegati></Descrizione></Segnatura>`;
  const attributes = (value: (index: number) => string): string =>
    Array.from({ length: 200_000 }, (_, index) => value(index)).join(' ');

  const cases: [string, Generation, (url: string) => string | Uint8Array][] = [
    ['an internal subset', '2001', () => `<!DOCTYPE Segnatura [<!ELEMENT Segnatura ANY>]><Segnatura/>`],
    [
      'an internal subset after remarks',
      '2001',
      () => `<?xml version="1.0"?>\n<!-- [ --><?p ?>\n<!DOCTYPE Segnatura SYSTEM "a>" [ ]><Segnatura/>`,
    ],
    [
      'defaults declared by the document',
      '2013',
      () => `<!DOCTYPE a [<!ATTLIST a xmlns CDATA #FIXED "http://www.digitPa.gov.it/protocollo/">]><a/>`,
    ],
    ['billion laughs', '2001', () => `<!DOCTYPE Segnatura [<!ENTITY e0 "ah">${laughs}]><Segnatura>&e12;</Segnatura>`],
    [
      'an external entity',
      '2001',
      (url) => `<!DOCTYPE Segnatura [<!ENTITY e SYSTEM "${url}/e">]><Segnatura>&e;</Segnatura>`,
    ],
    ['a file as entity', '2001', () => `<!DOCTYPE Segnatura [<!ENTITY e SYSTEM "${here}">]><Segnatura>&e;</Segnatura>`],
    ['a parameter entity', '2001', (url) => `<!DOCTYPE Segnatura [<!ENTITY % e SYSTEM "${url}/p"> %e;]><Segnatura/>`],
    [
      'an entity nobody declares',
      '2001',
      (url) =>
        `<!DOCTYPE AnnullamentoProtocollazione SYSTEM "${url}/d.dtd"><AnnullamentoProtocollazione>${OLD_ID}<Motivo>&eacute;</Motivo><Provvedimento/></AnnullamentoProtocollazione>`,
    ],
    [
      'XInclude',
      '2013',
      (url) =>
        `<Segnatura ${NS_2013} xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="${url}/i" parse="text"/></Segnatura>`,
    ],
    [
      'a grammar elsewhere',
      '3.0.0',
      (url) =>
        `<ConfermaRicezione ${NS_3} xsi:schemaLocation="http://www.agid.gov.it/protocollo/pec/ ${url}/s.xsd urn:a ${url}/t.xsd" xsi:noNamespaceSchemaLocation="${url}/n.xsd"/>`,
    ],
    [
      'a style sheet elsewhere',
      '2001',
      (url) => `<?xml-stylesheet href="${url}/x"?><?oasis-xml-catalog catalog="${url}/c"?><Segnatura/>`,
    ],
    ['100,000 levels', '2001', () => nested(100_000)],
    ['100,000 levels never closed', '3.0.0', () => '<a>'.repeat(100_000)],
    ['300 levels', '2001', () => nested(300)],
    ['UTF-16', '2001', () => Buffer.from(`\ufeff<AnnullamentoProtocollazione>${OLD_ID}${ANSWER}`, 'utf16le')],
    ['UTF-16 without mark', '2001', () => Buffer.from(`<AnnullamentoProtocollazione>${OLD_ID}${ANSWER}`, 'utf16le')],
    [
      'UTF-7 declared',
      '2001',
      () => `<?xml version="1.0" encoding="UTF-7"?><AnnullamentoProtocollazione>${OLD_ID}${ANSWER}`,
    ],
    ['a million unknown elements', '2001', () => `<Segnatura>${many('<a/>', SIZE)}</Segnatura>`],
    ['90,000 wrong documents, 2001', '2001', () => wide('<Documento x="1"/>'.repeat(90_000))],
    [
      '90,000 wrong documents, 2013',
      '2013',
      () => wide('<Documento x="1"/>'.repeat(90_000)).replace('<Segnatura>', `<Segnatura ${NS_2013}>`),
    ],
    ['90,000 dangling references', '2001', () => wide('<Documento rife="a"/>'.repeat(90_000))],
    [
      'one identifier 90,000 times',
      '2013',
      () => wide('<Documento id="a"/>'.repeat(90_000)).replace('<Segnatura>', `<Segnatura ${NS_2013}>`),
    ],
    ['200,000 attributes', '2001', () => `<Segnatura ${attributes((index) => `a${index}="b"`)}/>`],
    [
      '200,000 attributes, schema',
      '3.0.0',
      () => `<ConfermaRicezione ${NS_3} ${attributes((index) => `a${index}="b"`)}/>`,
    ],
    [
      '200,000 namespaces',
      '3.0.0',
      () => `<ConfermaRicezione ${NS_3} ${attributes((index) => `xmlns:a${index}="b"`)}/>`,
    ],
    [
      'a number of five million digits',
      '3.0.0',
      () => annulment3('pec:versione="3.0.0"', ID_3.replace('0000001', many('1', SIZE))),
    ],
    [
      'a register of five million letters',
      '3.0.0',
      () => annulment3('pec:versione="3.0.0"', ID_3.replace('PROT', many('x', SIZE))),
    ],
    [
      'a date of five million digits',
      '3.0.0',
      () => annulment3('pec:versione="3.0.0"', ID_3.replace('2024-05-06', many('9', SIZE))),
    ],
    ['braces without end', '3.0.0', () => annulment3(`${many('{', 0)}pec:versione="${many('{', SIZE)}"`)],
    ['more bytes than allowed', '2001', () => `<Segnatura>${many(' ', 6_000_000)}</Segnatura>`],
    ['nothing', '2001', () => new Uint8Array()],
    ['NUL bytes', '2001', () => new Uint8Array(1_000)],
    ['no XML', '2013', () => 'Oggetto: prova'],
    ['only a DOCTYPE', '2001', () => '<!DOCTYPE Segnatura "'],
  ];

  it.each(cases)('%s: invalid, quickly, nothing fetched', (_what, generation, make) => {
    const text = make(base);
    const bytes = typeof text === 'string' ? Buffer.from(text) : text;
    const judged = () => grammars.validate(bytes, generation);
    expect(leastCost(judged, { enough: 1_000 })).toBeLessThan(1_000);
    const { valid, problems } = judged();
    expect(valid).toBe(false);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.every(({ code, message }) => code === 'segnatura-invalid' && message.length < 500)).toBe(true);
    expect(asked).toEqual([]);
  });

  it('are accepted where the grammar allows any content', () => {
    const include = `<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="${base}/i"/>`;
    expect(grammars.validate(inObject(include), '3.0.0')).toEqual({ valid: true, problems: [] });
    expect(asked).toEqual([]);
  });
});

/** End of the used WebAssembly memory, found by a block that is larger than any hole. */
function memoryOfLibxml(): number {
  const block = allocCStringArray(['x'.repeat(4_000_000)]);
  free(block);
  return block;
}

describe('the validators', () => {
  it('keep no memory of documents', () => {
    const random = seededRandom(1);
    const kinds = Object.keys(KINDS) as GrammarKind[];
    const documents = kinds.map((kind) => ({ kind, ...generateValid(kind, KINDS[kind].roots[0] ?? '', random) }));
    const bad = [
      '<Segnatura>',
      '<Oggetto/>',
      '<Segnatura><a/></Segnatura>',
      `<Segnatura ${NS_2013}><a/></Segnatura>`,
      `<ConfermaRicezione ${NS_3} xsi:schemaLocation="urn:a a.xsd http://www.agid.gov.it/protocollo/pec/ b.xsd"/>`,
      '<!DOCTYPE Segnatura SYSTEM "a.dtd"><Segnatura>&a;</Segnatura>',
    ].map((text) => Buffer.from(text));
    const run = (times: number): number => {
      for (let count = 0; count < times; count += 1) {
        for (const { kind, bytes } of documents) grammars.validate(bytes, generationOf(kind));
        for (const bytes of bad)
          for (const generation of ['2001', '2013', '3.0.0'] as const) grammars.validate(bytes, generation);
      }
      return memoryOfLibxml();
    };
    run(200);
    const before = run(200);
    // A leak of 100 bytes in any of the calls would add up to 200 kB.
    expect(run(2_000) - before).toBeLessThan(50_000);
  });

  it('judge thousands of documents a second', () => {
    const random = seededRandom(2);
    const documents = Array.from(
      { length: 200 },
      () => generateValid('2013', 'Segnatura', random, { elements: 100 }).bytes,
    );
    const all = () => {
      for (const bytes of documents) grammars.validate(bytes, '2013');
    };
    const perSecond = Math.round((documents.length * 1_000) / leastCost(all, { tries: 3 }));
    console.log(`grammar: ${perSecond} validations a second`);
    // Far below the speed of an idle machine; this finds a change by an order of magnitude.
    expect(perSecond).toBeGreaterThan(500);
  });

  it('are not built from wrong or missing grammars', () => {
    const without = ownGrammarFiles();
    without.delete('xmldsig.xsd');
    expect(() => compileGrammars(without)).toThrow('grammars missing: xmldsig.xsd');
    for (const [file, text] of [
      ['xmldsig.xsd', '<a'],
      ['segnatura-2013.xsd', '<a/>'],
      ['segnatura-2001.dtd', '<!ELEMENT'],
    ] as const) {
      const files = ownGrammarFiles();
      files.set(file, Buffer.from(text));
      expect(() => compileGrammars(files), file).toThrow('cannot be compiled');
    }
  });
});
