/** How often per second something can be done, by processor time and by the clock. */
export interface Rate {
  /** Per second of processor time, of all threads involved. */
  readonly perCore: number;
  readonly byTheClock: number;
}

const ROUNDS = 5;

/** `work` returns how many pieces it did. The median of five rounds after a warm-up round. */
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
  // All threads: the collector and the signing threads are part of the cost.
  const before = process.cpuUsage();
  let spent = 0;
  while (spent < seconds * 1e6) {
    pieces += await work();
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  }
  return { perCore: (pieces * 1e6) / spent, byTheClock: (pieces * 1e3) / (performance.now() - clock) };
}
