import type pg from 'pg';
import type { Clock } from '../../../kernel/clock.ts';
import { type Metrics, RECENT_HOURS, type ReadMetrics } from '../../../service/queries/metrics.ts';
import { revocationListStore } from '../revocation/lists.ts';
import { readTextQueues } from '../texts/text-status.ts';
import { readOfficeFigures } from './office-figures.ts';
import { readStatus, type Served } from './status.ts';

/** Counted for one office: several times what a large one receives in a day. */
const MAX_ROWS = 20_000;

/**
 * Besides `readStatus` and the few lists of revoked certificates, two queries over the newest rows of each office, along its primary key: ids begin with the time, so
 * a day is a range. None of them slows down as the archive grows.
 */
export function postgresMetrics(pool: pg.Pool, clock: Clock, served: readonly Served[] | null = null): ReadMetrics {
  return async (): Promise<Metrics> => {
    const now = clock.now();
    const since = firstIdAt(new Date(now.getTime() - RECENT_HOURS * 3_600_000));
    const [status, figures, lists, texts, exchanges, mails] = await Promise.all([
      readStatus(pool, served),
      readOfficeFigures(pool, now),
      revocationListStore(pool).status(),
      readTextQueues(pool, null),
      pool.query<Metrics['exchanges'][number]>(
        `select recent.direction, recent.state, count(*)::int as count
           from aoo office cross join lateral (
             select e.direction, e.state from exchange e
              where e.aoo = office.aoo and e.exchange_id >= $1 order by e.exchange_id desc limit $2) recent
          group by 1, 2`,
        [since, MAX_ROWS],
      ),
      pool.query<Metrics['mails'][number]>(
        `select coalesce(recent.kind, '') as kind, coalesce(recent.action, '') as verdict, count(*)::int as count
           from aoo office cross join lateral (
             select m.kind, m.action from mail m
              where m.aoo = office.aoo and m.mail_id >= $1 order by m.mail_id desc limit $2) recent
          group by 1, 2`,
        [since, MAX_ROWS],
      ),
    ]);
    return {
      mailboxes: status.mailboxes.map(({ aoo, mailbox, lastSuccess, failures }) => ({
        aoo,
        mailbox,
        lagSeconds: lastSuccess === null ? null : Math.max(0, (now.getTime() - Date.parse(lastSuccess)) / 1000),
        failures,
      })),
      outbox: { queued: Number(status.outbox.queued), oldestSeconds: status.outbox.oldestSeconds },
      messages: {
        waiting: Number(status.messages.waiting),
        failed: Number(status.messages.failed),
        forAPerson: Number(status.messages.forAPerson),
      },
      revocationLists: lists.map(({ issuerName, url, nextUpdate, failures }) => ({
        issuer: issuerName,
        url,
        secondsLeft: nextUpdate === null ? null : (nextUpdate.getTime() - now.getTime()) / 1000,
        failures,
      })),
      texts: texts.map(({ aoo, waiting, backlog }) => ({ aoo, waiting, backlog })),
      exchanges: exchanges.rows,
      mails: mails.rows,
      ...figures,
    };
  };
}

/** The smallest version 7 UUID of a moment. */
function firstIdAt(at: Date): string {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
