/** What administrators do about persons: those of the node about everybody, those of an office about who works only there. */
import type { Clock } from '../../kernel/clock.ts';
import { type AooId, mailAddress } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse, refuseAll } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AccessLog } from './access-log.ts';
import type { AccountStore } from './accounts.ts';
import type { Entries } from './entries.ts';
import { toLogin, toName } from './password-rules.ts';
import type { AccessEntry, AccessKind, Actor, DeskPerson, Grant, HeldRole } from './person.ts';
import { ROLES } from './rights.ts';
import type { PeopleStore } from './store.ts';

export interface PersonAndRoles extends DeskPerson {
  readonly roles: readonly HeldRole[];
  readonly lastSeenAt: Date | null;
  readonly hasFactor: boolean;
  /** An account of the body's directory is theirs. */
  readonly hasAccount: boolean;
}

export interface AccessFilter {
  /** Null: of all offices and of the node. */
  readonly aoo: AooId | null;
  readonly personId?: string;
  readonly what?: AccessKind;
  /** Continues after this entry. */
  readonly before?: { readonly at: Date; readonly entryId: string };
  readonly limit: number;
}

export interface PeopleListStore {
  /** By name. `aoo`: only who has a role or a unit there. */
  people(wish: {
    readonly aoo: AooId | null;
    readonly text: string;
    readonly after: string;
    readonly limit: number;
  }): Promise<readonly PersonAndRoles[]>;
  /** Newest first. */
  accessLog(filter: AccessFilter): Promise<readonly AccessEntry[]>;
}

export interface NewPersonForm {
  readonly login: string;
  readonly name: string;
  /** '': none. */
  readonly address: string;
  readonly grants: readonly Grant[];
}

export interface ManagePeople {
  people: (
    by: Actor,
    wish: { readonly text: string; readonly after: string; readonly limit: number },
  ) => Promise<readonly PersonAndRoles[]>;
  personAndRoles(by: Actor, personId: string): Promise<PersonAndRoles | null>;
  /** With the link that lets the new person in once. */
  createPerson(
    form: NewPersonForm,
    by: Actor,
  ): Promise<Result<{ readonly person: DeskPerson; readonly entry: string }>>;
  renamePerson(
    personId: string,
    version: number,
    form: { readonly name: string; readonly address: string },
    by: Actor,
  ): Promise<Result<null>>;
  giveRole(personId: string, grant: Grant, by: Actor): Promise<Result<null>>;
  takeRole(personId: string, grant: Grant, by: Actor): Promise<Result<null>>;
  setDisabled(personId: string, version: number, isDisabled: boolean, by: Actor): Promise<Result<null>>;
  recoveryEntry(personId: string, endsFactor: boolean, by: Actor): Promise<Result<string>>;
  readAccessLog(by: Actor, filter: Omit<AccessFilter, 'aoo'>): Promise<readonly AccessEntry[]>;
}

export interface ManagePeopleDeps {
  readonly store: PeopleStore & AccountStore & PeopleListStore;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
  readonly entries: Entries;
}

/** Null is the node. */
const reaches = ({ scope }: Actor, aoo: AooId | null): boolean => scope === 'node' || scope === aoo;

/** Who administers an office does not lay hands on who works elsewhere too: a new password would open that as well. */
export async function personInReach(personId: string, by: Actor, store: PeopleStore): Promise<Result<DeskPerson>> {
  const person = await store.person(personId);
  if (person === null) return refuse(problem('not-found'));
  if (by.scope === 'node') return ok(person);
  const places = [...(await store.rolesOf(personId)), ...(await store.workplaces(personId))];
  if (!places.some(({ aoo }) => reaches(by, aoo))) return refuse(problem('not-found'));
  return places.every(({ aoo }) => reaches(by, aoo)) ? ok(person) : refuse(problem('person-not-yours'));
}

export function openManagePeople(deps: ManagePeopleDeps): ManagePeople {
  const { store, clock, accessLog, entries } = deps;
  const aooOf = ({ scope }: Actor): AooId | null => (scope === 'node' ? null : scope);
  return {
    people: (by, wish) => store.people({ ...wish, aoo: aooOf(by) }),
    async personAndRoles(by, personId) {
      const known = await personInReach(personId, by, store);
      if (!known.ok && known.problem.code !== 'person-not-yours') return null;
      const person = await store.person(personId);
      if (person === null) return null;
      const roles = (await store.rolesOf(personId)).filter(({ aoo }) => reaches(by, aoo));
      const [seen] = await store.sessionsOf(personId, new Date(0), new Date(0));
      return {
        ...person,
        roles,
        lastSeenAt: seen?.seenAt ?? null,
        hasFactor: person.factor?.confirmed === true,
        hasAccount: (await store.accountsOf(personId)).length > 0,
      };
    },
    createPerson: (form, by) => create(form, by, deps),
    async renamePerson(personId, version, form, by) {
      const known = await personInReach(personId, by, store);
      if (!known.ok) return known;
      const name = toName(form.name);
      const address = addressIn(form);
      if (name === null || !address.ok)
        return refuseAll([name === null && problem('name-missing', 'name'), !address.ok && address.problem]);
      if (!(await store.changePerson(personId, version, { name, address: address.value })))
        return refuse(problem('person-changed'));
      await accessLog.record('person-changed', { personId, person: name, address: by.address, data: { by: by.name } });
      return ok(null);
    },
    async giveRole(personId, grant, by) {
      const known = await personInReach(personId, by, store);
      return known.ok ? give(known.value, grant, by, deps) : known;
    },
    takeRole: (personId, grant, by) => takeRole(personId, grant, by, deps),
    async setDisabled(personId, version, isDisabled, by) {
      const known = await personInReach(personId, by, store);
      if (!known.ok) return known;
      if (isDisabled && (await isLastAdministrator(personId, store))) return refuse(problem('last-administrator'));
      const disabledAt = isDisabled ? clock.now() : null;
      if (!(await store.changePerson(personId, version, { disabledAt }))) return refuse(problem('person-changed'));
      await store.endSessionsOf(personId, null);
      await accessLog.record(isDisabled ? 'person-disabled' : 'person-enabled', {
        personId,
        person: known.value.name,
        address: by.address,
        data: { by: by.name },
      });
      return ok(null);
    },
    async recoveryEntry(personId, endsFactor, by) {
      const known = await personInReach(personId, by, store);
      return known.ok ? entries.entryFor(personId, endsFactor, by) : known;
    },
    readAccessLog: (by, filter) => store.accessLog({ ...filter, aoo: aooOf(by) }),
  };
}

