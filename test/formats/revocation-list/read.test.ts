import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, parseCertificate } from '../../../src/formats/cms/certificate.ts';
import { usedChain } from '../../../src/formats/cms/used-chain.ts';
import { findInList, readRevocationList } from '../../../src/formats/revocation-list/read.ts';
import { type Authority, issueAuthority, issueProvider } from '../../../src/sandbox/authority.ts';
import { type ListWish, makeList, type RevokedWish, serialOf } from '../../support/revocation-lists.ts';
import { CA, hasOpenssl, Workshop } from '../cms/openssl.ts';

const URL_OF_LIST = 'http://crl.gestori.example.it/lista.crl';
const AT = new Date('2026-03-01T12:00:00Z');
const TIMES = { from: '2026-03-01T00:00:00Z', to: '2026-03-03T00:00:00Z' };
const REVOKED: readonly RevokedWish[] = [
  { serial: '01', at: '2026-01-05T10:00:00Z' },
  { serial: '00FF', at: '2026-01-06T10:00:00Z', reason: 'keyCompromise' },
  { serial: '4A5B6C7D8E9FA0B1C2D3E4F5061728394A5B6C7D', at: '2026-02-07T10:00:00Z', reason: 'keyTime,20260203040506Z' },
  { serial: '77', at: '2026-02-08T10:00:00Z', reason: 'holdInstruction,holdInstructionNone' },
];

const parsed = (der: Uint8Array): Certificate => {
  const certificate = parseCertificate(Buffer.from(der));
  if (certificate === null) throw new Error('certificate cannot be read');
  return certificate;
};

