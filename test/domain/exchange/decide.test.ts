import { describe, expect, it } from 'vitest';
import { decide } from '../../../src/domain/exchange/decide.ts';
import type { Action, MessageKind } from '../../../src/domain/exchange/inspection.ts';
import type { OnReceipt } from '../../../src/kernel/problem-row.ts';
import { PROBLEMS, type ProblemCode, problem } from '../../../src/kernel/problems.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
const ACTION: Record<OnReceipt, Action> = {
  note: 'register',
  flag: 'register-flagged',
  operator: 'operator',
  exception: 'exception',
};
const some = (onReceipt: OnReceipt): ProblemCode => {
  const code = CODES.find((candidate) => PROBLEMS[candidate].onReceipt === onReceipt);
  if (code === undefined) throw new Error(`no problem is handled by ${onReceipt}`);
  return code;
};

describe('the decision about a mail', () => {
  const BY_KIND: Record<Exclude<MessageKind, 'protocol-message'>, [Action, ProblemCode[]]> = {
    confirmation: ['correlate', []],
    exception: ['correlate', []],
    update: ['correlate', []],
    annulment: ['correlate', []],
    'pec-receipt': ['correlate', []],
    'plain-pec': ['operator', ['segnatura-absent']],
    anomaly: ['operator', ['pec-not-certified']],
    'ordinary-mail': ['operator', ['pec-not-certified']],
    unreadable: ['operator', []],
  };
  for (const [kind, [action, codes]] of Object.entries(BY_KIND)) {
    it(`${kind}: ${action}, whatever problems it has`, () => {
      expect(decide(kind as MessageKind, [])).toMatchObject({ action, codes });
      const found = [problem('mime-unclosed'), problem('xml-entity', '', '&x;')];
      const said = decide(kind as MessageKind, found);
      expect(said.action).toBe(action);
      expect(said.codes).toEqual([...found.map(({ code }) => code), ...codes]);
    });
  }

  it('a segnatura without a problem is registered', () => {
    expect(decide('protocol-message', [])).toEqual({ action: 'register', reasons: [], codes: [] });
  });

  it.each(CODES)('a segnatura with %s alone follows the table', (code) => {
    const said = decide('protocol-message', [problem(code, '', 'x')]);
    expect(said).toEqual({
      action: ACTION[PROBLEMS[code].onReceipt],
      reasons: [problem(code, '', 'x').message],
      codes: [code],
    });
  });

  it('the stronger of two effects wins, in either order; an exception names only its causes', () => {
    const order: OnReceipt[] = ['note', 'flag', 'operator', 'exception'];
    for (const [a, weaker] of order.entries()) {
      for (const stronger of order.slice(a + 1)) {
        const both = [problem(some(weaker)), problem(some(stronger))];
        for (const problems of [both, both.toReversed()]) {
          const said = decide('protocol-message', problems);
          expect(said.action).toBe(ACTION[stronger]);
          expect(said.codes.length).toBe(stronger === 'exception' ? 1 : 2);
        }
      }
    }
  });

  it('an office may choose another effect, and a repeated problem is named once', () => {
    const differs = problem('document-digest-differs', '', 'a.pdf');
    const policy = new Map([['document-digest-differs', 'flag']] as const);
    expect(decide('protocol-message', [differs, differs], policy)).toEqual({
      action: 'register-flagged',
      reasons: [differs.message],
      codes: ['document-digest-differs'],
    });
    const other = problem('document-digest-differs', '', 'b.pdf');
    expect(decide('protocol-message', [differs, other]).reasons).toEqual([differs.message, other.message]);
  });
});
