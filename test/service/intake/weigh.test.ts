import { describe, expect, it } from 'vitest';
import { weightOf } from '../../../src/service/intake/weigh.ts';

describe('what data weighs', () => {
  it.each([
    ['a long text', 'x'.repeat(5_000)],
    [
      'many names',
      { documents: Array.from({ length: 300 }, (_, index) => ({ name: `allegato ${index}.pdf`, size: index })) },
    ],
    ['text deep inside', { a: [{ b: { c: [null, true, 'x'.repeat(5_000)] } }] }],
    ['long keys', { ['k'.repeat(5_000)]: 1 }],
  ])('is about what its JSON does: %s', (_, data) => {
    const ratio = weightOf(data) / JSON.stringify(data).length;
    expect(ratio).toBeGreaterThan(0.8);
    expect(ratio).toBeLessThan(1.6);
  });

  it('counts bytes and maps, which JSON does not show', () => {
    expect(weightOf({ bytes: new Uint8Array(5_000) })).toBeGreaterThan(5_000);
    expect(weightOf(new Map([['a', 'x'.repeat(5_000)]]))).toBeGreaterThan(5_000);
  });

  it('is not counted further once it is too much', () => {
    expect(weightOf(new Array(1_000_000).fill('x'), 100)).toBeLessThan(200);
  });
});
