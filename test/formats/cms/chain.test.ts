import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, parseCertificate } from '../../../src/formats/cms/certificate.ts';
import { buildChain } from '../../../src/formats/cms/chain.ts';
import { CA, hasOpenssl, type Made, SIGNER, Workshop } from './openssl.ts';

const AT = new Date('2025-06-01T12:00:00Z');

const read = ({ der }: Made): Certificate => {
  const certificate = parseCertificate(der);
  if (!certificate) throw new Error('certificate cannot be read');
  return certificate;
};

describe.skipIf(!hasOpenssl)('certificate chains', () => {
  let shop: Workshop;
  let root: Made;
  let stranger: Made;

  const authority = (name: string, more: readonly string[] = [], issuer: Made = root, dates = {}) =>
    shop.certificate({ name, issuer, extensions: [...CA(), ...more], key: 'ec', ...dates });
  const signer = (issuer: Made, address = 'posta@pec.example.it', extensions = SIGNER(address), dates = {}) =>
    shop.certificate({ name: 'Firma', issuer, extensions, key: 'ec', ...dates });
  const judge = (leaf: Made, pool: Made[], at = AT, anchor = root, onlyVia: string[] = []) => {
    const verdict = buildChain(read(leaf), pool.map(read), [{ certificate: read(anchor), onlyVia }], at);
    // openssl judges the same chain, except for what only we check: the way, a pinned signer, a broken time.
    const common = onlyVia.length === 0 && anchor !== leaf && !Number.isNaN(at.getTime());
    if (common) expect(shop.chains(leaf, pool, anchor, at), `openssl about ${leaf.name}`).toBe(verdict.trusted);
    return verdict.trusted ? 'trusted' : verdict.reason;
  };

  beforeAll(() => {
    shop = new Workshop();
    root = shop.certificate({ name: 'Radice', extensions: CA() });
    stranger = shop.certificate({ name: 'Altra Radice', extensions: CA(), key: 'ec' });
  });
  afterAll(() => shop?.close());

  it('lead from the signer over an intermediate to the anchor, whatever the order of the pool', () => {
    const middle = authority('CA Gestori');
    const leaf = signer(middle);
    expect(judge(leaf, [leaf, middle])).toBe('trusted');
    expect(judge(leaf, [stranger, middle, leaf])).toBe('trusted');
    expect(judge(leaf, [])).toContain('sconosciuta');
    expect(judge(leaf, [middle], AT, stranger)).toContain('sconosciuta');
    expect(judge(leaf, [middle], AT, leaf)).toBe('trusted');
    expect(judge(leaf, [middle], new Date(Number.NaN))).not.toBe('trusted');
  });

  it('do not accept an issuer of the same name with another key', () => {
    const fake = shop.certificate({ name: 'Radice', extensions: CA(), key: 'ec' });
    expect(judge(signer(fake), [fake])).toContain('sconosciuta');
  });

  it('reach a restricted anchor only over the named intermediate', () => {
    const middle = authority('CA Gestori');
    const leaf = signer(middle);
    expect(judge(leaf, [middle], AT, root, ['CA Gestori'])).toBe('trusted');
    expect(judge(leaf, [middle], AT, root, ['AgID CA1'])).toContain('non passa per');
    expect(judge(signer(root), [], AT, root, ['Firma'])).toContain('non passa per');
  });

  it('need every certificate to be valid at the time of the judgement', () => {
    const middle = authority('CA breve', [], root, { from: '20230101', to: '20240101' });
    const leaf = signer(middle, 'posta@pec.example.it', SIGNER('posta@pec.example.it'), {
      from: '20220101',
      to: '20260101',
    });
    expect(judge(leaf, [middle], new Date('2023-06-01T00:00:00Z'))).toBe('trusted');
    expect(judge(leaf, [middle], new Date('2022-06-01T00:00:00Z'))).toContain('non è valido prima del');
    expect(judge(leaf, [middle], new Date('2025-06-01T00:00:00Z'))).toContain('scaduto');
    expect(judge(signer(root), [], new Date('2041-01-01T00:00:00Z'))).toContain('scaduto');
  });

  it('need authorities, and none deeper than its path length allows', () => {
    const notCa = shop.certificate({ name: 'Utente', issuer: root, extensions: SIGNER('u@example.it'), key: 'ec' });
    expect(judge(signer(notCa), [notCa])).toContain("non è di un'autorità");
    const shallow = shop.certificate({ name: 'Corta', issuer: root, extensions: CA(',pathlen:0'), key: 'ec' });
    expect(judge(signer(shallow), [shallow])).toBe('trusted');
    const below = authority('Sotto', [], shallow);
    expect(judge(signer(below), [below, shallow])).toContain('più lunga');
    const noSign = shop.certificate({
      name: 'Senza',
      issuer: root,
      extensions: ['basicConstraints = critical,CA:TRUE', 'keyUsage = critical,digitalSignature'],
      key: 'ec',
    });
    expect(judge(signer(noSign), [noSign])).toContain("non è di un'autorità");
  });

  it('need a signer whose certificate is for signing mail', () => {
    const without = (wrong: string, right: string) =>
      SIGNER('posta@pec.example.it').map((line) => (line.startsWith(right) ? wrong : line));
    const web = signer(root, '', without('extendedKeyUsage = serverAuth', 'extendedKeyUsage'));
    expect(judge(web, [])).toContain('non è destinato alla posta');
    const cipher = signer(root, '', without('keyUsage = critical,keyEncipherment', 'keyUsage'));
    expect(judge(cipher, [])).toContain('non è destinato alla firma');
  });

  it('refuse an unknown critical extension', () => {
    const odd = signer(root, '', [...SIGNER('posta@pec.example.it'), '1.2.3.4.5 = critical,ASN1:NULL']);
    expect(judge(odd, [])).toContain('estensione critica');
    expect(judge(signer(root, '', [...SIGNER('posta@pec.example.it'), '1.2.3.4.5 = ASN1:NULL']), [])).toBe('trusted');
  });

  describe('name constraints', () => {
    it.each([
      ['permitted;email:pec.example.it', 'posta@pec.example.it', true],
      ['permitted;email:pec.example.it', 'posta@PEC.Example.it', true],
      ['permitted;email:pec.example.it', 'posta@altro.pec.example.it', false],
      ['permitted;email:pec.example.it', 'posta@evilpec.example.it', false],
      ['permitted;email:.example.it', 'posta@pec.example.it', true],
      ['permitted;email:.example.it', 'posta@example.it', false],
      ['permitted;email:posta@pec.example.it', 'posta@pec.example.it', true],
      ['permitted;email:posta@pec.example.it', 'altra@pec.example.it', false],
      ['excluded;email:pec.example.it', 'posta@pec.example.it', false],
      ['excluded;email:pec.example.it', 'posta@pec.altro.example.it', true],
    ])('%s on %s: %s', (constraint, address, allowed) => {
      const middle = authority('CA vincolata', [`nameConstraints = ${constraint}`]);
      const verdict = judge(signer(middle, address), [middle]);
      if (allowed) expect(verdict).toBe('trusted');
      else expect(verdict).toContain('non rispettano i vincoli');
    });

    it('apply to the e-mail attribute of a subject without alternative name', () => {
      const middle = authority('CA vincolata', ['nameConstraints = permitted;email:pec.example.it']);
      const leaf = (address: string) =>
        shop.certificate({
          name: 'Firma',
          issuer: middle,
          key: 'ec',
          subject: `/CN=Firma/emailAddress=${address}`,
          extensions: SIGNER('').filter((line) => !line.startsWith('subjectAltName')),
        });
      expect(judge(leaf('a@pec.example.it'), [middle])).toBe('trusted');
      expect(judge(leaf('a@altro.example.it'), [middle])).toContain('non rispettano i vincoli');
    });

    it('apply to the whole chain below, also through an unconstrained authority', () => {
      const middle = authority('CA vincolata', ['nameConstraints = permitted;email:pec.example.it']);
      const below = authority('CA sotto', [], middle);
      expect(judge(signer(below, 'x@pec.example.it'), [below, middle])).toBe('trusted');
      expect(judge(signer(below, 'x@altro.it'), [below, middle])).toContain('non rispettano i vincoli');
    });

    it('need a directory name to lie below a permitted one', () => {
      const of = (organisation: string) =>
        shop.certificate({
          name: 'CA nomi',
          issuer: root,
          key: 'ec',
          extensions: [
            ...CA(),
            'nameConstraints = permitted;dirName:names',
            '[names]',
            'C = IT',
            `O = ${organisation}`,
          ],
        });
      const good = of('gestore  di ESEMPIO');
      expect(judge(signer(good), [good])).toBe('trusted');
      const bad = of('Altro');
      expect(judge(signer(bad), [bad])).toContain('non rispettano i vincoli');
    });
  });

  it('are found in bounded time among dozens of twins', () => {
    const twins = Array.from({ length: 12 }, () =>
      shop.certificate({ name: 'Gemella', subject: '/CN=Gemella', extensions: CA(), key: 'ec' }),
    );
    const [first] = twins;
    if (!first) throw new Error('no twin');
    const start = performance.now();
    expect(judge(signer(first), twins)).toContain('sconosciuta');
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
