import type pg from 'pg';
import { LIMITS } from '../../../kernel/limits.ts';
import type { Behaviour, PeerBehaviour } from '../../../service/queries/peer-behaviour.ts';
import { readable } from './reader.ts';

interface BehaviourRow {
  direction: 'incoming' | 'outgoing';
  messages: string;
  signed: string;
  confirmed: string;
  median: number | null;
  exceptions: string;
}

const NONE: Behaviour = { messages: 0, signed: 0, confirmed: 0, medianSeconds: null, exceptions: 0 };

export const postgresPeerBehaviour = (pool: pg.Pool): PeerBehaviour => ({
  async behaviour(aoo, address, since, reader) {
    const values: unknown[] = [aoo, address.toLowerCase(), since, LIMITS.behaviourExchanges];
    const seen = readable('x', reader, (value) => `$${values.push(value)}`);
    // Our confirmation of what they sent is an event of ours, theirs of what we sent one of theirs.
    const { rows } = await pool.query<BehaviourRow>(
      `with known as (
        select x.direction, x.aoo, x.exchange_id, x.created_at, x.plain from unnest(array['incoming', 'outgoing']) as d(direction)
        cross join lateral (select * from exchange x where x.aoo = $1 and md5(lower(x.peer_address)) = md5($2) and lower(x.peer_address) = $2
          and x.direction = d.direction and x.created_at >= $3 and ${seen}
          order by x.created_at desc limit $4) x
      ), told as (
        select k.direction, k.created_at, k.plain,
          (select min(e.at) from exchange_event e where e.aoo = k.aoo and e.exchange_id = k.exchange_id
            and e.type in ('confirmation', 'confirmation-sent')) as confirmed_at,
          exists (select from exchange_event e where e.aoo = k.aoo and e.exchange_id = k.exchange_id
            and e.type in ('exception', 'exception-sent')) as excepted
        from known k
      )
      select direction, count(*) as messages, count(*) filter (where not plain) as signed,
        count(confirmed_at) as confirmed,
        percentile_cont(0.5) within group (order by extract(epoch from confirmed_at - created_at))::float8 as median,
        count(*) filter (where excepted) as exceptions
      from told group by direction`,
      values,
    );
    const of = (direction: BehaviourRow['direction']): Behaviour => {
      const row = rows.find((one) => one.direction === direction);
      if (row === undefined) return NONE;
      const { messages, signed, confirmed, median, exceptions } = row;
      return {
        messages: Number(messages),
        signed: Number(signed),
        confirmed: Number(confirmed),
        medianSeconds: median,
        exceptions: Number(exceptions),
      };
    };
    return { outgoing: of('outgoing'), incoming: of('incoming') };
  },
});
