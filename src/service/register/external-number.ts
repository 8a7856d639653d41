import { italianDay, legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Office } from './office.ts';
import type { ExternalNumber } from './unit-of-work.ts';

/** The clocks of two systems differ, also around midnight. */
const TOLERATED_MS = 3_600_000;

/**
 * The number given by the office's own protocol system; null where this register numbers. Any year that has begun is
 * accepted, since a number of New Year's Eve may arrive later. A date in the future is refused: a register could never
 * correct it.
 */
export function externalNumber(
  { numbering }: Office,
  told: Omit<ExternalNumber, 'year'> | null,
  at: Date,
): Result<ExternalNumber | null> {
  if (told === null) return numbering === 'external' ? refuse(problem('number-missing')) : ok(null);
  if (numbering === 'own') return refuse(problem('number-not-ours'));
  const latest = legalTime(new Date(at.getTime() + TOLERATED_MS)).date;
  if (told.date > latest) return refuse(problem('number-date-future', '', italianDay(told.date)));
  return ok({ ...told, year: Number(told.date.slice(0, 4)) });
}
