/** The rows from which the search index in memory is built. */
import type pg from 'pg';
import type { SearchKind, SearchRow } from '../../../domain/index/search-index.ts';
import type { EntryKind } from '../../../kernel/index-keys.ts';
import { CEASED, MUNICIPALITY } from './held-rows.ts';

const PAGE = 1_000;

interface SearchRowRow {
  key: string;
  version: number;
  kind: SearchKind;
  body_key: string;
  name: string;
  acronym: string | null;
  municipality: string | null;
  province: string | null;
  region: string | null;
  category: string | null;
  istat: string | null;
  cadastral: string | null;
}

const SEARCH_COLUMNS = `e.version, e.kind, e.key, e.body_key, e.name, e.more ->> 'acronimo' as acronym,
  ${MUNICIPALITY} as municipality, e.province, e.region, e.category, e.istat, e.cadastral`;
const SEARCH_PAGES = {
  current: `select ${SEARCH_COLUMNS} from index_entry e
             where e.kind = $1 and e.key > $2 and e.valid_to is null order by e.key limit ${PAGE}`,
  ceased: `select distinct on (e.key) ${SEARCH_COLUMNS} from index_entry e
            where e.kind = $1 and e.key > $2 and ${CEASED}
            order by e.key, e.version desc limit ${PAGE}`,
} as const;

/** Municipalities that are no more stand among the bodies. */
const SOURCES: Readonly<Record<SearchKind, readonly (readonly [kind: EntryKind, state: keyof typeof SEARCH_PAGES])[]>> =
  {
    body: [
      ['body', 'current'],
      ['body', 'ceased'],
      ['municipality', 'ceased'],
    ],
    aoo: [
      ['aoo', 'current'],
      ['aoo', 'ceased'],
    ],
    office: [
      ['office', 'current'],
      ['office', 'ceased'],
    ],
  };

/** Pages are separate statements, so that no transaction stays open while the caller works. */
export async function* searchRows(pool: pg.Pool, kind: SearchKind): AsyncGenerator<readonly SearchRow[]> {
  for (const [source, state] of SOURCES[kind]) {
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: pg.QueryResult<SearchRowRow> = await pool.query({
        text: SEARCH_PAGES[state],
        values: [source, after],
      });
      after = page.rows.at(-1)?.key;
      yield page.rows.map((row) => ({
        version: row.version,
        kind,
        bodyKey: source === 'municipality' ? row.key : row.body_key,
        name: row.name,
        acronym: row.acronym,
        municipality: row.municipality,
        province: row.province,
        region: row.region,
        category: row.category,
        istat: row.istat,
        cadastral: row.cadastral,
        ceased: state === 'ceased',
      }));
    }
  }
}
