import { describe, expect, it } from 'vitest';
import { checkSenders, type SenderIndex } from '../../../src/service/intake/check-senders.ts';
import type { JudgedMail } from '../../../src/service/intake/judged-mail.ts';

const clock = { now: () => new Date('2026-03-20T12:00:00Z') };
const AOO = { kind: 'aoo', body: 'c_esempio', code: 'AESEMP1', uniCode: null, name: 'Ufficio protocollo', mails: [] };

/** An index in which the AOO of Esempio ended on a day; null: it did not. */
function indexWith(ended: string | null, asked: string[] = []): SenderIndex {
  const entries = {
    byKeys: async () => [{ ...AOO, kind: 'body' }],
    ofBodies: async () => (ended === null ? [AOO] : []),
    ceasedOfBodies: async () => [{ ...AOO, validTo: ended }],
    byAddresses: async (addresses: readonly string[]) => {
      asked.push(...addresses);
      return [{ ...AOO, mails: [{ kind: 'pec', address: 'protocollo@pec.esempio.example.it' }] }];
    },
  };
  return {
    entries: entries as unknown as SenderIndex['entries'],
    layer: { effective: async () => [], targetsWith: async () => [] },
  };
}

function mailOf(certifiedAt: string | null, sender = 'Protocollo@PEC.esempio.example.it'): JudgedMail {
  const message = {
    kind: 'protocol-message',
    sender: { kind: 'administration', administration: 'Comune di Esempio' },
    identifier: { administration: 'c_esempio', aoo: 'AESEMP1' },
  };
  return {
    inspection: { kind: 'protocol-message', problems: [], segnatura: { problems: [] } },
    reading: { message },
    opened: { pec: certifiedAt === null ? null : { certifiedAt, sender } },
  } as unknown as JudgedMail;
}
const codes = async (mail: JudgedMail, index: SenderIndex) =>
  (await checkSenders([mail], new Map(), index, clock))[0]?.inspection.segnatura?.problems.map(({ code }) => code);

describe('the senders of a page', () => {
  it('are held against the index on the Italian day they sent, not on the day of arrival', async () => {
    const ended = indexWith('2026-03-10');
    expect(await codes(mailOf('2026-03-09T22:30:00.000Z'), ended)).toEqual([]);
    // Half past midnight in Rome.
    expect(await codes(mailOf('2026-03-09T23:30:00.000Z'), ended)).toEqual(['sender-ceased']);
  });

  it('are held against it as of today where nobody certifies when they sent', async () => {
    expect(await codes(mailOf(null), indexWith('2026-03-20'))).toEqual(['sender-ceased']);
    expect(await codes(mailOf(null), indexWith('2026-03-21'))).toEqual([]);
  });

  it('may write their address in any case, and no other address', async () => {
    const asked: string[] = [];
    const index = indexWith(null, asked);
    expect(await codes(mailOf('2026-03-09T12:00:00.000Z'), index)).toEqual([]);
    expect(asked).toEqual(['protocollo@pec.esempio.example.it']);
    expect(await codes(mailOf('2026-03-09T12:00:00.000Z', 'altri@pec.altrove.example.it'), index)).toEqual([
      'sender-address-not-in-index',
    ]);
  });
});
