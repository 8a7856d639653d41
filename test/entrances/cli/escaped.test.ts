import { expect, it } from 'vitest';
import { escaped } from '../../../src/entrances/cli/output/escaped.ts';

it('escapes what steers a terminal or hides text, and leaves lines and letters as they are', () => {
  expect(escaped('Delibera n. 5 è «urgente»\n1\u00a0€')).toBe('Delibera n. 5 è «urgente»\n1\u00a0€');
  expect(escaped('paga\u001b[8m nascosto\u001b]52;c;eA==\u0007')).toBe(
    'paga\\u001b[8m nascosto\\u001b]52;c;eA==\\u0007',
  );
  expect(escaped('a\bb\rc\td\0')).toBe('a\\u0008b\\u000dc\\u0009d\\u0000');
  expect(escaped('\u007f\u009b\u061c\u200b\u200f\u202e\u2066\u2028\ufeff')).toBe(
    '\\u007f\\u009b\\u061c\\u200b\\u200f\\u202e\\u2066\\u2028\\ufeff',
  );
});
