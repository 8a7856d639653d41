/** The plan of classification of an office: its own, brought as CSV, or the councils' model. */
import { COUNCIL_PLAN } from '../../domain/register/council-plan.ts';
import type { AooId } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { PlanEntry } from '../register/by-hand-writes.ts';
import { type Call, type CommandDeps, runCommand } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { FilingViews } from './ports.ts';

export const planOf = async (aoo: AooId, filing: Pick<FilingViews, 'plan'>): Promise<readonly PlanEntry[]> =>
  (await filing.plan(aoo)) ?? COUNCIL_PLAN;

const CODE = /^[A-Za-z0-9]{1,10}(?:[./-][A-Za-z0-9]{1,10}){0,5}$/;
const LONGEST_TITLE = 500;
const YES = new Set(['si', 'sì', 's', 'x', 'true', '1', 'riservato']);

/**
 * Reads a plan of lines `code;title[;reserved]`, with `;`, `,` or tabs between, quoted as RFC 4180 has it. A first line of
 * heads is skipped. The order of the lines is that of the plan.
 */
export function readPlan(csv: string): Result<readonly PlanEntry[]> {
  if (Buffer.byteLength(csv) > LIMITS.planBytes)
    return refuse(problem('plan-unreadable', '', 'il file è troppo grande'));
  const text = csv.replace(/^\uFEFF/, '');
  const separator = [';', '\t', ','].find((one) => text.split('\n', 1)[0]?.includes(one)) ?? ';';
  const entries: PlanEntry[] = [];
  const codes = new Set<string>();
  for (const [index, cells] of readCsv(text, separator).entries()) {
    const [code = '', title = '', reserved = ''] = cells.map((cell) => cell.trim());
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (index === 0 && /^(codice|code|voce|indice|titolo)$/i.test(code)) continue;
    const line = `riga ${index + 1}`;
    if (!CODE.test(code)) return refuse(problem('plan-unreadable', '', `${line}, il codice «${code.slice(0, 40)}»`));
    if (title === '' || title.length > LONGEST_TITLE)
      return refuse(problem('plan-unreadable', '', `${line}, il titolo manca o è troppo lungo`));
    if (codes.has(code)) return refuse(problem('plan-unreadable', '', `${line}, il codice ${code} c’è già`));
    codes.add(code);
    entries.push({ code, title, reserved: YES.has(reserved.toLowerCase()) });
    if (entries.length > LIMITS.planEntries)
      return refuse(problem('plan-unreadable', '', `più di ${LIMITS.planEntries} voci`));
  }
  return entries.length === 0 ? refuse(problem('plan-empty')) : ok(entries);
}

/** Rows of cells; a quoted cell may hold separators, line ends and doubled quotes. */
function readCsv(text: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  let cell = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (char === '"' && cell === '') quoted = true;
    else if (char === separator || char === '\n') {
      rows.at(-1)?.push(cell.replace(/\r$/, ''));
      cell = '';
      if (char === '\n') rows.push([]);
    } else cell += char;
  }
  rows.at(-1)?.push(cell.replace(/\r$/, ''));
  return rows;
}

/** Takes over a whole plan: what it no longer has is retired, and stays readable where it was used. */
export async function importPlan(
  office: Office,
  csv: string,
  call: Call,
  deps: CommandDeps,
): Promise<Result<{ readonly entries: number }>> {
  const read = readPlan(csv);
  if (!read.ok) return read;
  return runCommand(office, call, deps, async (_, work) => {
    work.byHand.plan = read.value;
    work.audit('plan-imported', office.aoo, { by: call.by, entries: read.value.length });
    return ok({ entries: read.value.length });
  });
}
