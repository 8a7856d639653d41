/** The persons of the desk's tests, each with a session that is open already: signing in is tested where it is made. */
import type pg from 'pg';
import { postgresPeople } from '../../../src/adapters/postgres/people/people-store.ts';
import { sha256 } from '../../../src/kernel/digest.ts';
import type { AooId } from '../../../src/kernel/ids.ts';
import type { Result } from '../../../src/kernel/result.ts';
import { uuidv7 } from '../../../src/kernel/uuid.ts';
import type { DeskCaller } from '../../../src/service/people/caller.ts';
import type { People } from '../../../src/service/people/people.ts';
import { type Grant, operator } from '../../../src/service/people/person.ts';
import type { Role } from '../../../src/service/people/rights.ts';
import { newToken } from '../../../src/service/people/sessions.ts';
import { ESEMPIO, PROVARIA } from '../../support/node.ts';

const at = (aoo: AooId | null, ...roles: readonly Role[]): readonly Grant[] => roles.map((role) => ({ aoo, role }));

/** In Esempio, but for the administrator of the node and `elsewhere`, who is a clerk in Provaria. */
const PERSONS = {
  protocol: ['Pio Modello', at(ESEMPIO, 'protocol')],
  /** A second clerk, for what two do at once. */
  colleague: ['Ida Saggi', at(ESEMPIO, 'protocol')],
  head: ['Nora Esempi', at(ESEMPIO, 'head')],
  'unit-head': ['Ugo Prova', at(ESEMPIO, 'unit-head')],
  'unit-member': ['Lia Bozza', at(ESEMPIO, 'unit-member')],
  auditor: ['Mario Prova', at(ESEMPIO, 'auditor')],
  administrator: ['Ada Fittizi', at(null, 'administrator')],
  elsewhere: ['Eva Altrove', at(PROVARIA, 'protocol')],
} as const;
export type Who = keyof typeof PERSONS;

/** Offices inside Esempio; `unit-head` heads the first, and `unit-member` belongs to it. */
const UNITS = { tecnico: 'Ufficio tecnico', tributi: 'Tributi', segreteria: 'Segreteria' } as const;
export type UnitCode = keyof typeof UNITS;

export interface Signed {
  readonly token: string;
  readonly caller: DeskCaller;
}

export interface DeskPersons {
  readonly persons: Readonly<Record<Who, Signed>>;
  /** Their identifiers. */
  readonly units: Readonly<Record<UnitCode, string>>;
  /** Another browser of the same person. */
  signIn(who: Who): Promise<Signed>;
}

const BY = operator('prova');

export async function enrol(people: People, pool: pg.Pool): Promise<DeskPersons> {
  const ids = {} as Record<Who, string>;
  for (const [who, [name, grants]] of entries(PERSONS)) {
    const made = done(await people.manage.createPerson({ login: who, name, address: '', grants }, BY));
    ids[who] = made.person.personId;
  }
  const units = {} as Record<UnitCode, string>;
  for (const [code, name] of entries(UNITS)) {
    const form = { name, code, validFrom: '2020-01-01', validTo: '', successor: '' };
    units[code] = done(await people.units.addUnit(ESEMPIO, form, BY)).unitId;
  }
  done(await people.units.setMember(ESEMPIO, units.tecnico, ids['unit-head'], true, BY));
  done(await people.units.setMember(ESEMPIO, units.tecnico, ids['unit-member'], false, BY));
  const signIn = (who: Who) => openSession(people, pool, ids[who], PERSONS[who][1][0]?.aoo ?? null);
  const persons = {} as Record<Who, Signed>;
  for (const [who] of entries(PERSONS)) persons[who] = await signIn(who);
  return { persons, units, signIn };
}

/** As after signing in, without the fifth of a second that a password costs. */
async function openSession(people: People, pool: pg.Pool, personId: string, aoo: AooId | null): Promise<Signed> {
  const token = newToken();
  const startedAt = new Date();
  const session = { sessionId: uuidv7(startedAt), token: sha256(token), personId, aoo, method: 'password' as const };
  const rest = {
    accountToken: null,
    startedAt,
    endsAt: new Date(startedAt.getTime() + 43_200_000),
    address: '',
    agent: '',
  };
  await postgresPeople(pool).startSession({ ...session, ...rest }, 50, new Date(0));
  const caller = await people.openSession(token);
  if (caller === null) throw new Error('the session did not open');
  return { token, caller };
}

const entries = <K extends string, V>(record: Readonly<Record<K, V>>) => Object.entries<V>(record) as [K, V][];

function done<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.problem.message);
  return result.value;
}
