import { describe, expect, it } from 'vitest';
import { JsonError, readStrictJson, toPointer } from '../../../../src/entrances/http/body/strict-json.ts';
import { leastCost } from '../../../support/cost.ts';

const LIMITS = { depth: 32, values: 1_000 };
const read = (text: string | Uint8Array, limits = LIMITS) =>
  readStrictJson(typeof text === 'string' ? Buffer.from(text) : text, limits);
function refusal(text: string | Uint8Array, limits = LIMITS): readonly [string, string] {
  try {
    read(text, limits);
  } catch (error) {
    if (error instanceof JsonError) return [error.code, error.pointer];
    throw error;
  }
  return ['taken', ''];
}

describe('JSON of a caller', () => {
  it.each([
    '{"a":[1,-0.5e3,true,false,null,"x\\u00e9\\n\\/\\"\\\\"],"b":{},"c":[]}',
    ' [ ] ',
    '"\\ud83d\\ude00 😀"',
    '{"":{"constructor":1,"toString":"x","hasOwnProperty":[{"constructor":{}}]}}',
    '-0',
    '1E+2',
  ])('is read as JSON.parse reads it: %s', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each<[string | Uint8Array, string, string]>([
    ['{"a":1,"b":{"c":2,"c":3}}', 'body-duplicate-key', '/b/c'],
    ['{"a":1,"\\u0061":2}', 'body-duplicate-key', '/a'],
    ['{"a":[{"__proto__":{"x":1}}]}', 'body-forbidden-key', '/a/0/__proto__'],
    ['{"\\u005f_proto__":1}', 'body-forbidden-key', '/__proto__'],
    ['{"constructor":{"prototype":{"x":1}}}', 'body-forbidden-key', '/constructor'],
    ['{"a":{"b":["x","\\u0000"]}}', 'body-forbidden-text', '/a/b/1'],
    ['{"a\\u0000":1}', 'body-forbidden-text', ''],
    ['"\u0000"', 'body-forbidden-text', ''],
    ['["\\ud800"]', 'body-forbidden-text', '/0'],
    ['["\\udc00\\ud800"]', 'body-forbidden-text', '/0'],
    [new Uint8Array([0x22, 0xc3, 0x28, 0x22]), 'body-encoding', ''],
    // A surrogate written in UTF-8, and an overlong slash.
    [new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]), 'body-encoding', ''],
    [new Uint8Array([0x22, 0xc0, 0xaf, 0x22]), 'body-encoding', ''],
    ['\ufeff\ufeff{}', 'body-not-json', ''],
    ['{\ufeff}', 'body-not-json', ''],
    ['\ufeff', 'body-not-json', ''],
    ['', 'body-not-json', ''],
    ['{', 'body-not-json', ''],
    ['{"a":1,}', 'body-not-json', ''],
    ['[1,]', 'body-not-json', '/1'],
    ['[1 2]', 'body-not-json', ''],
    ['{"a"}', 'body-not-json', '/a'],
    ["{'a':1}", 'body-not-json', ''],
    ['[01]', 'body-not-json', ''],
    ['[1.]', 'body-not-json', ''],
    ['[+1]', 'body-not-json', '/0'],
    ['[.5]', 'body-not-json', '/0'],
    ['[NaN]', 'body-not-json', '/0'],
    ['[tru]', 'body-not-json', '/0'],
    ['[1e999]', 'body-not-json', '/0'],
    ['"a\nb"', 'body-not-json', ''],
    ['"\\x41"', 'body-not-json', ''],
    ['"abc', 'body-not-json', ''],
    ['{} {}', 'body-not-json', ''],
    ['/* x */ 1', 'body-not-json', ''],
  ])('%s is refused', (text, code, pointer) => {
    expect(refusal(text)).toEqual([code, pointer]);
  });

  it('has an end in depth and in values, counted exactly', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(refusal(nested(32))).toEqual(['taken', '']);
    expect(refusal(nested(33))[0]).toBe('body-too-deep');
    expect(refusal('['.repeat(1_000_000))[0]).toBe('body-too-deep');
    const many = (count: number) => `[${Array(count - 1).fill(0)}]`;
    expect(refusal(many(1_000))).toEqual(['taken', '']);
    expect(refusal(many(1_001))).toEqual(['body-too-many-values', '/999']);
  });

  it('gains no member of a prototype, and names places as RFC 6901 has them', () => {
    const value = read('{"toString":1,"a/b":{"c~d":2}}') as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['toString', 'a/b']);
    expect(toPointer(['a/b', 'c~d', 0])).toBe('/a~1b/c~0d/0');
  });

  it('costs in proportion to its length', () => {
    const shapes: Readonly<Record<string, (size: number) => string>> = {
      names: (size) => `{${Array.from({ length: size / 10 }, (_, at) => `"n${at}":0`)}}`,
      escapes: (size) => `"${'\\u0041'.repeat(size / 6)}"`,
      backslashes: (size) => `"${'\\\\'.repeat(size / 2)}"`,
      open: (size) => `"${'a'.repeat(size)}`,
      digits: (size) => '1'.repeat(size),
      spaces: (size) => `${' '.repeat(size)}x`,
      numbers: (size) => `[${'0,'.repeat(size / 2)}0]`,
    };
    const limits = { depth: 32, values: 10_000_000 };
    for (const [name, shape] of Object.entries(shapes)) {
      const cost = (size: number): number => {
        const bytes = Buffer.from(shape(size));
        const read = () => {
          try {
            readStrictJson(bytes, limits);
          } catch {}
        };
        return leastCost(read, { tries: 5 });
      };
      cost(20_000);
      // Sixteen times as long: quadratic would be 256 times as dear.
      expect(cost(6_400_000) / Math.max(cost(400_000), 1), name).toBeLessThan(128);
    }
  });
});
