import { type Clock, legalTime } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AccessLog } from './access-log.ts';
import { counterOf } from './back-off.ts';
import type { DeskCaller } from './caller.ts';
import { countGuess } from './guesses.ts';
import { passwordProblem } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { DeskPerson } from './person.ts';
import { newToken } from './sessions.ts';
import type { PeopleStore } from './store.ts';

export interface Days {
  /** `yyyy-mm-dd`, both included. */
  readonly first: string;
  readonly last: string;
}

export interface Absence extends Days {
  readonly absenceId: string;
}

export interface Delegation extends Days {
  readonly delegationId: string;
  readonly aoo: AooId;
  readonly fromPerson: { readonly personId: string; readonly name: string };
  readonly toPerson: { readonly personId: string; readonly name: string };
  readonly note: string;
}

export interface AbsenceStore {
  absences(personId: string, from: string): Promise<readonly Absence[]>;
  addAbsence(personId: string, absence: Absence): Promise<void>;
  endAbsence(personId: string, absenceId: string): Promise<boolean>;
  /** To and from the person, that are not over. */
  delegations(aoo: AooId, personId: string, from: string): Promise<readonly Delegation[]>;
  addDelegation(delegation: Delegation, at: Date): Promise<void>;
  /** Only the person who gave it ends it. */
  endDelegation(aoo: AooId, personId: string, delegationId: string, at: Date): Promise<boolean>;
  /** Enabled persons with a role or a unit in the office. */
  colleagues(aoo: AooId): Promise<readonly { readonly personId: string; readonly name: string }[]>;
}

export interface OwnAccount {
  me(caller: DeskCaller): Promise<DeskPerson | null>;
  /** The new token of this session; the others end. */
  changePassword(caller: DeskCaller, old: string, fresh: string, address: string): Promise<Result<string>>;
  /** For what a passer-by at an open screen must not do. */
  provePassword(caller: DeskCaller, password: string, address: string): Promise<Result<null>>;
  endFactor(caller: DeskCaller, password: string, address: string): Promise<Result<null>>;
  setPreferences(caller: DeskCaller, wish: { readonly singleKeys: boolean }): Promise<Result<null>>;
  absences(caller: DeskCaller): Promise<readonly Absence[]>;
  addAbsence(caller: DeskCaller, days: Days): Promise<Result<null>>;
  endAbsence(caller: DeskCaller, absenceId: string): Promise<Result<null>>;
  colleagues(caller: DeskCaller): ReturnType<AbsenceStore['colleagues']>;
  delegations(caller: DeskCaller): Promise<readonly Delegation[]>;
  delegate(caller: DeskCaller, to: string, days: Days, note: string): Promise<Result<null>>;
  endDelegation(caller: DeskCaller, delegationId: string): Promise<Result<null>>;
}

export interface OwnAccountDeps {
  readonly store: PeopleStore & AbsenceStore;
  readonly passwords: Passwords;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
}

export const openOwnAccount = (deps: OwnAccountDeps): OwnAccount => ({ ...ownSecrets(deps), ...ownAbsences(deps) });

type Secrets = Pick<OwnAccount, 'me' | 'changePassword' | 'provePassword' | 'endFactor' | 'setPreferences'>;

