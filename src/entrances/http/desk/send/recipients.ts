/** Where each recipient of a registration stands: the same on its sheet, on the page of a message and after sending. */
import { shortNumber } from '../../../../domain/register/registration.ts';
import type { Clock } from '../../../../kernel/clock.ts';
import { mayDo } from '../../../../service/people/rights.ts';
import { type RecipientLives, STANDINGS, type Standing } from '../../../../service/queries/recipient-lives.ts';
import type { RegistrationKey } from '../../../../service/register/changes.ts';
import { registrationPath } from '../components/when.ts';
import type { Html } from '../template.ts';
import type { Visit } from '../visit.ts';
import { livesRegion } from './lives.ts';

export interface RecipientsDeps {
  readonly lives: RecipientLives;
  readonly clock: Clock;
}

export type ReadingVisit = Pick<Visit, 'caller' | 'office' | 'aoo' | 'params' | 'query' | 'token'>;

const PAGE = 50;

export async function recipientsOf(
  visit: ReadingVisit,
  key: RegistrationKey,
  { lives, clock }: RecipientsDeps,
): Promise<Html> {
  const { aoo, query, caller, token } = visit;
  const standing = STANDINGS.find((one): one is Standing => one === query.text('stato')) ?? null;
  const again = query.text('righe').split(',').filter(Boolean).slice(0, PAGE);
  const wish = { cursor: query.text('da') || null, limit: PAGE, ...(standing !== null && { standing }) };
  const page =
    again.length > 0
      ? { lives: await lives.those(aoo, key, again), next: query.text('seguenti') || null }
      : await lives.page(aoo, key, wish);
  return livesRegion({
    ...page,
    standing,
    counts: await lives.counts(aoo, key),
    path: registrationPath(key),
    number: shortNumber(key.number, key.year),
    now: clock.now(),
    maySend: mayDo(caller, 'send'),
    token,
  });
}
