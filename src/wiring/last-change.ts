import { lastChangeOf } from '../entrances/http/desk/message/decided-words.ts';
import type { AooId } from '../kernel/ids.ts';
import type { Reader } from '../service/people/rights.ts';
import type { Storage } from './storage.ts';

/** Of an exchange that the reader may see: who changed it last, when, and how; null: nothing is known. */
export const lastChangeIn =
  ({ views }: Pick<Storage, 'views'>) =>
  async (aoo: AooId, reader: Reader, exchangeId: string): Promise<string | null> => {
    const exchange = await views.exchange(exchangeId, reader);
    return exchange?.aoo === aoo ? lastChangeOf(exchange) : null;
  };
