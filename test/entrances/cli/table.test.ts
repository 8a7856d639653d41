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

it('with room there is one line a row; without, a row goes on indented and names its values', () => {
  expect(table(HEAD, [ROW, ROW], 160).split('\n')).toHaveLength(3);
  expect(table(HEAD, [ROW], 80).split('\n')).toEqual([
    'updated: 2026-03-02 11:11:12  in/out: out  state: delivered',
    '    with: Comune di Provaria - Area organizzativa omogenea unica',
    '        <protocollo@pec.provaria.example.it>',
    '    ours: 0000118/2026  theirs: 0000007/2026',
    '    subject: Trasmissione della deliberazione di Giunta comunale n. 12 del 2',
    '        marzo 2026, con i suoi allegati',
    `    id: ${ID}`,
  ]);
});

it.each([60, 80, 120])('at %d columns the other office’s number is not read as ours, where we have none', (width) => {
  const shown = table(HEAD, [ROW.with(4, '')], width);
  expect(shown).not.toContain('ours');
  expect(shown).toMatch(/^ {4}(?:.*> {2})?theirs: 0000007\/2026$/m);
});

it('the words of a folded value never stand where a head does', () => {
  const subject = `${'parola '.repeat(9)}ours: 0000999/2026 ${'parola '.repeat(9)}`.trim();
  const shown = table(HEAD, [ROW.with(6, subject)], 80);
  expect(shown.match(/^ {4}ours: .*$/gm)).toEqual(['    ours: 0000118/2026  theirs: 0000007/2026']);
  expect(shown).toMatch(/^ {8}ours: 0000999\/2026 /m);
});

it('without a width nothing is cut', () => {
  expect(table(HEAD, [ROW])).toContain(ROW[6]);
});
