import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import type { Generation, ProtocolMessage, ReturnMessage, SegnaturaMessage } from '../../../src/model/segnatura.ts';
import { needs, sharedFolder } from '../../support/shared.ts';
import { anyMessage, protocolMessage, randomFrom, returnMessage, sealedInForm, withoutPlaces } from './samples.ts';

const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);

function written(message: SegnaturaMessage, generation: Generation): Buffer {
  const result = writeMessage(message, generation);
  if (!result.ok) throw new Error(result.problem.message);
  return generation === '3.0.0' && message.kind === 'protocol-message' ? sealedInForm(result.value) : result.value;
}

describe.each(GENERATIONS)('%s', (generation) => {
  test('a written message is valid and read as the same message without problems', () => {
    for (let seed = 0; seed < 600; seed += 1) {
      const message = anyMessage(randomFrom(seed), generation);
      const read = readSegnatura(written(message, generation), validate);
      if (!read.ok) throw new Error(`seed ${seed}: ${read.problem.message}`);
      expect({ seed, problems: read.value.problems }).toEqual({ seed, problems: [] });
      expect({ seed, ...read.value, message: withoutPlaces(read.value.message) }).toMatchObject({
        seed,
        generation,
        valid: true,
      });
      expect(withoutPlaces(read.value.message)).toEqual(withoutPlaces(message));
    }
  });

  test('control characters and lone surrogates are refused and never written', () => {
    for (const bad of ['a\0b', 'a\x1fb', 'a\ud800b', '\udc00', 'a\uffffb', 'a\x0bb']) {
      const message: SegnaturaMessage = { ...returnMessageOf(generation, 'annulment'), reason: bad } as ReturnMessage;
      const result = writeMessage(message, generation);
      expect(result).toMatchObject({ ok: false, problem: { code: 'segnatura-illegal-character' } });
      if (!result.ok) expect(result.problem.at).toContain('Motivo');
      const whole = { ...protocolMessage(randomFrom(1), generation) };
      const named = { ...whole, documents: whole.documents.map((each) => ({ ...each, name: bad, reference: 'mime' })) };
      expect(writeMessage(named as SegnaturaMessage, generation)).toMatchObject({ ok: false });
    }
  });
});

function returnMessageOf(generation: Generation, kind: ReturnMessage['kind']): ReturnMessage {
  for (let seed = 0; ; seed += 1) {
    const message = returnMessage(randomFrom(seed), generation);
    if (message.kind === kind) return message;
  }
}

describe('forms', () => {
  const text = (message: SegnaturaMessage, generation: Generation, encoding: BufferEncoding = 'utf8') =>
    written(message, generation).toString(encoding);
  const sample = (generation: Generation) => ({ ...protocolMessage(randomFrom(3), generation), subject: 'Perché € 𝒳' });

  test('2001 is ISO-8859-1 with a DOCTYPE; other characters are written by number', () => {
    const xml = text(sample('2001'), '2001', 'latin1');
    expect(xml).toContain('<?xml version="1.0" encoding="ISO-8859-1"?>\n<!DOCTYPE Segnatura SYSTEM "Segnatura.dtd">');
    expect(xml).toContain('versione="2001-05-07" xml:lang="it"');
    expect(xml).toContain('<Oggetto>Perch\xe9 &#8364; &#119987;</Oggetto>');
  });

  test('2013 has its namespace and neither version nor language', () => {
    const xml = text(sample('2013'), '2013');
    expect(xml).toContain('<Segnatura xmlns="http://www.digitPa.gov.it/protocollo/">');
    expect(xml).not.toContain('versione');
    expect(xml).toContain('<CodiceRegistro>');
  });

  test('3.0.0 qualifies its attributes, with the mail root', () => {
    const xml = text(sample('3.0.0'), '3.0.0');
    expect(xml).toMatch(/<pec:SegnaturaInformatica [^>]*prot:versione="3\.0\.0" prot:lang="it">/);
    expect(text(returnMessageOf('3.0.0', 'confirmation'), '3.0.0')).toMatch(
      /<pec:ConfermaRicezione [^>]*pec:lang="it">/,
    );
  });

  test('3.0.0 is written unsealed, and lacks only the seal to be valid', () => {
    const result = writeMessage(sample('3.0.0'), '3.0.0');
    if (!result.ok) throw new Error(result.problem.message);
    const verdict = validate(result.value, '3.0.0');
    expect(verdict.valid).toBe(false);
    expect(verdict.problems.map(({ message }) => message).join()).toContain('Signature');
    expect(validate(sealedInForm(result.value), '3.0.0').valid).toBe(true);
  });
});

