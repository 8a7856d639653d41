import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import {
  counterOf,
  type Failures,
  FORGOTTEN_AFTER_MS,
  inWords,
  lateBy,
  OF_A_NAME,
  OF_A_PLACE,
  oneMore,
  placeOf,
  secondsToWait,
  TRIES,
} from './back-off.ts';
import { toLogin } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { Visitor } from './person.ts';
import { type FactorDeps, takeCode } from './second-factor.ts';
import { deviceSeenAfter, type SessionDeps, type SignedIn, startSession } from './sessions.ts';
import type { PersonWithPassword } from './store.ts';

export interface Credentials {
  readonly login: string;
  readonly password: string;
  /** Of the second factor, or for recovery; '' where the person uses none. */
  readonly code: string;
}

export interface SignInDeps extends SessionDeps, FactorDeps {
  readonly passwords: Passwords;
  /** Tests do not wait. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

export type SignIn = (typed: Credentials, visitor: Visitor) => Promise<Result<SignedIn>>;

/** Every refusal of what was typed is the same, and comes after the same work: it says nothing about which names exist. */
export function openSignIn(deps: SignInDeps): SignIn {
  const { store, clock, passwords, accessLog, pause = sleep } = deps;
  return async (typed, visitor) => {
    const login = toLogin(typed.login) ?? '';
    const person = login === '' ? null : await store.personByLogin(login);
    const gate = await gateOf(login, person, visitor, deps);
    const counted = await countAttempt(gate, deps);
    if (!counted.ok) return counted;
    if (counted.value > 0) await pause(counted.value);
    const fits = typed.password.length <= LIMITS.passwordLength;
    const checked = await passwords.verify(
      fits ? typed.password : '',
      fits ? (person?.password ?? null) : null,
      visitor.address,
    );
    if (!checked.ok) {
      await forget(gate, deps);
      return checked;
    }
    const enters =
      checked.value &&
      person !== null &&
      person.disabledAt === null &&
      (person.factor?.confirmed !== true || (await takeCode(person, typed.code, deps)));
    if (!enters) {
      // Also of nobody: what is written, and the time it takes, are the same.
      const { personId = null, name = '' } = person ?? {};
      await accessLog.record('sign-in-refused', { personId, person: name, address: visitor.address });
      return refuse(problem('sign-in-refused'));
    }
    await forget(gate, deps);
    await store.forgetFailuresBefore(new Date(clock.now().getTime() - FORGOTTEN_AFTER_MS));
    await renewHash(person, typed.password, visitor, deps);
    return ok(await startSession(person, { method: 'password' }, visitor, deps));
  };
}

interface Gate {
  /** Counted for the name. */
  readonly ofName: readonly Sha256[];
  /** Counted for whence it is tried; null: a browser that the person has used before. */
  readonly ofPlace: Sha256 | null;
}

async function gateOf(
  login: string,
  person: PersonWithPassword | null,
  { device, address }: Visitor,
  { store, clock }: SignInDeps,
): Promise<Gate> {
  const digest = device === null ? null : sha256(device);
  const owner = digest === null ? null : await store.deviceOf(digest, deviceSeenAfter(clock.now()));
  if (digest !== null && person !== null && owner === person.personId)
    return { ofName: [counterOf.nameOnDevice(login, digest)], ofPlace: null };
  const place = placeOf(address);
  return { ofName: [counterOf.nameFrom(login, place), counterOf.name(login)], ofPlace: counterOf.place(place) };
}

/** What was counted before the attempt turned out well, or was not looked at. */
async function forget({ ofName, ofPlace }: Gate, { store }: SignInDeps): Promise<void> {
  await store.forgetFailures(ofName);
  if (ofPlace !== null) await store.uncountFailure(ofPlace);
}

/**
 * An attempt counts as failed before it is looked at, so that many at once are not all free. Gives the milliseconds after
 * which it is answered.
 */
async function countAttempt({ ofName, ofPlace }: Gate, deps: SignInDeps): Promise<Result<number>> {
  const { store, clock } = deps;
  const [first, everywhere] = ofName;
  if (first === undefined) return ok(0);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const now = clock.now();
    const all = [...ofName, ...(ofPlace === null ? [] : [ofPlace])];
    const known = await store.failures(all);
    const of = (what: Sha256 | undefined | null): Failures | null => (what == null ? null : (known.get(what) ?? null));
    const wait = Math.max(secondsToWait(of(first), OF_A_NAME, now), secondsToWait(of(ofPlace), OF_A_PLACE, now));
    if (wait > 0) return refuse(problem('sign-in-slowed', '', inWords(wait)));
    if (!(await store.countFailure(first, of(first), oneMore(of(first), now)))) continue;
    for (const what of all.slice(1)) await store.countFailure(what, of(what), oneMore(of(what), now));
    return ok(lateBy(of(everywhere), now));
  }
  return refuse(problem('sign-in-busy'));
}

/** The cost of a hash grows with the years: it is made anew when the password is at hand. */
async function renewHash(
  { personId, password: old }: PersonWithPassword,
  password: string,
  { address }: Visitor,
  { store, passwords, clock }: SignInDeps,
): Promise<void> {
  if (old === null || !passwords.isOld(old)) return;
  const fresh = await passwords.hash(password, address);
  if (fresh.ok) await store.setPassword(personId, fresh.value, clock.now());
}
