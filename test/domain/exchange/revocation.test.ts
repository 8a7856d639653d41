import { describe, expect, it } from 'vitest';
import { revocationOf, type SigningTimes } from '../../../src/domain/exchange/revocation.ts';
import type { ChainCertificate, ListedFact } from '../../../src/model/revocation.ts';

const time = (text: string): number => Date.parse(`${text}Z`);
const date = (text: string): Date => new Date(time(text));
const SIGNER: ChainCertificate = {
  issuer: 'a'.repeat(64),
  issuerCertificate: '',
  issuerName: 'CA Gestori',
  serial: '1f',
  name: 'Posta Certificata',
  notAfter: time('2027-01-01T00:00'),
  points: ['http://crl.example.it/1'],
};
const MIDDLE: ChainCertificate = {
  ...SIGNER,
  issuer: 'b'.repeat(64),
  serial: '02',
  name: 'CA Gestori',
  points: ['http://crl.example.it/radice'],
};
const fact = (of: ChainCertificate, more: Partial<ListedFact> = {}): ListedFact => ({
  issuer: of.issuer,
  serial: of.serial,
  url: of.points[0] ?? '',
  thisUpdate: time('2026-03-01T00:00'),
  nextUpdate: time('2026-03-03T00:00'),
  revoked: null,
  ...more,
});
const revoked = (day: string, reason: number | null = 1) => ({ revoked: { at: time(day), reason } });
const SIGNING: SigningTimes = {
  signedAt: date('2026-03-01T10:00'),
  arrivedAt: date('2026-03-01T10:05'),
  at: date('2026-03-01T12:00'),
};
const judge = (facts: readonly ListedFact[], signing: Partial<SigningTimes> = {}, chain = [SIGNER, MIDDLE]) =>
  revocationOf(chain, facts, { ...SIGNING, ...signing });

describe('revocation', () => {
  it('is known to be good where a current list for every certificate is silent', () => {
    expect(judge([fact(SIGNER), fact(MIDDLE, { thisUpdate: time('2026-02-10T00:00') })])).toEqual({
      status: 'good',
      listedAt: '2026-02-10T00:00:00.000Z',
    });
  });

  it.each([
    ['no list', []],
    ['a list for one of two', [fact(SIGNER)]],
    ['a list that has not come yet', [fact(SIGNER, { thisUpdate: null, nextUpdate: null }), fact(MIDDLE)]],
    ['a list that is too old', [fact(SIGNER, { nextUpdate: time('2026-03-01T12:00') }), fact(MIDDLE)]],
    ['a list of another place', [fact(SIGNER, { url: 'http://crl.example.it/2' }), fact(MIDDLE)]],
    ['a list of another authority', [fact(SIGNER, { issuer: 'c'.repeat(64) }), fact(MIDDLE)]],
  ])('is not known with %s, and nothing follows', (_, facts) => {
    expect(judge(facts)).toEqual({ status: 'not-known' });
  });

  it('is not known without a chain, or once a certificate has expired and lists may leave it out', () => {
    expect(judge([], {}, [])).toEqual({ status: 'not-known' });
    const expired = { ...SIGNER, notAfter: time('2026-02-28T23:59') };
    expect(judge([fact(expired), fact(MIDDLE)], {}, [expired, MIDDLE])).toEqual({ status: 'not-known' });
  });

  it('counts from its day on: what was signed before is sound', () => {
    const before = judge([fact(SIGNER, revoked('2026-03-01T10:01')), fact(MIDDLE)]);
    expect(before).toMatchObject({ status: 'revoked', revokedAt: '2026-03-01T10:01:00.000Z', whenSigned: false });
    expect(before).toMatchObject({ certificate: 'Posta Certificata', reason: 'key-compromise' });
    expect(judge([fact(SIGNER, revoked('2026-03-01T10:00'))])).toMatchObject({ status: 'revoked', whenSigned: true });
    expect(judge([fact(SIGNER, revoked('2026-02-01T10:00', null))])).toMatchObject({ reason: 'unspecified' });
  });

  it('of an authority in the chain is that of what it issued; of two the earlier counts', () => {
    const facts = [fact(SIGNER, revoked('2026-03-01T11:00')), fact(MIDDLE, revoked('2026-02-20T00:00', 2))];
    expect(judge(facts)).toMatchObject({ certificate: 'CA Gestori', reason: 'ca-compromise', whenSigned: true });
  });

  it('is still believed of a list that is out of date', () => {
    const old = { ...revoked('2026-02-01T00:00'), nextUpdate: time('2026-02-05T00:00') };
    expect(judge([fact(SIGNER, old)])).toMatchObject({ status: 'revoked', whenSigned: true });
  });

  it('is not escaped by a time that the signer makes up', () => {
    const facts = [fact(SIGNER, revoked('2026-02-20T00:00'))];
    const late = { signedAt: date('2026-02-19T10:00'), arrivedAt: date('2026-02-25T10:00') };
    expect(judge(facts, late)).toMatchObject({ whenSigned: true });
    const inTime = { signedAt: date('2026-02-19T10:00'), arrivedAt: date('2026-02-20T09:00') };
    expect(judge(facts, inTime)).toMatchObject({ whenSigned: false });
    expect(judge(facts, { signedAt: null })).toMatchObject({ whenSigned: true });
    // A file that a person looks at has no arrival.
    expect(judge(facts, { ...late, arrivedAt: null })).toMatchObject({ whenSigned: false });
  });
});
