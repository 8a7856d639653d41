/**
 * Commands of people and protocol systems. Each is one transaction under the office's lock, whoever sends it twice: the
 * answer is kept under the caller's Idempotency-Key in that very transaction, so that the same command again, also at the
 * same moment, gets the same answer and does nothing. A command that was refused has changed nothing and leaves its key
 * free: it may be repeated once what stood in its way is gone.
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { type Result, refuse } from '../../kernel/result.ts';
import type { Office } from './office.ts';
import type { Exchange, OfficeTransaction, Store } from './store.ts';
import { openUnitOfWork, type UnitOfWork } from './unit-of-work.ts';

export interface Call {
  /** Who is responsible, as the audit record and the register show it: a client's name, an operator. */
  readonly by: string;
  readonly client: string;
  /** `digest`: of what is asked for, so that another request under the same key is told apart. */
  readonly idempotency: { readonly key: string; readonly digest: Sha256 } | null;
}

/** A command under its caller's key: the same again has the same answer. */
export interface CommandKey {
  readonly client: string;
  readonly key: string;
  readonly digest: Sha256;
}

export const keyOf = ({ client, idempotency }: Call): CommandKey | null =>
  idempotency === null ? null : { client, ...idempotency };

export interface CommandDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** A state the caller has seen: the command is refused when the exchange has moved on since (If-Match). */
export interface Expected {
  readonly version: number | null;
}

/** What is answered has to be JSON: it is kept and given again. */
export async function command<T>(
  office: Office,
  call: Call,
  { store, clock }: CommandDeps,
  act: (tx: OfficeTransaction, work: UnitOfWork) => Promise<Result<T>>,
): Promise<Result<T>> {
  const key = keyOf(call);
  return store.inOffice(office.aoo, async (tx) => {
    const before = await answeredIn<T>(tx, key);
    if (before !== null) return before;
    const work = openUnitOfWork(office, tx, clock.now());
    const answer = await act(tx, work);
    if (!answer.ok) return answer;
    if (key !== null) work.answerWith({ ...key, answer });
    await tx.save(work.changes());
    return answer;
  });
}

/**
 * What a command was answered before; null: nothing yet. Asked where something that is looked at before the transaction,
 * and may have changed since, would refuse what has long been carried out.
 */
export const answeredBefore = async <T>(office: Office, call: Call, store: Store): Promise<Result<T> | null> =>
  call.idempotency === null ? null : store.inOffice(office.aoo, (tx) => answeredIn<T>(tx, keyOf(call)));

/** What this caller was answered under this key, inside the transaction that may answer now. */
export async function answeredIn<T>(tx: OfficeTransaction, key: CommandKey | null): Promise<Result<T> | null> {
  const known = key === null ? null : await tx.commandAnswer(key.client, key.key);
  if (known === null) return null;
  return known.digest === key?.digest ? (known.answer as Result<T>) : refuse(problem('idempotency-key-reused'));
}

/** The exchange a command is about, as it stands under the lock. */
export async function exchangeFor(
  tx: OfficeTransaction,
  work: UnitOfWork,
  exchangeId: string,
  direction: Exchange['direction'],
  { version }: Expected,
): Promise<Result<Exchange>> {
  const [exchange] = await tx.exchangesById([exchangeId]);
  if (exchange === undefined || exchange.direction !== direction) return refuse(problem('not-found'));
  if (version !== null && version !== exchange.version) return refuse(problem('version-conflict'));
  work.load([exchange]);
  work.seen(await tx.eventsSeen([exchangeId]));
  return { ok: true, value: exchange };
}

export const notAllowed = (exchange: Pick<Exchange, 'state'>, code: ProblemCode = 'state-conflict') =>
  refuse(problem(code, '', exchange.state));
