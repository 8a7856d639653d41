import { describe, expect, it } from 'vitest';
import { header, headers } from '../../../src/formats/mime/header-block.ts';
import { openMessage, parseMime, walk } from '../../../src/formats/mime/parse.ts';
import { LIMITS } from '../../../src/kernel/limits.ts';
import type { MimePart, MimeTree } from '../../../src/model/mime.ts';

const crlf = (text: string) => text.replace(/\r?\n/g, '\r\n');
const parse = (text: string) => parseMime(Buffer.from(text, 'latin1'));
const codes = (tree: MimeTree) => tree.problems.map(({ code }) => code);
const raw = (tree: MimeTree, part: MimePart | undefined) =>
  part ? tree.bytes.toString('latin1', part.start, part.end) : undefined;
const body = (tree: MimeTree, part: MimePart | undefined) =>
  part ? tree.bytes.toString('latin1', part.bodyStart, part.end) : undefined;

const NESTED = `From: a@example.it
Content-Type: multipart/mixed; boundary="outer"

preamble
--outer
Content-Type: multipart/alternative; boundary=outer-inner

--outer-inner

first
--outer-inner
Content-Type: TEXT/HTML; Charset=utf-8

<p>second</p>

--outer-inner--
epilogue
--outer
Content-Type: message/rfc822

Subject: inside
Content-Type: multipart/mixed; boundary=x

--x

leaf
--x--

--outer
--outer
Content-Disposition: attachment; filename="a b.xml"
Content-Transfer-Encoding: Base64 (comment)

QQ==
--outer--
after
--outer
not a part
`;

describe.each([
  ['LF', NESTED],
  ['CRLF', crlf(NESTED)],
])('structure with %s', (_, text) => {
  const tree = parse(text);

  it('numbers parts as IMAP does and leaves messages closed', () => {
    const found = [...walk(tree.root)].map(({ path, type }) => `${path} ${type}`);
    expect(found).toEqual([
      ' multipart/mixed',
      '1 multipart/alternative',
      '1.1 text/plain',
      '1.2 text/html',
      '2 message/rfc822',
      '3 text/plain',
      '4 text/plain',
    ]);
    expect(tree.problems).toEqual([]);
  });

  it('leaves the line break before a separator to the separator', () => {
    const [first, message, empty, last] = tree.root.children;
    expect(body(tree, first?.children[0])).toBe('first');
    expect(body(tree, first?.children[1])?.replace(/\r/g, '')).toBe('<p>second</p>\n');
    expect(raw(tree, empty)).toBe('');
    expect(body(tree, last)).toBe('QQ==');
    expect(last).toMatchObject({ filename: 'a b.xml', disposition: 'attachment', encoding: 'base64' });
    expect(raw(tree, message)?.startsWith('Content-Type: message/rfc822')).toBe(true);
  });

  it('opens the inner message over the same bytes', () => {
    const [, message] = tree.root.children;
    if (!message) throw new Error('no message');
    const inside = openMessage(tree, message);
    expect(inside.bytes.buffer).toBe(tree.bytes.buffer);
    expect(header(inside.root, 'subject')).toBe('inside');
    expect(body(inside, inside.root.children[0])).toBe('leaf');
  });
});

describe('headers', () => {
  it('are unfolded, kept in order with duplicates, and looked up in lower case', () => {
    const tree = parse('Received: one\r\n\ttwo\r\nX-A :  v \r\nRECEIVED: three\r\nsubject:\r\n\r\nbody');
    expect(headers(tree.root, 'received')).toEqual(['one\ttwo', 'three']);
    expect(header(tree.root, 'x-a')).toBe('v');
    expect(header(tree.root, 'subject')).toBe('');
    expect(header(tree.root, 'to')).toBeNull();
    expect(body(tree, tree.root)).toBe('body');
  });

  it('end at the first empty line, also where line ends are mixed', () => {
    expect(body(parse('A: b\n\nC: d\r\n\r\nrest'), parse('A: b\n\nC: d\r\n\r\nrest').root)).toBe('C: d\r\n\r\nrest');
    expect(body(parse('A: b\r\n\r\nC: d\n\nrest'), parse('A: b\r\n\r\nC: d\n\nrest').root)).toBe('C: d\n\nrest');
  });

  it('skip and report a line that is no field, but not a From line of mbox', () => {
    const tree = parse('A: b\r\nrubbish line\r\nC: d\r\n\r\n');
    expect(tree.root.headers.map(({ name }) => name)).toEqual(['a', 'c']);
    expect(codes(tree)).toEqual(['mime-header-broken']);
    expect(codes(parse('From a@example.it Sun Jun 1\nA: b\n\n'))).toEqual([]);
  });

  it('may have no body after them, or be missing', () => {
    expect(parse('A: b').root).toMatchObject({ headers: [{ name: 'a', value: 'b' }] });
    expect(body(parse('\r\nbody'), parse('\r\nbody').root)).toBe('body');
    expect(codes(parse(''))).toEqual(['mime-empty']);
  });

  it('with a broken media type mean text/plain', () => {
    for (const type of ['text', 'text/plain/x', '; a=b', 'multipart'])
      expect(parse(`Content-Type: ${type}\n\n`).root.type).toBe('text/plain');
  });
});

