/** Words looked for in the register and in mails: in any order, without accents, each as the beginning of one. */

/** From this length a word may be the beginning of a longer one: fewer letters would begin half of all words. */
const BEGINNING = 3;
/** How words are joined. */
type Joined = 'all' | 'any';

/** `value`: a parameter such as `$2` with what was typed. */
const wordsQuery = (value: string, joined: Joined = 'all'): string => {
  const words = `plainto_tsquery('pg_catalog.simple', folded(${value}))::text`;
  const beginnings = `regexp_replace(${words}, '''([[:alnum:]]{${BEGINNING},})''', '''\\1'':*', 'g')`;
  return `${joined === 'all' ? beginnings : `replace(${beginnings}, ' & ', ' | ')`}::tsquery`;
};

/** As the index `registration_words` has it. */
export const registrationHas = (alias: string, value: string): string =>
  `words_of(${alias}.subject, case ${alias}.direction when 'incoming' then ${alias}.sender ->> 'name'
    else jsonb_path_query_array(${alias}.recipients, '$[*].name')::text end) @@ ${wordsQuery(value)}`;

/** As `mail_words`. */
export const mailHas = (alias: string, value: string): string =>
  `words_of(${alias}.subject, ${alias}.sender) @@ ${wordsQuery(value)}`;

/** As `registration_document_words`: the name of a document. */
export const documentHas = (alias: string, value: string, joined: Joined = 'all'): string =>
  textHas(`${alias}.name`, value, joined);

export const textHas = (text: string, value: string, joined: Joined): string =>
  `words_of(${text}, null) @@ ${wordsQuery(value, joined)}`;
