/** What the search finds besides the register's own line: texts and notes, names with a slip, codes; and how it shows the place. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { searchRegister } from '../../../src/adapters/postgres/queries/register-search.ts';
import type { Reader } from '../../../src/service/people/rights.ts';
import type { RegisterFilter } from '../../../src/service/queries/register-views.ts';
import { type House, office, openHouse } from './support.ts';

const ESEMPIO = office('c_esempio', 'AESEMP1');
const HEAD: Reader = { all: true, reserved: true, personId: randomUUID(), units: [] };
const CLERK: Reader = { ...HEAD, reserved: false };
const DIGEST = 'ab'.repeat(32);
let house: House;

beforeAll(async () => {
  house = await openHouse([ESEMPIO]);
  const run = (sql: string, ...values: unknown[]) => house.pool.query(sql, [ESEMPIO.aoo, ...values]);
  await run(`insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
    select $1, 'PROT', 2026, n, 'incoming', timestamptz '2026-03-02 09:00:00Z' + n * interval '1 minute', '2026-03-02', '10:00',
      case n when 1 then 'Deliberazioni della giunta' when 2 then 'Contributo per il 50% della spesa' else 'Trasmissione atti' end,
      case n when 3 then '{"name": "Comune di Provaria", "address": "Protocollo@pec.provaria.example.it", "taxCode": "BZZLIA80A01H501X"}'
        else '{"name": "Ente di Prova"}' end::jsonb, '[]',
      case n when 7 then '[{"code": "seal-absent"}]' else '[]' end::jsonb from generate_series(1, 8) n`);
  await run(
    `insert into registration_document (aoo, register, year, number, position, role, name, media_type, sha256, size)
     select $1, 'PROT', 2026, n, 0, 'primary', 'atto <b>' || n || '</b>.pdf.p7m', 'application/pdf', case n when 4 then $2 else 'x' end, 1
       from generate_series(4, 6) n`,
    DIGEST,
  );
  await run(`insert into document_text (aoo, register, year, number, position, state, registered_at)
    select $1, 'PROT', 2026, n, 0, 'complete', now() from generate_series(4, 6) n`);
  const long = 'Si premette quanto segue. '.repeat(1_500);
  for (const number of [4, 6])
    await run(
      `insert into document_text_part (aoo, register, year, number, position, part, text) values ($1, 'PROT', 2026, ${number}, 0, 0, $2)`,
      `${long} La \ue000 parola <script>alert(1)</script> quattrocentesca badia è vincolata. ${long}`,
    );
  await run(`insert into registration_reserved (aoo, register, year, number, reserved_at, reserved_by)
    values ($1, 'PROT', 2026, 6, now(), 'Nora Esempi')`);
  await run(`insert into registration_note (aoo, register, year, number, note_id, at, by, text)
    values ($1, 'PROT', 2026, 8, gen_random_uuid(), now(), 'Nora Esempi', 'Sentito il geometra per il sopralluogo')`);
}, 120_000);
afterAll(() => house?.close());

const search = (filter: RegisterFilter, reader = CLERK, limit = 10, cursor: string | null = null) =>
  searchRegister(house.pool, { aoo: ESEMPIO.aoo, reader, filter, cursor, limit });
const numbers = async (filter: RegisterFilter, reader = CLERK) =>
  (await search(filter, reader)).items.map((row) => Number(row.number));

describe('a search finds', () => {
  it('a word that stands only in the text of a document, and shows the place', async () => {
    for (const text of ['quattrocentesca', 'badie vincolate', 'vincolat', '"quattrocentesca badia"']) {
      const { items, total } = await search({ text });
      expect(
        items.map((row) => Number(row.number)),
        text,
      ).toEqual([4]);
      expect(total).toBe(1);
    }
    const [row] = (await search({ text: 'quattrocentesca' })).items;
    const [found] = row?.foundTexts ?? [];
    expect(found?.document).toBe('atto <b>4</b>.pdf.p7m');
    expect(found?.pieces.filter(({ isHit }) => isHit)).toEqual([{ text: 'quattrocentesca', isHit: true }]);
    const shown = found?.pieces.map(({ text }) => text).join('') ?? '';
    expect(shown).toContain('quattrocentesca badia');
    expect(shown).not.toMatch(/[\ue000-\ue002]/);
    expect(shown.length).toBeLessThan(600);
  });

  it('nothing of what is reserved, neither line nor count nor place', async () => {
    expect(await search({ text: 'quattrocentesca' })).toMatchObject({ total: 1, items: [{ number: '0000004' }] });
    expect(await numbers({ text: 'quattrocentesca' }, HEAD)).toEqual([6, 4]);
  });

  it('other forms of a word, notes, and what is said of words that stand everywhere', async () => {
    expect(await numbers({ text: 'delibere' })).toEqual([1]);
    expect(await numbers({ text: 'giunta -deliberazioni' })).toEqual([]);
    expect(await numbers({ text: 'sopralluoghi' })).toEqual([8]);
    expect(await search({ text: 'della' })).toMatchObject({ items: [], tooCommon: true });
  });

  it('a digest, an address, a tax code, a flag, numbers', async () => {
    expect(await numbers({ text: DIGEST.toUpperCase() })).toEqual([4]);
    expect(await numbers({ text: 'protocollo@PEC.provaria.example.it' })).toEqual([3]);
    expect(await numbers({ correspondent: 'protocollo@pec.provaria.example.it' })).toEqual([3]);
    expect(await numbers({ text: 'bzzlia80a01h501x' })).toEqual([3]);
    expect(await numbers({ flag: 'seal-absent' })).toEqual([7]);
    expect(await numbers({ number: 5 })).toEqual([5]);
    expect(await numbers({ numberFrom: 2, numberTo: 3, year: 2026 })).toEqual([3, 2]);
    expect(await numbers({ number: 5, year: 2025 })).toEqual([]);
  });

  it('a part of the subject, whatever stands in it', async () => {
    expect(await numbers({ subject: 'IBERAZ' })).toEqual([1]);
    expect(await numbers({ subject: '50%' })).toEqual([2]);
    expect(await numbers({ subject: '5_%' })).toEqual([]);
    expect(await numbers({ subject: '\\' })).toEqual([]);
  });

  it('names with a slip of the keyboard; and words, where nothing has them as they were typed', async () => {
    expect(await numbers({ correspondent: 'comune provria' })).toEqual([3]);
    expect(await numbers({ correspondent: 'giunta' })).toEqual([]);
    expect(await search({ text: 'Provvaria' })).toMatchObject({ similar: true, items: [{ number: '0000003' }] });
    expect((await search({ text: 'Provaria' })).similar).toBeUndefined();
    expect(await search({ text: 'zzzzzz' })).toMatchObject({ items: [], total: 0 });
  });

  it('similar ones page by page, too', async () => {
    const first = await search({ text: 'trasmisione' }, CLERK, 2);
    expect(first).toMatchObject({ similar: true, items: [{ number: '0000008' }, { number: '0000007' }] });
    const second = await search({ text: 'trasmisione' }, CLERK, 2, first.cursor);
    expect(second.items.map((row) => row.number)).toEqual(['0000005', '0000004']);
  });
});
