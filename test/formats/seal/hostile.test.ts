import { XmlDocument } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { type SealReport, verifySeal } from '../../../src/formats/seal/verify.ts';
import { hasOpenssl, type Made } from '../cms/openssl.ts';
import {
  AT,
  C14N,
  certDigest,
  ENVELOPED,
  hasXmlsec,
  keyInfo,
  MESSAGE,
  propertiesReference,
  reference,
  rootReference,
  SealWorkshop,
  SIGNING_TIME,
  type Template,
  template,
} from './workbench.ts';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const END = '</prot:SegnaturaInformatica>';
const [BODY = ''] = MESSAGE.split(END);
const xpath = (algorithm: string, inside: string): string =>
  `<ds:Transform Algorithm="${algorithm}">${inside}</ds:Transform>`;

/** Signatures that hold cryptographically, for xmlsec1 too. Only the rules of a seal refuse them. */
describe.skipIf(!hasOpenssl || !hasXmlsec)('a signature that holds, but not as a seal', () => {
  let workshop: SealWorkshop;
  let made: Made;
  beforeAll(() => {
    workshop = new SealWorkshop();
    made = workshop.sealer();
  });
  afterAll(() => workshop?.close());

  const judge = (text: string | Buffer): SealReport => verifySeal(Buffer.from(text), workshop.trust, AT);
  const sign = (wish: Omit<Template, 'der'>, body = BODY): Buffer => {
    const certificates = keyInfo([made.der, workshop.authority.der]);
    const signed = workshop.xmlsecSigns(body + template({ der: made.der, keyInfo: certificates, ...wish }) + END, made);
    expect(workshop.xmlsecAccepts(signed)).toBe(true);
    return signed;
  };

  it('is a seal where nothing is changed', () => {
    expect(judge(sign({})).verdict).toBe('valid');
  });

  const identity =
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"><xsl:template match="/"><a/></xsl:template></xsl:stylesheet>';
  it.each([
    ['XSLT', [ENVELOPED, xpath('http://www.w3.org/TR/1999/REC-xslt-19991116', identity)]],
    ['XPath', [ENVELOPED, xpath('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>self::text()</ds:XPath>')]],
    [
      'another XPath in place of enveloped-signature',
      [
        xpath(
          'http://www.w3.org/TR/1999/REC-xpath-19991116',
          '<ds:XPath>not(ancestor-or-self::ds:Signature) and not(self::comment())</ds:XPath>',
        ),
      ],
    ],
    [
      'XPath filter 2',
      [
        ENVELOPED,
        xpath(
          'http://www.w3.org/2002/06/xmldsig-filter2',
          '<f:XPath xmlns:f="http://www.w3.org/2002/06/xmldsig-filter2" Filter="intersect">/*</f:XPath>',
        ),
      ],
    ],
    ['two canonicalisations', [ENVELOPED, C14N.exclusive, C14N.exclusive]],
    ['enveloped-signature twice', [ENVELOPED, ENVELOPED]],
  ])('is refused for its transforms: %s', (_name, transforms) => {
    const signed = sign({ references: [reference('', transforms), propertiesReference()] });
    expect(judge(signed)).toMatchObject({ verdict: 'invalid', reason: { code: 'seal-algorithm' } });
  });

  it('is refused for SHA-1, in the digest of a reference and in the signature', () => {
    const digest = { digest: `${DS}sha1` };
    expect(judge(sign({ references: [reference('', [ENVELOPED], digest), propertiesReference()] })).reason?.code).toBe(
      'seal-algorithm',
    );
    expect(judge(sign({ method: `${DS}rsa-sha1` })).reason?.code).toBe('seal-algorithm');
  });

  it('is refused when it covers a part only, or nothing of the message', () => {
    const part = BODY.replace('<prot:Intestazione>', '<prot:Intestazione Id="parte">');
    expect(judge(sign({ references: [reference('#parte', []), propertiesReference()] }, part)).reason?.code).toBe(
      'seal-coverage',
    );
    expect(judge(sign({ references: [propertiesReference()] })).reason?.code).toBe('seal-coverage');
  });

  it.each([
    ['the root twice', () => [rootReference(), rootReference(), propertiesReference()]],
    ['not its properties', () => [rootReference()]],
    ['its properties twice', () => [rootReference(), propertiesReference(), propertiesReference()]],
    ['its properties without saying so', () => [rootReference(), reference('#props', [])]],
    ['something beside', () => [rootReference(), propertiesReference(), reference('#oggetto', [])]],
    [
      'a manifest',
      () => [rootReference(), propertiesReference(), reference('#oggetto', [], { attributes: `Type="${DS}Manifest"` })],
    ],
    ['too much', () => [rootReference(), propertiesReference(), reference('#oggetto', []), reference('#oggetto', [])]],
  ])('is refused when it covers %s', (_name, references) => {
    const body = BODY.replace('<prot:Intestazione>', '<prot:Intestazione Id="oggetto">');
    expect(judge(sign({ references: references() }, body)).reason?.code).toBe('seal-coverage');
  });

  it('is refused when it refers to a file', () => {
    workshop.write('altro.xml', '<a/>');
    const signed = sign({ references: [rootReference(), propertiesReference(), reference('altro.xml', [])] });
    expect(judge(signed).reason?.code).toBe('seal-coverage');
  });

  it('is refused with objects of its own, and with properties of another signature', () => {
    const objects = '<ds:Object Id="oggetto"><altro/></ds:Object>';
    expect(judge(sign({ objects })).reason?.code).toBe('seal-position');
    expect(judge(sign({ target: '#altra' })).reason?.code).toBe('seal-position');
  });

  it('is refused when its id occurs twice, in whatever attribute', () => {
    for (const attribute of ['id="props"', 'ID="props"', 'prot:Id="firma"']) {
      const body = BODY.replace('<prot:Oggetto>', `<prot:Oggetto ${attribute}>`);
      expect(judge(sign({}, body)).reason?.code).toBe('seal-position');
    }
    // xmlsec1 refuses this one too.
    const signed = sign({}).toString().replace('<prot:Oggetto>', '<prot:Oggetto xml:id="props">');
    expect(judge(signed).reason?.code).toBe('seal-position');
    expect(workshop.xmlsecAccepts(Buffer.from(signed))).toBe(false);
  });

  it('is refused with a weak key, or with a certificate that is named by KeyInfo only', () => {
    workshop.run(
      'req',
      '-new',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-keyout',
      'short.key',
      '-out',
      'short.csr',
      '-subj',
      '/CN=x',
    );
    const { root } = workshop;
    workshop.run(
      'x509',
      '-req',
      '-in',
      'short.csr',
      '-CA',
      root.certificate,
      '-CAkey',
      root.key,
      '-days',
      '9999',
      '-out',
      'short.pem',
    );
    const der = workshop.run('x509', '-in', 'short.pem', '-outform', 'DER');
    const short: Made = { name: 'short', certificate: 'short.pem', key: 'short.key', der };
    const signed = workshop.xmlsecSigns(BODY + template({ der }) + END, short);
    expect(judge(signed).reason?.message).toContain('2048');
    const unnamed = sign({ properties: SIGNING_TIME });
    expect(judge(unnamed).reason?.code).toBe('seal-certificate');
  });

  it('is refused when KeyInfo points elsewhere, or holds no certificate', () => {
    const signed = sign({}).toString();
    const judgeKeyInfo = (inside: string) => judge(signed.replace(/<ds:X509Data>[\s\S]*<\/ds:X509Data>/, inside));
    expect(judgeKeyInfo('<ds:RetrievalMethod URI="http://example.it/"/>').reason?.code).toBe('seal-coverage');
    expect(judgeKeyInfo('<ds:KeyName>x</ds:KeyName>').reason?.code).toBe('seal-certificate');
    expect(judgeKeyInfo(keyInfo(Array(17).fill(made.der))).reason?.code).toBe('seal-certificate');
  });

  it('is refused where its base64 is not canonical', () => {
    const signed = sign({}).toString();
    const value = /<ds:SignatureValue>([\s\S]*?)==<\/ds:SignatureValue>/.exec(signed)?.[1] ?? '';
    const last = value.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    const other = alphabet[alphabet.indexOf(last) + 1] ?? '';
    const altered = signed.replace(`${value}==`, `${value.slice(0, -1)}${other}==`);
    expect(altered).not.toBe(signed);
    expect(workshop.xmlsecAccepts(Buffer.from(altered))).toBe(true);
    expect(judge(altered).reason?.code).toBe('seal-unreadable');
  });

  it('is refused with uncovered attributes other than those of its schemas', async () => {
    const signed = (await sealMessage(Buffer.from(MESSAGE), workshop.signer(made), AT)).toString();
    const judgeWith = (tag: string, attribute: string) => {
      const altered = Buffer.from(signed.replace(new RegExp(`<${tag}(?=[ >])`), `<${tag} ${attribute}`));
      expect(workshop.xmlsecAccepts(altered), tag).toBe(true);
      return judge(altered);
    };
    for (const tag of ['ds:Signature', 'ds:SignatureValue', 'ds:Object', 'xades:QualifyingProperties'])
      for (const attribute of ['versione="9"', 'xml:lang="it"'])
        expect(judgeWith(tag, attribute).reason?.code, `${tag} ${attribute}`).toBe('seal-unreadable');
    expect(judgeWith('ds:SignatureValue', 'Id="valore"').verdict).toBe('valid');
    const hint = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a b.xsd"';
    expect(judgeWith('xades:QualifyingProperties', hint).verdict).toBe('valid');
  });

  it('is refused when a second certificate is slipped in as the signer’s', () => {
    const other = workshop.sealer();
    const signed = sign({}).toString();
    const swapped = signed.replace(certDigest(made.der), certDigest(other.der));
    expect(swapped).not.toBe(signed);
    expect(judge(swapped).reason?.code).toBe('seal-modified');
  });
});

