/**
 * Conditions of the search of the register. One that few registrations fulfil leads: its index gives their keys, and the
 * others are looked at for these alone. Where all of them are common, the register is walked by time: what is wanted
 * comes soon.
 */
import { exactText, typedNumber } from '../../../domain/register/search-words.ts';
import type { RegisterFilter, RegisterQuery, RegisterState } from '../../../service/queries/register-views.ts';
import { notAnnulled } from './assignment-rows.ts';
import { type Placed, readableKeys, readableOne } from './reader.ts';
import { contains, documentHas, noteHas, peopleHave, registrationHas, similarQuery, wordsQuery } from './words.ts';

export interface Condition {
  /** Rows of `KEY_COLUMNS`, found by an index of their own, some of them twice: more than `limit` if there are more. */
  rows(limit: string): string;
  /** Of a row `r`: of the register itself, or with the key columns alone. */
  check(row: 'whole' | 'keys'): string;
}

export const KEY_COLUMNS = 'r.aoo, r.register, r.year, r.number, r.registered_at, r.date, r.direction';

const same = (alias: string, other = 'r'): string =>
  `${alias}.aoo = ${other}.aoo and ${alias}.register = ${other}.register and ${alias}.year = ${other}.year and ${alias}.number = ${other}.number`;

/** Looked up one by one: the planner would rather join them with the whole register. */
const ofKeys = (keys: string, limit: string, where = 'true'): string =>
  `select ${KEY_COLUMNS} from (${keys} limit ${limit}) k cross join lateral (select ${KEY_COLUMNS} from registration r
    where ${same('r', 'k')} limit 1) r where ${where}`;

/**
 * Looked up for each row that is looked at. `exists` would be the same, but the planner may turn that into a list of all that
 * there are, where the fifty newest would do.
 */
const has = (rows: string): string => `(select true from ${rows} limit 1) is true`;
const hasNo = (rows: string): string => `(select true from ${rows} limit 1) is null`;

/** Midnight at the edges decides by the legal date; the index is by time. */
export function dateAndDirection({ from, to, direction, year }: RegisterFilter, value: Placed): readonly string[] {
  const given = (text: string): string => `${value(text)}::date`;
  return [
    // Of a year, whatever the hour of its first and last day.
    ...(year === undefined
      ? []
      : [
          `r.year = ${value(year)}::int and r.registered_at >= ${given(`${year}-01-01`)} - interval '1 day'
            and r.registered_at < ${given(`${year}-12-31`)} + interval '2 days'`,
        ]),
    ...(from === undefined
      ? []
      : [`r.date >= ${given(from)} and r.registered_at >= ${given(from)} - interval '1 day'`]),
    ...(to === undefined ? [] : [`r.date <= ${given(to)} and r.registered_at < ${given(to)} + interval '2 days'`]),
    ...(direction === undefined ? [] : [`r.direction = ${value(direction)}`]),
  ];
}

/** How the words are meant: as they were typed, or with a slip in each. */
export type Spelling = 'typed' | 'similar';

/** In the order in which they are tried to lead. */
export function conditionsOf(
  { filter, reader }: RegisterQuery,
  spelling: Spelling,
  value: Placed,
  base: readonly string[],
): readonly Condition[] {
  const { text, subject, correspondent, number, unit, classification, state, carrier, flagged, flag } = filter;
  const { numberFrom: least, numberTo: most } = filter;
  return [
    ...(number === undefined ? [] : [ofColumns([`r.number = ${value(number)}::bigint`])]),
    ...(text === undefined ? [] : [ofText(text, spelling, value, base)]),
    ...(correspondent === undefined ? [] : [ofCorrespondent(correspondent, value)]),
    ...(subject === undefined ? [] : [ofSubject(subject, value, base)]),
    ...(least === undefined && most === undefined
      ? []
      : [
          ofColumns([
            ...base,
            `r.number between ${value(least ?? 0)}::bigint and ${value(most ?? Number.MAX_SAFE_INTEGER)}::bigint`,
          ]),
        ]),
    ...(state === undefined ? [] : [ofState(state)]),
    ...(classification === undefined ? [] : [ofClass(classification, value)]),
    ...(unit === undefined ? [] : [ofUnit(unit, value)]),
    ...(carrier === undefined ? [] : [ofCarrier(carrier, value)]),
    ...(flag === undefined ? [] : [ofFlag(flag, value)]),
    ...(flagged === true ? [FLAGGED] : []),
    ...(reader.all ? [] : [ofReader(reader, value)]),
  ];
}

