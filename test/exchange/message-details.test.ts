/** What one council says of its message is what the other one's API shows of it, in every generation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailAddress } from '../../src/kernel/ids.ts';
import { type Caller, caller, type Json } from '../support/node.ts';
import { NODE_TOKEN } from '../support/node-token.ts';
import { type Councils, PROVARIA, sealed, startCouncils, until } from './councils.ts';

const REPLIES = 'risposte@pec.esempio.example.it' as MailAddress;
const FROM = 'aoo=c_esempio/AESEMP1';
const AT = 'aoo=c_provaria/APROVA1';

let councils: Councils;
let esempio: Caller;
let provaria: Caller;
beforeAll(async () => {
  councils = await startCouncils({
    async change(own, sandbox) {
      const one = await sealed(own, sandbox);
      if (own.administration !== 'c_esempio') return one;
      await sandbox.addMailbox({ address: REPLIES, password: 'segreta' });
      const [first] = own.mailboxes;
      if (first === undefined) throw new Error('an office without a mailbox');
      const replies = { address: REPLIES, account: { ...first.account, user: REPLIES } };
      return { ...one, mailboxes: [first, replies] };
    },
  });
  [esempio, provaria] = [councils.esempio, councils.provaria].map(({ service }) =>
    caller(`http://127.0.0.1:${service.address.port}`, NODE_TOKEN),
  ) as [Caller, Caller];
});
afterAll(() => councils?.stop());

const TEXT = 'Gentili colleghi,\n\nsi chiede riscontro entro il 30 marzo: è «urgente».\n.\nCordiali saluti';
const REFERENCE = {
  identifier: { administration: 'c_provaria', aoo: 'APROVA1', register: 'PROT', number: '0000007', date: '2026-02-01' },
  subject: 'Richiesta di parere',
  classification: { name: 'Ambiente', levels: ['6', '9'] },
  folder: { code: '2026/6.9/3', name: 'Pareri' },
};
const EARLIER = { description: 'Nota del 3 febbraio 2026, non protocollata' };
const DETAILS = {
  text: TEXT,
  sender: {
    offices: [{ name: 'Area tecnica' }, { name: 'Ufficio Ambiente', code: 'UESE01' }],
    persons: [{ firstName: 'Anna', familyName: 'Prova', title: 'Ing.', role: 'Responsabile' }],
  },
  replyTo: REPLIES,
  reserved: { reason: 'Dati personali' },
  notes: 'Seguirà originale.',
  folder: { code: '2026/6.9/4', name: 'Conferenza dei servizi' },
  references: [REFERENCE, EARLIER],
  proceedings: [{ kind: 'proceeding', code: 'P-9', type: 'Autorizzazione', subject: 'Impianto' }],
  documentDetails: [
    { title: 'Parere', subject: 'Parere tecnico', type: 'Parere', notes: 'Copia conforme' },
    { title: 'Planimetria' },
  ],
};

const documents = () => {
  const form = new FormData();
  form.append('file', new Blob(['Parere.'], { type: 'text/plain' }), 'parere.txt');
  form.append('file', new Blob(['Planimetria.'], { type: 'text/plain' }), 'planimetria.txt');
  return form;
};
async function sent(generation: string, details: object) {
  const form = new FormData();
  const message = {
    subject: `Parere in ${generation}`,
    recipients: [{ to: PROVARIA.address }],
    addressAsItIs: true,
    classification: ['6', '9'],
    generation,
    ...details,
  };
  form.set('message', JSON.stringify(message));
  for (const [name, file] of documents()) form.append(name, file as File);
  return esempio('POST', `/outgoing-messages/with-documents?${FROM}`, { body: form });
}
const arrived = (number: string): Promise<Json> =>
  until(`${number} has arrived`, async () => {
    const { items } = (await provaria('GET', `/incoming-messages?limit=500&${AT}`)).json;
    const item = items.find((one: Json) => one.peerNumber?.startsWith(number));
    return item && (await provaria('GET', `/incoming-messages/${item.id}?${AT}`)).json;
  });
const codes = (warnings: Json): string[] => warnings.map(({ pointer, code }: Json) => `${pointer} ${code}`).sort();

describe('what is said of a message', () => {
  it.each(['2001', '2009', '2013'])('arrives in %s, but for what that form has no place for', async (generation) => {
    const answer = await sent(generation, DETAILS);
    expect(answer.status, `${answer.bytes}`).toBe(201);
    expect(codes(answer.json.recipients[0].warnings)).toEqual([
      '/folder convert-folder',
      '/references/0/classification convert-references',
      '/references/0/folder convert-folder',
      ...(generation === '2013' ? [] : ['/references/0/identifier/register convert-register']),
      '/references/0/subject convert-references',
    ]);
    const shown = await arrived(answer.json.registration.number);
    const { register, ...rest } = REFERENCE.identifier;
    expect(shown).toMatchObject({
      text: TEXT,
      segnatura: {
        generation,
        valid: true,
        sender: { offices: DETAILS.sender.offices, persons: DETAILS.sender.persons },
        recipients: [{ address: PROVARIA.address, copy: false, confirmationRequested: true }],
        replyTo: REPLIES,
        reserved: DETAILS.reserved,
        notes: DETAILS.notes,
        classifications: [{ levels: ['6', '9'] }],
        references: [{ identifier: generation === '2013' ? REFERENCE.identifier : rest }, EARLIER],
        proceedings: [{ ...DETAILS.proceedings[0], administration: 'c_esempio', aoo: 'AESEMP1' }],
        documents: [
          { name: 'parere.txt', ...DETAILS.documentDetails[0] },
          { name: 'planimetria.txt', title: 'Planimetria' },
        ],
      },
    });
    expect(shown.segnatura.documents[1]).not.toHaveProperty('subject');
    expect(register).toBe('PROT');
    expect(shown.problems.map(({ code }: Json) => code)).toEqual(['document-unsigned', 'reply-address-ignored']);
  });

  it('arrives in 3.0.0, but for what that form has no place for', async () => {
    const persons = [...DETAILS.sender.persons, { familyName: 'Rossi' }];
    const answer = await sent('3.0.0', { ...DETAILS, sender: { ...DETAILS.sender, persons } });
    expect(answer.status, `${answer.bytes}`).toBe(201);
    expect(codes(answer.json.recipients[0].warnings)).toEqual([
      '/documentDetails/0/notes convert-notes',
      '/documentDetails/0/subject convert-document',
      '/documentDetails/0/type convert-document',
      '/notes convert-notes',
      '/proceedings convert-proceedings',
      '/references/1 convert-references',
      '/sender/offices/0 convert-office',
      '/sender/persons/0/role convert-person',
      '/sender/persons/1 convert-person',
    ]);
    const says = Object.fromEntries(
      answer.json.recipients[0].warnings.map(({ pointer, message }: Json) => [pointer, message]),
    );
    const segnatura = 'La segnatura 3.0.0 del destinatario non prevede';
    expect(says).toMatchObject({
      '/notes': `${segnatura} le note: «Seguirà originale.».`,
      '/proceedings': `${segnatura} il procedimento: «P-9».`,
      '/references/1': `${segnatura} per intero i riferimenti ad altri messaggi: «${EARLIER.description}».`,
      '/sender/offices/0': `${segnatura} questa indicazione dell'ufficio: «Area tecnica».`,
      '/sender/persons/1': `${segnatura} questi dati di una persona: «Rossi».`,
    });
    const shown = await arrived(answer.json.registration.number);
    const { role: _, ...person } = DETAILS.sender.persons[0] ?? {};
    expect(shown).toMatchObject({
      text: TEXT,
      segnatura: {
        generation: '3.0.0',
        valid: true,
        seal: 'valid',
        sender: { offices: [DETAILS.sender.offices[1]], persons: [person] },
        replyTo: REPLIES,
        reserved: DETAILS.reserved,
        folder: DETAILS.folder,
        references: [REFERENCE],
        documents: [{ title: 'Parere' }, { title: 'Planimetria' }],
      },
    });
    expect(shown.problems.map(({ code }: Json) => code)).toEqual(['document-unsigned', 'reply-address-ignored']);
  });

  it('may be nothing at all: such a message is written as ever', async () => {
    const answer = await sent('2013', {});
    expect(answer.json.recipients[0]).not.toHaveProperty('warnings');
    const shown = await arrived(answer.json.registration.number);
    expect(shown.text).toContain('trasmette un messaggio protocollato');
    expect(shown.segnatura).toMatchObject({ sender: { offices: [], persons: [] }, references: [] });
    for (const name of ['reserved', 'notes', 'folder']) expect(shown.segnatura).not.toHaveProperty(name);
  });
});

describe('what is said wrongly', () => {
  it.each([
    ['an address for answers that is of another office', { replyTo: PROVARIA.address }, 422, '/replyTo'],
    ['a reference to nothing', { references: [EARLIER, { subject: 'x' }] }, 400, '/references/1'],
    ['a reference to two things', { references: [{ ...EARLIER, ...REFERENCE }] }, 400, '/references/0'],
    ['a third of two documents', { documentDetails: [{}, {}, { title: 'x' }] }, 400, '/documentDetails/2'],
    ['a person without a family name', { sender: { persons: [{ role: 'x' }] } }, 400, '/sender/persons/0/familyName'],
    ['a text of blanks', { text: ' \n ' }, 400, '/text'],
    ['a name that is not known', { sender: { office: 'x' } }, 400, '/sender/office'],
  ])('is refused where it stands: %s', async (_, details, status, pointer) => {
    const numbers = async () =>
      (await esempio('GET', `/registrations?${FROM}`)).json.items.map(({ number }: Json) => number);
    const before = await numbers();
    const refused = await sent('2013', details);
    expect([refused.status, refused.json.errors?.[0].pointer]).toEqual([status, pointer]);
    if (status === 422) expect(refused.json).toMatchObject({ code: 'reply-address-not-own' });
    expect(await numbers()).toEqual(before);
  });

  it('is refused where it stands: a name twice', async () => {
    const form = documents();
    form.set('message', '{"subject":"Prova","recipients":[{"to":"a","to":"b"}]}');
    const refused = await esempio('POST', `/outgoing-messages/with-documents?${FROM}`, { body: form });
    expect(refused).toMatchObject({
      status: 400,
      json: { code: 'body-duplicate-key', errors: [{ in: 'body', pointer: '/recipients/0/to' }] },
    });
  });

  it('is another request under the same key', async () => {
    const ask = (details: object) => {
      const form = new FormData();
      const recipients = [{ to: PROVARIA.address }];
      form.set('message', JSON.stringify({ subject: 'Una volta', recipients, addressAsItIs: true, ...details }));
      form.append('file', new Blob(['Testo'], { type: 'text/plain' }), 'testo.txt');
      const headers = { 'idempotency-key': 'dettagli-1' };
      return esempio('POST', `/outgoing-messages/with-documents?${FROM}`, { body: form, headers });
    };
    const folder = { code: '1' };
    const first = await ask({ folder });
    expect(first.status).toBe(201);
    expect((await ask({ folder })).json).toEqual(first.json);
    expect(await ask({ folder: { code: '2' } })).toMatchObject({
      status: 409,
      json: { code: 'idempotency-key-reused' },
    });
  });
});
