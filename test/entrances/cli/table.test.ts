import { expect, it } from 'vitest';
import { table } from '../../../src/entrances/cli/output/table.ts';

const HEAD = ['updated', 'in/out', 'state', 'with', 'ours', 'theirs', 'subject', 'id'];
const ID = '01a22bea-45f6-729d-a281-d2a79b0c51b2';
const ROW = [
  '2026-03-02 11:11:12',
  'out',
  'delivered',
  'Comune di Provaria - Area organizzativa omogenea unica <protocollo@pec.provaria.example.it>',
  '0000118/2026',
  '0000007/2026',
  'Trasmissione della deliberazione di Giunta comunale n. 12 del 2 marzo 2026, con i suoi allegati',
  ID,
];

it.each([60, 80, 100, 120, 160])('no line is wider than %d columns, and the id stays whole', (width) => {
  const shown = table(HEAD, [ROW, ROW], width);
  for (const line of shown.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
  expect(shown.split(ID)).toHaveLength(3);
  expect(shown).toContain('2026-03-02 11:11:12');
  expect(shown).toContain('delivered');
});

it('with room there is one line a row; without, a row goes on indented', () => {
  expect(table(HEAD, [ROW, ROW], 160).split('\n')).toHaveLength(3);
  const narrow = table(HEAD, [ROW], 80).split('\n');
  expect(narrow.slice(1)[0]).toBe('2026-03-02 11:11:12  out  delivered');
  expect(narrow.at(-1)).toContain(ID);
  expect(narrow.filter((line) => line.startsWith('    ')).length).toBeGreaterThan(1);
});

it('without a width nothing is cut', () => {
  expect(table(HEAD, [ROW])).toContain(ROW[6]);
});
