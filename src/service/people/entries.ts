/** Links that let a person in once: the first administrator, somebody new, or who has lost the password. */
import { sha256 } from '../../kernel/digest.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse, refuseAll } from '../../kernel/result.ts';
import { uuidv7 } from '../../kernel/uuid.ts';
import { counterOf } from './back-off.ts';
import { countGuess } from './guesses.ts';
import { passwordProblem, toLogin, toName } from './password-rules.ts';
import type { Passwords } from './passwords.ts';
import type { Actor, Grant, Visitor } from './person.ts';
import type { Role } from './rights.ts';
import { type FactorDeps, takeCode } from './second-factor.ts';
import { newToken, type SessionDeps, type SignedIn, startSession } from './sessions.ts';
import type { NewEntry, PersonWithPassword } from './store.ts';

const VALID_HOURS = 24;

/** What the page of an entry shows. */
export interface PendingEntry {
  /** Null: somebody new, who chooses name and login. */
  readonly person: { readonly name: string; readonly login: string } | null;
  readonly grants: readonly Grant[];
  /** The person has a second factor, which this does not end. */
  readonly needsCode: boolean;
}

export interface EntryForm {
  readonly name: string;
  readonly login: string;
  readonly password: string;
  readonly code: string;
}

export interface Entries {
  /**
   * For the administrator of the node: the one there is, or one to come. `grants`: what it works as besides, for a node
   * where things are tried out.
   */
  issueEntry(grants?: readonly Grant[]): Promise<string>;
  /** Somebody administers the node already. */
  hasAdministrator(): Promise<boolean>;
  /** For a known person. `endsFactor`: its telephone is lost too. */
  entryFor(personId: string, endsFactor: boolean, by: Actor): Promise<Result<string>>;
  /** Looking uses nothing up. */
  entry(token: string): Promise<PendingEntry | null>;
  useEntry(token: string, form: EntryForm, visitor: Visitor): Promise<Result<SignedIn>>;
}

export interface EntryTokenDeps extends SessionDeps, FactorDeps {
  readonly passwords: Passwords;
}

const ADMINISTRATOR: Grant = { aoo: null, role: 'administrator' satisfies Role };

export function openEntries(deps: EntryTokenDeps): Entries {
  const { store, clock, accessLog } = deps;
  const issue = async (wish: Omit<NewEntry, 'token' | 'createdAt' | 'endsAt'>): Promise<string> => {
    const now = clock.now();
    const token = newToken();
    const endsAt = new Date(now.getTime() + VALID_HOURS * 3_600_000);
    await store.issueEntry({ ...wish, token: sha256(token), createdAt: now, endsAt });
    await accessLog.record('entry-issued', { personId: wish.personId, data: { by: wish.createdBy } });
    return token;
  };
  return {
    async issueEntry(grants = []) {
      const [known] = await store.nodeAdministrators();
      const personId = known?.personId ?? null;
      return issue({ personId, grants: [ADMINISTRATOR, ...grants], endsFactor: true, createdBy: 'node', office: null });
    },
    hasAdministrator: async () => (await store.nodeAdministrators()).length > 0,
    async entryFor(personId, endsFactor, by) {
      const person = await store.person(personId);
      if (person === null || person.disabledAt !== null) return refuse(problem('not-found'));
      const office = by.scope === 'node' ? null : by.scope;
      return ok(await issue({ personId, grants: [], endsFactor, createdBy: by.name, office }));
    },
    async entry(token) {
      const open = await store.openEntry(sha256(token), clock.now());
      if (open === null) return null;
      const person = open.personId === null ? null : await store.person(open.personId);
      return { person, grants: open.grants, needsCode: asksForCode(person, open) };
    },
    useEntry: (token, form, visitor) => use(token, form, visitor, deps),
  };
}

async function use(token: string, form: EntryForm, visitor: Visitor, deps: EntryTokenDeps): Promise<Result<SignedIn>> {
  const { store, clock, passwords, accessLog } = deps;
  const digest = sha256(token);
  const open = await store.openEntry(digest, clock.now());
  if (open === null) return refuse(problem('entry-unknown'));
  const known = open.personId === null ? null : await store.person(open.personId);
  const wish = known === null ? chosen(form) : { name: known.name, login: known.login, wrong: [] };
  const { name, login } = wish;
  const weak = passwordProblem(form.password, [name, login]);
  if (wish.wrong.length > 0 || weak !== null) return refuseAll([...wish.wrong, weak ?? false]);
  const hashed = await passwords.hash(form.password, visitor.address);
  if (!hashed.ok) return hashed;
  if (known !== null && asksForCode(known, open)) {
    const proved = await proveCode(known, form.code, deps);
    if (!proved.ok) return proved;
  }
  const now = clock.now();
  const personId = known?.personId ?? uuidv7(now);
  const fresh = { personId, login, name, address: null, password: hashed.value, createdAt: now, createdBy: 'entry' };
  const used = await store.useEntry(
    digest,
    now,
    known === null ? { known: false, ...fresh } : { known: true, password: hashed.value },
  );
  if (used !== 'used') return refuse(problem(used, used === 'login-taken' ? 'login' : ''));
  await accessLog.record('entry-used', { personId, person: name, address: visitor.address });
  return ok(
    await startSession({ personId, name, lastAoo: known?.lastAoo ?? null }, { method: 'entry' }, visitor, deps),
  );
}

/** A code has six figures, and a link is good for a day: whoever found one must not try them all. */
async function proveCode(person: PersonWithPassword, code: string, deps: EntryTokenDeps): Promise<Result<null>> {
  const what = counterOf.codeOfEntry(person.personId);
  const counted = await countGuess(what, 'code', deps);
  if (!counted.ok) return counted;
  if (!(await takeCode(person, code, deps))) return refuse(problem('code-wrong', 'code'));
  await deps.store.forgetFailures([what]);
  return ok(null);
}

const asksForCode = (person: PersonWithPassword | null, { endsFactor }: Pick<NewEntry, 'endsFactor'>): boolean =>
  person?.factor?.confirmed === true && !endsFactor;

/** What somebody new is called, and what is wrong with it. */
function chosen(form: EntryForm): {
  readonly name: string;
  readonly login: string;
  readonly wrong: readonly Problem[];
} {
  const name = toName(form.name);
  const login = toLogin(form.login);
  const wrong = [
    ...(name === null ? [problem('name-missing', 'name')] : []),
    ...(login === null ? [problem('login-invalid', 'login')] : []),
  ];
  return { name: name ?? '', login: login ?? '', wrong };
}
