/**
 * Milliseconds of this thread's processor time: the least of several tries, because other work on the machine makes one slow.
 * It stops at the first that costs less than `enough`.
 */
export function leastCost(work: () => void, { enough = 0, tries = 8 } = {}): number {
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < tries && least >= enough; turn += 1) {
    const start = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(start);
    least = Math.min(least, (user + system) / 1_000);
  }
  return least;
}
