import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { OfficeTransaction } from '../../../service/register/office-transaction.ts';
import type { Store } from '../../../service/register/store.ts';
import { inTransaction } from '../database/pool.ts';
import { lockOffice } from './transaction.ts';

interface Turn {
  /** Does the caller's work; gives the function that hands its result out. */
  readonly work: (tx: OfficeTransaction) => Promise<() => void>;
  readonly reject: (error: unknown) => void;
}

/** At most so many share a commit, so that the first caller does not wait for all. */
const MOST_TOGETHER = 32;

/**
 * Callers that want the same office at the same moment share one transaction, one after the other: they would wait for the
 * office's lock anyway, each with a connection and a commit of its own. Each is all or nothing by itself, and no caller
 * gets its result before the commit.
 */
export function officeTurns(pool: pg.Pool): Store['inOffice'] {
  const waiting = new Map<AooId, Turn[]>();

  async function take(aoo: AooId, turns: Turn[]): Promise<void> {
    const taken: Turn[] = [];
    const told: (() => void)[] = [];
    try {
      await inTransaction(pool, async (client) => {
        const office = await lockOffice(client, aoo);
        for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
          taken.push(turn);
          told.push(await tryOne(client, office, turn, taken.length === 1));
          if (taken.length === MOST_TOGETHER) break;
        }
      });
      for (const tell of told) tell();
    } catch (error) {
      // Nothing was committed. If not even the lock was obtained, the waiting callers would fail as well.
      for (const turn of taken.length === 0 ? turns.splice(0) : taken) turn.reject(error);
    }
  }

  return <T>(aoo: AooId, work: (tx: OfficeTransaction) => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      const turn: Turn = {
        async work(tx) {
          const result = await work(tx);
          return () => resolve(result);
        },
        reject,
      };
      const turns = waiting.get(aoo);
      if (turns !== undefined) {
        turns.push(turn);
        return;
      }
      const queue = [turn];
      waiting.set(aoo, queue);
      const run = async (): Promise<void> => {
        while (queue.length > 0) await take(aoo, queue);
        waiting.delete(aoo);
      };
      void run();
    });
}

/** Gives the function that settles the caller's promise. If the first turn fails, the whole transaction ends: it holds nothing else. */
async function tryOne(
  client: pg.PoolClient,
  office: Awaited<ReturnType<typeof lockOffice>>,
  { work, reject }: Turn,
  isFirst: boolean,
): Promise<() => void> {
  const head = office.head();
  if (!isFirst) await client.query('savepoint turn');
  try {
    return await work(office.tx);
  } catch (error) {
    if (isFirst) throw error;
    await client.query('rollback to savepoint turn');
    office.rewind(head);
    return () => reject(error);
  }
}