describe.skipIf(!hasOpenssl)('a list of revoked certificates', () => {
  let authority: Authority;
  let issuer: Certificate;
  beforeAll(async () => {
    authority = await issueAuthority();
    issuer = parsed(authority.intermediate.certificate);
  });

  const make = (wish: Partial<ListWish> = {}, revoked = REVOKED) =>
    makeList(authority.intermediate, revoked, { ...TIMES, ...wish });
  const read = (bytes: Buffer, more: { url?: string | null; at?: Date; issuer?: Certificate } = {}) =>
    readRevocationList(bytes, { issuer, url: URL_OF_LIST, at: AT, ...more });
  const outcome = (...args: Parameters<typeof read>): string => {
    const found = read(...args);
    if (!found.ok) return found.reason;
    const entries = [...found.list.entries(3)];
    return entries.every(({ ok }) => ok) ? 'used' : 'an entry cannot be used';
  };

  it('names serial numbers, since when, and why; the day of invalidity goes before that of the revocation', () => {
    const found = read(make());
    if (!found.ok) throw new Error(found.reason);
    expect(found.list).toMatchObject({ thisUpdate: Date.parse(TIMES.from), nextUpdate: Date.parse(TIMES.to) });
    const entries = [...found.list.entries(3)].map((part) => (part.ok ? part.entries : []));
    expect(entries.map(({ length }) => length)).toEqual([3, 1]);
    expect(entries.flat()).toEqual([
      { serial: '01', at: Date.parse('2026-01-05T10:00:00Z'), reason: null },
      { serial: '77', at: Date.parse('2026-02-08T10:00:00Z'), reason: 6 },
      { serial: 'ff', at: Date.parse('2026-01-06T10:00:00Z'), reason: 1 },
      { serial: '4a5b6c7d8e9fa0b1c2d3e4f5061728394a5b6c7d', at: Date.parse('2026-02-03T04:05:06Z'), reason: 1 },
    ]);
    expect(findInList(found.list, 'ff')).toEqual({ at: Date.parse('2026-01-06T10:00:00Z'), reason: 1 });
    expect(findInList(found.list, '02')).toBeNull();
  });

  it('is read from PEM too, and where it names nobody', () => {
    expect(outcome(make({ format: 'PEM' }))).toBe('used');
    const empty = read(make({}, []));
    expect(empty.ok && [...empty.list.entries(3)]).toEqual([]);
  });

  it('is used only as signed by its issuer', async () => {
    const list = make();
    const forged = Buffer.from(list);
    const place = forged.indexOf(Buffer.from('4a5b6c7d8e9fa0b1', 'hex'));
    forged[place] = 0x4b;
    expect(outcome(forged)).toBe('its signature is not that of its issuer');
    const other = await issueAuthority();
    const foreign = makeList(other.intermediate, REVOKED, TIMES);
    // The same name, another key.
    expect(outcome(foreign)).toBe('its signature is not that of its issuer');
    expect(outcome(makeList(authority.root, REVOKED, TIMES))).toBe('it is the list of another authority');
    expect(outcome(Buffer.concat([list, Buffer.from([0])]))).toBe('it is no list of revoked certificates');
    const mute: Certificate = { ...issuer, canSignLists: false };
    expect(outcome(list, { issuer: mute })).toBe('its issuer may not sign lists');
  });

  it('is used only in its time', () => {
    const list = make();
    expect(outcome(list, { at: new Date('2026-03-03T00:00:00Z') })).toMatch(/^it was good until 2026-03-03/);
    expect(outcome(list, { at: new Date('2026-02-28T20:00:00Z') })).toBe('it is from the future');
    // Two clocks.
    expect(outcome(list, { at: new Date('2026-02-28T23:55:00Z') })).toBe('used');
    expect(outcome(list, { at: new Date(Number.NaN) })).toBe('it is from the future');
  });

  it('is used whole or not at all', () => {
    const point = (...lines: string[]) => ({
      extensions: ['issuingDistributionPoint = critical,@p'],
      sections: ['[p]', ...lines],
    });
    const part = 'it holds only a part of the revoked certificates';
    expect(outcome(make(point('onlyuser = TRUE')))).toBe(part);
    expect(outcome(make(point(`fullname = URI:${URL_OF_LIST}`, 'indirectCRL = TRUE')))).toBe(part);
    expect(outcome(make(point('onlysomereasons = keyCompromise')))).toBe(part);
    expect(outcome(make(point('fullname = URI:http://crl.gestori.example.it/altra.crl')))).toBe(part);
    expect(outcome(make(point(`fullname = URI:${URL_OF_LIST}`)))).toBe('used');
    expect(outcome(make(point(`fullname = URI:${URL_OF_LIST}`)), { url: null })).toBe(part);
    const delta = make({ extensions: ['2.5.29.27 = critical,DER:02:01:01'] });
    expect(outcome(delta)).toBe('it holds only what changed since another list');
    const strange = make({ extensions: ['1.2.3.4 = critical,DER:05:00'] });
    expect(outcome(strange)).toBe('it has a critical extension that is not known (1.2.3.4)');
    expect(outcome(make({ extensions: ['1.2.3.4 = DER:05:00'] }))).toBe('used');
  });

  it('is no list where something else came, whatever it is', () => {
    const none = 'it is no list of revoked certificates';
    const list = make();
    for (const bytes of ['', '<html>', '0', '0\u0080'.repeat(50_000), '-----BEGIN X509 CRL-----'])
      expect(outcome(Buffer.from(bytes, 'latin1'))).toBe(none);
    expect(outcome(authority.root.certificate)).toBe(none);
    for (let length = 0; length < list.length; length += 7) expect(outcome(list.subarray(0, length))).toBe(none);
    for (let at = 0; at < list.length; at += 1) {
      const broken = Buffer.from(list);
      broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8));
      expect(outcome(broken), `octet ${at}`).not.toBe('used');
    }
    expect(outcome(Buffer.alloc(32 * 1024 * 1024 + 1, 0x30))).toBe('it is larger than what is read');
  });

  describe('signed with ECDSA', () => {
    const shop = new Workshop();
    afterAll(() => shop.close());
    it('is used as one signed with RSA', () => {
      const made = shop.certificate({ name: 'Radice', extensions: CA(), key: 'ec' });
      const own = { certificate: made.der, key: shop.read(made.key).toString() };
      const list = makeList(own, REVOKED, TIMES);
      expect(outcome(list, { issuer: parsed(made.der) })).toBe('used');
      const forged = Buffer.from(list);
      forged[list.length - 5] = (list.at(-5) ?? 0) ^ 1;
      expect(outcome(forged, { issuer: parsed(made.der) })).toBe('its signature is not that of its issuer');
    });
  });

  it('of 200,000 certificates is looked through in small parts', () => {
    const many = Array.from({ length: 200_000 }, (_, at) => ({
      serial: hash('sha256', `${at}`, 'hex').slice(0, 30).replace(/^./, '5'),
      at: '2026-01-05T10:00:00Z',
    }));
    const found = read(make({}, many));
    if (!found.ok) throw new Error(found.reason);
    let count = 0;
    let longest = 0;
    const parts = found.list.entries(2_000);
    for (let started = performance.now(), part = parts.next(); part.done !== true; part = parts.next()) {
      count += part.value.ok ? part.value.entries.length : 0;
      longest = Math.max(longest, performance.now() - started);
      started = performance.now();
    }
    expect(count).toBe(200_000);
    expect(longest).toBeLessThan(1_000);
  }, 60_000);

  it('is where the certificate says', async () => {
    const provider = await issueProvider({ domain: 'pec.example.it', authority, listPoint: URL_OF_LIST });
    const path = [provider.certificate, authority.intermediate.certificate, authority.root.certificate].map(parsed);
    const [own, above, ...more] = usedChain(path);
    expect(more).toEqual([]);
    expect(own).toMatchObject({
      serial: serialOf(provider.certificate).toLowerCase(),
      points: [URL_OF_LIST],
      issuerName: 'Sandbox PEC CA1',
      name: 'Posta Certificata pec.example.it',
    });
    expect(above).toMatchObject({ points: [], issuerName: 'Sandbox PEC Root' });
    expect(own?.issuer).not.toBe(above?.issuer);
    expect(structuredClone([own, above])).toEqual([own, above]);
  });
});
