import type pg from 'pg';
import type { WebhookStore } from '../../../service/webhooks/webhook-store.ts';
import { webhookCommands } from './webhook-commands.ts';
import { webhookLeases } from './webhook-leases.ts';
import { webhookReading } from './webhook-reading.ts';
import { webhookReplays } from './webhook-replays.ts';
import { webhookTests } from './webhook-tests.ts';
import { officeLock } from './with-office-lock.ts';

export function postgresWebhooks(pool: pg.Pool): WebhookStore {
  const withOffice = officeLock(pool);
  return {
    ...webhookCommands(withOffice),
    ...webhookReplays(withOffice),
    ...webhookReading(pool),
    ...webhookTests(withOffice),
    ...webhookLeases(pool, withOffice),
  };
}
