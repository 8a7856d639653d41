/** How often a second something can be done, by the processor's time and by the clock. */
export interface Rate {
  /** A second of processor time, of all threads that the work needs. */
  readonly perCore: number;
  readonly byTheClock: number;
}

const ROUNDS = 5;

/** `work` does as many pieces as it answers. The middle one of five rounds, after one that is not counted. */
export async function rateOf(seconds: number, work: () => number | Promise<number>): Promise<Rate> {
  await round(seconds / ROUNDS, work);
  const rounds: Rate[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) rounds.push(await round(seconds / ROUNDS, work));
  const middle = rounds.toSorted((a, b) => a.perCore - b.perCore)[Math.floor(ROUNDS / 2)];
  if (middle === undefined) throw new Error('no round was run');
  return middle;
}

async function round(seconds: number, work: () => number | Promise<number>): Promise<Rate> {
  let pieces = 0;
  const clock = performance.now();
  // All threads: what the collector and the signing threads use is part of the cost.
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < seconds * 1e6) {
    pieces += await work();
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return { perCore: (pieces * 1e6) / spent, byTheClock: (pieces * 1e3) / (performance.now() - clock) };
}
