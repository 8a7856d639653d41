import { ImapFlow, type SearchObject } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordinaryMessage } from '../../../src/sandbox/craft.ts';
import { type Sandbox, startSandbox } from '../../../src/sandbox/sandbox.ts';
import { type Dovecot, skipWithoutDovecot, startDovecot } from '../../support/dovecot.ts';
import { ESEMPIO, PROVARIA, submit } from '../support.ts';

/** The same mails in the sandbox and in a Dovecot: a client must not be able to tell them apart. */
describe.skipIf(skipWithoutDovecot())('the IMAP server answers as Dovecot does', () => {
  let sandbox: Sandbox;
  let dovecot: Dovecot;
  let ours: ImapFlow;
  let theirs: ImapFlow;

  const open = async (port: number): Promise<ImapFlow> => {
    const auth = { user: PROVARIA.address, pass: PROVARIA.password };
    const client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false });
    client.on('error', () => undefined);
    await client.connect();
    await client.mailboxOpen('INBOX');
    return client;
  };

  beforeAll(async () => {
    sandbox = await startSandbox({ mailboxes: [ESEMPIO, PROVARIA] });
    dovecot = await startDovecot({ users: [{ name: PROVARIA.address, password: PROVARIA.password }] });
    for (const mail of PLAIN_MAILS) sandbox.deliverRaw(PROVARIA.address, mail);
    const attachments = [
      { filename: 'convenzione à.pdf', content: Buffer.alloc(5_000, 'pdf'), contentType: 'application/pdf' },
      {
        filename: 'busta.eml',
        content: PLAIN_MAILS[1],
        contentType: 'message/rfc822',
        contentTransferEncoding: '8bit',
      },
    ];
    await submit(sandbox, ESEMPIO, {
      to: PROVARIA.address,
      subject: 'Con allegati: è così',
      html: '<p>x</p>',
      attachments,
    });
    await dovecot.deliverMany(
      PROVARIA.address,
      sandbox.mails(PROVARIA.address).map(({ bytes }) => bytes),
    );
    [ours, theirs] = await Promise.all([open(sandbox.imap.port), open(dovecot.imapPort)]);
  });
  afterAll(async () => {
    await Promise.all([ours?.logout(), theirs?.logout()]);
    await Promise.all([sandbox?.stop(), dovecot?.stop()]);
  });

  const fetchFrom = async (client: ImapFlow, query: object) => {
    const mails = await client.fetchAll('1:*', { uid: true, ...query }, { uid: true });
    return mails.map(({ id: _, modseq: __, emailId: ___, ...mail }) => mail);
  };

  it.each([
    ['sizes and whole mails', { size: true, source: true }],
    ['envelopes', { envelope: true }],
    ['structures', { bodyStructure: true }],
    ['headers', { headers: true }],
    ['some headers', { headers: ['subject', 'X-Trasporto', 'nothing'] }],
    ['pieces of mails', { source: { start: 100, maxLength: 300 } }],
    ['pieces beyond the end', { source: { start: 10_000_000, maxLength: 300 } }],
    ['parts', { bodyParts: ['2', '3', '7', 'TEXT', 'HEADER'] }],
    ['headers of parts', { bodyParts: ['1.MIME', '2.MIME', '1.3.MIME', '1.3.HEADER', '1.3.TEXT', '1.3.3.HEADER'] }],
  ])('to who fetches %s', async (_, query) => {
    const expected = await fetchFrom(theirs, query);
    expect(expected.length).toBe(PLAIN_MAILS.length + 1);
    expect(await fetchFrom(ours, query)).toEqual(expected);
  });

  it('to who fetches parts within parts', async () => {
    // Not part 1 itself: Dovecot counts the line break before a boundary to a multipart (against RFC 2046, 5.1.1).
    const bodyParts = ['1.1', '1.2', '1.3', '1.3.1', '1.3.1.1', '1.3.1.2', '1.3.2', '1.3.3', '1.3.3.1', '1.3.3.2'];
    const parts = async (client: ImapFlow) => {
      const mail = await client.fetchOne('*', { bodyParts });
      return mail ? [...(mail.bodyParts ?? [])].map(([name, bytes]) => [name, bytes?.toString('latin1')]) : [];
    };
    const expected = await parts(theirs);
    expect(expected.filter(([, text]) => text !== '').length).toBe(bodyParts.length);
    expect(await parts(ours)).toEqual(expected);
  });

  it.each<SearchObject>([
    { all: true },
    { subject: 'è così' },
    { subject: 'CONVENZIONE' },
    { from: 'ufficio' },
    { to: 'protocollo@pec' },
    { header: { 'X-Trasporto': 'posta-certificata' } },
    { header: { 'Reply-To': '' } },
    { header: { 'X-Nothing': '' } },
    { body: 'parola rara' },
    { text: 'parola rara' },
    { larger: 1_000 },
    { smaller: 1_000 },
    { sentBefore: '2026-01-08' },
    { sentSince: '2026-01-08' },
    { sentOn: '2026-01-07' },
    { seen: false },
    { deleted: true },
    { or: [{ subject: 'convenzione' }, { larger: 1_000 }] },
    { not: { subject: 'convenzione' } },
    { uid: '2:3' },
    { seq: '1,3' },
    { uid: '1:*', subject: 'convenzione' },
  ])('to who searches %j', async (query) => {
    const expected = await theirs.search(query, { uid: true });
    expect(await ours.search(query, { uid: true })).toEqual(expected);
  });

  it('to who sets and removes flags', async () => {
    const flags = async (client: ImapFlow) => {
      await client.messageFlagsAdd('1,3', ['\\Flagged', 'Protocollato'], { uid: true });
      await client.messageFlagsRemove('3', ['\\Flagged'], { uid: true });
      await client.messageFlagsSet('2', ['\\Seen', '\\Answered'], { uid: true });
      const mails = await client.fetchAll('1:*', { flags: true });
      // \Recent is Dovecot's to give.
      return mails.map((mail) => [...(mail.flags ?? [])].filter((flag) => flag !== '\\Recent').sort());
    };
    expect(await flags(ours)).toEqual(await flags(theirs));
    expect(await ours.search({ keyword: 'Protocollato' }, { uid: true })).toEqual([1, 3]);
    expect(await ours.search({ seen: true, unKeyword: 'Protocollato' }, { uid: true })).toEqual([2]);
  });
});

