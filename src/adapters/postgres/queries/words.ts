/**
 * Words looked for in the register and in mails: in any order, without accents, each as the beginning of one or by its
 * Italian stem. Quotation marks hold words together, `-` takes a word away, `or` is either.
 */
import { searchedWords, slipsOf } from '../../../domain/register/search-words.ts';
import type { Placed } from './reader.ts';

/** From this length a word may be the beginning of a longer one: fewer letters would begin half of all words. */
const BEGINNING = 3;
/** How words are joined. */
type Joined = 'all' | 'any';

const beginningsQuery = (value: string, joined: Joined): string => {
  const words = `plainto_tsquery('pg_catalog.simple', folded(${value}))::text`;
  const beginnings = `regexp_replace(${words}, '''([[:alnum:]]{${BEGINNING},})''', '''\\1'':*', 'g')`;
  return `${joined === 'all' ? beginnings : `replace(${beginnings}, ' & ', ' | ')`}::tsquery`;
};

const OPERATOR = /"|(?:^|\s)-\S|\sor\s/i;

/**
 * The stems of what was typed, the last of them as a beginning. A word that somebody has not finished has another stem than the
 * whole one: with a vowel more it often has the same. `value`: the parameter with the text.
 */
export const stemsQuery = (text: string, value: string): string => {
  const stems = `regexp_replace(italian_query(${value})::text, '([[:alnum:]]{${BEGINNING},})''$', '\\1'':*')::tsquery`;
  return OPERATOR.test(text) ? stems : `(${stems} || italian_query(${value} || 'a'))`;
};

/** A query of words, as SQL. It is made of parameters alone: nothing that was typed stands in the statement. */
export interface WordsQuery {
  /** Finds what has all words; `any`: what has one of them. */
  readonly all: string;
  readonly any: string;
  /** In the text of documents, which is indexed by stems. */
  readonly stems: string;
}

export function wordsQuery(text: string, value: Placed): WordsQuery {
  const typed = `${value(text)}::text`;
  const stems = stemsQuery(text, typed);
  if (OPERATOR.test(text)) return { all: stems, any: stems, stems };
  return {
    all: `(${beginningsQuery(typed, 'all')} || ${stems})`,
    any: `(${beginningsQuery(typed, 'any')} || ${stems})`,
    stems,
  };
}

/** The same words with one slip of the keyboard in each; null: none of them is long enough for one. */
export function similarQuery(text: string, value: Placed): string | null {
  // Who takes a word away or holds words together means them as they are.
  if (OPERATOR.test(text)) return null;
  const words = searchedWords(text);
  const similar = words.map((word) => [
    `'${word}'${word.length < BEGINNING ? '' : ':*'}`,
    ...slipsOf(word).map((one) => `'${one}'`),
  ]);
  if (similar.every(({ length }) => length < 2)) return null;
  return `${value(similar.map((one) => `(${one.join(' | ')})`).join(' & '))}::tsquery`;
}

const peopleOf = (alias: string): string => `people_of(${alias}.direction, ${alias}.sender, ${alias}.recipients)`;
/** As the index `registration_words` has it. */
export const registrationHas = (alias: string, query: string): string =>
  `words_of(${alias}.subject, ${peopleOf(alias)}) @@ ${query}`;
/** Of those the index gives: in the names alone. */
export const peopleHave = (alias: string, query: string): string => `words_of(null, ${peopleOf(alias)}) @@ ${query}`;

/** As `mail_words`. */
export const mailHas = (alias: string, query: string): string =>
  `words_of(${alias}.subject, ${alias}.sender) @@ ${query}`;

/** As `registration_document_words`: the name of a document. */
export const documentHas = (alias: string, query: string): string => textHas(`${alias}.name`, query);
/** As `registration_note_words`. */
export const noteHas = (alias: string, query: string): string => textHas(`${alias}.text`, query);

export const textHas = (text: string, query: string): string => `words_of(${text}, null) @@ ${query}`;

/** A part of a text, in any case, as an index of trigrams has it. `value`: its parameter. */
export const contains = (column: string, value: string): string =>
  `lower(${column}) like '%' || regexp_replace(lower(${value}::text), '([\\\\%_])', '\\\\\\1', 'g') || '%'`;
