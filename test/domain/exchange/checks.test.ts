import { describe, expect, it } from 'vitest';
import { type Addressee, type Arrival, checkMessage, checkSigned } from '../../../src/domain/exchange/checks.ts';
import type { Correspondent, ProtocolMessage, Recipient } from '../../../src/model/segnatura.ts';

const OFFICE: Addressee = {
  administration: 'c_provaria',
  code: 'APROVA1',
  addresses: ['protocollo@pec.provaria.example.it', 'anagrafe@pec.provaria.example.it'],
};
const SENDER = 'protocollo@pec.esempio.example.it';

const nobody: Correspondent = {
  kind: 'administration',
  name: '',
  administration: null,
  aoo: null,
  aooName: null,
  office: null,
  address: null,
  taxCode: null,
};
const sender: Correspondent = {
  ...nobody,
  name: 'Comune di Esempio',
  administration: 'c_esempio',
  aoo: 'AESEMP1',
  address: SENDER,
};
const to = (recipient: Partial<Recipient>): Recipient => ({
  ...nobody,
  confirmationRequested: false,
  copy: false,
  ...recipient,
});
const us = to({ administration: 'c_provaria', aoo: 'APROVA1' });

const message = (change: Partial<ProtocolMessage> = {}): ProtocolMessage => ({
  kind: 'protocol-message',
  identifier: {
    administration: 'c_esempio',
    aoo: 'AESEMP1',
    register: 'PROT',
    number: '0000042',
    date: '2026-03-01',
    time: null,
  },
  firstRegistration: null,
  subject: 'Convenzione',
  sender,
  recipients: [us],
  replyTo: SENDER,
  confirmationRequested: true,
  classifications: [],
  reserved: null,
  operatorRequest: null,
  paperDocuments: false,
  telematicReferences: false,
  notes: null,
  documents: [],
  ...change,
});

const arrival = (change: Partial<Arrival> = {}): Arrival => ({
  office: OFFICE,
  envelope: { sender: SENDER, certifiedAt: new Date('2026-03-01T09:00:00Z') },
  at: new Date('2026-03-01T09:00:10Z'),
  ...change,
});
const codes = (change: Partial<ProtocolMessage>, around: Partial<Arrival> = {}): readonly string[] =>
  checkMessage(message(change), arrival(around)).map(({ code }) => code);

describe('the recipient', () => {
  const other = { administration: 'c_altrove', aoo: 'AALTRO1', name: 'Comune di Altrove' };
  const table: readonly (readonly [string, readonly Partial<Recipient>[], readonly string[]])[] = [
    ['our codes', [{ administration: 'c_provaria', aoo: 'APROVA1' }], []],
    ['our codes in another case', [{ administration: 'C_PROVARIA', aoo: 'aprova1' }], []],
    ['our administration alone', [{ administration: 'c_provaria' }], []],
    ['no codes and our address', [{ address: 'Protocollo@PEC.provaria.example.it' }], []],
    ['no codes and a second address of ours', [{ address: 'anagrafe@pec.provaria.example.it' }], []],
    ['codes of nobody and our address', [{ ...other, address: OFFICE.addresses[0] ?? '' }], []],
    ['we are the second of two', [other, us], []],
    ['another one', [other], ['recipient-wrong']],
    ['another address', [{ address: 'protocollo@pec.altrove.example.it' }], ['recipient-wrong']],
    ['another AOO of ours without an address', [{ administration: 'c_provaria', aoo: 'A1' }], ['recipient-other-aoo']],
    [
      'another AOO of ours with its own address',
      [{ administration: 'c_provaria', aoo: 'A1', address: 'a1@pec.provaria.example.it' }],
      ['recipient-wrong'],
    ],
    ['our AOO code at another administration', [{ administration: 'c_altrove', aoo: 'APROVA1' }], ['recipient-wrong']],
    ['a name only', [{ name: 'Comune di Provaria' }], ['recipient-unreadable']],
    ['none', [], ['recipient-unreadable']],
  ];
  it.each(table)('%s', (_, recipients, expected) => {
    expect(codes({ recipients: recipients.map(to) })).toEqual(expected);
  });

  it('is not checked without an office', () => {
    expect(codes({ recipients: [to(other)] }, { office: null })).toEqual([]);
  });

  it('is named in the reason, shortened and on one line', () => {
    const recipients = Array.from({ length: 5 }, (_, index) =>
      to({ ...other, name: `Comune\n${index}${'x'.repeat(9e3)}` }),
    );
    const [found] = checkMessage(message({ recipients }), arrival());
    expect(found?.message).toMatch(/^Destinatario errato: .*Comune 0x+, Comune 1x+, Comune 2x+ e altri 2\.$/);
    expect(found?.message.length).toBeLessThan(400);
  });
});

