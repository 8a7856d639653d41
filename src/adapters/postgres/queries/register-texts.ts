/** Where in the text of its documents a registration was found: only of those that a page shows, which the reader may see. */
import type pg from 'pg';
import { searchedWords } from '../../../domain/register/search-words.ts';
import type { FoundText, RegisterQuery } from '../../../service/queries/register-views.ts';
import { stemsQuery } from './words.ts';

export type WithTexts<Row> = Row & { readonly foundTexts: readonly FoundText[] };

interface Key {
  readonly register: string;
  readonly year: number;
  readonly number: number;
}

/** Characters around the first word that is found: `ts_headline` reads all of what it is given. */
const BEFORE = 400;
const READ = 3_000;
const DOCUMENTS = 2;
/**
 * Private characters, which no document means anything with; they are taken out of its text. `ts_headline` escapes nothing:
 * the pieces between its marks are texts, and whoever shows them escapes them.
 */
const BEGINS = '\ue000';
const ENDS = '\ue001';
const BETWEEN = '\ue002';

/** One statement for the page. What is asked of numbers and addresses alone stands in no text. */
export async function foundTexts(
  client: Pick<pg.PoolClient, 'query'>,
  { aoo, filter: { text } }: RegisterQuery,
  keys: readonly Key[],
): Promise<(key: Key) => readonly FoundText[]> {
  if (text === undefined || keys.length === 0 || searchedWords(text).length === 0) return () => [];
  const query = stemsQuery(text, '$5::text');
  const { rows } = await client.query<Key & { name: string; place: string }>(
    `select k.register, k.year, k.number, d.name, ts_headline('interpro_it', around.text, ${query},
         'StartSel=${BEGINS}, StopSel=${ENDS}, FragmentDelimiter=${BETWEEN}, MaxFragments=2, MaxWords=16, MinWords=6') as place
       from unnest($2::text[], $3::int[], $4::bigint[]) k (register, year, number)
      cross join lateral (select distinct on (p.position) p.position, p.text from document_text_part p where p.aoo = $1 and p.register = k.register and p.year = k.year
        and p.number = k.number and p.words @@ ${query} order by p.position, p.part limit ${DOCUMENTS}) p
      cross join lateral (select left(d.name, 200) as name from registration_document d where d.aoo = $1 and d.register = k.register and d.year = k.year
        and d.number = k.number and d.position = p.position limit 1) d
      cross join lateral (select translate(substr(p.text, greatest(regexp_instr(p.text, (
          select '\\m(' || string_agg(regexp_replace(word, '[^[:alnum:]]', '.', 'g'), '|') || ')'
            from unnest(tsvector_to_array(italian_words($5::text) || italian_words($5::text || 'a'))) word), 1, 1, 0, 'i') - ${BEFORE}, 1), ${READ}),
          '${BEGINS}${ENDS}${BETWEEN}', '') as text) around
      order by k.register, k.year, k.number, p.position`,
    [aoo, keys.map((key) => key.register), keys.map((key) => key.year), keys.map((key) => key.number), text],
  );
  const nameOf = ({ register, year, number }: Key): string => [register, year, number].join('/');
  const found = Map.groupBy(rows, nameOf);
  return (key) =>
    (found.get(nameOf(key)) ?? []).map(({ name, place }) => ({ document: name, pieces: piecesOfHeadline(place) }));
}

function piecesOfHeadline(place: string): FoundText['pieces'] {
  const plain = place.replace(/\s+/g, ' ').replaceAll(BETWEEN, ' … ');
  return plain
    .split(new RegExp(`(${BEGINS}[^${ENDS}]*${ENDS})`, 'u'))
    .filter((piece) => piece !== '')
    .map((piece) => ({ text: piece.replaceAll(/[\ue000\ue001]/gu, ''), isHit: piece.startsWith(BEGINS) }));
}
