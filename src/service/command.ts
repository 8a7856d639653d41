/**
 * Commands of people and protocol systems. Each is one transaction under the office's lock, whoever sends it twice: the
 * answer is kept under the caller's Idempotency-Key in that very transaction, so that the same command again, also at the
 * same moment, gets the same answer and does nothing.
 */
import type { Clock } from '../kernel/clock.ts';
import type { Sha256 } from '../kernel/ids.ts';
import { type ProblemCode, problem } from '../kernel/problems.ts';
import { type Result, refuse } from '../kernel/result.ts';
import { type Ledger, openLedger } from './ledger.ts';
import type { Office } from './office.ts';
import type { Exchange, OfficeTransaction, Store } from './store.ts';

export interface Call {
  /** Who is responsible, as the audit record and the register show it: a client's name, an operator. */
  readonly by: string;
  readonly client: string;
  /** `digest`: of what is asked for, so that another request under the same key is told apart. */
  readonly idempotency: { readonly key: string; readonly digest: Sha256 } | null;
}

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
  { client, idempotency }: Call,
  { store, clock }: CommandDeps,
  work: (tx: OfficeTransaction, ledger: Ledger) => Promise<Result<T>>,
): Promise<Result<T>> {
  return store.inOffice(office.aoo, async (tx) => {
    const known = idempotency === null ? null : await tx.commandAnswer(client, idempotency.key);
    if (known !== null)
      return known.digest === idempotency?.digest
        ? (known.answer as Result<T>)
        : refuse(problem('idempotency-key-reused'));
    const ledger = openLedger(office, tx, clock.now());
    const answer = await work(tx, ledger);
    // What was refused has changed nothing; only its answer is kept.
    const kept = answer.ok ? ledger : openLedger(office, tx, ledger.at);
    if (idempotency !== null) kept.answerWith({ client, ...idempotency, answer });
    if (answer.ok || idempotency !== null) await tx.save(kept.changes());
    return answer;
  });
}

/** The exchange a command is about, as it stands under the lock. */
export async function exchangeFor(
  tx: OfficeTransaction,
  ledger: Ledger,
  exchangeId: string,
  direction: Exchange['direction'],
  { version }: Expected,
): Promise<Result<Exchange>> {
  const [exchange] = await tx.exchangesById([exchangeId]);
  if (exchange === undefined || exchange.direction !== direction) return refuse(problem('not-found'));
  if (version !== null && version !== exchange.version) return refuse(problem('version-conflict'));
  ledger.load([exchange]);
  ledger.seen(await tx.eventsSeen([exchangeId]));
  return { ok: true, value: exchange };
}

export const notAllowed = (exchange: Pick<Exchange, 'state'>, code: ProblemCode = 'state-conflict') =>
  refuse(problem(code, '', exchange.state));
