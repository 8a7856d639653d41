import { constants, createHash, createPrivateKey, privateEncrypt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignedDocument } from '../../../src/formats/cms/signed-data.ts';
import { certificatesOf, verifySigner } from '../../../src/formats/cms/verify.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from './openssl.ts';

const CONTENT = Buffer.from('Delibera di prova n. 12.\n');
/** DigestInfo of SHA-256 up to the digest, with the NULL behind the algorithm and without. */
const WITH_NULL = '3031300d060960864801650304020105000420';
const WITHOUT_NULL = '302f300b06096086480165030402010420';

function outcome(der: Buffer): string {
  const cms = readSignedDocument(der);
  if (!cms.ok) return cms.reason;
  const [signer] = cms.value.signers;
  return signer ? verifySigner(cms.value, signer, certificatesOf(cms.value), () => [[CONTENT]]).outcome : 'none';
}

describe.skipIf(!hasOpenssl)('a CMS as programs make it', () => {
  const workshop = new Workshop();
  let signer: Made;
  beforeAll(() => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', extensions: SIGNER('rossi@example.it') });
  });
  afterAll(() => workshop.close());

  /** The signed attributes: type of the content first, its digest last among those that openssl writes in DER's order. */
  function swapped(der: Buffer): Buffer {
    const first = der.indexOf('301806092a864886f70d010903310b', 0, 'hex');
    expect(first).toBeGreaterThan(0);
    const head = der.subarray(first, first + 26);
    const second = der.subarray(first + 26, first + 26 + 2 + (der[first + 27] ?? 0));
    return Buffer.concat([der.subarray(0, first), second, head, der.subarray(first + 26 + second.length)]);
  }

  it('holds where the attributes are sent in another order than the one that was signed', () => {
    const der = workshop.sign(CONTENT, signer);
    const unsorted = swapped(der);
    expect(unsorted.equals(der)).toBe(false);
    expect(unsorted.length).toBe(der.length);
    expect(outcome(der)).toBe('valid');
    expect(outcome(unsorted)).toBe('valid');
  });

  it('does not hold where one of the unsorted attributes was altered', () => {
    const unsorted = swapped(workshop.sign(CONTENT, signer));
    const digest = unsorted.indexOf(createHash('sha256').update(CONTENT).digest());
    expect(digest).toBeGreaterThan(0);
    unsorted[digest] = (unsorted[digest] ?? 0) ^ 1;
    expect(outcome(unsorted)).toBe('invalid');
  });

  /** The same CMS with an RSA signature over other octets (PKCS #1 v1.5). */
  function holding(der: Buffer, start: string, data: Buffer, end = ''): Buffer {
    const digest = createHash('sha256').update(data).digest();
    const info = Buffer.concat([Buffer.from(start, 'hex'), digest, Buffer.from(end, 'hex')]);
    const key = createPrivateKey(workshop.read(signer.key));
    const signature = privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, info);
    return Buffer.concat([der.subarray(0, der.length - signature.length), signature]);
  }

  it('holds where the digest inside an RSA signature names its algorithm without NULL', () => {
    const direct = workshop.sign(CONTENT, signer, [], '-noattr');
    expect(holding(direct, WITH_NULL, CONTENT).equals(direct)).toBe(true);
    expect(outcome(holding(direct, WITHOUT_NULL, CONTENT))).toBe('valid');

    const attributed = workshop.sign(CONTENT, signer);
    const cms = readSignedDocument(attributed);
    const [set] = (cms.ok && cms.value.signers[0]?.attributes?.signed) || [];
    expect(outcome(holding(attributed, WITHOUT_NULL, set ?? Buffer.alloc(0)))).toBe('valid');
  });

  it('does not hold for another digest, or with anything before or behind it', () => {
    const direct = workshop.sign(CONTENT, signer, [], '-noattr');
    const table: readonly (readonly [string, Buffer])[] = [
      ['other content', holding(direct, WITHOUT_NULL, Buffer.from('Delibera di prova n. 13.\n'))],
      ['more behind', holding(direct, WITHOUT_NULL, CONTENT, '00')],
      ['more before', holding(direct, `00${WITHOUT_NULL}`, CONTENT)],
      ['a bare digest', holding(direct, '', CONTENT)],
      ['another length', holding(direct, WITHOUT_NULL.replace('302f', '3031'), CONTENT, '0500')],
      ['another algorithm', holding(direct, WITHOUT_NULL.replace('0201', '0203'), CONTENT)],
    ];
    for (const [name, der] of table) expect(outcome(der), name).toBe('invalid');
  });
});
