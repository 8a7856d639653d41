import type pg from 'pg';
import type { Sha256 } from '../../../kernel/ids.ts';
import type { FailureStore } from '../../../service/people/store.ts';

export const failureRows = (pool: pg.Pool): FailureStore => ({
  async failures(what) {
    const found = await pool.query<{ what: Sha256; failures: number; last_at: Date }>(
      'select what, failures, last_at from login_failure where what = any ($1)',
      [what],
    );
    return new Map(found.rows.map((row) => [row.what, { failures: row.failures, lastAt: row.last_at }]));
  },
  async countFailure(what, seen, next) {
    const { rowCount } =
      seen === null
        ? await pool.query(
            'insert into login_failure (what, failures, last_at) values ($1, $2, $3) on conflict do nothing',
            [what, next.failures, next.lastAt],
          )
        : await pool.query('update login_failure set failures = $3, last_at = $4 where what = $1 and failures = $2', [
            what,
            seen.failures,
            next.failures,
            next.lastAt,
          ]);
    return rowCount === 1;
  },
  async uncountFailure(what) {
    await pool.query('update login_failure set failures = failures - 1 where what = $1 and failures > 0', [what]);
  },
  async forgetFailures(what) {
    await pool.query('delete from login_failure where what = any ($1)', [what]);
  },
  async forgetFailuresBefore(at) {
    await pool.query('delete from login_failure where last_at < $1', [at]);
  },
});