describe('separators', () => {
  const multipart = (boundary: string, rest: string) =>
    parse(`Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${rest}`);

  it('are not confused where one begins like another', () => {
    const tree = multipart(
      'abc',
      '--abc\r\n\r\none\r\n--abcd\r\n--ab\r\n--abc-\r\n--abc--x\r\n--abc \t\r\n\r\ntwo\r\n--abc-- \r\n',
    );
    expect(tree.root.children.map((part) => body(tree, part))).toEqual([
      'one\r\n--abcd\r\n--ab\r\n--abc-\r\n--abc--x',
      'two',
    ]);
    expect(tree.problems).toEqual([]);
  });

  it('of the outer multipart end an inner one that was never closed', () => {
    const inner = 'Content-Type: multipart/mixed; boundary=abcd\r\n\r\n--abcd\r\n\r\ninner';
    const tree = multipart('abc', `--abc\r\n${inner}\r\n--abc\r\n\r\nnext\r\n--abc--`);
    expect([...walk(tree.root)].map(({ path }) => path)).toEqual(['', '1', '1.1', '2']);
    expect(tree.problems).toMatchObject([{ code: 'mime-unclosed', at: '1' }]);
  });

  it.each([
    ['missing', 'Content-Type: multipart/mixed\r\n\r\n--x\r\n\r\na\r\n--x--', 'mime-boundary-missing'],
    ['wrong', 'Content-Type: multipart/mixed; boundary=y\r\n\r\n--x\r\n\r\na\r\n--x--', 'mime-boundary-missing'],
    ['not closed', 'Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\na', 'mime-unclosed'],
    ['in the middle of a line', 'Content-Type: multipart/mixed; boundary=x\r\n\r\na --x\r\n', 'mime-boundary-missing'],
  ])('%s', (_, text, code) => expect(codes(parse(text))).toEqual([code]));

  it('may enclose empty parts or be the whole body', () => {
    expect(multipart('x', '--x\r\n--x\r\n--x--').root.children).toHaveLength(2);
    expect(multipart('x', '--x--').root.children).toHaveLength(0);
  });
});

describe('hostile structure takes bounded time', () => {
  /** Generous for a busy machine; quadratic time would be minutes. */
  const timed = (bytes: Buffer) => {
    const start = performance.now();
    const tree = parseMime(bytes);
    expect(performance.now() - start).toBeLessThan(10_000);
    return tree;
  };

  it('10,000 parts', () => {
    const tree = timed(Buffer.from(`Content-Type: multipart/mixed; boundary=x\n\n${'--x\n\na\n'.repeat(10_000)}--x--`));
    expect(codes(tree)).toEqual(['mime-too-many-parts']);
    expect([...walk(tree.root)]).toHaveLength(LIMITS.mimeParts);
  });

  it('1,000 nestings', () => {
    const text = Array.from(
      { length: 1000 },
      (_, at) => `Content-Type: multipart/mixed; boundary=b${at}.\n\n--b${at}.\n`,
    ).join('');
    const tree = timed(Buffer.from(text));
    expect(codes(tree)).toContain('mime-too-deep');
    expect([...walk(tree.root)].length).toBeLessThanOrEqual(LIMITS.mimeDepth + 1);
  });

  it('many fields, a large header', () => {
    expect(codes(timed(Buffer.from('A: b\n'.repeat(5000))))).toEqual(['mime-malformed']);
    const folded = timed(Buffer.from(`A: b\n${' \n'.repeat(2_000_000)}\nbody`));
    expect(codes(folded)).toEqual(['mime-header-too-large']);
    const part = Buffer.concat([
      Buffer.from('Content-Type: multipart/mixed; boundary=x\n\n--x\nA: '),
      Buffer.alloc(100 << 20, 97),
    ]);
    expect(codes(timed(part))).toContain('mime-header-too-large');
  });

  it('one line of 5 MB, and 100 MB of lines that begin like the separator', () => {
    expect(timed(Buffer.from(`A: b\n\n${'x'.repeat(5 << 20)}`)).problems).toEqual([]);
    const head = Buffer.from('Content-Type: multipart/mixed; boundary=a\n\n--a\n');
    const tree = timed(Buffer.concat([head, Buffer.alloc(100 << 20, '\n--aa')]));
    expect(codes(tree)).toContain('mime-malformed');
  });

  it('parameters without end', () => {
    const value = `multipart/mixed; ${'a*0*=x;'.repeat(30_000)} ${'"'.repeat(1000)}`;
    for (const field of [value, `multipart/mixed${';'.repeat(250_000)}a=1`, `multipart/mixed${';a="'.repeat(60_000)}`])
      expect(timed(Buffer.from(`Content-Type: ${field}\n\n`)).root.type).toBe('multipart/mixed');
  });
});
