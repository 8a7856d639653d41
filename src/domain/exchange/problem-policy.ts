import type { OnReceipt } from '../../kernel/problem-row.ts';
import { PROBLEMS, type ProblemCode } from '../../kernel/problems.ts';

/**
 * What an office does about each problem. The table of problems carries two whole policies: `register-and-flag`, the
 * default, since registering is mandatory wherever it is possible (Linee guida AgID 2021), and `strict`, which answers
 * with an exception what the default only flags in a segnatura. An office may go its own way for single codes.
 */
export const BASES = ['register-and-flag', 'strict'] as const;
export type PolicyBase = (typeof BASES)[number];

/** Exceptions to the table's `onReceipt`, by code. */
export type Policy = ReadonlyMap<ProblemCode, OnReceipt>;

/** As configured: the name of a policy, or effects by code, on top of the policy that `base` names. */
export type PolicyWish = PolicyBase | { readonly base?: PolicyBase; readonly [code: string]: OnReceipt | PolicyBase };

const CODES = Object.keys(PROBLEMS) as ProblemCode[];
const EFFECTS = new Set<string>(['note', 'flag', 'operator', 'exception'] satisfies OnReceipt[]);

/** The policy, and what in the configuration is neither a problem's code nor an effect. */
export function policyFrom(wish: PolicyWish = 'register-and-flag'): {
  readonly policy: Policy;
  readonly faults: readonly string[];
} {
  const { base = 'register-and-flag', ...own } = typeof wish === 'string' ? { base: wish } : wish;
  const policy = new Map<ProblemCode, OnReceipt>();
  if (base === 'strict') {
    for (const code of CODES)
      if (PROBLEMS[code].strict !== PROBLEMS[code].onReceipt) policy.set(code, PROBLEMS[code].strict);
  }
  const faults: string[] = [];
  for (const [code, effect] of Object.entries(own)) {
    if (!Object.hasOwn(PROBLEMS, code)) faults.push(`there is no problem with the code ${code}`);
    else if (!EFFECTS.has(effect)) faults.push(`${code} cannot have the effect ${effect}`);
    else policy.set(code as ProblemCode, effect as OnReceipt);
  }
  return { policy, faults };
}

/** What an office with this policy does about a problem. */
export const effectOf = (code: ProblemCode, policy: Policy): OnReceipt => policy.get(code) ?? PROBLEMS[code].onReceipt;
