import { describe, expect, it } from 'vitest';
import { berAt, children } from '../../src/formats/cms/ber.ts';
import { decodeBody } from '../../src/formats/mime/decode.ts';
import { parseMime } from '../../src/formats/mime/parse.ts';
import { leastCost } from '../support/cost.ts';

const MB = 1024 * 1024;

const decoded = (encoding: string, body: Buffer) => {
  const tree = parseMime(Buffer.concat([Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`), body]));
  return decodeBody(tree, tree.root);
};
const nested = (levels: number): Buffer => {
  const inside = Buffer.alloc(4 * MB, Buffer.from('0500', 'hex'));
  const open = Buffer.alloc(2 * levels, Buffer.from('a080', 'hex'));
  return Buffer.concat([open, inside, Buffer.alloc(2 * levels)]);
};

describe('hostile bytes', () => {
  // Each group of base64 padded: it took 25 times as long, because each was a piece of its own.
  it('cost little more than one look at each', () => {
    const body = Buffer.alloc(8 * MB, 'AB=');
    const work = () => decoded('base64', body);
    const bytes = Buffer.alloc(8 * MB, 'abcd');
    const look = leastCost(() => {
      let sum = 0;
      for (const octet of bytes) sum = (sum * 31 + octet) | 0;
      if (sum === 1) throw new Error('never');
    });
    expect(leastCost(work, { enough: 15 * look, tries: 4 })).toBeLessThan(15 * look);
  });

  it('are what they were: base64 with padding everywhere', () => {
    expect(decoded('base64', Buffer.from('QUI=QUJDRA==QUJ')).toString()).toBe('ABABCDAB');
    expect(decoded('base64', Buffer.from('=A=A==QQ=')).toString()).toBe('A');
  });

  it('that nest are read once, not once a level', () => {
    const open = (levels: number) => {
      const bytes = nested(levels);
      let node = berAt(bytes, 0, bytes.length);
      for (let level = 1; level < levels; level++) [node = node] = children(node);
      expect(node.from).toBe(2 * levels);
    };
    expect(leastCost(() => open(24), { tries: 4 })).toBeLessThan(4 * leastCost(() => open(1), { tries: 4 }) + 20);
  });
});
