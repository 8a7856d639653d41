import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLogger } from '../../../../src/adapters/logger.ts';
import { openPool } from '../../../../src/adapters/postgres/database/pool.ts';
import { indexImports } from '../../../../src/adapters/postgres/index/imports.ts';
import { postgresViews } from '../../../../src/adapters/postgres/queries/views.ts';
import { buildServer } from '../../../../src/entrances/http/server.ts';
import { setLayer } from '../../../../src/service/index/layer.ts';
import { type IndexHouse, openIndexHouse } from '../../../support/index-house.ts';
import { AS_ADMINISTRATOR, NODE_TOKEN } from '../../../support/node-token.ts';
import { nothingLost } from '../nothing-lost.ts';

const BASE = '/rest/interpro/v1/index';

describe('the index over HTTP', () => {
  let house: IndexHouse;
  let pool: ReturnType<typeof openPool>;
  const servers: FastifyInstance[] = [];
  const lost: string[] = [];
  const listening = async (publicPerMinute: number | null): Promise<string> => {
    const server = await buildServer({
      views: postgresViews(pool),
      log: openLogger('silent'),
      token: NODE_TOKEN,
      index: {
        ...house.index,
        publicPerMinute,
        imports: { index: indexImports(pool), clock: { now: () => new Date() } },
      },
      beforeRoutes: (root) => nothingLost(root, lost),
    });
    servers.push(server);
    return server.listen({ host: '127.0.0.1', port: 0 });
  };
  let open: string;
  beforeAll(async () => {
    house = await openIndexHouse();
    pool = openPool(house.url, 'interpro test http', 2);
    open = await listening(null);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await pool?.end();
    await house?.close();
  });

  const get = async (path: string, headers: Readonly<Record<string, string>> = AS_ADMINISTRATOR, at = open) => {
    const answer = await fetch(`${at}${BASE}${path}`, { headers });
    return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
  };
  const post = async (path: string, body: unknown) => {
    const headers = { 'content-type': 'application/json', ...AS_ADMINISTRATOR };
    const answer = await fetch(`${open}${BASE}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('takes a file as it comes, says what it changed, and refuses it whole', async () => {
    const rows = 'Codice_IPA\tDenominazione_ente\tCodice_fiscale_ente\tCodice_Categoria\tMail1\tTipo_Mail1\n';
    const file = `${rows}c_prova\tComune di Prova\t00000000000\tL6\tprotocollo@pec.prova.example.it\tPec\n`;
    const bring = async (body: string, query = '?source=prova&partial=true', caller: object = AS_ADMINISTRATOR) => {
      const headers = { 'content-type': 'text/tab-separated-values', ...caller };
      const answer = await fetch(`${open}${BASE}/imports${query}`, { method: 'POST', headers, body });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    expect(await bring(file)).toMatchObject({ status: 201, body: { outcome: 'applied', rows: 1, added: 1 } });
    expect(await bring(file)).toMatchObject({ status: 201, body: { outcome: 'unchanged' } });
    expect(await get('/bodies/c_prova')).toMatchObject({ status: 200 });
    expect(await bring('a,b\n1,2\n')).toMatchObject({ status: 400, body: { code: 'index-header' } });
    expect(await bring(file, '?layout=nothing')).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    expect(await bring(file, '', {})).toMatchObject({ status: 401 });
  });

  it('finds, pages, shows, suggests and says whose an address is', async () => {
    const found = await get('/entries?text=com%20esenponi&limit=1');
    expect(found).toMatchObject({
      status: 200,
      body: { items: [{ key: 'c_e001', ipa: 'c_e001', province: 'LU' }], limit: 1 },
    });
    const next = await get(`/entries?text=com%20esenponi&limit=1&cursor=${found.body['cursor']}`);
    expect(next.body['items']).not.toEqual(found.body['items']);
    expect(await get('/entries?kind=office&ipa=c_e001')).toMatchObject({ body: { items: [{ key: 'UESE01' }] } });
    const keys = async (query: string) =>
      ((await get(`/entries?${query}`)).body['items'] as { key: string }[]).map(({ key }) => key);
    const terme = 'address=PROTOCOLLO%40pec.terme.example.it';
    expect(await keys(terme)).toEqual(['c_e002', 'AESE002']);
    expect(await keys(`${terme}&kind=aoo`)).toEqual(['AESE002']);
    expect(await keys(`${terme}&kind=aoo&province=FI`)).toEqual([]);
    expect(await keys('text=protocollo&ipa=asl_prova')).toEqual(['AASL001']);
    expect(await get('/aoos/c_e001/AOO1')).toMatchObject({
      body: { key: 'AESE001', effective: { mailbox: { value: 'protocollo@pec.esemponi.example.it', source: 'ipa' } } },
    });
    expect(await get('/suggestions?text=esemp')).toMatchObject({
      body: { items: [{ name: 'Comune di Esemponi' }, {}, {}, {}] },
    });
    expect(await get('/addresses/prevenzione@pec.asl.example.it')).toMatchObject({
      body: { items: [{ key: 'AASL002' }] },
    });
    expect(await get('/recipients?ipa=asl_prova')).toMatchObject({ body: { status: 'ambiguous' } });
    expect(await get('/bodies/c_e001?as-of=2020-01-01')).toMatchObject({ status: 404, body: { code: 'not-found' } });
    expect(JSON.stringify(found.body)).not.toContain('null');
  });

  it.each([
    '/entries?text=',
    '/entries?kind=nave',
    '/entries?altro=1',
    '/entries?limit=0',
    '/entries?as-of=ieri',
    '/bodies/c_e001?as-of=0000-01-01',
    '/changes?after=-1',
  ])('refuses %s', async (path) => {
    const answer = await get(path);
    expect(answer).toMatchObject({ status: 400, body: { code: 'bad-request' } });
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  });

  it('tells a forged cursor from an empty page', async () => {
    for (const query of ['text=esemponi&cursor=AAAA', 'ipa=c_e001&cursor=bzEw', 'cursor=djF4'])
      expect(await get(`/entries?${query}`)).toMatchObject({
        status: 400,
        body: { code: 'cursor-invalid', errors: [{ in: 'query', pointer: 'cursor' }] },
      });
  });

  it('looks up at most a thousand keys at once', async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => (index === 999 ? 'AESE001' : `X${index}`));
    const { body } = await post('/look-ups', { keys });
    expect((body['items'] as { items: unknown[] }[]).map(({ items }) => items.length)).toEqual([
      ...Array(999).fill(0),
      1,
    ]);
    expect(await post('/look-ups', { keys: [...keys, 'Y'] })).toMatchObject({ status: 400 });
  });

  it('takes an announcement, a decision, and shows them in the feed', async () => {
    const messageId = '019c0000-0000-7000-8000-000000000001';
    const changes = [{ field: 'generation', value: '2013', validFrom: '2026-09-01' }];
    const message = { messageId, body: 'c_e001', aoo: 'AOO1', changes, author: 'Comune', reason: 'Prova' };
    expect(await post('/messages', message)).toMatchObject({ status: 201, body: { state: 'received' } });
    expect(await post('/messages', message)).toMatchObject({ status: 200, body: { state: 'received' } });
    expect(await post('/messages', { ...message, aoo: 'XX', messageId: messageId.replace('1', '2') })).toMatchObject({
      status: 404,
      body: { code: 'index-layer-target' },
    });
    const decision = { state: 'accepted', by: 'Nodo', why: 'Verificata' };
    expect(await post(`/messages/${messageId}/decision`, decision)).toMatchObject({ body: { state: 'accepted' } });
    expect(await get('/aoos/AESE001')).toMatchObject({ body: { effective: { generation: { value: '2013' } } } });
    expect(await get('/changes?after=0')).toMatchObject({ body: { items: [{ seq: 1, messageId }] } });
    expect(await get('/changes?after=1')).toMatchObject({ body: { items: [] } });
  });

  it('is for who has the token, and where it is public for everybody, so many times a minute', async () => {
    const closed = await listening(null);
    expect((await get('/aoos/AESE001', {}, closed)).status).toBe(401);
    expect((await get('/aoos/AESE001', AS_ADMINISTRATOR, closed)).status).toBe(200);
    const shared = await listening(3);
    const answers = [];
    for (let count = 0; count < 4; count += 1) answers.push(await get('/aoos/AESE001', {}, shared));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(answers.map(({ headers }) => headers.get('ratelimit-remaining'))).toEqual(['2', '1', '0', '0']);
    expect(answers[3]?.headers.get('ratelimit-limit')).toBe('3');
    expect(Number(answers[3]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await get('/aoos/AESE001', AS_ADMINISTRATOR, shared)).status).toBe(200);
    const written = await fetch(`${shared}${BASE}/layer`, { method: 'POST' });
    expect(written.status).toBe(401);
    expect((await get('/messages', {}, shared)).status).toBe(401);
  });

  it('has lost nothing on the way out', async () => {
    for (const path of [
      '/history/c_e001',
      '/history/c_e001/AOO1',
      '/layer/c_e001',
      '/messages',
      '/bodies/c_e001',
      '/recipients?ipa=c_e001',
      '/offices/UESE01',
    ])
      expect((await get(path)).status, path).toBe(200);
    expect(lost).toEqual([]);
  });

  it('writes to no AOO of a body that has ceased, and names who goes on', async () => {
    const since = { validFrom: '2026-09-01', validTo: null };
    const ceased = { field: 'ceased', value: '2026-06-30', ...since } as const;
    const successor = { field: 'successor', value: 'c_e004', ...since } as const;
    const said = { changes: [ceased, successor], author: 'Regione', reason: 'Prova' };
    expect(await setLayer({ body: 'c_e002', aoo: '', ...said }, house.index.layerDeps)).toMatchObject({ ok: true });
    for (const asked of ['ipa=c_e002', 'ipa=c_e002&aoo=AOO1', 'aoo=AESE002', 'address=protocollo@pec.terme.example.it'])
      expect((await get(`/recipients?${asked}`)).body).toMatchObject({
        status: 'ceased',
        problem: { code: 'index-recipient-ceased', message: expect.stringContaining('Comune di Provaria (c_e004)') },
        suggestions: [{ kind: 'body', key: 'c_e004' }],
      });
    const { body } = await get('/suggestions?text=esemponi%20terme');
    const { items } = body;
    const keys = (items as { key: string }[]).map(({ key }) => key);
    expect(keys).toContain('c_e004');
    expect(keys).not.toContain('c_e002');
    expect(keys).not.toContain('AESE002');
  });
});
