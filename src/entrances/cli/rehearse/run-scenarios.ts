/** Runs scenarios one after the other. The tasks that a passed scenario leaves are closed. */

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
  /** Null: the office is alone. */
  readonly other: Office | null;
  readonly call: Call;
  /** Names the rehearsal; part of every subject. */
  readonly run: string;
  /** The time limit of one scenario. */
  readonly seconds: number;
  /** The service looks into a mailbox at least this often. */
  readonly pollSeconds: number;
  readonly signal: AbortSignal;
}

export interface ScenarioResult {
  readonly number: number;
  readonly title: string;
  readonly ok: boolean;
  /** False: skipped, because an earlier fault would make it fail too. */
  readonly played: boolean;
  readonly seconds: number;
  /** Null: it passed. */
  readonly reason: string | null;
  /** The part of the set-up that is at fault; null: none, or it cannot be told. */
  readonly part: Part | null;
  readonly advice: string | null;
}

interface RehearsalListeners {
  /** Called with each scenario as it ends. */
  readonly onResult: (played: ScenarioResult) => void;
  /** Called now and then with what a scenario still waits for. */
  readonly onWaiting: (seconds: number, missing: string) => void;
}

/**
 * A failed scenario does not stop the next ones, unless it has shown a fault that would make them fail too: then the others
 * are skipped, and no more numbers are used.
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  rehearsal: Rehearsal,
  listeners: RehearsalListeners,
): Promise<readonly ScenarioResult[]> {
  const all: ScenarioResult[] = [];
  let why: Pick<ScenarioResult, 'part' | 'reason'> | null = null;
  for (const [index, scenario] of scenarios.entries()) {
    const one: PlayedOne =
      why === null
        ? await playOne(scenario, index + 1, rehearsal, listeners.onWaiting)
        : { played: leftOut(scenario, index + 1, why), isBlocking: true };
    if (rehearsal.signal.aborted) why = { part: null, reason: 'stopped by hand' };
    else if (one.isBlocking && why === null) why = { part: one.played.part, reason: 'not played' };
    listeners.onResult(one.played);
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
  /** True: none of the others can pass. */
  readonly isBlocking: boolean;
}

async function playOne(
  scenario: Scenario,
  number: number,
  rehearsal: Rehearsal,
  waits: RehearsalListeners['onWaiting'],
): Promise<PlayedOne> {
  const { tools, own, call, signal } = rehearsal;
  const other = scenario.with === 'itself' ? own : (rehearsal.other ?? own);
  const start = performance.now();
  const mark = `PROVA ${rehearsal.run}-${String(number).padStart(2, '0')}`;
  const seconds = () => Math.round((performance.now() - start) / 10) / 100;
  const context: ScenarioContext = {
    ...{ tools, own, other, call, mark, signal },
    deadline: start + rehearsal.seconds * 1000,
    async waits(missing) {
      waits(Math.round(seconds()), missing);
      // What the service does not trust now it will not trust later.
      return (await diagnose(context, null, rehearsal.pollSeconds))?.part === 'trust';
    },
  };
  const about = { number, title: scenario.title, played: true };
  try {
    await scenario.run(context);
    const passed = { ...about, ok: true, seconds: seconds(), reason: null, part: null, advice: null };
    await closeTasks(context);
    const late = await overdue(context);
    if (late.length > 0)
      throw new ScenarioError(`it passed, but a deadline ran out before: ${late.join(' ')}`, 'deadlines');
    return { played: passed, isBlocking: false };
  } catch (error) {
    const took = seconds();
    // Whatever goes wrong is the result of this scenario, also a database that is gone.
    const found = signal.aborted ? null : await diagnose(context, error, rehearsal.pollSeconds);
    const said = error instanceof ScenarioError ? error.message : `it broke off: ${plainly(error)}`;
    const reason =
      found === null || found.detail === '' || said.includes(found.detail) ? said : `${said}; ${found.detail}`;
    const part = found?.part ?? null;
    const advice = part === null ? scenario.advice : PARTS[part].advice;
    return {
      played: { ...about, ok: false, seconds: took, reason, part, advice },
      isBlocking: found?.isBlocking ?? false,
    };
  }
}

const plainly = (error: unknown): string =>
  error instanceof Error && error.message !== '' ? error.message : String(error);

/** Closes the tasks that the scenario left. */
async function closeTasks(context: ScenarioContext): Promise<void> {
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
