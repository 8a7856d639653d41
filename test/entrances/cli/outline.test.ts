import { expect, it } from 'vitest';
import { outline } from '../../../src/entrances/cli/output/outline.ts';

it('shows one field a line, times as in Italy, and leaves out what is empty', () => {
  const shown = {
    id: 'a',
    at: '2026-06-30T22:30:00Z',
    none: null,
    list: [],
    tags: ['x', { y: 1 }],
    of: { day: new Date(0) },
  };
  expect(outline(shown).split('\n')).toEqual([
    'id: a',
    'at: 2026-07-01 00:30:00',
    'tags:',
    '  - x',
    '  -',
    '    y: 1',
    'of:',
    '  day: 1970-01-01 01:00:00',
  ]);
});

it('a text of several lines cannot look like fields, at any level', () => {
  const text = 'Buongiorno.\nstate: confirmed\n    type: confirmation\n\nourNumber: 0000999/2026';
  const shown = outline({ state: 'operator', says: { text, notes: [text] }, after: 1 });
  expect(shown.split('\n')).toEqual([
    'state: operator',
    'says:',
    '  text:',
    ...['Buongiorno.', 'state: confirmed', '    type: confirmation', '', 'ourNumber: 0000999/2026'].map(
      (line) => `    | ${line}`,
    ),
    '  notes:',
    '    -',
    ...['Buongiorno.', 'state: confirmed', '    type: confirmation', '', 'ourNumber: 0000999/2026'].map(
      (line) => `      | ${line}`,
    ),
    'after: 1',
  ]);
});