describe('refusals name the field', () => {
  const base = (generation: Generation) => protocolMessage(randomFrom(5), generation);
  const refusal = (message: SegnaturaMessage, generation: Generation): string => {
    const result = writeMessage(message, generation);
    if (result.ok) throw new Error(`written: ${result.value}`);
    expect(result.problem.code).toBe('segnatura-not-expressible');
    return result.problem.at;
  };
  const { identifier: id } = base('2013');

  test.each([
    ['2001', { identifier: { ...id, number: '12345678' } }, 'NumeroRegistrazione'],
    ['2001', { identifier: { ...id, number: '123' } }, 'NumeroRegistrazione'],
    ['2013', { identifier: { ...id, number: '123456' } }, 'NumeroRegistrazione'],
    ['2013', { identifier: { ...id, register: null } }, 'CodiceRegistro'],
    ['3.0.0', { identifier: { ...id, register: 'a'.repeat(17) } }, 'CodiceRegistro'],
    ['3.0.0', { identifier: { ...id, date: '2023-02-29' } }, 'DataRegistrazione'],
    ['2001', { subject: '' }, 'Oggetto'],
    ['2001', { recipients: [] }, 'Destinazione'],
    ['3.0.0', { recipients: [] }, 'Destinatario'],
    ['3.0.0', { classifications: [] }, 'Classifica'],
    [
      '3.0.0',
      { classifications: [{ name: null, levels: Array.from({ length: 100_000 }, String) }] },
      'Classifica/CodicePath',
    ],
    ['2013', { documents: [] }, 'Descrizione/Documento'],
    ['3.0.0', { documents: [] }, 'DocumentoPrimario'],
    ['2001', { sender: { ...base('2001').sender, kind: 'person' } }, 'Mittente/Amministrazione'],
    ['2001', { sender: { ...base('2001').sender, address: null } }, 'Origine/IndirizzoTelematico'],
    [
      '3.0.0',
      { documents: base('3.0.0').documents.map((each) => ({ ...each, digest: null })) },
      'DocumentoPrimario/Impronta',
    ],
  ] as const)('%s %#', (generation, change, field) => {
    expect(refusal({ ...base(generation), ...change } as SegnaturaMessage, generation)).toBe(field);
  });

  test('an annulment without a provision', () => {
    const message = { ...returnMessageOf('2013', 'annulment'), provision: '' } as ReturnMessage;
    expect(refusal(message, '2013')).toBe('Provvedimento');
  });
});

