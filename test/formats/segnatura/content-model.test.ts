import { expect, test } from 'vitest';
import { departure } from '../../../src/formats/segnatura/content-model.ts';

const HEADING =
  '(Identificatore , OraRegistrazione? , Origine , Destinazione+ , (Note | Riservato)* , Oggetto , Classifica*)';

test.each([
  [
    'ends too early',
    'Identificatore Origine Destinazione',
    'Destinazione',
    null,
    'Destinazione Note Riservato Oggetto',
  ],
  [
    'has a stranger behind much',
    'Identificatore Origine Destinazione Destinazione Oggetto Altro',
    'Oggetto',
    'Altro',
    'Classifica',
  ],
  ['is out of order', 'Identificatore Origine Oggetto', 'Origine', 'Oggetto', 'Destinazione'],
  ['begins wrongly', 'Origine', null, 'Origine', 'Identificatore'],
  ['is empty', '', null, null, 'Identificatore'],
])('a list that %s', (_, found, after, wrong, expected) => {
  const names = found === '' ? [] : found.split(' ');
  expect(departure(HEADING, names)).toEqual({ after, found: wrong, expected: expected.split(' ') });
});

test('a list that fits, and a model that is none', () => {
  expect(departure(HEADING, 'Identificatore Origine Destinazione Note Riservato Note Oggetto'.split(' '))).toBeNull();
  expect(departure('((A | B)+)', ['A', 'B', 'A'])).toBeNull();
  expect(departure('(A , (B', ['A'])).toBeNull();
  expect(departure('', ['A'])).toBeNull();
});
