import type pg from 'pg';
import type { AooId } from '../../../kernel/ids.ts';
import type { Tried, WebhookStore } from '../../../service/webhooks/ports.ts';
import { dropAnswer, keepAnswer, keptAnswer } from '../command-answers.ts';

type InOffice = <T>(aoo: AooId, at: Date, work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;
/** Under the key while somebody is at it, and when it is done. */
interface KeptTest {
  readonly webhookId: string;
  readonly testId: string;
  readonly until: string;
  readonly tried?: Tried;
}

/** A test is posted with nothing locked: that it has begun is written before, what came of it afterwards. */
export function webhookTests(inOffice: InOffice): Pick<WebhookStore, 'beginTest' | 'tested'> {
  return {
    beginTest: (aoo, webhookId, { key, at, until, testId }) =>
      inOffice(aoo, at, async (client) => {
        const before = await keptAnswer<KeptTest>(client, aoo, key);
        if (before === 'other') return 'other';
        if (before?.answer.tried !== undefined) return before.answer.tried;
        if (before !== null && new Date(before.answer.until) > at) return 'busy';
        const there = await client.query(
          `select from webhook where aoo = $1 and webhook_id = $2 and state <> 'removed'`,
          [aoo, webhookId],
        );
        if (there.rowCount === 0) return 'unknown';
        // Whoever began it is gone: it is the same test still.
        const begun = before?.answer.testId ?? testId;
        if (before !== null) await dropAnswer(client, aoo, key);
        await keepAnswer(client, aoo, key, { webhookId, testId: begun, until } satisfies object, at);
        return { begun };
      }),
    tested: (aoo, key, at, { webhookId, testId, tried }) =>
      inOffice(aoo, at, async (client) => {
        await dropAnswer(client, aoo, key);
        await keepAnswer(client, aoo, key, { webhookId, testId, until: at, tried }, at);
      }),
  };
}
