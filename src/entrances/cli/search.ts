import { parseArgs } from 'node:util';
import { REGISTRATION_DIRECTIONS } from '../../domain/register/registration.ts';
import { typedNumber } from '../../domain/register/search-words.ts';
import { dayOf } from '../../formats/ipa/to-entry.ts';
import { REGISTER_STATES, type RegisterFilter } from '../../service/queries/register-views.ts';
import type { FoundRegistration, FoundRegistrations } from '../../service/queries/views.ts';
import { withViews } from '../../wiring/cli.ts';
import { findService } from './input/find-service.ts';
import { officeNamed } from './input/office-named.ts';
import { complain, say } from './output/say.ts';
import { sayMisuse } from './output/say-misuse.ts';
import { outputWidth, table } from './output/table.ts';

const SEARCH_HELP = `Usage: interpro search [WORDS] [options]

Searches the register: words of the subject, of correspondents, notes, names and texts of documents, in any order, each as the
beginning of one or by its Italian stem. "two words" stay together, -word is not in it, or is either. A number, the SHA-256 of
a document, an address or a tax code is found as a whole. Newest first; what is reserved is shown, too.

  --aoo IPA/CODE        only this office; one of the two codes will do if it is unambiguous
  --subject TEXT        a part of the subject, in any case
  --correspondent NAME  whom it is with, also with a slip in each word; or the whole address or tax code
  --number N            with or without zeros and year: 0001234/2026
  --year YYYY           of this year
  --direction D         incoming, outgoing or internal
  --from DAY            from this day on, yyyy-mm-dd in Italy
  --to DAY              to this day, included
  --class CODE          this class, and all below it
  --state STATE         ${REGISTER_STATES.slice(0, 5).join(', ')},
                        ${REGISTER_STATES.slice(5).join(', ')}
  --flag CODE           with this flag, as docs/errors.md has them
  --limit N             how many, 1 to 1000 (50)
  --cursor C            the next page, as the last line says
  --json                every field of each, with the places in the texts of documents

A table is as wide as the terminal, else as COLUMNS says, else 120; --json cuts nothing. Exit 1: nothing was found.`;

const OPTIONS = {
  aoo: { type: 'string' },
  subject: { type: 'string' },
  correspondent: { type: 'string' },
  number: { type: 'string' },
  year: { type: 'string' },
  direction: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  class: { type: 'string' },
  state: { type: 'string' },
  flag: { type: 'string' },
  limit: { type: 'string', default: '50' },
  cursor: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;
type Given = { readonly [name in Exclude<keyof typeof OPTIONS, 'json' | 'help'>]?: string | undefined };

export async function runSearch(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  if (values.help) return say(SEARCH_HELP);
  const wrong = misuseOf(values, positionals.join(' '));
  if (wrong !== null) return sayMisuse('search', wrong);
  const { databaseUrl, config } = findService();
  const aoo = values.aoo === undefined ? null : (officeNamed(values.aoo, config.offices)?.aoo ?? null);
  if (values.aoo !== undefined && aoo === null)
    return sayMisuse('search', `--aoo: offices here are ${config.offices.map((one) => one.aoo).join(', ')}`);
  const query = { aoo, cursor: values.cursor ?? null, limit: Number(values.limit) };
  const filter = filterOf(values, positionals.join(' '));
  const found = await withViews(databaseUrl, (views) => views.registrations({ ...query, filter }));
  if (found.forged) return sayMisuse('search', '--cursor: not a cursor of this list');
  return shown(found, values.json === true);
}

function shown({ items, cursor, ...found }: FoundRegistrations, asJson: boolean): number {
  if (found.tooMany === true) {
    complain('interpro search: too wide to be put in order; add a day, a class or a word');
    return 1;
  }
  if (found.tooCommon === true) {
    complain('interpro search: these words stand nearly everywhere; add one that says what it is about');
    return 1;
  }
  if (asJson) say(JSON.stringify({ items, cursor, similar: found.similar === true }, null, 2));
  else if (items.length === 0) say('nothing found');
  else {
    if (found.similar === true) say('nothing has these words; similar ones:');
    say(
      table(['date', 'number', 'in/out', 'correspondent', 'subject', 'found in', 'id'], items.map(row), outputWidth()),
    );
    if (cursor !== null) say(`more: --cursor ${cursor}`);
  }
  return items.length === 0 ? 1 : 0;
}

const row = (item: FoundRegistration): readonly string[] => [
  `${item.date} ${item.time.slice(0, 5)}`,
  item.annulled ? `${item.number} annulled` : item.number,
  { incoming: 'in', outgoing: 'out', internal: 'int' }[item.direction],
  item.correspondent,
  item.subject,
  item.foundTexts.map(({ document, pieces }) => `${document}: ${pieces.map(({ text }) => text).join('')}`).join('; '),
  item.id,
];

/** What is wrong with what was asked; null: nothing. */
function misuseOf(given: Given, words: string): string | null {
  for (const [name, text] of Object.entries({ ...given, WORDS: words }))
    if (text !== undefined && (text.length > (name === 'cursor' ? 1_000 : 200) || text.includes('\0')))
      return `${name === 'WORDS' ? name : `--${name}`}: 200 characters at most`;
  const { number, year, direction, state, limit, from, to } = given;
  if (!/^[1-9]\d{0,3}$/.test(limit ?? '') || Number(limit) > 1000) return '--limit: a number from 1 to 1000';
  if (number !== undefined && typedNumber(number) === null) return '--number: such as 1234 or 0001234/2026';
  if (year !== undefined && !/^\d{4}$/.test(year)) return '--year: four digits';
  if (direction !== undefined && !REGISTRATION_DIRECTIONS.some((one) => one === direction))
    return `--direction: one of ${REGISTRATION_DIRECTIONS.join(', ')}`;
  if (state !== undefined && !REGISTER_STATES.some((one) => one === state))
    return `--state: one of ${REGISTER_STATES.join(', ')}`;
  for (const [name, day] of Object.entries({ from, to }))
    if (day !== undefined && dayOf(day) !== day) return `--${name}: a day is written yyyy-mm-dd`;
  return from !== undefined && to !== undefined && from > to ? '--from: it is after --to' : null;
}

function filterOf(given: Given, words: string): RegisterFilter {
  const number = given.number === undefined ? null : typedNumber(given.number);
  const year = number?.year ?? (given.year === undefined ? undefined : Number(given.year));
  const direction = REGISTRATION_DIRECTIONS.find((one) => one === given.direction);
  const state = REGISTER_STATES.find((one) => one === given.state);
  const { subject, correspondent, from, to, class: classification, flag } = given;
  const wanted = { subject, correspondent, from, to, classification, flag, direction, state, year };
  return {
    ...Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
    ...(words.trim() !== '' && { text: words }),
    ...(number !== null && { number: number.number }),
  };
}
