import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadGrammars } from '../../src/adapters/grammar-files.ts';
import { anchorsFrom } from '../../src/formats/pec/trust.ts';
import { judgeMail } from '../../src/service/intake/judge-mail.ts';
import { sharedFolder } from '../support/shared.ts';

/** The cases of segnature and receipts beside the repository, judged as `inspect` judges them: what their README says. */
const shared = sharedFolder();

describe.skipIf(shared === null)('the cases of segnature and receipts', async () => {
  const folder = join(shared ?? '', 'cases');
  const { validate } = await loadGrammars();
  const judge = (name: string) => {
    const { trust } = anchorsFrom([{ name: 'ca.pem', bytes: readFileSync(join(folder, 'trust', 'ca.pem')) }]);
    const mail = readFileSync(join(folder, `${name}.eml`));
    return judgeMail(mail, { trust, validate, at: new Date('2026-12-01T10:00:00Z'), policy: new Map() }).inspection;
  };

  it.each([
    ['bare-ampersand', 'segnatura-repaired'],
    ['doctype-empty-subset', 'segnatura-repaired'],
    ['leading-newline', 'segnatura-repaired'],
    ['utf16', null],
    ['date-compact', 'segnatura-date-format'],
    ['unnamed-text-xml', 'segnatura-file-name'],
    ['opaque-smime', null],
  ])('%s is registered with its document', (name, code) => {
    const { kind, segnatura, documents, decision, problems } = judge(name);
    expect([kind, decision.action]).toEqual(['protocol-message', 'register-flagged']);
    expect(segnatura).toMatchObject({
      identifier: { administration: 'c_b648', aoo: 'AOO1', number: '0000123', date: '2026-03-02' },
      seal: 'absent',
    });
    expect(documents.map((each) => [each.name, each.role, each.present])).toEqual([['relazione.pdf', 'primary', true]]);
    const found = [...problems, ...(segnatura?.problems ?? [])].map((each) => each.code);
    expect(found.filter((each) => each !== 'pec-time-implausible' && each !== 'segnatura-header-incomplete')).toEqual(
      code === null ? [] : [code],
    );
  });

  it('daticert-bare-ampersand is a receipt of our mail, with a remark', () => {
    const { kind, pec, decision, problems } = judge('daticert-bare-ampersand');
    expect([kind, decision.action, pec?.agrees]).toEqual(['pec-receipt', 'correlate', true]);
    expect(pec?.messageId).toMatch(/^<.+@pec\.esempio\.example\.it>$/);
    // It says "completa" and carries no message.
    expect(problems.map(({ code }) => code)).toEqual(['daticert-repaired', 'pec-receipt-incomplete']);
  });

  it('receipt-without-msgid names our mail, as nobody signed it', () => {
    const { kind, pec, decision } = judge('receipt-without-msgid');
    expect([kind, decision.action]).toEqual(['pec-receipt', 'correlate']);
    expect(pec).toMatchObject({
      messageId: '<01a2299d-0acf-7ee5-b2a6-f1f8cc5ae59f@pec.esempio.example.it>',
      unsignedReference: true,
    });
  });
});
