/** Reads from the database and the submission server when each step happened, and checks that each happened once. */
import type { SinkAnswer, Taken } from './sink.ts';
import { query, type Stage } from './stage.ts';

export interface Evidence {
  /** Commit time of each registration, in milliseconds since the epoch, ascending. */
  readonly registered: readonly number[];
  /** When the last byte of each confirmation reached the submission server, in the order of the registrations. */
  readonly confirmed: readonly number[];
}

interface Row {
  readonly committed: number;
  readonly message_id: string;
}

/**
 * Throws unless exactly `messages` mails were certified, intact and trusted, got the decision `register`, were registered
 * once each without a gap, and confirmed once each.
 */
export async function gather(stage: Stage, database: string, messages: number): Promise<Evidence> {
  const { taken } = (await stage.sink.child.ask('take')) as { taken: readonly Taken[] };
  const [counts] = await query<Record<string, string>>(
    database,
    `select (select count(*) from mail) as mails,
            (select count(*) from mail where state = 'settled' and kind = 'protocol-message' and action = 'register'
                and inspection->'pec'->>'type' = 'posta-certificata' and inspection->'pec'->>'integrity' = 'intact'
                and inspection->'pec'->>'chain' = 'trusted' and inspection->'pec'->'agrees' = 'true'
                and inspection->'segnatura'->'valid' = 'true' and jsonb_array_length(inspection->'documents') = 2
                and not inspection->'documents' @? '$[*] ? (!(@.present == true) || @.role == "undeclared")') as certified,
            (select count(*) from registration) as registrations,
            (select count(distinct mail_id) from registration where flags = '[]') as registered_mails,
            (select coalesce(max(number), 0) from registration) as last_number,
            (select count(*) from registration_document) / 2 as pairs_of_documents,
            (select count(*) from outbox where state = 'sent' and purpose = 'confirmation' and attempts = 1) as sent,
            (select count(*) from exchange where direction = 'incoming') as exchanges`,
  );
  const rows = await query<Row>(
    database,
    `select extract(epoch from pg_xact_commit_timestamp(r.xmin))::float8 * 1000 as committed, o.message_id
       from registration r join exchange e on e.aoo = r.aoo and e.register = r.register and e.year = r.year and e.number = r.number
       join outbox o on o.aoo = e.aoo and o.exchange_id = e.exchange_id order by r.number`,
  );
  const taking = new Map(taken);
  const faults = Object.entries(counts ?? {}).filter(([, count]) => Number(count) !== messages);
  if (rows.length !== messages) faults.push(['confirmations queued', String(rows.length)]);
  if (taken.length !== messages) faults.push(['mails at the submission server', String(taken.length)]);
  if (rows.some(({ message_id }) => !taking.has(message_id))) faults.push(['confirmations', 'some never arrived']);
  if (faults.length > 0) {
    throw new Error(
      `not what ${messages} mails should have led to: ${faults.map((fault) => fault.join(' ')).join(', ')}`,
    );
  }
  return {
    registered: rows.map(({ committed }) => committed).sort((a, b) => a - b),
    confirmed: rows.map(({ message_id }) => taking.get(message_id) ?? Number.NaN),
  };
}

/** How many confirmations have arrived; cheap enough to poll. */
export async function countConfirmed(stage: Stage): Promise<number> {
  const { count } = (await stage.sink.child.ask('count')) as Extract<SinkAnswer, { count: number }>;
  return count;
}

/** Rate per second from the first to the last; those that came with the first one do not count. */
export function rate(times: readonly number[]): number {
  const first = Math.min(...times);
  const last = Math.max(...times);
  return (times.filter((time) => time > first).length / (last - first)) * 1000;
}
