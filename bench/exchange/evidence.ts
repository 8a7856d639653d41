/** Reads from both databases when each step happened, and checks that each happened exactly once. */
import { query } from '../intake/stage.ts';
import type { Sent } from './council.ts';
import type { Council } from './stage.ts';

/** One message and its answer. Times are in milliseconds since the epoch and those of PostgreSQL's commits unless noted. */
export interface RoundTrip {
  /** When the service was asked to send it (its own clock). */
  readonly started: number;
  readonly queued: number;
  /** The provider accepted it (the sender's clock). */
  readonly recordHandover: number;
  /** The receiver stored it on disk (its clock). */
  readonly kept: number;
  readonly registered: number;
  /** The receiver's provider accepted the confirmation (its clock). */
  readonly answered: number;
  /** The sender stored the confirmation on disk (its clock). */
  readonly answerKept: number;
  readonly confirmed: number;
  /** The last of the six mails is settled. */
  readonly ended: number;
}

const EPOCH = (column: string) => `(extract(epoch from ${column}) * 1000)::float8`;
const COMMIT = (row: string) => EPOCH(`pg_xact_commit_timestamp(${row}.xmin)`);

/** Mails settled so far, on both sides together: six for a round trip. */
export async function settledMails(councils: readonly Council[]): Promise<number> {
  const counts = await Promise.all(
    councils.map(({ count }) => count(`select count(*) from mail where state = 'settled'`)),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

/** One side of each exchange: its mails, the mail it sent, and the sender's number. */
interface Row {
  readonly number: string;
  readonly state: string;
  readonly mails: number;
  readonly receipts: number;
  readonly opened: number;
  readonly handed: number;
  readonly attempts: number;
  /** Of the only mail that is not a receipt. */
  readonly kept: number;
  readonly settled: number;
  readonly last: number;
}

const side = (number: string, direction: string, purpose: string): string => `
  select ${number} as number, x.state, count(*)::int as mails,
         count(*) filter (where m.kind = 'pec-receipt')::int as receipts,
         min(${COMMIT('e')}) as opened, min(${EPOCH('o.sent_at')}) as handed, min(o.attempts) as attempts,
         max(${EPOCH('m.kept_at')}) filter (where m.kind <> 'pec-receipt') as kept,
         max(${COMMIT('m')}) filter (where m.kind <> 'pec-receipt') as settled,
         max(${COMMIT('m')}) as last
    from exchange x
    join exchange_event e on e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.version = 1
    join outbox o on o.aoo = x.aoo and o.exchange_id = x.exchange_id and o.purpose = '${purpose}' and o.state = 'sent'
    join mail m on m.aoo = x.aoo and m.exchange_id = x.exchange_id and m.state = 'settled'
   where x.direction = '${direction}'
   group by x.exchange_id, 1, x.state`;

/**
 * Throws unless every message was registered once on both sides without a gap and confirmed once, and each side settled
 * its three mails: the other side's mail, and the acceptance and delivery receipts of its own.
 */
export async function gather(sender: Council, receiver: Council, { started }: Sent): Promise<readonly RoundTrip[]> {
  const out = await query<Row>(sender.database, side(`lpad(x.number::text, 7, '0')`, 'outgoing', 'message'));
  const back = await query<Row>(receiver.database, side(`x.peer_identifier->>'number'`, 'incoming', 'confirmation'));
  const faults: string[] = [];
  for (const [who, rows] of [
    ['sender', out],
    ['receiver', back],
  ] as const) {
    if (rows.length !== started.length) faults.push(`${rows.length} exchanges at the ${who}`);
    const odd = rows.filter(({ mails, receipts, attempts }) => mails !== 3 || receipts !== 2 || attempts !== 1);
    if (odd.length > 0)
      faults.push(`${odd.length} exchanges at the ${who} with other mails: ${JSON.stringify(odd[0])}`);
  }
  const unconfirmed = out.filter(({ state }) => state !== 'confirmed').length;
  if (unconfirmed > 0) faults.push(`${unconfirmed} are not confirmed`);
  for (const { database, facts } of [sender, receiver]) {
    const [counts] = await query<{ registrations: number; last: number; unsettled: number }>(
      database,
      `select (select count(*)::int from registration) as registrations,
              (select coalesce(max(number), 0)::int from registration) as last,
              (select count(*)::int from mail where state <> 'settled' or exchange_id is null) as unsettled`,
    );
    const { registrations = -1, last = -1, unsettled = -1 } = counts ?? {};
    if (registrations !== started.length || last !== started.length || unsettled !== 0)
      faults.push(`${facts.name}: ${registrations} registrations up to ${last}, ${unsettled} mails left over`);
  }
  if (faults.length > 0)
    throw new Error(`not what ${started.length} messages there and back should have led to: ${faults.join('; ')}`);
  return joined(started, out, back);
}

function joined(started: Sent['started'], out: readonly Row[], back: readonly Row[]): readonly RoundTrip[] {
  const outward = new Map(out.map((row) => [row.number, row]));
  const backward = new Map(back.map((row) => [row.number, row]));
  return started.map(([number, at]) => {
    const there = outward.get(number);
    const here = backward.get(number);
    if (!there || !here) throw new Error(`number ${number} is missing on one of the sides`);
    return {
      started: at,
      queued: there.opened,
      recordHandover: there.handed,
      kept: here.kept,
      registered: here.opened,
      answered: here.handed,
      answerKept: there.kept,
      confirmed: there.settled,
      ended: Math.max(there.last, here.last),
    };
  });
}
