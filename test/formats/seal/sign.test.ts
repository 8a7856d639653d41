import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import type { SealAlgorithm } from '../../../src/formats/seal/names.ts';
import { type SealSigner, signerFromPem } from '../../../src/formats/seal/sealer.ts';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { hasOpenssl, type Made } from '../cms/openssl.ts';
import { AT, AWKWARD, AWKWARD_END, hasXmlsec, MESSAGE, SEALER, SealWorkshop } from './workbench.ts';

describe.skipIf(!hasOpenssl)('sealing', () => {
  let workshop: SealWorkshop;
  let rsa: Made;
  let ec: Made;
  let pss: Made;
  let signer: SealSigner;
  const message = Buffer.from(MESSAGE);
  const judge = (bytes: Uint8Array) => verifySeal(bytes, workshop.trust, AT);

  beforeAll(() => {
    workshop = new SealWorkshop();
    rsa = workshop.sealer();
    ec = workshop.sealer({ key: 'ec' });
    pss = workshop.sealer({ key: 'pss' });
    signer = workshop.signer(rsa);
  });
  afterAll(() => workshop?.close());

  it('is valid against the grammar of 3.0.0, which the unsealed message is not', async () => {
    const grammars = await loadGrammars();
    const sealed = await sealMessage(message, signer, AT);
    expect(grammars.validate(message, '3.0.0').valid).toBe(false);
    expect(grammars.validate(sealed, '3.0.0')).toEqual({ valid: true, problems: [] });
  });

  it('reports who sealed, and when', async () => {
    expect(judge(await sealMessage(message, signer, AT))).toEqual({
      verdict: 'valid',
      reason: null,
      signedAt: AT.toISOString(),
      signer: {
        subject: 'C=IT, O=Comune di Esempio, CN=Sigillo del Comune di Esempio',
        certificateSha256: workshop
          .run('x509', '-in', rsa.certificate, '-noout', '-fingerprint', '-sha256')
          .toString()
          .replace(/^.*=|[:\n]/g, '')
          .toLowerCase(),
      },
    });
  });

  it('changes no byte of the message', async () => {
    const source = Buffer.from(`\uFEFF${AWKWARD}${AWKWARD_END}`);
    const sealed = (await sealMessage(source, signer, AT)).toString();
    const [before = '', rest = ''] = sealed.split('<ds:Signature ');
    const after = rest.split('</ds:Signature>')[1] ?? '';
    expect(before + after).toBe(source.toString());
    expect(after).toBe(AWKWARD_END);
  });

  const algorithms: readonly (readonly [SealAlgorithm, () => Made])[] = [
    ['rsa-sha256', () => rsa],
    ['rsa-sha384', () => rsa],
    ['rsa-sha512', () => rsa],
    ['rsa-pss-sha256', () => rsa],
    ['rsa-pss-sha384', () => rsa],
    ['rsa-pss-sha512', () => rsa],
    ['rsa-pss-sha256', () => pss],
    ['ecdsa-sha256', () => ec],
    ['ecdsa-sha384', () => ec],
    ['ecdsa-sha512', () => ec],
  ];
  it.each(algorithms)('holds with %s', async (algorithm, made) => {
    const sealed = await sealMessage(message, workshop.signer(made(), { algorithm }), AT);
    expect(judge(sealed).verdict).toBe('valid');
  });

  // RSA-PSS came to xmlsec1 with 1.3.
  it.skipIf(!hasXmlsec).each(algorithms.filter(([name]) => !name.includes('pss')))(
    'holds with %s for xmlsec1 too, which notices an altered message',
    async (algorithm, made) => {
      for (const source of [MESSAGE, AWKWARD + AWKWARD_END]) {
        const sealed = await sealMessage(Buffer.from(source), workshop.signer(made(), { algorithm }), AT);
        expect(workshop.xmlsecAccepts(sealed)).toBe(true);
        expect(judge(sealed).verdict).toBe('valid');
        const altered = Buffer.from(sealed.toString().replace('3.0.0', '3.0.1'));
        expect(workshop.xmlsecAccepts(altered)).toBe(false);
        expect(judge(altered)).toMatchObject({ verdict: 'invalid', reason: { code: 'seal-modified' } });
      }
    },
  );

  it('ignores a comment that looks like the end of the root', async () => {
    const source = '<a b="/>" c=\'x>y\'><!-- </a> --><![CDATA[</a>]]><?x </a> ?><a/><a></a>e</a ><!-- </a> -->';
    const sealed = (await sealMessage(Buffer.from(source), signer, AT)).toString();
    expect(sealed).toMatch(/e<ds:Signature [\s\S]*<\/ds:Signature><\/a ><!-- <\/a> -->$/);
    expect(judge(Buffer.from(sealed)).verdict).toBe('valid');
  });

  it.each([
    ['a root without content', '<a/>', /empty root/],
    ['what is not well-formed', '<a><b></a>', /xml-malformed/],
    ['a document type', '<!DOCTYPE a SYSTEM "a.dtd"><a></a>', /differently/],
    ['bytes that are not what they claim', Buffer.from('<a>\xe8</a>', 'latin1'), /differently/],
    ['another encoding', Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe8</a>', 'latin1'), /not valid/],
  ])('refuses %s', async (_name, source, error) => {
    await expect(sealMessage(Buffer.from(source), signer, AT)).rejects.toThrow(error);
  });

  it('does not seal twice, wherever the first seal stands', async () => {
    const sealed = await sealMessage(message, signer, AT);
    await expect(sealMessage(sealed, signer, AT)).rejects.toThrow(/twice/);
    const moved = `<a>${sealed.toString().replace(/<\?xml.*?\?>/, '')}<b/></a>`;
    await expect(sealMessage(Buffer.from(moved), signer, AT)).rejects.toThrow(/twice/);
  });

  it('throws where a remote service signs wrongly', async () => {
    const other = workshop.signer(workshop.sealer());
    const remote: SealSigner = { ...signer, sign: (data) => other.sign(data) };
    await expect(sealMessage(message, remote, AT)).rejects.toThrow(/does not match/);
    const down: SealSigner = { ...signer, sign: () => Promise.reject(new Error('service down')) };
    await expect(sealMessage(message, down, AT)).rejects.toThrow('service down');
  });
});

describe.skipIf(!hasOpenssl)('the key from PEM', () => {
  let workshop: SealWorkshop;
  let rsa: Made;
  beforeAll(() => {
    workshop = new SealWorkshop();
    rsa = workshop.sealer();
  });
  afterAll(() => workshop?.close());
  const read = (name: string): string => workshop.read(name).toString();

  it('opens an encrypted key with its passphrase only', () => {
    workshop.run('pkcs8', '-topk8', '-in', rsa.key, '-out', 'locked.key', '-passout', 'pass:parola');
    const locked = read('locked.key');
    expect(signerFromPem(workshop.pem(rsa), locked, { passphrase: 'parola' }).ok).toBe(true);
    expect(signerFromPem(workshop.pem(rsa), locked, { passphrase: 'altra' })).toMatchObject({
      ok: false,
      problem: { code: 'seal-key' },
    });
    expect(signerFromPem(workshop.pem(rsa), locked).ok).toBe(false);
  });

  it('includes the chain that follows the certificate', () => {
    const found = signerFromPem(workshop.pem(rsa, workshop.authority), read(rsa.key));
    expect(found.ok && found.value.chain.map((each) => Buffer.from(each))).toEqual([workshop.authority.der]);
  });

  it('says in Italian why a key cannot seal', () => {
    const other = workshop.sealer({ key: 'ec' });
    workshop.run(
      'req',
      '-x509',
      '-newkey',
      'rsa:1024',
      '-nodes',
      '-keyout',
      'short.key',
      '-out',
      'short.pem',
      '-subj',
      '/CN=x',
    );
    workshop.run(
      'req',
      '-x509',
      '-newkey',
      'ed25519',
      '-nodes',
      '-keyout',
      'ed.key',
      '-out',
      'ed.pem',
      '-subj',
      '/CN=x',
    );
    const sentence = (certificate: string, key: string, algorithm?: SealAlgorithm): string => {
      const found = signerFromPem(certificate, key, algorithm === undefined ? {} : { algorithm });
      return found.ok ? 'usable' : found.problem.message;
    };
    expect(sentence('', read(rsa.key))).toContain('manca il certificato');
    expect(sentence(workshop.pem(rsa).replace('MII', 'AAA'), read(rsa.key))).toContain(
      'il certificato non è leggibile',
    );
    expect(sentence(workshop.pem(rsa), 'nothing')).toContain('la chiave non è leggibile');
    expect(sentence(workshop.pem(rsa), read(other.key))).toContain('non è quella del certificato');
    expect(sentence(workshop.pem(rsa), read(rsa.key), 'ecdsa-sha256')).toContain(
      'il tipo della chiave non è quello della firma',
    );
    expect(sentence(read('short.pem'), read('short.key'))).toContain('meno di 2048 bit');
    expect(sentence(read('ed.pem'), read('ed.key'))).toContain('il tipo della chiave non è ammesso');
    expect(sentence(workshop.pem(rsa), read(rsa.key))).toBe('usable');
  });
});

describe.skipIf(!hasOpenssl)('trust in a seal', () => {
  let workshop: SealWorkshop;
  beforeAll(() => {
    workshop = new SealWorkshop();
  });
  afterAll(() => workshop?.close());

  it('is missing, and the seal not invalid, without anchors, under another root, and out of its validity', async () => {
    const sealed = await sealMessage(Buffer.from(MESSAGE), workshop.signer(workshop.sealer()), AT);
    const other = new SealWorkshop();
    try {
      expect(verifySeal(sealed, null, AT)).toMatchObject({ verdict: 'untrusted', reason: { code: 'seal-untrusted' } });
      expect(verifySeal(sealed, { anchors: [] }, AT).verdict).toBe('untrusted');
      expect(verifySeal(sealed, other.trust, AT).verdict).toBe('untrusted');
      const late = verifySeal(sealed, workshop.trust, new Date('2041-01-01T00:00:00Z'));
      expect(late.reason?.message).toContain('scaduto');
      expect(late.signer).not.toBeNull();
      expect(verifySeal(sealed, workshop.trust, new Date(Number.NaN)).verdict).toBe('untrusted');
    } finally {
      other.close();
    }
  });

  it.each([
    ['no purpose at all', [], 'valid'],
    ['documents', ['extendedKeyUsage = 1.3.6.1.5.5.7.3.36'], 'valid'],
    ['mail, with an address', ['extendedKeyUsage = emailProtection', 'subjectAltName = email:a@example.it'], 'valid'],
    ['servers only', ['extendedKeyUsage = serverAuth'], 'untrusted'],
    ['time stamps only', ['extendedKeyUsage = critical,timeStamping'], 'untrusted'],
  ])('allows for the purpose of the certificate: %s', async (_name, extensions, verdict) => {
    const made = workshop.sealer({ extensions: [...SEALER, ...extensions] });
    const sealed = await sealMessage(Buffer.from(MESSAGE), workshop.signer(made), AT);
    expect(verifySeal(sealed, workshop.trust, AT).verdict).toBe(verdict);
  });

  it('ignores constraints on mail addresses', async () => {
    const authority = workshop.certificate({
      name: 'Con vincoli',
      issuer: workshop.root,
      extensions: [
        'basicConstraints = critical,CA:TRUE',
        'keyUsage = critical,keyCertSign',
        'nameConstraints = critical,permitted;email:pec.example.it',
      ],
    });
    const made = workshop.sealer({
      issuer: authority,
      extensions: [...SEALER, 'subjectAltName = email:ufficio@example.it'],
    });
    const found = signerFromPem(workshop.pem(made, authority), workshop.read(made.key).toString());
    if (!found.ok) throw new Error(found.problem.message);
    const sealed = await sealMessage(Buffer.from(MESSAGE), found.value, AT);
    expect(verifySeal(sealed, workshop.trust, AT).verdict).toBe('valid');
  });
});
