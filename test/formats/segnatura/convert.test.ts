import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { loadGrammars } from '../../../src/adapters/grammar-files.ts';
import { convert } from '../../../src/formats/segnatura/convert.ts';
import { readSegnatura, type Validate } from '../../../src/formats/segnatura/read.ts';
import { writeMessage } from '../../../src/formats/segnatura/write.ts';
import { PROBLEMS } from '../../../src/kernel/problems.ts';
import type {
  Correspondent,
  Generation,
  ProtocolMessage,
  ReturnMessage,
  SegnaturaMessage,
} from '../../../src/model/segnatura.ts';
import { official2009, officialPath } from '../../support/grammar-corpus.ts';
import { type GrammarKind, generateValid, KINDS } from '../../support/grammar-generator.ts';
import { LONG } from '../../support/long.ts';
import { chosenSeed, seededRandom } from '../../support/random.ts';
import { needs, sharedFolder } from '../../support/shared.ts';
import { hasXmllint, xmllintVerdicts } from '../../support/xmllint.ts';
import { sealedInForm } from './samples.ts';

const GENERATIONS = ['2001', '2009', '2013', '3.0.0'] as const;
const grammars = await loadGrammars();
const validate: Validate = (bytes, generation) => grammars.validate(bytes, generation);

const hex = 'ab'.repeat(32);
const sender: Correspondent = {
  kind: 'administration',
  name: 'Comune di Esempio',
  administration: 'c-x001',
  aoo: 'AX0001',
  aooName: 'Protocollo generale',
  office: null,
  address: 'protocollo@pec.esempio.example.it',
  taxCode: null,
};
const recipient = {
  ...sender,
  name: 'Comune di Provaria',
  administration: 'c-x002',
  aoo: 'AX0002',
  address: 'protocollo@pec.provaria.example.it',
  confirmationRequested: true,
  copy: false,
};
const document = {
  role: 'primary',
  name: 'a.pdf',
  mediaType: 'application/pdf',
  title: 'Relazione',
  reference: 'mime',
  location: null,
  digest: null,
  at: '',
} as const;
/** Only what every generation can express. */
const PLAIN: ProtocolMessage = {
  kind: 'protocol-message',
  identifier: {
    administration: 'c-x001',
    aoo: 'AX0001',
    register: null,
    number: '0000123',
    date: '2024-02-29',
    time: null,
  },
  firstRegistration: null,
  subject: 'Trasmissione della relazione',
  sender,
  recipients: [recipient],
  replyTo: sender.address,
  confirmationRequested: true,
  classifications: [{ name: 'Affari', levels: ['I', '2'] }],
  reserved: null,
  operatorRequest: null,
  paperDocuments: false,
  telematicReferences: false,
  notes: null,
  documents: [document],
};
const ANSWER: ReturnMessage = {
  kind: 'confirmation',
  identifier: PLAIN.identifier,
  received: { identifier: { ...PLAIN.identifier, number: '0000456' }, firstRegistration: null, description: null },
};
const hasRegister = (generation: Generation) => generation === '2013' || generation === '3.0.0';

/** The plain message as that generation has it: with a register, with a digest. */
function plain(generation: Generation): ProtocolMessage {
  const register = hasRegister(generation) ? 'PROT' : null;
  const digest = generation === '3.0.0' ? { algorithm: 'SHA-256', hex } : null;
  return {
    ...PLAIN,
    identifier: { ...PLAIN.identifier, register },
    documents: [{ ...document, digest }],
  };
}
const supplied = { register: 'PROT', digests: new Map([['a.pdf', { algorithm: 'SHA-256', hex }]]) };
const pairs = GENERATIONS.flatMap((from) => GENERATIONS.map((to) => [from, to] as const));

/** What any message loses between the two. */
function always(from: Generation, to: Generation): string[] {
  if (from === to) return [];
  const codes = from === '3.0.0' ? ['convert-digest', 'convert-seal'] : [];
  return (hasRegister(from) && !hasRegister(to) ? [...codes, 'convert-register'] : codes).sort();
}

