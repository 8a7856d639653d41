/**
 * Commands of people and protocol systems. Each is one transaction under the office's lock. The answer is kept under the
 * caller's Idempotency-Key in that same transaction, so the same command sent again, even at the same moment, gets the
 * same answer and does nothing. A refused command changes nothing and leaves its key free for another try.
 */

import type { Exchange } from '../../domain/exchange/exchange.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Office } from './office.ts';
import type { OfficeTransaction } from './office-transaction.ts';
import type { Store } from './store.ts';
import { openUnitOfWork, type UnitOfWork } from './unit-of-work.ts';

export interface Call {
  /** Who is responsible, as the audit record and the register show it: a client's name, an operator. */
  readonly by: string;
  readonly client: string;
  /** `digest`: of what is asked for, so that another request under the same key is told apart. */
  readonly idempotency: { readonly key: string; readonly digest: Sha256 } | null;
}

const PERSON = 'person:';
/** The person behind a call from the desk; null: a program. */
export const personOf = ({ client }: Call): string | null =>
  client.startsWith(PERSON) ? client.slice(PERSON.length) : null;

/** How long an answer is kept. Nobody repeats a command after a month; the key may then be used again. */
export const ANSWERS_KEPT_MS = 30 * 24 * 3_600_000;

export interface CommandKey {
  readonly client: string;
  readonly key: string;
  readonly digest: Sha256;
}

export const commandKeyOf = ({ client, idempotency }: Call): CommandKey | null =>
  idempotency === null ? null : { client, ...idempotency };

export interface CommandDeps {
  readonly store: Store;
  readonly clock: Clock;
}

/** The version the caller has seen (If-Match): the command is refused when the exchange has moved on. Null: any. */
export interface ExpectedVersion {
  readonly version: number | null;
}

/** The answer must be JSON: it is kept and given again. */
export async function runCommand<T>(
  office: Office,
  call: Call,
  { store, clock }: CommandDeps,
  act: (tx: OfficeTransaction, work: UnitOfWork) => Promise<Result<T>>,
): Promise<Result<T>> {
  const key = commandKeyOf(call);
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
 * What a command was answered before; null: nothing yet. For commands that look something up before their transaction: a
 * changed index must not refuse what was carried out long ago.
 */
export const answeredBefore = async <T>(office: Office, call: Call, store: Store): Promise<Result<T> | null> =>
  call.idempotency === null ? null : store.inOffice(office.aoo, (tx) => answeredIn<T>(tx, commandKeyOf(call)));

/** What this caller was answered under this key, inside the transaction that may answer now. */
export async function answeredIn<T>(tx: OfficeTransaction, key: CommandKey | null): Promise<Result<T> | null> {
  const known = key === null ? null : await tx.commandAnswer(key.client, key.key);
  if (known === null) return null;
  return known.digest === key?.digest ? (known.answer as Result<T>) : refuse(problem('idempotency-key-reused'));
}

/** The exchange a command is about, as it stands under the lock; refused where the caller has seen another version. */
export async function exchangeFor<E extends Exchange>(
  tx: OfficeTransaction,
  work: UnitOfWork,
  exchangeId: string,
  { version }: ExpectedVersion,
  isMeant: (exchange: Exchange) => exchange is E = (_): _ is E => true,
): Promise<Result<E>> {
  const [exchange] = await tx.exchanges.byId([exchangeId]);
  if (exchange === undefined || !isMeant(exchange)) return refuse(problem('not-found'));
  if (version !== null && version !== exchange.version) return refuse(problem('version-conflict'));
  work.load([exchange]);
  work.seen(await tx.exchanges.eventsSeen([exchangeId]));
  return ok(exchange);
}

export const notAllowed = (exchange: Pick<Exchange, 'state'>, code: ProblemCode = 'state-conflict') =>
  refuse(problem(code, '', exchange.state));