describe('references inside a message', () => {
  const base = protocolMessage(randomFrom(11), '2013');
  const [primary, ...rest] = base.documents;
  if (primary === undefined) throw new Error('no document');
  const attachment = { ...primary, role: 'attachment', reference: 'mime', name: 'b.pdf' } as const;
  const inDossier = (dossier: number, dossiers: ProtocolMessage['dossiers'] = []) =>
    writeMessage({ ...base, documents: [primary, ...rest, { ...attachment, dossier }], dossiers }, '2013');

  test.each([
    ['no such dossier', 3, [{}]],
    ['a dossier inside itself', 0, [{ inside: 0 }]],
    ['two inside each other', 0, [{ inside: 1 }, { inside: 0 }]],
    [
      'too many levels',
      9_999,
      Array.from({ length: 10_000 }, (_, index) => (index === 0 ? {} : { inside: index - 1 })),
    ],
  ])('%s', (_what, dossier, dossiers) => {
    expect(inDossier(dossier, dossiers)).toMatchObject({ ok: false, problem: { at: 'Allegati/Fascicolo' } });
  });

  test('a dossier without documents is left out', () => {
    const written = inDossier(1, [{ code: 'vuoto' }, { code: 'pieno' }]);
    expect(written.ok && written.value.toString()).not.toContain('vuoto');
    expect(written.ok && written.value.toString()).toContain('pieno');
  });

  test('ids that are no names or not unique, and references without target, are left out', () => {
    const documents = [
      { ...primary, reference: 'mime', name: 'a.pdf', id: 'd1' },
      { ...attachment, id: 'd1' },
      { ...attachment, id: '1 d' },
      { ...attachment, repeats: 'd1' },
      { ...attachment, repeats: 'd9' },
    ] as const;
    const result = writeMessage({ ...base, documents }, '2013');
    if (!result.ok) throw new Error(result.problem.message);
    expect(validate(result.value, '2013')).toEqual({ valid: true, problems: [] });
    expect(result.value.toString().match(/ (?:id|rife)="[^"]*"/g)).toEqual([' id="d1"', ' rife="d1"']);
  });
});

describe('every message that was read can be answered', () => {
  const own = (generation: Generation) => protocolMessage(randomFrom(7), generation).identifier;
  const odd = [
    { number: '123', register: null },
    { number: '123456789012', register: null },
    { number: '123', register: 'R1' },
    { number: '0000001', register: 'un registro con un nome lungo' },
    { administration: 'COMUNICAZIONE', aoo: 'COMUNICAZIONE', number: 'id@example.it', register: null },
  ];

  test.each(GENERATIONS)('%s: identifiers outside the norm are given back in a valid answer', (generation) => {
    for (const change of odd) {
      const identifier = { ...own(generation), ...change };
      const received = { identifier, firstRegistration: identifier, description: null };
      const bytes = written({ kind: 'confirmation', identifier: own(generation), received }, generation);
      expect(validate(bytes, generation)).toEqual({ valid: true, problems: [] });
      if (generation !== '3.0.0') expect(bytes.toString('utf8')).toContain(`>${change.number}<`);
    }
  });
});

const run = promisify(execFile);
const official = sharedFolder();
const xmllint = ['/usr/bin/xmllint', '/usr/local/bin/xmllint'].find(existsSync) ?? '';

describe.skipIf(!needs(official !== null && xmllint !== '', 'xmllint and the official grammars'))('xmllint', () => {
  const grammar = (name: string) => join(official ?? '', 'official', name);
  const judge = async (args: readonly string[], files: readonly string[]) =>
    run(xmllint, ['--noout', '--nonet', ...args, ...files]).then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );

  async function inFiles(generation: Generation, judged: (files: readonly string[]) => Promise<void>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), 'segnatura-'));
    try {
      const files: string[] = [];
      for (let seed = 1_000; seed < 1_200; seed += 1) {
        const file = join(folder, `${seed}.xml`);
        await writeFile(file, written(anyMessage(randomFrom(seed), generation), generation));
        files.push(file);
      }
      await judged(files);
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  test.each([
    ['2001', ['--dtdvalid', 'segnatura_2001.dtd']],
    ['2013', ['--schema', 'segnatura_2013.xsd']],
    ['3.0.0', ['--schema', 'pec_message.xsd']],
  ] as const)('finds what we write in %s valid against the official grammar', async (generation, [option, name]) => {
    await inFiles(generation, async (files) => {
      const said = await judge([option, grammar(name)], files);
      expect(said.split('\n').filter((line) => /fails|error|does not validate/.test(line))).toEqual([]);
    });
  });

  test('rejects a document with a register in 2001, so its verdict means something', async () => {
    await inFiles('2013', async (files) => {
      expect(await judge(['--dtdvalid', grammar('segnatura_2001.dtd')], files.slice(0, 3))).toContain(
        'does not validate',
      );
    });
  });
});