describe('the sender', () => {
  const table: readonly (readonly [string, Partial<ProtocolMessage>, readonly string[]])[] = [
    ['agrees', {}, []],
    ['has codes of another', { sender: { ...sender, administration: 'c_altrove' } }, ['sender-codes-differ']],
    ['has an AOO of another', { sender: { ...sender, aoo: 'A1' } }, ['sender-codes-differ']],
    ['has its codes in another case', { sender: { ...sender, administration: 'C_ESEMPIO' } }, []],
    ['has no codes', { sender: { ...sender, administration: null, aoo: null } }, []],
    ['is a person', { sender: { ...sender, kind: 'person', administration: null, aoo: 'x' } }, []],
    ['wants answers elsewhere', { replyTo: 'ufficio@pec.esempio.example.it' }, []],
    [
      'names other addresses only',
      { sender: { ...sender, address: 'a@pec.altrove.example.it' }, replyTo: 'b@pec.altrove.example.it' },
      ['sender-address-differs'],
    ],
    [
      'wants answers elsewhere in 3.0.0, where it names both',
      {
        sender: {
          ...sender,
          address: 'ufficio@pec.esempio.example.it',
          contacts: [
            {
              of: 'aoo',
              addresses: [{ address: 'ufficio@pec.esempio.example.it' }, { address: sender.address ?? '' }],
            },
          ],
        },
        replyTo: 'ufficio@pec.esempio.example.it',
      },
      [],
    ],
    ['names a service', { sender: { ...sender, address: 'https://esempio.example.it/x' }, replyTo: null }, []],
    ['names no address', { sender: { ...sender, address: null }, replyTo: null }, ['sender-address-missing']],
    ['leaves the address empty', { sender: { ...sender, address: '' }, replyTo: '' }, ['sender-address-missing']],
  ];
  it.each(table)('%s', (_, change, expected) => {
    expect(codes(change)).toEqual(expected);
  });

  it('cannot be answered when neither segnatura nor envelope gives an address', () => {
    const silent = { sender: { ...sender, address: null }, replyTo: null };
    const certifiedAt = new Date('2026-03-01T09:00:00Z');
    for (const from of [null, '', 'nobody'])
      expect(codes(silent, { envelope: { sender: from, certifiedAt } })).toEqual(['sender-address-empty']);
    expect(codes(silent, { envelope: null })).toEqual(['sender-address-missing']);
  });

  it('that is not a public body (COMUNICAZIONE) has no codes to compare', () => {
    const identifier = { ...message().identifier, administration: 'COMUNICAZIONE', aoo: 'COMUNICAZIONE' };
    expect(codes({ identifier })).toEqual([]);
  });
});

describe('number, date and year', () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    ['0000042', '2026-03-01', []],
    ['0000042', '2026-03-02', []],
    ['0000042', '2026-03-03', ['registration-date-future']],
    ['0000042', '9999-12-31', ['registration-date-future']],
    ['0000042', '2026-01-01', []],
    ['0000042', '2025-12-31', ['registration-year-differs']],
    ['0000042', '2000-01-01', ['registration-year-differs']],
    ['0000042', '1999-12-31', ['registration-date-old']],
    ['0000000', '2026-03-01', ['registration-number-zero']],
    ['12345678901234567890', '2026-03-01', []],
  ];
  it.each(table)('%s of %s', (number, date, expected) => {
    expect(codes({ identifier: { ...message().identifier, number, date } })).toEqual(expected);
  });

  it('are checked at the certified time in legal time: the year turns in Rome', () => {
    const identifier = { ...message().identifier, date: '2026-01-01' };
    const sent = (time: string) => ({ envelope: { sender: SENDER, certifiedAt: new Date(time) } });
    expect(codes({ identifier }, sent('2025-12-30T22:59:59Z'))).toEqual(['registration-date-future']);
    expect(codes({ identifier }, sent('2025-12-30T23:00:00Z'))).toEqual([]);
    const late = { ...message().identifier, date: '2025-12-20' };
    expect(codes({ identifier: late }, sent('2026-01-20T10:00:00Z'))).toEqual([]);
    expect(codes({ identifier: late }, sent('2026-01-21T10:00:00Z'))).toEqual(['registration-year-differs']);
    expect(codes({ identifier: late }, { envelope: null, at: new Date('2030-01-01T00:00:00Z') })).toEqual([]);
    expect(codes({ identifier: late }, { envelope: null, at: new Date('2025-12-18T00:00:00Z') })).toEqual([
      'registration-date-future',
    ]);
  });
});

describe('signed documents', () => {
  const document = (signature: 'intact' | 'broken' | 'unreadable' | 'absent', change = {}) => ({
    present: true,
    role: 'primary' as const,
    sha256: 'x',
    signature,
    ...change,
  });
  const unsigned = (
    change: Partial<ProtocolMessage>,
    documents = [document('absent')],
    office: Addressee | null = OFFICE,
  ) => checkSigned(message(change), documents, office).map(({ code }) => code);

  it('are expected between administrations', () => {
    expect(unsigned({})).toEqual(['document-unsigned']);
    expect(unsigned({}, [document('intact')])).toEqual([]);
    expect(unsigned({}, [document('unreadable')])).toEqual([]);
    expect(unsigned({}, [document('absent'), document('intact', { role: 'attachment' })])).toEqual([]);
    expect(unsigned({}, [document('absent'), document('intact', { role: 'undeclared' })])).toEqual([
      'document-unsigned',
    ]);
  });

  it('are not expected within one administration, from others, or without documents', () => {
    expect(unsigned({ sender: { ...sender, administration: 'C_Provaria' } })).toEqual([]);
    expect(unsigned({ sender: { ...sender, kind: 'person' } })).toEqual([]);
    expect(unsigned({}, [])).toEqual([]);
    expect(unsigned({}, [document('absent', { present: false, sha256: null })])).toEqual([]);
  });

  it('are not expected when no office is known', () => {
    expect(unsigned({}, undefined, null)).toEqual([]);
  });
});
