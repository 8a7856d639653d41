import type { FastifyReply, FastifyRequest } from 'fastify';
import { describe, expect, it } from 'vitest';
import { etagOf, ifMatchOf, notModified } from '../../../src/entrances/http/etag.ts';

describe('an ETag', () => {
  const expected = (header?: string) => {
    const read = ifMatchOf({ headers: header === undefined ? {} : { 'if-match': header } });
    return read.ok ? read.value : read.problem.code;
  };

  it('If-Match names the versions a command is meant for', () => {
    expect(etagOf(7)).toBe('"7"');
    expect(expected()).toBeNull();
    expect(expected('*')).toBe('*');
    expect(expected('"7"')).toEqual(new Set([7]));
    expect(expected(Array(20).fill('"1"').join())).toEqual(new Set([1]));
    expect(expected('"7" , "8"')).toEqual(new Set([7, 8]));
    // A list (RFC 9110 §5.6.1) may have nothing between two commas, and a tag may contain one.
    expect(expected(',"7",, "8" ,')).toEqual(new Set([7, 8]));
    expect(expected('"a,b", "7", "è"')).toEqual(new Set([7]));
    expect(expected('W/"7", "8"')).toEqual(new Set([8]));
    // If-Match compares strongly (§13.1.1): a weak tag matches nothing.
    expect(expected('W/"7"')).toEqual(new Set());
    expect(expected('"abc"')).toEqual(new Set());
    for (const wrong of [
      '7',
      '"7',
      '',
      ',',
      '"7";"8"',
      '"7" "8"',
      '"7"8',
      '*, "7"',
      '"a b"',
      Array(21).fill('"1"').join(),
    ])
      expect(expected(wrong)).toBe('if-match-invalid');
  });

  it('If-None-Match with the current version is answered with 304', () => {
    const asked = (header?: string) => {
      const said: unknown[] = [];
      const reply = {
        header: (name: string, value: string) => said.push(name, value),
        code: (status: number) => ({ send: () => said.push(status) }),
      };
      const headers = header === undefined ? {} : { 'if-none-match': header };
      const known = notModified({ headers } as FastifyRequest, reply as unknown as FastifyReply, 7);
      return [known, ...said];
    };
    expect(asked()).toEqual([false, 'etag', '"7"']);
    expect(asked('"6"')).toEqual([false, 'etag', '"7"']);
    expect(asked('W/"7"')).toEqual([true, 'etag', '"7"', 304]);
    expect(asked('"5", "a,b",, W/"7"')).toEqual([true, 'etag', '"7"', 304]);
    expect(asked('"7" "8"')).toEqual([false, 'etag', '"7"']);
    expect(asked('*')).toEqual([true, 'etag', '"7"', 304]);
  });
});