/** Whether pages may be full of what is asked, so that the newest registrations are worth a look before any index. */
export const mayBeCommon = ({ text, subject, correspondent }: RegisterFilter): boolean =>
  [text, subject, correspondent].some((one) => one !== undefined && exactText(one) === null);

/** Of the columns that a key has. */
const ofColumns = (conditions: readonly string[]): Condition => ({
  rows: (limit) =>
    `select ${KEY_COLUMNS} from registration r where ${['r.aoo = $1', ...conditions].join(' and ')} limit ${limit}`,
  check: () => conditions.join(' and '),
});

/**
 * Found by an index of words or parts before any limit is thought of: the planner takes a limit for a reason to walk all of the
 * register and read every text, and knows little of how many have a word.
 */
const byWords = (from: string, keys: string, limit: string): string =>
  `(with hits as materialized (select ${keys} from ${from}) select * from hits limit ${limit})`;

/** Of columns that only the register itself has. `of`: the condition on a row with this alias. */
const ofRegister = (of: (alias: string) => string, base: readonly string[] = []): Condition => ({
  rows: (limit) =>
    byWords(`registration r where ${['r.aoo = $1', ...base, of('r')].join(' and ')}`, KEY_COLUMNS, limit),
  check: (row) => (row === 'whole' ? of('r') : has(`registration w where ${same('w')} and ${of('w')}`)),
});

const ofSubject = (subject: string, value: Placed, base: readonly string[]): Condition => {
  const typed = value(subject);
  return ofRegister((alias) => contains(`${alias}.subject`, typed), base);
};

const ofFlag = (flag: string, value: Placed): Condition => {
  const wanted = value(JSON.stringify([{ code: flag }]));
  return ofRegister((alias) => `${alias}.flags <> '[]' and ${alias}.flags @> ${wanted}::jsonb`);
};

const hasCode = (alias: string, code: string): string =>
  `codes_of(${alias}.direction, ${alias}.sender, ${alias}.recipients) @> array[${code}::text]`;

function ofCorrespondent(correspondent: string, value: Placed): Condition {
  const exact = exactText(correspondent);
  if (exact?.kind === 'code') {
    const code = value(exact.text);
    return ofRegister((alias) => hasCode(alias, code));
  }
  const query = similarQuery(correspondent, value) ?? wordsQuery(correspondent, value).all;
  return ofRegister((alias) => `${registrationHas(alias, query)} and ${peopleHave(alias, query)}`);
}

