import type pg from 'pg';
import { openPool } from '../../src/adapters/postgres/database/pool.ts';
import { postgresPeople } from '../../src/adapters/postgres/people/people-store.ts';
import { sealedWith } from '../../src/adapters/secrets/sealed.ts';
import type { AooId } from '../../src/kernel/ids.ts';
import type { AccountRules } from '../../src/service/people/account-sign-in.ts';
import type { DeskCaller } from '../../src/service/people/caller.ts';
import { openPeople, type People } from '../../src/service/people/people.ts';
import { type Grant, operator, type Visitor } from '../../src/service/people/person.ts';
import { type SessionRules, STANDARD_SESSIONS } from '../../src/service/people/sessions.ts';
import { ESEMPIO, PROVARIA } from './access-house.ts';
import { createDatabase } from './postgres.ts';

export const PASSWORD = 'quattro gatti al sole';

export interface PeopleHouse {
  readonly people: People;
  readonly pool: pg.Pool;
  readonly url: string;
  /** Stands still unless moved forward. */
  readonly clock: { now(): Date; forward(seconds: number): void };
  /** Milliseconds that answers were held back, instead of waiting. */
  readonly pauses: number[];
  /** A person with a password, and the session it opens. */
  enter(login: string, grants: readonly Grant[], visitor?: Partial<Visitor>): Promise<Entered>;
  stop(): Promise<void>;
}

export interface Entered {
  readonly personId: string;
  readonly token: string;
  readonly device: string;
  readonly caller: DeskCaller;
}

export const visitor = (change: Partial<Visitor> = {}): Visitor => ({
  address: '192.0.2.7',
  agent: 'Prova/1.0',
  device: null,
  session: null,
  ...change,
});

export const grant = (aoo: AooId | null, role: Grant['role']): Grant => ({ aoo, role });

/** Persons of two councils, on a database of their own. */
export async function openPeopleHouse(
  rules: SessionRules = STANDARD_SESSIONS,
  accountRules: AccountRules | null = null,
): Promise<PeopleHouse> {
  const database = await createDatabase();
  const pool = openPool(database.url, 'interpro test people', 6);
  for (const { aoo, administration, code, register, name, address } of [ESEMPIO, PROVARIA])
    await pool.query(
      'insert into aoo (aoo, administration, code, register, name, address) values ($1, $2, $3, $4, $5, $6)',
      [aoo, administration, code, register, name, address],
    );
  let time = Date.parse('2026-05-04T09:00:00Z');
  const clock = {
    now: () => new Date(time),
    forward(seconds: number) {
      time += seconds * 1000;
    },
  };
  const pauses: number[] = [];
  const quiet = () => undefined;
  const people = openPeople({
    store: postgresPeople(pool),
    secrets: sealedWith([new Uint8Array(32).fill(7)]),
    clock,
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    rules,
    accountRules,
    pause: async (ms) => void pauses.push(ms),
  });
  return {
    people,
    pool,
    url: database.url,
    clock,
    pauses,
    async enter(login, grants, change = {}) {
      const made = await people.manage.createPerson(
        { login, name: `Persona ${login}`, address: '', grants },
        operator('prova'),
      );
      if (!made.ok) throw new Error(made.problem.message);
      const form = { name: '', login: '', password: PASSWORD, code: '' };
      const done = await people.useEntry(made.value.entry, form, visitor(change));
      if (!done.ok) throw new Error(done.problem.message);
      const caller = await people.openSession(done.value.token);
      if (caller === null) throw new Error('the session did not open');
      return { personId: done.value.personId, token: done.value.token, device: done.value.device, caller };
    },
    async stop() {
      await pool.end();
      await database.drop();
    },
  };
}
