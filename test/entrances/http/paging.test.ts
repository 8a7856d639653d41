import { describe, expect, it } from 'vitest';
import { fromCursor, toCursor } from '../../../src/entrances/http/paging.ts';

describe('a cursor', () => {
  it('is read as it was given; a forged one is refused', () => {
    const forms = [/^\d{1,15}$/, /^[a-z]+$/];
    expect(fromCursor(toCursor([12, 'abc']), forms)).toEqual(['12', 'abc']);
    for (const forged of [
      '',
      'AAAA',
      toCursor([12]),
      toCursor([12, 'abc', 1]),
      toCursor(['x', 'abc']),
      toCursor([12, "a'--"]),
    ])
      expect(() => fromCursor(forged, forms), forged).toThrow(/cursore/);
  });
});
