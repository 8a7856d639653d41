import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import type { Inspection } from '../../src/domain/exchange/inspection.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { type JudgeOptions, judgeMail } from '../../src/service/intake/judge-mail.ts';
import { sharedFolder } from '../support/shared.ts';

const shared = sharedFolder();
const folder = join(shared ?? '', 'cases');

/** Small mails of kinds that people report in public; their README says what is right for each. */
describe.skipIf(shared === null || !existsSync(folder))('the public cases of signed documents', () => {
  let options: JudgeOptions;
  beforeAll(async () => {
    const ca = readFileSync(join(folder, 'trust', 'ca.pem'));
    options = {
      trust: anchorsFrom([{ name: 'ca.pem', bytes: ca }]).trust,
      validate: (await loadGrammars()).validate,
      at: new Date('2026-11-30T08:00:00Z'),
      policy: new Map(),
    };
  });
  const judge = (name: string): Inspection => judgeMail(readFileSync(join(folder, `${name}.eml`)), options).inspection;
  const codesOf = ({ segnatura }: Inspection) => (segnatura?.problems ?? []).map(({ code }) => code);

  it.each([
    ['junk-before-header', 'intact', []],
    ['mention', 'absent', []],
    ['usage-rights', 'absent', []],
    ['double-base64-altered', 'broken', ['document-signature-broken']],
    ['m7m-altered', 'broken', ['document-signature-broken']],
    ['empty', 'unreadable', ['document-signature-unreadable']],
    ['html', 'unreadable', ['document-signature-unreadable']],
    ['cms-attributes-sent-unsorted', 'intact', []],
    ['xades-filter2', 'intact', []],
    ['xades-altered-invoice', 'broken', ['document-signature-broken']],
    ['detached-p7s-of-same-stem', 'intact', []],
  ] as const)('%s: %s', (name, signature, codes) => {
    const found = judge(name);
    expect(found.kind).toBe('protocol-message');
    expect(found.documents[0]).toMatchObject({ role: 'primary', present: true, signature });
    expect(codesOf(found)).toEqual(codes);
    expect(found.decision.action).toBe('register-flagged');
  });

  it('renamed-primary-broken-signature: broken', () => {
    const found = judge('renamed-primary-broken-signature');
    expect(codesOf(found)).toContain('document-signature-broken');
    expect(found.documents.find(({ name }) => name === 'delibera_12.pdf.p7m')?.signature).toBe('broken');
    expect(found.decision.action).toBe('register-flagged');
  });

  it('speaks of the document where a document is meant', () => {
    for (const name of ['xades-altered-invoice', 'double-base64-altered', 'm7m-altered', 'empty', 'html']) {
      const { segnatura } = judge(name);
      expect(segnatura?.problems.map(({ message }) => message).join(), name).not.toMatch(/segnatura|sigillo/i);
    }
  });

  it('has the detached signature among the files of the message, and nothing undeclared', () => {
    const { documents } = judge('detached-p7s-of-same-stem');
    expect(documents.map(({ name, role, signature }) => [name, role, signature])).toEqual([
      ['delibera.pdf', 'primary', 'intact'],
      ['delibera.p7s', 'attachment', 'intact'],
    ]);
  });
});
