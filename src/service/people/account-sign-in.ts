/**
 * Signing in with an account of the body's own directory. A person is known by issuer and subject alone: names and
 * addresses are given to others in time. Nobody enters whose groups give no role here, and what groups gave they take
 * away again: both are read anew at each sign-in.
 */
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { LIMITS } from '../../kernel/limits.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import type { Secrets } from '../access/secrets.ts';
import {
  type AccountFacts,
  type AccountProvider,
  type AccountStore,
  type GroupGrant,
  grantKey,
  grantsOf,
  placesOfGrants,
} from './accounts.ts';
import { placeOf } from './back-off.ts';
import { toLogin, toName } from './password-rules.ts';
import type { Grant, Visitor } from './person.ts';
import { newToken, type SessionDeps, type SignedIn, startSession } from './sessions.ts';
import type { PeopleStore, PersonWithPassword } from './store.ts';

/** The provider, and what its groups give. */
export interface AccountRules {
  readonly issuer: string;
  readonly provider: AccountProvider;
  readonly groups: readonly GroupGrant[];
}

export interface AccountSignIn {
  /** Where the browser goes now. `browser`: a secret of that browser alone, without which nobody else's answer is taken. */
  begin(returnTo: string, redirectUri: string, browser: string, address: string): Promise<Result<string>>;
  /** `answer`: the address, with its query, at which the browser came back. */
  finish(
    answer: URL,
    browser: string | null,
    visitor: Visitor,
  ): Promise<Result<{ readonly signedIn: SignedIn; readonly returnTo: string }>>;
  /** The provider says that somebody has left there: what that account opened here ends. `address`: whence it is said. */
  loggedOut(token: string, address: string): Promise<Result<null>>;
  /** Where to leave the provider, too; `accountToken` is what the session was opened with. */
  leave(accountToken: string | null, back: string): Promise<string | null>;
}

export interface AccountSignInDeps extends SessionDeps {
  readonly store: PeopleStore & AccountStore;
  readonly secrets: Secrets;
}

/** Long enough for a password and a second factor there. */
export const ATTEMPT_SECONDS = 600;
const TOKEN_CONTEXT = 'account-token';

export function openAccountSignIn(rules: AccountRules, deps: AccountSignInDeps): AccountSignIn {
  const { store, clock, log, secrets } = deps;
  const { provider } = rules;
  return {
    async begin(returnTo, redirectUri, browser, address) {
      const question = { state: newToken(), nonce: newToken(), verifier: newToken() };
      const to = await provider.authorize(question, redirectUri);
      if (!to.ok) return to;
      const now = clock.now();
      const { state, nonce, verifier } = question;
      const endsAt = new Date(now.getTime() + ATTEMPT_SECONDS * 1000);
      const attempt = { key: attemptKey(state, browser), place: placeOf(address).slice(0, 100), endsAt };
      await store.beginAttempt(
        { ...attempt, nonce, verifier, returnTo },
        now,
        LIMITS.accountAttempts,
        LIMITS.accountAttemptsOfPlace,
      );
      return to;
    },
    async finish(answer, browser, visitor) {
      const state = answer.searchParams.get('state') ?? '';
      const attempt = browser === null ? null : await store.takeAttempt(attemptKey(state, browser), clock.now());
      if (attempt === null) {
        log.info({}, "an answer of the accounts' provider fits no sign-in that this browser has begun");
        return refuse(problem('account-refused'));
      }
      const { nonce, verifier, returnTo } = attempt;
      const facts = await provider.redeem({ state, nonce, verifier }, answer);
      if (!facts.ok) {
        if (facts.problem.code === 'account-refused') await logRefused(null, '', 'answer', '', visitor, deps);
        return facts;
      }
      const signedIn = await enter(facts.value, visitor, rules, deps);
      return signedIn.ok ? ok({ signedIn: signedIn.value, returnTo }) : signedIn;
    },
    loggedOut: (token, address) => loggedOut(token, address, rules, deps),
    leave(accountToken, back) {
      const opened = accountToken === null ? null : secrets.open(accountToken, TOKEN_CONTEXT);
      return provider.leave(opened?.ok ? opened.value : null, back);
    },
  };
}

/** Of the state together with the browser's secret: what another browser began is not found. */
const attemptKey = (state: string, browser: string): Sha256 => sha256(JSON.stringify([state, browser]));

async function enter(
  facts: AccountFacts,
  visitor: Visitor,
  { issuer, groups }: AccountRules,
  deps: AccountSignInDeps,
): Promise<Result<SignedIn>> {
  const { store, secrets } = deps;
  const { subject } = facts;
  const grants = grantsOf(facts.groups, groups);
  const knownId = await store.personOfAccount(issuer, subject);
  const known = knownId === null ? null : await store.person(knownId);
  // Also of who may not enter: what the groups gave is taken away, and its sessions end.
  const isDisabled = known !== null && known.disabledAt !== null;
  if (known !== null && !isDisabled) await keepRoles(known, grants, visitor, deps);
  if (grants.length === 0 || isDisabled) {
    const why = isDisabled ? 'disabled' : 'unmapped';
    await logRefused(known?.personId ?? null, known?.name ?? nameOf(facts), why, subject, visitor, deps);
    return refuse(problem('account-unmapped'));
  }
  const person = known ?? (await newPerson(facts, issuer, grants, visitor, deps));
  const sealed = secrets.seal(facts.idToken, TOKEN_CONTEXT);
  const how = { method: 'account', accountToken: sealed.ok ? sealed.value : null, accountSid: facts.sid } as const;
  return ok(await startSession(person, how, visitor, deps));
}

