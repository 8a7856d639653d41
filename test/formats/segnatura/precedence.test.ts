import { describe, expect, test } from 'vitest';
import { readSegnatura } from '../../../src/formats/segnatura/read.ts';
import type { ProtocolMessage, SegnaturaReading } from '../../../src/model/segnatura.ts';

/** Which place counts where the same information may stand in several. */
function read(xml: string): SegnaturaReading {
  const result = readSegnatura(Buffer.from(xml), () => ({ valid: true, problems: [] }));
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}
function message(xml: string): ProtocolMessage {
  const found = read(xml).message;
  if (found?.kind !== 'protocol-message') throw new Error('no protocol message');
  return found;
}

const mail = (address: string, kind = '') => `<IndirizzoTelematico${kind}>${address}</IndirizzoTelematico>`;
const identifier = (codes = '<CodiceAmministrazione>c_e001</CodiceAmministrazione><CodiceAOO>AOO1</CodiceAOO>') =>
  `<Identificatore>${codes}<NumeroRegistrazione>0000001</NumeroRegistrazione>` +
  '<DataRegistrazione>2024-05-06</DataRegistrazione></Identificatore>';
const circular = (heading: string, description = '') =>
  `<Segnatura><Intestazione>${identifier()}${heading}</Intestazione><Descrizione>${description}</Descrizione></Segnatura>`;

describe('the sender of the circulars', () => {
  const origin = (outer: string, inner: string, codes = '') =>
    `<Origine>${outer}<Mittente><Amministrazione><Denominazione>Comune</Denominazione>${codes}${inner}</Amministrazione></Mittente></Origine>`;

  test.each([
    ['the address of Origine, before that of the Amministrazione', mail('o@x.it'), mail('a@x.it'), 'o@x.it'],
    ['the address of the Amministrazione where Origine has none', '', mail('a@x.it'), 'a@x.it'],
    ['the address of the Amministrazione where that of Origine is empty', mail(' '), mail('a@x.it'), 'a@x.it'],
    ['none', '', '', null],
  ])('%s', (_, outer, inner, expected) => {
    expect(message(circular(origin(outer, inner))).sender.address).toBe(expected);
  });

  test('has the codes inside Mittente, before those of the identifier', () => {
    const codes = '<CodiceAmministrazione>altro</CodiceAmministrazione>';
    const { sender } = message(circular(origin('', '', codes)));
    expect([sender.administration, sender.aoo]).toEqual(['altro', 'AOO1']);
    const area = origin('', '').replace('</Mittente>', '<AOO><CodiceAOO>ALTRA</CodiceAOO></AOO></Mittente>');
    expect(message(circular(area)).sender.aoo).toBe('ALTRA');
    const empty = message(circular(origin('', '', '<CodiceAmministrazione> </CodiceAmministrazione>')));
    expect(empty.sender.administration).toBe('c_e001');
  });

  test.each([
    ['to Risposta, before Origine', `${origin(mail('o@x.it'), '')}<Risposta>${mail('r@x.it')}</Risposta>`, 'r@x.it'],
    ['to Origine where Risposta is empty', `${origin(mail('o@x.it'), '')}<Risposta>${mail('')}</Risposta>`, 'o@x.it'],
    ['to Origine where there is no Risposta', origin(mail('o@x.it'), mail('a@x.it')), 'o@x.it'],
  ])('answers go %s', (_, heading, expected) => {
    expect(message(circular(heading)).replyTo).toBe(expected);
  });
});

describe('the recipient of the circulars', () => {
  const body = (inner: string) => `<Amministrazione><Denominazione>Comune</Denominazione>${inner}</Amministrazione>`;
  const destination = (outer: string, inner: string) =>
    `<Destinazione>${outer}<Destinatario>${inner}</Destinatario></Destinazione>`;

  test.each([
    [
      'its own address, before all others',
      destination(mail('d@x.it'), `${body(mail('a@x.it'))}${mail('r@x.it')}`),
      'r@x.it',
    ],
    [
      'that of its Amministrazione, before the one it shares',
      destination(mail('d@x.it'), body(mail('a@x.it'))),
      'a@x.it',
    ],
    ['the one it shares with others', destination(mail('d@x.it'), body('')), 'd@x.it'],
    [
      'that of a legal person, before the one it shares',
      destination(mail('d@x.it'), `<Denominazione>Ditta</Denominazione>${mail('l@x.it')}`),
      'l@x.it',
    ],
    ['none where all are empty', destination(mail(' '), body('')), null],
  ])('is reached at %s', (_, heading, expected) => {
    expect(message(circular(heading)).recipients[0]?.address).toBe(expected);
  });

  test('is reached at a mail address, before a service that stands first', () => {
    const both = body(`${mail('https://x.it', ' tipo="uri"')}${mail('a@x.it')}`);
    expect(message(circular(destination('', both))).recipients[0]?.address).toBe('a@x.it');
    const other = body(`${mail('codice', ' tipo="NMTOKEN"')}${mail('https://x.it', ' tipo="uri"')}`);
    expect(message(circular(destination('', other))).recipients[0]?.address).toBe('codice');
  });

  test('has the telephone numbers and postal address of the first place with any', () => {
    const unit = body(
      '<Telefono> </Telefono><Telefono>1</Telefono><IndirizzoPostale><Denominazione>via A</Denominazione></IndirizzoPostale>',
    );
    const own = '<Telefono>2</Telefono><IndirizzoPostale><Denominazione>via B</Denominazione></IndirizzoPostale>';
    const [first] = message(circular(destination('', `${unit}${own}`))).recipients;
    expect([first?.phones, first?.postalAddress?.text]).toEqual([['1'], 'via A']);
    const [second] = message(circular(destination('', `${body('<Telefono> </Telefono>')}${own}`))).recipients;
    expect([second?.phones, second?.postalAddress?.text]).toEqual([['2'], 'via B']);
  });

  test('belongs to the innermost office', () => {
    const unit = (name: string, inner = '') =>
      `<UnitaOrganizzativa><Denominazione>${name}</Denominazione>${inner}</UnitaOrganizzativa>`;
    const [first] = message(circular(destination('', body(unit('Area', unit('Ufficio', mail('u@x.it'))))))).recipients;
    expect([first?.office, first?.address]).toEqual(['Ufficio', 'u@x.it']);
  });
});

