/** The queue of texts: who finds, leases and writes them; that nobody does it twice, and that no look grows with the archive. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textStore } from '../../../src/adapters/postgres/texts/text-store.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { DocumentText } from '../../../src/model/document-text.ts';
import type { TextKey } from '../../../src/service/texts/text-store.ts';
import { AT, type House, office, openHouse, register } from './support.ts';

const ONE = office('c_uno', 'AUNO');
const TWO = office('c_due', 'ADUE');
let house: House;
beforeAll(async () => {
  house = await openHouse([ONE, TWO]);
});
afterAll(() => house.close());

const document = (name: string) => ({
  ...{ role: 'attachment' as const, name, mediaType: 'application/pdf', sha256: sha256(name), size: 1, source: null },
});
const TEXT: DocumentText = { state: 'complete', reason: null, extractor: 'pdf', pages: 1, text: 'parola' };
const LATER = new Date(AT.getTime() + 1_000);
const inSeconds = (seconds: number) => new Date(LATER.getTime() + seconds * 1_000);
const numbers = (keys: readonly TextKey[]) => keys.map(({ number, position }) => [number, position]);

describe('the queue of texts', () => {
  it('holds nothing until it is looked for, and then each document once', async () => {
    const texts = textStore(house.pool);
    for (let count = 0; count < 12; count += 1)
      await register(house.store, ONE, new Date(AT.getTime() + count), {
        documents: [document('a'), document(`b${count}`)],
      });
    expect(await texts.due(LATER)).toEqual([ONE.aoo]);
    expect((await texts.status(ONE.aoo)).queues).toMatchObject([{ waiting: 0, backlog: 12, lastAt: null }]);
    // Two services at once.
    const queued = await Promise.all([
      texts.queue(ONE.aoo),
      textStore(house.pool).queue(ONE.aoo),
      texts.queue(ONE.aoo),
    ]);
    expect(queued.reduce((sum, count) => sum + count, 0)).toBe(24);
    expect((await texts.status(null)).queues).toMatchObject([{ aoo: TWO.aoo }, { waiting: 24, backlog: 0 }]);
    expect(await texts.queue(ONE.aoo)).toBe(0);
    await register(house.store, ONE, LATER, { documents: [document('neu')] });
    expect(await texts.queue(ONE.aoo)).toBe(1);
  });

  it('gives the newest first and the oldest beside, to one service each', async () => {
    const texts = textStore(house.pool);
    const first = await texts.lease('00000000-0000-7000-8000-00000000000a', ONE.aoo, LATER, 4, 60);
    expect(numbers(first).map(([number]) => number)).toEqual([13, 12, 12, 1]);
    const [mine, yours] = await Promise.all(
      ['b', 'c'].map((name) => texts.lease(`00000000-0000-7000-8000-00000000000${name}`, ONE.aoo, LATER, 8, 60)),
    );
    const all = [...first, ...(mine ?? []), ...(yours ?? [])].map(({ number, position }) => `${number}/${position}`);
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBe(20);
    expect(first[0]).toMatchObject({ attempts: 1, document: { name: 'neu', sha256: sha256('neu'), source: null } });
    // Whoever ended without a word: its documents are given again.
    const again = await texts.lease('00000000-0000-7000-8000-00000000000d', ONE.aoo, inSeconds(61), 1, 60);
    expect(again).toMatchObject([{ number: 13, attempts: 2 }]);
  });

  it('takes a text only from who holds the lease, and makes it anew without a trace', async () => {
    const texts = textStore(house.pool);
    const [me, other] = ['00000000-0000-7000-8000-0000000000aa', '00000000-0000-7000-8000-0000000000ab'];
    const [key] = await texts.lease(me, ONE.aoo, inSeconds(1_000), 1, 60);
    if (key === undefined) throw new Error('nothing is leased');
    expect(await texts.save(other, ONE.aoo, key, TEXT, ['parola'], LATER)).toBe(false);
    expect(await texts.save(me, ONE.aoo, key, TEXT, ['prima', 'seconda'], LATER)).toBe(true);
    expect(await texts.save(me, ONE.aoo, key, TEXT, ['parola'], LATER)).toBe(false);
    const stored = await house.pool.query(
      'select part, text, words::text from document_text_part where aoo = $1 and number = $2 order by part',
      [ONE.aoo, key.number],
    );
    expect(stored.rows).toEqual([
      { part: 1, text: 'prima', words: "'prim':1" },
      { part: 2, text: 'seconda', words: "'second':1" },
    ]);
    expect((await texts.status(ONE.aoo)).counts).toContainEqual({
      aoo: ONE.aoo,
      state: 'complete',
      reason: null,
      count: 1,
    });
  });

  it('tries again what an older version could not read, and what a person asks for', async () => {
    const texts = textStore(house.pool);
    const me = '00000000-0000-7000-8000-0000000000ac';
    const [key] = await texts.lease(me, ONE.aoo, inSeconds(2_000), 1, 60);
    if (key === undefined) throw new Error('nothing is leased');
    const failed: DocumentText = { ...TEXT, state: 'failed', reason: 'text-damaged', text: '' };
    await texts.save(me, ONE.aoo, key, failed, [], LATER);
    expect(await texts.reviveOlder(ONE.aoo, 1, 10)).toBe(0);
    expect(await texts.reviveOlder(ONE.aoo, 2, 10)).toBe(1);
    expect(await texts.lease(me, ONE.aoo, inSeconds(2_000), 1, 60)).toMatchObject([{ ...key, attempts: 1 }]);
    await texts.save(me, ONE.aoo, key, failed, [], LATER);
    expect(await texts.retry(null, ['scanned'])).toBe(0);
    expect(await texts.retry(ONE.aoo, ['failed'])).toBe(1);
    // Given back: later, and not counted.
    const [taken] = await texts.lease(me, ONE.aoo, inSeconds(2_000), 1, 60);
    await texts.release(me, ONE.aoo, taken === undefined ? [] : [taken], inSeconds(2_500));
    const others = await texts.lease(me, ONE.aoo, inSeconds(2_100), 100, 1_000);
    expect(others.some(({ number, position }) => number === taken?.number && position === taken.position)).toBe(false);
    expect(await texts.lease(me, ONE.aoo, inSeconds(2_501), 1, 60)).toMatchObject([{ ...taken, attempts: 1 }]);
  });

  it('finds what came in below the numbers that were asked already', async () => {
    const texts = textStore(house.pool);
    for (let count = 0; count < 3; count += 1) await register(house.store, TWO, LATER, { documents: [document('x')] });
    await texts.queue(TWO.aoo);
    // As an import of an older register writes: other years, beside the counter.
    await house.pool.query(
      `insert into registration (aoo, register, year, number, direction, registered_at, date, time, subject, sender, recipients, flags)
       select aoo, register, 1999, 7, direction, '1999-05-05T10:00:00Z', '1999-05-05', time, subject, sender, recipients, flags
         from registration where aoo = $1 and number = 1`,
      [TWO.aoo],
    );
    await house.pool.query(
      `insert into registration_document (aoo, register, year, number, position, role, name, media_type, sha256, size)
       select aoo, register, 1999, 7, position, role, name, media_type, sha256, size from registration_document
        where aoo = $1 and number = 1`,
      [TWO.aoo],
    );
    await texts.queue(TWO.aoo);
    await texts.queue(TWO.aoo);
    expect((await texts.status(TWO.aoo)).queues).toMatchObject([{ waiting: 4 }]);
    await house.pool.query('delete from document_text where aoo = $1 and year = 1999', [TWO.aoo]);
    expect(await texts.queue(TWO.aoo)).toBe(0);
    await texts.rescan(TWO.aoo);
    for (let round = 0; round < 3; round += 1) await texts.queue(TWO.aoo);
    expect((await texts.status(TWO.aoo)).queues).toMatchObject([{ waiting: 4, backlog: 0 }]);
  });
});
