import { beforeAll, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { policyFrom } from '../../../src/domain/exchange/problem-policy.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { issueAuthority, issueProvider, type Provider } from '../../../src/sandbox/authority.ts';
import { transportEnvelope } from '../../../src/sandbox/craft.ts';
import { type JudgeOptions, judgeMail } from '../../../src/service/intake/judge-mail.ts';

const FROM = 'protocollo@pec.esempio.example.it';
const TO = 'protocollo@pec.provaria.example.it';
const DATE = new Date('2026-03-02T10:00:00Z');

const SEGNATURA = `<?xml version="1.0" encoding="UTF-8"?>
<Segnatura xmlns="http://www.digitPa.gov.it/protocollo/"><Intestazione><Identificatore>
<CodiceAmministrazione>c_esempio</CodiceAmministrazione><CodiceAOO>AESEMP1</CodiceAOO><CodiceRegistro>PROT</CodiceRegistro>
<NumeroRegistrazione>0000042</NumeroRegistrazione><DataRegistrazione>2026-03-01</DataRegistrazione></Identificatore>
<Origine><IndirizzoTelematico>${FROM}</IndirizzoTelematico><Mittente><Amministrazione>
<Denominazione>Comune di Esempio</Denominazione><CodiceAmministrazione>c_esempio</CodiceAmministrazione>
<IndirizzoPostale><Denominazione>Via di prova 1</Denominazione></IndirizzoPostale></Amministrazione>
<AOO><Denominazione>Protocollo</Denominazione><CodiceAOO>AESEMP1</CodiceAOO></AOO></Mittente></Origine>
<Destinazione confermaRicezione="si"><IndirizzoTelematico>${TO}</IndirizzoTelematico></Destinazione>
<Oggetto>Convenzione</Oggetto></Intestazione>
<Descrizione><Documento nome="atto.txt" tipoMIME="text/plain"/></Descrizione></Segnatura>`;

let provider: Provider;
let judges: JudgeOptions;
beforeAll(async () => {
  const authority = await issueAuthority({ name: 'Autorità di prova' });
  provider = await issueProvider({ domain: 'pec.esempio.example.it', authority });
  const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(authority.caPem) }]);
  const { validate } = await loadGrammars();
  judges = { trust, validate, at: DATE, policy: new Map() };
});

interface Sent {
  readonly encoding: string;
  readonly content: string;
  readonly name?: string;
  readonly withSegnatura?: boolean;
}

function judge({ encoding, content, name = 'atto.txt', withSegnatura = true }: Sent, policy = judges.policy) {
  const part = (called: string, coded: string, text: string): string =>
    `--b\r\nContent-Type: application/octet-stream; name="${called}"\r\nContent-Transfer-Encoding: ${coded}\r\n\r\n${text}\r\n`;
  const segnatura = part('Segnatura.xml', 'base64', Buffer.from(SEGNATURA).toString('base64'));
  const original = Buffer.from(
    `From: ${FROM}\r\nTo: ${TO}\r\nSubject: Convenzione\r\nMIME-Version: 1.0\r\n` +
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${withSegnatura ? segnatura : ''}` +
      `${part(name, encoding, content)}--b--\r\n`,
  );
  const envelope = {
    from: FROM,
    to: [{ address: TO, certified: true }],
    subject: 'Convenzione',
    date: DATE,
    messageId: '<1@pec.esempio.example.it>',
    original,
    identifier: 'opec1@pec.esempio.example.it',
  };
  const { kind, decision, problems } = judgeMail(transportEnvelope(provider, envelope), {
    ...judges,
    policy,
  }).inspection;
  return { kind, decision, problems };
}

it.each([
  ['base64 that lacks a character', 'base64', 'dGVzdG8gZGVsbCdhdRv', 'mime-encoding-broken'],
  ['base64 cut off', 'base64', 'dGVzdG8gZGVsbCdhdHR', 'mime-encoding-broken'],
  ['base64 with stray characters', 'base64', 'dGVz*dG8h', 'mime-encoding-broken'],
  ['base64 with a footer', 'base64', 'dGVzdG8=\r\n-- \r\nlista', 'mime-encoding-broken'],
  ['damaged quoted-printable', 'quoted-printable', 'citt=C3=A0 =Z9', 'mime-encoding-broken'],
  ['an uuencode without an end', 'x-uuencode', 'begin 644 atto.txt\r\n#04)#\r\n', 'mime-encoding-broken'],
  ['an encoding that nobody knows', 'x-gzip64', 'testo', 'mime-encoding-unknown'],
] as const)('flags a document in %s, and registers it', (_what, encoding, content, code) => {
  for (const policy of [judges.policy, policyFrom('strict').policy]) {
    const { decision, problems } = judge({ encoding, content }, policy);
    expect([decision.action, decision.codes]).toEqual(['register-flagged', [code]]);
    expect(problems).toEqual([expect.objectContaining({ at: '2', message: expect.stringContaining('«atto.txt»') })]);
  }
});

it('says nothing of a sound encoding', () => {
  for (const [encoding, content] of [
    ['base64', 'dGVzdG8='],
    ['8-bit', 'testo'],
    ['quoted-printable', 'citt=C3=A0'],
    ['uuencode', 'begin 644 atto.txt\r\n#04)#\r\n`\r\nend'],
  ] as const)
    expect(judge({ encoding, content }).decision).toMatchObject({ action: 'register', codes: [] });
});

it('flags the damage of a segnatura and of mails without one too', () => {
  const { kind, decision } = judge({ encoding: 'base64', content: 'dGVz*dG8h', withSegnatura: false });
  expect([kind, decision.codes]).toEqual(['plain-pec', ['mime-encoding-broken', 'segnatura-absent']]);
});

it("says what a file in Outlook's own packing is, whatever it is called, and what to ask for", () => {
  const tnef = Buffer.from([0x78, 0x9f, 0x3e, 0x22, 1, 0]).toString('base64');
  for (const name of ['winmail.dat', 'ATT00001.bin']) {
    const { decision } = judge({ encoding: 'base64', content: tnef, name });
    expect(decision.action).toBe('register-flagged');
    expect(decision.codes).toEqual(['document-winmail', 'document-primary-renamed', 'document-undeclared']);
    expect(decision.reasons[0]).toMatch(new RegExp(`«${name}».*Chiedere al mittente`));
  }
  const { kind, decision } = judge({ encoding: 'base64', content: tnef, name: 'winmail.dat', withSegnatura: false });
  expect([kind, decision.action, decision.codes]).toEqual([
    'plain-pec',
    'operator',
    ['document-winmail', 'segnatura-absent'],
  ]);
});
