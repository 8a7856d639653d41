import type pg from 'pg';
import { LIMITS } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import type { ListedFact } from '../../../model/revocation.ts';
import type { RevocationLists } from '../../../service/intake/hold-against-lists.ts';
import type { ListPoint, ListPointStatus, ListStore, NewList } from '../../../service/revocation/list-store.ts';
import { cleanText } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';
import { asking } from '../database/prepared.ts';
import { learnPlaces } from './places.ts';

interface PointRow {
  readonly issuer: string;
  readonly url: string;
  readonly issuer_name: string;
  readonly issuer_certificate: Buffer;
  readonly failures: number;
  readonly this_update: Date | null;
  readonly next_update: Date | null;
  readonly listed_sha256: string | null;
}

export function revocationListStore(pool: pg.Pool): ListStore {
  const ask = asking(pool);
  return {
    async lease(owner, at, limit, seconds) {
      const leased = await ask<PointRow>(
        `with due as (
           select issuer, url from revocation_point
            where due_at <= $2 and (lease_until is null or lease_until <= $2)
            order by due_at limit $3 for update skip locked)
         update revocation_point p set lease_owner = $1, lease_until = $2::timestamptz + make_interval(secs => $4)
           from due where p.issuer = due.issuer and p.url = due.url
         returning p.issuer, p.url, issuer_name, issuer_certificate, failures, this_update, next_update, listed_sha256`,
        [owner, at, limit, seconds],
      );
      return leased.rows.map(toPoint);
    },
    save: (owner, point, list, at, dueAt) =>
      inTransaction(pool, async (client) => {
        const { issuer, url } = point;
        const held = await client.query(
          `update revocation_point set this_update = $4, next_update = $5, listed_sha256 = $6, fetched_at = $7,
                  due_at = $8, failures = 0, last_error = null, lease_owner = null, lease_until = null
            where issuer = $1 and url = $2 and lease_owner = $3`,
          [issuer, url, owner, list.thisUpdate, list.nextUpdate, list.listedSha256, at, dueAt],
        );
        if (held.rowCount !== 1) return false;
        if (list.entries !== null) await replaceEntries(client, point, list.entries);
        return true;
      }),
    async failed(owner, { issuer, url }, reason, dueAt) {
      await ask(
        `update revocation_point set failures = failures + 1, last_error = $4, due_at = $5,
                lease_owner = null, lease_until = null
          where issuer = $1 and url = $2 and lease_owner = $3`,
        [issuer, url, owner, cleanText(reason), dueAt],
      );
    },
    async forget(unusedSince) {
      const gone = await ask('delete from revocation_point where used_at < $1', [unusedSince]);
      return gone.rowCount ?? 0;
    },
    async status() {
      const found = await pool.query<StatusRow>(
        `select issuer_name, url, failures, last_error, fetched_at, next_update, entries, left_out_at
           from revocation_point
          order by issuer_name, url limit $1`,
        [LIMITS.revocationPoints],
      );
      return found.rows.map(toStatus);
    },
  };
}

/**
 * Writes what is new. A certificate that is left out later was revoked all the same: lists may drop it once it has expired.
 * Only a suspension ends (RFC 5280 §5.3.1).
 */
async function replaceEntries(
  client: pg.PoolClient,
  { issuer, url }: ListPoint,
  parts: NonNullable<NewList['entries']>,
): Promise<void> {
  await client.query('delete from revoked_certificate where issuer = $1 and url = $2 and reason = 6', [issuer, url]);
  let count = 0;
  for (const part of parts) {
    count += part.length;
    await client.query(
      `insert into revoked_certificate as held (issuer, url, serial, revoked_at, reason)
       select distinct on (serial) $1, $2, serial, revoked_at, reason
         from unnest($3::text[], $4::timestamptz[], $5::smallint[]) as r (serial, revoked_at, reason)
        order by serial, revoked_at
       on conflict (issuer, url, serial) do update set revoked_at = excluded.revoked_at, reason = excluded.reason
        where (held.revoked_at, held.reason) is distinct from (excluded.revoked_at, excluded.reason)`,
      [
        issuer,
        url,
        part.map(({ serial }) => serial),
        part.map(({ at }) => new Date(at)),
        part.map(({ reason }) => reason),
      ],
    );
  }
  await client.query('update revocation_point set entries = $3 where issuer = $1 and url = $2', [issuer, url, count]);
}

