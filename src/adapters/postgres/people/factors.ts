import type pg from 'pg';
import type { FactorStore } from '../../../service/people/store.ts';
import { inTransaction } from '../database/pool.ts';

export const factorRows = (pool: pg.Pool): FactorStore => ({
  async beginFactor(personId, secret) {
    await pool.query(
      `insert into second_factor (person_id, secret) values ($1, $2)
       on conflict (person_id) do update set secret = excluded.secret, last_step = 0
         where second_factor.confirmed_at is null`,
      [personId, secret],
    );
  },
  confirmFactor: (personId, at, codes) =>
    inTransaction(pool, async (client) => {
      await client.query('update second_factor set confirmed_at = $2 where person_id = $1', [personId, at]);
      await client.query('delete from recovery_code where person_id = $1', [personId]);
      await client.query('insert into recovery_code (person_id, code_sha256) select $1, unnest($2::text[])', [
        personId,
        codes,
      ]);
    }),
  async endFactor(personId) {
    await pool.query('delete from second_factor where person_id = $1', [personId]);
  },
  async takeStep(personId, step) {
    const { rowCount } = await pool.query(
      'update second_factor set last_step = $2 where person_id = $1 and last_step < $2',
      [personId, step],
    );
    return rowCount === 1;
  },
  async takeRecoveryCode(personId, code, at) {
    const { rowCount } = await pool.query(
      'update recovery_code set used_at = $3 where person_id = $1 and code_sha256 = $2 and used_at is null',
      [personId, code, at],
    );
    return rowCount === 1;
  },
  async recoveryCodesLeft(personId) {
    const found = await pool.query<{ left: number }>(
      'select count(*)::int as left from recovery_code where person_id = $1 and used_at is null',
      [personId],
    );
    return found.rows[0]?.left ?? 0;
  },
});
