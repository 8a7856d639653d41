/** A line of the register: its columns, from `registration r`, and how it becomes a value. */
import { protocolNumber } from '../../../kernel/ids.ts';
import type { Identifier } from '../../../model/segnatura.ts';
import type { ExchangeCounts, HeldBy, RegisterRow } from '../../../service/queries/register-views.ts';
import type { Placed } from './reader.ts';
import { peerNumber } from './view-rows.ts';
import { documentHas, textHas, wordsQuery } from './words.ts';

export interface RegisterSqlRow {
  at: string;
  register: string;
  year: number;
  number: number;
  date: string;
  time: string;
  direction: RegisterRow['direction'];
  subject: string;
  correspondent: string | null;
  others: number;
  found_recipients: readonly string[] | null;
  found_documents: readonly string[] | null;
  peer_identifier: Identifier | null;
  classification: string | null;
  held_by: HeldBy | null;
  annulment: RegisterRow['annulment'];
  annulment_asked: boolean;
  flagged: boolean;
  reserved: boolean;
  carrier: string | null;
  emergency: string | null;
  exchanges: ExchangeCounts;
}

/** Characters of a text in a list: a hostile subject has millions. */
const LISTED = 400;
/** Names of recipients and documents that a row tells it was found in; and recipients that are looked through. */
const TOLD = 3;
const LOOKED_THROUGH = 500;

const OF_R = (alias: string): string =>
  `${alias}.aoo = r.aoo and ${alias}.register = r.register and ${alias}.year = r.year and ${alias}.number = r.number`;

const cut = (text: string): string =>
  `case when length(left(${text}, ${LISTED + 1})) > ${LISTED} then left(${text}, ${LISTED}) || '…' else ${text} end`;

/** `text`: what was looked for, so that the row can say where it was found besides what it shows. */
export function rowColumns(text: string | undefined, value: Placed): string {
  const typed = text === undefined ? null : wordsQuery(text, value).any;
  return `r.registered_at::text as at, r.register, r.year, r.number, r.date, r.time, r.direction,
    ${cut('r.subject')} as subject,
    ${cut("(case r.direction when 'incoming' then r.sender ->> 'name' else r.recipients -> 0 ->> 'name' end)")} as correspondent,
    case r.direction when 'incoming' then 0 else greatest(jsonb_array_length(r.recipients) - 1, 0) end as others,
    ${
      typed === null
        ? 'null::jsonb'
        : `(select jsonb_agg(name) from (select ${cut("one.name ->> 'name'")} as name
             from jsonb_array_elements(jsonb_path_query_array(r.recipients, '$[1 to ${LOOKED_THROUGH}]')) one (name)
            where r.direction <> 'incoming' and ${textHas("(one.name ->> 'name')", typed)} limit ${TOLD}) told)`
    } as found_recipients,
    ${
      typed === null
        ? 'null::jsonb'
        : `(select jsonb_agg(name) from (select ${cut('d.name')} as name from registration_document d
            where ${OF_R('d')} and ${documentHas('d', typed)} order by d.position limit ${TOLD}) told)`
    } as found_documents,
    coalesce(r.peer_identifier, (select x.peer_identifier from exchange x where ${OF_R('x')} and x.direction = 'outgoing'
      order by x.peer = r.recipients -> 0 desc, x.exchange_id limit 1)) as peer_identifier,
    (select c.new_value from registration_change c where ${OF_R('c')} and c.field = 'classification'
      order by c.version desc limit 1) as classification,
    (select jsonb_build_object('unit', u.name, 'person', p.name, 'state', s.state) from assignment s
      left join unit u on u.aoo = s.aoo and u.unit_id = s.unit_id left join person p on p.person_id = s.person_id
      where ${OF_R('s')} and s.kind = 'competence') as held_by,
    (select jsonb_build_object('at', n.at, 'by', n.by, 'reason', n.reason, 'provision', n.provision)
      from registration_annulment n where ${OF_R('n')}) as annulment,
    exists (select from annulment_request a where ${OF_R('a')} and a.outcome is null) as annulment_asked,
    r.flags <> '[]' as flagged,
    exists (select from registration_reserved v where ${OF_R('v')} and v.lifted_at is null) as reserved,
    coalesce((select w.carrier from registration_arrival w where ${OF_R('w')}),
      case when r.direction <> 'internal' then 'pec' end) as carrier,
    (select g.emergency_number || '/' || g.emergency_year from registration_emergency g where ${OF_R('g')}) as emergency,
    (select jsonb_build_object('all', count(*), 'failed', count(*) filter (where x.state in ('failed', 'unanswered')),
       'refused', count(*) filter (where x.state = 'excepted'),
       'underWay', count(*) filter (where x.state in ('queued', 'sent', 'accepted', 'confirming')),
       'unconfirmed', count(*) filter (where x.state = 'delivered' and x.answer_wanted),
       'confirmed', count(*) filter (where x.state = 'confirmed'))
      from exchange x where ${OF_R('x')}) as exchanges`;
}

export const toRegisterRow = (row: RegisterSqlRow): RegisterRow => ({
  register: row.register,
  year: row.year,
  number: protocolNumber(row.number),
  date: row.date,
  time: row.time.slice(0, 8),
  direction: row.direction,
  subject: row.subject,
  correspondent: row.correspondent ?? '',
  others: row.others,
  foundRecipients: row.found_recipients ?? [],
  foundDocuments: row.found_documents ?? [],
  peerNumber: peerNumber(row.peer_identifier),
  classification: row.classification,
  heldBy: row.held_by,
  annulment: row.annulment === null ? null : { ...row.annulment, at: new Date(row.annulment.at).toISOString() },
  annulmentAsked: row.annulment_asked,
  flagged: row.flagged,
  reserved: row.reserved,
  carrier: row.carrier,
  emergency: row.emergency,
  exchanges: row.exchanges,
});