/** ../hostile.test.ts judges the known forms of wrapping. */
describe.skipIf(!hasOpenssl)('a seal that is heavy or gone', () => {
  let workshop: SealWorkshop;
  let sealed: string;
  let signature: string;
  beforeAll(async () => {
    workshop = new SealWorkshop();
    sealed = (await sealMessage(Buffer.from(MESSAGE), workshop.signer(workshop.sealer()), AT)).toString();
    signature = sealed.slice(sealed.indexOf('<ds:Signature '), sealed.indexOf(END));
  });
  afterAll(() => workshop?.close());

  it('is absent where it was removed, or is a signature by name only', () => {
    for (const text of [MESSAGE, MESSAGE.replace(END, `<Signature/>${END}`)])
      expect(verifySeal(Buffer.from(text), workshop.trust, AT)).toMatchObject({
        verdict: 'absent',
        reason: { code: 'seal-absent' },
      });
  });

  it('costs bounded time with piled-up namespaces, attributes and levels', () => {
    const declarations = Array.from({ length: 250 }, (_, n) => `xmlns:n${n}="urn:${n}"`).join(' ');
    const many = (text: string, count: number): string => text.repeat(count);
    const attributes = Array.from({ length: 250 }, (_, n) => `a${String(n).padStart(3, '0')}=""`).join(' ');
    for (const payload of [`<a ${declarations}>${many('<b/>', 50_000)}</a>`, many(`<a ${attributes}/>`, 390)]) {
      const report = verifySeal(Buffer.from(sealed.replace(signature, payload + signature)), workshop.trust, AT);
      expect(report.reason?.code).toBe('xml-too-many');
    }
    const deep = sealed.replace(signature, `${many('<a>', 1_000)}${many('</a>', 1_000)}${signature}`);
    expect(verifySeal(Buffer.from(deep), workshop.trust, AT).reason?.code).toBe('xml-too-deep');
  });

  it('frees all memory, whatever the verdict', () => {
    const padding = '<prot:X/>'.repeat(3_000);
    const unsigned = `<xades:UnsignedProperties>${padding}</xades:UnsignedProperties></xades:QualifyingProperties>`;
    const modified = sealed.replace('<ds:Sig', `${padding}<ds:Sig`).replace('</xades:QualifyingProperties>', unsigned);
    const relative = modified.replace('xmlns:prot="', 'xmlns:r="rel" xmlns:prot="');
    const inputs = [sealed, modified, relative].map((text) => Buffer.from(text));
    const round = (times: number): (string | undefined)[] => {
      let codes: (string | undefined)[] = [];
      for (let n = 0; n < times; n++) codes = inputs.map((input) => verifySeal(input, workshop.trust, AT).reason?.code);
      return codes;
    };
    expect(round(5)).toEqual([undefined, 'seal-modified', 'seal-unreadable']);
    const before = webAssemblyBytes();
    round(120);
    expect(webAssemblyBytes()).toBe(before);
  });
});

/** Size of libxml2's memory, which only grows. Output chunks are views of it. */
function webAssemblyBytes(): number {
  let bytes = 0;
  using document = XmlDocument.fromString('<a/>');
  const write = (chunk: Uint8Array): number => {
    bytes = chunk.buffer.byteLength;
    return chunk.byteLength;
  };
  document.save({ write, close: () => true });
  return bytes;
}
