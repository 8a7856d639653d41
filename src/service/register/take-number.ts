import { legalTime } from '../../kernel/clock.ts';
import type { OfficeRegistrations } from './office-transaction.ts';

/** Where the last number of a register is read, once a register and year. */
export interface NumberSource {
  readonly registrations: Pick<OfficeRegistrations, 'lastNumber'>;
}

/**
 * Takes the next number of a register, without gaps or repeats: the office is locked, and `counters` keeps what this
 * transaction has taken. The year turns at midnight in Rome.
 */
export async function takeNumber(register: string, tx: NumberSource, at: Date, counters: Map<string, number>) {
  const { year, date, time } = legalTime(at);
  const key = `${register}|${year}`;
  const number = (counters.get(key) ?? (await tx.registrations.lastNumber(register, year))) + 1;
  counters.set(key, number);
  return { register, year, number, date, time };
}
