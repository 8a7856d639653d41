import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openMail } from '../../../src/formats/pec/open.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import type { OpenedMail, TrustAnchors } from '../../../src/model/pec.ts';
import { CA, hasOpenssl, type Made, SIGNER, Workshop } from '../cms/openssl.ts';
import {
  CERTIFIED_AT,
  daticert,
  found,
  mail,
  ORIGINAL,
  POST_BOX,
  type Provider,
  receipt,
  signedPart,
  TRANSPORT,
  type Wish,
} from './provider.ts';

const AT = new Date('2025-06-01T12:00:00Z');
const codes = (opened: OpenedMail) => opened.problems.map(({ code }) => code);
/** The same mail with other separators, so that it can lie inside another one. */
const nested = (bytes: Buffer) =>
  bytes.toString('latin1').replaceAll('----SIG', '----INNER').replaceAll('=_mixed', '=_inner');
const toLf = (bytes: Buffer) => Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');

describe.skipIf(!hasOpenssl)('certified mail', () => {
  let shop: Workshop;
  let provider: Provider;
  let trust: TrustAnchors;

  beforeAll(() => {
    shop = new Workshop();
    provider = found(shop);
    trust = anchorsFrom([{ name: 'radice.der', bytes: provider.root.der }]).trust;
  });
  afterAll(() => shop?.close());

  /** daticert's time lies in 2025, that of the signature is now: `pec-time-implausible` means nothing in these tests. */
  const make = (wish: Wish, signer: Made = provider.signer, ...options: string[]) => {
    const signed = signedPart(wish);
    return mail(wish, signed, shop.sign(signed, signer, [provider.middle], ...options));
  };
  const open = (wish: Wish, signer?: Made) => openMail(make(wish, signer), trust, AT);

  it('opens a receipt whose daticert lies one multipart deeper, and not one inside a message', () => {
    const wish = receipt('avvenuta-consegna', '<consegna>protocollo@pec.comune.provaria.example.it</consegna>');
    const deeper = (head: string) => {
      const flat = signedPart(wish).toString('latin1');
      const signed = Buffer.from(`${head}\r\n\r\n------=_outer\r\n${flat}\r\n------=_outer--\r\n`, 'latin1');
      return openMail(mail(wish, signed, shop.sign(signed, provider.signer, [provider.middle])), trust, AT);
    };
    const opened = deeper('Content-Type: multipart/mixed; boundary="----=_outer"');
    expect(opened.kind).toBe('receipt');
    expect(opened.pec?.messageId).toBe('<nostro-1@comune.esempio.example.it>');
    const forwarded = nested(make(wish));
    const inside = `Content-Type: multipart/mixed; boundary="----=_outer"\r\n\r\n------=_outer\r\nContent-Type: message/rfc822\r\n\r\n${forwarded}\r\n------=_outer--\r\n`;
    const signed = Buffer.from(inside, 'latin1');
    const wrapped = openMail(mail(wish, signed, shop.sign(signed, provider.signer, [provider.middle])), trust, AT);
    expect(wrapped.kind).toBe('ordinary');
    expect(codes(wrapped)).toContain('pec-daticert-missing');
  });

  it('opens a transport envelope', () => {
    const opened = open(TRANSPORT);
    expect(opened.kind).toBe('transport');
    expect(opened.pec).toEqual({
      type: 'posta-certificata',
      integrity: 'intact',
      chain: 'trusted',
      today: 'valid',
      revocation: { status: 'not-known' },
      signerMatchesFrom: true,
      agrees: true,
      certifiedAt: CERTIFIED_AT,
      identifier: 'id-1@pec.provider.example.it',
      messageId: '<nostro-1@comune.esempio.example.it>',
      sender: 'protocollo@pec.comune.esempio.example.it',
      recipients: [
        { address: 'protocollo@pec.comune.provaria.example.it', certified: true },
        { address: 'ufficio@example.it', certified: false },
      ],
      receiptType: null,
      error: 'nessuno',
      errorDetail: null,
      deliveredTo: null,
    });
    expect(opened.headers.reference).toBe('<nostro-1@comune.esempio.example.it>');
    expect(opened.content?.bytes.toString()).toBe(ORIGINAL);
    expect(opened.contentHeaders).toMatchObject({
      from: 'protocollo@pec.comune.esempio.example.it',
      subject: 'Prova',
      date: '2025-06-01T08:20:00.000Z',
    });
  });

  it('agrees with openssl about the same bytes', () => {
    const good = make(TRANSPORT);
    expect(shop.accepts(good, provider.root, AT)).toBe(true);
    const bad = Buffer.from(good.toString('latin1').replace('Buongiorno', 'Buonasera!'), 'latin1');
    expect(shop.accepts(bad, provider.root, AT)).toBe(false);
    expect(openMail(bad, trust, AT)).toMatchObject({
      kind: 'ordinary',
      pec: { integrity: 'modified', chain: 'trusted' },
    });
  });

  it('verifies what openssl itself composed, BER and text mode included', () => {
    shop.write('inner', signedPart(TRANSPORT));
    shop.write('chain.pem', shop.read(provider.middle.certificate));
    for (const extra of [['-binary'], ['-binary', '-stream'], ['-stream', '-crlfeol']]) {
      const args = [
        '-signer',
        provider.signer.certificate,
        '-inkey',
        provider.signer.key,
        '-certfile',
        'chain.pem',
        '-from',
        POST_BOX,
      ];
      const composed = shop.run('cms', '-sign', '-in', 'inner', '-outform', 'SMIME', ...args, ...extra);
      const whole = Buffer.concat([Buffer.from('X-Trasporto: posta-certificata\n'), composed]);
      expect(openMail(whole, trust, AT), extra.join(' ')).toMatchObject({
        kind: 'transport',
        pec: { integrity: 'intact' },
      });
    }
  });

  it.each([
    ['accettazione', '', undefined],
    ['non-accettazione', '<errore-esteso>5.5.1 virus</errore-esteso>', 'virus'],
    ['presa-in-carico', '', undefined],
    ['avvenuta-consegna', '<ricevuta tipo="breve"/><consegna>a@example.it</consegna>', undefined],
    ['errore-consegna', '<consegna>a@example.it</consegna><errore-esteso>5.1.1</errore-esteso>', 'no-dest'],
    ['preavviso-errore-consegna', '<errore-esteso>5.4.1</errore-esteso>', 'altro'],
    ['rilevazione-virus', '', 'virus'],
    ['tipo-futuro', '', undefined],
  ])('opens a receipt: %s', (type, more, error) => {
    const opened = open(receipt(type, more, error));
    expect(opened).toMatchObject({
      kind: 'receipt',
      content: null,
      pec: { type, agrees: true, error: error ?? 'nessuno' },
    });
    expect(opened.pec?.receiptType).toBe(more.includes('breve') ? 'breve' : null);
    expect(opened.pec?.deliveredTo).toBe(more.includes('consegna>') ? 'a@example.it' : null);
    expect(opened.pec?.errorDetail).toBe(/esteso>(.*?)</.exec(more)?.[1] ?? null);
  });

  it('opens an anomaly envelope: no daticert, the original inside, also a bounced PEC', () => {
    const bounced = nested(make(TRANSPORT));
    const opened = open({ headers: ['X-Trasporto: errore'], files: [['postacert.eml', 'message/rfc822', bounced]] });
    expect(opened).toMatchObject({ kind: 'anomaly', pec: { type: 'errore', agrees: true, identifier: null } });
    expect(opened.content?.bytes.toString('latin1')).toBe(bounced);
    expect(codes(opened)).not.toContain('pec-time-unreadable');
  });

  it('is lenient about order, case of names and octet-stream', () => {
    const files = [
      ['POSTACERT.EML', 'message/rfc822', ORIGINAL],
      ['DatiCert.XML', 'application/octet-stream', daticert('posta-certificata')],
    ] as const;
    expect(open({ ...TRANSPORT, files }).kind).toBe('transport');
  });

  it('reads daticert at the first signed level only', () => {
    const forwarded = nested(make(TRANSPORT));
    const opened = open({ ...TRANSPORT, files: [['postacert.eml', 'message/rfc822', forwarded]] });
    expect(opened.kind).toBe('ordinary');
    expect(opened.pec).toMatchObject({ integrity: 'intact', agrees: false, identifier: null });
    expect(codes(opened)).toContain('pec-daticert-missing');
  });

  describe('integrity', () => {
    it('holds for mail stored with LF, but not with one trailing space lost', () => {
      const good = make(TRANSPORT);
      expect(openMail(toLf(good), trust, AT).kind).toBe('transport');
      const trimmed = Buffer.from(good.toString('latin1').replace('Buongiorno.  ', 'Buongiorno. '), 'latin1');
      for (const bytes of [trimmed, toLf(trimmed)])
        expect(openMail(bytes, trust, AT)).toMatchObject({ kind: 'ordinary', pec: { integrity: 'modified' } });
    });

    it('holds where CRLF is restored across the windows of a large mail', () => {
      const blank = ORIGINAL.replace('Buongiorno.  ', `${'\r\n'.repeat(1_200_000)}a\r\r\nb`);
      const files = [
        ['daticert.xml', 'application/xml', daticert('posta-certificata')],
        ['postacert.eml', 'message/rfc822', blank],
      ] as const;
      const good = make({ ...TRANSPORT, files }).toString('latin1');
      const at = good.indexOf('------=_mixed\r\n');
      for (const mixed of [
        good.replace('=_mixed\r\n', '=_mixed\n'),
        good.slice(0, at) + good.slice(at).replace('\r\n', '\n'),
      ])
        expect(openMail(Buffer.from(mixed, 'latin1'), trust, AT)).toMatchObject({ kind: 'transport' });
    });

    it('is lost with any altered byte of the signed part', () => {
      const signed = signedPart(TRANSPORT);
      const cms = shop.sign(signed, provider.signer, [provider.middle]);
      for (let at = 0; at < signed.length; at++) {
        const changed = Buffer.from(signed);
        changed[at] = (signed[at] ?? 0) ^ 0x01;
        const opened = openMail(mail(TRANSPORT, changed, cms), trust, AT);
        expect(opened.kind, `byte ${at}`).toBe('ordinary');
      }
    });

    it('is absent without a signature part, and unreadable where it is rubbish', () => {
      const signed = signedPart(TRANSPORT);
      expect(openMail(mail(TRANSPORT, signed, null), trust, AT)).toMatchObject({
        kind: 'ordinary',
        pec: { integrity: 'absent', chain: 'not-checked', today: 'unknown' },
      });
      const rubbish = openMail(mail(TRANSPORT, signed, Buffer.from('ciao')), trust, AT);
      expect(rubbish).toMatchObject({ kind: 'ordinary', pec: { integrity: 'unreadable', chain: 'not-checked' } });
      expect(rubbish.contentHeaders?.subject).toBe('Prova');
    });

    it('is modified where the signature over the attributes is forged, and then no chain is built', () => {
      const signed = signedPart(TRANSPORT);
      const cms = shop.sign(signed, provider.signer, [provider.middle]);
      cms[cms.length - 3] = (cms.at(-3) ?? 0) ^ 1;
      expect(openMail(mail(TRANSPORT, signed, cms), trust, AT).pec).toMatchObject({
        integrity: 'modified',
        chain: 'not-checked',
      });
    });

    it('is intact beside an unsigned part, but the mail is no PEC', () => {
      const extra = Buffer.from(
        make(TRANSPORT)
          .toString('latin1')
          .replace('------SIG\r\nContent-Type: application/x', '------SIG\r\n\r\nciao\r\n$&'),
        'latin1',
      );
      expect(openMail(extra, trust, AT)).toMatchObject({
        kind: 'ordinary',
        pec: { integrity: 'intact', agrees: false },
      });
    });
  });

  describe('who signed, and when', () => {
    it('must fit: a signer whose address is not From proves nothing', () => {
      const variants = [
        'evil@example.it',
        `${POST_BOX}, evil@example.it`,
        `"${POST_BOX}" <evil@example.it>`,
        `<${POST_BOX}> <a@b.it>`,
      ];
      for (const from of variants) {
        const opened = open({ ...TRANSPORT, from });
        expect(opened, from).toMatchObject({
          kind: 'ordinary',
          pec: { integrity: 'intact', chain: 'trusted', signerMatchesFrom: false },
        });
        expect(codes(opened)).toContain('pec-signer-mismatch');
      }
      const twice = { ...TRANSPORT, headers: [...TRANSPORT.headers, 'From: evil@example.it'] };
      expect(open(twice).pec?.signerMatchesFrom).toBe(false);
    });

    it('must be known: an unknown authority is named', () => {
      const root = shop.certificate({ name: 'Radice ignota', extensions: CA() });
      const signer = shop.certificate({ name: 'Impostore', issuer: root, extensions: SIGNER(POST_BOX) });
      const opened = open(TRANSPORT, signer);
      expect(opened).toMatchObject({
        kind: 'ordinary',
        pec: { integrity: 'intact', chain: 'untrusted', signerMatchesFrom: true },
      });
      expect(codes(opened)).toContain('pec-chain-untrusted');
      expect(openMail(make(TRANSPORT), { anchors: [] }, AT).pec?.chain).toBe('untrusted');
    });

    it('must be allowed: a provider outside the name constraints proves nothing', () => {
      const signer = shop.certificate({
        name: 'Fuori',
        issuer: provider.middle,
        extensions: SIGNER('x@altro.example.it'),
      });
      expect(open({ ...TRANSPORT, from: 'x@altro.example.it' }, signer)).toMatchObject({
        kind: 'ordinary',
        pec: { chain: 'untrusted', signerMatchesFrom: true },
      });
    });

    it('is judged at the certified time, apart from the status today', () => {
      const until = (from: string, to: string) =>
        shop.certificate({ name: 'Gestore', issuer: provider.middle, extensions: SIGNER(POST_BOX), from, to });
      expect(open(TRANSPORT, until('20240101', '20250101'))).toMatchObject({
        kind: 'ordinary',
        pec: { chain: 'untrusted', today: 'expired' },
      });
      const late = openMail(make(TRANSPORT, until('20240101', '20250701')), trust, new Date('2026-06-01T00:00:00Z'));
      expect(late).toMatchObject({ kind: 'transport', pec: { chain: 'trusted', today: 'expired' } });
      const early = openMail(make(TRANSPORT), trust, new Date('2019-06-01T00:00:00Z'));
      expect(early.pec?.today).toBe('not-yet-valid');
      expect(codes(early)).toContain('pec-time-implausible');
    });

    it('is taken from the signature where daticert has no readable time, and a problem says so', () => {
      for (const change of [{ day: '31/02/2025' }, { zone: 'CET' }, { day: '2025-06-01' }]) {
        const files = [['daticert.xml', 'application/xml', daticert('accettazione', '', change)]] as const;
        const opened = open({ ...receipt('accettazione'), files });
        expect(codes(opened)).toContain('pec-time-unreadable');
        expect(opened.kind).toBe('receipt');
        expect(Math.abs(Date.parse(opened.pec?.certifiedAt ?? '') - Date.now())).toBeLessThan(600_000);
      }
    });
  });

  describe('all must agree', () => {
    const files = (type: string) => [['daticert.xml', 'application/xml', daticert(type)]] as const;
    const both = ['X-Trasporto: posta-certificata', 'X-Ricevuta: accettazione'];
    it.each<[string, Wish]>([
      ['a receipt inside that is another type', { ...receipt('accettazione'), files: files('avvenuta-consegna') }],
      ['an envelope that calls itself receipt', { ...TRANSPORT, headers: ['X-Ricevuta: avvenuta-consegna'] }],
      [
        'an envelope that calls itself posta-certificata as a receipt',
        { ...TRANSPORT, headers: ['X-Ricevuta: posta-certificata'] },
      ],
      ['an envelope that calls itself anomaly', { ...TRANSPORT, headers: ['X-Trasporto: errore'] }],
      ['X-Ricevuta riding in an envelope', { ...TRANSPORT, headers: both }],
      [
        'two X-Ricevuta',
        { ...receipt('accettazione'), headers: ['X-Ricevuta: accettazione', 'X-Ricevuta: avvenuta-consegna'] },
      ],
      ['no X header', { ...TRANSPORT, headers: [] }],
      ['an unknown X-Trasporto', { ...TRANSPORT, headers: ['X-Trasporto: altro'] }],
      ['two daticert', { ...TRANSPORT, files: [...TRANSPORT.files, ...files('posta-certificata')] }],
      ['an envelope without the original', { ...TRANSPORT, files: files('posta-certificata') }],
      ['an anomaly without the original', { headers: ['X-Trasporto: errore'], files: [['a.txt', 'text/plain', 'x']] }],
    ])('%s is no PEC', (_, wish) => {
      const opened = open(wish);
      expect(opened).toMatchObject({ kind: 'ordinary', pec: { integrity: 'intact', chain: 'trusted', agrees: false } });
      expect(codes(opened)).toContain('pec-disagreement');
    });

    it.each([
      ['a DOCTYPE', daticert('accettazione', '', { head: '<!DOCTYPE postacert [<!ENTITY a "aaaa">]>' })],
      ['no XML', 'ciao'],
      ['unclosed XML', '<postacert tipo="accettazione"><dati>'],
      ['another root', '<altro tipo="accettazione"/>'],
      ['endless nesting', `<postacert tipo="accettazione">${'<a>'.repeat(100_000)}`],
    ])('a daticert with %s is refused by name', (_, xml) => {
      const opened = open({ ...receipt('accettazione'), files: [['daticert.xml', 'application/xml', xml]] });
      expect(opened).toMatchObject({ kind: 'ordinary', pec: { integrity: 'intact', agrees: false } });
      expect(codes(opened)).toContain('pec-daticert-invalid');
    });
  });

  it('is not made of ordinary mail by forged headers', () => {
    for (const headers of ['X-Ricevuta: accettazione', 'X-Trasporto: posta-certificata', 'X-Trasporto: errore']) {
      const opened = openMail(Buffer.from(`From: ${POST_BOX}\r\n${headers}\r\nSubject: x\r\n\r\nciao\r\n`), trust, AT);
      expect(opened).toMatchObject({
        kind: 'ordinary',
        pec: { integrity: 'absent', chain: 'not-checked', signerMatchesFrom: false },
      });
      expect(opened.content?.root.type).toBe('text/plain');
      expect(codes(opened)).toContain('pec-not-certified');
    }
  });

  it('leaves ordinary signed mail of a provider ordinary', () => {
    const opened = open({ headers: [], files: [['avviso.txt', 'text/plain', 'manutenzione']] });
    expect(opened).toMatchObject({ kind: 'ordinary', pec: null, problems: [] });
  });

  it('never throws and never certifies a mutation of the signed bytes', () => {
    const good = make(TRANSPORT);
    const start = good.indexOf('------SIG\r\n') + 11;
    const end = good.indexOf('\r\n------SIG\r\n', start);
    let seed = 20_250_601;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let run = 0; run < 3000; run++) {
      const bytes = Buffer.from(good);
      const pieces = 1 + random(3);
      for (let piece = 0; piece < pieces; piece++) {
        const at = random(bytes.length);
        if (random(2) === 0) bytes[at] = random(256);
        else bytes.copy(bytes, at, random(bytes.length), Math.min(bytes.length, at + random(200)));
      }
      const mutant = random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
      const opened = openMail(mutant, trust, AT);
      const same = mutant.length === good.length && mutant.subarray(start, end).equals(good.subarray(start, end));
      if (opened.kind !== 'ordinary' && opened.kind !== 'unreadable') expect(same, `run ${run}`).toBe(true);
    }
  });
});

describe('what is no mail', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'mime-empty'],
    ['no headers', Buffer.from('\r\nciao'), 'mime-malformed'],
    ['binary rubbish', Buffer.alloc(10_000, 0xfe), 'mime-malformed'],
    ['a header of 100 MB', Buffer.alloc(100 << 20, 'X-A: b\r\n'), 'mime-header-too-large'],
    [
      'more fields than can be real',
      Buffer.from(`${'X-A: b\r\n'.repeat(2000)}X-Ricevuta: accettazione\r\n\r\n`),
      'mime-malformed',
    ],
    ['one line of 100 MB', Buffer.alloc(100 << 20, 'x'), 'mime-header-too-large'],
  ])('%s is unreadable, quickly', (_, bytes, code) => {
    const start = performance.now();
    const opened = openMail(bytes, { anchors: [] }, AT);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(opened).toMatchObject({ kind: 'unreadable', content: null });
    expect(codes(opened)).toContain(code);
  });

  it('a mail above the greatest size is unreadable', () => {
    const bytes = Buffer.alloc(141 << 20, 'From: a@example.it\r\n\r\n');
    expect(codes(openMail(bytes, { anchors: [] }, AT))).toContain('mail-too-large');
  });
});