function ofText(text: string, spelling: Spelling, value: Placed, base: readonly string[]): Condition {
  const exact = exactText(text);
  const similar = spelling === 'similar' ? similarQuery(text, value) : null;
  // Every parameter must stand in the statement: one form of the words or the other.
  const query = similar === null ? wordsQuery(text, value) : null;
  const words = similar ?? query?.all ?? '';
  const narrowed = ['r.aoo = $1', ...base].join(' and ');
  const number = ofNumber(text, value);
  const numbered = (limit: string): readonly string[] =>
    number === null
      ? []
      : [
          `(select ${KEY_COLUMNS} from registration r where r.aoo = $1 and ${number.ours('r')} limit ${limit})`,
          `(select ${KEY_COLUMNS} from registration r where r.aoo = $1 and ${number.theirs('r')} limit ${limit})`,
          `(${ofKeys(`select x.aoo, x.register, x.year, x.number from exchange x where x.aoo = $1 and ${number.told('x')}`, limit)})`,
          `(${ofKeys(`select g.aoo, g.register, g.year, g.number from registration_emergency g where g.aoo = $1 and ${number.emergency('g')}`, limit)})`,
        ];
  const isNumbered =
    number === null
      ? ''
      : `or ${number.ours('r')} or ${has(`registration w where ${same('w')} and ${number.theirs('w')}`)}
         or ${has(`exchange x where ${same('x')} and ${number.told('x')}`)}
         or ${has(`registration_emergency g where ${same('g')} and ${number.emergency('g')}`)}`;
  // What may have the words besides the register's own row.
  const elsewhere: readonly (readonly [table: string, alias: string, condition: string])[] =
    query === null
      ? []
      : [
          ['registration_document', 'd', documentHas('d', query.all)],
          ['registration_note', 'o', noteHas('o', query.all)],
          ['document_text_part', 'p', `p.words @@ ${query.stems}`],
          ...(exact?.kind === 'digest'
            ? ([['registration_document', 'f', `f.sha256 = ${value(exact.text)}`]] as const)
            : []),
        ];
  const code = exact?.kind === 'code' ? value(exact.text) : null;
  return {
    rows: (limit) =>
      [
        byWords(`registration r where ${narrowed} and ${registrationHas('r', words)}`, KEY_COLUMNS, limit),
        ...(code === null
          ? []
          : [byWords(`registration r where r.aoo = $1 and ${hasCode('r', code)}`, KEY_COLUMNS, limit)]),
        ...elsewhere.map(([table, alias, condition]) => {
          const keys = `${alias}.aoo, ${alias}.register, ${alias}.year, ${alias}.number`;
          return `(${ofKeys(`select * from ${byWords(`${table} ${alias} where ${alias}.aoo = $1 and ${condition}`, keys, limit)} h`, limit)})`;
        }),
        ...numbered(limit),
      ].join(' union all '),
    check: (row) => {
      const own = (alias: string): string =>
        [registrationHas(alias, words), ...(code === null ? [] : [hasCode(alias, code)])].join(' or ');
      const inRow = row === 'whole' ? own('r') : has(`registration w where ${same('w')} and (${own('w')})`);
      return `(${inRow} ${elsewhere
        .map(([table, alias, condition]) => `or ${has(`${table} ${alias} where ${same(alias)} and ${condition}`)}`)
        .join(' ')} ${isNumbered})`;
    },
  };
}

/** A number of ours, one that stood in the message, one that the other office told us, and one of the emergency register. Null: it is none. */
function ofNumber(text: string, value: Placed) {
  const found = typedNumber(text);
  if (found === null) return null;
  const number = value(found.number);
  const plain = value(String(found.number));
  const year = found.year === null ? null : value(found.year);
  const theirYear = (alias: string): string =>
    year === null ? '' : ` and left(${alias}.peer_identifier ->> 'date', 4) = ${year}::int::text`;
  return {
    ours: (alias: string): string =>
      `(${alias}.number = ${number}::bigint${year === null ? '' : ` and ${alias}.year = ${year}::int`})`,
    // As the indexes `registration_by_peer_number` and `exchange_by_peer_number` have them.
    theirs: (alias: string): string =>
      `(${alias}.peer_identifier is not null and md5(ltrim(lower(${alias}.peer_identifier ->> 'number'), '0')) = md5(${plain}::text)${theirYear(alias)})`,
    emergency: (alias: string): string =>
      `(${alias}.emergency_number = ${number}::bigint${year === null ? '' : ` and ${alias}.emergency_year = ${year}::int`})`,
    told: (alias: string): string =>
      `(${alias}.number is not null and ${alias}.peer_identifier is not null
        and left(ltrim(${alias}.peer_identifier ->> 'number', '0'), 40) = ${plain}::text${theirYear(alias)})`,
  };
}

const exchangeIn = (states: string): Condition => ({
  rows: (limit) =>
    ofKeys(
      `select x.aoo, x.register, x.year, x.number from exchange x where x.aoo = $1 and x.number is not null and ${states}`,
      limit,
    ),
  check: () => has(`exchange x where ${same('x')} and ${states}`),
});
const byCompetence = (state: string): Condition => ({
  rows: (limit) =>
    ofKeys(
      `select s.aoo, s.register, s.year, s.number from assignment s where s.aoo = $1 and s.state = '${state}' and ${notAnnulled('s')}`,
      limit,
    ),
  check: () =>
    has(`assignment s where ${same('s')} and s.kind = 'competence' and s.state = '${state}' and ${notAnnulled('s')}`),
});

