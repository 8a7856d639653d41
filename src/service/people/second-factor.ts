/** The second factor: codes of an application (TOTP, RFC 6238), and codes on paper for who has lost it. */
import { randomInt } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import type { Clock } from '../../kernel/clock.ts';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Secrets } from '../access/secrets.ts';
import type { AccessLog } from './access-log.ts';
import type { DeskCaller } from './caller.ts';
import type { PeopleStore, PersonWithPassword } from './store.ts';

export interface FactorDeps {
  readonly store: PeopleStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly accessLog: AccessLog;
}

const contextOf = (personId: string): string => `second-factor:${personId}`;
/** The telephone's clock may be half a minute off. */
const TOLERANCE_SECONDS = 30;

export interface FactorSetUp {
  /** In groups of four, to be typed where no picture can be taken. */
  readonly key: string;
  /** What the picture holds. */
  readonly uri: string;
}

export interface SecondFactor {
  /** `off`, or how many codes on paper are left. */
  state(caller: DeskCaller): Promise<'off' | { readonly codesLeft: number }>;
  /** The same one until it is confirmed. */
  begin(caller: DeskCaller): Promise<Result<FactorSetUp>>;
  /** The codes on paper, shown this once. */
  confirm(caller: DeskCaller, code: string, address: string): Promise<Result<readonly string[]>>;
}

export function openSecondFactor({ store, secrets, clock, accessLog }: FactorDeps): SecondFactor {
  const setUp = ({ login }: DeskCaller, secret: string): FactorSetUp => ({
    key: secret.replace(/(.{4})(?=.)/g, '$1 '),
    uri: generateURI({ issuer: 'Protocollo', label: login, secret }),
  });
  return {
    async state({ personId }) {
      const person = await store.person(personId);
      return person?.factor?.confirmed === true ? { codesLeft: await store.recoveryCodesLeft(personId) } : 'off';
    },
    async begin(caller) {
      const person = await store.person(caller.personId);
      // Whoever signs in with the body's account has its second factor there.
      if (person?.password == null) return refuse(problem('password-absent'));
      const { factor } = person;
      if (factor?.confirmed) return refuse(problem('state-conflict', '', 'il secondo fattore è già attivo'));
      const begun = factor === null ? null : secrets.open(factor.secret, contextOf(caller.personId));
      if (begun?.ok) return ok(setUp(caller, begun.value));
      const secret = generateSecret();
      const sealed = secrets.seal(secret, contextOf(caller.personId));
      if (!sealed.ok) return sealed;
      await store.beginFactor(caller.personId, sealed.value);
      return ok(setUp(caller, secret));
    },
    async confirm({ personId, name }, code, address) {
      const person = await store.person(personId);
      const factor = person?.factor ?? null;
      if (person == null || factor === null || factor.confirmed)
        return refuse(problem('state-conflict', '', 'il secondo fattore è già attivo, o da preparare di nuovo'));
      if (!(await takeTotp(person, plain(code), { store, secrets, clock })))
        return refuse(problem('code-wrong', 'code'));
      const codes = Array.from({ length: CODES }, newCode);
      await store.confirmFactor(
        personId,
        clock.now(),
        codes.map((one) => digestOf(personId, one)),
      );
      await accessLog.record('factor-on', { personId, person: name, address });
      return ok(codes);
    },
  };
}

type CodeDeps = Pick<FactorDeps, 'store' | 'secrets' | 'clock'>;

/** Uses a code up; false: it is not right, or was used. */
export async function takeCode(person: PersonWithPassword, typed: string, deps: CodeDeps): Promise<boolean> {
  const code = plain(typed);
  if (/^\d{6}$/.test(code)) return takeTotp(person, code, deps);
  if (code.length !== CODE_LENGTH) return false;
  return deps.store.takeRecoveryCode(person.personId, digestOf(person.personId, code), deps.clock.now());
}

async function takeTotp(
  { personId, factor }: PersonWithPassword,
  token: string,
  { store, secrets, clock }: CodeDeps,
): Promise<boolean> {
  const secret = factor === null ? null : secrets.open(factor.secret, contextOf(personId));
  if (!secret?.ok || !/^\d{6}$/.test(token)) return false;
  const epoch = Math.floor(clock.now().getTime() / 1000);
  const verified = verifySync({ secret: secret.value, token, epoch, epochTolerance: TOLERANCE_SECONDS });
  if (!verified.valid || !('timeStep' in verified)) return false;
  return store.takeStep(personId, verified.timeStep);
}

const CODES = 10;
const CODE_LENGTH = 12;
/** Without those that are read as one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789';

const newCode = (): string =>
  Array.from({ length: CODE_LENGTH }, () => LETTERS[randomInt(LETTERS.length)])
    .join('')
    .replace(/(.{4})(?=.)/g, '$1-');

const plain = (typed: string): string => typed.replace(/[\s-]/g, '').toLowerCase();
const digestOf = (personId: string, code: string): Sha256 => sha256(`${personId} ${plain(code)}`);
