import type { AooId, Sha256 } from '../../kernel/ids.ts';
import type { Failures } from './back-off.ts';
import type { DeskCaller } from './caller.ts';
import type {
  AccessEntry,
  DeskPerson,
  EndedSession,
  Grant,
  HeldRole,
  OpenSession,
  SignInMethod,
  Workplace,
} from './person.ts';
import type { UnitChanges } from './unit.ts';

export interface NewSession {
  readonly sessionId: string;
  readonly token: Sha256;
  readonly personId: string;
  readonly aoo: AooId | null;
  readonly method: SignInMethod;
  /** Sealed. */
  readonly accountToken: string | null;
  /** The provider's name of the session there. */
  readonly accountSid?: string | null;
  readonly startedAt: Date;
  readonly endsAt: Date;
  readonly address: string;
  readonly agent: string;
}

export interface FoundSession {
  readonly caller: DeskCaller;
  readonly seenAt: Date;
}

export interface SessionStore {
  /** One query: the session, its person, and what it may do today in Rome. Null: there is none, or it has ended. */
  session(token: Sha256, now: Date, seenAfter: Date, today: string): Promise<FoundSession | null>;
  touchSession(sessionId: string, at: Date): Promise<void>;
  /** Ends those of the person beyond `most`, the longest unseen first, and everybody's that are over. */
  startSession(session: NewSession, most: number, seenAfter: Date): Promise<void>;
  /** Undefined: there was no such session. */
  endSession(token: Sha256): Promise<(EndedSession & { readonly personId: string }) | undefined>;
  sessionsOf(personId: string, now: Date, seenAfter: Date): Promise<readonly OpenSession[]>;
  endSessionOf(personId: string, sessionId: string): Promise<boolean>;
  /** All but one. */
  endSessionsOf(personId: string, except: string | null): Promise<number>;
  moveSession(sessionId: string, personId: string, aoo: AooId): Promise<void>;
  /** Gives the session another token. */
  renewSession(sessionId: string, token: Sha256): Promise<void>;
  /** Whose browser it is; null: unknown. */
  deviceOf(token: Sha256, seenAfter: Date): Promise<string | null>;
  rememberDevice(token: Sha256, personId: string, at: Date, forgetBefore: Date): Promise<void>;
}

export interface FailureStore {
  failures(what: readonly Sha256[]): Promise<ReadonlyMap<Sha256, Failures>>;
  /** False: somebody counted in between; `seen` is what was known. */
  countFailure(what: Sha256, seen: Failures | null, next: Failures): Promise<boolean>;
  uncountFailure(what: Sha256): Promise<void>;
  forgetFailures(what: readonly Sha256[]): Promise<void>;
  forgetFailuresBefore(at: Date): Promise<void>;
}

/** With what only signing in needs. */
export interface PersonWithPassword extends DeskPerson {
  readonly password: string | null;
  readonly lastAoo: AooId | null;
  readonly factor: { readonly secret: string; readonly confirmed: boolean; readonly lastStep: number } | null;
}

export interface PersonStore {
  personByLogin(login: string): Promise<PersonWithPassword | null>;
  person(personId: string): Promise<PersonWithPassword | null>;
  /** False: the login is taken. */
  createPerson(person: NewPerson): Promise<boolean>;
  /** False: its version is another one by now. */
  changePerson(personId: string, version: number, change: PersonChange): Promise<boolean>;
  setPassword(personId: string, password: string, at: Date): Promise<void>;
  rolesOf(personId: string): Promise<readonly HeldRole[]>;
  /**
   * Offices in which it has a role or a unit, also of somebody it stands in for; `method`: those in which it has one after
   * signing in like that.
   */
  workplaces(personId: string, method?: SignInMethod): Promise<readonly Workplace[]>;
  /** Enabled ones that administer the node, the oldest first. */
  nodeAdministrators(): Promise<readonly DeskPerson[]>;
  logAccess(entries: readonly AccessEntry[]): Promise<void>;
}

export interface NewPerson {
  readonly personId: string;
  readonly login: string;
  readonly name: string;
  readonly address: string | null;
  readonly password: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
}

export interface PersonChange {
  readonly name?: string;
  readonly address?: string | null;
  readonly singleKeys?: boolean;
  readonly disabledAt?: Date | null;
}

export interface FactorStore {
  /** Begins a second factor anew: unconfirmed. */
  beginFactor(personId: string, secret: string): Promise<void>;
  confirmFactor(personId: string, at: Date, codes: readonly Sha256[]): Promise<void>;
  endFactor(personId: string): Promise<void>;
  /** False: a code of this step or a later one was used. */
  takeStep(personId: string, step: number): Promise<boolean>;
  takeRecoveryCode(personId: string, code: Sha256, at: Date): Promise<boolean>;
  recoveryCodesLeft(personId: string): Promise<number>;
}

export interface NewEntry {
  readonly token: Sha256;
  /** Null: somebody new. */
  readonly personId: string | null;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly endsAt: Date;
  readonly grants: readonly Grant[];
  readonly endsFactor: boolean;
  /** Whose administrator made it: void where the person works elsewhere, too. Null: the node's. */
  readonly office: AooId | null;
}

export interface EntryStore {
  /** What was issued before for the same person, and not used, is void; so is what is not used of whom is disabled. */
  issueEntry(entry: NewEntry): Promise<void>;
  openEntry(token: Sha256, now: Date): Promise<NewEntry | null>;
  /**
   * Uses the token up and makes the person, or gives the known one a new password; all or nothing. Of two at once, one
   * finds the token used.
   */
  useEntry(token: Sha256, now: Date, person: EntryPerson): Promise<'used' | 'entry-unknown' | 'login-taken'>;
}

/** `known`: the token is that person's; only its password changes. */
export type EntryPerson = (NewPerson & { readonly known: false }) | { readonly known: true; readonly password: string };

export interface RightsTransaction extends UnitChanges {
  give(personId: string, grant: Grant, source: HeldRole['source'], by: string, at: Date): Promise<boolean>;
  take(personId: string, grant: Grant): Promise<boolean>;
  /** Only where groups gave it. */
  takeOfGroups(personId: string, grant: Grant): Promise<boolean>;
  endSessions(personId: string, except: string | null): Promise<void>;
  audit(action: string, subject: string, data: Record<string, unknown>): void;
}

export interface RightsStore {
  /** One transaction under the office's lock (null: of the node), with its audit records. */
  changeRights<T>(aoo: AooId | null, at: Date, work: (tx: RightsTransaction) => Promise<T>): Promise<T>;
}

export type PeopleStore = SessionStore & FailureStore & PersonStore & FactorStore & EntryStore & RightsStore;