function converted(message: SegnaturaMessage, from: Generation, to: Generation) {
  const result = convert(message, from, to, supplied);
  if (!result.ok) return { refused: result.problem.at, codes: [], lost: [], message: null };
  const { lost } = result.value;
  for (const each of lost) {
    expect(PROBLEMS).toHaveProperty(each.code);
    expect(each.message).not.toMatch(/\{detail\}|undefined|\[object/);
  }
  return {
    refused: null,
    codes: [...new Set(lost.map(({ code }) => code))].sort(),
    lost,
    message: result.value.message,
  };
}

function writtenValid(message: SegnaturaMessage, generation: Generation): Buffer {
  const written = writeMessage(message, generation);
  if (!written.ok) throw new Error(written.problem.message);
  const bytes =
    generation === '3.0.0' && message.kind === 'protocol-message' ? sealedInForm(written.value) : written.value;
  expect(validate(bytes, generation)).toEqual({ valid: true, problems: [] });
  return bytes;
}

describe.each(pairs)('%s to %s', (from, to) => {
  test('a plain message loses nothing else', () => {
    const { codes, message, refused } = converted(plain(from), from, to);
    expect({ refused, codes }).toEqual({ refused: null, codes: always(from, to) });
    if (message === null) return;
    writtenValid(message, to);
    if (from !== to)
      expect(message).toMatchObject({
        ...PLAIN,
        documents: [{ name: 'a.pdf', title: 'Relazione' }],
        identifier: { number: '0000123' },
      });
  });

  test('and back again', () => {
    const there = converted(plain(from), from, to).message;
    if (there === null) throw new Error('refused');
    const back = converted(there, to, from).message;
    expect(back).toMatchObject({
      subject: PLAIN.subject,
      sender: { name: sender.name },
      recipients: [{ address: recipient.address }],
    });
  });

  test('an answer', () => {
    const register = hasRegister(from) ? 'PROT' : null;
    const received = { ...ANSWER.received, identifier: { ...ANSWER.identifier, register, number: '0000456' } } as const;
    const { codes, message } = converted(
      { ...ANSWER, identifier: { ...ANSWER.identifier, register }, received } as ReturnMessage,
      from,
      to,
    );
    const lost = from === to ? [] : hasRegister(from) && !hasRegister(to) ? ['convert-register'] : [];
    // 3.0.0 cannot name a registration without a register, so it is given in words.
    if (!hasRegister(from) && to === '3.0.0') lost.push('convert-received');
    expect(codes).toEqual(lost);
    if (message !== null) writtenValid(message, to);
  });
});

const paperAndText = { ...document, role: 'attachment', name: null, reference: 'paper' } as const;
const postalAddress = {
  text: null,
  streetType: 'Via',
  street: 'Prova',
  number: '1',
  postcode: '50100',
  town: 'Esempio',
  townCode: '048017',
  province: 'EX',
  country: null,
};
const offices = ['Settore', 'Servizio', 'Ufficio', 'Sportello'].map((name, index) => ({
  name,
  code: `U${index}`,
  temporary: false,
}));
const seven = { ...PLAIN.identifier, register: 'PROT' };
const telematic = { ...document, reference: 'telematic', location: 'https://documenti.example.it/a.pdf' } as const;

/** A change to the plain message and what it loses besides what is always lost, or the field that is refused. */
test.each<readonly [string, Generation, Generation, Partial<ProtocolMessage>, readonly string[] | string]>([
  ['a number of eight digits', '2013', '2001', { identifier: { ...seven, number: '12345678' } }, 'NumeroRegistrazione'],
  [
    'a number with zeros in front',
    '2013',
    '2001',
    { identifier: { ...seven, number: '00012345678'.slice(0, 9) } },
    ['convert-number'],
  ],
  ['a long code', '2013', '2009', { identifier: { ...seven, aoo: 'protocollo_1' } }, ['convert-code']],
  [
    'offices within offices',
    '2013',
    '3.0.0',
    { sender: { ...sender, office: 'Sportello', officePath: offices } },
    ['convert-office'],
  ],
  [
    'an office without a code',
    '2001',
    '3.0.0',
    { sender: { ...sender, office: 'Ufficio tecnico' } },
    ['convert-office'],
  ],
  ['copies only', '3.0.0', '2013', { recipients: [{ ...recipient, copy: true }] }, ['convert-copy']],
  ['copies', '2013', '3.0.0', { recipients: [recipient, { ...recipient, copy: true }] }, []],
  ['copies, the other way', '3.0.0', '2001', { recipients: [{ ...recipient, copy: true }, recipient] }, []],
  ['a reason for the reserve', '2001', '3.0.0', { reserved: 'Dati personali' }, []],
  ['a reason for the reserve, the other way', '3.0.0', '2001', { reserved: 'Dati personali' }, []],
  ['a note without reserve', '3.0.0', '2013', { reserve: { value: false, note: 'x' } }, ['convert-reserved']],
  [
    'a digest of SHA-1',
    '2001',
    '2013',
    { documents: [{ ...telematic, digest: { algorithm: 'SHA-1', hex: 'ab'.repeat(20) } }] },
    ['convert-digest'],
  ],
  [
    'a digest of SHA-256',
    '2009',
    '2001',
    { documents: [{ ...telematic, digest: { algorithm: 'SHA-256', hex } }] },
    ['convert-digest'],
  ],
  [
    'a digest of SHA-256, kept',
    '2009',
    '2013',
    { documents: [{ ...telematic, digest: { algorithm: 'SHA-256', hex } }] },
    [],
  ],
  [
    'a hexadecimal digest',
    '2009',
    '2013',
    { documents: [{ ...telematic, digest: { algorithm: 'SHA-256', hex, written: hex } }] },
    ['convert-digest-encoding'],
  ],
  [
    'a foreign body',
    '3.0.0',
    '2013',
    { recipients: [{ ...recipient, kind: 'foreign', administration: null, aoo: null, aooName: null }] },
    ['convert-foreign'],
  ],
  ['a foreign sender', '3.0.0', '2013', { sender: { ...sender, kind: 'foreign' } }, 'Mittente/Amministrazione'],
  ['an AOO without a name', '3.0.0', '2013', { sender: { ...sender, aooName: null } }, ['convert-aoo-name']],
  [
    'signature flags',
    '3.0.0',
    '2013',
    { documents: [{ ...document, digest: { algorithm: 'SHA-256', hex }, signed: 'inside' }] },
    ['convert-signature-flags'],
  ],
  [
    'credentials',
    '3.0.0',
    '2013',
    {
      telematicReferences: true,
      documents: [
        {
          ...telematic,
          digest: { algorithm: 'SHA-256', hex },
          place: { host: 'https://documenti.example.it', path: '/a.pdf', user: 'u', password: 'p' },
        },
      ],
    },
    ['convert-place'],
  ],
  ['a postcode of five digits', '2001', '3.0.0', { sender: { ...sender, postalAddress } }, ['convert-postal-address']],
  [
    'a postcode of six digits',
    '2001',
    '3.0.0',
    {
      sender: { ...sender, postalAddress: { ...postalAddress, postcode: '050100', province: null, country: 'Italia' } },
    },
    [],
  ],
  ['a paper document', '2001', '3.0.0', { documents: [document, paperAndText] }, 'Allegato'],
  [
    'the text of the mail',
    '2001',
    '3.0.0',
    { documents: [{ ...document, name: null, reference: 'message-text' }] },
    'DocumentoPrimario',
  ],
  ['no classification', '2001', '3.0.0', { classifications: [] }, 'Classifica'],
  [
    'several classifications',
    '2001',
    '3.0.0',
    { classifications: [...PLAIN.classifications, ...PLAIN.classifications] },
    ['convert-classification'],
  ],
  [
    'names of levels',
    '2001',
    '3.0.0',
    { classifications: [{ name: 'a', levels: ['I', '2'], levelNames: ['titolo', null] }] },
    [],
  ],
  ['notes', '2013', '3.0.0', { notes: 'x' }, ['convert-notes']],
  ['a request for an operator', '2013', '3.0.0', { operatorRequest: 'x' }, ['convert-operator-request']],
  ['documents on paper', '2013', '3.0.0', { paperDocuments: true }, ['convert-paper-documents']],
  ['documents elsewhere', '2013', '3.0.0', { telematicReferences: true }, ['convert-telematic-references']],
  ['another address for answers', '2013', '3.0.0', { replyTo: 'x@example.it' }, ['convert-reply']],
  ['further information', '2013', '2001', { moreInfo: { schema: 'x', internal: '<a/>' } }, ['convert-more-info']],
  [
    'the clock of the network',
    '2001',
    '2013',
    { clock: 'network', identifier: { ...PLAIN.identifier, time: '10:20:30' } },
    [],
  ],
  [
    'the clock of the network, to 3.0.0',
    '2001',
    '3.0.0',
    { clock: 'network', identifier: { ...PLAIN.identifier, time: '10:20:30' } },
    ['convert-time'],
  ],
  ['a time with a zone', '3.0.0', '2013', { identifier: { ...seven, time: '10:20:30Z' } }, ['convert-time']],
  ['a folder', '3.0.0', '2013', { folder: { name: 'x', code: 'y' } }, ['convert-folder']],
  [
    'dossiers',
    '2001',
    '3.0.0',
    { dossiers: [{ code: 'x' }], documents: [document, { ...document, role: 'attachment', dossier: 0 }] },
    ['convert-dossier'],
  ],
  ['no media type', '2001', '3.0.0', { documents: [{ ...document, mediaType: null }] }, ['convert-media-type']],
  ['no digest', '2001', '3.0.0', { documents: [{ ...document, name: 'b.pdf' }] }, 'DocumentoPrimario/Impronta'],
  ['no subject', '2001', '2013', { subject: '' }, 'Oggetto'],
])('%s, %s to %s', (_what, from, to, change, expected) => {
  const base = plain(from);
  const { refused, codes, lost, message } = converted({ ...base, ...change }, from, to);
  if (typeof expected === 'string') return expect(refused).toBe(expected);
  expect(refused).toBeNull();
  const usual = always(from, to);
  expect(codes.filter((code) => !usual.includes(code))).toEqual(expected.filter((code) => !usual.includes(code)));
  for (const each of lost) if (each.code !== 'convert-seal') expect(each.at).not.toBe('');
  if (message !== null) writtenValid(message, to);
});

test('no sentence contains credentials', () => {
  const place = { host: 'https://documenti.example.it', path: '/a.pdf', password: 'segreta' };
  const message = { ...plain('3.0.0'), documents: [{ ...telematic, digest: { algorithm: 'SHA-256', hex }, place }] };
  const { lost } = converted(message, '3.0.0', '2013');
  expect(JSON.stringify(lost)).toContain('convert-place');
  expect(JSON.stringify(lost)).not.toContain('segreta');
});

const seed = chosenSeed();
const count = LONG ? 400 : 20;

/** Conversions of generated messages into one generation. */
function conversions(to: Generation): { readonly bytes: Buffer[]; readonly refused: number } {
  const bytes: Buffer[] = [];
  let refused = 0;
  for (const kind of Object.keys(KINDS) as GrammarKind[]) {
    for (const root of KINDS[kind].roots) {
      for (let index = 0; index < count; index += 1) {
        const read = readSegnatura(generateValid(kind, root, seededRandom(seed + index * 7_919)).bytes, validate);
        if (!read.ok || read.value.message === null) throw new Error(`SEED=${seed} #${index} ${kind} ${root}`);
        if (read.value.generation === to) continue;
        const digests = { get: () => ({ algorithm: 'SHA-256', hex }) } as unknown as ReadonlyMap<string, never>;
        const result = convert(read.value.message, read.value.generation, to, { register: 'PROT', digests });
        if (result.ok) bytes.push(writtenValid(result.value.message, to));
        else {
          refused += 1;
          expect(result.problem).toMatchObject({ code: 'segnatura-not-expressible', at: expect.stringMatching(/./) });
        }
      }
    }
  }
  return { bytes, refused };
}

describe('generated messages', () => {
  const official = sharedFolder();
  const scratch = mkdtempSync(join(tmpdir(), 'convert-'));
  afterAll(() => rmSync(scratch, { recursive: true }));

  test.each(GENERATIONS)(`converted to %s are valid, SEED=${seed}`, { timeout: 300_000 }, (to) => {
    const { bytes, refused } = conversions(to);
    expect(bytes.length).toBeGreaterThan(refused / 2);
    if (!needs(official !== null && hasXmllint(), 'xmllint and the official grammars') || official === null) return;
    let grammar = officialPath(
      official,
      { '2001': 'segnatura-2001.dtd', '2009': '', '2013': 'segnatura-2013.xsd', '3.0.0': 'mail-3.0.0.xsd' }[to],
    );
    if (to === '2009') {
      grammar = join(scratch, '2009.dtd');
      writeFileSync(
        grammar,
        official2009(readFileSync(officialPath(official, 'segnatura-2001.dtd'), 'latin1')),
        'latin1',
      );
    }
    expect(xmllintVerdicts(grammar, bytes).every(Boolean)).toBe(true);
  });
});
