/** Plays scenarios one after the other; what one of them leaves on a person's list is taken off when it has passed. */

import type { TaskView } from '../../../service/queries/views.ts';
import type { Call } from '../../../service/register/idempotent-command.ts';
import type { Office } from '../../../service/register/office.ts';
import type { OfficeTools } from '../../../wiring/cli.ts';
import { diagnose, overdue } from './diagnose.ts';
import { type Scenario, type ScenarioContext, ScenarioError } from './scenario.ts';
import { PARTS, type Part } from './set-up-parts.ts';

export interface Rehearsal {
  readonly tools: OfficeTools;
  readonly own: Office;
  /** Null: nobody else is there. */
  readonly other: Office | null;
  readonly call: Call;
  /** Of this rehearsal; stands in every subject. */
  readonly run: string;
  /** The longest one scenario may take. */
  readonly seconds: number;
  /** How often the service looks into a mailbox at least. */
  readonly pollSeconds: number;
  readonly signal: AbortSignal;
}

export interface ScenarioResult {
  readonly number: number;
  readonly title: string;
  readonly ok: boolean;
  /** False: it was left out, because what failed before it would fail it too. */
  readonly played: boolean;
  readonly seconds: number;
  /** Null where it passed. */
  readonly reason: string | null;
  /** The part of the set-up that is at fault; null where none is, or none can be told. */
  readonly part: Part | null;
  readonly advice: string | null;
}

interface RehearsalListeners {
  /** Gets each scenario as it ends. */
  readonly heard: (played: ScenarioResult) => void;
  /** Gets now and then what a scenario still waits for. */
  readonly waits: (seconds: number, missing: string) => void;
}

/**
 * A scenario never stops those behind it, unless it has shown that a part is at fault without which none can pass: then
 * the others are left out, and no more numbers are used.
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  cast: Rehearsal,
  ears: RehearsalListeners,
): Promise<readonly ScenarioResult[]> {
  const all: ScenarioResult[] = [];
  let why: Pick<ScenarioResult, 'part' | 'reason'> | null = null;
  for (const [index, scenario] of scenarios.entries()) {
    const one: PlayedOne =
      why === null
        ? await playOne(scenario, index + 1, cast, ears.waits)
        : { played: leftOut(scenario, index + 1, why), stands: true };
    if (cast.signal.aborted) why = { part: null, reason: 'stopped by hand' };
    else if (one.stands && why === null) why = { part: one.played.part, reason: 'not played' };
    ears.heard(one.played);
    all.push(one.played);
  }
  return all;
}

const leftOut = (
  { title }: Scenario,
  number: number,
  why: Pick<ScenarioResult, 'part' | 'reason'>,
): ScenarioResult => ({
  ...{ number, title, ok: false, played: false, seconds: 0, advice: null },
  ...why,
});

interface PlayedOne {
  readonly played: ScenarioResult;
  /** None of the others can pass. */
  readonly stands: boolean;
}

async function playOne(
  scenario: Scenario,
  number: number,
  cast: Rehearsal,
  waits: RehearsalListeners['waits'],
): Promise<PlayedOne> {
  const { tools, own, call, signal } = cast;
  const other = scenario.with === 'itself' ? own : (cast.other ?? own);
  const start = performance.now();
  const mark = `PROVA ${cast.run}-${String(number).padStart(2, '0')}`;
  const seconds = () => Math.round((performance.now() - start) / 10) / 100;
  const context: ScenarioContext = {
    ...{ tools, own, other, call, mark, signal },
    deadline: start + cast.seconds * 1000,
    async waits(missing) {
      waits(Math.round(seconds()), missing);
      // What the service does not believe now it will not believe later.
      return (await diagnose(context, null, cast.pollSeconds))?.part === 'trust';
    },
  };
  const about = { number, title: scenario.title, played: true };
  try {
    await scenario.run(context);
    const passed = { ...about, ok: true, seconds: seconds(), reason: null, part: null, advice: null };
    await tidy(context);
    const late = await overdue(context);
    if (late.length > 0)
      throw new ScenarioError(`it passed, but a deadline ran out before: ${late.join(' ')}`, 'deadlines');
    return { played: passed, stands: false };
  } catch (error) {
    const took = seconds();
    // What goes wrong in one scenario is its finding, also a database that is gone.
    const found = signal.aborted ? null : await diagnose(context, error, cast.pollSeconds);
    const said = error instanceof ScenarioError ? error.message : `it broke off: ${plainly(error)}`;
    const reason =
      found === null || found.detail === '' || said.includes(found.detail) ? said : `${said}; ${found.detail}`;
    const part = found?.part ?? null;
    const advice = part === null ? scenario.advice : PARTS[part].advice;
    return { played: { ...about, ok: false, seconds: took, reason, part, advice }, stands: found?.stands ?? false };
  }
}

const plainly = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);

/** Closes what the scenario put on a person's list. */
async function tidy(context: ScenarioContext): Promise<void> {
  const { own, other, tools } = context;
  for (const office of own.aoo === other.aoo ? [own] : [own, other]) {
    const { items } = await tools.views.tasks({ aoo: office.aoo, cursor: null, limit: 200 });
    for (const task of items) if (await isOf(context, task)) await close(context, office, task);
  }
}

async function isOf(
  { tools: { views }, mark }: ScenarioContext,
  { exchange, message, sentence }: TaskView,
): Promise<boolean> {
  if (sentence.includes(mark)) return true;
  const mail = message === null ? null : await views.message(message);
  const about = exchange === null ? mail : await views.exchange(exchange);
  return (about?.subject ?? '').includes(mark);
}

const OUTCOME = 'Prova di funzionamento: conclusa.';

async function close(
  { tools, call }: ScenarioContext,
  office: Office,
  { id, exchange, code }: TaskView,
): Promise<void> {
  if (code === 'decide' && exchange !== null) {
    const wish = { exchangeId: exchange, version: null, how: 'close', reason: OUTCOME } as const;
    if ((await tools.commands.setAside(office, wish, call)).ok) return;
  }
  await tools.commands.closeTask(office, { taskId: id, outcome: OUTCOME }, call);
}
