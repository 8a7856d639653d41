/**
 * Where an office's own protocol system numbers, the rehearsal plays that system. Its numbers are those of a register of
 * their own, so that none of them is ever one that the real system gives.
 */
import { legalTime } from '../../../kernel/clock.ts';
import type { Office } from '../../../service/register/office.ts';
import type { GivenNumber } from '../decisions/number-options.ts';

export const REHEARSED_REGISTER = 'PROVA';

let last = 0;

/** Milliseconds of the year: two rehearsals do not meet. Null where this register numbers. */
export function numberOf({ numbering }: Office, at = new Date()): GivenNumber | null {
  if (numbering === 'own') return null;
  const { date, time } = legalTime(at);
  last = Math.max(last + 1, at.getTime() - Date.UTC(Number(date.slice(0, 4)) - 1, 11, 31));
  return { register: REHEARSED_REGISTER, number: last, date, time: time.slice(0, 8) };
}
