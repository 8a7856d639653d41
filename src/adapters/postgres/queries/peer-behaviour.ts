import type pg from 'pg';
import { LIMITS } from '../../../kernel/limits.ts';
import type { Behaviour, PeerBehaviour } from '../../../service/queries/peer-behaviour.ts';
import { snapshot } from '../database/pool.ts';
import { conditionsFor } from './reader.ts';

interface BehaviourRow {
  direction: 'incoming' | 'outgoing';
  messages: string;
  signed: string;
  confirmed: string;
  median: number | null;
  exceptions: string;
}

const NONE: Behaviour = { messages: 0, signed: 0, confirmed: 0, medianSeconds: null, exceptions: 0 };

/** Who sees few of them is not answered from all that there ever were. */
const LOOKED_AT = 10 * LIMITS.behaviourExchanges;

export const postgresPeerBehaviour = (pool: pg.Pool): PeerBehaviour => ({
  async behaviour(aoo, address, since, reader) {
    const rows = await snapshot(pool, (client) => rowsOf(client, aoo, address, since, reader));
    const of = (direction: BehaviourRow['direction']): Behaviour => {
      const told = rows.find((one) => one.direction === direction);
      if (told === undefined) return NONE;
      const { messages, signed, confirmed, median, exceptions } = told;
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

async function rowsOf(
  client: pg.PoolClient,
  ...[aoo, address, since, reader]: Parameters<PeerBehaviour['behaviour']>
): Promise<readonly BehaviourRow[]> {
  // While a table is small, its statistics say that reading all of it is as quick.
  await client.query('set local enable_seqscan = off');
  const values: unknown[] = [aoo, address.toLowerCase(), since, LIMITS.behaviourExchanges];
  const { row } = await conditionsFor(client, reader);
  const seen = row('x', reader, (value) => `$${values.push(value)}`);
  // Our confirmation of what they sent is an event of ours, theirs of what we sent one of theirs.
  const { rows } = await client.query<BehaviourRow>(
    `with known as (
      select x.direction, x.aoo, x.exchange_id, x.created_at, x.plain from unnest(array['incoming', 'outgoing']) as d(direction)
      cross join lateral (select * from (select * from exchange e
          where e.aoo = $1 and md5(lower(e.peer_address)) = md5($2) and e.direction = d.direction and e.created_at >= $3
          order by e.created_at desc limit ${LOOKED_AT}) x
        where lower(x.peer_address) = $2 and ${seen}
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
  return rows;
}
