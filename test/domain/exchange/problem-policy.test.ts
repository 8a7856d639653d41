import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/exchange/decide.ts';
import { effectOf, type PolicyWish, policyFrom } from '../../../src/domain/exchange/problem-policy.ts';
import type { OnReceipt } from '../../../src/kernel/problem-row.ts';
import { PROBLEMS, type ProblemCode, problem } from '../../../src/kernel/problems.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
const MILD: readonly ProblemCode[] = [
  'mime-encoding-unknown',
  'mime-encoding-broken',
  'mime-header-broken',
  'mime-name-cut',
  'mime-unclosed',
  'pec-time-unreadable',
  'pec-time-implausible',
  'daticert-repeated',
  'pec-receipt-incomplete',
  'document-winmail',
  'document-undeclared',
  'seal-untrusted',
  'seal-certificate-revoked',
  'reply-address-ignored',
  'sender-unknown',
  'sender-address-not-in-index',
  'sender-ceased',
];
/** A machine does not read it, a person may: only a strict office refuses it unseen. */
const UNREAD: readonly ProblemCode[] = [
  'xml-too-large',
  'xml-doctype-internal',
  'xml-entity',
  'xml-malformed',
  'xml-encoding-unsupported',
  'xml-too-deep',
  'xml-too-many',
  'xml-unknown-root',
  'segnatura-no-identifier',
];

describe('the policy of an office', () => {
  it('leaves the table as it is by default', () => {
    for (const wish of [undefined, 'register-and-flag', {}, { base: 'register-and-flag' }] as const)
      expect(policyFrom(wish)).toEqual({ policy: new Map(), faults: [] });
  });

  it('strict refuses what the default flags in a segnatura, and nothing the segnatura is not to blame for', () => {
    const { policy } = policyFrom('strict');
    for (const code of CODES) {
      const usual = PROBLEMS[code].onReceipt;
      const isStricter = UNREAD.includes(code) || code === 'document-unsigned';
      const strict: OnReceipt = (usual === 'flag' && !MILD.includes(code)) || isStricter ? 'exception' : usual;
      expect(effectOf(code, policy), code).toBe(strict);
      if (UNREAD.includes(code)) expect(usual, code).toBe('operator');
    }
  });

  const table: readonly [string, PolicyWish, ProblemCode, OnReceipt][] = [
    ['by code', { 'seal-absent': 'exception' }, 'seal-absent', 'exception'],
    ['by code, the others', { 'seal-absent': 'exception' }, 'segnatura-invalid', 'flag'],
    ['on a strict base', { base: 'strict', 'seal-absent': 'note' }, 'seal-absent', 'note'],
    ['on a strict base, the others', { base: 'strict', 'seal-absent': 'note' }, 'segnatura-invalid', 'exception'],
    ['an exception made milder', { 'recipient-wrong': 'operator' }, 'recipient-wrong', 'operator'],
  ];
  it.each(table)('custom %s', (_, wish, code, effect) => {
    const { policy, faults } = policyFrom(wish);
    expect(faults).toEqual([]);
    expect(effectOf(code, policy)).toBe(effect);
  });

  it('names unknown codes, also names that every object has', () => {
    const wish = JSON.parse('{ "nothing": "flag", "toString": "flag", "__proto__": "flag", "seal-absent": "strict" }');
    expect(policyFrom(wish).faults).toEqual([
      'there is no problem with the code nothing',
      'there is no problem with the code toString',
      'there is no problem with the code __proto__',
      'seal-absent cannot have the effect strict',
    ]);
  });

  const decisions: readonly [ProblemCode, string, string][] = [
    ['segnatura-invalid', 'register-flagged', 'exception'],
    ['seal-absent', 'register-flagged', 'exception'],
    ['document-missing', 'register-flagged', 'exception'],
    ['document-signature-broken', 'register-flagged', 'exception'],
    ['document-undeclared', 'register-flagged', 'register-flagged'],
    ['segnatura-file-name', 'register', 'register'],
    ['document-unsigned', 'register', 'exception'],
    ['recipient-wrong', 'exception', 'exception'],
    ['segnatura-paper-documents', 'operator', 'operator'],
  ];
  it.each(decisions)('%s: %s by default, %s when strict', (code, usual, strict) => {
    const found = [problem(code, '', 'x')];
    expect(decide('protocol-message', found, policyFrom().policy).action).toBe(usual);
    expect(decide('protocol-message', found, policyFrom('strict').policy).action).toBe(strict);
  });
});
