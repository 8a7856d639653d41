import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { policyFrom } from '../../../src/domain/exchange/problem-policy.ts';
import { anchorsFrom } from '../../../src/formats/pec/trust.ts';
import { issueAuthority, issueProvider, type Provider } from '../../../src/sandbox/authority.ts';
import { transportEnvelope } from '../../../src/sandbox/craft.ts';
import { segnaturaIn } from '../../../src/service/documents/segnatura-of-mail.ts';
import { type JudgeOptions, judgeMail, judgeSegnatura } from '../../../src/service/intake/judge-mail.ts';
import { hasOpenssl, type Made, SIGNER, Workshop } from '../../formats/cms/openssl.ts';

const FROM = 'protocollo@pec.esempio.example.it';
const TO = 'protocollo@pec.provaria.example.it';
const CITIZEN = 'cittadina@pec.altrove.example.it';
const DATE = new Date('2026-03-03T09:00:00Z');

const DECLARED = '<?xml version="1.0" encoding="UTF-8"?>\n';
const segnatura = (change: { readonly to?: string; readonly date?: string; readonly number?: string } = {}) =>
  `<Segnatura xmlns="http://www.digitPa.gov.it/protocollo/"><Intestazione><Identificatore>` +
  `<CodiceAmministrazione>c_esempio</CodiceAmministrazione><CodiceAOO>AESEMP1</CodiceAOO>` +
  `<CodiceRegistro>PG</CodiceRegistro><NumeroRegistrazione>${change.number ?? '0000123'}</NumeroRegistrazione>` +
  `<DataRegistrazione>${change.date ?? '2026-03-02'}</DataRegistrazione></Identificatore><Origine>` +
  `<IndirizzoTelematico tipo="smtp">${FROM}</IndirizzoTelematico><Mittente><Amministrazione>` +
  `<Denominazione>Comune di Esempio</Denominazione><UnitaOrganizzativa><Denominazione>Protocollo</Denominazione>` +
  `<IndirizzoPostale><Denominazione>Via Roma 1</Denominazione></IndirizzoPostale></UnitaOrganizzativa></Amministrazione>` +
  `<AOO><Denominazione>Esempio</Denominazione></AOO></Mittente></Origine><Destinazione confermaRicezione="si">` +
  `<IndirizzoTelematico tipo="smtp">${change.to ?? TO}</IndirizzoTelematico></Destinazione>` +
  `<Oggetto>Perché così</Oggetto></Intestazione><Descrizione><Documento nome="relazione.pdf" tipoRiferimento="MIME"/>` +
  `</Descrizione></Segnatura>`;
const GOOD = DECLARED + segnatura();
const subject = (text: string) => GOOD.replace('Perché così', text);
const le = (text: string) => Buffer.from(text, 'utf16le');
const be = (text: string) => Buffer.from(text, 'utf16le').swap16();

const base64 = (content: Buffer | string) =>
  Buffer.from(content)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\r\n');
const PDF = ['Content-Type: application/pdf; name="relazione.pdf"', '%PDF-1.4 relazione'] as const;
type Part = readonly [head: string, content: Buffer | string];
const xmlPart = (content: Buffer | string): Part => ['Content-Type: text/xml; name="Segnatura.xml"', content];
const mixed = (parts: readonly Part[]) =>
  `Content-Type: multipart/mixed; boundary="qui"\r\n\r\n${parts
    .map(([head, content]) => `--qui\r\n${head}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(content)}\r\n`)
    .join('')}--qui--\r\n`;

