import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MessageKind } from '../../src/domain/exchange/inspection.ts';
import type { ProblemCode } from '../../src/kernel/problems.ts';
import { issueAuthority, issueProvider, type Provider } from '../../src/sandbox/authority.ts';
import { anomalyEnvelope, ordinaryMessage, transportEnvelope } from '../../src/sandbox/craft.ts';
import type { Rule } from '../../src/sandbox/rules.ts';
import { type Council, type Councils, ESEMPIO, MITTENTE, PROVARIA, startCouncils, until } from './councils.ts';
import {
  envelope,
  fresh,
  goodOneAfter,
  nextNumber,
  PDF,
  protocolMessage,
  received,
  registrations,
  settled,
  written,
  xmlPart,
} from './mails.ts';

let councils: Councils;
let to: Council;
beforeAll(async () => {
  councils = await startCouncils();
  to = councils.provaria;
});
afterAll(() => councils.stop());

const DOMAIN = 'pec.mittente.example.it';
const ordinary = (parts = [PDF], more: Partial<Parameters<typeof ordinaryMessage>[0]> = {}) =>
  ordinaryMessage({
    from: MITTENTE.address,
    to: PROVARIA.address,
    subject: 'Prova',
    date: new Date(),
    messageId: `<${fresh('m')}@${DOMAIN}>`,
    parts,
    ...more,
  });

function signedBy(provider: Provider, date = new Date()): Buffer {
  return transportEnvelope(provider, {
    identifier: `${fresh('opec')}@${DOMAIN}`,
    date,
    from: MITTENTE.address,
    to: [{ address: PROVARIA.address, certified: true }],
    subject: 'Prova',
    messageId: `<${fresh('m')}@${DOMAIN}>`,
    original: ordinary(),
  });
}

const nested = (levels: number): string => {
  const open = Array.from(
    { length: levels },
    (_, level) => `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`,
  );
  return `From: a@b.example.it\r\nMIME-Version: 1.0\r\n${open.join('')}Content-Type: text/plain\r\n\r\nfine\r\n`;
};
const many = (parts: number): string =>
  `From: a@b.example.it\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n${'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(parts)}--b--\r\n`;
const day = 86_400_000;

interface Row {
  readonly title: string;
  readonly mail: () => Buffer | Promise<Buffer>;
  readonly kind: MessageKind | readonly MessageKind[];
  readonly code?: ProblemCode;
}

