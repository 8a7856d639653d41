/** Mails as real clients write them: how documents are encoded, and what their files are called. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { judgeMail } from '../../src/service/intake/judge-mail.ts';
import { sharedFolder } from '../support/shared.ts';

const shared = sharedFolder();
const cases = join(shared ?? '', 'cases');

async function judged(name: string) {
  const { validate } = await loadGrammars();
  const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: readFileSync(join(cases, 'trust', 'ca.pem')) }]);
  const at = new Date('2026-12-01T12:00:00Z');
  const judges = { trust, validate, at, policy: new Map() };
  const { inspection } = judgeMail(readFileSync(join(cases, `${name}.eml`)), judges);
  const { decision, documents, kind } = inspection;
  return {
    kind,
    action: decision.action,
    // They were certified in March and signed later, which means nothing here.
    codes: decision.codes.filter((code) => code !== 'pec-time-implausible'),
    documents: documents.map(({ name: called, role, present }) => [called, role, present]),
    sizes: documents.map(({ size }) => size),
    signatures: documents.map(({ signature }) => signature),
  };
}

describe.skipIf(shared === null)('mails as real clients write them', () => {
  it('names base64 that lacks characters, and registers all the same', async () => {
    expect(await judged('cut')).toMatchObject({
      kind: 'protocol-message',
      action: 'register-flagged',
      codes: ['mime-encoding-broken'],
      documents: [['relazione.pdf', 'primary', true]],
    });
  });

  it('decodes uuencode', async () => {
    expect(await judged('uuencode')).toMatchObject({
      codes: [],
      documents: [['relazione.pdf', 'primary', true]],
      sizes: [2_575],
    });
  });

  it.each([
    ['2047-in-2231', ['relazione sulla viabilità comunale.pdf']],
    ['folded-tab', ['relazione tecnica.pdf', 'allegato uno.pdf']],
    ['empty-filename-with-name', ['relazione.pdf', 'allegato.pdf']],
  ])('finds the documents of %s by their names', async (name, called) => {
    const { codes, documents } = await judged(name);
    expect(codes).toEqual([]);
    expect(documents).toEqual(called.map((each, at) => [each, at === 0 ? 'primary' : 'attachment', true]));
  });

  it('finds documents whose blanks became underscores', async () => {
    const { action, codes, documents } = await judged('underscore');
    expect([action, new Set(codes)]).toEqual(['register-flagged', new Set(['document-name-differs'])]);
    expect(documents).toEqual([
      ['relazione_finale.pdf', 'primary', true],
      ['allegato_uno.pdf', 'attachment', true],
    ]);
  });

  it('judges the signature of a primary document whose name differs by an underscore', async () => {
    const { codes, documents, signatures } = await judged('renamed-primary-broken-signature');
    expect(codes).toContain('document-signature-broken');
    expect(codes).not.toContain('document-primary-renamed');
    expect([documents, signatures]).toEqual([[['delibera_12.pdf.p7m', 'primary', true]], ['broken']]);
  });
});
