import type {
  Correspondent,
  DeclaredDocument,
  Generation,
  Identifier,
  Person,
  ProtocolMessage,
  Recipient,
  ReturnMessage,
  SegnaturaMessage,
} from '../../../src/model/segnatura.ts';
import { below, seededRandom } from '../../support/random.ts';

/** Random messages that a generation can express in full, from a seed: the same seed gives the same message. */
export interface Random {
  /** 0 ≤ n < `limit`. */
  int(limit: number): number;
  chance(): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function randomFrom(seed: number): Random {
  const next = seededRandom(seed);
  const int = (limit: number): number => below(next, limit);
  return { int, chance: () => int(2) === 0, pick: (items) => items[int(items.length)] ?? items[0] };
}

const WORDS = [
  'relazione',
  'qualità',
  'perché',
  'R&D',
  '<atto>',
  '"fra virgolette"',
  "l'ufficio",
  '€ 100',
  'naïve',
  'Ωmega',
  '日本',
  '𝒳𝒴',
  ']]>',
  '\u0085riga',
  '“tipografiche”',
  'é\u0301',
  '&amp;',
] as const;

const text = (random: Random): string =>
  Array.from({ length: 1 + random.int(6) }, () => random.pick([...WORDS]))
    .join(' ')
    .trim();
const maybe = <T>(random: Random, make: () => T): T | null => (random.chance() ? make() : null);

const hasRegister = (generation: Generation): boolean => generation === '2013' || generation === '3.0.0';
const digits = (random: Random, count: number): string => Array.from({ length: count }, () => random.int(10)).join('');

function identifier(random: Random, generation: Generation, withTime = false): Identifier {
  const long = hasRegister(generation) ? random.int(4) : 0;
  const time = generation === '3.0.0' ? '09:08:07.5+01:00' : '23:59:59.125';
  return {
    administration: random.pick(['c_x001', 'esempio', 'p.x-9']),
    aoo: random.pick(['AX00001', 'protocollo']),
    register: hasRegister(generation) ? random.pick(['REG1', 'R.1_a-b', '1']) : null,
    number: digits(random, 7 + long),
    date: random.pick(['2024-02-29', '1999-12-31', '2026-01-01']),
    time: withTime || generation === '3.0.0' ? maybe(random, () => time) : null,
  };
}

function person(random: Random, generation: Generation): Person {
  const taxCode = maybe(random, () => 'SMPPRV80A01X999Z'.replace('X999', 'Z999'));
  const role = generation === '3.0.0' ? null : maybe(random, () => text(random));
  const named = {
    firstName: 'Prova',
    familyName: text(random),
    fullName: null,
    title: maybe(random, () => 'Dott.'),
    taxCode,
    role,
  };
  if (generation === '3.0.0' || random.chance()) return named;
  return { firstName: null, familyName: null, fullName: text(random), title: null, taxCode: null, role };
}

const plainPerson = (random: Random, generation: Generation): Person => ({ ...person(random, generation), role: null });

function extras(random: Random, generation: Generation): Partial<Correspondent> {
  const circular = generation !== '3.0.0';
  return {
    ...(random.chance() ? { phones: ['055 000000', '055 000001'] } : {}),
    ...(circular && random.chance() ? { faxes: ['055 000002'] } : {}),
    ...(circular && random.chance() ? { postalAddress: postal(random) } : {}),
  };
}

function postal(random: Random) {
  const none = { streetType: null, street: null, number: null, postcode: null, town: null, townCode: null };
  if (random.chance()) return { ...none, text: text(random), province: null, country: null };
  return {
    text: null,
    streetType: maybe(random, () => 'Via'),
    street: text(random),
    number: '1/a',
    postcode: '50100',
    town: 'Esempio',
    townCode: maybe(random, () => '048017'),
    province: 'FI',
    country: maybe(random, () => 'IT'),
  };
}

function administration(random: Random, generation: Generation, address: string): Correspondent {
  const three = generation === '3.0.0';
  const path = [
    { name: 'Settore', code: maybe(random, () => 'S.1'), temporary: random.chance() },
    { name: text(random), code: 'U.2', temporary: false },
  ];
  const officePath = three ? [{ name: 'Ufficio', code: 'UX1234', temporary: false }] : path;
  const office = random.int(3);
  return {
    kind: 'administration',
    name: text(random),
    administration: 'c_x002',
    aoo: 'AX00002',
    aooName: text(random),
    office: office === 0 ? null : office === 1 && !three ? 'Solo ufficio' : (officePath.at(-1)?.name ?? null),
    address,
    taxCode: three ? maybe(random, () => '01234567890') : null,
    ...(office === 0 || (office === 1 && !three) ? {} : { officePath }),
    ...(random.chance() ? { persons: [person(random, generation), person(random, generation)] } : {}),
    ...extras(random, generation),
  };
}

function recipient(random: Random, generation: Generation, copy: boolean): Recipient {
  const address = random.pick(['a@pec.example.it', 'https://servizi.example.it/protocollo', 'b.c@example.it']);
  const common = { confirmationRequested: random.chance(), copy };
  const bare = { administration: null, aoo: null, aooName: null, office: null, taxCode: null, address };
  const kind = random.pick([
    'administration',
    'legal-person',
    'person',
    generation === '3.0.0' ? 'foreign' : 'unknown',
  ]);
  if (kind === 'administration') return { ...administration(random, generation, address), ...common };
  if (kind === 'unknown') return { kind, name: '', ...bare, ...common };
  if (kind === 'foreign')
    return { kind, name: text(random), ...bare, office: maybe(random, () => text(random)), ...common };
  if (kind === 'legal-person') {
    const taxCode = generation === '3.0.0' ? maybe(random, () => '01234567890') : null;
    const persons = random.chance() ? { persons: [plainPerson(random, generation)] } : {};
    return {
      kind: 'legal-person',
      name: text(random),
      ...bare,
      taxCode,
      ...persons,
      ...extras(random, generation),
      ...common,
    };
  }
  const one = plainPerson(random, generation);
  const name = one.fullName ?? `${one.firstName} ${one.familyName}`;
  const details = { ...bare, taxCode: one.taxCode, persons: [one], ...extras(random, generation) };
  return { kind: 'person', name, ...details, ...common };
}

function document(random: Random, generation: Generation, role: DeclaredDocument['role']): DeclaredDocument {
  const three = generation === '3.0.0';
  const options = three ? (['mime', 'telematic'] as const) : (['mime', 'telematic', 'paper'] as const);
  const reference: DeclaredDocument['reference'] =
    role === 'primary' && !three && random.int(5) === 0 ? 'message-text' : random.pick([...options]);
  const mediaType = three ? 'application/pdf' : maybe(random, () => 'application/pdf');
  const bare = { role, mediaType, name: null, title: null, reference, location: null, digest: null, at: '' };
  if (reference === 'message-text') return bare;
  const algorithm: 'SHA-1' | 'SHA-256' | 'SHA-512' =
    generation === '2001' ? 'SHA-1' : three ? random.pick<'SHA-256' | 'SHA-512'>(['SHA-256', 'SHA-512']) : 'SHA-256';
  const size = { 'SHA-1': 20, 'SHA-256': 32, 'SHA-512': 64 }[algorithm];
  const digest = { algorithm, hex: Array.from({ length: size }, () => (16 + random.int(240)).toString(16)).join('') };
  const telematic = reference === 'telematic';
  return {
    ...bare,
    name: reference === 'paper' ? null : text(random),
    title: maybe(random, () => text(random)),
    location: telematic ? 'https://documenti.example.it:8443/a/b?c=d&e=%20' : null,
    digest: three ? digest : telematic ? maybe(random, () => digest) : null,
    ...(three || random.chance()
      ? {}
      : { subject: text(random), type: text(random), pages: '12', notes: text(random) }),
    ...(three || random.chance() ? {} : { firstRegistration: identifier(random, generation) }),
  };
}

export function protocolMessage(random: Random, generation: Generation): ProtocolMessage {
  const three = generation === '3.0.0';
  const own = identifier(random, generation, true);
  const address = 'protocollo@pec.esempio.example.it';
  const body = administration(random, generation, address);
  const codes = random.chance() ? { administration: own.administration, aoo: own.aoo } : {};
  const recipients = [false, ...(random.chance() ? [false, true, true] : [])].map((copy) =>
    recipient(random, generation, copy),
  );
  const documents = [
    document(random, generation, 'primary'),
    ...Array.from({ length: random.int(4) }, () => document(random, generation, 'attachment')),
  ];
  const classification = () => ({
    name: maybe(random, () => text(random)),
    levels: Array.from({ length: 1 + random.int(4) }, () => text(random)),
  });
  const folder = () => ({ name: maybe(random, () => text(random)), code: '2024-I.1-7' });
  const message = {
    identifier: identifier(random, generation),
    firstRegistration: maybe(random, () => identifier(random, generation)),
    description: null,
  };
  const references = three
    ? [{ ...message, subject: text(random), classification: classification(), folder: folder() }]
    : [message, { identifier: null, firstRegistration: null, description: text(random) }];
  return {
    kind: 'protocol-message',
    identifier: own,
    firstRegistration: maybe(random, () => identifier(random, generation)),
    subject: random.int(50) === 0 ? 'oggetto lungo '.repeat(1_430).trim() : text(random),
    sender: { ...body, ...codes },
    recipients,
    replyTo: three || random.chance() ? address : 'risposte@pec.esempio.example.it',
    confirmationRequested: recipients.some((each) => each.confirmationRequested),
    classifications: three ? [classification()] : Array.from({ length: random.int(3) }, classification),
    reserved: random.pick([null, '', text(random)]),
    operatorRequest: three ? null : random.pick([null, '', text(random)]),
    paperDocuments: three ? false : random.chance(),
    telematicReferences: three ? documents.some((each) => each.reference === 'telematic') : random.chance(),
    notes: three ? null : maybe(random, () => text(random)),
    documents,
    ...(random.chance() ? { references } : {}),
    ...(three && random.chance() ? { folder: folder() } : {}),
  };
}

export function returnMessage(random: Random, generation: Generation): ReturnMessage {
  const own = identifier(random, generation);
  const kind = random.pick(['confirmation', 'update', 'exception', 'annulment']);
  if (kind === 'annulment') return { kind, identifier: own, reason: text(random), provision: text(random) };
  const received = random.chance()
    ? { identifier: null, firstRegistration: null, description: text(random) }
    : {
        identifier: identifier(random, generation),
        firstRegistration: maybe(random, () => identifier(random, generation)),
        description: null,
      };
  if (kind === 'exception') return { kind, identifier: maybe(random, () => own), received, reason: text(random) };
  return { kind: kind === 'update' ? 'update' : 'confirmation', identifier: own, received };
}

export const anyMessage = (random: Random, generation: Generation): SegnaturaMessage =>
  random.chance() ? protocolMessage(random, generation) : returnMessage(random, generation);

/** Without the places in the XML, which only the reader adds. */
export function withoutPlaces(message: SegnaturaMessage | null): unknown {
  if (message?.kind !== 'protocol-message') return message;
  return { ...message, documents: message.documents.map((each) => ({ ...each, at: '' })) };
}

/** A seal in form only: it satisfies the grammar of 3.0.0 and signs nothing. */
export function sealedInForm(bytes: Buffer): Buffer {
  const seal =
    '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>' +
    '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>' +
    '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>' +
    '<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
    '<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>' +
    '<ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>';
  return Buffer.from(bytes.toString('utf8').replace(/<\/[a-z]+:SegnaturaInformatica>\s*$/, (end) => seal + end));
}