async function loggedOut(
  token: string,
  address: string,
  { issuer, provider }: AccountRules,
  { store, accessLog }: AccountSignInDeps,
): Promise<Result<null>> {
  const said = await provider.readLogout(token);
  if (!said.ok) return said;
  const { subject, sid, tokenId, until } = said.value;
  const digest = sha256(JSON.stringify(['logout', issuer, tokenId]));
  const ended = await store.endSessionsOfAccount(digest, until, { issuer, subject, sid });
  if (ended === null) return refuse(problem('account-refused'));
  for (const { personId, name, ended: sessions } of ended)
    await accessLog.record('session-ended', { personId, person: name, address, data: { ...BY_PROVIDER, sessions } });
  return ok(null);
}

const BY_PROVIDER = { by: "il gestore degli account dell'ente" } as const;

const logRefused = (
  personId: string | null,
  person: string,
  why: 'answer' | 'unmapped' | 'disabled',
  subject: string,
  { address }: Visitor,
  { accessLog }: AccountSignInDeps,
): Promise<void> =>
  accessLog.record('sign-in-refused', {
    personId,
    person,
    address,
    // With its subject an administrator can link the account, if it is one of theirs.
    data: { method: 'account', why, ...(subject !== '' && { subject }) },
  });

const nameOf = ({ name, login, subject }: AccountFacts): string =>
  toName(name.slice(0, 120)) ?? toName(login.slice(0, 120)) ?? (toName(subject.slice(0, 120)) || 'senza nome');

/** Logins that are tried before a random one: others here may have the same name. */
const TRIES = 9;

async function newPerson(
  facts: AccountFacts,
  issuer: string,
  grants: readonly Grant[],
  visitor: Visitor,
  deps: AccountSignInDeps,
): Promise<PersonWithPassword> {
  const { store, clock, accessLog } = deps;
  const now = clock.now();
  const personId = uuidv7(now);
  const name = nameOf(facts);
  const wanted = toLogin(facts.login.slice(0, 90)) ?? 'account';
  for (let tries = 1; ; tries += 1) {
    const login = tries === 1 ? wanted : `${wanted}-${tries <= TRIES ? tries : personId.slice(-12)}`;
    const fresh = { personId, login, name, address: null, password: null, createdAt: now, createdBy: 'account' };
    const made = await store.createPersonOfAccount(fresh, issuer, facts.subject);
    if (made === 'login-taken' && tries <= TRIES) continue;
    if (made === 'made')
      await accessLog.record('person-created', { personId, person: name, address: visitor.address, data: BY_GROUPS });
    // Somebody with the same account came in at the same moment: the person is theirs already.
    const owner = made === 'linked' ? await store.personOfAccount(issuer, facts.subject) : personId;
    const person = owner === null ? null : await store.person(owner);
    if (person === null) throw new Error('a person of an account was not made');
    await keepRoles(person, grants, visitor, deps);
    return person;
  }
}

const BY_GROUPS = { by: "i gruppi dell'account" } as const;

/** Gives what the groups give and takes what they no longer do; of a change, no session stays that was open before. */
async function keepRoles(
  { personId, name, login }: Pick<PersonWithPassword, 'personId' | 'name' | 'login'>,
  grants: readonly Grant[],
  { address }: Visitor,
  { store, clock, accessLog }: AccountSignInDeps,
): Promise<void> {
  const held = await store.rolesOf(personId);
  const heldKeys = new Set(held.map(grantKey));
  const wanted = new Set(grants.map(grantKey));
  const given = grants.filter((grant) => !heldKeys.has(grantKey(grant)));
  // What a person gave stays: only persons take it away.
  const taken = held.filter((role) => role.source === 'groups' && !wanted.has(grantKey(role)));
  const at = clock.now();
  for (const aoo of placesOfGrants([...given, ...taken]))
    await store.changeRights(aoo, at, async (tx) => {
      const facts = { by: BY_GROUPS.by, person: name, login };
      for (const grant of given.filter((one) => one.aoo === aoo))
        if (await tx.give(personId, grant, 'groups', BY_GROUPS.by, at))
          tx.audit('role-given', personId, { ...facts, role: grant.role });
      for (const { role } of taken.filter((one) => one.aoo === aoo))
        if (await tx.takeOfGroups(personId, { aoo, role })) tx.audit('role-taken', personId, { ...facts, role });
      await tx.endSessions(personId, null);
    });
  const lines = [
    ...given.map((one) => ['role-given', one] as const),
    ...taken.map((one) => ['role-taken', one] as const),
  ];
  for (const [what, { aoo, role }] of lines)
    await accessLog.record(what, { personId, person: name, aoo, address, data: { ...BY_GROUPS, role } });
}
