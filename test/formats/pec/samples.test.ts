import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { openMail } from '../../../src/formats/pec/open.ts';
import { anchorsFrom, defaultTrust } from '../../../src/formats/pec/trust.ts';

const shared = process.env['INTERPRO_SHARED'] ?? resolve(import.meta.dirname, '../../../../shared');
const folder = join(shared, 'samples/pec');
const present = existsSync(folder);
if (!present) {
  if (process.env['CI']) throw new Error(`real mail is missing: ${folder}`);
  console.warn(`\n*** ${folder} is missing: the tests with real certified mail are SKIPPED ***\n`);
}

const trust = defaultTrust(rootCertificates);
const AT = new Date('2026-09-01T00:00:00Z');
const read = (name: string) => readFileSync(join(folder, name));
const toLf = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');

describe('built-in trust', () => {
  it('is one root, only over the authority of the providers', () => {
    expect(trust.anchors.map(({ onlyVia }) => onlyVia)).toEqual([['AgID CA1']]);
    expect(defaultTrust([]).anchors).toEqual([]);
  });

  it('reads PEM bundles and DER, and names what it cannot read', () => {
    const [first = '', second = ''] = rootCertificates;
    const der = Buffer.from(first.replace(/-----[^-]+-----/g, ''), 'base64');
    const { trust: own, unreadable } = anchorsFrom([
      { name: 'bundle.pem', bytes: Buffer.from(`# radici\n${first}\n${second}`) },
      { name: 'one.der', bytes: der },
      {
        name: 'half.pem',
        bytes: Buffer.from(`${first}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
      },
      { name: 'readme.txt', bytes: Buffer.from('niente') },
      { name: 'key.pem', bytes: Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n') },
    ]);
    expect(own.anchors).toHaveLength(4);
    expect(own.anchors.every(({ onlyVia }) => onlyVia.length === 0)).toBe(true);
    expect(unreadable.map(({ name }) => name)).toEqual(['half.pem', 'readme.txt', 'key.pem']);
  });
});

describe.skipIf(!present)('real certified mail', () => {
  // The delivery receipt says "completa", but postacert.eml is not there.
  const signed: [string, string[]][] = [
    ['aruba-2021-accettazione.eml', []],
    ['aruba-2021-avvenuta-consegna.eml', ['pec-receipt-incomplete']],
    ['aruba-2021-errore-consegna.eml', []],
  ];

  it.each(signed)('%s is proven without configuration, with both line ends', (name, codes) => {
    for (const bytes of [read(name), toLf(read(name))]) {
      const opened = openMail(bytes, trust, AT);
      expect(opened).toMatchObject({
        kind: 'receipt',
        problems: codes.map((code) => ({ code })),
        pec: {
          type: name.replace(/^aruba-2021-|\.eml$/g, ''),
          integrity: 'intact',
          chain: 'trusted',
          today: 'expired',
          signerMatchesFrom: true,
          agrees: true,
        },
      });
      expect(opened.pec?.certifiedAt).toMatch(/^2021-12-14T14:(36:08|54:32)\+01:00$/);
    }
  });

  it('is untrusted over another intermediate or with another root', () => {
    const bytes = read('aruba-2021-accettazione.eml');
    const other = { anchors: trust.anchors.map((anchor) => ({ ...anchor, onlyVia: ['Altra CA'] })) };
    expect(openMail(bytes, other, AT)).toMatchObject({
      kind: 'ordinary',
      pec: { integrity: 'intact', chain: 'untrusted' },
    });
    const [first = ''] = rootCertificates;
    const { trust: wrong } = anchorsFrom([{ name: 'x', bytes: Buffer.from(first) }]);
    expect(openMail(bytes, wrong, AT).pec?.chain).toBe('untrusted');
  });

  it('names the one recipient of a delivery and of a non-delivery', () => {
    expect(openMail(read('aruba-2021-avvenuta-consegna.eml'), trust, AT).pec).toMatchObject({
      receiptType: 'completa',
      error: 'nessuno',
      deliveredTo: 'test01@pec.flosslab.it',
    });
    expect(openMail(read('aruba-2021-errore-consegna.eml'), trust, AT).pec).toMatchObject({
      receiptType: null,
      error: 'no-dest',
      errorDetail: expect.stringMatching(/^5\.1\.1/),
    });
  });

  it('is ordinary where the signature is unreadable or missing', () => {
    const broken = openMail(read('broken-busta-inoltrata.eml'), trust, AT);
    expect(broken).toMatchObject({
      kind: 'ordinary',
      pec: { type: 'posta-certificata', integrity: 'unreadable', chain: 'not-checked' },
    });
    expect(broken.contentHeaders?.subject).toBe('POSTA CERTIFICATA: SUBJECT');
    const unsigned = openMail(read('unsigned-accettazione.eml'), trust, AT);
    expect(unsigned).toMatchObject({
      kind: 'ordinary',
      pec: { type: 'accettazione', integrity: 'absent', chain: 'not-checked' },
    });
  });
});
