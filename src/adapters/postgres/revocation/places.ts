/** Which places of lists are remembered: a bounded number, of which no authority has all. */
import type pg from 'pg';
import { LIMITS } from '../../../kernel/limits.ts';
import type { ChainCertificate } from '../../../model/revocation.ts';
import { cleanText } from '../database/json.ts';
import { inTransaction } from '../database/pool.ts';

/** An arbitrary constant: places are counted by one process at a time. */
const LOCK = 7_240_311_905;

/** What the log should say. */
export interface PlacesRefused {
  /** Authorities that name more lists than one may have; each is told once a day. */
  readonly authorities: readonly string[];
  /** Places that made room for others. */
  readonly dropped: readonly string[];
}

/** Those that are taken are due at once. What the others list stays unknown. */
const TAKE = `with asked as (
    select distinct on (issuer, url) issuer, url, name, decode(certificate, 'base64') as certificate
      from jsonb_to_recordset($1) as r (issuer text, url text, name text, certificate text)),
  fresh as (
    select *, row_number() over (partition by issuer order by url) as place from asked a
     where not exists (select from revocation_point p where p.issuer = a.issuer and p.url = a.url)),
  taken as (
    insert into revocation_point (issuer, url, issuer_name, issuer_certificate, learned_at, used_at, due_at)
    select issuer, url, name, certificate, $4, $4, $4 from fresh f
     where place + (select count(*) from revocation_point p where p.issuer = f.issuer) <= $2
     order by place, issuer limit $3
    on conflict (issuer, url) do nothing returning issuer, url)
  select distinct on (issuer) f.issuer, f.name from fresh f left join taken t using (issuer, url) where t.url is null`;

/** Again and again the least recently used of the authority with most places. */
const DROP = `delete from revocation_point p using (
    select issuer, url from (
      select issuer, url, used_at, row_number() over (partition by issuer order by used_at desc, url) as place
        from revocation_point) as ranked
     order by place desc, used_at, issuer
     limit greatest(0, (select count(*) from revocation_point) - $1::bigint)) as surplus
  where p.issuer = surplus.issuer and p.url = surplus.url returning p.url`;

const UNTOLD = `select issuer, name from jsonb_to_recordset($1) as r (issuer text, name text)
  where not exists (select from revocation_point p
                     where p.issuer = r.issuer and p.left_out_at > $2::timestamptz - interval '1 day')`;

export function learnPlaces(
  pool: pg.Pool,
  points: readonly (ChainCertificate & { readonly url: string })[],
  at: Date,
): Promise<PlacesRefused> {
  const rows = points.map(({ issuer, url, issuerName, issuerCertificate }) => ({
    issuer,
    url,
    name: cleanText(issuerName),
    certificate: issuerCertificate,
  }));
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [LOCK]);
    const { revocationPointsOfIssuer, revocationPoints } = LIMITS;
    const refused = await client.query(TAKE, [JSON.stringify(rows), revocationPointsOfIssuer, revocationPoints, at]);
    const dropped = await client.query<{ url: string }>(DROP, [revocationPoints]);
    const untold = await client.query<{ issuer: string; name: string }>(UNTOLD, [JSON.stringify(refused.rows), at]);
    if (untold.rows.length > 0)
      await client.query('update revocation_point set left_out_at = $2 where issuer = any ($1::text[])', [
        untold.rows.map(({ issuer }) => issuer),
        at,
      ]);
    return { authorities: untold.rows.map(({ name }) => name), dropped: dropped.rows.map(({ url }) => url).sort() };
  });
}
