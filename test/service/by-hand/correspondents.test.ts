/** The address book: who may change what, what is kept of it, and that each office has its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresByHand } from '../../../src/adapters/postgres/by-hand/store.ts';
import type { AssignmentActor } from '../../../src/service/assignments/actor.ts';
import {
  type CorrespondentRequest,
  checkCorrespondent,
  mergeCorrespondents,
  offerCorrespondent,
  saveCorrespondent,
} from '../../../src/service/by-hand/correspondents.ts';
import type { ByHandStore } from '../../../src/service/by-hand/ports.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { callOf, type DeskHouse, openDeskHouse } from '../assignments/desk-house.ts';

let house: DeskHouse;
let store: ByHandStore;
let NORA: AssignmentActor;
let PIO: AssignmentActor;
beforeAll(async () => {
  house = await openDeskHouse();
  store = postgresByHand(house.pool);
  NORA = await house.person(house.office, 'Nora Esempi', 'protocol');
  PIO = await house.person(house.office, 'Pio Modello', 'protocol');
});
afterAll(() => house?.close());

const entry = (change: Partial<CorrespondentRequest> = {}): CorrespondentRequest => ({
  ...{ correspondentId: null, version: null, kind: 'unknown', name: 'Mario Prova', taxCode: null },
  ...{ administration: null, office: null, address: null, postalAddress: null, phone: null, note: null },
  ...change,
});
const save = (request: CorrespondentRequest, who = NORA, of: Office = house.office, key: string | null = null) =>
  saveCorrespondent(of, request, callOf(who, key), house.deps);
async function added(change: Partial<CorrespondentRequest> = {}, of: Office = house.office): Promise<string> {
  const done = await save(entry(change), NORA, of);
  if (!done.ok) throw new Error(done.problem.message);
  return done.value.correspondentId;
}
const codeOf = async (done: Promise<{ readonly ok: boolean }>): Promise<string> => {
  const result = (await done) as { ok: true } | { ok: false; problem: { code: string } };
  return result.ok ? 'done' : result.problem.code;
};
const audited = async (subject: string) => {
  const { rows } = await house.pool.query<{ action: string; data: unknown }>(
    `select content::jsonb ->> 'action' as action, content::jsonb -> 'data' as data from audit
      where aoo = $1 and content::jsonb ->> 'subject' = $2 order by seq`,
    [house.office.aoo, subject],
  );
  return rows.map(({ action, data }) => [action, data]);
};

describe('an entry of the address book', () => {
  it('is retired and brought back: offered to nobody meanwhile, and its history keeps both', async () => {
    const { aoo } = house.office;
    const id = await added({ name: 'Ditta Smessa' });
    const offer = (isOffered: boolean, version: number) =>
      codeOf(offerCorrespondent(house.office, { correspondentId: id, version, isOffered }, callOf(PIO), house.deps));
    expect(await offer(true, 1)).toBe('version-conflict');
    expect(await offer(false, 1)).toBe('done');
    expect(await offer(false, 1)).toBe('version-conflict');
    expect(await store.book.suggest(aoo, 'smessa', 5)).toEqual([]);
    expect((await store.book.list(aoo, 'smessa', null, 5)).items).toEqual([]);
    expect((await store.book.retired(aoo, null, 5)).items.map(({ name }) => name)).toEqual(['Ditta Smessa']);
    expect(await store.book.find(aoo, id)).toMatchObject({ name: 'Ditta Smessa', isRetired: true, version: 2 });
    expect(await codeOf(save(entry({ correspondentId: id, version: 2, name: 'Altro' })))).toBe('correspondent-retired');
    const merge = { keep: await added({ name: 'Ditta Viva' }), into: 1, merge: id, version: 2 };
    const merged = mergeCorrespondents(house.office, merge, callOf(PIO), house.deps);
    expect(await codeOf(merged)).toBe('correspondent-retired');
    expect(await offer(true, 2)).toBe('done');
    expect((await store.book.suggest(aoo, 'smessa', 5)).map(({ name }) => name)).toEqual(['Ditta Smessa']);
    expect((await store.book.history(aoo, id)).map(({ act, by }) => `${act} ${by}`)).toEqual([
      ...['edited Pio Modello', 'retired Pio Modello', 'added Nora Esempi'],
    ]);
    expect((await audited(id)).map(([action]) => action)).toEqual([
      ...['correspondent-added', 'correspondent-retired', 'correspondent-brought-back'],
    ]);
  });

  it('is added and edited; its history and the audit name who did it', async () => {
    const id = await added({ name: 'Impresa Modello' });
    const edited = entry({ correspondentId: id, version: 1, name: 'Impresa Modello S.r.l.', kind: 'legal-person' });
    expect(await save(edited, PIO)).toEqual({ ok: true, value: { correspondentId: id } });
    expect(await store.book.find(house.office.aoo, id)).toMatchObject({
      ...{ name: 'Impresa Modello S.r.l.', version: 2, kind: 'legal-person', mergedInto: null },
    });
    const history = await store.book.history(house.office.aoo, id);
    expect(history.map(({ act, by, version, entry: was }) => [version, act, by, was.name])).toEqual([
      [2, 'edited', 'Pio Modello', 'Impresa Modello S.r.l.'],
      [1, 'added', 'Nora Esempi', 'Impresa Modello'],
    ]);
    expect(await audited(id)).toEqual([
      ['correspondent-added', { by: 'Nora Esempi', person: NORA.personId }],
      ['correspondent-edited', { by: 'Pio Modello', person: PIO.personId }],
    ]);
  });

  it('is not overwritten by who has seen an older one, nor by a form without a version', async () => {
    const id = await added();
    expect(await codeOf(save(entry({ correspondentId: id, version: 1, phone: '000 1' })))).toBe('done');
    expect(await codeOf(save(entry({ correspondentId: id, version: 1, phone: '000 2' }), PIO))).toBe(
      'version-conflict',
    );
    expect(await codeOf(save(entry({ correspondentId: id, version: null, phone: '000 3' }), PIO))).toBe(
      'version-conflict',
    );
    expect(await store.book.find(house.office.aoo, id)).toMatchObject({ phone: '000 1', version: 2 });
  });

  it('is written once under its act key, also by two presses at once', async () => {
    const once = () => save(entry({ name: 'Premuta Due Volte' }), NORA, house.office, 'chiave-1');
    const [one, two] = await Promise.all([once(), once()]);
    expect(one).toEqual(two);
    const { items } = await store.book.list(house.office.aoo, 'premuta', null, 10);
    expect(items).toHaveLength(1);
  });

  it('is refused with what is wrong, each at its field', () => {
    const problems = checkCorrespondent(
      entry({ name: '', taxCode: 'ABC', address: 'non è un indirizzo', note: 'x'.repeat(2_001) }),
    );
    expect(problems.map(({ code, at }) => [code, at])).toEqual([
      ['correspondent-name-missing', 'name'],
      ['correspondent-text-long', 'note'],
      ['correspondent-tax-code-unfit', 'taxCode'],
      ['correspondent-address-unfit', 'address'],
    ]);
    expect(checkCorrespondent(entry({ taxCode: '00000000001', address: 'a@example.it' }))).toEqual([]);
  });
});

describe('two entries that are one', () => {
  it('become one, which has what either had; the other leads to it and is offered no more', async () => {
    const keep = await added({ name: 'Lia Bozza', phone: '000 5' });
    const merge = await added({ name: 'Bozza Lia', kind: 'person', phone: '000 6', address: 'lia@example.it' });
    const request = { keep, into: 1, merge, version: 1 };
    expect(await mergeCorrespondents(house.office, request, callOf(PIO), house.deps)).toMatchObject({ ok: true });
    expect(await store.book.find(house.office.aoo, keep)).toMatchObject({
      ...{ name: 'Lia Bozza', kind: 'person', phone: '000 5', address: 'lia@example.it', version: 2, mergedInto: null },
    });
    expect(await store.book.find(house.office.aoo, merge)).toMatchObject({ name: 'Bozza Lia', mergedInto: keep });
    const offered = await store.book.suggest(house.office.aoo, 'bozza', 10);
    expect(offered.map(({ correspondentId }) => correspondentId)).toEqual([keep]);
    expect((await store.book.history(house.office.aoo, merge)).map(({ act, by }) => [act, by])).toEqual([
      ['merged', 'Pio Modello'],
      ['added', 'Nora Esempi'],
    ]);
    expect((await audited(keep)).at(-1)).toEqual([
      'correspondents-merged',
      { by: 'Pio Modello', person: PIO.personId, merged: merge },
    ]);
    // Neither again, nor edited, once it has gone into another.
    expect(await codeOf(mergeCorrespondents(house.office, request, callOf(PIO), house.deps))).toBe(
      'correspondent-merged',
    );
    expect(await codeOf(save(entry({ correspondentId: merge, version: 2 })))).toBe('correspondent-merged');
  });

  it('stay two where one has changed meanwhile, or is the same, or is of another office', async () => {
    const keep = await added({ name: 'Ugo Prova' });
    const merge = await added({ name: 'Prova Ugo' });
    const elsewhere = await added({ name: 'Ugo Altrove' }, house.other);
    const merged = (change: object) =>
      codeOf(
        mergeCorrespondents(house.office, { keep, into: 1, merge, version: 1, ...change }, callOf(NORA), house.deps),
      );
    expect(await merged({ merge: keep })).toBe('correspondent-same');
    expect(await merged({ merge: elsewhere })).toBe('correspondent-unknown');
    expect(await merged({ merge: 'non un id' })).toBe('correspondent-unknown');
    await save(entry({ correspondentId: merge, version: 1, name: 'Prova Ugo', phone: '000 9' }), PIO);
    expect(await merged({})).toBe('version-conflict');
    expect(await store.book.find(house.office.aoo, merge)).toMatchObject({ mergedInto: null, phone: '000 9' });
  });
});

describe('an office', () => {
  it('sees its own entries alone, in lists, by id and in what is alike', async () => {
    const theirs = await added({ name: 'Solo Altrove', taxCode: '00000000009' }, house.other);
    const ours = await added({ name: 'Solo Qui', taxCode: '00000000009' });
    expect(await store.book.find(house.office.aoo, theirs)).toBeNull();
    expect(await store.book.history(house.office.aoo, theirs)).toEqual([]);
    expect((await store.book.list(house.office.aoo, 'solo', null, 10)).items.map(({ name }) => name)).toEqual([
      'Solo Qui',
    ]);
    expect(await store.book.suggest(house.other.aoo, 'solo qui', 10)).toEqual([]);
    const one = await store.book.find(house.office.aoo, ours);
    expect(one === null ? null : await store.book.alike(house.office.aoo, one)).toEqual([]);
    expect(await codeOf(save(entry({ correspondentId: theirs, version: 1 })))).toBe('correspondent-unknown');
  });

  it('reads a long book page by page, each entry once, and a forged cursor is none', async () => {
    for (let place = 0; place < 7; place += 1) await added({ name: `Zeta Elenco ${place}` });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.book.list(house.office.aoo, 'zeta', cursor, 3);
      seen.push(...page.items.map(({ name }) => name));
      ({ cursor } = page);
    } while (cursor !== null);
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6].map((place) => `Zeta Elenco ${place}`));
    for (const forged of [
      'x',
      Buffer.from('["a"]').toString('base64url'),
      Buffer.from('["a","b"]').toString('base64url'),
    ])
      expect((await store.book.list(house.office.aoo, 'zeta', forged, 3)).items[0]?.name).toBe('Zeta Elenco 0');
  });

  it('finds entries by the beginnings of words, without accents, and by codes; odd signs find nothing and break nothing', async () => {
    await added({ name: 'Società Ingegnò', taxCode: '00000000077', address: 'studio@pec.ingegno.example.it' });
    const found = async (text: string) =>
      (await store.book.list(house.office.aoo, text, null, 5)).items.map(({ name }) => name);
    for (const text of ['ingegno', 'SOCIETA ing', '00000000077', 'studio@pec.ingegno'])
      expect(await found(text), text).toEqual(['Società Ingegnò']);
    for (const odd of ["ingegnò' & |", 'zzz:*', '\\ingegnoo']) await expect(found(odd)).resolves.toBeDefined();
  });
});

it('lists and searches of a large book are read from their indexes', async () => {
  await house.asOwner(async (client) => {
    await client.query(
      `insert into correspondent (aoo, correspondent_id, kind, name, search, version, updated_at)
       select $1, gen_random_uuid(), 'person', 'Persona ' || n, 'persona ' || n, 1, now() from generate_series(1, 30000) n`,
      [house.office.aoo],
    );
    await client.query('analyze correspondent');
    const plan = async (sql: string, values: readonly unknown[]) =>
      (await client.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...values])).rows
        .map((row) => row['QUERY PLAN'])
        .join('\n');
    const base =
      'select correspondent_id from correspondent c where c.aoo = $1 and c.merged_into is null and c.retired_at is null';
    const order = 'order by left(c.search, 200), c.correspondent_id limit 26';
    const after = "and (left(c.search, 200), c.correspondent_id) > ('persona 2', gen_random_uuid())";
    const next = await plan(`${base} ${after} ${order}`, [house.office.aoo]);
    expect(next).toContain('Index Scan using correspondent_by_name');
    expect(next).not.toContain('Sort');
    const words = `to_tsvector('pg_catalog.simple', left(c.search, 8000)) @@ to_tsquery('pg_catalog.simple', $2)`;
    expect(
      await plan(
        `with c as materialized (${base.replace('correspondent_id', '*')} and ${words}) select * from c ${order}`,
        [house.office.aoo, "'1234':*"],
      ),
    ).toContain('correspondent_words');
  });
});