/** What is not a good message is kept, classified and shown with its reason; it is never registered and blocks nothing. */
const ROWS: readonly Row[] = [
  { title: 'no bytes worth the name', mail: () => Buffer.from('\r\n'), kind: ['unreadable', 'ordinary-mail'] },
  {
    title: 'random bytes',
    mail: () => Buffer.from('%\x00\xff\xfe\r\n\r\nabc'.repeat(50), 'latin1'),
    kind: ['unreadable', 'ordinary-mail'],
  },
  {
    title: 'endless nesting',
    mail: () => Buffer.from(nested(2_000)),
    kind: ['unreadable', 'ordinary-mail'],
    code: 'mime-too-deep',
  },
  {
    title: '10,000 parts',
    mail: () => Buffer.from(many(10_000)),
    kind: ['unreadable', 'ordinary-mail'],
    code: 'mime-too-many-parts',
  },
  {
    title: 'a boundary that never comes',
    mail: () => Buffer.from(many(2).replace('boundary="b"', 'boundary="altro"')),
    kind: ['unreadable', 'ordinary-mail'],
    code: 'mime-boundary-missing',
  },
  { title: 'a plain ordinary mail', mail: () => ordinary(), kind: 'ordinary-mail', code: 'pec-not-certified' },
  {
    title: 'an ordinary mail with a segnatura',
    mail: () => ordinary([xmlPart(written(protocolMessage({ to: PROVARIA, number: '0000077' }), '2013')), PDF]),
    kind: 'ordinary-mail',
    code: 'pec-not-certified',
  },
  {
    title: 'forged X-Ricevuta on ordinary mail',
    mail: () => ordinary([PDF], { headers: [['X-Ricevuta', 'avvenuta-consegna']] }),
    kind: 'ordinary-mail',
    code: 'pec-signature-absent',
  },
  {
    title: 'forged X-Trasporto on ordinary mail',
    mail: () => ordinary([PDF], { headers: [['X-Trasporto', 'posta-certificata']] }),
    kind: 'ordinary-mail',
    code: 'pec-signature-absent',
  },
  {
    title: 'an envelope without its signature',
    mail: () => envelope(councils.sandbox, { to: PROVARIA, subject: 'Prova', overrides: { unsigned: true } }),
    kind: 'ordinary-mail',
    code: 'pec-signature-absent',
  },
  {
    title: 'an envelope that calls itself a receipt',
    mail: () =>
      envelope(councils.sandbox, {
        to: PROVARIA,
        subject: 'Prova',
        overrides: {
          headers: [
            ['X-Trasporto', ''],
            ['X-Ricevuta', 'avvenuta-consegna'],
          ],
        },
      }),
    kind: 'ordinary-mail',
    code: 'pec-disagreement',
  },
  {
    title: 'an envelope of an unknown authority',
    mail: async () => {
      const authority = await issueAuthority({ name: 'Autorita estranea' });
      return signedBy(await issueProvider({ domain: DOMAIN, name: 'Estraneo', authority }));
    },
    kind: 'ordinary-mail',
    code: 'pec-chain-untrusted',
  },
  {
    title: 'an envelope signed in the name of somebody else',
    mail: () => {
      const provider = councils.sandbox.provider('pec.esempio.example.it');
      return signedBy({ ...provider, domain: DOMAIN, address: `posta-certificata@${DOMAIN}` });
    },
    kind: 'ordinary-mail',
    code: 'pec-signer-mismatch',
  },
  {
    title: 'an envelope from before the certificate was valid',
    mail: () => signedBy(councils.sandbox.provider(DOMAIN), new Date(Date.now() - 40 * 365 * day)),
    kind: 'ordinary-mail',
    code: 'pec-chain-untrusted',
  },
  {
    title: 'an envelope without daticert',
    mail: () => envelope(councils.sandbox, { to: PROVARIA, subject: 'Prova', overrides: { daticert: null } }),
    kind: 'ordinary-mail',
    code: 'pec-daticert-missing',
  },
  {
    title: 'an entity bomb as daticert',
    mail: () =>
      envelope(councils.sandbox, {
        to: PROVARIA,
        subject: 'Prova',
        overrides: { daticert: '<!DOCTYPE x [<!ENTITY a "aaaa">]><postacert>&a;</postacert>' },
      }),
    kind: 'ordinary-mail',
    code: 'pec-daticert-invalid',
  },
  {
    title: 'plain PEC',
    mail: () => envelope(councils.sandbox, { to: PROVARIA, subject: 'Senza segnatura', parts: [PDF] }),
    kind: 'plain-pec',
    code: 'segnatura-absent',
  },
  {
    title: 'an answer that cannot be read',
    mail: () =>
      envelope(councils.sandbox, { to: PROVARIA, subject: 'x', parts: [xmlPart('<Conferma', 'Conferma.xml')] }),
    kind: 'plain-pec',
    code: 'xml-malformed',
  },
  {
    title: 'an anomaly envelope',
    mail: () =>
      anomalyEnvelope(councils.sandbox.provider('pec.provaria.example.it'), {
        identifier: `${fresh('anom')}@pec.provaria.example.it`,
        date: new Date(),
        from: 'cittadino@posta.example.it',
        mailbox: PROVARIA.address,
        subject: 'Domanda',
        messageId: null,
        original: ordinary(),
      }),
    kind: 'anomaly',
    code: 'pec-not-certified',
  },
];

/** It waits for a decision, has no number, and is on a person's list. */
async function forAPerson(exchangeId: string | null): Promise<void> {
  const exchange = await to.service.views.exchange(exchangeId ?? '');
  expect(exchange).toMatchObject({ state: 'operator', ourNumber: null, outbox: [] });
  expect(exchange?.tasks).toMatchObject([{ code: 'decide', closedAt: null }]);
}

describe('other mail in a mailbox', () => {
  it.each(ROWS)('$title', async ({ mail, kind, code }) => {
    const detail = await received(councils, to, await mail());
    expect([kind].flat()).toContain(detail.kind);
    expect(detail).toMatchObject({ state: 'settled', action: 'operator' });
    await forAPerson(detail.exchange);
    if (code !== undefined) {
      expect([
        ...(detail.inspection?.decision.codes ?? []),
        ...(detail.inspection?.problems ?? []).map((one) => one.code),
      ]).toContain(code);
    }
    await goodOneAfter(councils, to);
    const shown = await to.service.views.messages({ aoo: null, cursor: null, limit: 500 });
    expect(shown.items.map(({ id }) => id)).toContain(detail.id);
  });

  it('with a header of 100 MB', async () => {
    const head = Buffer.from('From: a@b.example.it\r\nX-Lungo: ');
    const detail = await received(
      councils,
      to,
      Buffer.concat([head, Buffer.alloc(100 * 1024 * 1024, 'x'), Buffer.from('\r\n\r\nx')]),
    );
    expect(detail).toMatchObject({ kind: 'unreadable', action: 'operator' });
    expect(detail.inspection?.problems.map(({ code }) => code)).toEqual(['mime-header-too-large']);
    await goodOneAfter(councils, to);
  }, 60_000);

  it('is counted in /status as work for a person, not as a fault', async () => {
    expect((await to.service.views.status()).messages.forAPerson).toBeGreaterThanOrEqual(ROWS.length);
    expect((await to.status()).faults).toEqual([]);
  });
});

