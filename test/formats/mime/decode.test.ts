import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { decodeBody, decodedChunks } from '../../../src/formats/mime/decode.ts';
import { openMessage, parseMime } from '../../../src/formats/mime/parse.ts';
import { sha256, sha256Of } from '../../../src/kernel/digest.ts';

function decode(encoding: string, body: string | Buffer) {
  const head = Buffer.from(`Content-Transfer-Encoding: ${encoding}\r\n\r\n`);
  const tree = parseMime(Buffer.concat([head, Buffer.from(body as string)]));
  const problems: string[] = [];
  const bytes = decodeBody(tree, tree.root, ({ code }) => problems.push(code));
  const chunked = Buffer.concat([...decodedChunks(tree, tree.root)]);
  expect(chunked.equals(bytes)).toBe(true);
  return { text: bytes.toString('latin1'), problems };
}

describe('base64', () => {
  it.each([
    ['QUJD', 'ABC', []],
    ['QU\r\nJ\r\nD\r\n', 'ABC', []],
    ['QUI=', 'AB', []],
    ['QUI', 'AB', ['mime-encoding-broken']],
    ['QUJDQUJ==', 'ABCAB', ['mime-encoding-broken']],
    ['QUI==', 'AB', ['mime-encoding-broken']],
    ['QQ==', 'A', []],
    ['QUI=\r\n\r\n', 'AB', []],
    ['QUJD====', 'ABC', ['mime-encoding-broken']],
    ['Q!U*JD', 'ABC', ['mime-encoding-broken']],
    ['QUI=QUI=', 'ABAB', ['mime-encoding-broken']],
    ['QUJDQ', 'ABC', ['mime-encoding-broken']],
    ['', '', []],
  ])('%j', (body, text, problems) => expect(decode('base64', body)).toEqual({ text, problems }));

  it('decodes a large body in pieces to the same bytes as at once, whatever the length of its lines', () => {
    const content = randomBytes(5_000_001);
    for (const width of [76, 64, 61, 4_000_000]) {
      const text = content.toString('base64').replace(new RegExp(`.{1,${width}}`, 'g'), '$&\r\n');
      const tree = parseMime(Buffer.from(`Content-Transfer-Encoding: base64\r\n\r\n${text}`));
      expect(sha256Of(decodedChunks(tree, tree.root))).toBe(sha256(content));
      expect(decodeBody(tree, tree.root).equals(content)).toBe(true);
    }
  });

  it('never holds a large body whole', () => {
    const tree = parseMime(Buffer.from(`Content-Transfer-Encoding: base64\r\n\r\n${'QUJD'.repeat(2_000_000)}`));
    const digest = createHash('sha256');
    for (const chunk of decodedChunks(tree, tree.root)) {
      expect(chunk.length).toBeLessThanOrEqual(1 << 16);
      digest.update(chunk);
    }
    expect(digest.digest('hex')).toBe(sha256('ABC'.repeat(2_000_000)));
  });
});

describe('quoted-printable', () => {
  it.each([
    ['Citt=E0 =3D=\r\n ok=\n!', 'Citt\xe0 = ok!', []],
    ['a=  \t\r\nb', 'ab', []],
    ['a=e0', 'a\xe0', []],
    ['a=', 'a', []],
    ['a=zz=4', 'a=zz=4', ['mime-encoding-broken']],
    ['a\r\nb\n', 'a\r\nb\n', []],
  ])('%j', (body, text, problems) => expect(decode('quoted-printable', body)).toEqual({ text, problems }));

  it('cuts no escape between pieces', () => {
    for (const shift of [0, 1, 2, 3]) {
      const body = `${'x'.repeat(shift)}${'=E0'.repeat(1_000_000)}`;
      expect(decode('quoted-printable', body).text).toBe(`${'x'.repeat(shift)}${'\xe0'.repeat(1_000_000)}`);
    }
    const lines = `${'=E0'.repeat(20)}=\r\n`.repeat(40_000);
    expect(decode('quoted-printable', lines).text).toBe('\xe0'.repeat(800_000));
  });
});

