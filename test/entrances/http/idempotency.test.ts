import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../src/entrances/http/idempotency.ts';

describe('canonical JSON', () => {
  it('does not depend on the order of members, and on nothing else', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'è' }], a: undefined })).toBe('{"b":[1,{"c":"è","d":null}]}');
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
  });
});