describe('a provider with bad signatures', () => {
  const FAULTS: readonly [string, Rule['action'], ProblemCode][] = [
    ['with a certificate expired at the certified time', { do: 'sign', as: 'expired' }, 'pec-chain-untrusted'],
    ['under a foreign authority', { do: 'sign', as: 'foreign' }, 'pec-chain-untrusted'],
    ['with the certificate of another provider', { do: 'sign', as: 'san-mismatch' }, 'pec-signer-mismatch'],
    ['not at all', { do: 'sign', as: 'unsigned' }, 'pec-signature-absent'],
    ['what is altered on its way', { do: 'corrupt' }, 'pec-signature-modified'],
  ];
  it.each(FAULTS)('%s: not certified, not registered, not answered', async (_, action, code) => {
    const { esempio, sandbox } = councils;
    sandbox.misbehave({ action, kind: 'posta-certificata', to: PROVARIA.address, times: 1 });
    const mark = fresh('firma');
    const subject = `Prova ${mark}`;
    const [recipient] = protocolMessage({ to: PROVARIA, number: '0000001' }).recipients;
    if (recipient === undefined) throw new Error('no recipient');
    const sent = await esempio.service.send(esempio.office, {
      subject,
      generation: '2013',
      confirmationRequested: true,
      classifications: [{ name: 'Prova', levels: ['1'] }],
      recipients: [{ address: PROVARIA.address, correspondent: recipient }],
      documents: [{ name: 'a.pdf', mediaType: 'application/pdf', bytes: Buffer.from('%PDF') }],
    });
    if (!sent.ok) throw new Error(sent.problem.message);
    // Receipts for earlier answers may arrive in between.
    const mail = await until('the transport', () =>
      sandbox.mails(PROVARIA.address).find(({ bytes }) => bytes.includes(mark)),
    );
    const detail = await settled(to, mail.bytes);
    expect(detail).toMatchObject({ kind: 'ordinary-mail', action: 'operator' });
    await forAPerson(detail.exchange);
    expect(detail.inspection?.problems.map((one) => one.code)).toContain(code);
    await goodOneAfter(councils, to);
    expect(await registrations(to, subject)).toEqual([]);
    expect((await esempio.service.views.exchange(sent.value.exchanges[0]?.exchangeId ?? ''))?.peerNumber).toBeNull();
  });

  it('a defect of the mail itself becomes a flag of the registration', async () => {
    const number = nextNumber();
    const whole = ordinary([xmlPart(written(protocolMessage({ to: PROVARIA, number }), '2013')), PDF]).toString(
      'latin1',
    );
    const original = Buffer.from(
      whole.slice(0, whole.lastIndexOf('--')).slice(0, whole.lastIndexOf('\r\n--')),
      'latin1',
    );
    const mail = envelope(councils.sandbox, { to: PROVARIA, subject: 'Prova', original });
    const detail = await received(councils, to, mail);
    expect(detail.action).toBe('register-flagged');
    const [row] = await to.rows<{ flags: { code: string }[] }>(
      'select flags from registration where mail_id = $1',
      detail.id,
    );
    expect(row?.flags.map((flag) => flag.code)).toContain('mime-unclosed');
  });
});

describe('file names from outside', () => {
  it.each([
    ['a way out of the folder', '../../../../etc/cron.d/x'],
    ['an absolute path', '/etc/passwd'],
    ['a path of another system', 'C:\\windows\\x.exe'],
    ['NUL', 'a\u0000b.pdf'],
    ['line ends and a header', 'a\r\nX-Trasporto: posta-certificata\r\n.pdf'],
    ['control characters', '\u001b[31mrosso\u0007.pdf'],
    ['a right-to-left override', 'fattura\u202Efdp.exe'],
    ['5,000 letters', 'n'.repeat(5_000)],
  ])('%s: a name and nothing else', async (_, name) => {
    const encoded = `=?utf-8?B?${Buffer.from(name).toString('base64')}?=`;
    const original = ordinary([PDF]).toString('latin1').replaceAll('istanza.pdf', encoded);
    const detail = await received(
      councils,
      to,
      envelope(councils.sandbox, { to: PROVARIA, subject: 'Nomi', original: Buffer.from(original, 'latin1') }),
    );
    expect(detail).toMatchObject({ state: 'settled', kind: 'plain-pec' });
    const [document] = detail.inspection?.documents ?? [];
    expect(document?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(document?.name).not.toContain('\0');
    await goodOneAfter(councils, to);
  });
});

it('one council does not see the mail of the other', async () => {
  const { items } = await councils.esempio.service.views.messages({ aoo: null, cursor: null, limit: 500 });
  expect(items.filter(({ mailbox }) => mailbox !== ESEMPIO.address)).toEqual([]);
});
