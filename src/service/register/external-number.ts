import { italianDay, legalTime } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Office } from './office.ts';
import type { ExternalNumber } from './unit-of-work.ts';

/** Clocks differ, at midnight too. */
const TOLERATED_MS = 3_600_000;

/**
 * The number that the office's own protocol system told; null where this register numbers. Of any year that has begun: what
 * was registered on New Year's Eve may be told later. One of the future is a slip that no register could ever mend.
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
