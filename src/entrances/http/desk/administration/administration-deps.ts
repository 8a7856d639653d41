import type { Clock } from '../../../../kernel/clock.ts';
import type { AooId } from '../../../../kernel/ids.ts';
import type { CredentialStore } from '../../../../service/access/credential.ts';
import type { Secrets } from '../../../../service/access/secrets.ts';
import type { AuditCheck } from '../../../../service/administration/audit-check.ts';
import type { TryMailboxDeps } from '../../../../service/administration/try-mailbox.ts';
import type { ReadMetrics } from '../../../../service/queries/metrics.ts';
import type { ReadNodeState } from '../../../../service/queries/node-state.ts';
import type { Views } from '../../../../service/queries/views.ts';
import type { Office } from '../../../../service/register/office.ts';
import type { ReloadMode, ReloadReport } from '../../../../service/reload/reload-report.ts';
import type { WebhookDeps } from '../../../../service/webhooks/manage-webhooks.ts';

export interface AdministrationDeps {
  readonly administration: {
    readonly offices: ReadonlyMap<AooId, Office>;
    readonly views: Pick<Views, 'status'>;
    readonly nodeState: ReadNodeState;
    readonly metrics: ReadMetrics;
    readonly mailbox: TryMailboxDeps;
    readonly audit: AuditCheck;
    readonly credentials: CredentialStore;
    readonly secrets: Secrets;
    readonly webhooks: WebhookDeps;
    /** Null: this service cannot read its configuration again. */
    readonly reload: (mode: ReloadMode) => Promise<ReloadReport | null>;
    /** What is wrong with the configuration and does not stop the service, Italian. */
    readonly faults: readonly string[];
    readonly clock: Clock;
  };
}
