import { describe, expect, test } from 'vitest';
import { type Attachment, findSegnatura, isSegnaturaName } from '../../../src/formats/segnatura/find-segnatura.ts';

let serial = 0;
function part(name: string | null, content: string | Buffer = '<Segnatura>', mediaType = 'text/xml'): Attachment {
  serial += 1;
  return { name, mediaType, head: Buffer.from(content), sha256: String(serial) };
}

const found = (...parts: Attachment[]) => {
  const result = findSegnatura(parts);
  return { name: result.part?.name, codes: result.problems.map(({ code }) => code), none: result.part === null };
};

describe('names', () => {
  test.each([
    'Segnatura.xml',
    'SEGNATURA.XML',
    'segnatura',
    'confermaricezione.xml',
    'Conferma.xml',
    'Conferma Ricezione.xml',
    'Eccezione.xml',
    'notifica_eccezione.xml',
    'Aggiornamento.xml',
    'AnnullamentoProtocollazione.xml',
    'dir\\Segnatura.xml',
  ])('%s is one', (name) => {
    expect(isSegnaturaName(name)).toBe(true);
  });

  test.each(['daticert.xml', 'segnatura.pdf', 'segnature.xml', 'lettera.xml', 'conferma d’ordine.xml', ''])(
    '%s is none',
    (name) => {
      expect(isSegnaturaName(name)).toBe(false);
    },
  );
});

describe('the segnatura among the parts', () => {
  test.each(['text/xml', 'application/xml', 'application/octet-stream', 'TEXT/XML', 'application/pdf'])(
    'type %s',
    (type) => {
      expect(found(part('a.pdf', '%PDF', 'application/pdf'), part('Segnatura.xml', '<Segnatura>', type))).toEqual({
        name: 'Segnatura.xml',
        codes: [],
        none: false,
      });
    },
  );

  test.each<readonly [string, Attachment]>([
    ['another case', part('SEGNATURA.XML')],
    ['no extension', part('segnatura', '<?xml version="1.0"?><Segnatura>', 'application/octet-stream')],
    ['the long name', part('confermaricezione.xml', '<ConfermaRicezione versione="x">')],
    ['no name', part(null, '<p:SegnaturaInformatica xmlns:p="x">', 'application/xml')],
    [
      'a private name',
      part('prot_12.xml', '<!-- <Lettera> -->\n<!DOCTYPE Segnatura SYSTEM "x"><Segnatura>', 'application/pdf'),
    ],
  ])('%s is found and noted', (_name, attachment) => {
    expect(found(part('b.xml', '<Lettera/>'), attachment)).toEqual({
      name: attachment.name,
      codes: ['segnatura-file-name'],
      none: false,
    });
  });

  test.each<readonly [string, Attachment]>([
    ['broken XML', part('Segnatura.xml', 'rubbish')],
    ['an empty file', part('Segnatura.xml', '')],
    ['another root', part('Segnatura.xml', '<Lettera/>')],
    ['a byte order mark', part('Segnatura.xml', '\ufeff<Segnatura>')],
    ['UTF-16', part('Segnatura.xml', Buffer.from('\ufeff<Segnatura>', 'utf16le'))],
  ])('%s with the name of a segnatura is not overlooked', (_name, attachment) => {
    expect(found(part('a.pdf', '%PDF', 'application/pdf'), attachment)).toMatchObject({
      name: 'Segnatura.xml',
      none: false,
    });
  });

  test.each<readonly [string, Attachment[]]>([
    ['nothing', []],
    ['documents', [part('a.pdf', '%PDF', 'application/pdf'), part('fattura.xml', '<FatturaElettronica/>')]],
    ['daticert', [part('daticert.xml', '<postacert><Segnatura>')]],
    ['daticert that pretends', [part('daticert.xml', '<Segnatura>')]],
    ['a page that speaks of one', [part('a.xml', '<html>&lt;Segnatura> <Segnatura></html>')]],
    ['a PDF of that name', [part('segnatura', '%PDF', 'application/pdf')]],
  ])('%s: none', (_name, parts) => {
    expect(found(...parts).none).toBe(true);
  });

  test('between two different ones a person chooses; copies count as one', () => {
    const one = part('Segnatura.xml');
    expect(found(one, part('segnatura.xml')).codes).toEqual(['segnatura-duplicated']);
    expect(found(one, { ...one }).codes).toEqual([]);
    expect(found(one, part('Conferma.xml', '<ConfermaRicezione>')).codes).toEqual(['segnatura-duplicated']);
  });

  test('an earlier segnatura among the documents does not compete with the named one', () => {
    expect(found(part('prot_11.xml', '<Segnatura>'), part('Segnatura.xml'))).toEqual({
      name: 'Segnatura.xml',
      codes: [],
      none: false,
    });
  });

  test('thousands of parts that open comments take little time', () => {
    const parts = Array.from({ length: 2_000 }, () => part('a.xml', '<!--'.repeat(1_024)));
    const start = performance.now();
    expect(found(...parts).none).toBe(true);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
