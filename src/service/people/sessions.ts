import { randomBytes } from 'node:crypto';
import { type Clock, legalTime } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { AooId } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { AccessLog } from './access-log.ts';
import type { DeskCaller } from './caller.ts';
import type { EndedSession, OpenSession, Visitor, Workplace } from './person.ts';
import type { NewSession, PeopleStore, PersonWithPassword } from './store.ts';

export interface SessionRules {
  /** Without a request, a session ends after so long. */
  readonly idleMinutes: number;
  /** And at the latest after so long. */
  readonly hours: number;
}

export const STANDARD_SESSIONS: SessionRules = { idleMinutes: 30, hours: 12 };
/** When a session was last seen is written so often at most. */
const TOUCH_EVERY_MS = 60_000;
/** A browser is remembered so long after the last sign-in from it. */
const DEVICE_DAYS = 180;
const DAY_MS = 86_400_000;

/** 256 random bits, so that a plain SHA-256 of them is enough at rest. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** What the browser is given: both are cookies, and neither is ever logged. */
export interface SignedIn {
  readonly personId: string;
  readonly name: string;
  readonly token: string;
  readonly device: string;
  readonly endsAt: Date;
}

export interface SessionCases {
  /** Who is behind the token; null: nobody, or no longer. `background`: what a page asks by itself keeps no session alive. */
  openSession(token: string, background?: boolean): Promise<DeskCaller | null>;
  signOut(token: string, visitor: Visitor): Promise<EndedSession | null>;
  workplaces(caller: DeskCaller): Promise<readonly Workplace[]>;
  chooseOffice(caller: DeskCaller, aoo: AooId): Promise<Result<null>>;
  /** Another token for the same session: what its person may do has changed. */
  renewSession(caller: DeskCaller): Promise<string>;
  sessions(caller: DeskCaller): Promise<readonly OpenSession[]>;
  endSession(caller: DeskCaller, sessionId: string, visitor: Visitor): Promise<Result<null>>;
  endOtherSessions(caller: DeskCaller, visitor: Visitor): Promise<number>;
}

export interface SessionDeps {
  readonly store: PeopleStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: SessionRules;
  readonly accessLog: AccessLog;
}

export function openSessions({ store, clock, log, rules, accessLog }: SessionDeps): SessionCases {
  const seenAfter = (now: Date) => new Date(now.getTime() - rules.idleMinutes * 60_000);
  return {
    async openSession(token, background = false) {
      if (!isToken(token)) return null;
      const now = clock.now();
      const found = await store.session(sha256(token), now, seenAfter(now), legalTime(now).date);
      if (found === null) return null;
      if (!background && now.getTime() - found.seenAt.getTime() >= TOUCH_EVERY_MS)
        await store.touchSession(found.caller.sessionId, now).catch((error: unknown) => {
          log.warn({ reason: String(error) }, 'when a session was last seen was not written');
        });
      return found.caller;
    },
    async signOut(token, visitor) {
      const ended = isToken(token) ? await store.endSession(sha256(token)) : undefined;
      if (ended === undefined) return null;
      const { personId, method, accountToken } = ended;
      await accessLog.record('signed-out', { personId, address: visitor.address });
      return { method, accountToken };
    },
    workplaces: ({ personId }) => store.workplaces(personId),
    async chooseOffice({ personId, sessionId }, aoo) {
      const known = await store.workplaces(personId);
      if (!known.some((one) => one.aoo === aoo)) return refuse(problem('not-found'));
      await store.moveSession(sessionId, personId, aoo);
      return ok(null);
    },
    async renewSession({ sessionId }) {
      const token = newToken();
      await store.renewSession(sessionId, sha256(token));
      return token;
    },
    sessions({ personId }) {
      const now = clock.now();
      return store.sessionsOf(personId, now, seenAfter(now));
    },
    async endSession({ personId, name }, sessionId, { address }) {
      if (!(await store.endSessionOf(personId, sessionId))) return refuse(problem('not-found'));
      await accessLog.record('session-ended', { personId, person: name, address, data: { session: sessionId } });
      return ok(null);
    },
    async endOtherSessions({ personId, name, sessionId }, { address }) {
      const ended = await store.endSessionsOf(personId, sessionId);
      if (ended > 0)
        await accessLog.record('session-ended', { personId, person: name, address, data: { others: ended } });
      return ended;
    },
  };
}

const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{43}$/.test(text);

/** Opens a session for whom has proved who it is. The token is always a new one: none that was there before is taken up. */
export async function startSession(
  person: Pick<PersonWithPassword, 'personId' | 'name' | 'lastAoo'>,
  how: Pick<NewSession, 'method'> & Partial<Pick<NewSession, 'accountToken' | 'accountSid'>>,
  visitor: Visitor,
  { store, clock, rules, accessLog }: SessionDeps,
): Promise<SignedIn> {
  const { personId, name, lastAoo } = person;
  const now = clock.now();
  if (visitor.session !== null && isToken(visitor.session)) await store.endSession(sha256(visitor.session));
  const places = await store.workplaces(personId, how.method);
  const token = newToken();
  const endsAt = new Date(now.getTime() + rules.hours * 3_600_000);
  const session = {
    sessionId: uuidv7(now),
    token: sha256(token),
    personId,
    aoo: (places.find(({ aoo }) => aoo === lastAoo) ?? places[0])?.aoo ?? null,
    method: how.method,
    accountToken: how.accountToken ?? null,
    accountSid: how.accountSid ?? null,
    startedAt: now,
    endsAt,
    address: visitor.address,
    agent: visitor.agent.slice(0, 300),
  };
  await store.startSession(session, LIMITS.sessionsOfOne, new Date(now.getTime() - rules.idleMinutes * 60_000));
  const device = await knownDevice(personId, visitor, now, store);
  await accessLog.record('signed-in', {
    personId,
    person: name,
    address: visitor.address,
    data: { method: how.method, session: session.sessionId },
  });
  return { personId, name, token, device, endsAt };
}

export const deviceSeenAfter = (now: Date): Date => new Date(now.getTime() - DEVICE_DAYS * DAY_MS);

/** One token for each person and browser: a shared workstation is known for the one who was there last. */
async function knownDevice(
  personId: string,
  { device }: Visitor,
  now: Date,
  store: Pick<PeopleStore, 'deviceOf' | 'rememberDevice'>,
): Promise<string> {
  const forgetBefore = deviceSeenAfter(now);
  const isMine =
    device !== null && isToken(device) && (await store.deviceOf(sha256(device), forgetBefore)) === personId;
  const token = isMine ? device : newToken();
  await store.rememberDevice(sha256(token), personId, now, forgetBefore);
  return token;
}
