/**
 * The condition of each filter of each list, and the index that serves it. What words find is an array of its own, so that
 * it is found first: beside the order of a list and its limit the planner would rather walk the list and read every text.
 */
import type { Filters } from './list-page.ts';
import { contains, mailHas, registrationHas, wordsQuery } from './words.ts';

/** Midnight in Rome at the beginning of a day. */
const dayBegins = (value: string, after = 0): string =>
  `((${value}::date + ${after})::timestamp at time zone 'Europe/Rome')`;

/** The least UUID of version 7 of a moment: where ids tell the time, the primary key is an index by time. */
const idAt = (moment: string): string =>
  `(rpad(lpad(to_hex((extract(epoch from ${moment}) * 1000)::bigint), 12, '0'), 32, '0'))::uuid`;

/** What began on a day or later, or on a day at the latest; the id may have been made somewhat before or after. */
const begun = (id: string, column: string): Pick<Filters, 'from' | 'to'> => ({
  from: (value) => `${column} >= ${dayBegins(value)} and ${id} >= ${idAt(dayBegins(value, -1))}`,
  to: (value) => `${column} < ${dayBegins(value, 1)} and ${id} < ${idAt(dayBegins(value, 2))}`,
});

/** Of few rows, each of which is looked at. */
const hasPart = (column: string, value: string): string =>
  `strpos(lower(coalesce(${column}, '')), lower(${value})) > 0`;

const words = (value: string, given: string): string => wordsQuery(given, () => value).all;

export const MESSAGE_FILTERS: Filters = {
  state: (value) => `m.state = ${value}`,
  from: (value) => `m.arrived_at >= ${dayBegins(value)}`,
  to: (value) => `m.arrived_at < ${dayBegins(value, 1)}`,
  text: (value, given, office) =>
    `m.mail_id = any(array(select w.mail_id from mail w where w.aoo = ${office} and ${mailHas('w', words(value, given))}))`,
};

export const EXCHANGE_FILTERS: Filters = {
  direction: (value) => `e.direction = ${value}`,
  state: (value) => `e.state = ${value}`,
  ...begun('e.exchange_id', 'e.created_at'),
  subject: (value) => contains('e.subject', value),
  // An exchange changes often: its words are those of its registration or of its mail, which are written once.
  text: (value, given, office) => `e.exchange_id = any(array(
    select x.exchange_id from registration w cross join lateral (select exchange_id from exchange x where x.aoo = w.aoo
      and x.register = w.register and x.year = w.year and x.number = w.number limit 1000) x
     where w.aoo = ${office} and ${registrationHas('w', words(value, given))}
    union all select w.exchange_id from mail w where w.aoo = ${office} and w.exchange_id is not null
      and ${mailHas('w', words(value, given))}))`,
};

/** Open tasks are few, and an index has them alone. */
export const TASK_FILTERS: Filters = {
  ...begun('t.task_id', 't.opened_at'),
  text: (value) => `(${hasPart('t.detail', value)}
    or exists (select from exchange e where e.aoo = t.aoo and e.exchange_id = t.exchange_id
      and (${hasPart('e.subject', value)} or ${hasPart('e.peer_address', value)} or ${hasPart("e.peer ->> 'name'", value)}))
    or exists (select from mail m where m.aoo = t.aoo and m.mail_id = t.mail_id
      and (${hasPart('m.subject', value)} or ${hasPart('m.sender', value)})))`,
};
