import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignedData, readSignedDocument } from '../../../src/formats/cms/signed-data.ts';
import { certificatesOf, type SignerVerdict, verifySigner } from '../../../src/formats/cms/verify.ts';
import { CA, hasOpenssl, type Made, SIGNER, Workshop } from './openssl.ts';

const CONTENT = Buffer.from('Content-Type: text/plain\r\n\r\nprima riga\r\nseconda riga\r\n');

function verdict(cms: Buffer, content: Buffer): SignerVerdict {
  const read = readSignedData(cms);
  if (!read.ok) throw new Error(read.reason);
  const [signer] = read.value.signers;
  if (!signer) throw new Error('no signer');
  return verifySigner(read.value, signer, certificatesOf(read.value), () => [[content]]);
}

describe.skipIf(!hasOpenssl)('detached CMS', () => {
  let shop: Workshop;
  let root: Made;
  let rsa: Made;
  let ec: Made;
  let pss: Made;

  beforeAll(() => {
    shop = new Workshop();
    root = shop.certificate({ name: 'Radice di Esempio', extensions: CA() });
    const signer = (key: 'rsa' | 'ec' | 'pss') =>
      shop.certificate({ name: `Firma ${key}`, issuer: root, key, extensions: SIGNER('posta@pec.example.it') });
    rsa = signer('rsa');
    ec = signer('ec');
    pss = signer('pss');
  });
  afterAll(() => shop?.close());

  const PSS = ['-keyopt', 'rsa_padding_mode:pss'];
  const variants: [string, () => Buffer][] = [
    ['RSA with SHA-1', () => shop.sign(CONTENT, rsa, [root], '-md', 'sha1')],
    ['RSA with SHA-256', () => shop.sign(CONTENT, rsa, [root], '-md', 'sha256')],
    ['RSA with SHA-384', () => shop.sign(CONTENT, rsa, [root], '-md', 'sha384')],
    ['RSA with SHA-512', () => shop.sign(CONTENT, rsa, [root], '-md', 'sha512')],
    ['RSA-PSS', () => shop.sign(CONTENT, rsa, [root], '-md', 'sha256', ...PSS)],
    ['RSA-PSS with an RSA-PSS key', () => shop.sign(CONTENT, pss, [root], '-md', 'sha256', ...PSS)],
    ['ECDSA', () => shop.sign(CONTENT, ec, [root], '-md', 'sha256')],
    ['a signer named by its key identifier', () => shop.sign(CONTENT, rsa, [root], '-keyid')],
    ['no signed attributes', () => shop.sign(CONTENT, rsa, [root], '-noattr')],
    ['ECDSA, no signed attributes', () => shop.sign(CONTENT, ec, [root], '-noattr', '-md', 'sha512')],
    ['BER of indefinite length', () => shop.sign(CONTENT, rsa, [root], '-stream')],
  ];

  it.each(variants)('%s', (_, make) => {
    const cms = make();
    expect(shop.holds(CONTENT, cms)).toBe(true);
    const judged = verdict(cms, CONTENT);
    expect(judged).toMatchObject({ outcome: 'valid', reason: '' });
    expect(judged.certificate?.emails).toEqual(['posta@pec.example.it']);
    const changed = Buffer.from(CONTENT);
    changed[30] = 0x58;
    expect(['modified', 'invalid']).toContain(verdict(cms, changed).outcome);
    expect(shop.holds(changed, cms)).toBe(false);
  });

  it('includes BER of indefinite length', () => {
    expect(shop.sign(CONTENT, rsa, [root], '-stream')[1]).toBe(0x80);
  });

  it('tells changed content from a forged signature', () => {
    const cms = shop.sign(CONTENT, rsa, [root]);
    expect(verdict(cms, Buffer.from('altro')).outcome).toBe('modified');
    const forged = Buffer.from(cms);
    forged[forged.length - 5] = (forged.at(-5) ?? 0) ^ 1;
    expect(verdict(forged, CONTENT).outcome).toBe('invalid');
  });

  it('must have the signed content type outside too', () => {
    const cms = shop.sign(CONTENT, rsa, [root]);
    const data = Buffer.from('06092a864886f70d010701', 'hex');
    const at = cms.indexOf(data) + data.length - 1;
    cms[at] = 2;
    expect(verdict(cms, CONTENT)).toMatchObject({ outcome: 'invalid', reason: expect.stringContaining('tipo') });
  });

  it('reads the signing time from the signed attributes', () => {
    const at = verdict(shop.sign(CONTENT, rsa, [root]), CONTENT).signingTime;
    expect(Math.abs((at?.getTime() ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it('is unsupported where the signer certificate is missing', () => {
    expect(verdict(shop.sign(CONTENT, rsa, [], '-nocerts'), CONTENT)).toMatchObject({
      outcome: 'unsupported',
      certificate: null,
    });
  });

  it('refuses MD5', () => {
    const cms = shop.sign(CONTENT, rsa, [root], '-md', 'md5');
    expect(verdict(cms, CONTENT)).toMatchObject({ outcome: 'unsupported' });
  });

  it('finds the signer among certificates in any order', () => {
    for (const chain of [
      [root, ec],
      [ec, root],
    ])
      expect(verdict(shop.sign(CONTENT, rsa, chain), CONTENT).certificate?.commonName).toBe('Firma rsa');
  });

  it.each([[[]], [['-stream']]])('content inside, whole or in BER pieces %s', (options: string[]) => {
    const large = Buffer.alloc(100_000, 'abc\r\n');
    const read = readSignedDocument(shop.sign(large, rsa, [root], '-nodetach', ...options));
    expect(read.ok && read.value.content?.equals(large)).toBe(true);
  });

  it('notices every changed byte of signed attributes and signature', () => {
    const cms = shop.sign(CONTENT, rsa, [root]);
    const read = readSignedData(cms);
    const signer = read.ok ? read.value.signers[0] : undefined;
    const signed = signer?.attributes?.signed[0]?.subarray(1) ?? Buffer.alloc(0);
    const signature = signer?.signature ?? Buffer.alloc(0);
    for (const region of [signed, signature]) {
      const start = cms.lastIndexOf(region);
      expect(start).toBeGreaterThan(0);
      for (let at = start; at < start + region.length; at++) {
        const changed = Buffer.from(cms);
        changed[at] = (cms[at] ?? 0) ^ 0x01;
        const again = readSignedData(changed);
        if (again.ok) expect(verdict(changed, CONTENT).outcome, `octet ${at}`).not.toBe('valid');
      }
    }
  });

  it('never throws for a mutation', () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    const vectors = [shop.sign(CONTENT, rsa, [root]), shop.sign(CONTENT, ec, [root], '-stream')];
    let readable = 0;
    for (let run = 0; run < 4000; run++) {
      const changed = Buffer.from(vectors[run % 2] ?? '');
      for (let piece = random(4); piece >= 0; piece--) changed[random(changed.length)] = random(256);
      const read = readSignedData(random(8) === 0 ? changed.subarray(0, random(changed.length)) : changed);
      if (!read.ok) continue;
      readable++;
      const pool = certificatesOf(read.value);
      for (const signer of read.value.signers) verifySigner(read.value, signer, pool, () => [[CONTENT]]);
    }
    expect(readable).toBeGreaterThan(500);
  });
});

describe('hostile CMS', () => {
  const refused = (bytes: Buffer) => readSignedData(bytes).ok;

  it.each([
    ['empty', Buffer.alloc(0)],
    ['a length of 2^48', Buffer.from([0x30, 0x86, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x06, 0x01])],
    ['a length of 127 octets', Buffer.concat([Buffer.from([0x30, 0xff]), Buffer.alloc(200, 0xff)])],
    ['a length of 2 GB', Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff, 0x06, 0x01])],
    ['an indefinite primitive', Buffer.from([0x06, 0x80, 0x00, 0x00])],
    ['a long tag', Buffer.concat([Buffer.from([0x3f]), Buffer.alloc(100, 0xff)])],
    ['endless indefinite nesting', Buffer.alloc(1_000_000, Buffer.from([0x30, 0x80]))],
    ['more than a megabyte', Buffer.alloc(2_000_000, 0x30)],
    ['no end', Buffer.from([0x30, 0x80, 0x06, 0x01, 0x00])],
  ])('%s is refused at once', (_, bytes) => {
    const start = performance.now();
    expect(refused(bytes)).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
