import type pg from 'pg';
import type { Clock } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';

export interface DatabaseClock extends Clock {
  stop(): Promise<void>;
}

export interface FollowOptions {
  /** Between two looks at the database. */
  readonly everyMs?: number;
  /** Milliseconds that only go forward. */
  readonly elapsed?: () => number;
}

const EVERY_MS = 15_000;
/** An answer that takes longer says too little about the moment. */
const SLOW_MS = 1_000;
/** Clocks that are kept synchronous move by less. */
const JUMP_MS = 5_000;

/**
 * The database's clock, for all that this process writes and waits for: processes on other machines, and SQL that compares
 * with now(), go by the same one. Between two looks it goes on by itself, whatever is done to the clock of this machine. A
 * database that is away leaves it running.
 */
export async function followDatabaseClock(
  pool: pg.Pool,
  log: Log,
  options: FollowOptions = {},
): Promise<DatabaseClock> {
  const { everyMs = EVERY_MS, elapsed = () => performance.now() } = options;
  let offset = await offsetOf(pool, elapsed);
  const look = async (): Promise<void> => {
    const found = await offsetOf(pool, elapsed, SLOW_MS);
    if (Math.abs(found - offset) >= JUMP_MS)
      log.warn(
        { seconds: Math.round((found - offset) / 1000) },
        'the clock of the database jumped, or this machine slept',
      );
    offset = found;
  };
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = look().catch(() => undefined);
  }, everyMs);
  timer.unref();
  return {
    now: () => new Date(offset + elapsed()),
    async stop() {
      clearInterval(timer);
      await looking;
    },
  };
}

/** The database's clock for one piece of work. */
export async function databaseClock(pool: pg.Pool): Promise<Clock> {
  const elapsed = () => performance.now();
  const offset = await offsetOf(pool, elapsed);
  return { now: () => new Date(offset + elapsed()) };
}

/** Milliseconds to add to `elapsed`; the middle of question and answer counts. Rejects after an answer that is too slow. */
async function offsetOf(pool: pg.Pool, elapsed: () => number, slowMs = Number.POSITIVE_INFINITY): Promise<number> {
  const asked = elapsed();
  const { rows } = await pool.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  const answered = elapsed();
  if (answered - asked > slowMs) throw new Error('the database was slow to say what time it is');
  return (rows[0]?.ms ?? Number.NaN) - (asked + answered) / 2;
}
