/** A source of numbers in [0, 1); every test that uses one prints its seed. */
export type Random = () => number;

/** mulberry32: small, fast, and the same on every machine. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The default seed of every run: whether a change passes must not depend on luck. */
const USUAL_SEED = 20_260_301;

/** `SEED=<number>` in the environment repeats a run, `SEED=new` explores; otherwise the seed is the usual one. */
export function chosenSeed(): number {
  const wish = process.env['SEED'];
  if (wish === undefined) return USUAL_SEED;
  return wish === 'new' ? Math.floor(Math.random() * 2 ** 31) : Number(wish);
}

export const below = (random: Random, limit: number): number => Math.floor(random() * limit);
export const chance = (random: Random, probability: number): boolean => random() < probability;

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}
