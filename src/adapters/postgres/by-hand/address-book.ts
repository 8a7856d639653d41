import type pg from 'pg';
import { folded } from '../../../kernel/folded.ts';
import type { AddressBook, BookEntry, BookHistory, BookPage, FoundBookEntry } from '../../../service/by-hand/ports.ts';
import { CORRESPONDENT_COLUMNS } from '../office/by-hand.ts';
import { FORM } from '../queries/list-page.ts';

const ENTRY = `${CORRESPONDENT_COLUMNS}, c.version, c.updated_at as "updatedAt"`;
const OFFERED = 'c.merged_into is null and c.retired_at is null';

/** As the index `correspondent_words` has them. */
export const wordsBegin = (alias: string, value: string): string =>
  `to_tsvector('pg_catalog.simple', left(${alias}.search, 8000)) @@ to_tsquery('pg_catalog.simple', ${value})`;

/** Each word as the beginning of one; null: there is no word. */
export function wordQuery(text: string): string | null {
  const words = folded(text)
    .replaceAll('@', ' ')
    .split(' ')
    .filter((word) => word !== '')
    .slice(0, 8);
  return words.length === 0 ? null : words.map((word) => `'${word}':*`).join(' & ');
}

export const addressBook = (pool: pg.Pool): AddressBook => ({
  async suggest(aoo, text, limit) {
    const query = wordQuery(text);
    if (query === null) return [];
    // Found first, then ordered by the name: the match comes from the index of words.
    const { rows } = await pool.query<BookEntry>(
      `select ${ENTRY} from correspondent c where c.aoo = $1 and ${OFFERED} and ${wordsBegin('c', '$2')}
        order by c.search like $3 || '%' desc, length(c.search), c.correspondent_id limit $4`,
      [aoo, query, folded(text), limit],
    );
    return rows;
  },
  async list(aoo, text, after, limit) {
    const query = wordQuery(text);
    const values: unknown[] = [aoo, limit + 1];
    const value = (given: unknown): string => `$${values.push(given)}`;
    // What is sought is found by its words first: walking the names until enough of them fit may walk the whole book.
    const found =
      query === null
        ? ''
        : `with c as materialized (select * from correspondent c where c.aoo = $1 and ${OFFERED} and ${wordsBegin('c', value(query))})`;
    const where = [`c.aoo = $1 and ${OFFERED}`];
    const cursor = readCursor(after);
    if (cursor !== null)
      where.push(`(left(c.search, 200), c.correspondent_id) > (${value(cursor[0])}, ${value(cursor[1])}::uuid)`);
    const { rows } = await pool.query<BookEntry & { search: string }>(
      `${found} select ${ENTRY}, left(c.search, 200) as search from ${query === null ? 'correspondent c' : 'c'} where ${where.join(' and ')}
        order by left(c.search, 200), c.correspondent_id limit $2`,
      values,
    );
    return pageOf(rows, limit);
  },
  async retired(aoo, after, limit) {
    const [search, id] = readCursor(after) ?? [null, null];
    const { rows } = await pool.query<BookEntry & { search: string }>(
      `select ${ENTRY}, left(c.search, 200) as search from correspondent c
        where c.aoo = $1 and c.merged_into is null and c.retired_at is not null
          and ($3::text is null or (left(c.search, 200), c.correspondent_id) > ($3, $4::uuid))
        order by left(c.search, 200), c.correspondent_id limit $2`,
      [aoo, limit + 1, search, id],
    );
    return pageOf(rows, limit);
  },
  async find(aoo, id) {
    if (!FORM.uuid.test(id)) return null;
    const { rows } = await pool.query<FoundBookEntry>(
      `select ${ENTRY}, c.merged_into as "mergedInto", c.retired_at is not null as "isRetired" from correspondent c
        where c.aoo = $1 and c.correspondent_id = $2`,
      [aoo, id],
    );
    return rows[0] ?? null;
  },
  async history(aoo, id) {
    if (!FORM.uuid.test(id)) return [];
    const { rows } = await pool.query<BookHistory>(
      `select version, at, by, act, entry from correspondent_history where aoo = $1 and correspondent_id = $2
        order by version desc limit 200`,
      [aoo, id],
    );
    return rows;
  },
  async alike(aoo, entry) {
    const name = wordQuery(entry.name);
    const { rows } = await pool.query<BookEntry>(
      `select ${ENTRY} from correspondent c
        where c.aoo = $1 and ${OFFERED} and c.correspondent_id <> $2
          and (($3::text is not null and upper(c.tax_code) = upper($3)) or ($4::text is not null and ${wordsBegin('c', '$4')}))
        order by c.correspondent_id limit 20`,
      [aoo, entry.correspondentId, entry.taxCode, name],
    );
    return rows;
  },
});

function pageOf(rows: readonly (BookEntry & { readonly search: string })[], limit: number): BookPage {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return {
    items: items.map(({ search: _, ...entry }) => entry),
    cursor: last === undefined ? null : writeCursor([last.search, last.correspondentId]),
  };
}

const writeCursor = (keys: readonly string[]): string => Buffer.from(JSON.stringify(keys)).toString('base64url');

function readCursor(cursor: string | null): readonly [search: string, id: string] | null {
  if (cursor === null) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(value)) return null;
    const [search, id] = value as readonly unknown[];
    const fits = typeof search === 'string' && typeof id === 'string' && FORM.text.test(search) && FORM.uuid.test(id);
    return fits ? [search, id] : null;
  } catch {
    return null;
  }
}
