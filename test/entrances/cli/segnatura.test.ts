import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { interpro } from '../../support/run.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { repository } from '../../support/shared.ts';

const folder = mkdtempSync(join(tmpdir(), 'interpro-segnatura-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const vector = (name: string): string => join(repository, 'test', 'vectors', 'segnatura', name);
const segnatura = (...args: string[]) => interpro(['segnatura', ...args]);

function write(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('segnatura check', () => {
  const table: readonly (readonly [string, number, number, string, boolean])[] = [
    ['2001/valid/segnatura-completa.xml', 0, 0, 'protocol-message', true],
    ['2001/valid/conferma.xml', 0, 0, 'confirmation', true],
    ['2001/wild/data-italiana.xml', 0, 1, 'protocol-message', true],
    ['2001/invalid/senza-numero.xml', 1, 1, 'protocol-message', false],
    ['2001/invalid/entita.xml', 0, 1, 'protocol-message', false],
    ['2001/invalid/radice-sconosciuta.xml', 1, 1, 'unreadable', false],
  ];
  it.each(table)('%s: exit %i by default, %i when strict', async (name, usual, strict, kind, valid) => {
    const ran = await segnatura('check', '--json', vector(name));
    expect(ran).toMatchObject({ code: usual, stderr: '' });
    const checked = JSON.parse(ran.stdout);
    expect(checked).toMatchObject({ kind, valid, policy: 'register-and-flag', acceptable: usual === 0 });
    const refused = await segnatura('check', '--json', '--policy', 'strict', vector(name));
    expect(refused.code).toBe(strict);
    expect(JSON.parse(refused.stdout)).toMatchObject({ policy: 'strict', acceptable: strict === 0 });
    if (strict === 1 && kind !== 'unreadable')
      expect(JSON.parse(refused.stdout).problems).toContainEqual(expect.objectContaining({ effect: 'exception' }));
  });

  it('prints a table for people', async () => {
    const ran = await segnatura('check', vector('2001/wild/data-italiana.xml'));
    expect(ran.stdout).toMatch(/^kind {2,}protocol-message\ngeneration {2,}2001\nvalid {2,}yes\nseal {2,}absent\n/);
    expect(ran.stdout).toMatch(/\nregister-and-flag {2}acceptable\n\neffect +code +where +what\n/);
    expect(ran.stdout).toMatch(
      /\nflag +segnatura-date-format +\/Segnatura\/\S+ +Una data della segnatura non è scritta/,
    );
  });

  it('an unsealed 3.0.0 is acceptable unless strict', async () => {
    const file = write('unsealed.xml', UNSEALED);
    const usual = await segnatura('check', '--json', file);
    expect(usual.code).toBe(0);
    expect(JSON.parse(usual.stdout)).toMatchObject({ generation: '3.0.0', seal: 'absent' });
    expect((await segnatura('check', '--policy', 'strict', file)).code).toBe(1);
  });

  it('prints no control character of the sender', async () => {
    const file = write('hostile.xml', UNSEALED.replace('Convenzione', 'Con\u202evenzione\u009b2J'));
    const ran = await segnatura('check', file);
    expect(ran.stdout).toContain('\\u202e');
    expect(ran.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  it.each([
    [['check', '/nowhere.xml']],
    [['check']],
    [['check', '--policy', 'lenient', '/etc/hostname']],
    [['check', '--colour', '/etc/hostname']],
    [['judge']],
    [[]],
  ])('exits 2 for %j', async (args) => {
    const ran = await segnatura(...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).not.toBe('');
  });
});

const identifier = (number: string) => ({
  administration: 'c_esempio',
  aoo: 'AESEMP1',
  register: 'PROT',
  number,
  date: '2026-03-01',
});
const CONFIRMATION = {
  kind: 'confirmation',
  identifier: identifier('0000001'),
  received: { identifier: { ...identifier('0000002'), administration: 'c_provaria', aoo: 'APROVA1' } },
};
describe('segnatura write', () => {
  it.each(['2001', '3.0.0'])('writes a confirmation in %s, which check finds valid', async (generation) => {
    const model = write('confirmation.json', JSON.stringify(CONFIRMATION));
    const out = join(folder, `confirmation-${generation}.xml`);
    expect(await segnatura('write', '--generation', generation, '--out', out, model)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
    const checked = await segnatura('check', '--json', '--policy', 'strict', out);
    expect(JSON.parse(checked.stdout)).toMatchObject({ generation, kind: 'confirmation', valid: true, problems: [] });
    const shown = await segnatura('write', '--generation', generation, model);
    expect(Buffer.from(shown.stdout)).toEqual(readFileSync(out));
  });

  it('writes a 3.0.0 segnatura, and seals it when given a certificate and key', async () => {
    const model = write('message.json', JSON.stringify(MESSAGE));
    const unsealed = await segnatura('write', '--generation', '3.0.0', model);
    expect(unsealed).toMatchObject({ code: 0, stderr: expect.stringContaining('--seal') });
    const { certificate, key } = sealer();
    const sealed = join(folder, 'sealed.xml');
    const ran = await segnatura(
      'write',
      '--generation',
      '3.0.0',
      '--seal',
      certificate,
      '--key',
      key,
      '--out',
      sealed,
      model,
    );
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const checked = JSON.parse((await segnatura('check', '--json', sealed)).stdout);
    expect(checked).toMatchObject({ generation: '3.0.0', valid: true, seal: 'untrusted', subject: 'Convenzione' });
    const altered = write('altered.xml', readFileSync(sealed, 'utf8').replace('Convenzione', 'Concessione'));
    expect(JSON.parse((await segnatura('check', '--json', altered)).stdout)).toMatchObject({ seal: 'invalid' });
    expect((await segnatura('check', '--policy', 'strict', altered)).code).toBe(1);
  });

  const refusals: readonly (readonly [string, object, string, string])[] = [
    ['an unknown field', { ...CONFIRMATION, colour: 'red' }, '2013', 'colour'],
    ['a kind that is none', { kind: 'letter' }, '2013', 'kind'],
    ['a missing number', { ...CONFIRMATION, identifier: { administration: 'c_esempio' } }, '2013', 'identifier'],
    [
      'an empty reason',
      { kind: 'annulment', identifier: identifier('0000001'), reason: '', provision: 'x' },
      '2013',
      'Motivo',
    ],
    [
      'a character that no XML can hold',
      { kind: 'annulment', identifier: identifier('0000001'), reason: 'a\u0000b', provision: 'x' },
      '2013',
      'Motivo',
    ],
    [
      'what the generation requires',
      { ...CONFIRMATION, identifier: { ...identifier('1'), register: null } },
      '3.0.0',
      '',
    ],
  ];
  it.each(refusals)('refuses %s, with place and sentence', async (_, model, generation, place) => {
    const ran = await segnatura('write', '--generation', generation, write('refused.json', JSON.stringify(model)));
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^interpro segnatura write: .+\.\n$/);
    expect(ran.stderr).toContain(place);
  });

  it.each([
    [['write', '/nowhere.json'], 'name one of'],
    [['write', '--generation', '2020', '/etc/hostname'], '"2020" is not one of'],
    [['write', '--generation', '2013', '/nowhere.json'], 'cannot be opened'],
    [['write', '--generation', '2013', '/etc/hostname'], 'is not JSON'],
    [['write', '--generation', '3.0.0', '--seal', '/etc/hostname', '/etc/hostname'], 'go together'],
    [
      ['write', '--generation', '3.0.0', '--seal', '/etc/hostname', '--key', '/etc/hostname', '/etc/hostname'],
      '--seal: ',
    ],
  ])('exits 2 for %j', async (args, reason) => {
    const ran = await segnatura(...args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(reason);
  });
});

describe('segnatura convert', () => {
  it.each([
    ['2001', '2013', 'segnatura-completa.xml'],
    ['2013', '2009', 'segnatura-allegati.xml'],
    ['3.0.0', '2013', 'segnatura-pec.xml'],
    ['2013', '2013', 'conferma.xml'],
  ])('from %s to %s is valid there, and says what does not fit', async (from, to, name) => {
    const source = vector(`${from}/valid/${name}`);
    const ran = await segnatura('convert', '--to', to, '--register', 'PROT', '--json', source);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    const report = JSON.parse(ran.stdout);
    expect(report).toMatchObject({ from, to, lost: from === to ? [] : expect.any(Array) });
    const checked = await segnatura('check', '--json', write(`${from}-${to}.xml`, report.xml));
    expect(JSON.parse(checked.stdout)).toMatchObject({ generation: to, valid: true });
  });

  it('to 3.0.0 computes the digests of the documents, and seals', async () => {
    const documents = join(folder, 'documents');
    mkdirSync(join(documents, 'folder'), { recursive: true });
    writeFileSync(join(documents, 'convenzione.pdf'), 'Documento di prova');
    const source = join(folder, 'circular.xml');
    const model = write('circular.json', JSON.stringify(MESSAGE));
    expect(await segnatura('write', '--generation', '2013', '--out', source, model)).toMatchObject({ code: 0 });
    expect(await segnatura('convert', '--to', '3.0.0', source)).toMatchObject({ code: 1, stdout: '' });
    const { certificate, key } = sealer();
    const options = ['--documents', documents, '--seal', certificate, '--key', key];
    const ran = await segnatura('convert', '--to', '3.0.0', ...options, source);
    expect(ran.code, ran.stderr).toBe(0);
    expect(ran.stdout).toContain(createHash('sha256').update('Documento di prova').digest('base64'));
    const checked = await segnatura('check', '--json', write('sealed-circular.xml', ran.stdout));
    expect(JSON.parse(checked.stdout)).toMatchObject({ generation: '3.0.0', valid: true, seal: 'untrusted' });
  });

  it('writes the XML to standard output and the losses to standard error', async () => {
    const ran = await segnatura('convert', '--to', '2001', vector('2013/valid/segnatura-completa.xml'));
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^<\?xml version="1.0" encoding="ISO-8859-1"\?>\n<!DOCTYPE Segnatura/);
    expect(ran.stderr).toMatch(
      /^identifier\.register: La segnatura di quella versione non prevede il codice del registro: «\S+»\.$/m,
    );
    const out = join(folder, 'converted.xml');
    const quiet = await segnatura('convert', '--to', '2001', '--out', out, vector('2013/valid/segnatura-completa.xml'));
    expect(quiet).toEqual({ ...ran, stdout: '' });
    expect(readFileSync(out, 'latin1')).toContain('<!DOCTYPE Segnatura');
  });

  it('refuses when data the other generation requires is missing', async () => {
    const source = vector('2001/valid/segnatura-completa.xml');
    const ran = await segnatura('convert', '--to', '2013', source);
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('CodiceRegistro') });
    const json = await segnatura('convert', '--to', '2013', '--json', source);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ xml: null, refused: { code: 'segnatura-not-expressible' } });
    const entity = await segnatura('convert', '--to', '2013', vector('2001/invalid/entita.xml'));
    expect(entity).toMatchObject({ code: 1, stdout: '' });
  });

  it.each([
    [['convert', '/nowhere.xml']],
    [['convert', '--to', '2013', '/nowhere.xml']],
    [['convert', '--to', '2013', '--documents', '/nowhere', '/etc/hostname']],
    [['convert', '--to', '2013', '--out', '/nowhere/x.xml', vector('2013/valid/conferma.xml')]],
  ])('exits 2 for %j', async (args) => {
    expect(await segnatura(...args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/./) });
  });
});

it('segnatura and each of its commands explain themselves', async () => {
  const ran = await Promise.all([
    segnatura('--help'),
    ...['check', 'write', 'convert'].map((name) => segnatura(name, '--help')),
  ]);
  for (const each of ran)
    expect(each).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^Usage: interpro segnatura /) });
});

