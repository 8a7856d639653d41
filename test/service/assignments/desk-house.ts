/** An office with units and persons in a real database, and registrations to assign. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { postgresAssignments } from '../../../src/adapters/postgres/queries/assignments.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { AssignmentActor } from '../../../src/service/assignments/actor.ts';
import type { Call } from '../../../src/service/register/idempotent-command.ts';
import type { Office } from '../../../src/service/register/office.ts';
import { office, openHouse, register } from '../../adapters/postgres/support.ts';

export const NOW = new Date('2026-11-30T08:00:00.000Z');

export interface Unit {
  readonly unitId: string;
  readonly personId: null;
  readonly name: string;
}

export type DeskHouse = Awaited<ReturnType<typeof openDeskHouse>>;

export async function openDeskHouse() {
  const ESEMPIO = office('c_esempio', 'AESEMP1');
  const PROVARIA = office('c_provaria', 'APROVA1');
  const house = await openHouse([ESEMPIO, PROVARIA]);
  const time = { at: NOW };
  const deps = { store: house.store, clock: { now: () => time.at } };

  async function unit(of: Office, name: string, valid: { to?: string; successor?: Unit } = {}): Promise<Unit> {
    const unitId = randomUUID();
    await house.pool.query(
      `insert into unit (aoo, unit_id, name, code, valid_from, valid_to, successor) values ($1, $2, $3, $4, '2020-01-01', $5, $6)`,
      [of.aoo, unitId, name, unitId.slice(0, 8), valid.to ?? null, valid.successor?.unitId ?? null],
    );
    return { unitId, personId: null, name };
  }

  /** `heads`: those of `units` whose head the person is. */
  async function person(
    of: Office,
    name: string,
    role: string,
    units: readonly Unit[] = [],
    heads: readonly Unit[] = [],
  ) {
    const personId = randomUUID();
    await house.pool.query(
      `insert into person (person_id, login, name, created_at, created_by) values ($1, $2, $3, now(), 'prova')`,
      [personId, `p${personId.slice(0, 8)}`, name],
    );
    await house.pool.query(
      `insert into person_role (aoo, person_id, role, source, given_at, given_by) values ($1, $2, $3, 'person', now(), 'prova')`,
      [of.aoo, personId, role],
    );
    for (const { unitId } of [...units, ...heads])
      await house.pool.query(
        'insert into unit_member (aoo, unit_id, person_id, is_head, since) values ($1, $2, $3, $4, now())',
        [of.aoo, unitId, personId, heads.some((head) => head.unitId === unitId)],
      );
    const isDesk = role === 'protocol' || role === 'head';
    const belongs = [...units, ...heads].map(({ unitId }) => unitId);
    const actor: AssignmentActor = {
      personId,
      name,
      isDesk,
      seesAll: isDesk || role === 'auditor',
      seesReserved: role === 'head',
      units: belongs,
      headOf: heads.map(({ unitId }) => unitId),
    };
    return actor;
  }

  return {
    ...house,
    office: ESEMPIO,
    other: PROVARIA,
    time,
    deps,
    unit,
    person,
    views: postgresAssignments(house.pool),
    registration: (of: Office = ESEMPIO) => register(house.store, of, time.at, { subject: 'Richiesta di prova' }),
    async asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
      const client = new pg.Client({ connectionString: house.database.url });
      await client.connect();
      try {
        return await work(client);
      } finally {
        await client.end();
      }
    },
  };
}

/** `key`: the act key of the form that is sent. */
export const callOf = ({ name, personId }: AssignmentActor, key: string | null = null, asked = ''): Call => ({
  by: name,
  client: `person:${personId}`,
  idempotency: key === null ? null : { key, digest: sha256(asked) },
});
