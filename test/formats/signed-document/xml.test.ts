import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { judgeSignedDocument } from '../../../src/formats/signed-document/judge.ts';
import { Budget } from '../../../src/formats/signed-document/verdict.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import { hasOpenssl, type Made } from '../cms/openssl.ts';
import {
  AT,
  ENVELOPED,
  hasXmlsec,
  keyInfo,
  propertiesReference,
  reference,
  SealWorkshop,
  type Template,
  template,
} from '../seal/workbench.ts';

const FILTER2 = 'http://www.w3.org/2002/06/xmldsig-filter2';
const XPATH = 'http://www.w3.org/TR/1999/REC-xpath-19991116';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
const INVOICE = '<?xml version="1.0" encoding="UTF-8"?>\n<f:Fattura xmlns:f="urn:fattura"><Numero>1</Numero>';
const END = '</f:Fattura>';

const filter2 = (expression: string, filter = 'subtract', more = ''): string =>
  `<ds:Transform Algorithm="${FILTER2}"><x:XPath xmlns:x="${FILTER2}" Filter="${filter}"${more}>${expression}</x:XPath></ds:Transform>`;
const xpath = (expression: string, more = ''): string =>
  `<ds:Transform Algorithm="${XPATH}"><ds:XPath${more}>${expression}</ds:XPath></ds:Transform>`;

const judge = (bytes: Buffer) => judgeSignedDocument(bytes, 'xml', null, new Budget(LIMITS.signedWork));

/** What xmlsec1 signed and accepts: an independent implementation evaluates the expressions, we only compare them. */
describe.skipIf(!hasOpenssl || !hasXmlsec)('a signed XML document', () => {
  let workshop: SealWorkshop;
  let made: Made;
  beforeAll(() => {
    workshop = new SealWorkshop();
    made = workshop.sealer();
  });
  afterAll(() => workshop?.close());

  const sealed = (text: string): Buffer => {
    const signed = workshop.xmlsecSigns(text, made);
    expect(workshop.xmlsecAccepts(signed)).toBe(true);
    return signed;
  };
  const certificates = () => keyInfo([made.der, workshop.authority.der]);
  const signed = (wish: Omit<Template, 'der'>): Buffer =>
    sealed(INVOICE + template({ der: made.der, keyInfo: certificates(), ...wish }) + END);
  const without = (...transforms: readonly string[]): Buffer =>
    signed({ references: [reference('', transforms), propertiesReference()] });
  /** XMLDSig alone, as many programs write it. */
  const plain = (...transforms: readonly string[]): Buffer =>
    sealed(
      INVOICE +
        template({ der: made.der, keyInfo: certificates(), references: [reference('', transforms)] }).replace(
          /<ds:Object>.*<\/ds:Object>/s,
          '',
        ) +
        END,
    );
  const altered = (bytes: Buffer): Buffer => Buffer.from(bytes.toString().replace('<Numero>1<', '<Numero>2<'));

  it.each([
    ['enveloped-signature', ENVELOPED],
    ['Filter 2', filter2('/descendant::ds:Signature')],
    ['Filter 2 with blanks around', filter2('\n /descendant::ds:Signature\n')],
    ['XPath', xpath('not(ancestor-or-self::ds:Signature)')],
  ])('that leaves its signature out by %s is intact, and broken once altered', (_, transform) => {
    for (const bytes of [
      without(transform),
      without(transform, 'http://www.w3.org/2001/10/xml-exc-c14n#'),
      plain(transform),
    ]) {
      expect(judge(bytes)).toEqual({ verdict: 'intact', reason: '', partial: false });
      expect(judge(altered(bytes))).toEqual({
        verdict: 'broken',
        reason: "il documento è stato modificato dopo la firma: il contenuto non corrisponde all'impronta firmata",
        partial: false,
      });
    }
  });

  it.each([
    ['the same nodes said otherwise', filter2('//ds:Signature')],
    ['more than the signature', filter2('/descendant::ds:Signature | /descendant::Numero')],
    ['another filter', filter2('/', 'union')],
    ['a part', filter2('/descendant::Numero', 'intersect')],
    [
      'two filters',
      filter2('/descendant::ds:Signature').replace(
        '</ds:T',
        `<x:XPath xmlns:x="${FILTER2}" Filter="subtract">/descendant::Numero</x:XPath></ds:T`,
      ),
    ],
    ['another XPath', xpath('not(ancestor-or-self::ds:Signature or self::Numero)')],
    [
      'a prefix of another meaning',
      xpath('not(ancestor-or-self::ds:Signature)', ' xmlns:ds="urn:altro"')
        .replaceAll('ds:XPath', 'd:XPath')
        .replace('<d:XPath', `<d:XPath xmlns:d="${DS}"`),
    ],
  ])('that leaves out %s is never intact', (_, transform) => {
    const text =
      INVOICE +
      template({
        der: made.der,
        keyInfo: certificates(),
        references: [reference('', [transform]), propertiesReference()],
      }) +
      END;
    // Some of them xmlsec1 signs, some it cannot.
    let bytes: Buffer = Buffer.from(text);
    try {
      bytes = workshop.xmlsecSigns(text, made);
    } catch {}
    expect(judge(bytes)).toMatchObject({ verdict: 'unreadable' });
    expect(judge(bytes).reason).not.toMatch(/segnatura|sigillo/i);
  });

  it('is unreadable where two transforms follow each other, one of them unknown', () => {
    expect(judge(without(ENVELOPED, filter2('/descendant::Numero')))).toMatchObject({ verdict: 'unreadable' });
  });

  it('may be a seal by the same expressions, but not without XAdES', () => {
    for (const transform of [filter2('/descendant::ds:Signature'), xpath('not(ancestor-or-self::ds:Signature)')]) {
      expect(verifySeal(without(transform), workshop.trust, AT)).toMatchObject({ verdict: 'valid' });
      expect(verifySeal(altered(without(transform)), workshop.trust, AT).reason?.code).toBe('seal-modified');
    }
    expect(verifySeal(plain(ENVELOPED), workshop.trust, AT)).toMatchObject({ verdict: 'invalid' });
  });

  it('without XAdES is broken where its value was altered, and unreadable over a part or with more inside', () => {
    const bytes = plain(ENVELOPED).toString();
    const value = /<ds:SignatureValue>\s*(.)/.exec(bytes)?.[1] ?? '';
    const other = bytes.replace(/(<ds:SignatureValue>\s*)./, `$1${value === 'A' ? 'B' : 'A'}`);
    expect(judge(Buffer.from(other))).toMatchObject({
      verdict: 'broken',
      reason: 'la firma non corrisponde al suo certificato',
    });
    for (const [from, to] of [
      ['URI=""', 'URI="#parte"'],
      ['</ds:KeyInfo>', '</ds:KeyInfo><ds:Object/>'],
      [END, `<Altro/>${END}`],
    ] as const)
      expect(judge(Buffer.from(bytes.replace(from, to)))).toMatchObject({ verdict: 'unreadable' });
  });
});
