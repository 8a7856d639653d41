import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { hasOpenssl, type Made } from '../cms/openssl.ts';
import {
  AT,
  AWKWARD,
  AWKWARD_END,
  C14N,
  certDigest,
  ENVELOPED,
  hasXmlsec,
  keyInfo,
  propertiesReference,
  reference,
  rootReference,
  SealWorkshop,
  SIGNING_TIME,
  type Template,
  template,
} from './workbench.ts';

const MORE = 'http://www.w3.org/2001/04/xmldsig-more#';
const inclusive = (list: string): string =>
  `<ds:Transform Algorithm="${C14N.exclusive}"><i:InclusiveNamespaces xmlns:i="${C14N.exclusive}" PrefixList="${list}"/></ds:Transform>`;

describe.skipIf(!hasOpenssl || !hasXmlsec)('seals that xmlsec1 made', () => {
  let workshop: SealWorkshop;
  let rsa: Made;
  let ec: Made;
  beforeAll(() => {
    workshop = new SealWorkshop();
    rsa = workshop.sealer();
    ec = workshop.sealer({ key: 'ec' });
  });
  afterAll(() => workshop?.close());

  /** Signed and verified by xmlsec1, then judged by us. */
  function exchange(wish: Omit<Template, 'der'>, made = rsa, before = AWKWARD, after = AWKWARD_END) {
    const certificates = keyInfo([made.der, workshop.authority.der]);
    const signed = workshop.xmlsecSigns(
      before + template({ der: made.der, keyInfo: certificates, ...wish }) + after,
      made,
    );
    expect(workshop.xmlsecAccepts(signed)).toBe(true);
    return { signed, report: verifySeal(signed, workshop.trust, AT) };
  }

  const forms = Object.entries(C14N);
  it.each(forms.flatMap(([name, c14n]) => forms.map(([other, transform]) => [name, other, c14n, transform] as const)))(
    'hold with SignedInfo in C14N %s and the rest in %s',
    (_name, _other, c14n, transform) => {
      const references = [rootReference(transform), propertiesReference(transform)];
      const { signed, report } = exchange({ c14n, references });
      expect(report).toMatchObject({ verdict: 'valid', reason: null, signedAt: '2026-03-02T10:15:00.000Z' });
      const altered = Buffer.from(signed.toString().replace('perché', 'perchè'));
      expect(verifySeal(altered, workshop.trust, AT).reason?.code).toBe('seal-modified');
    },
  );

  it.each(['sha256', 'sha384', 'sha512'])('hold with %s, RSA and ECDSA', (name) => {
    const digest = name === 'sha384' ? `${MORE}sha384` : `http://www.w3.org/2001/04/xmlenc#${name}`;
    const references = [
      reference('', [ENVELOPED], { digest }),
      reference('#props', [], { digest, attributes: 'Type="http://uri.etsi.org/01903#SignedProperties"' }),
    ];
    for (const [kind, made] of [
      ['rsa', rsa],
      ['ecdsa', ec],
    ] as const) {
      const properties = SIGNING_TIME + certDigest(made.der, 'SigningCertificateV2', name, digest);
      expect(exchange({ references, properties, method: `${MORE}${kind}-${name}` }, made).report.verdict).toBe('valid');
    }
  });

  it.each([
    ['no canonicalisation named', {}],
    [
      'inclusive prefixes',
      { references: [rootReference(inclusive('#default b xs')), propertiesReference(inclusive('ds'))] },
    ],
    ['the properties first', { references: [propertiesReference(), rootReference()] }],
    [
      'unsigned properties',
      { unsigned: '<xades:UnsignedProperties><xades:UnsignedSignatureProperties/></xades:UnsignedProperties>' },
    ],
  ] as const)('hold with %s', (_name, wish) => {
    expect(exchange(wish).report.verdict).toBe('valid');
  });

  it('hold with the older SigningCertificate', () => {
    const properties = SIGNING_TIME + certDigest(rsa.der, 'SigningCertificate');
    expect(exchange({ properties }).report.verdict).toBe('valid');
  });

  it('hold when KeyInfo is signed as well', () => {
    const references = [rootReference(), propertiesReference(C14N.exclusive), reference('#chiave', [C14N['1.1']])];
    const { signed, report } = exchange({
      references,
      keyInfo: keyInfo([rsa.der, workshop.authority.der], ' Id="chiave"'),
    });
    expect(report.verdict).toBe('valid');
    const altered = Buffer.from(signed.toString().replace('Id="chiave"><ds:X509Data>', 'Id="chiave"><ds:X509Data >'));
    expect(verifySeal(altered, workshop.trust, AT).verdict).toBe('valid');
    const added = Buffer.from(signed.toString().replace('Id="chiave"><ds:X509Data>', 'Id="chiave"> <ds:X509Data>'));
    expect(verifySeal(added, workshop.trust, AT).reason?.code).toBe('seal-modified');
  });

  it('hold where the root is named by its id, without covering what surrounds it', () => {
    const before = AWKWARD.replace('prot:versione=', 'Id="radice" prot:versione=');
    const references = [reference('#radice', [ENVELOPED, C14N['1.1']]), propertiesReference()];
    const { signed, report } = exchange({ references }, rsa, before);
    expect(report.verdict).toBe('valid');
    const text = signed.toString();
    const judge = (altered: string) => verifySeal(Buffer.from(altered), workshop.trust, AT);
    expect(judge(text.replace('<?nota prima', '<?nota poi')).verdict).toBe('valid');
    expect(judge(text.replace('<?pi dentro', '<?pi fuori')).reason?.code).toBe('seal-modified');
  });

  it('cover instructions around the root, and never comments', () => {
    const { signed } = exchange({ references: [rootReference(C14N['1.0 with comments']), propertiesReference()] });
    const judge = (altered: string) => verifySeal(Buffer.from(altered), workshop.trust, AT);
    expect(judge(signed.toString().replace('<?nota prima', '<?nota poi')).reason?.code).toBe('seal-modified');
    const commented = signed.toString().replace('un commento', 'altro');
    expect(judge(commented).verdict).toBe('valid');
    expect(workshop.xmlsecAccepts(Buffer.from(commented))).toBe(true);
  });

  it('cover comments in SignedInfo where it is canonicalised with them', () => {
    const references = [rootReference(), '<!-- in mezzo -->', propertiesReference()];
    for (const [c14n, code] of [
      [C14N['exclusive with comments'], 'seal-signature'],
      [C14N['1.1 with comments'], 'seal-signature'],
      [C14N.exclusive, undefined],
    ] as const) {
      const { signed, report } = exchange({ c14n, references });
      expect(report.verdict).toBe('valid');
      const altered = Buffer.from(signed.toString().replace('in mezzo', 'in fondo'));
      expect(verifySeal(altered, workshop.trust, AT).reason?.code).toBe(code);
    }
  });

  it('inherit the xml: attributes and namespaces of a root with a default namespace', () => {
    const { signed, report } = exchange({
      c14n: C14N['1.0'],
      references: [rootReference(), propertiesReference(C14N['1.1'])],
    });
    expect(report.verdict).toBe('valid');
    // SignedInfo inherits the language of the root, so removing it breaks more than the root's digest.
    const altered = signed.toString().replace(' xml:lang="it"', '');
    expect(verifySeal(Buffer.from(altered), workshop.trust, AT).verdict).toBe('invalid');
    expect(workshop.xmlsecAccepts(Buffer.from(altered))).toBe(false);
  });

  it('are refused with a digest of the signing certificate in SHA-1, or of another certificate', () => {
    const sha1 = certDigest(rsa.der, 'SigningCertificate', 'sha1', 'http://www.w3.org/2000/09/xmldsig#sha1');
    expect(exchange({ properties: SIGNING_TIME + sha1 }).report.reason?.code).toBe('seal-algorithm');
    const other = SIGNING_TIME + certDigest(ec.der);
    expect(exchange({ properties: other }).report.reason?.code).toBe('seal-certificate');
  });

  it('are refused where the named and present certificate did not sign', () => {
    const both = keyInfo([rsa.der, workshop.authority.der]);
    const properties = SIGNING_TIME + certDigest(workshop.authority.der);
    expect(exchange({ properties, keyInfo: both }).report.reason?.code).toBe('seal-signature');
  });

  it.each([
    ['no time', '', 'seal-unreadable'],
    ['an unreadable time', '<xades:SigningTime>ieri</xades:SigningTime>', 'seal-unreadable'],
    ['an impossible time', '<xades:SigningTime>2026-13-40T10:00:00Z</xades:SigningTime>', 'seal-unreadable'],
    ['two times', SIGNING_TIME + SIGNING_TIME, 'seal-unreadable'],
  ])('are refused with %s', (_name, time, code) => {
    expect(exchange({ properties: time + certDigest(rsa.der) }).report.reason?.code).toBe(code);
  });

  it('have no signing time where it lacks a zone', () => {
    const time = '<xades:SigningTime>2026-03-02T11:15:00</xades:SigningTime>';
    expect(exchange({ properties: time + certDigest(rsa.der) }).report).toMatchObject({
      verdict: 'valid',
      signedAt: null,
    });
  });
});
