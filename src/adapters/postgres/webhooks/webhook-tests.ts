import type { TestResult } from '../../../service/webhooks/webhook.ts';
import type { WebhookTests } from '../../../service/webhooks/webhook-store.ts';
import { dropAnswer, keepAnswer, keptAnswer } from '../command-answers.ts';
import type { WithOffice } from './with-office-lock.ts';

/** Stands under the key from the beginning of the test; `tried`: once it is over. */
interface KeptTest {
  readonly webhookId: string;
  readonly testId: string;
  readonly until: string;
  readonly tried?: TestResult;
}

export const webhookTests = (withOffice: WithOffice): WebhookTests => ({
  beginTest: (aoo, webhookId, { key, at, until, testId }) =>
    withOffice(aoo, at, async (client) => {
      const before = await keptAnswer<KeptTest>(client, aoo, key);
      if (before === 'other') return 'other';
      if (before?.answer.tried !== undefined) return before.answer.tried;
      if (before !== null && new Date(before.answer.until) > at) return 'busy';
      const known = await client.query(
        `select from webhook where aoo = $1 and webhook_id = $2 and state <> 'removed'`,
        [aoo, webhookId],
      );
      if (known.rowCount === 0) return 'unknown';
      // The process that began it is gone: the test keeps its id.
      const begun = before?.answer.testId ?? testId;
      if (before !== null) await dropAnswer(client, aoo, key);
      await keepAnswer(client, aoo, key, { webhookId, testId: begun, until } satisfies object, at);
      return { begun };
    }),
  recordTest: (aoo, key, at, { webhookId, testId, result }) =>
    withOffice(aoo, at, async (client) => {
      await dropAnswer(client, aoo, key);
      await keepAnswer(client, aoo, key, { webhookId, testId, until: at, tried: result }, at);
    }),
});
