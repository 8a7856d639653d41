import { expect, it } from 'vitest';
import { provinceName } from '../../../src/domain/index/provinces.ts';

it.each([
  ['AG', 'Agrigento'],
  ['BA', 'Bari'],
  ['BG', 'Bergamo'],
  ['CT', 'Catania'],
  ['CZ', 'Catanzaro'],
  ['AQ', "L'Aquila"],
  ['fc', 'Forlì Cesena'],
  ['Vb', 'Verbano Cusio Ossola'],
  ['VV', 'Vibo Valentia'],
  ['XX', 'XX'],
  ['', ''],
])('%s is %s', (letters, name) => {
  expect(provinceName(letters)).toBe(name);
});
