import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { matchDocuments, type PresentDocument } from '../../../src/formats/segnatura/documents.ts';
import { cutPartName } from '../../../src/kernel/file-name.ts';
import type { DeclaredDocument } from '../../../src/model/segnatura.ts';

const hexOf = (algorithm: string, content: string) => createHash(algorithm).update(content).digest('hex');

function file(name: string | null, content = name ?? ''): PresentDocument {
  const known: Record<string, string> = { 'SHA-1': 'sha1', 'SHA-256': 'sha256', 'SHA-512': 'sha512' };
  return {
    name,
    mediaType: 'application/pdf',
    size: content.length,
    sha256: hexOf('sha256', content),
    digest: (algorithm) => {
      const id = known[algorithm];
      return id === undefined ? null : hexOf(id, content);
    },
  };
}

function declared(name: string | null, more: Partial<DeclaredDocument> = {}): DeclaredDocument {
  const bare = { mediaType: null, title: null, location: null, digest: null } as const;
  return { role: 'attachment', name, reference: 'mime', at: `/${name}`, ...bare, ...more };
}
const primary = (name: string | null, more: Partial<DeclaredDocument> = {}) =>
  declared(name, { role: 'primary', ...more });

function matched(documents: readonly DeclaredDocument[], files: readonly PresentDocument[], segnatura?: string) {
  const result = matchDocuments(documents, files, segnatura);
  return {
    rows: result.documents.map((each) => [each.name, each.role, each.digest, each.present]),
    codes: result.problems.map(({ code }) => code),
    problems: result.problems,
  };
}

describe('names', () => {
  test('as written', () => {
    const { rows, codes } = matched([primary('a.pdf'), declared('b.pdf')], [file('b.pdf'), file('a.pdf')]);
    expect(rows).toEqual([
      ['a.pdf', 'primary', 'not-declared', true],
      ['b.pdf', 'attachment', 'not-declared', true],
    ]);
    expect(codes).toEqual([]);
  });

  test.each([
    ['case', 'Relazione.PDF', 'relazione.pdf'],
    ['Unicode form', 'qualita\u0300.pdf', 'qualità.pdf'],
    ['path of Windows', 'C:\\atti\\a.pdf', 'a.pdf'],
    ['path', '../../a.pdf', 'A.pdf'],
    ['blanks around', ' a.pdf ', 'a.pdf'],
  ])('in another %s', (_what, said, sent) => {
    const { rows, codes } = matched([primary(said)], [file(sent)]);
    expect(rows).toEqual([[sent, 'primary', 'not-declared', true]]);
    expect(codes).toEqual(['document-name-differs']);
  });

  test.each([
    ['underscores for blanks', 'relazione finale.pdf', 'relazione_finale.pdf'],
    ['two blanks', 'relazione  finale.pdf', 'relazione finale.pdf'],
    ['a blank before the extension', 'relazione .pdf', 'relazione.pdf'],
    ['a curly apostrophe', "l'atto.pdf", 'l\u2019atto.pdf'],
    ['an underscore for the apostrophe', "l'atto.pdf", 'l_atto.pdf'],
    ['a hard blank', 'relazione finale.pdf', 'Relazione\u00a0Finale.PDF'],
    ['a compatible Unicode form', 'verifica.pdf', 'veri\ufb01ca.pdf'],
    ['percent-encoding in the segnatura', 'relazione%20finale.pdf', 'relazione finale.pdf'],
  ])('with %s', (_what, said, sent) => {
    const { rows, codes } = matched([primary(said), declared('b.pdf')], [file(sent), file('b.pdf')]);
    expect(rows[0]).toEqual([sent, 'primary', 'not-declared', true]);
    expect(codes).toEqual(['document-name-differs']);
  });

  test.each<readonly [string, DeclaredDocument[], PresentDocument[], string[]]>([
    [
      'two files',
      [primary('a b.pdf')],
      [file('a_b.pdf', '1'), file("a'b.pdf", '2')],
      ['document-primary-renamed', 'document-undeclared', 'document-undeclared'],
    ],
    [
      'two documents',
      [primary('a b.pdf'), declared("a'b.pdf")],
      [file('a_b.pdf')],
      ['document-primary-renamed', 'document-missing', 'document-undeclared'],
    ],
    ['no letter at all', [primary('_')], [file("'")], ['document-primary-renamed', 'document-undeclared']],
  ])('that are similar are not matched where %s could be meant', (_what, documents, files, expected) => {
    expect(matched(documents, files).codes).toEqual(expected);
  });

  test('a file with the declared digest wins over one with a similar name', () => {
    const digest = { algorithm: 'SHA-256', hex: hexOf('sha256', 'x') };
    const { rows } = matched([primary('a b.pdf', { digest })], [file('a_b.pdf', 'y'), file('scansione.pdf', 'x')]);
    expect(rows[0]).toEqual(['scansione.pdf', 'primary', 'matches', true]);
  });

  test('the exact name wins over the similar one, whatever the order', () => {
    const files = [file('A.pdf', '1'), file('a.pdf', '2')];
    const result = matchDocuments([primary('a.pdf'), declared('A.PDF')], files);
    expect(result.documents.map((each) => each.sha256)).toEqual([hexOf('sha256', '2'), hexOf('sha256', '1')]);
  });

  test('of two files of one name each is found once, first the one with the declared digest', () => {
    const digest = { algorithm: 'SHA-256', hex: hexOf('sha256', 'due') };
    const { rows, codes } = matched([primary('a.pdf', { digest })], [file('a.pdf', 'uno'), file('a.pdf', 'due')]);
    expect(rows).toEqual([
      ['a.pdf', 'primary', 'matches', true],
      ['a.pdf', 'undeclared', 'not-declared', true],
    ]);
    expect(codes).toEqual(['document-name-repeated', 'document-undeclared']);
  });

  test('renamed, but with the declared digest', () => {
    const digest = { algorithm: 'SHA-512', hex: hexOf('sha512', 'x') };
    const { rows, codes } = matched([primary('a.pdf', { digest })], [file('scansione001.pdf', 'x'), file('b.pdf')]);
    expect(rows[0]).toEqual(['scansione001.pdf', 'primary', 'matches', true]);
    expect(codes).toEqual(['document-name-differs', 'document-undeclared']);
  });
});