describe('the subject', () => {
  const document = (subject: string) => `<Documento nome="a.pdf"><Oggetto>${subject}</Oggetto></Documento>`;
  test.each([
    ['of the heading', '<Oggetto>uno</Oggetto>', `${document('due')}<Oggetto>tre</Oggetto>`, 'uno', []],
    ['of the document', '<Oggetto> </Oggetto>', `${document('due')}<Oggetto>tre</Oggetto>`, 'due', ['misplaced']],
    ['of the description', '', '<Documento nome="a.pdf"/><Oggetto>tre</Oggetto>', 'tre', ['misplaced']],
    ['that is nowhere', '', '<Documento nome="a.pdf"/>', '', ['missing']],
  ])('%s', (_, heading, description, expected, problems) => {
    const { message: found, problems: named } = read(circular(heading, description));
    expect(found).toMatchObject({ subject: expected });
    const codes = named.map(({ code }) => code).filter((code) => code.startsWith('segnatura-subject'));
    expect(codes).toEqual(problems.map((code) => `segnatura-subject-${code}`));
  });
});

describe('a generation is told by', () => {
  const AGID = 'http://www.agid.gov.it/protocollo/';
  const DIGITPA = 'http://www.digitPa.gov.it/protocollo/';
  test.each([
    ['its namespace, before its version', `<Segnatura xmlns="${DIGITPA}" versione="2001-05-07"/>`, '2013'],
    ['its namespace, before its root', `<Segnatura xmlns="${AGID}" versione="2013"/>`, '3.0.0'],
    ['its root, before a namespace that says otherwise', `<SegnaturaInformatica xmlns="${DIGITPA}"/>`, '3.0.0'],
    ['its version, before its shape', '<Segnatura versione="2001-05-07"><CodiceRegistro/></Segnatura>', '2001'],
    ['its version, before its digest', '<Segnatura versione="2009-12-03"><PiuInfo/></Segnatura>', '2009'],
    ['the placeholder of 2013', '<Segnatura versione="aaaa-mm-gg"/>', '2013'],
    ['a register, before a digest', '<Segnatura><Impronta algoritmo="SHA-256"/><CodiceRegistro/></Segnatura>', '2013'],
    ['a digest', '<Segnatura><Impronta algoritmo="SHA-256"/></Segnatura>', '2009'],
    ['nothing', '<Segnatura/>', '2001'],
  ])('%s', (_, xml, expected) => {
    expect(read(xml).generation).toBe(expected);
  });
});

describe('an administration of 3.0.0 is reached', () => {
  const prot = 'xmlns:prot="http://www.agid.gov.it/protocollo/"';
  const contacts = (name: string, address: string) =>
    `<prot:${name}>${address && `<prot:IndirizzoTelematico>${address}</prot:IndirizzoTelematico>`}</prot:${name}>`;
  const guidelines = (body: string, office: string, aoo: string) =>
    `<prot:SegnaturaInformatica ${prot}><prot:Intestazione>${identifier().replace(/<(\/?)/g, '<$1prot:')}</prot:Intestazione>` +
    '<prot:Descrizione><prot:Mittente><prot:Amministrazione><prot:DenominazioneAmministrazione>Comune</prot:DenominazioneAmministrazione>' +
    `${contacts('ContattiAmministrazione', body)}${contacts('ContattiUO', office)}${contacts('ContattiAOO', aoo)}` +
    '</prot:Amministrazione></prot:Mittente></prot:Descrizione></prot:SegnaturaInformatica>';
  test.each([
    ['at its AOO, before all others', 'b@x.it', 'u@x.it', 'a@x.it', 'a@x.it'],
    ['at its office where the AOO has no address', 'b@x.it', 'u@x.it', '', 'u@x.it'],
    ['at its own address where nothing else has one', 'b@x.it', '', '', 'b@x.it'],
  ])('%s', (_, body, office, aoo, expected) => {
    const { sender, replyTo } = message(guidelines(body, office, aoo));
    expect([sender.address, replyTo]).toEqual([expected, expected]);
  });
});