/** Null: none was given. */
function addressIn({ address }: Pick<NewPersonForm, 'address'>): Result<string | null> {
  if (address.trim() === '') return ok(null);
  const found = mailAddress(address);
  return found === null ? refuse(problem('person-address-invalid', 'address')) : ok(found);
}

async function create(
  form: NewPersonForm,
  by: Actor,
  deps: ManagePeopleDeps,
): Promise<Result<{ readonly person: DeskPerson; readonly entry: string }>> {
  const { store, clock, accessLog, entries } = deps;
  const name = toName(form.name);
  const login = toLogin(form.login);
  const address = addressIn(form);
  if (!form.grants.every((grant) => isGrant(grant) && reaches(by, grant.aoo))) return refuse(problem('role-unknown'));
  // Else nobody but the node's administrator would find the person again.
  const isLost = form.grants.length === 0 && by.scope !== 'node';
  if (name === null || login === null || isLost || !address.ok)
    return refuseAll([
      name === null && problem('name-missing', 'name'),
      login === null && problem('login-invalid', 'login'),
      isLost && problem('role-unknown', 'role'),
      !address.ok && address.problem,
    ]);
  const now = clock.now();
  const personId = uuidv7(now);
  const made = { personId, login, name, address: address.value, password: null, createdAt: now, createdBy: by.name };
  if (!(await store.createPerson(made))) return refuse(problem('login-taken', 'login'));
  await accessLog.record('person-created', { personId, person: name, address: by.address, data: { by: by.name } });
  const person = await store.person(personId);
  if (person === null) return refuse(problem('not-found'));
  for (const grant of form.grants) await give(person, grant, by, deps);
  const entry = await entries.entryFor(personId, false, by);
  return entry.ok ? ok({ person, entry: entry.value }) : entry;
}

/** The node has no register: there is nothing to do for it but administer. */
const isGrant = ({ aoo, role }: Grant): boolean => ROLES.includes(role) && (aoo !== null || role === 'administrator');

async function give(
  person: DeskPerson,
  grant: Grant,
  by: Actor,
  { store, clock, accessLog }: ManagePeopleDeps,
): Promise<Result<null>> {
  const { personId } = person;
  if (!isGrant(grant) || !reaches(by, grant.aoo)) return refuse(problem('role-unknown'));
  const at = clock.now();
  const isNew = await store.changeRights(grant.aoo, at, async (tx) => {
    if (!(await tx.give(personId, grant, 'person', by.name, at))) return false;
    await tx.endSessions(personId, by.sessionId);
    tx.audit('role-given', personId, { by: by.name, person: person.name, login: person.login, role: grant.role });
    return true;
  });
  if (!isNew) return ok(null);
  // Whoever administers has no contents: that somebody took them for himself is a line of its own.
  const isOwn = by.personId === personId && grant.role !== 'administrator';
  await accessLog.record(isOwn ? 'own-content-role' : 'role-given', {
    personId,
    person: person.name,
    aoo: grant.aoo,
    address: by.address,
    data: { by: by.name, role: grant.role },
  });
  return ok(null);
}

async function takeRole(
  personId: string,
  grant: Grant,
  by: Actor,
  { store, clock, accessLog }: ManagePeopleDeps,
): Promise<Result<null>> {
  const person = await store.person(personId);
  if (person === null || !reaches(by, grant.aoo)) return refuse(problem('not-found'));
  if (grant.aoo === null && (await isLastAdministrator(personId, store))) return refuse(problem('last-administrator'));
  const at = clock.now();
  const isDone = await store.changeRights(grant.aoo, at, async (tx) => {
    if (!(await tx.take(personId, grant))) return false;
    await tx.endSessions(personId, by.sessionId);
    tx.audit('role-taken', personId, { by: by.name, person: person.name, login: person.login, role: grant.role });
    return true;
  });
  if (isDone)
    await accessLog.record('role-taken', {
      personId,
      person: person.name,
      aoo: grant.aoo,
      address: by.address,
      data: { by: by.name, role: grant.role },
    });
  return ok(null);
}

async function isLastAdministrator(personId: string, store: Pick<PeopleStore, 'nodeAdministrators'>): Promise<boolean> {
  const all = await store.nodeAdministrators();
  return all.length === 1 && all[0]?.personId === personId;
}
