/** The plan of classification of an office: its own, brought as CSV, or the councils' model. */
import { COUNCIL_PLAN } from '../../domain/register/council-plan.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { PlanEntry } from '../register/by-hand-writes.ts';
import { type Call, type CommandDeps, personOf, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { FilingViews } from './ports.ts';
import { readCsv } from './read-csv.ts';

export const planOf = async (aoo: AooId, filing: Pick<FilingViews, 'plan'>): Promise<readonly PlanEntry[]> =>
  (await filing.plan(aoo)) ?? COUNCIL_PLAN;

/** Changes with every entry: whoever takes over a plan says which one was seen. */
export const planVersion = (plan: readonly PlanEntry[]): string =>
  sha256(JSON.stringify(plan.map(({ code, title, reserved }) => [code, title, reserved]))).slice(0, 16);

const CODE = /^[A-Za-z0-9]{1,10}(?:[./-][A-Za-z0-9]{1,10}){0,5}$/;
const LONGEST_TITLE = 500;
const YES = new Set(['si', 'sì', 's', 'x', 'true', '1', 'riservato']);
/** So many lines are told; who has more begins with these. */
const MOST_TOLD = 20;

export interface CheckedPlan {
  readonly entries: readonly PlanEntry[];
  /** Each names its line. */
  readonly problems: readonly Problem[];
}

/**
 * Reads a plan of lines `code;title[;reserved]`, with `;`, `,` or tabs between, quoted as RFC 4180 has it. A first line of
 * heads is skipped. The order of the lines is that of the plan. Every line that cannot be taken is told.
 */
export function checkPlan(csv: string): CheckedPlan {
  const entries: PlanEntry[] = [];
  const problems: Problem[] = [];
  const tell = (detail: string): void => void problems.push(problem('plan-unreadable', '', detail));
  if (Buffer.byteLength(csv) > LIMITS.planBytes) {
    tell('il file è troppo grande');
    return { entries, problems };
  }
  const text = csv.replace(/^\uFEFF/, '');
  const codes = new Set<string>();
  const { rows, openQuote } = readCsv(text);
  if (openQuote !== null) tell(`riga ${openQuote}, le virgolette non si chiudono`);
  for (const { line, cells } of rows) {
    if (problems.length >= MOST_TOLD) break;
    const [code = '', title = '', reserved = ''] = cells.map((cell) => cell.trim());
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (line === 1 && /^(codice|code|voce|indice|titolo)$/i.test(code)) continue;
    if (!CODE.test(code))
      tell(`riga ${line}, il codice «${code.slice(0, 40)}» non ha la forma di un codice, come VI.3`);
    else if (title === '') tell(`riga ${line}, manca la descrizione di ${code}`);
    else if (title.length > LONGEST_TITLE)
      tell(`riga ${line}, la descrizione di ${code} supera i ${LONGEST_TITLE} caratteri`);
    else if (codes.has(code)) tell(`riga ${line}, il codice ${code} c'è già`);
    codes.add(code);
    entries.push({ code, title, reserved: YES.has(reserved.toLowerCase()) });
    if (entries.length > LIMITS.planEntries) {
      tell(`più di ${LIMITS.planEntries} voci`);
      break;
    }
  }
  if (entries.length === 0 && problems.length === 0) problems.push(problem('plan-empty'));
  return { entries, problems };
}

export interface PlanDifferences {
  readonly added: readonly PlanEntry[];
  /** As they are and as they would be. */
  readonly changed: readonly (readonly [now: PlanEntry, then: PlanEntry])[];
  /** No longer chosen; what bears them keeps them. */
  readonly retired: readonly PlanEntry[];
  readonly same: number;
}

export function planDifferences(now: readonly PlanEntry[], then: readonly PlanEntry[]): PlanDifferences {
  const before = new Map(now.map((entry) => [entry.code, entry]));
  const after = new Set(then.map(({ code }) => code));
  const changed = then.flatMap((entry) => {
    const known = before.get(entry.code);
    const isSame = known === undefined || (known.title === entry.title && known.reserved === entry.reserved);
    return isSame ? [] : [[known, entry] as const];
  });
  const added = then.filter(({ code }) => !before.has(code));
  return {
    added,
    changed,
    retired: now.filter(({ code }) => !after.has(code)),
    same: then.length - added.length - changed.length,
  };
}

/** `version`: of the plan that was in use when this one was checked. */
export interface PlanRequest {
  readonly csv: string;
  readonly version: string;
}

/** Takes over a whole plan: what it no longer has is retired, and stays readable where it was used. */
export async function importPlan(
  office: Office,
  { csv, version }: PlanRequest,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly entries: number }>> {
  const { entries, problems } = checkPlan(csv);
  const [wrong] = problems;
  if (wrong !== undefined) return refuse(wrong);
  return runCommand(office, call, deps, async (tx, work) => {
    const present = (await tx.byHand.plan()) ?? COUNCIL_PLAN;
    if (planVersion(present) !== version) return refuse(problem('version-conflict'));
    const { added, changed, retired } = planDifferences(present, entries);
    work.byHand.plan = entries;
    work.audit('plan-imported', office.aoo, {
      ...{ by: call.by, person: personOf(call), entries: entries.length },
      ...{ added: added.length, changed: changed.length, retired: retired.map(({ code }) => code).slice(0, 200) },
    });
    return ok({ entries: entries.length });
  });
}
