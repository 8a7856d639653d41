import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signerFromPkcs12 } from '../../../src/formats/seal/pkcs12.ts';
import { sealMessage } from '../../../src/formats/seal/sign.ts';
import { verifySeal } from '../../../src/formats/seal/verify.ts';
import { hasOpenssl, type Made } from '../cms/openssl.ts';
import { AT, MESSAGE, SealWorkshop } from './workbench.ts';

describe.skipIf(!hasOpenssl)('the key from PKCS#12', () => {
  let workshop: SealWorkshop;
  let rsa: Made;
  let ec: Made;
  beforeAll(() => {
    workshop = new SealWorkshop();
    rsa = workshop.sealer();
    ec = workshop.sealer({ key: 'ec' });
  });
  afterAll(() => workshop?.close());

  const PASSPHRASE = 'parola più lunga di sessantaquattro byte, perché la derivazione lavora a blocchi €';

  function pkcs12(made: Made, ...options: readonly string[]): Buffer {
    workshop.write('chain.pem', workshop.read(workshop.authority.certificate));
    const files = ['-inkey', made.key, '-in', made.certificate, '-certfile', 'chain.pem', '-out', 'out.p12'];
    workshop.run('pkcs12', '-export', ...files, '-passout', `pass:${PASSPHRASE}`, ...options);
    return workshop.read('out.p12');
  }

  const tripleDes = ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'];
  it.each([
    ['AES-256, as openssl 3 writes it', []],
    ['AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
    ['AES-192 with many iterations', ['-keypbe', 'AES-192-CBC', '-certpbe', 'AES-192-CBC', '-iter', '50000']],
    ['triple DES', tripleDes],
    ['certificates in the clear', ['-certpbe', 'NONE']],
    ['everything in the clear', ['-certpbe', 'NONE', '-keypbe', 'NONE', '-nomac']],
  ])('seals: %s', async (_name, options) => {
    for (const made of [rsa, ec]) {
      const found = signerFromPkcs12(pkcs12(made, ...options), PASSPHRASE);
      if (!found.ok) throw new Error(found.problem.message);
      expect(Buffer.from(found.value.certificate)).toEqual(made.der);
      expect(found.value.chain.map((each) => Buffer.from(each))).toEqual([workshop.authority.der]);
      const sealed = await sealMessage(Buffer.from(MESSAGE), found.value, AT);
      expect(verifySeal(sealed, workshop.trust, AT).verdict).toBe('valid');
    }
  });

  it('says in Italian what is wrong', () => {
    const sentence = (bytes: Uint8Array, passphrase = PASSPHRASE): string => {
      const found = signerFromPkcs12(bytes, passphrase);
      return found.ok ? 'usable' : found.problem.message;
    };
    const good = pkcs12(rsa);
    expect(sentence(good)).toBe('usable');
    expect(sentence(good, 'altra')).toContain('password è errata');
    expect(sentence(pkcs12(rsa, ...tripleDes), 'altra')).toContain('password è errata');
    expect(sentence(Buffer.from('nothing'))).toContain('file PKCS#12');
    expect(sentence(new Uint8Array())).toContain('dati troncati');
    expect(sentence(pkcs12(rsa, '-nokeys'))).toContain('chiave');
  });

  it('never throws, whichever byte is damaged', () => {
    const good = pkcs12(ec, '-iter', '1');
    let refused = 0;
    for (let at = 0; at < good.length; at++) {
      const damaged = Buffer.from(good);
      damaged[at] = (damaged[at] ?? 0) ^ 0x41;
      if (!signerFromPkcs12(damaged, PASSPHRASE).ok) refused++;
    }
    expect(refused).toBeGreaterThan(good.length * 0.5);
  });
});