describe('uuencode', () => {
  const line = (bytes: Buffer): string => {
    const sign = (sextet: number): string => (sextet === 0 ? '`' : String.fromCharCode(32 + sextet));
    let text = sign(bytes.length);
    for (let at = 0; at < bytes.length; at += 3) {
      const group = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
      for (const shift of [18, 12, 6, 0]) text += sign((group >> shift) & 63);
    }
    return text;
  };
  const uuencode = (content: Buffer, feed = '\r\n'): string => {
    const lines = Array.from({ length: Math.ceil(content.length / 45) }, (_, at) =>
      line(content.subarray(at * 45, at * 45 + 45)),
    );
    return ['begin 644 atto n. 1.pdf', ...lines, '`', 'end', ''].join(feed);
  };

  it.each(['x-uuencode', 'uuencode', 'X-UUE'])('is read as %s', (encoding) => {
    const content = randomBytes(200_003);
    for (const feed of ['\r\n', '\n'])
      expect(decode(encoding, uuencode(content, feed))).toEqual({ text: content.toString('latin1'), problems: [] });
  });

  const broken = ['mime-encoding-broken'];
  it.each([
    ['text before it', `Ecco il file.\n\n${uuencode(Buffer.from('ABCD'))}`, 'ABCD', []],
    ['blanks for zeros', 'begin 644 a\n#   !\n \nend\n', '\0\0\x01', []],
    ['a check character at the end of a line', 'begin 644 a\n#04)#X\n`\nend\n', 'ABC', []],
    ['a line that lacks characters', 'begin 644 a\n#04\n`\nend\n', 'A', broken],
    ['a character outside the alphabet', 'begin 644 a\n#04)~\n`\nend\n', 'AB^', broken],
    ['no end', 'begin 644 a\n#04)#\n', 'ABC', broken],
    ['text behind the end', 'begin 644 a\n#04)#\n`\nend\nciao\n', 'ABC', broken],
    ['no beginning, so nothing is taken from it', 'testo\n', 'testo\n', broken],
    ['nothing', '', '', broken],
  ])('with %s', (_what, body, text, problems) => expect(decode('x-uuencode', body)).toEqual({ text, problems }));

  it('never gives more than it was given', () => {
    for (const line of ['_\n', '_!\n', '!!!!!\n'])
      expect(decode('x-uuencode', `begin 644 a\n${line.repeat(100_000)}`).text.length).toBeLessThan(
        line.length * 75_000,
      );
  });
});

describe('other encodings', () => {
  it('are known under the names that software misspells', () => {
    for (const encoding of ['Base-64', '"base64"', 'base64 (MIME)']) expect(decode(encoding, 'QUJD').text).toBe('ABC');
    for (const encoding of ['8-bit', '7-BIT', "'8bit'"]) expect(decode(encoding, 'a').problems).toEqual([]);
  });

  it('give the bytes unchanged, without a copy', () => {
    for (const encoding of ['7bit', '8BIT', 'binary']) expect(decode(encoding, 'a=E0\r\n').problems).toEqual([]);
    expect(decode('x-yenc', 'abc')).toEqual({ text: 'abc', problems: ['mime-encoding-unknown'] });
    const tree = parseMime(Buffer.from('A: b\r\n\r\nbody'));
    expect(decodeBody(tree, tree.root).buffer).toBe(tree.bytes.buffer);
  });

  it('decode a message before it is opened', () => {
    const inside = Buffer.from('Subject: dentro\r\n\r\nciao').toString('base64');
    const tree = parseMime(
      Buffer.from(`Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${inside}`),
    );
    const opened = openMessage(tree, tree.root);
    expect([opened.root.headers, opened.problems]).toEqual([[{ name: 'subject', value: 'dentro' }], []]);
    const damaged = parseMime(Buffer.concat([tree.bytes.subarray(0, -3), Buffer.from('\r\n')]));
    expect(openMessage(damaged, damaged.root).problems.map(({ code }) => code)).toEqual(['mime-encoding-broken']);
  });
});
