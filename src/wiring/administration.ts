/** What the pages of the node's administrator are made of. */
import { imapMailboxes } from '../adapters/imap/connector.ts';
import type { openLogger } from '../adapters/logger.ts';
import { nodeState } from '../adapters/node-state.ts';
import { postgresCredentials } from '../adapters/postgres/credentials.ts';
import { postgresMetrics } from '../adapters/postgres/queries/metrics.ts';
import { SmtpSession } from '../adapters/smtp/session.ts';
import { standsOn } from '../config/stands-on.ts';
import type { AdministrationDeps } from '../entrances/http/desk/administration/administration-deps.ts';
import { openAuditCheck } from '../service/administration/audit-check.ts';
import type { ReloadMode, ReloadReport } from '../service/reload/reload-report.ts';
import type { WebhookDeps } from '../service/webhooks/manage-webhooks.ts';
import type { Running } from './running.ts';
import type { Storage } from './storage.ts';

export interface AdministrationParts {
  readonly storage: Storage;
  readonly running: Running;
  readonly webhooks: WebhookDeps;
  readonly reload: (mode: ReloadMode) => Promise<ReloadReport | null>;
  readonly log: ReturnType<typeof openLogger>;
}

/** An administrator waits before the page; a server that is silent for longer does not answer. */
const TRIAL_TIMES = { connectMs: 10_000, silenceMs: 10_000 } as const;

export function administrationDeps({
  storage: { pool, views, clock, secrets },
  running,
  webhooks,
  reload,
  log,
}: AdministrationParts): AdministrationDeps {
  return {
    administration: {
      offices: running.offices,
      views,
      nodeState: () => nodeState(standsOn(running.config()), running.trust()),
      metrics: postgresMetrics(pool, clock, running.served),
      mailbox: {
        connector: imapMailboxes({ log: log.child({ part: 'imap' }), connectMs: TRIAL_TIMES.connectMs }),
        async reachSubmission(account, signal) {
          const session = await SmtpSession.open(account, TRIAL_TIMES, signal);
          session.quit();
        },
        clock,
      },
      audit: openAuditCheck(views, clock),
      credentials: postgresCredentials(pool),
      secrets,
      webhooks,
      reload,
      faults: running.faults,
      clock,
    },
  };
}
