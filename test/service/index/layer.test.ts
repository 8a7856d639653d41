import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import {
  type Announcement,
  decideAnnouncement,
  type FeedSource,
  followPeer,
  observe,
  receiveAnnouncement,
  setLayer,
} from '../../../src/service/index/layer.ts';
import { asking, type IndexHouse, NOW, openIndexHouse } from '../../support/index-house.ts';

const said = { author: 'Ufficio regionale', reason: 'Comunicazione del 19 settembre' };
const change = (
  field: 'mailbox' | 'network' | 'generation' | 'endpoint',
  value: string | null,
  validFrom = '2026-09-19',
) => ({
  field,
  value,
  validFrom,
  validTo: null,
});

describe("the region's layer", () => {
  let tuscany: IndexHouse;
  let umbria: IndexHouse;
  beforeAll(async () => {
    tuscany = await openIndexHouse(undefined, 'toscana');
    umbria = await openIndexHouse(undefined, 'umbria');
  });
  afterAll(async () => {
    await tuscany?.close();
    await umbria?.close();
  });

  const facts = async (house: IndexHouse, key: string, day: string | null = null) =>
    (await house.index.lookUp.show('aoo', key, day))?.facts ?? {};
  const set = (house: IndexHouse, body: string, aoo: string, ...changes: ReturnType<typeof change>[]) =>
    setLayer({ body, aoo, changes, ...said }, house.index.layerDeps);
  const source: FeedSource = { changes: (_url, after, limit) => tuscany.index.layer.feed(after, limit) };

  it('overrides a field, naming who says so and why, and reveals it again when withdrawn', async () => {
    expect(await set(tuscany, 'C_E001', 'AOO1', change('mailbox', 'nuova@pec.esemponi.example.it'))).toMatchObject({
      ok: true,
    });
    expect((await facts(tuscany, 'AESE001')).mailbox).toMatchObject({
      value: 'nuova@pec.esemponi.example.it',
      source: 'toscana',
      ...said,
      since: '2026-09-19',
    });
    expect((await facts(tuscany, 'AESE001', '2026-09-18')).mailbox).toMatchObject({
      value: 'protocollo@pec.esemponi.example.it',
      source: 'ipa',
      author: null,
    });
    await set(tuscany, 'c_e001', 'AOO1', change('mailbox', null));
    expect((await facts(tuscany, 'AESE001')).mailbox).toMatchObject({ source: 'ipa' });
    expect(await tuscany.index.layer.historyOf('c_e001')).toHaveLength(2);
  });

  it('lets AOOs inherit the network of their body, and finds its members', async () => {
    await set(tuscany, 'asl_prova', '', change('network', 'InterPRO Toscana'));
    await set(tuscany, 'asl_prova', 'AASL002', change('network', 'altra rete'));
    expect((await facts(tuscany, 'AASL001')).network).toMatchObject({ value: 'InterPRO Toscana' });
    const members = async (text: string | null) =>
      (await tuscany.index.lookUp.find(asking({ network: 'interpro toscana', kinds: ['aoo'], text }))).items.map(
        ({ entry }) => entry.key,
      );
    expect(await members(null)).toEqual(['AASL001']);
    expect(await members('protocollo')).toEqual(['AASL001']);
  });

  it.each([
    ['an unknown AOO', 'c_e001', 'XX', change('generation', '2013'), 'index-layer-target'],
    ['a mailbox that is none', 'c_e001', 'AOO1', change('mailbox', 'nessuna'), 'index-layer-value'],
    [
      'an endpoint with a password',
      'c_e001',
      'AOO1',
      change('endpoint', 'https://u:p@esempio.example.it'),
      'index-layer-value',
    ],
    ['a generation that is none', 'c_e001', 'AOO1', change('generation', '2047'), 'index-layer-value'],
    ['a day that is none', 'c_e001', 'AOO1', change('generation', '2013', '2026-02-30'), 'index-layer-value'],
  ] as const)('refuses %s', async (_what, body, aoo, wrong, code) => {
    expect(await set(tuscany, body, aoo, wrong)).toMatchObject({ ok: false, problem: { code } });
  });

  it.each([
    ['c_altro', '', 'c_altro.'],
    ['c_altro', 'AOO1', 'c_altro/AOO1.'],
    ['c_e001', 'ALTRA', 'c_e001/ALTRA.'],
  ])('says what it does not know: %s, "%s"', async (body, aoo, named) => {
    const refused = await set(tuscany, body, aoo, change('network', 'Rete'));
    expect(refused.ok ? '' : refused.problem.message).toContain(named);
  });

  it('decides an announcement once, and a following node gets it once', async () => {
    const announced: Announcement = {
      messageId: uuidv7(NOW),
      body: 'c_e003',
      aoo: '01',
      changes: [change('mailbox', 'protocollo@pec.santangelo.example.it'), change('generation', '2013')],
      author: 'Comune',
      reason: 'Nuova casella',
    };
    const { layerDeps } = tuscany.index;
    expect(await receiveAnnouncement(announced, layerDeps)).toMatchObject({ ok: true, value: { repeated: false } });
    expect(await receiveAnnouncement(announced, layerDeps)).toMatchObject({ ok: true, value: { repeated: true } });
    expect(await receiveAnnouncement({ ...announced, reason: 'Altro' }, layerDeps)).toMatchObject({
      ok: false,
      problem: { code: 'index-message-conflict' },
    });
    expect((await facts(tuscany, 'AESE003')).mailbox).toBeUndefined();

    const yes = { state: 'accepted', by: 'Nodo', why: 'Verificata' } as const;
    const decided = await Promise.all([1, 2, 3].map(() => decideAnnouncement(announced.messageId, yes, layerDeps)));
    expect(decided.every(({ ok }) => ok)).toBe(true);
    const no = await decideAnnouncement(announced.messageId, { ...yes, state: 'refused' }, layerDeps);
    expect(no).toMatchObject({ ok: false, problem: { code: 'index-message-conflict' } });
    expect((await facts(tuscany, 'AESE003')).mailbox).toMatchObject({ value: 'protocollo@pec.santangelo.example.it' });

    const feed = await tuscany.index.layer.feed(0, 100);
    expect(feed.map(({ seq }) => seq)).toEqual(feed.map((_, index) => index + 1));
    const { layer, layerDeps: theirs } = umbria.index;
    // Umbria sets one field itself: Tuscany does not override it.
    await set(umbria, 'c_e003', '01', change('generation', '3.0.0'));
    await layer.declarePeer('toscana', 'https://toscana.example.it');
    const peer = async () => (await layer.peers())[0] ?? { node: '', url: '', lastSeq: -1 };
    const both = await Promise.all([
      followPeer(await peer(), source, theirs),
      followPeer(await peer(), source, theirs),
    ]);
    expect(both.map(({ followed }) => followed).toSorted()).toEqual([0, feed.length]);
    expect(await followPeer(await peer(), source, theirs)).toEqual({ followed: 0, unreadable: 0 });
    expect(await facts(umbria, 'AESE003')).toMatchObject({
      mailbox: { value: 'protocollo@pec.santangelo.example.it', source: 'toscana', author: 'Comune' },
      generation: { value: '3.0.0', source: 'umbria' },
    });
    // Read from the beginning again, as after a restore: nothing is applied twice.
    const before = (await layer.historyOf('c_e003')).length;
    await layer.follow('toscana', feed.length, 0, [], NOW);
    await followPeer({ ...(await peer()), lastSeq: 0 }, source, theirs);
    expect(await layer.historyOf('c_e003')).toHaveLength(before);
  });

  it('starts again with a feed that was restored to an earlier state', async () => {
    const item = (seq: number, value: string) => ({
      seq,
      messageId: uuidv7(NOW),
      content: {
        node: 'lazio',
        body: 'c_e004',
        aoo: 'aoo1',
        ...said,
        recordedAt: NOW.toISOString(),
        changes: [{ field: 'contact', value, validFrom: '2026-09-01', validTo: null }],
      },
    });
    let items = [item(1, 'uno'), item(2, 'due'), item(3, 'tre')];
    const lazio: FeedSource = {
      changes: async (_url, after, limit) => items.filter(({ seq }) => seq > after).slice(0, limit),
    };
    const { layer, layerDeps } = umbria.index;
    await layer.declarePeer('lazio', 'https://lazio.example.it');
    const follow = async () => {
      const peer = (await layer.peers()).find(({ node }) => node === 'lazio');
      return followPeer(peer ?? { node: '', url: '', lastSeq: -1 }, lazio, layerDeps);
    };
    expect(await follow()).toMatchObject({ followed: 3 });
    expect(await follow()).toMatchObject({ followed: 0 });
    items = [...items.slice(0, 1), item(2, 'due di nuovo')];
    await follow();
    const values = (await layer.historyOf('c_e004')).map(({ value }) => value);
    expect(values).toEqual(['uno', 'due', 'tre', 'due di nuovo']);
  });

  it('skips what no node would write', async () => {
    const hostile = [null, 7, {}, { node: 'x' }, { node: 'x', body: '../..', aoo: '', author: 'a', reason: 'b' }];
    const items = hostile.map((content, index) => ({ seq: index + 1, messageId: uuidv7(NOW), content }));
    const peer = { node: 'ostile', url: 'https://ostile.example.it', lastSeq: 0 };
    await umbria.index.layer.declarePeer(peer.node, peer.url);
    const bad: FeedSource = { changes: async (_url, after) => items.filter(({ seq }) => seq > after) };
    expect(await followPeer(peer, bad, umbria.index.layerDeps)).toEqual({ followed: 0, unreadable: items.length });
  });

  it('takes from a peer what is within bounds', async () => {
    const change = { field: 'network', value: 'Rete', validFrom: '2026-09-01', validTo: null };
    const content = { node: 'misurato', body: 'c_e001', aoo: 'aoo1', ...said, recordedAt: '2026-09-01T10:00:00.000Z' };
    const cases: readonly [boolean, object][] = [
      [true, {}],
      [true, { author: 'a'.repeat(500), reason: 'r'.repeat(500) }],
      [false, { author: 'a'.repeat(501) }],
      [false, { reason: 'r'.repeat(501) }],
      [false, { author: '' }],
      [true, { changes: Array.from({ length: 20 }, () => change) }],
      [false, { changes: Array.from({ length: 21 }, () => change) }],
      [false, { changes: [] }],
    ];
    const items = cases.map(([, one], index) => ({
      seq: index + 1,
      messageId: uuidv7(NOW),
      content: { ...content, changes: [change], ...one },
    }));
    const peer = { node: 'misurato', url: 'https://misurato.example.it', lastSeq: 0 };
    await umbria.index.layer.declarePeer(peer.node, peer.url);
    for (const [index, [good]] of cases.entries()) {
      const one: FeedSource = {
        changes: async (_url, after) => items.slice(0, index + 1).filter(({ seq }) => seq > after),
      };
      expect(await followPeer({ ...peer, lastSeq: index }, one, umbria.index.layerDeps), String(index)).toEqual({
        followed: good ? 1 : 0,
        unreadable: good ? 0 : 1,
      });
    }
  });

  it('accepts nothing from a peer in its own name, from the future or with an impossible year', async () => {
    const content = (change: object) => ({
      node: 'ostile',
      body: 'c_e002',
      aoo: 'aoo1',
      ...said,
      recordedAt: '2026-09-01T10:00:00.000Z',
      changes: [{ field: 'network', value: 'Ostile', validFrom: '2026-09-01', validTo: null }],
      ...change,
    });
    const dated = (validFrom: string) => ({ changes: [{ field: 'network', value: 'x', validFrom, validTo: null }] });
    const wrong = [
      { node: 'umbria' },
      dated('0000-01-01'),
      { recordedAt: '+275760-09-13T00:00:00.000Z' },
      { recordedAt: '-000001-01-01T00:00:00.000Z' },
      { recordedAt: '2099-01-01T00:00:00.000Z' },
    ];
    const items = wrong.map((change, index) => ({ seq: index + 1, messageId: uuidv7(NOW), content: content(change) }));
    const peer = { node: 'ostile-2', url: 'https://ostile.example.it', lastSeq: 0 };
    await umbria.index.layer.declarePeer(peer.node, peer.url);
    const bad: FeedSource = { changes: async (_url, after) => items.filter(({ seq }) => seq > after) };
    expect(await followPeer(peer, bad, umbria.index.layerDeps)).toEqual({ followed: 1, unreadable: 3 });
    const rows = await umbria.index.layer.historyOf('c_e002');
    expect(rows.map(({ source, value, recordedAt }) => [source, value, recordedAt])).toEqual([
      ['ostile', 'Ostile', NOW],
    ]);
    // It holds until somebody else says something later.
    await set(umbria, 'c_e002', 'AESE002', change('network', 'Ufficio'));
    expect((await facts(umbria, 'AESE002')).network).toMatchObject({ value: 'Ufficio', source: 'umbria' });
  });

  it('keeps what is observed in traffic apart from what is declared', async () => {
    for (const day of ['2026-09-18', '2026-09-19'])
      await observe(
        { body: 'C_E004', aoo: 'AOO1' },
        'confirms-2013',
        new Date(`${day}T08:00:00Z`),
        tuscany.index.layerDeps,
      );
    const shown = await tuscany.index.lookUp.show('aoo', 'AESE004', null);
    expect(shown?.observed).toMatchObject([
      { what: 'confirms-2013', times: 2, lastAt: new Date('2026-09-19T08:00:00Z') },
    ]);
    expect(shown?.facts.generation).toBeUndefined();
  });
});
