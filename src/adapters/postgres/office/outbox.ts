import type { Purpose } from '../../../domain/exchange/event-types.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { MailRecipe } from '../../../service/register/mail-recipe.ts';
import type { OfficeOutbox, OwnMail } from '../../../service/register/office-transaction.ts';
import { cleanText } from '../database/json.ts';
import type { Asking } from '../database/prepared.ts';

interface OwnMailRow {
  readonly tie: string;
  readonly exchange_id: string;
  readonly purpose: Purpose;
  readonly sender: string;
  readonly recipient: string;
  readonly transmissions: readonly string[];
}
const toOwnMail = ({ tie, exchange_id: exchangeId, sender: from, ...mail }: OwnMailRow): [string, OwnMail] => [
  tie,
  { exchangeId, purpose: mail.purpose, from, recipient: mail.recipient, transmissions: mail.transmissions },
];

const MAIL = `o.exchange_id, o.purpose, o.recipe ->> 'from' as sender, o.recipient`;

/** Of the acceptances that found the mail `o`. */
const TRANSMISSIONS = `array(select distinct a.receipt_identifier from mail a
  where a.aoo = o.aoo and a.exchange_id = o.exchange_id and a.receipt_reference = o.message_id
    and a.receipt_identifier is not null and a.inspection #>> '{pec,type}' = 'accettazione') as transmissions`;

export const ANSWERS_TO = `
  select asked.address, counted.sent from unnest($2::text[]) as asked (address)
   cross join lateral (select count(*) as sent from (
     select from outbox o where o.aoo = $1 and lower(o.recipient) = asked.address and o.queued_at > $3
        and o.purpose in ('confirmation', 'exception', 'receipt') limit $4) as those) counted`;

export function officeOutbox(ask: Asking, aoo: AooId): OfficeOutbox {
  return {
    async byMessageId(messageIds) {
      const found = await ask<OwnMailRow>(
        `select o.message_id as tie, ${MAIL}, ${TRANSMISSIONS}
           from outbox o where o.aoo = $1 and o.message_id = any($2)`,
        [aoo, messageIds.map(cleanText)],
      );
      return new Map(found.rows.map(toOwnMail));
    },
    async byProviderId(identifiers) {
      // Any receipt of the same transaction that found its mail tells which mail is meant.
      const found = await ask<OwnMailRow>(
        `select distinct on (m.receipt_identifier) m.receipt_identifier as tie, ${MAIL}, ${TRANSMISSIONS}
           from mail m join outbox o on o.aoo = m.aoo and o.message_id = m.receipt_reference and o.exchange_id = m.exchange_id
          where m.aoo = $1 and m.receipt_identifier = any($2)`,
        [aoo, identifiers.map(cleanText)],
      );
      return new Map(found.rows.map(toOwnMail));
    },
    async latest(exchangeId, purpose) {
      const found = await ask<{ outbox_id: string; state: string }>(
        `select outbox_id, state from outbox where aoo = $1 and exchange_id = $2 and purpose = $3
          order by queued_at desc, outbox_id desc limit 1`,
        [aoo, exchangeId, purpose],
      );
      const row = found.rows[0];
      return row === undefined ? null : { outboxId: row.outbox_id, waiting: row.state === 'queued' };
    },
    async messageOf(exchangeId) {
      const found = await ask<{ recipe: MailRecipe }>(
        `select recipe from outbox where aoo = $1 and exchange_id = $2 and purpose = 'message'
          order by queued_at desc, outbox_id desc limit 1`,
        [aoo, exchangeId],
      );
      return found.rows[0]?.recipe ?? null;
    },
    async latestAnswers(exchangeIds) {
      const found = await ask<{ exchange_id: string; outbox_id: string; purpose: Purpose; state: string }>(
        `select distinct on (exchange_id) exchange_id, outbox_id, purpose, state from outbox
          where aoo = $1 and exchange_id = any($2) and purpose in ('confirmation', 'exception', 'receipt')
          order by exchange_id, queued_at desc, outbox_id desc`,
        [aoo, exchangeIds],
      );
      return new Map(
        found.rows.map(({ exchange_id, outbox_id, purpose, state }) => [
          exchange_id,
          { outboxId: outbox_id, purpose, waiting: state === 'queued' },
        ]),
      );
    },
    async answersTo(addresses, since, most) {
      const found = await ask<{ address: string; sent: number }>(ANSWERS_TO, [
        aoo,
        addresses.map(cleanText),
        since,
        most,
      ]);
      return found.rows.map(({ address, sent }) => [address, sent] as const);
    },
    async cancelMessage(exchangeId) {
      const cancelled = await ask(
        `update outbox set state = 'given-up', last_error = 'annullata'
          where aoo = $1 and exchange_id = $2 and purpose = 'message' and state = 'queued'
            and (lease_until is null or lease_until < now())`,
        [aoo, exchangeId],
      );
      return (cancelled.rowCount ?? 0) > 0;
    },
  };
}
