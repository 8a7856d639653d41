/**
 * For an office whose own protocol system numbers, the rehearsal plays that system. It uses a register of its own, so that
 * it never takes a number of the real system.
 */
import { legalTime } from '../../../kernel/clock.ts';
import type { Office } from '../../../service/register/office.ts';
import type { GivenNumber } from '../decisions/number-options.ts';

export const REHEARSED_REGISTER = 'PROVA';

let last = 0;

/** The milliseconds of the year, so that two rehearsals do not collide. Null: the office numbers in our register. */
export function numberOf({ numbering }: Office, at = new Date()): GivenNumber | null {
  if (numbering === 'own') return null;
  const { date, time } = legalTime(at);
  last = Math.max(last + 1, at.getTime() - Date.UTC(Number(date.slice(0, 4)) - 1, 11, 31));
  return { register: REHEARSED_REGISTER, number: last, date, time: time.slice(0, 8) };
}
