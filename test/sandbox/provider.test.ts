import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordinaryMessage } from '../../src/sandbox/craft.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';
import {
  daticert,
  ESEMPIO,
  ESEMPIO_2,
  haveOpenssl,
  header,
  kinds,
  last,
  opensslVerifies,
  PROVARIA,
  part,
  submit,
} from './support.ts';

const DEAD = 'protocollo@pec.fermo.example.it';
const CITIZEN = 'cittadino@example.com';
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({
    mailboxes: [ESEMPIO, ESEMPIO_2, PROVARIA],
    deadDomains: ['pec.fermo.example.it'],
    limitBytes: 200_000,
  });
});
afterAll(() => sandbox.stop());

/** The kinds of mail that one action added to a box. */
async function added(address: string, action: () => Promise<unknown>): Promise<readonly (string | null)[]> {
  const before = sandbox.mails(address).length;
  await action();
  return kinds(sandbox, address).slice(before);
}

const attachment = { filename: 'delibera.pdf', content: Buffer.from('contenuto della delibera') };

describe('a message that is accepted', () => {
  it('yields acceptance and delivery to the sender, the envelope to the recipient, presa in carico to the provider', async () => {
    const messageId = '<prova-1@esempio.example.it>';
    const response = await submit(sandbox, ESEMPIO, {
      to: PROVARIA.address,
      subject: 'Città',
      messageId,
      attachments: [attachment],
    });
    const identifier = /sandbox\.\S+/.exec(response)?.[0] ?? '';
    expect(kinds(sandbox, ESEMPIO.address)).toEqual(['accettazione', 'avvenuta-consegna']);
    expect(kinds(sandbox, PROVARIA.address)).toEqual(['posta-certificata']);
    expect(kinds(sandbox, 'posta-certificata@pec.esempio.example.it')).toEqual(['presa-in-carico']);

    const envelope = last(sandbox, PROVARIA.address, 'posta-certificata');
    expect(header(envelope, 'From')).toBe(
      `"Per conto di: ${ESEMPIO.address}" <posta-certificata@pec.esempio.example.it>`,
    );
    expect(header(envelope, 'Reply-To')).toBe(ESEMPIO.address);
    expect(header(envelope, 'To')).toBe(PROVARIA.address);
    expect(header(envelope, 'Return-Path')).toBe(`<${ESEMPIO.address}>`);
    expect(header(envelope, 'Received')).toContain('by pec.esempio.example.it');
    expect(header(envelope, 'Message-ID')).toBe(`<${identifier}>`);
    expect(header(envelope, 'X-Riferimento-Message-ID')).toBe(messageId);
    expect(header(envelope, 'Subject')).toMatch(/^POSTA CERTIFICATA: =\?UTF-8/);
    const original = part(envelope, 'postacert.eml') ?? Buffer.alloc(0);
    expect(header(original, 'Message-ID')).toBe(`<${identifier}>`);
    expect(header(original, 'X-Riferimento-Message-ID')).toBe(messageId);

    const delivery = last(sandbox, ESEMPIO.address, 'avvenuta-consegna');
    expect(header(delivery, 'From')).toBe('posta-certificata@pec.provaria.example.it');
    expect(part(delivery, 'postacert.eml')?.equals(original)).toBe(true);
    for (const mail of [envelope, delivery, last(sandbox, ESEMPIO.address, 'accettazione')]) {
      const data = daticert(mail);
      expect(data.value('identificativo')).toBe(identifier);
      expect(data.value('msgid')).toBe(`&lt;${messageId.slice(1, -1)}&gt;`);
      expect(data.value('mittente')).toBe(ESEMPIO.address);
      expect(data.value('oggetto')).toBe('Città');
      expect(data.recipients).toEqual([`certificato ${PROVARIA.address}`]);
      expect(data.error).toBe('nessuno');
    }
    expect(daticert(delivery).value('consegna')).toBe(PROVARIA.address);
    expect(
      daticert(last(sandbox, 'posta-certificata@pec.esempio.example.it', 'presa-in-carico')).value('ricezione'),
    ).toBe(PROVARIA.address);
    const ids = sandbox.mails(ESEMPIO.address).map(({ bytes }) => header(bytes, 'Message-ID'));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('keeps the body byte for byte, 8-bit and leading dots included', async () => {
    const head = `From: ${ESEMPIO.address}\r\nTo: ${PROVARIA.address}\r\nSubject: grezzo\r\n\r\n`;
    const body = Buffer.from('.\r\n..due\r\n\x80\xff\xe8 \r\n\t\r\n.fine\r\n', 'latin1');
    const raw = Buffer.concat([Buffer.from(head), body]);
    await submit(sandbox, ESEMPIO, {
      to: PROVARIA.address,
      raw,
      envelope: { from: ESEMPIO.address, to: [PROVARIA.address] },
    });
    const envelope = last(sandbox, PROVARIA.address, 'posta-certificata');
    const original = part(envelope, 'postacert.eml') ?? Buffer.alloc(0);
    expect(original.subarray(original.indexOf('\r\n\r\n') + 4).equals(body)).toBe(true);
    expect(daticert(envelope).xml).not.toContain('msgid');
    if (haveOpenssl) expect(opensslVerifies(envelope, sandbox.caPem)).toBe(true);
  });

  it('within one provider needs no presa in carico', async () => {
    const charged = await added('posta-certificata@pec.esempio.example.it', () =>
      submit(sandbox, ESEMPIO, { to: ESEMPIO_2.address }),
    );
    expect(charged).toEqual([]);
    expect(kinds(sandbox, ESEMPIO_2.address)).toContain('posta-certificata');
  });

  it('yields delivery receipts of the type asked for, short ones for recipients in copy', async () => {
    const send = (type?: string) =>
      submit(sandbox, ESEMPIO, {
        to: PROVARIA.address,
        cc: ESEMPIO_2.address,
        attachments: [attachment],
        headers: type === undefined ? {} : { 'X-TipoRicevuta': type },
      });
    const receipts = (address: string) =>
      sandbox
        .mails(ESEMPIO.address)
        .map(({ bytes }) => bytes)
        .filter((bytes) => daticert(bytes).value('consegna') === address);
    for (const [asked, type] of [
      [undefined, 'completa'],
      ['breve', 'breve'],
      ['sintetica', 'sintetica'],
      ['BREVE', 'breve'],
      ['altro', 'completa'],
    ] as const) {
      await send(asked);
      const mail = receipts(PROVARIA.address).at(-1) ?? Buffer.alloc(0);
      expect(daticert(mail).xml).toContain(`<ricevuta tipo="${type}"/>`);
      expect(part(mail, 'postacert.eml') === null).toBe(type === 'sintetica');
      if (haveOpenssl) expect(opensslVerifies(mail, sandbox.caPem)).toBe(true);
      if (type === 'breve') {
        const text = part(mail, 'postacert.eml')?.toString('latin1') ?? '';
        expect(text).toContain('filename="delibera.pdf.hash"');
        expect(text).toContain(createHash('sha1').update(attachment.content).digest('hex'));
        expect(text).not.toContain(attachment.content.toString('base64'));
        expect(text).toContain('Buongiorno');
      }
      const copy = receipts(ESEMPIO_2.address).at(-1) ?? Buffer.alloc(0);
      expect(daticert(copy).xml).toContain('<ricevuta tipo="sintetica"/>');
      expect(part(copy, 'postacert.eml')).toBeNull();
    }
  });

  it('to an ordinary address yields the acceptance only', async () => {
    expect(await added(ESEMPIO.address, () => submit(sandbox, ESEMPIO, { to: CITIZEN }))).toEqual(['accettazione']);
    expect(daticert(last(sandbox, ESEMPIO.address, 'accettazione')).recipients).toEqual([`esterno ${CITIZEN}`]);
  });
});

it('to certified and ordinary addresses yields one delivery receipt, and says who is which', async () => {
  const receipts = await added(ESEMPIO.address, () =>
    submit(sandbox, ESEMPIO, { to: [PROVARIA.address, CITIZEN], cc: 'ditta@example.net' }),
  );
  expect(receipts).toEqual(['accettazione', 'avvenuta-consegna']);
  const expected = [`certificato ${PROVARIA.address}`, `esterno ${CITIZEN}`, 'esterno ditta@example.net'];
  for (const kind of receipts)
    expect(daticert(last(sandbox, ESEMPIO.address, kind ?? '')).recipients).toEqual(expected);
  expect(daticert(last(sandbox, ESEMPIO.address, 'avvenuta-consegna')).value('consegna')).toBe(PROVARIA.address);
});

describe('a message that cannot be delivered', () => {
  it('to a missing mailbox yields no-dest', async () => {
    const to = 'nessuno@pec.provaria.example.it';
    expect(await added(ESEMPIO.address, () => submit(sandbox, ESEMPIO, { to }))).toEqual([
      'accettazione',
      'errore-consegna',
    ]);
    const notice = last(sandbox, ESEMPIO.address, 'errore-consegna');
    const data = daticert(notice);
    expect([data.type, data.error, data.value('consegna')]).toEqual(['errore-consegna', 'no-dest', to]);
    expect(data.value('errore-esteso')).toMatch(/^5\.1\.1/);
    expect(header(notice, 'Subject')).toBe('AVVISO DI MANCATA CONSEGNA: Prova');
    if (haveOpenssl) expect(opensslVerifies(notice, sandbox.caPem)).toBe(true);
  });

  it('to a silent provider yields notices after 12 and after 24 hours, each once', async () => {
    const address = ESEMPIO_2.address;
    expect(await added(address, () => submit(sandbox, ESEMPIO_2, { to: DEAD }))).toEqual(['accettazione']);
    expect(await added(address, () => sandbox.advance(11))).toEqual([]);
    expect(await added(address, () => sandbox.advance(2))).toEqual(['preavviso-errore-consegna']);
    expect(daticert(last(sandbox, address, 'preavviso-errore-consegna')).value('errore-esteso')).not.toMatch(
      /^5\.4\.1/,
    );
    expect(await added(address, () => sandbox.advance(6))).toEqual([]);
    expect(await added(address, () => sandbox.advance(6))).toEqual(['preavviso-errore-consegna']);
    const notice = last(sandbox, address, 'preavviso-errore-consegna');
    expect(daticert(notice).value('errore-esteso')).toMatch(/^5\.4\.1/);
    expect(daticert(notice).value('consegna')).toBe(DEAD);
    expect(header(notice, 'Subject')).toBe('AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: Prova');
    expect(await added(address, () => sandbox.advance(48))).toEqual([]);
  });

  it.each([
    ['virus', 'errore-consegna', 'virus', /^5\.5\.1/],
    ['altro', 'errore-consegna', 'altro', /^5\.2\.2/],
    ['no-dominio', 'errore-consegna', 'no-dominio', /^5\.1\.2/],
    ['timeout-12', 'preavviso-errore-consegna', 'altro', /^4\.4\.1/],
    ['timeout-24', 'preavviso-errore-consegna', 'altro', /^5\.4\.1/],
  ] as const)('fails as %s when told to', async (because, kind, error, detail) => {
    sandbox.misbehave({ action: { do: 'fail', because }, to: PROVARIA.address, times: 1 });
    const reached = sandbox.mails(PROVARIA.address).length;
    expect(await added(ESEMPIO.address, () => submit(sandbox, ESEMPIO, { to: PROVARIA.address }))).toEqual([
      'accettazione',
      kind,
    ]);
    const notice = last(sandbox, ESEMPIO.address, kind);
    expect(daticert(notice).error).toBe(error);
    expect(daticert(notice).value('errore-esteso')).toMatch(detail);
    expect(header(notice, 'X-VerificaSicurezza')).toBe(because === 'virus' ? 'errore' : null);
    expect(sandbox.mails(PROVARIA.address).length).toBe(reached);
    if (because === 'virus') {
      expect(header(notice, 'Subject')).toBe('AVVISO DI MANCATA CONSEGNA PER VIRUS: Prova');
      expect(kinds(sandbox, 'posta-certificata@pec.esempio.example.it').at(-1)).toBe('rilevazione-virus');
    }
  });
});

describe('a message that is refused', () => {
  const virus = ['X5O!P%@AP[4', '\\PZX54(P^)7CC)7}$', 'EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
  const raw = (text: string) => ({
    to: PROVARIA.address,
    raw: text,
    envelope: { from: ESEMPIO.address, to: [PROVARIA.address] },
  });
  const headers = `From: ${ESEMPIO.address}\r\nTo: ${PROVARIA.address}\r\nSubject: Prova\r\n`;

  it.each([
    [
      'From is not the reverse path',
      { to: PROVARIA.address, from: ESEMPIO_2.address, envelope: { from: ESEMPIO.address, to: [PROVARIA.address] } },
      /reverse path/,
    ],
    [
      'a recipient is in neither To nor Cc',
      { to: PROVARIA.address, envelope: { from: ESEMPIO.address, to: [PROVARIA.address, ESEMPIO_2.address] } },
      /né|non è presente/,
    ],
    ['Bcc is not empty', raw(`${headers}Bcc: ${ESEMPIO_2.address}\r\n\r\nx\r\n`), /Bcc/],
    [
      'two authors',
      raw(`From: ${ESEMPIO.address}, ${ESEMPIO_2.address}\r\nTo: ${PROVARIA.address}\r\n\r\nx\r\n`),
      /From/,
    ],
    ['no author', raw(`To: ${PROVARIA.address}\r\n\r\nx\r\n`), /From/],
    ['no To', raw(`From: ${ESEMPIO.address}\r\nCc: ${PROVARIA.address}\r\n\r\nx\r\n`), /To/],
    ['a broken header', raw(`${headers}questa non è intestazione\r\n\r\nx\r\n`), /RFC 5322/],
    ['no header at all', raw('solo testo\r\n'), /RFC 5322/],
    [
      'size times recipients beyond the limit',
      { to: [PROVARIA.address, ESEMPIO_2.address], text: 'x'.repeat(120) + '\r\n'.repeat(60_000) },
      /200000/,
    ],
  ] as const)('formally: %s', async (_, draft, reason) => {
    const before = sandbox.mails(PROVARIA.address).length;
    expect(await added(ESEMPIO.address, () => submit(sandbox, ESEMPIO, draft))).toEqual(['non-accettazione']);
    const notice = last(sandbox, ESEMPIO.address, 'non-accettazione');
    expect(daticert(notice).value('errore-esteso')).toMatch(reason);
    expect(header(notice, 'Subject')).toMatch(/^AVVISO DI NON ACCETTAZIONE:/);
    expect(part(notice, 'postacert.eml')).toBeNull();
    expect(sandbox.mails(PROVARIA.address).length).toBe(before);
    if (haveOpenssl) expect(opensslVerifies(notice, sandbox.caPem)).toBe(true);
  });

  it.each([
    ['in the text', { text: virus }],
    ['in an attachment', { attachments: [{ filename: 'eicar.com', content: virus }] }],
  ])('for a virus %s', async (_, draft) => {
    expect(await added(ESEMPIO.address, () => submit(sandbox, ESEMPIO, { to: PROVARIA.address, ...draft }))).toEqual([
      'non-accettazione',
    ]);
    const notice = last(sandbox, ESEMPIO.address, 'non-accettazione');
    expect(header(notice, 'X-VerificaSicurezza')).toBe('errore');
    expect(header(notice, 'Subject')).toBe('AVVISO DI NON ACCETTAZIONE PER VIRUS: Prova');
    expect(daticert(notice).error).toBe('virus');
  });

  it('at submission when the sender is not the authenticated user, or the password is wrong', async () => {
    const envelope = { from: PROVARIA.address, to: [ESEMPIO_2.address] };
    await expect(submit(sandbox, ESEMPIO, { to: ESEMPIO_2.address, envelope })).rejects.toMatchObject({
      responseCode: 553,
    });
    await expect(submit(sandbox, { ...ESEMPIO, password: 'no' }, { to: PROVARIA.address })).rejects.toMatchObject({
      code: 'EAUTH',
    });
    await expect(
      submit(
        sandbox,
        { address: 'posta-certificata@pec.esempio.example.it', password: 'null' },
        { to: PROVARIA.address },
      ),
    ).rejects.toMatchObject({ code: 'EAUTH' });
  });
});

it('ordinary mail from outside arrives in an anomaly envelope', async () => {
  const original = ordinaryMessage({
    from: `Mario Rossi <${CITIZEN}>`,
    to: PROVARIA.address,
    subject: 'Istanza',
    date: new Date(0),
    messageId: '<o1@example.com>',
    headers: [['X-Ricevuta', 'accettazione']],
  });
  expect(await added(PROVARIA.address, () => sandbox.receiveOrdinary(PROVARIA.address, original))).toEqual(['errore']);
  const envelope = last(sandbox, PROVARIA.address, 'errore');
  expect(header(envelope, 'Subject')).toBe('ANOMALIA MESSAGGIO: Istanza');
  expect(header(envelope, 'From')).toBe(`"Per conto di: ${CITIZEN}" <posta-certificata@pec.provaria.example.it>`);
  expect(header(envelope, 'X-Ricevuta')).toBeNull();
  expect(part(envelope, 'daticert.xml')).toBeNull();
  expect(part(envelope, 'postacert.eml')?.equals(original)).toBe(true);
  if (haveOpenssl) expect(opensslVerifies(envelope, sandbox.caPem)).toBe(true);
});
