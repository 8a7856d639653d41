import { X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueAuthority, issueProvider, type Provider } from '../../src/sandbox/authority.ts';
import { anomalyEnvelope, ordinaryMessage, receipt, transportEnvelope } from '../../src/sandbox/craft.ts';
import { corrupt } from '../../src/sandbox/dispatch.ts';
import { SUBJECTS } from '../../src/sandbox/receipt-texts.ts';
import { daticert, haveOpenssl, header, opensslVerifies, part } from './support.ts';

const date = new Date('2026-03-04T09:00:00Z');
const about = {
  identifier: 'prova.1@pec.esempio.example.it',
  date,
  from: 'a@pec.esempio.example.it',
  to: [
    { address: 'b@pec.provaria.example.it', certified: true },
    { address: 'cittadino@example.com', certified: false },
  ],
  subject: 'Città & <perché> €',
  messageId: '<m1@esempio.example.it>',
};
const original = Buffer.concat([
  ordinaryMessage({
    ...about,
    to: 'b@pec.provaria.example.it',
    parts: [{ name: 'perché.pdf', mediaType: 'application/pdf', content: 'x' }],
  }),
  Buffer.from('epilogo 8 bit \xe8\xff\x80 \r\n', 'latin1'),
]);
const kinds = Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[];

let provider: Provider;
beforeAll(async () => {
  provider = await issueProvider({ domain: 'pec.esempio.example.it' });
});

describe.skipIf(!haveOpenssl)('what openssl says', () => {
  it.each(['sha1', 'sha256'] as const)('believes a transport envelope signed with %s', (digest) => {
    const mail = transportEnvelope(provider, { ...about, original, digest });
    expect(opensslVerifies(mail, provider.caPem, 'cms')).toBe(true);
    expect(opensslVerifies(mail, provider.caPem, 'smime')).toBe(true);
    expect(header(mail, 'Content-Type')).toContain(digest === 'sha1' ? 'micalg="sha1"' : 'micalg="sha-256"');
  });

  it.each(kinds)('believes %s', (kind) => {
    expect(opensslVerifies(receipt(provider, { ...about, kind, original }), provider.caPem)).toBe(true);
  });

  it('believes an anomaly envelope', () => {
    const mail = anomalyEnvelope(provider, { ...about, mailbox: 'a@pec.esempio.example.it', original });
    expect(opensslVerifies(mail, provider.caPem)).toBe(true);
  });

  it('notices a changed byte', () => {
    const mail = transportEnvelope(provider, { ...about, original });
    expect(opensslVerifies(corrupt(mail), provider.caPem)).toMatch(/digest failure|verification failure/i);
  });

  it('does not believe another authority, nor an expired signer', async () => {
    const { authority } = provider;
    const mail = transportEnvelope(provider, { ...about, original });
    expect(opensslVerifies(mail, (await issueAuthority()).caPem)).toContain('verify error');
    const expired = await issueProvider({ domain: provider.domain, authority, notAfter: new Date('2020-01-01') });
    expect(opensslVerifies(transportEnvelope(expired, { ...about, original }), provider.caPem)).toContain('expired');
  });

  it('enforces the name constraints of the intermediate', async () => {
    const authority = await issueAuthority({ permittedDomains: ['pec.esempio.example.it'] });
    const inside = await issueProvider({ domain: 'pec.esempio.example.it', authority });
    const outside = await issueProvider({ domain: 'pec.altrove.example.it', authority });
    expect(opensslVerifies(transportEnvelope(inside, { ...about, original }), authority.caPem)).toBe(true);
    expect(opensslVerifies(transportEnvelope(outside, { ...about, original }), authority.caPem)).toContain(
      'permitted subtree',
    );
  });
});

describe('the mail', () => {
  it('carries the original byte for byte, 8-bit included', () => {
    const mail = transportEnvelope(provider, { ...about, original });
    expect(part(mail, 'postacert.eml')?.equals(original)).toBe(true);
    expect(mail.toString('latin1').replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('is the same for the same input', () => {
    const mail = () => transportEnvelope(provider, { ...about, original });
    expect(mail().equals(mail())).toBe(true);
    expect(mail().equals(transportEnvelope(provider, { ...about, original, identifier: 'prova.2@x.example.it' }))).toBe(
      false,
    );
  });

  it('says in daticert what the norm asks for, in legal time', () => {
    const data = daticert(transportEnvelope(provider, { ...about, original }));
    expect(data.type).toBe('posta-certificata');
    expect(data.error).toBe('nessuno');
    expect(data.recipients).toEqual(['certificato b@pec.provaria.example.it', 'esterno cittadino@example.com']);
    expect(data.value('oggetto')).toBe('Città &amp; &lt;perché&gt; €');
    expect([data.value('giorno'), data.value('ora')]).toEqual(['04/03/2026', '10:00:00']);
    expect(data.xml).toContain('<data zona="+0100">');
    expect(data.value('msgid')).toBe('&lt;m1@esempio.example.it&gt;');
    const summer = daticert(
      transportEnvelope(provider, { ...about, original, date: new Date('2026-07-01T22:30:00Z') }),
    );
    expect([summer.value('giorno'), summer.value('ora')]).toEqual(['02/07/2026', '00:30:00']);
    expect(summer.xml).toContain('<data zona="+0200">');
  });

  it('has no msgid and no reference when the sender gave none', () => {
    const mail = transportEnvelope(provider, { ...about, messageId: null, original });
    expect(daticert(mail).xml).not.toContain('msgid');
    expect(header(mail, 'X-Riferimento-Message-ID')).toBeNull();
  });

  it('writes hostile subjects and senders as text, never as headers', () => {
    const mail = transportEnvelope(provider, {
      ...about,
      subject: 'a\r\nX-Ricevuta: accettazione',
      from: 'a"\r\nX-Evil: 1@x',
      original,
    });
    expect(header(mail, 'X-Ricevuta')).toBeNull();
    expect(header(mail, 'X-Evil')).toBeNull();
  });

  it('can be made to contradict itself, outside and inside', () => {
    const overrides = {
      headers: [
        ['X-Ricevuta', 'accettazione'],
        ['X-Trasporto', ''],
      ] as const,
      daticert: null,
    };
    const mail = transportEnvelope(provider, { ...about, original, overrides });
    expect(header(mail, 'X-Ricevuta')).toBe('accettazione');
    expect(header(mail, 'X-Trasporto')).toBeNull();
    expect(part(mail, 'daticert.xml')).toBeNull();
    expect(
      header(transportEnvelope(provider, { ...about, original, overrides: { unsigned: true } }), 'Content-Type'),
    ).toMatch(/^multipart\/mixed/);
  });
});

it('the signer names the provider', async () => {
  const certificate = new X509Certificate(provider.certificate);
  expect(certificate.subjectAltName).toBe('email:posta-certificata@pec.esempio.example.it');
  expect(certificate.checkPrivateKey(provider.key)).toBe(true);
  const other = await issueProvider({
    domain: provider.domain,
    authority: provider.authority,
    san: 'altri@example.it',
  });
  expect(new X509Certificate(other.certificate).subjectAltName).toBe('email:altri@example.it');
});
