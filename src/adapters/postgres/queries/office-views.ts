import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { DailyRegister, InboxItem, OfficeViews } from '../../../service/queries/office-views.ts';
import { snapshot } from '../database/pool.ts';
import { asking } from '../database/prepared.ts';
import { registrationDetail } from './view-details.ts';
import {
  type ExchangeViewRow,
  LIST_EXCHANGES,
  type RegistrationViewRow,
  SELECT_EXCHANGES,
  SELECT_REGISTRATIONS,
  toExchangeView,
  toRegistrationView,
} from './view-rows.ts';

export function postgresOfficeViews(pool: pg.Pool): OfficeViews {
  const ask = asking(pool);
  return {
    async inbox(aoo, after, limit) {
      const found = await ask<InboxRow>(INBOX, [aoo, after, limit]);
      return found.rows.map(toItem);
    },
    async inboxItem(aoo, exchangeId) {
      const found = await ask<InboxRow>(
        `${withPlace(SELECT_EXCHANGES)} where e.aoo = $1 and e.exchange_id = $2 and ${INCOMING}`,
        [aoo, exchangeId],
      );
      return found.rows[0] === undefined ? null : toItem(found.rows[0]);
    },
    outgoingMessage: (aoo, { register, year, number }) =>
      snapshot(pool, async (client) => {
        const registration = await registrationDetail(client, [aoo, register, year, number].join('/'));
        if (registration?.direction !== 'outgoing') return null;
        const exchanges = await client.query<ExchangeViewRow>(
          `${SELECT_EXCHANGES} where e.aoo = $1 and e.register = $2 and e.year = $3 and e.number = $4 order by e.exchange_id`,
          [aoo, register, year, number],
        );
        return { registration, recipients: exchanges.rows.map(toExchangeView) };
      }),
    dailyRegister: (aoo, date) => snapshot(pool, (client) => dailyRegister(client, aoo, date)),
  };
}

async function dailyRegister(client: pg.PoolClient, aoo: AooId, date: string): Promise<DailyRegister> {
  // The index is by time and a legal day has 23 to 25 hours: a day more on either side is read, and the date decides.
  const registered = await client.query<RegistrationViewRow>(
    `${SELECT_REGISTRATIONS} where r.aoo = $1 and r.date = $2::date
        and r.registered_at between $2::date - interval '1 day' and $2::date + interval '2 days'
      order by r.register, r.number`,
    [aoo, date],
  );
  const annulled = await client.query<AnnulledRow>(
    `select register, year, number, at, reason, provision, by from registration_annulment
      where aoo = $1 and at >= $2::date - interval '1 day' and at < $2::date + interval '2 days'
        and (at at time zone 'Europe/Rome')::date = $2::date order by at`,
    [aoo, date],
  );
  return {
    registrations: registered.rows.map(toRegistrationView),
    annulled: annulled.rows.map(({ register, year, number, at, ...rest }) => ({
      id: `${aoo}/${register}/${year}/${number}`,
      at: at.toISOString(),
      ...rest,
    })),
  };
}

const INCOMING = `e.direction = 'incoming'`;
const withPlace = (select: string): string =>
  select.replace(' from exchange e', ', e.opened_seq, e.mail_id from exchange e');
const INBOX = `${withPlace(LIST_EXCHANGES)} where e.aoo = $1 and ${INCOMING} and e.opened_seq > $2 order by e.opened_seq limit $3`;

interface InboxRow extends ExchangeViewRow {
  opened_seq: number;
  mail_id: string | null;
}

interface AnnulledRow {
  register: string;
  year: number;
  number: number;
  at: Date;
  reason: string;
  provision: string;
  by: string;
}

const toItem = (row: InboxRow): InboxItem => ({
  ...toExchangeView(row),
  position: row.opened_seq,
  message: row.mail_id,
  plain: row.plain,
});
