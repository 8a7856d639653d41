import { type Exchange, isIncoming, isOutgoing } from '../../../domain/exchange/exchange.ts';
import type { AooId } from '../../../kernel/ids.ts';
import type { OfficeExchanges } from '../../../service/register/office-transaction.ts';
import { cleanText } from '../database/json.ts';
import type { Asking } from '../database/prepared.ts';
import { EXCHANGE_COLUMNS, type ExchangeRow, toExchange } from '../rows.ts';

export function officeExchanges(ask: Asking, aoo: AooId): OfficeExchanges {
  const exchanges = async (where: string, values: readonly unknown[]): Promise<readonly Exchange[]> => {
    const found = await ask<ExchangeRow>(`select ${EXCHANGE_COLUMNS} from exchange where aoo = $1 and ${where}`, [
      aoo,
      ...values,
    ]);
    return found.rows.map(toExchange);
  };
  return {
    async incomingByIdentity(identities) {
      const found = await exchanges(`direction = 'incoming' and identity = any($2)`, [identities]);
      return found.filter(isIncoming);
    },
    async outgoingByRegistration(keys) {
      const found = await exchanges(
        `direction = 'outgoing' and (year, number) in (select * from unnest($2::integer[], $3::bigint[]))`,
        [keys.map((key) => key.year), keys.map((key) => key.number)],
      );
      return found.filter(isOutgoing);
    },
    byPeer: (identities) => exchanges('peer_identity = any($2)', [identities]),
    byPeerNumber: (keys) =>
      exchanges(
        `peer_identifier is not null and left(ltrim(peer_identifier ->> 'number', '0'), 40) = any($2)
         and lower(peer_identifier ->> 'administration') = any($3) and lower(peer_identifier ->> 'aoo') = any($4)`,
        [
          keys.map(({ number }) => cleanText(number.slice(0, 40))),
          keys.map(({ administration }) => cleanText(administration.toLowerCase())),
          keys.map(({ aoo }) => cleanText(aoo.toLowerCase())),
        ],
      ),
    byId: (ids) => exchanges('exchange_id = any($2)', [ids]),
    ofRegistration: ({ register, year, number }) =>
      exchanges('register = $2 and year = $3 and number = $4 order by exchange_id', [register, year, number]),
    overdue: (now, limit) => exchanges('due_at <= $2 order by due_at limit $3', [now, limit]),
    async eventsSeen(exchangeIds) {
      const found = await ask<{ key: string }>(
        `select exchange_id || ' ' || once as key from exchange_event where aoo = $1 and exchange_id = any($2)`,
        [aoo, exchangeIds],
      );
      return new Set(found.rows.map((row) => row.key));
    },
  };
}
