import type { WebhookCommands } from '../../../service/webhooks/webhook-store.ts';
import { keepAnswer, keptAnswer } from '../command-answers.ts';
import { announceWork, settleTasks, type WithOffice } from './with-office-lock.ts';

export const webhookReplays = (withOffice: WithOffice): Pick<WebhookCommands, 'replay'> => ({
  replay: (aoo, webhookId, { seq, at, key }, { audit, settles }) =>
    withOffice(aoo, at, async (client, save) => {
      const before = await keptAnswer<{ readonly replayed: number }>(client, aoo, key);
      if (before !== null) return before === 'other' ? 'other' : before.answer.replayed;
      const known = await client.query(
        `select from webhook w where w.aoo = $1 and w.webhook_id = $2 and w.state <> 'removed' and ($3::bigint is null
            or exists (select from webhook_delivery d where d.aoo = $1 and d.webhook_id = $2 and d.seq = $3))`,
        [aoo, webhookId, seq],
      );
      if (known.rowCount === 0) return null;
      const replayed = await client.query(
        `update webhook_delivery d set state = 'waiting', attempts = 0, first_at = $4, due_at = $4
          where d.aoo = $1 and d.webhook_id = $2 and d.state = 'dead' and ($3::bigint is null or d.seq = $3)`,
        [aoo, webhookId, seq, at],
      );
      const count = replayed.rowCount ?? 0;
      await keepAnswer(client, aoo, key, { webhookId, replayed: count }, at);
      if (count === 0) return 0;
      const left = await client.query(
        `select from webhook_delivery where aoo = $1 and webhook_id = $2 and state = 'dead' limit 1`,
        [aoo, webhookId],
      );
      if (left.rowCount === 0) await settleTasks(client, aoo, webhookId, settles, at);
      await save({ ...audit, data: { ...audit.data, deliveries: count } });
      await announceWork(client, aoo);
      return count;
    }),
});
