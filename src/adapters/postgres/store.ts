import type pg from 'pg';
import type { AooId } from '../../kernel/ids.ts';
import type { Store } from '../../service/register/store.ts';
import { inTransaction } from './database/pool.ts';
import { asking } from './database/prepared.ts';
import { postgresMailboxWatch } from './mailbox-watch.ts';
import { postgresMailboxes } from './mailboxes.ts';
import { officeTurns } from './office/turns.ts';
import { postgresOutbox } from './outbox.ts';
import { EXCHANGE_COLUMNS, type ExchangeRow, toExchange } from './rows.ts';

export function postgresStore(pool: pg.Pool): Store {
  const ask = asking(pool);
  return {
    ...postgresMailboxes(pool),
    ...postgresMailboxWatch(pool),
    ...postgresOutbox(pool),
    async declareOffices(offices, mailboxes) {
      await inTransaction(pool, async (client) => {
        await client.query(
          `insert into aoo (aoo, administration, code, register, name, address)
           select * from jsonb_to_recordset($1) as r (aoo text, administration text, code text, register text, name text, address text)
           on conflict (aoo) do update set register = excluded.register, name = excluded.name, address = excluded.address`,
          [JSON.stringify(offices)],
        );
        await client.query(
          `insert into mailbox (aoo, mailbox) select * from jsonb_to_recordset($1) as r (aoo text, mailbox text)
           on conflict do nothing`,
          [JSON.stringify(mailboxes)],
        );
      });
    },
    inOffice: officeTurns(pool),
    async overdueOffices(aoos, now) {
      const found = await ask<{ aoo: AooId; next: Date }>(
        `select asked.aoo, due.next from unnest($1::text[]) as asked (aoo)
          cross join lateral (select min(due_at) as next from exchange x where x.aoo = asked.aoo and due_at is not null) due
          where due.next is not null
            and not exists (select from aoo where aoo.aoo = asked.aoo and stopped_at is not null)`,
        [aoos],
      );
      const late = found.rows.filter(({ next }) => next <= now);
      const times = found.rows.map(({ next }) => next.getTime()).filter((time) => time > now.getTime());
      return { aoos: late.map(({ aoo }) => aoo), next: times.length === 0 ? null : new Date(Math.min(...times)) };
    },
    async exchangeOf(aoo, exchangeId) {
      const found = await ask<ExchangeRow>(
        `select ${EXCHANGE_COLUMNS} from exchange where aoo = $1 and exchange_id = $2`,
        [aoo, exchangeId],
      );
      return found.rows[0] === undefined ? null : toExchange(found.rows[0]);
    },
  };
}
