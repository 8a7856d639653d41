import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLayer } from '../../../src/service/index/layer.ts';
import { AOOS, type IndexHouse, openIndexHouse } from '../../support/index-house.ts';

describe('a recipient', () => {
  let house: IndexHouse;
  beforeAll(async () => {
    house = await openIndexHouse();
    await house.bring(AOOS.replace(/^c_e002.*\n/m, ''), '2026-09-10');
    const said = { author: 'Regione', reason: 'Prova' };
    const change = (field: 'mailbox' | 'successor' | 'generation', value: string) => ({
      field,
      value,
      validFrom: '2026-09-11',
      validTo: null,
    });
    const set = (body: string, aoo: string, ...changes: ReturnType<typeof change>[]) =>
      setLayer({ body, aoo, changes, ...said }, house.index.layerDeps);
    await set('c_e002', 'AOO1', change('successor', 'c_e001/AOO1'));
    await set('c_e004', 'AOO1', change('mailbox', 'nuova@pec.provaria.example.it'), change('generation', '2013'));
  });
  afterAll(() => house?.close());

  const resolve = (request: Parameters<IndexHouse['index']['resolve']>[0]) => house.index.resolve(request);

  it.each([
    [{ body: 'c_e001', aoo: 'AOO1' }, 'AOO1', 'protocollo@pec.esemponi.example.it'],
    [{ body: 'C_E001' }, 'AOO1', 'protocollo@pec.esemponi.example.it'],
    [{ aoo: 'aasl002' }, 'PREV', 'prevenzione@pec.asl.example.it'],
    [{ body: 'asl_prova', aoo: 'AASL001' }, 'DG', 'protocollo@pec.asl.example.it'],
    [{ address: 'Protocollo@PEC.esemponi.example.it' }, 'AOO1', 'protocollo@pec.esemponi.example.it'],
    [{ address: 'anagrafe@pec.esemponi.example.it' }, 'AOO1', 'protocollo@pec.esemponi.example.it'],
    [{ address: 'nuova@pec.provaria.example.it' }, 'AOO1', 'nuova@pec.provaria.example.it'],
    [{ body: 'c_e004', aoo: 'AOO1' }, 'AOO1', 'nuova@pec.provaria.example.it'],
  ])('%j is resolved', async (request, aoo, address) => {
    expect(await resolve(request)).toMatchObject({ status: 'resolved', recipient: { aoo, address } });
  });

  it('is recorded with the versions and the layer rows that it came from', async () => {
    const found = await resolve({ body: 'c_e004' });
    if (found.status !== 'resolved') throw new Error(JSON.stringify(found));
    expect(found.recipient).toMatchObject({
      administration: 'c_e004',
      administrationName: 'Comune di Provaria',
      uniCode: 'AESE004',
      generation: '2013',
      sources: {
        versions: [
          { kind: 'aoo', key: 'AESE004' },
          { kind: 'body', key: 'c_e004' },
        ],
      },
    });
    expect(found.recipient.sources.layer).toHaveLength(2);
  });

  it('that is unknown gets suggestions, the likeliest first', async () => {
    const found = await resolve({ body: 'c_zzz', name: 'comune di esemponi terne' });
    expect(found.status === 'unknown' && found.suggestions.map(({ key }) => key)[0]).toBe('c_e002');
  });

  it.each([
    ['a body with several AOOs', { body: 'asl_prova' }, 'ambiguous', ['AASL001', 'AASL002']],
    [
      'an address and codes that mean different offices',
      { body: 'c_e001', aoo: 'AOO1', address: 'protocollo@pec.provaria.example.it' },
      'ambiguous',
      ['AESE001', 'AESE004'],
    ],
    ['a code that the body has not', { body: 'asl_prova', aoo: 'XX' }, 'unknown', ['AASL001', 'AASL002']],
    ['a body that is not known, by its name', { body: 'c_zzz', name: 'Comune di Esemponni' }, 'unknown', ['c_e001']],
    ['an address of nobody', { address: 'nessuno@pec.altrove.example.it' }, 'unknown', []],
    ['an AOO without a certified mailbox', { body: 'c_e003', aoo: '01' }, 'unreachable', []],
    ['a ceased AOO, with its successor', { body: 'c_e002', aoo: 'AOO1' }, 'ceased', ['AESE001']],
    ['a ceased AOO by its unique code', { aoo: 'AESE002' }, 'ceased', ['AESE001']],
  ] as const)('is refused: %s', async (_what, request, status, suggested) => {
    const found = await resolve(request);
    expect(found.status).toBe(status);
    if (found.status === 'resolved') return;
    expect(found.problem.message).toMatch(/^Il destinatario /);
    expect(found.suggestions.map(({ key }) => key)).toEqual(expect.arrayContaining([...suggested]));
  });

  it('that has ceased is refused with the day and its successor', async () => {
    const found = await resolve({ body: 'c_e002', aoo: 'AOO1' });
    expect(found).toMatchObject({ status: 'ceased', problem: { code: 'index-recipient-ceased' } });
    if (found.status === 'ceased')
      expect(found.problem.message).toMatch(/dal 10\/09\/2026; lo sostituisce .*c_e001\/AOO1/);
  });
});
