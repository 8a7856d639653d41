import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setLayer } from '../../../src/service/index/layer.ts';
import { AOOS, BODIES, type IndexHouse, openIndexHouse } from '../../support/index-house.ts';

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

/** `c_e001` is succeeded by `c_e002`, that by `c_e004`; the day on which the tests ask is 2026-09-20. */
describe('a body that has ceased', () => {
  let house: IndexHouse;
  const set = (target: string, field: 'ceased' | 'successor' | 'mailbox', value: string | null) => {
    const [body = '', aoo = ''] = target.split('/');
    const changes = [{ field, value, validFrom: '2026-09-01', validTo: null }];
    return setLayer({ body, aoo, changes, author: 'Regione', reason: 'Prova' }, house.index.layerDeps);
  };
  beforeAll(async () => {
    house = await openIndexHouse();
    await set('c_e001', 'ceased', '2026-06-30');
    await set('c_e001', 'successor', 'c_e002');
    await set('c_e002', 'ceased', '2026-09-20');
    await set('c_e002', 'successor', 'c_e004/AOO1');
    await set('c_e004', 'ceased', '2026-09-21');
    await set('asl_prova/PREV', 'ceased', '2026-08-01');
  });
  afterAll(() => house?.close());
  const resolve = (request: Parameters<IndexHouse['index']['resolve']>[0]) => house.index.resolve(request);

  it.each([
    { body: 'c_e001' },
    { body: 'c_e001', aoo: 'AOO1' },
    { body: 'c_e001', aoo: 'AESE001' },
    { aoo: 'AESE001' },
    { address: 'protocollo@pec.esemponi.example.it' },
    { address: 'anagrafe@pec.esemponi.example.it' },
    { body: 'c_e001', address: 'protocollo@pec.esemponi.example.it' },
  ])('by the layer is refused as %j, with who goes on after its successor', async (request) => {
    const found = await resolve(request);
    expect(found).toMatchObject({
      status: 'ceased',
      problem: { code: 'index-recipient-ceased' },
      suggestions: [{ kind: 'aoo', key: 'AESE004' }],
    });
    expect(found.status === 'ceased' && found.problem.message).toBe(
      'Il destinatario è cessato: Comune di Esemponi / Ufficio protocollo, dal 30/06/2026; lo sostituisce Comune di Provaria / Ufficio protocollo (c_e004/AOO1).',
    );
    expect(found.status !== 'resolved' && found.suggestions).toHaveLength(1);
  });

  it('has ceased on the day itself, and not before it', async () => {
    expect((await resolve({ body: 'c_e002' })).status).toBe('ceased');
    expect((await resolve({ body: 'c_e004' })).status).toBe('resolved');
  });

  it('and an AOO that has ceased are never suggested, and are marked in a search', async () => {
    const named = await resolve({ body: 'c_zzz', name: 'Comune di Esemponi' });
    const keys = named.status === 'resolved' ? [] : named.suggestions.map(({ key }) => key);
    expect(named.status).toBe('unknown');
    expect(keys[0]).toBe('AESE004');
    expect(keys.filter((key) => /^(c_e00[12]|AESE00[12])$/.test(key))).toEqual([]);
    const suggested = await house.index.lookUp.suggest('esemponi', ['body', 'aoo'], 5);
    expect(suggested.map(({ key }) => key)).toEqual(['AESE004']);
    expect(await house.index.lookUp.suggest('esemponi', ['body'], 5)).toEqual([]);
    const { items } = await house.index.lookUp.find({
      kinds: ['aoo'],
      day: null,
      text: 'esemponi',
      ceased: false,
      cursor: null,
      limit: 1,
    });
    expect(items.map(({ facts, successor }) => [facts.ceased?.value, successor?.key])).toEqual([
      ['2026-06-30', 'AESE004'],
    ]);
  });

  it('leaves the AOOs of others: where one of two has ceased, the other is meant', async () => {
    expect(await resolve({ body: 'asl_prova' })).toMatchObject({ status: 'resolved', recipient: { aoo: 'DG' } });
    const gone = await resolve({ body: 'asl_prova', aoo: 'PREV' });
    expect(gone).toMatchObject({ status: 'ceased', suggestions: [{ key: 'AASL001' }] });
    expect(gone.status !== 'resolved' && gone.suggestions).toHaveLength(1);
  });

  it('by the index takes its AOOs with it, and goes on when the layer withdraws what it said', async () => {
    await set('c_e004', 'ceased', null);
    await set('c_e003/01', 'mailbox', 'protocollo@pec.santangelo.example.it');
    const request = { body: 'c_e003', aoo: '01' };
    expect((await resolve(request)).status).toBe('resolved');
    await house.bring(BODIES.replace(/^c_e003.*\n/m, ''), '2026-09-15');
    for (const asked of [request, { body: 'c_e003' }, { address: 'protocollo@pec.santangelo.example.it' }]) {
      const found = await resolve(asked);
      expect(found.status !== 'resolved' && found.problem.message).toMatch(
        /^Il destinatario è cessato: Comune di Sant'Angelo in Prova \/ Protocollo, dal 15\/09\/2026/,
      );
    }
    await set('c_e003', 'successor', 'c_e004');
    expect(await resolve(request)).toMatchObject({ status: 'ceased', suggestions: [{ kind: 'body', key: 'c_e004' }] });
    await house.bring(AOOS.replace(/^c_e003.*\n/m, ''), '2026-09-16');
    const address = 'protocollo@pec.santangelo.example.it';
    for (const asked of [request, { aoo: 'AESE003' }, { address }])
      expect(await resolve(asked)).toMatchObject({ status: 'ceased', suggestions: [{ key: 'c_e004' }] });
    await set('c_e003', 'ceased', '2026-12-31');
    await set('c_e003/01', 'ceased', '2026-12-31');
    expect(await resolve(request)).toMatchObject({ status: 'resolved', recipient: { aoo: '01', address } });
  });
});
