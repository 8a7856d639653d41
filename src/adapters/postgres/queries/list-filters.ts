/**
 * The condition of each filter of each list, and the index that serves it. What words find is an array of its own, so that
 * it is found first: beside the order of a list and its limit the planner would rather walk the list and read every text.
 */
import type { Filters } from './list-page.ts';
import { mailHas, registrationHas } from './words.ts';

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

const contains = (column: string, value: string): string =>
  `strpos(lower(coalesce(${column}, '')), lower(${value})) > 0`;

export const MESSAGE_FILTERS: Filters = {
  state: (value) => `m.state = ${value}`,
  from: (value) => `m.arrived_at >= ${dayBegins(value)}`,
  to: (value) => `m.arrived_at < ${dayBegins(value, 1)}`,
  text: (value) => `m.mail_id = any(array(select w.mail_id from mail w where ${mailHas('w', value)}))`,
};

export const EXCHANGE_FILTERS: Filters = {
  direction: (value) => `e.direction = ${value}`,
  state: (value) => `e.state = ${value}`,
  ...begun('e.exchange_id', 'e.created_at'),
  subject: (value) => contains('e.subject', value),
  // An exchange changes often: its words are those of its registration or of its mail, which are written once.
  text: (value) => `e.exchange_id = any(array(
    select x.exchange_id from registration w cross join lateral (select exchange_id from exchange x where x.aoo = w.aoo
      and x.register = w.register and x.year = w.year and x.number = w.number limit 1000) x
     where ${registrationHas('w', value)}
    union all select w.exchange_id from mail w where w.exchange_id is not null and ${mailHas('w', value)}))`,
};

/** The index is by time: the condition on `registered_at` narrows it, the legal date decides. */
export const REGISTRATION_FILTERS: Filters = {
  direction: (value) => `r.direction = ${value}`,
  state: (value) => `(${value} = 'annulled') = ((r.aoo, r.register, r.year, r.number) in (
    select n.aoo, n.register, n.year, n.number from registration_annulment n))`,
  from: (value) => `r.date >= ${value}::date and r.registered_at >= ${value}::date - interval '1 day'`,
  to: (value) => `r.date <= ${value}::date and r.registered_at < ${value}::date + interval '2 days'`,
  subject: (value) => contains('r.subject', value),
  text: (value) => `r.registered_at = any(array(
    select w.registered_at from registration w where ${registrationHas('w', value)})) and ${registrationHas('r', value)}`,
};

/** Open tasks are few, and an index has them alone. */
export const TASK_FILTERS: Filters = {
  ...begun('t.task_id', 't.opened_at'),
  text: (value) => `(${contains('t.detail', value)}
    or exists (select from exchange e where e.aoo = t.aoo and e.exchange_id = t.exchange_id
      and (${contains('e.subject', value)} or ${contains('e.peer_address', value)} or ${contains("e.peer ->> 'name'", value)}))
    or exists (select from mail m where m.aoo = t.aoo and m.mail_id = t.mail_id
      and (${contains('m.subject', value)} or ${contains('m.sender', value)})))`,
};
