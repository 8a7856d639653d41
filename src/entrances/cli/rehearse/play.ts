/** Plays scenarios one after the other; what one of them leaves on a person's list is taken off when it has passed. */
import type { Call } from '../../../service/command.ts';
import type { Office } from '../../../service/office.ts';
import type { TaskView } from '../../../service/views.ts';
import type { Desk } from '../../../tools.ts';
import { Failed, type Scenario, type Stage } from './stage.ts';

export interface Cast {
  readonly desk: Desk;
  readonly own: Office;
  /** Null: nobody else is there. */
  readonly other: Office | null;
  readonly call: Call;
  /** Of this rehearsal; stands in every subject. */
  readonly run: string;
  /** The longest one scenario may take. */
  readonly seconds: number;
}

export interface Played {
  readonly number: number;
  readonly title: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** Null where it passed. */
  readonly reason: string | null;
  readonly advice: string | null;
}

/** `heard` gets each one as it ends. A scenario never stops those behind it. */
export async function play(
  scenarios: readonly Scenario[],
  cast: Cast,
  heard: (played: Played) => void,
): Promise<readonly Played[]> {
  const all: Played[] = [];
  for (const [index, scenario] of scenarios.entries()) {
    const played = await playOne(scenario, index + 1, cast);
    heard(played);
    all.push(played);
  }
  return all;
}

async function playOne(scenario: Scenario, number: number, cast: Cast): Promise<Played> {
  const { desk, own, call } = cast;
  const other = scenario.with === 'itself' ? own : (cast.other ?? own);
  const start = performance.now();
  const mark = `PROVA ${cast.run}-${String(number).padStart(2, '0')}`;
  const stage: Stage = { desk, own, other, call, mark, deadline: start + cast.seconds * 1000 };
  const { title } = scenario;
  const seconds = () => Math.round((performance.now() - start) / 10) / 100;
  try {
    await scenario.play(stage);
    const passed = { number, title, ok: true, seconds: seconds(), reason: null, advice: null };
    await tidy(stage);
    return passed;
  } catch (error) {
    // What goes wrong in one scenario is its finding, also a database that is gone.
    const reason = error instanceof Failed ? error.message : `it broke off: ${String(error)}`;
    return { number, title, ok: false, seconds: seconds(), reason, advice: scenario.advice };
  }
}

/** Closes what the scenario put on a person's list. */
async function tidy(stage: Stage): Promise<void> {
  const { own, other, desk } = stage;
  for (const office of own.aoo === other.aoo ? [own] : [own, other]) {
    const { items } = await desk.views.tasks({ aoo: office.aoo, cursor: null, limit: 200 });
    for (const task of items) if (await isOf(stage, task)) await close(stage, office, task);
  }
}

async function isOf({ desk: { views }, mark }: Stage, { exchange, message, sentence }: TaskView): Promise<boolean> {
  if (sentence.includes(mark)) return true;
  const mail = message === null ? null : await views.message(message);
  const about = exchange === null ? mail : await views.exchange(exchange);
  return (about?.subject ?? '').includes(mark);
}

const OUTCOME = 'Prova di funzionamento: conclusa.';

async function close({ desk, call }: Stage, office: Office, { id, exchange, code }: TaskView): Promise<void> {
  if (code === 'decide' && exchange !== null) {
    const wish = { exchangeId: exchange, version: null, how: 'close', reason: OUTCOME } as const;
    if ((await desk.commands.setAside(office, wish, call)).ok) return;
  }
  await desk.commands.closeTask(office, { taskId: id, outcome: OUTCOME }, call);
}