describe('names that the mail was cut to', () => {
  const long = `${'Allegato '.repeat(40)}uno.pdf`;
  const cut = cutPartName(long);
  test.each([
    ['as written', long, []],
    ['in another case', long.toUpperCase(), ['document-name-differs']],
    ['with a long path before a short name', `C:\\${'atti\\'.repeat(60)}a.pdf`, ['document-name-differs']],
  ])('are found where the segnatura has them whole: %s', (_what, said, expected) => {
    const sent = said.endsWith('\\a.pdf') ? 'a.pdf' : cut;
    const { rows, codes } = matched([primary(said)], [file(sent)]);
    expect(rows).toEqual([[sent, 'primary', 'not-declared', true]]);
    expect(codes).toEqual(expected);
  });
});

describe('digests', () => {
  const digest = (algorithm: string, hex: string | null) => ({ digest: { algorithm, hex } });
  test.each([
    ['SHA-1', hexOf('sha1', 'a.pdf'), 'matches', []],
    ['SHA-256', hexOf('sha256', 'a.pdf'), 'matches', []],
    ['SHA-256', hexOf('sha256', 'b.pdf'), 'differs', ['document-digest-differs']],
    ['SHA-256', null, 'not-declared', []],
    ['HMAC-SHA', 'abcd', 'not-declared', []],
  ])('%s %s', (algorithm, hex, verdict, expected) => {
    const { rows, codes } = matched([primary('a.pdf', digest(algorithm, hex))], [file('a.pdf')]);
    expect([rows[0]?.[2], codes]).toEqual([verdict, expected]);
  });
});

describe('what is missing', () => {
  test.each<readonly [string, DeclaredDocument[], PresentDocument[], string[]]>([
    ['an attachment', [primary('a.pdf'), declared('b.pdf')], [file('a.pdf')], ['document-missing']],
    [
      'the primary, others are there',
      [primary('a.pdf')],
      [file('x.pdf')],
      ['document-primary-renamed', 'document-undeclared'],
    ],
    ['every file', [primary('a.pdf')], [], ['document-primary-missing']],
    ['every document and description', [], [], ['document-none']],
    ['a description only', [], [file('x.pdf')], ['document-undeclared']],
    ['paper does not come along', [primary(null, { reference: 'paper' })], [], []],
    [
      'a telematic document lies elsewhere',
      [primary('a', { reference: 'telematic', location: 'https://example.it/a' })],
      [],
      [],
    ],
    ["the mail's text is the document", [primary(null, { reference: 'message-text' })], [], []],
    ['a repeated document', [primary('a.pdf', { id: 'd1' }), declared(null, { repeats: 'd1' })], [file('a.pdf')], []],
    ['a segnatura that lists itself', [primary('a.pdf'), declared('segnatura.xml')], [file('a.pdf')], []],
  ])('%s', (_name, documents, files, expected) => {
    expect(matched(documents, files).codes).toEqual(expected);
  });

  test('a telematic document that came with the mail is matched', () => {
    const said = primary('a.pdf', { reference: 'telematic', location: 'https://example.it/a' });
    expect(matched([said], [file('a.pdf')]).rows).toEqual([['a.pdf', 'primary', 'not-declared', true]]);
  });

  test('the segnatura is no document', () => {
    const segnatura = file('Segnatura.xml', '<Segnatura/>');
    const { rows, codes } = matched([primary('a.pdf')], [segnatura], segnatura.sha256);
    expect([rows.length, codes]).toEqual([1, ['document-primary-missing']]);
  });
});

test('names in sentences cannot break an answer or reverse its text', () => {
  const { problems } = matched([primary('a.pdf')], [file('a.pdf'), file(`x\0y\ud800\u202efdp.${'z'.repeat(500)}`)]);
  const message = problems.at(-1)?.message ?? '';
  expect(message).toContain('x\ufffdy\ufffd\ufffdfdp');
  expect(message.length).toBeLessThan(250);
});

test('thousands of documents and files of one name take little time', () => {
  const documents = Array.from({ length: 10_000 }, () =>
    declared('a.pdf', { digest: { algorithm: 'SHA-256', hex: 'ff' } }),
  );
  const files = Array.from({ length: 2_000 }, () => ({ ...file('a.pdf'), digest: () => 'ee' }));
  const start = performance.now();
  expect(matchDocuments(documents, files).documents).toHaveLength(10_000);
  expect(performance.now() - start).toBeLessThan(2_000);
});