function ownSecrets({ store, passwords, clock, accessLog }: OwnAccountDeps): Secrets {
  /** Guesses at an open screen are counted like those at the door. */
  const prove = async ({ personId, sessionId }: DeskCaller, password: string, address: string) => {
    const what = counterOf.nameFrom(personId, sessionId);
    const person = await store.person(personId);
    if (person?.password == null) return refuse(problem('password-absent'));
    const counted = await countGuess(what, '', { store, clock });
    if (!counted.ok) return counted;
    const checked = await passwords.verify(password, person.password, address);
    if (!checked.ok) return checked;
    if (!checked.value) return refuse(problem('password-wrong', 'old'));
    await store.forgetFailures([what]);
    return ok(person);
  };
  return {
    me: ({ personId }) => store.person(personId),
    async provePassword(caller, password, address) {
      const proved = await prove(caller, password, address);
      return proved.ok ? ok(null) : proved;
    },
    async changePassword(caller, old, fresh, address) {
      const wrong = passwordProblem(fresh, [caller.login, caller.name]);
      if (wrong !== null) return refuse(wrong);
      const proved = await prove(caller, old, address);
      if (!proved.ok) return proved;
      const hashed = await passwords.hash(fresh, address);
      if (!hashed.ok) return hashed;
      const { personId, name, sessionId } = caller;
      await store.setPassword(personId, hashed.value, clock.now());
      await store.endSessionsOf(personId, sessionId);
      const token = newToken();
      await store.renewSession(sessionId, sha256(token));
      await accessLog.record('password-changed', { personId, person: name, address });
      return ok(token);
    },
    async endFactor(caller, password, address) {
      const proved = await prove(caller, password, address);
      if (!proved.ok) return proved;
      await store.endFactor(caller.personId);
      await accessLog.record('factor-off', { personId: caller.personId, person: caller.name, address });
      return ok(null);
    },
    async setPreferences({ personId }, { singleKeys }) {
      const person = await store.person(personId);
      const done = person !== null && (await store.changePerson(personId, person.version, { singleKeys }));
      return done ? ok(null) : refuse(problem('person-changed'));
    },
  };
}

/** The longest absence or delegation: who is away longer leaves the office. */
const MOST_DAYS = 366;

function ownAbsences({ store, clock, accessLog }: OwnAccountDeps): Omit<OwnAccount, keyof Secrets> {
  const today = () => legalTime(clock.now()).date;
  const areDays = ({ first, last }: Days): boolean =>
    isCalendarDay(first) &&
    isCalendarDay(last) &&
    first <= last &&
    last >= today() &&
    daysBetween(first, last) <= MOST_DAYS;
  return {
    absences: ({ personId }) => store.absences(personId, today()),
    async addAbsence({ personId }, days) {
      if (!areDays(days)) return refuse(problem('days-invalid', 'last'));
      await store.addAbsence(personId, { absenceId: uuidv7(clock.now()), first: days.first, last: days.last });
      return ok(null);
    },
    async endAbsence({ personId }, absenceId) {
      return (await store.endAbsence(personId, absenceId)) ? ok(null) : refuse(problem('not-found'));
    },
    colleagues: async ({ aoo, personId }) =>
      aoo === null ? [] : (await store.colleagues(aoo)).filter((one) => one.personId !== personId),
    delegations: async ({ aoo, personId }) => (aoo === null ? [] : store.delegations(aoo, personId, today())),
    async delegate({ aoo, personId, name }, to, days, note) {
      if (!areDays(days)) return refuse(problem('days-invalid', 'last'));
      const delegate = aoo === null ? undefined : (await store.colleagues(aoo)).find((one) => one.personId === to);
      if (aoo === null || delegate === undefined || to === personId) return refuse(problem('delegate-invalid', 'to'));
      const now = clock.now();
      const delegation = {
        delegationId: uuidv7(now),
        aoo,
        fromPerson: { personId, name },
        toPerson: delegate,
        first: days.first,
        last: days.last,
        note: note.slice(0, 500),
      };
      await store.addDelegation(delegation, now);
      await accessLog.record('delegated', {
        personId,
        person: name,
        aoo,
        data: { to: delegate.name, first: days.first, last: days.last },
      });
      return ok(null);
    },
    async endDelegation({ aoo, personId, name }, delegationId) {
      if (aoo === null || !(await store.endDelegation(aoo, personId, delegationId, clock.now())))
        return refuse(problem('not-found'));
      await accessLog.record('delegation-ended', { personId, person: name, aoo });
      return ok(null);
    },
  };
}

export const isCalendarDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

const daysBetween = (first: string, last: string): number => (Date.parse(last) - Date.parse(first)) / 86_400_000;
