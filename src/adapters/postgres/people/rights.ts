import type pg from 'pg';
import type { RightsStore, RightsTransaction } from '../../../service/people/store.ts';
import type { Registrar } from '../../../service/register/unit-of-work.ts';
import { openUnitOfWork } from '../../../service/register/unit-of-work.ts';
import { inTransaction } from '../database/pool.ts';
import { lockOffice } from '../office/transaction.ts';
import { unitChanges } from './units.ts';

/** What groups gave holds where their account signs in; where a person gives the same, it holds from then on whatever they say. */
export const BY_PERSON_NOW = `(aoo, person_id, role) do update
  set source = 'person', given_at = excluded.given_at, given_by = excluded.given_by
  where person_role.source = 'groups' and excluded.source = 'person'`;

export const rightsRows = (pool: pg.Pool): RightsStore => ({
  changeRights: (aoo, at, work) =>
    inTransaction(pool, async (client) => {
      // The node has no audit chain: its log of accesses has what concerns nobody's register.
      if (aoo === null) return work({ ...changes(client), audit: () => undefined });
      const { tx } = await lockOffice(client, aoo);
      const found = await client.query<Registrar>(
        'select aoo, administration, code, register from aoo where aoo = $1',
        [aoo],
      );
      const [registrar] = found.rows;
      if (registrar === undefined) throw new Error(`office ${aoo} is not declared in the database`);
      const unit = openUnitOfWork(registrar, tx, at);
      const done = await work({ ...changes(client), audit: unit.audit });
      await tx.save(unit.changes());
      return done;
    }),
});

const changes = (client: pg.PoolClient): Omit<RightsTransaction, 'audit'> => ({
  ...unitChanges(client),
  async give(personId, { aoo, role }, source, by, at) {
    const { rowCount } = await client.query(
      `insert into person_role (aoo, person_id, role, source, given_at, given_by)
       values (coalesce($1, '-'), $2, $3, $4, $5, $6) on conflict ${BY_PERSON_NOW}`,
      [aoo, personId, role, source, at, by],
    );
    return rowCount === 1;
  },
  async take(personId, { aoo, role }) {
    const { rowCount } = await client.query(
      `delete from person_role where aoo = coalesce($1, '-') and person_id = $2 and role = $3`,
      [aoo, personId, role],
    );
    return rowCount === 1;
  },
  async takeOfGroups(personId, { aoo, role }) {
    const { rowCount } = await client.query(
      `delete from person_role where aoo = coalesce($1, '-') and person_id = $2 and role = $3 and source = 'groups'`,
      [aoo, personId, role],
    );
    return rowCount === 1;
  },
  async endSessions(personId, except) {
    await client.query('delete from session where person_id = $1 and session_id is distinct from $2::uuid', [
      personId,
      except,
    ]);
  },
});
