/** The register as a file: whole, in a bounded memory, and harmless to spreadsheets. */
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { csvOf, xlsxOf } from '../../src/entrances/http/desk/register/export-routes.ts';
import { harmless } from '../../src/entrances/http/desk/register/spreadsheet-text.ts';
import { aooId } from '../../src/kernel/ids.ts';
import type { RegisterHit, RegisterPage } from '../../src/service/queries/register-views.ts';
import { readZip } from '../support/zip-reader.ts';

const ROW: RegisterHit = {
  register: 'PROT',
  year: 2026,
  number: '0000001',
  date: '2026-11-30',
  time: '09:05:12',
  direction: 'incoming',
  subject: 'Richiesta; con «virgolette» "doppie"\ne una riga nuova',
  correspondent: 'Comune di Provaria',
  others: 0,
  foundRecipients: [],
  foundDocuments: [],
  foundTexts: [],
  peerNumber: null,
  classification: 'I.1',
  heldBy: null,
  annulment: null,
  annulmentAsked: false,
  flagged: false,
  reserved: false,
  carrier: 'pec',
  emergency: null,
  exchanges: { all: 0, failed: 0, refused: 0, underWay: 0, unconfirmed: 0, confirmed: 0 },
};
const WANTED = {
  aoo: aooId('c_esempio', 'AESEMP1'),
  reader: { all: true, reserved: false, personId: '', units: [] },
  filter: {},
};

/** So many rows, in pages as they are asked for. */
const register = (count: number, row: Partial<RegisterHit> = {}) => ({
  registerViews: {
    async search({ cursor, limit }: { cursor: string | null; limit: number }): Promise<RegisterPage> {
      const from = Number(cursor ?? 0);
      const to = Math.min(count, from + limit);
      const items = Array.from({ length: to - from }, (_, n) => ({ ...ROW, ...row, number: String(from + n + 1) }));
      return { items, cursor: to < count ? String(to) : null, total: null };
    },
  },
});

const FORMULAS = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =cmd|calc', '\u200b=1', '＝1+1', '\n@x'];

describe('the register as CSV', () => {
  it('begins with a mark, quotes every field, and keeps lines and quotes', async () => {
    const csv = await text(csvOf(register(1), WANTED));
    // `text` takes the mark away; the bytes have it.
    expect((await buffer(csvOf(register(1), WANTED))).subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const [head = '', ...rest] = csv.split('\r\n');
    expect(head.startsWith('"Numero";"Anno";"Data"')).toBe(true);
    expect(rest.join('')).toContain('"Richiesta; con «virgolette» ""doppie""\ne una riga nuova"');
  });

  it.each(FORMULAS)('never lets %j be calculated', async (formula) => {
    expect(harmless(formula).startsWith("'")).toBe(true);
    expect(await text(csvOf(register(1, { subject: formula, correspondent: formula }), WANTED))).toContain(`"'`);
  });

  it('leaves what is no formula as it is', () => {
    for (const plain of ['Convenzione', 'a=b', '12/2026', '«=»', '']) expect(harmless(plain)).toBe(plain);
  });

  it('is cut off, and never looks whole, where the search cannot go on', async () => {
    const failing = {
      registerViews: { search: async () => ({ items: [], cursor: null, total: null, tooMany: true as const }) },
    };
    await expect(text(csvOf(failing, WANTED))).rejects.toThrow('too wide');
    await expect(buffer(xlsxOf(failing, WANTED))).rejects.toThrow('too wide');
  });
});

describe('the register as XLSX', () => {
  it('has texts alone, whatever they look like', async () => {
    const book = readZip(await buffer(xlsxOf(register(3, { subject: '=1+1 <b>&\u0001' }), WANTED)));
    const sheet = book.find(({ name }) => name === 'xl/worksheets/sheet1.xml')?.bytes.toString() ?? '';
    expect(sheet.match(/<row>/g)).toHaveLength(4);
    expect(sheet).not.toMatch(/<f>|<v>|t="str"/);
    expect(sheet).toContain('=1+1 &lt;b&gt;&amp;\ufffd</t>');
    expect(book.map(({ name }) => name)).toEqual(expect.arrayContaining(['[Content_Types].xml', 'xl/workbook.xml']));
  });
});

describe.each([
  ['CSV', csvOf],
  ['XLSX', xlsxOf],
])('a hundred thousand registrations as %s', (_, of) => {
  it('are written as they are taken: the memory stays the same', async () => {
    let read = 0;
    const source = register(100_000);
    const counting = {
      registerViews: {
        search: async (query: Parameters<typeof source.registerViews.search>[0]) => {
          read += 1;
          return source.registerViews.search(query);
        },
      },
    };
    const stream = of(counting, WANTED);
    // Nobody takes it: it waits.
    await new Promise((resolve) => stream.once('readable', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBeLessThan(10);
    let bytes = 0;
    for await (const piece of stream) bytes += (piece as Buffer).length;
    expect(read).toBe(200);
    expect(bytes).toBeGreaterThan(100_000);
  }, 60_000);
});
