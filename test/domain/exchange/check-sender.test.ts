import { describe, expect, it } from 'vitest';
import { checkSender, type KnownSender } from '../../../src/domain/exchange/check-sender.ts';
import type { MailAddress } from '../../../src/kernel/ids.ts';

type Entry = KnownSender['current'][number];

const entry = (change: Partial<Entry> = {}): Entry => ({
  kind: 'aoo',
  body: 'c_esempio',
  code: 'AOO1',
  uniCode: 'AESEMP1',
  name: 'Protocollo',
  validTo: null,
  mails: [],
  ...change,
});
const ADDRESS = 'protocollo@pec.esempio.example.it' as MailAddress;
const DAY = '2026-03-03';
const KNOWN: KnownSender = { current: [entry()], ceased: [], owners: [entry()], layer: [] };
const codesOf = (known: Partial<KnownSender>, aoo = 'AOO1', address: MailAddress | null = ADDRESS) =>
  checkSender({ body: 'C_ESEMPIO', aoo }, address, DAY, { ...KNOWN, ...known }).map(({ code }) => code);

describe('a sender and what the index knows', () => {
  it.each([
    ['matches by its code within the body', {}, 'aoo1', []],
    ['matches by its unique code', {}, 'aesemp1', []],
    ['belongs to an unknown body', { current: [], owners: [] }, 'AOO1', []],
    ['has a code the body does not have', {}, 'AOO2', ['sender-unknown']],
    [
      'has a code the body does not have, and an address of nobody',
      { owners: [] },
      'AOO2',
      ['sender-unknown', 'sender-address-not-in-index'],
    ],
    ['belongs to a body known without AOOs', { current: [entry({ kind: 'body' })] }, 'AOO1', ['sender-unknown']],
    ['uses an address that nobody has', { owners: [] }, 'AOO1', ['sender-address-not-in-index']],
    ['uses an address of its body', { owners: [entry({ kind: 'body' })] }, 'AOO1', []],
    ['uses an address of its office', { owners: [entry({ kind: 'office', code: 'U1' })] }, 'AOO1', []],
    [
      "uses an address of another AOO's office",
      { owners: [entry({ kind: 'office', code: 'U2', uniCode: 'AALTRA1' })] },
      'AOO1',
      ['sender-address-not-in-index'],
    ],
    [
      'uses an address of another body',
      { owners: [entry({ body: 'c_provaria' })] },
      'AOO1',
      ['sender-address-not-in-index'],
    ],
  ] as const)('%s', (_what, known, aoo, expected) => {
    expect(codesOf(known, aoo)).toEqual(expected);
  });

  it('counts as ceased only if it had ceased when the mail was sent', () => {
    const gone = (validTo: string) => ({ current: [entry({ kind: 'body' })], ceased: [entry({ validTo })] });
    expect(codesOf(gone(DAY))).toEqual(['sender-ceased']);
    expect(codesOf(gone('2026-03-04'))).toEqual([]);
  });

  it('ends with its body, as the index or the layer says, on the first of the days', () => {
    const said = (aoo: string, value: string | null) =>
      ({ body: 'c_esempio', aoo, field: 'ceased', value }) as KnownSender['layer'][number];
    expect(codesOf({ current: [entry({ bodyEnded: DAY })] })).toEqual(['sender-ceased']);
    expect(codesOf({ current: [entry({ bodyEnded: '2026-03-04' })] })).toEqual([]);
    expect(codesOf({ layer: [said('', DAY)] })).toEqual(['sender-ceased']);
    expect(codesOf({ layer: [said('', '2026-03-04')] })).toEqual([]);
    expect(codesOf({ layer: [said('', DAY), said('aoo1', '2026-12-31')] })).toEqual(['sender-ceased']);
    expect(codesOf({ layer: [said('', '2026-12-31'), said('aoo1', DAY)] })).toEqual(['sender-ceased']);
    expect(codesOf({ layer: [said('', null)] })).toEqual([]);
  });

  it('still writes from its own address when it has ceased, and nobody else takes its codes', () => {
    const last = { kind: 'pec', address: ADDRESS } as const;
    const gone = (...mails: Entry['mails']) => ({
      current: [entry({ kind: 'body' })],
      ceased: [entry({ validTo: DAY, mails })],
      owners: [],
    });
    expect(codesOf(gone(last))).toEqual(['sender-ceased']);
    expect(codesOf(gone())).toEqual(['sender-ceased', 'sender-address-not-in-index']);
  });

  it('is not checked for its address when none is proven', () => {
    expect(codesOf({ owners: [] }, 'AOO1', null)).toEqual([]);
  });
});
