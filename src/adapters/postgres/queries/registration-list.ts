/** Registrations as protocol systems and the command line list them: the search of the register, with columns of its own. */
import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { Reader } from '../../../service/people/rights.ts';
import type { RegisterQuery } from '../../../service/queries/register-views.ts';
import type { FoundRegistration, FoundRegistrations, RegistrationsQuery } from '../../../service/queries/views.ts';
import { fromRegisterCursor, type RegisterPlace, toRegisterCursor } from './register-cursor.ts';
import { type Shown, searchShowing } from './register-search.ts';
import { REGISTRATION_COLUMNS, type RegistrationViewRow, toRegistrationView } from './view-rows.ts';

/** Sees what is reserved, too: a protocol system is the office itself. */
const OFFICE: Reader = { all: true, reserved: true, personId: '00000000-0000-0000-0000-000000000000', units: [] };

type Listed = Omit<FoundRegistration, 'foundTexts'> & { readonly at: string };
const AS_VIEWS: Shown<RegistrationViewRow, Listed> = {
  columns: () => REGISTRATION_COLUMNS,
  read: (row) => ({ ...toRegistrationView(row), at: row.at }),
};

export async function listRegistrations(
  pool: pg.Pool,
  { aoo, reader = OFFICE, filter = {}, cursor, limit }: RegistrationsQuery,
): Promise<FoundRegistrations> {
  const query = { reader, filter, limit, counted: false };
  if (aoo === null) return listOfAll(pool, { ...query, cursor });
  const { items, total: _, ...page } = await searchShowing(pool, { ...query, aoo, cursor }, AS_VIEWS);
  return { ...page, items: items.map(withoutPlace) };
}

const withoutPlace = ({ at: _, ...item }: Listed & Pick<FoundRegistration, 'foundTexts'>): FoundRegistration => item;

/** Of all offices, each is asked for a page of its own from the place on where the last page ended, and these are merged. */
async function listOfAll(pool: pg.Pool, { cursor, ...query }: Omit<RegisterQuery, 'aoo'>): Promise<FoundRegistrations> {
  const [last, aooOfLast] = cursor === null ? [null, ''] : placeFrom(cursor);
  if (cursor !== null && last === null) return { items: [], cursor: null, forged: true };
  const { rows: offices } = await pool.query<{ aoo: AooId }>('select aoo from aoo order by aoo');
  const found: (Listed & Pick<FoundRegistration, 'foundTexts'>)[] = [];
  let isMore = false;
  for (const { aoo } of offices) {
    const place = last && toRegisterCursor(placeIn(aoo, last, aooOfLast));
    const { items, total: _, ...page } = await searchShowing(pool, { ...query, aoo, cursor: place }, AS_VIEWS);
    if (page.forged === true || page.tooMany === true || page.tooCommon === true) return { ...page, items: [] };
    found.push(...items);
    isMore ||= page.cursor !== null;
  }
  const shown = found.sort(byPlace).slice(0, query.limit);
  const end = isMore || found.length > query.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(withoutPlace),
    cursor:
      end === undefined
        ? null
        : `${toRegisterCursor({ ...end, number: Number(end.number), spelling: 'typed' })}.${Buffer.from(end.aoo).toString('base64url')}`,
  };
}

/** Newest first, as each office has its own; at the same moment by office. */
function byPlace(one: Listed, other: Listed): number {
  const order = (a: string | number, b: string | number): number => (a < b ? 1 : a > b ? -1 : 0);
  return (
    order(one.at, other.at) ||
    order(one.aoo, other.aoo) ||
    order(one.register, other.register) ||
    order(one.year, other.year) ||
    order(Number(one.number), Number(other.number))
  );
}

/** After every register, in whatever order the database sorts letters. */
const LAST_REGISTER = 'z'.repeat(40);
/** Where another office goes on: with what was registered at the very moment, or only before it. */
function placeIn(aoo: AooId, last: RegisterPlace, aooOfLast: string): RegisterPlace {
  if (aoo === aooOfLast) return last;
  return aoo < aooOfLast ? { ...last, register: LAST_REGISTER } : { ...last, register: '' };
}

function placeFrom(cursor: string): readonly [RegisterPlace | null, aoo: string] {
  const [place = '', aoo = ''] = cursor.split('.');
  return [fromRegisterCursor(place), Buffer.from(aoo, 'base64url').toString()];
}
