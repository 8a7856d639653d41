import type pg from 'pg';
import type { PeopleDeps } from '../../../service/people/people.ts';
import { absenceRows } from './absences.ts';
import { accountRows } from './accounts.ts';
import { contentKeyRows } from './content-keys.ts';
import { entryRows } from './entries.ts';
import { factorRows } from './factors.ts';
import { failureRows } from './failures.ts';
import { peopleListRows } from './people-lists.ts';
import { personRows } from './persons.ts';
import { rightsRows } from './rights.ts';
import { sessionRows } from './sessions.ts';
import { unitRows } from './units.ts';

/** Persons are few and belong to the node; what is asked of them at each request is one prepared statement. */
export const postgresPeople = (pool: pg.Pool): PeopleDeps['store'] => ({
  ...sessionRows(pool),
  ...failureRows(pool),
  ...personRows(pool),
  ...factorRows(pool),
  ...entryRows(pool),
  ...rightsRows(pool),
  ...absenceRows(pool),
  ...accountRows(pool),
  ...contentKeyRows(pool),
  ...peopleListRows(pool),
  ...unitRows(pool),
});
