import { LIMITS } from '../../kernel/limits.ts';
import type { ListPointStatus } from './list-store.ts';

/** Since then an authority would have been seen again, if only by a daily mail. */
const RECENT_MS = 30 * 24 * 3_600_000;

/** Which places of lists were not taken, or may have to go: sentences for `doctor`. */
export function leftOut(points: readonly ListPointStatus[], now: Date): readonly string[] {
  const recent = points.filter(
    ({ leftOutAt }) => leftOutAt !== null && now.getTime() - leftOutAt.getTime() < RECENT_MS,
  );
  const names = [...new Set(recent.map(({ issuerName }) => issuerName))];
  return [
    ...names.map(
      (name) => `${name} names more than ${LIMITS.revocationPointsOfIssuer} lists: the others are not fetched`,
    ),
    ...(points.length < LIMITS.revocationPoints
      ? []
      : [`all ${LIMITS.revocationPoints} places are taken: lists make room for others`]),
  ];
}