const MESSAGE = {
  kind: 'protocol-message',
  identifier: identifier('0000042'),
  subject: 'Convenzione',
  sender: {
    kind: 'administration',
    name: 'Comune di Esempio',
    administration: 'c_esempio',
    aoo: 'AESEMP1',
    aooName: 'Protocollo',
    address: 'protocollo@pec.esempio.example.it',
    officePath: [{ name: 'Protocollo', code: 'UPROT1', temporary: false }],
  },
  recipients: [
    {
      kind: 'administration',
      name: 'Comune di Provaria',
      administration: 'c_provaria',
      aoo: 'APROVA1',
      address: 'protocollo@pec.provaria.example.it',
      officePath: [{ name: 'Protocollo', code: 'UPROT2', temporary: false }],
    },
  ],
  classifications: [{ name: 'Convenzioni', levels: ['1', '2'] }],
  documents: [
    {
      role: 'primary',
      name: 'convenzione.pdf',
      mediaType: 'application/pdf',
      digest: { algorithm: 'SHA-256', hex: '00'.repeat(32) },
    },
  ],
};

function sealer() {
  const { cert, key } = selfSigned();
  return { certificate: write('seal.pem', cert), key: write('seal.key', key) };
}

const UNSEALED = `<?xml version="1.0" encoding="UTF-8"?>
<pec:SegnaturaInformatica xmlns:pec="http://www.agid.gov.it/protocollo/pec/" xmlns:prot="http://www.agid.gov.it/protocollo/"
 prot:versione="3.0.0" prot:lang="it"><prot:Intestazione><prot:Oggetto>Convenzione</prot:Oggetto><prot:Identificatore>
<prot:CodiceAmministrazione>c_esempio</prot:CodiceAmministrazione><prot:CodiceAOO>AESEMP1</prot:CodiceAOO>
<prot:CodiceRegistro>PROT</prot:CodiceRegistro><prot:NumeroRegistrazione>0000042</prot:NumeroRegistrazione>
<prot:DataRegistrazione>2026-03-01</prot:DataRegistrazione></prot:Identificatore></prot:Intestazione>
<prot:Descrizione/></pec:SegnaturaInformatica>`;