const toPoint = (row: PointRow): ListPoint => ({
  issuer: row.issuer,
  url: row.url,
  issuerName: row.issuer_name,
  issuerCertificate: row.issuer_certificate,
  failures: row.failures,
  thisUpdate: row.this_update,
  nextUpdate: row.next_update,
  listedSha256: row.listed_sha256,
});

interface StatusRow extends Pick<PointRow, 'issuer_name' | 'url' | 'failures' | 'next_update'> {
  readonly last_error: string | null;
  readonly fetched_at: Date | null;
  readonly entries: number | null;
  readonly left_out_at: Date | null;
}

const toStatus = (row: StatusRow): ListPointStatus => ({
  issuerName: row.issuer_name,
  url: row.url,
  failures: row.failures,
  lastError: row.last_error,
  fetchedAt: row.fetched_at,
  nextUpdate: row.next_update,
  entries: row.entries,
  leftOutAt: row.left_out_at,
});

interface FactRow extends Pick<PointRow, 'issuer' | 'url' | 'this_update' | 'next_update'> {
  readonly serial: string;
  readonly revoked_at: Date | null;
  readonly reason: number | null;
  readonly is_stale: boolean;
}

/** By primary keys, whatever the lists hold. */
const LOOK = `select p.issuer, p.url, c.serial, p.this_update, p.next_update, r.revoked_at, r.reason,
         p.used_at < $2::timestamptz - interval '1 day' as is_stale
    from jsonb_to_recordset($1) as c (issuer text, url text, serial text)
    join revocation_point p on p.issuer = c.issuer and p.url = c.url
    left join revoked_certificate r on r.issuer = p.issuer and r.url = p.url and r.serial = c.serial`;

export function revocationLookUp(pool: pg.Pool, log: Pick<Log, 'warn'>): RevocationLists {
  const ask = asking(pool);
  return {
    async look(certificates, at) {
      const asked = certificates.flatMap((each) => each.points.map((url) => ({ ...each, url })));
      const keys = asked.map(({ issuer, url, serial }) => ({ issuer, url, serial }));
      const found = await ask<FactRow>(LOOK, [JSON.stringify(keys), at]);
      const isKnown = (each: { issuer: string; url: string }) =>
        found.rows.some(({ issuer, url }) => issuer === each.issuer && url === each.url);
      const unknown = asked.filter((each) => !isKnown(each));
      if (unknown.length > 0) await learn(pool, unknown, at, log);
      const stale = found.rows.filter((row) => row.is_stale);
      if (stale.length > 0) await touch(pool, stale, at);
      return found.rows.map(toFact);
    },
  };
}

async function learn(
  pool: pg.Pool,
  unknown: Parameters<typeof learnPlaces>[1],
  at: Date,
  log: Pick<Log, 'warn'>,
): Promise<void> {
  const { authorities, dropped } = await learnPlaces(pool, unknown, at);
  if (authorities.length > 0)
    log.warn(
      { authorities, places: LIMITS.revocationPointsOfIssuer },
      'more lists of revoked certificates than are taken',
    );
  if (dropped.length > 0)
    log.warn(
      { count: dropped.length, dropped: dropped.slice(0, 10) },
      'lists of revoked certificates made room for others: all places are taken',
    );
}

const touch = (pool: pg.Pool, rows: readonly Pick<FactRow, 'issuer' | 'url'>[], at: Date) =>
  pool.query(
    `update revocation_point p set used_at = $2
       from jsonb_to_recordset($1) as r (issuer text, url text) where p.issuer = r.issuer and p.url = r.url`,
    [JSON.stringify(rows.map(({ issuer, url }) => ({ issuer, url }))), at],
  );

const toFact = (row: FactRow): ListedFact => ({
  issuer: row.issuer,
  url: row.url,
  serial: row.serial,
  thisUpdate: row.this_update?.getTime() ?? null,
  nextUpdate: row.next_update?.getTime() ?? null,
  revoked: row.revoked_at === null ? null : { at: row.revoked_at.getTime(), reason: row.reason },
});
