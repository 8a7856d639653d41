/**
 * A witness outside the database: where each register stands is written down and synced before anything that bears a number
 * leaves this machine. A database that is behind it is an older copy: it would take the same numbers twice, and an old
 * confirmation would confirm another document. Such an office stops until a person lets it go on above.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  goingOnFrom,
  isBehind,
  type LostNumbers,
  lostNumbers,
  type RegisterHeads,
} from '../../domain/register/heads.ts';
import type { AooId } from '../../kernel/ids.ts';
import type { Log } from '../../kernel/log.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { sharedRuns } from '../../kernel/shared-runs.ts';

/** What was seen, durable once `write` resolves; a newer one is never replaced by an older. */
export interface WitnessFiles {
  read(aoo: AooId): Promise<RegisterHeads | null>;
  write(aoo: AooId, heads: RegisterHeads): Promise<void>;
}

export interface HeadsStore {
  /** `hashThen`: that of the audit record `then`; null: the chain has no such record. */
  heads(aoo: AooId, then: number): Promise<{ readonly heads: RegisterHeads; readonly hashThen: string | null }>;
  /** From now on `inOffice` rejects with OfficeStoppedError, and a person is told. Events go on above `events`. */
  stopOffice(aoo: AooId, because: string, events: number): Promise<void>;
  /** Sets counters and events to these, writes an audit record, and lets the office work again. */
  goOn(aoo: AooId, heads: RegisterHeads, record: Readonly<Record<string, unknown>>): Promise<void>;
}

/** The office's register is behind what has left the machine: nothing is numbered, registered or sent. */
export class OfficeStoppedError extends Error {
  override readonly name = 'OfficeStoppedError';
  readonly problem: Problem;

  constructor(aoo: AooId, because: string) {
    super(`${aoo}: ${because}`);
    this.problem = problem('register-behind', '', because);
  }
}

export interface Witness {
  /** At start: stops each office whose database is behind. Gives those that are. */
  check(aoos: readonly AooId[]): Promise<readonly AooId[]>;
  /** Rejects when it cannot be written, or when the database went back: then nothing may leave. */
  bear(aoo: AooId): Promise<void>;
}

export interface WitnessDeps {
  readonly files: WitnessFiles;
  readonly store: HeadsStore;
  readonly log: Log;
}

/** A recovery is committed before it is witnessed, by another process: so long its witness may take. */
const RECOVERY_MILLISECONDS = 5_000;
const LOOK_AGAIN_MILLISECONDS = 100;

export function openWitness({ files, store, log }: WitnessDeps, patience = RECOVERY_MILLISECONDS): Witness {
  const seen = new Map<AooId, RegisterHeads>();

  /** Throws OfficeStoppedError where the database is behind, after stopping the office. */
  const compare = async (aoo: AooId, last: RegisterHeads | null): Promise<RegisterHeads> => {
    let witness = last;
    let { heads: database, hashThen } = await store.heads(aoo, witness?.audit.seq ?? 0);
    const until = performance.now() + patience;
    // A recovery that was not seen here: whoever made it has witnessed it. What is written here never says so first.
    while (witness !== null && database.recoveries > witness.recoveries) {
      const isLast = performance.now() >= until;
      witness = newer(await files.read(aoo), witness);
      ({ heads: database, hashThen } = await store.heads(aoo, witness.audit.seq));
      if (isLast) break;
      if (database.recoveries > witness.recoveries) await sleep(LOOK_AGAIN_MILLISECONDS);
    }
    if (witness === null || !isBehind(database, witness, hashThen)) return database;
    const because = sentence(database, witness);
    log.error({ aoo, database, witness }, 'the database is not what was witnessed: the office is stopped');
    await store.stopOffice(aoo, because, witness.events);
    throw new OfficeStoppedError(aoo, because);
  };

  const write = async (aoo: AooId): Promise<void> => {
    const last = seen.get(aoo) ?? (await files.read(aoo));
    const heads = await compare(aoo, last);
    if (last === null || JSON.stringify(heads) !== JSON.stringify(last)) await files.write(aoo, heads);
    seen.set(aoo, heads);
  };

  return {
    async check(aoos) {
      const behind: AooId[] = [];
      for (const aoo of aoos) {
        try {
          await write(aoo);
        } catch (error) {
          if (!(error instanceof OfficeStoppedError)) throw error;
          behind.push(aoo);
        }
      }
      return behind;
    },
    bear: sharedRuns(write),
  };
}

/** What was read, where it knows a recovery more. */
const newer = (read: RegisterHeads | null, known: RegisterHeads): RegisterHeads =>
  read !== null && read.recoveries > known.recoveries ? read : known;

function sentence(database: RegisterHeads, witness: RegisterHeads): string {
  const lost = lostNumbers(database, witness);
  if (lost.length > 0)
    return `mancano ${lost.map(({ register, year, from, to }) => `${register} ${year}: da ${from} a ${to}`).join('; ')}`;
  return database.recoveries > witness.recoveries
    ? 'la base di dati riporta un ripristino che il testimone non conosce'
    : 'mancano registrazioni di controllo già scritte';
}

export interface Recovery {
  readonly database: RegisterHeads;
  readonly witness: RegisterHeads | null;
  readonly lost: readonly LostNumbers[];
  readonly isBehind: boolean;
}

/** What the database of an office lacks. */
export async function examineOffice(aoo: AooId, { files, store }: Omit<WitnessDeps, 'log'>): Promise<Recovery> {
  const witness = await files.read(aoo);
  const { heads: database, hashThen } = await store.heads(aoo, witness?.audit.seq ?? 0);
  if (witness === null) return { database, witness, lost: [], isBehind: false };
  const lost = lostNumbers(database, witness);
  return { database, witness, lost, isBehind: isBehind(database, witness, hashThen) };
}

/**
 * Whether the end of an office's chain is what was witnessed. `behind`: its tail was cut off, or it is another chain.
 * `unseen`: somebody let it go on after a restored backup, and the witness does not know. `none`: there is no witness.
 */
export type WitnessVerdict = 'agrees' | 'behind' | 'unseen' | 'none';

export async function holdAgainstWitness(aoo: AooId, deps: Omit<WitnessDeps, 'log'>): Promise<WitnessVerdict> {
  const { database, witness, lost, isBehind } = await examineOffice(aoo, deps);
  if (witness === null) return database.audit.seq === 0 ? 'agrees' : 'none';
  if (database.recoveries > witness.recoveries && lost.length === 0) return 'unseen';
  return isBehind ? 'behind' : 'agrees';
}

/** Lets an office go on above everything that was ever numbered; the audit chain says who did so, and why. */
export async function recoverOffice(
  aoo: AooId,
  { by, reason }: { readonly by: string; readonly reason: string },
  deps: Omit<WitnessDeps, 'log'>,
): Promise<Recovery> {
  const found = await examineOffice(aoo, deps);
  const { database, witness, lost } = found;
  if (witness === null || !found.isBehind) return found;
  await deps.store.goOn(aoo, goingOnFrom(database, witness), { reason, by, lost, database, witness });
  await deps.files.write(aoo, (await deps.store.heads(aoo, 0)).heads);
  return found;
}
