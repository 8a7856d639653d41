import { legalTime } from '../../kernel/clock.ts';
import type { OfficeRegistrations } from './office-transaction.ts';

/** Where the last number of a register is read, once a register and year. */
export interface NumberSource {
  readonly registrations: Pick<OfficeRegistrations, 'lastOf'>;
}

/** What one transaction has taken. */
export interface TakenNumbers {
  /** The last number of `<register>|<year>`. */
  readonly counters: Map<string, number>;
  /** When a register's numbers of this transaction are taken. */
  readonly moments: Map<string, Date>;
}

/**
 * Clocks of two processes that number for one office differ by less, both following the database's. What is farther ahead
 * comes from a clock that was wrong, and is not kept up.
 */
const CLOCKS_DIFFER_MS = 5_000;

/**
 * Takes the next number of a register, without gaps or repeats (DPR 445/2000 art. 57): the office is locked, and `taken` keeps
 * what this transaction has taken. The year turns at midnight in Rome. A higher number is never the earlier one, whichever
 * process gave it: the moment is at least that of the register's last number.
 */
export async function takeNumber(register: string, tx: NumberSource, at: Date, taken: TakenNumbers) {
  const { lastOf } = tx.registrations;
  const expected = legalTime(at).year;
  const begun = taken.moments.get(register);
  const last = begun === undefined ? await lastOf(register, expected) : null;
  const registeredAt = begun ?? momentAfter(last?.registeredAt ?? null, at);
  taken.moments.set(register, registeredAt);
  const { year, date, time } = legalTime(registeredAt);
  const key = `${register}|${year}`;
  const { number: before } =
    last !== null && year === expected
      ? last
      : { number: taken.counters.get(key) ?? (await lastOf(register, year)).number };
  const number = before + 1;
  taken.counters.set(key, number);
  return { register, year, number, date, time, registeredAt };
}

function momentAfter(last: Date | null, at: Date): Date {
  const ahead = last === null ? 0 : last.getTime() - at.getTime();
  return last !== null && ahead > 0 && ahead <= CLOCKS_DIFFER_MS ? last : at;
}