describe.skipIf(!hasOpenssl)('segnature as they come', () => {
  const workshop = new Workshop();
  let signer: Made;
  let provider: Provider;
  let judges: JudgeOptions;
  beforeAll(async () => {
    signer = workshop.certificate({ name: 'Segretaria Rossi', key: 'ec', extensions: SIGNER('rossi@example.it') });
    const authority = await issueAuthority({ name: 'Autorità di prova' });
    provider = await issueProvider({ domain: 'pec.esempio.example.it', authority });
    judges = {
      trust: anchorsFrom([{ name: 'ca.pem', bytes: Buffer.from(provider.caPem) }]).trust,
      validate: (await loadGrammars()).validate,
      at: DATE,
      policy: new Map(),
      office: { administration: 'c_provaria', code: 'APROVA1', addresses: [TO] },
    };
  });
  afterAll(() => workshop.close());

  const certified = (body: string, from = FROM): Buffer => {
    const head = `From: ${from}\r\nTo: ${TO}\r\nSubject: Invio\r\nMessage-ID: <1@example.it>\r\nMIME-Version: 1.0\r\n`;
    const common = { from, subject: 'Invio', date: DATE, messageId: '<1@example.it>' };
    const to = [{ address: TO, certified: true }];
    const original = Buffer.from(`${head}${body}`, 'latin1');
    return transportEnvelope(provider, { ...common, to, original, identifier: 'opec1@pec.esempio.example.it' });
  };
  const judge = (body: string, from?: string, options: Partial<JudgeOptions> = {}) =>
    judgeMail(certified(body, from), { ...judges, ...options });
  const p7m = (content: Buffer | string, ...options: string[]): Buffer => {
    workshop.write('inside', content);
    const who = ['-signer', signer.certificate, '-inkey', signer.key];
    return workshop.run('cms', '-sign', '-binary', '-nodetach', '-in', 'inside', '-outform', 'DER', ...who, ...options);
  };

  it.each<readonly [string, Buffer | string, string]>([
    ['in UTF-16 with its mark', le(`\ufeff${GOOD.replace('UTF-8', 'UTF-16')}`), 'segnatura-repaired'],
    ['in big-endian UTF-16 with its mark', be(`\ufeff${GOOD.replace('UTF-8', 'UTF-16')}`), 'segnatura-repaired'],
    ['in UTF-16 that calls itself UTF-8', le(GOOD), 'segnatura-repaired'],
    ['in UTF-16 behind a blank line', be(`\r\n${GOOD}`), 'segnatura-repaired'],
    ['in UTF-8 that calls itself UTF-16', GOOD.replace('UTF-8', 'UTF-16'), 'segnatura-repaired'],
    [
      'in ISO-8859-1 that calls itself UTF-16',
      Buffer.from(GOOD.replace('UTF-8', 'utf-16'), 'latin1'),
      'segnatura-repaired',
    ],
    ['behind blank lines', `\r\n\n ${GOOD}`, 'segnatura-repaired'],
    ['behind two byte order marks', `\ufeff\ufeff${GOOD}`, 'segnatura-repaired'],
    ['with text after the root', `${GOOD}\n-- \nComune di Esempio`, 'segnatura-repaired'],
    ['with a bare ampersand', subject('Perché così & colà').replace(' & colà', '&'), 'segnatura-repaired'],
    ['with names of HTML', subject('Perch&eacute; cos&igrave;'), 'segnatura-repaired'],
    [
      'with an empty internal subset',
      GOOD.replace('\n', '\n<!DOCTYPE Segnatura SYSTEM "Segnatura.dtd" [ ]>'),
      'segnatura-repaired',
    ],
    ['with the year behind the number', DECLARED + segnatura({ number: '0000123/2026' }), 'segnatura-number-format'],
    ['with a compact date', DECLARED + segnatura({ date: '20260302' }), 'segnatura-date-format'],
    ['with a date in slashes, year first', DECLARED + segnatura({ date: '2026/3/2' }), 'segnatura-date-format'],
  ])('are registered and flagged %s', (_, xml, code) => {
    const { inspection, reading } = judge(mixed([xmlPart(xml), PDF]));
    expect([inspection.kind, inspection.decision.action]).toEqual(['protocol-message', 'register-flagged']);
    expect(inspection.decision.codes).toContain(code);
    expect(inspection.segnatura).toMatchObject({
      identifier: {
        administration: 'c_esempio',
        aoo: 'AESEMP1',
        register: 'PG',
        number: '0000123',
        date: '2026-03-02',
      },
      subject: expect.stringMatching(/^Perché così&?$/),
    });
    expect(inspection.documents).toMatchObject([{ name: 'relazione.pdf', role: 'primary', present: true }]);
    expect(reading?.repaired).toBe(code === 'segnatura-repaired');
    // Alone it is judged like inside a mail.
    const alone = judgeSegnatura(Buffer.from(xml), judges);
    expect([alone.kind, alone.decision.action]).toEqual(['protocol-message', 'register-flagged']);
    expect(alone.segnatura?.identifier).toEqual(inspection.segnatura?.identifier);
  });

  it.each<readonly [string, string, string]>([
    ['with declarations of its own', `<!DOCTYPE Segnatura [<!ENTITY x "y">]>${segnatura()}`, 'xml-doctype-internal'],
    ['broken off', GOOD.slice(0, 700), 'xml-malformed'],
    ['of another number than its year', DECLARED + segnatura({ number: '0000123/2025' }), 'segnatura-no-identifier'],
    ['with a day that does not exist', DECLARED + segnatura({ date: '20260231' }), 'segnatura-no-identifier'],
    [
      'repaired, and without its register',
      GOOD.replace(/<CodiceRegistro>.*?<.CodiceRegistro>/, '').replace('così', 'così &'),
      'segnatura-no-identifier',
    ],
  ])('are a person’s %s, and nobody is refused', (_, xml, code) => {
    const { inspection, reading, files } = judge(mixed([xmlPart(xml), PDF]));
    expect([inspection.kind, inspection.decision.action]).toEqual(['plain-pec', 'operator']);
    expect(inspection.decision.codes).toEqual(expect.arrayContaining([code, 'segnatura-unusable']));
    expect(reading).toBeNull();
    expect(files.map(({ name }) => name).sort()).toEqual(['Segnatura.xml', 'relazione.pdf']);
    const strict = judge(mixed([xmlPart(xml), PDF]), FROM, { policy: policyFrom('strict').policy });
    expect([strict.inspection.kind, strict.inspection.decision.action]).toEqual(['protocol-message', 'exception']);
    expect(judgeSegnatura(Buffer.from(xml), judges).decision).toMatchObject({ action: 'operator' });
  });

  it('are never sealed once they had to be repaired', () => {
    const signature = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>';
    const sealed = subject('Tizio & Caio').replace('</Segnatura>', `${signature}</Segnatura>`);
    const { segnatura: found } = judge(mixed([xmlPart(sealed), PDF])).inspection;
    expect(found?.seal).toBe('invalid');
    const reasons = found?.problems.filter(({ code }) => code === 'seal-unreadable').map(({ message }) => message);
    expect(reasons).toEqual(['Il sigillo non è leggibile: la segnatura si legge solo correggendo errori di XML.']);
  });

  it.each<readonly [string, Part]>([
    ['without a name', ['Content-Type: text/xml', GOOD]],
    ['behind many blank lines', ['Content-Type: text/xml', `${'\r\n'.repeat(20)}${GOOD}`]],
    ['named by its description', ['Content-Type: text/plain\r\nContent-Description: Segnatura.xml', GOOD]],
    ['behind an empty name', ['Content-Type: text/xml\r\nContent-Disposition: attachment; filename=""', GOOD]],
  ])('are found %s', (_, part) => {
    const { inspection } = judge(mixed([part, PDF]));
    expect(inspection).toMatchObject({ kind: 'protocol-message', documents: [{ name: 'relazione.pdf' }] });
  });

  it('are found inside a signed file, whose signature is judged', () => {
    const named = (content: Buffer): Part => [
      'Content-Type: application/pkcs7-mime; name="Segnatura.xml.p7m"',
      content,
    ];
    const good = certified(mixed([named(p7m(p7m(GOOD))), PDF]));
    const { inspection } = judgeMail(good, judges);
    expect([inspection.kind, inspection.decision.action]).toEqual(['protocol-message', 'register']);
    expect(inspection.documents.map(({ name }) => name)).toEqual(['relazione.pdf']);
    expect(segnaturaIn(good)?.bytes.toString()).toBe(GOOD);
    const altered = Buffer.from(p7m(GOOD).toString('latin1').replace('0000123', '0000124'), 'latin1');
    const codes = judge(mixed([named(altered), PDF])).inspection.segnatura?.problems.map(({ code }) => code);
    expect(codes).toContain('document-signature-broken');
  });

  it.each([
    ['in one piece', []],
    ['in pieces', ['-stream', '-indef']],
  ])('are found in a message that its client signed as a whole, %s', (_, options) => {
    const type = 'application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"';
    const opaque = (content: Buffer) =>
      `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(content)}`;
    const signed = p7m(mixed([xmlPart(GOOD), PDF]), ...options);
    const { inspection, files } = judge(opaque(signed));
    expect([inspection.kind, inspection.decision.action]).toEqual(['protocol-message', 'register']);
    expect(inspection.documents).toMatchObject([{ name: 'relazione.pdf', role: 'primary', present: true }]);
    expect(files[0]?.bytes().toString()).toBe('%PDF-1.4 relazione');
    const altered = Buffer.from(signed.toString('latin1').replace('relazione.pdf', 'relazione.pdg'), 'latin1');
    const broken = judge(opaque(altered)).inspection.segnatura?.problems.map(({ code }) => code);
    expect(broken).toContain('document-signature-broken');
  });

  it.each<readonly [string, string]>([
    ['to somebody else', DECLARED + segnatura({ to: CITIZEN })],
    ['long ago', DECLARED + segnatura({ date: '2026-01-15' })],
    ['and wrapped by a client', GOOD.replace('<CodiceAOO>', '<Codice\r\nAOO>')],
    ['and damaged', subject('Tizio & Caio')],
  ])('sent by somebody who is not in them, %s, are a person’s and nobody’s message', (_, xml) => {
    const { inspection, reading } = judge(mixed([xmlPart(xml), PDF]), CITIZEN);
    expect([inspection.kind, inspection.decision.action]).toEqual(['plain-pec', 'operator']);
    expect(reading).toBeNull();
    const named = ['segnatura-forwarded', 'segnatura-unusable'] as const;
    expect(inspection.decision.codes.some((code) => named.some((each) => each === code))).toBe(true);
  });

  it('sent by another mailbox, fresh and to us, are messages still', () => {
    const { decision } = judge(mixed([xmlPart(GOOD), PDF]), 'ufficio@pec.esempio.example.it').inspection;
    expect(decision).toMatchObject({ action: 'register-flagged' });
    expect(decision.codes).toContain('sender-address-differs');
  });

  it.each([
    ['ConfermaRicezione', 'confirmation'],
    ['AggiornamentoConferma', 'update'],
    ['NotificaEccezione', 'exception'],
    ['AnnullamentoProtocollazione', 'annulment'],
  ])('%s is correlated and flagged where it had to be repaired', (root, kind) => {
    const id = /<Identificatore>.*<\/Identificatore>/.exec(GOOD)?.[0] ?? '';
    const received = root === 'AnnullamentoProtocollazione' ? '' : `<MessaggioRicevuto>${id}</MessaggioRicevuto>`;
    const xml = `${DECLARED}<${root} xmlns="http://www.digitPa.gov.it/protocollo/">${id}${received}<Motivo>A & B</Motivo></${root}>`;
    const { inspection } = judge(mixed([['Content-Type: text/xml; name="Risposta.xml"', xml]]));
    expect([inspection.kind, inspection.decision.action]).toEqual([kind, 'correlate']);
    expect(inspection.decision.codes).toContain('segnatura-repaired');
    // Two systems would answer each other for ever: not even a strict office refuses an answer.
    const lost = xml.replace(/<Identificatore>.*<\/Identificatore>/, '<Identificatore/>').replace('</Motivo>', '');
    const strict = judge(mixed([['Content-Type: text/xml; name="Risposta.xml"', lost]]), FROM, {
      policy: policyFrom('strict').policy,
    });
    expect([strict.inspection.kind, strict.inspection.decision.action]).toEqual(['plain-pec', 'operator']);
  });
});