const date = new Date('2026-01-07T10:00:00Z');
const PLAIN_MAILS: readonly Buffer[] = [
  ordinaryMessage({
    from: '"Rossi, Mario" <ufficio@example.it>',
    to: ['protocollo@pec.example.it', 'Altro Ufficio <altro@example.it>'],
    cc: ['copia@example.it'],
    subject: 'Trasmissione della convenzione',
    date,
    messageId: '<uno@example.it>',
    text: 'Una parola rara.\r\n',
  }),
  ordinaryMessage({
    from: 'ufficio@example.it',
    to: 'protocollo@pec.example.it',
    subject: 'Allegati è "due"',
    date: new Date('2026-01-08T10:00:00Z'),
    messageId: null,
    parts: [
      { name: 'a "b".pdf', mediaType: 'application/pdf', content: 'pdf' },
      { name: 'nota.txt', mediaType: 'text/plain', content: 'una\r\ndue\r\n' },
    ],
  }),
  Buffer.from('Subject: nuda\r\n\r\n'),
  Buffer.from('Subject: senza data\r\nFrom: a@example.it\r\n\r\nparola rara\r\n'),
  Buffer.from(
    'From: a@example.it\r\nContent-Type: text/plain;\r\n charset=utf-8; format=flowed\r\nContent-Disposition: inline\r\nContent-Language: it\r\nContent-ID: <x@y>\r\nContent-Description: testo\r\nIn-Reply-To: <altro@x>\r\nReply-To: b@example.it\r\nSender: c@example.it\r\n\r\nuna\r\ndue\r\n',
  ),
];
