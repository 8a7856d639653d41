import type pg from 'pg';
import type { VisuraRecord, VisuraRecords } from '../../../service/queries/visura.ts';
import { cleanText } from '../database/json.ts';

export const postgresVisura = (pool: pg.Pool): VisuraRecords => ({
  async incoming(aoo, identities) {
    const { rows } = await pool.query<VisuraRecord>(INCOMING, [cleanText(aoo), identities]);
    return rows;
  },
});

const ISO = `'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`;

const INCOMING = `
  select x.state, x.peer_address as "peerAddress", x.peer_identifier as "peerIdentifier",
         to_char(x.created_at, ${ISO}) as "receivedAt", r.register, r.year, r.number, r.date, r.time,
         office.value as office, classification.value as classification, refused.reason as "refusedByHand",
         received.judgement,
         case when a.at is not null then
           jsonb_build_object('at', to_char(a.at, ${ISO}), 'reason', a.reason, 'provision', a.provision) end as ours,
         theirs.annulment as theirs
    from exchange x
    left join registration r on r.aoo = x.aoo and r.register = x.register and r.year = x.year and r.number = x.number
    left join registration_annulment a
      on a.aoo = r.aoo and a.register = r.register and a.year = r.year and a.number = r.number
    left join lateral (${latest('office')}) office on true
    left join lateral (${latest('classification')}) classification on true
    left join lateral (
      select e.data ->> 'reason' as reason
        from exchange_event e where e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.type = 'refused-by-hand'
       order by e.version desc limit 1) refused on true
    left join lateral (
      select m.inspection -> 'decision' as judgement
        from exchange_event e join mail m on m.aoo = e.aoo and m.mail_id = e.mail_id
       where e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.type = 'received'
       order by e.version desc limit 1) received on true
    left join lateral (
      select jsonb_build_object('at', to_char(e.at, ${ISO}), 'reason', e.data ->> 'reason') as annulment
        from exchange_event e where e.aoo = x.aoo and e.exchange_id = x.exchange_id and e.type = 'annulment'
       order by e.version desc limit 1) theirs on true
   where x.aoo = $1 and x.direction = 'incoming' and (x.identity = any($2) or x.peer_identity = any($2))`;

function latest(field: 'office' | 'classification'): string {
  return `select c.new_value as value from registration_change c
           where c.aoo = r.aoo and c.register = r.register and c.year = r.year and c.number = r.number
             and c.field = '${field}' order by c.version desc limit 1`;
}
