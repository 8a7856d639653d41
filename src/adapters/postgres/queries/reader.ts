/**
 * What a reader sees, as conditions of SQL: lists, counts, suggestions and what is opened by its id all ask through these, so
 * that what somebody may not see is not there. `assignment` says who has a registration in hand, `registration_reserved`
 * which ones are reserved.
 */
import type pg from 'pg';
import type { Reader } from '../../../service/people/rights.ts';

/** Adds a parameter to a statement and gives its place, such as `$2`. */
export type Placed = (given: unknown) => string;

/**
 * The condition on rows that name a registration: `alias` has the columns `aoo`, `register`, `year` and `number`. Of rows that
 * name none (`number` is null), those who see all of the office see all, the others none.
 */
export function readable(alias: string, reader: Reader, value: Placed): string {
  if (reader.all && reader.reserved) return 'true';
  const held = `(${alias}.aoo, ${alias}.register, ${alias}.year, ${alias}.number)`;
  // One list of keys: the planner may walk it instead of the register.
  if (!reader.all) return `${held} in (${readableKeys(reader, value)})`;
  const person = `${value(reader.personId)}::uuid`;
  const toThem = reader.units.length === 0 ? '' : ` or g.unit_id = any(${value(reader.units)}::uuid[])`;
  // Few are reserved.
  return `not exists (select from registration_reserved s where s.aoo = ${alias}.aoo and s.register = ${alias}.register
    and s.year = ${alias}.year and s.number = ${alias}.number and s.lifted_at is null
    and s.registered_by is distinct from ${person}
    and not exists (select from assignment g where g.aoo = s.aoo and g.register = s.register and g.year = s.year
      and g.number = s.number and g.is_held and (g.person_id = ${person}${toThem})))`;
}

/**
 * The keys of the registrations that are seen by who does not see all of the office, some of them twice. Own registrations are
 * seen whoever has them. Each part is read from its index alone: who has half of the register has a long list.
 */
export function readableKeys(reader: Reader, value: Placed, where: (alias: string) => string = () => 'true'): string {
  const person = `${value(reader.personId)}::uuid`;
  const held = (whose: string): string =>
    `select g.aoo, g.register, g.year, g.number from assignment g where g.is_held and ${whose} and ${where('g')}`;
  return [
    held(`g.person_id = ${person}`),
    ...(reader.units.length === 0 ? [] : [held(`g.unit_id = any(${value(reader.units)}::uuid[])`)]),
    `select own.aoo, own.register, own.year, own.number from registration_arrival own
      where own.registered_by = ${person} and ${where('own')}`,
  ].join(' union all ');
}

/** The same, asked of each row alone: where somebody sees very many, a list of them all costs more. */
export function readableOne(alias: string, reader: Reader, value: Placed): string {
  if (reader.all) return readable(alias, reader, value);
  const person = `${value(reader.personId)}::uuid`;
  const same = (of: string): string =>
    `${of}.aoo = ${alias}.aoo and ${of}.register = ${alias}.register and ${of}.year = ${alias}.year and ${of}.number = ${alias}.number`;
  const units = reader.units.length === 0 ? '' : ` or g.unit_id = any(${value(reader.units)}::uuid[])`;
  return `((select true from assignment g where ${same('g')} and g.is_held and (g.person_id = ${person}${units}) limit 1) is true
    or (select true from registration_arrival own where ${same('own')} and own.registered_by = ${person}) is true)`;
}

/** The condition on rows that belong to an exchange, mails and tasks: `alias` has `aoo` and `exchange_id`. */
export function readableByExchange(alias: string, reader: Reader, value: Placed): string {
  if (reader.all && reader.reserved) return 'true';
  const belongs = `x.aoo = ${alias}.aoo and x.exchange_id = ${alias}.exchange_id`;
  const seen = readable('x', reader, value);
  return reader.all
    ? `not exists (select from exchange x where ${belongs} and x.number is not null and not (${seen}))`
    : `exists (select from exchange x where ${belongs} and ${seen})`;
}

/** The same, asked of each row alone. */
export function readableOneByExchange(alias: string, reader: Reader, value: Placed): string {
  if (reader.all && reader.reserved) return 'true';
  const isSeen = `select ${readableOne('x', reader, value)} from exchange x
    where x.aoo = ${alias}.aoo and x.exchange_id = ${alias}.exchange_id limit 1`;
  // What belongs to no exchange is seen by those who see all.
  return reader.all ? `(${isSeen}) is not false` : `(${isSeen}) is true`;
}

/** Up to so many registrations, a reader's list is walked. */
const MOST_WALKED = 5_000;

export interface ReaderConditions {
  readonly row: typeof readable;
  readonly byExchange: typeof readableByExchange;
}

/** The forms of both conditions that cost this reader less: who has few registrations walks them, of others each row is asked. */
export async function conditionsFor(client: Pick<pg.PoolClient, 'query'>, reader: Reader): Promise<ReaderConditions> {
  const rowByRow = { row: readableOne, byExchange: readableOneByExchange };
  if (reader.all) return rowByRow;
  const values: unknown[] = [];
  const keys = readableKeys(reader, (given) => `$${values.push(given)}`);
  const { rows } = await client.query<{ isLong: boolean }>(
    `select count(*) > ${MOST_WALKED} as "isLong" from (select from (${keys}) k limit ${MOST_WALKED + 1}) counted`,
    values,
  );
  return rows[0]?.isLong === false ? { row: readable, byExchange: readableByExchange } : rowByRow;
}