const ANNULMENT = `registration_annulment n where ${same('n')}`;
const STATES: Readonly<Record<RegisterState, Condition>> = {
  valid: {
    rows: (limit) =>
      `select ${KEY_COLUMNS} from registration r where r.aoo = $1 and ${hasNo(ANNULMENT)} limit ${limit}`,
    check: () => hasNo(ANNULMENT),
  },
  annulled: {
    rows: (limit) =>
      ofKeys('select n.aoo, n.register, n.year, n.number from registration_annulment n where n.aoo = $1', limit),
    check: () => has(ANNULMENT),
  },
  'annulment-asked': {
    rows: (limit) =>
      ofKeys(
        'select a.aoo, a.register, a.year, a.number from annulment_request a where a.aoo = $1 and a.outcome is null',
        limit,
      ),
    check: () => has(`annulment_request a where ${same('a')} and a.outcome is null`),
  },
  undelivered: exchangeIn("x.state in ('failed', 'unanswered', 'excepted')"),
  waiting: exchangeIn(
    "(x.state in ('queued', 'sent', 'accepted', 'confirming') or (x.state = 'delivered' and x.answer_wanted))",
  ),
  confirmed: exchangeIn("x.state = 'confirmed'"),
  'to-take': byCompetence('assigned'),
  returned: byCompetence('returned'),
};
const ofState = (state: RegisterState): Condition => STATES[state];

function ofClass(classification: string, value: Placed): Condition {
  const code = value(classification);
  // Everything that begins with the code and a full stop: `/` comes next after it.
  const below = (column: string) =>
    `(${column} = ${code}::text or (${column} ~>=~ (${code}::text || '.') and ${column} ~<~ (${code}::text || '/')))`;
  const last = (alias: string) =>
    `not exists (select from registration_change later where ${same('later', alias)} and later.field = 'classification'
      and later.version > ${alias}.version)`;
  const changes = `c.field = 'classification' and ${below('c.new_value')} and ${last('c')}`;
  return {
    rows: (limit) =>
      ofKeys(
        `select c.aoo, c.register, c.year, c.number from registration_change c where c.aoo = $1 and ${changes}`,
        limit,
      ),
    check: () => has(`registration_change c where ${same('c')} and ${changes}`),
  };
}

function ofUnit(unit: string, value: Placed): Condition {
  const held = `s.kind = 'competence' and s.is_held and s.unit_id = ${value(unit)}::uuid`;
  return {
    rows: (limit) =>
      ofKeys(`select s.aoo, s.register, s.year, s.number from assignment s where s.aoo = $1 and ${held}`, limit),
    check: () => has(`assignment s where ${same('s')} and ${held}`),
  };
}

/** What nobody registered by hand came by certified mail or went by it. */
function ofCarrier(carrier: string, value: Placed): Condition {
  const given = value(carrier);
  const arrival = `registration_arrival w where ${same('w')}`;
  const isIt = has(`${arrival} and w.carrier = ${given}`);
  if (carrier === 'pec') {
    const isCertified = `(${isIt} or (r.direction <> 'internal' and ${hasNo(arrival)}))`;
    return {
      rows: (limit) => `select ${KEY_COLUMNS} from registration r where r.aoo = $1 and ${isCertified} limit ${limit}`,
      check: () => isCertified,
    };
  }
  return {
    rows: (limit) =>
      ofKeys(
        `select w.aoo, w.register, w.year, w.number from registration_arrival w where w.aoo = $1 and w.carrier = ${given}`,
        limit,
      ),
    check: () => isIt,
  };
}

const FLAGGED: Condition = ofRegister((alias) => `${alias}.flags <> '[]'`);

/** Those assigned to them. Where they have many, each row is looked at alone: a list of all of them would cost more. */
const ofReader = (reader: RegisterQuery['reader'], value: Placed): Condition => ({
  rows: (limit) =>
    ofKeys(
      readableKeys(reader, value, (alias) => `${alias}.aoo = $1`),
      limit,
    ),
  check: () => readableOne('r', reader, value),
});
