import type { AooId } from '../../../kernel/ids.ts';
import type { PecReport } from '../../../model/pec.ts';
import type { OfficeMails } from '../../../service/register/office-transaction.ts';
import { cleanText, toJson } from '../database/json.ts';
import type { Asking } from '../database/prepared.ts';

export function officeMails(ask: Asking, aoo: AooId): OfficeMails {
  return {
    ...receiptMails(ask, aoo),
    async unsettled(mailIds) {
      const found = await ask<{ mail_id: string; exchange_id: string | null }>(
        `select mail_id, exchange_id from mail where aoo = $1 and mail_id = any($2) and state = 'kept' for update`,
        [aoo, mailIds],
      );
      return new Map(found.rows.map((row) => [row.mail_id, row.exchange_id]));
    },
    async seenBefore(mails) {
      // Nearly every mailbox has had one UIDVALIDITY only; both ends of the index show that at once.
      const changed = await ask(
        `select from unnest($2::text[]) as asked
          where (select min(uidvalidity) from mail where aoo = $1 and mailbox = asked)
             <> (select max(uidvalidity) from mail where aoo = $1 and mailbox = asked)`,
        [aoo, [...new Set(mails.map(({ mailbox }) => mailbox))]],
      );
      if (changed.rowCount === 0) return new Map();
      const found = await ask<{ mail_id: string; exchange_id: string | null }>(
        `select distinct on (now.mail_id) now.mail_id, earlier.exchange_id
           from jsonb_to_recordset($2) as now (mail_id uuid, mailbox text, uidvalidity bigint, sha256 text)
           join mail earlier on earlier.aoo = $1 and earlier.mailbox = now.mailbox and earlier.sha256 = now.sha256
            and earlier.uidvalidity <> now.uidvalidity and earlier.state = 'settled'
          order by now.mail_id, earlier.kept_at`,
        [
          aoo,
          JSON.stringify(
            mails.map((mail) => ({
              mail_id: mail.mailId,
              mailbox: mail.mailbox,
              uidvalidity: Number(mail.uidValidity),
              sha256: mail.sha256,
            })),
          ),
        ],
      );
      return new Map(found.rows.map((row) => [row.mail_id, { exchangeId: row.exchange_id }]));
    },
    async adoptAnnulments(senders, at) {
      await ask(
        `with adopted as (
           update mail set state = 'kept', settled_at = null
            where aoo = $1 and state = 'settled' and exchange_id is null and kind = 'annulment' and lower(sender) = any($2)
           returning mail_id)
         update task set closed_at = $3, closed_by = 'interpro', outcome = 'moved' from adopted
          where aoo = $1 and task.mail_id = adopted.mail_id and closed_at is null`,
        [aoo, senders, at],
      );
    },
    async unsettle(mailIds) {
      const found = await ask<{ mail_id: string }>(
        `update mail set state = 'kept', note = null, settled_at = null
          where aoo = $1 and sha256 <> '' and ($2::uuid[] is null or mail_id = any($2))
            and (state = 'failed' or (state = 'settled' and action = 'operator' and kind = 'ordinary-mail'
                 and inspection->'decision'->'codes' ? 'pec-chain-untrusted'
                 and exists (select from exchange e where e.aoo = mail.aoo and e.exchange_id = mail.exchange_id
                                and e.mail_id = mail.mail_id and e.state = 'operator'))
              or (state = 'settled' and exchange_id is null and inspection->'decision'->'codes' ? 'answer-of-another'))
        returning mail_id`,
        [aoo, mailIds],
      );
      return found.rows.map((row) => row.mail_id);
    },
  };
}

function receiptMails(ask: Asking, aoo: AooId): Pick<OfficeMails, 'adoptReceipts' | 'receiptsOf'> {
  return {
    async adoptReceipts(ties, accepted = []) {
      const found = await ask(
        `with judged_again as (
           update mail set state = 'kept', settled_at = null
             from jsonb_to_recordset($4) as a ("exchangeId" uuid, identifier text)
            where aoo = $1 and exchange_id = a."exchangeId" and state = 'settled' and kind = 'pec-receipt'
              and receipt_identifier <> a.identifier
              and inspection #>> '{pec,type}' not in ('accettazione', 'presa-in-carico'))
         update mail set state = 'kept', settled_at = null
          where aoo = $1 and state = 'settled' and exchange_id is null and kind = 'pec-receipt'
            and (receipt_reference = any($2) or receipt_identifier = any($3))`,
        [
          aoo,
          ties.flatMap(({ reference }) => (reference === null ? [] : cleanText(reference))),
          ties.flatMap(({ identifier }) => (identifier === null ? [] : cleanText(identifier))),
          toJson(accepted),
        ],
      );
      return found.rowCount ?? 0;
    },
    async receiptsOf(exchangeIds) {
      const found = await ask<{ exchange_id: string; receipts: PecReport[] }>(
        `select exchange_id, jsonb_agg(inspection -> 'pec' order by arrived_at, mail_id) as receipts from mail
          where aoo = $1 and exchange_id = any($2) and state = 'settled' and kind = 'pec-receipt' group by exchange_id`,
        [aoo, exchangeIds],
      );
      return new Map(found.rows.map((row) => [row.exchange_id, row.receipts]));
    },
  };
}
