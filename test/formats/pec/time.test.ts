import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMail } from '../../../src/formats/pec/open.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import type { TrustAnchors } from '../../../src/model/pec.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../cms/openssl.ts';
import { CERTIFIED_AT, daticert, found, mail, POST_BOX, type Provider, receipt, signedPart } from './provider.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const two = (value: number): string => String(value).padStart(2, '0');

/** Certification data of that moment. */
const certifiedAt = (at: Date): string =>
  daticert('accettazione', '', {
    day: `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/${at.getUTCFullYear()}`,
    zone: '+0000',
  }).replace('10:20:30', at.toISOString().slice(11, 19));

describe.skipIf(!hasOpenssl)('the time of certified mail', () => {
  let shop: Workshop;
  let provider: Provider;
  let trust: TrustAnchors;
  beforeAll(() => {
    shop = new Workshop();
    provider = found(shop);
    trust = anchorsFrom([{ name: 'radice.der', bytes: provider.root.der }]).trust;
  });
  afterAll(() => shop?.close());

  /** openssl signs with its own clock, which is this machine's. */
  const make = (xml: string, signer: Made = provider.signer, ...options: string[]): Buffer => {
    const wish = { ...receipt('accettazione'), files: [['daticert.xml', 'application/xml', xml]] as const };
    const signed = signedPart(wish);
    return mail(wish, signed, shop.sign(signed, signer, [provider.middle], ...options));
  };
  const timeProblems = (bytes: Buffer, at: Date): readonly string[] =>
    openMail(bytes, trust, at)
      .problems.filter(({ code }) => code === 'pec-time-implausible')
      .map(({ message }) => message);

  it.each([
    [-25, 'la firma'],
    [-23, null],
    [0, null],
    [23, null],
    [25, 'la firma'],
  ])('certified %i hours from its signature', (hours, complaint) => {
    const certified = new Date(Date.now() + hours * HOUR);
    const found = timeProblems(make(certifiedAt(certified)), new Date(certified.getTime() + DAY));
    expect(found.map((message) => /la firma|futuro/.exec(message)?.[0])).toEqual(complaint === null ? [] : [complaint]);
  });

  it('certified up to a day after the judgement is no future', () => {
    const bytes = make(daticert('accettazione'));
    const certified = Date.parse(CERTIFIED_AT);
    const isFuture = (at: number) => timeProblems(bytes, new Date(at)).some((message) => message.includes('futuro'));
    expect([certified - DAY, certified - DAY - 1, certified - 2 * DAY].map(isFuture)).toEqual([false, true, true]);
  });

  it('without a readable time and without signed attributes the Date field counts', () => {
    const bytes = make(daticert('accettazione', '', { zone: 'CET' }), provider.signer, '-noattr');
    const opened = openMail(bytes, trust, new Date('2025-06-02T00:00:00Z'));
    expect(opened.pec?.certifiedAt).toBe('2025-06-01T08:20:31.000Z');
    expect(opened.problems.find(({ code }) => code === 'pec-time-unreadable')?.message).toContain('data del messaggio');
    // The chain is judged at that time too, and no longer valid at the moment of the judgement.
    expect(openMail(bytes, trust, new Date('2041-06-02T00:00:00Z')).pec?.chain).toBe('trusted');
  });

  it('without any time the moment of the judgement counts', () => {
    const bytes = make(daticert('accettazione', '', { zone: 'CET' }), provider.signer, '-noattr');
    const dateless = Buffer.from(bytes.toString('latin1').replace(/^Date: .*\r\n/m, ''), 'latin1');
    const opened = openMail(dateless, trust, new Date('2025-06-02T00:00:00Z'));
    expect(opened).toMatchObject({ kind: 'receipt', pec: { certifiedAt: null, chain: 'trusted' } });
    expect(opened.problems.find(({ code }) => code === 'pec-time-unreadable')?.message).toContain("l'ora attuale");
    expect(openMail(dateless, trust, new Date('2041-06-02T00:00:00Z')).pec?.chain).toBe('untrusted');
  });

  it('a changed message is judged at the time of its signature, which nobody could change', () => {
    const year = new Date().getUTCFullYear();
    const signer = shop.certificate({
      name: 'Gestore di adesso',
      issuer: provider.middle,
      extensions: SIGNER(POST_BOX),
      from: `${year - 1}0101`,
    });
    const old = daticert('accettazione', '', { day: `01/06/${year - 3}` });
    const bytes = make(old, signer);
    const at = new Date();
    expect(openMail(bytes, trust, at).pec).toMatchObject({ integrity: 'intact', chain: 'untrusted' });
    const changed = Buffer.from(bytes.toString('latin1').replace('=E8 inoltrato', '=E8 cambiato'), 'latin1');
    expect(openMail(changed, trust, at).pec).toMatchObject({ integrity: 'modified', chain: 'trusted' });
  });
});
