/** The audit chains and the rows they cover, checked on demand, one check at a time. */
import type { Clock } from '../../kernel/clock.ts';
import { errorMessage } from '../../kernel/thrown.ts';
import type { AuditVerdict, Views } from '../queries/views.ts';

export type AuditCheckState =
  | { readonly state: 'never' }
  | {
      readonly state: 'running';
      readonly since: Date;
      readonly aoo: string | null;
      readonly records: number;
      readonly of: number;
    }
  | { readonly state: 'done'; readonly at: Date; readonly verdicts: readonly AuditVerdict[] }
  | { readonly state: 'failed'; readonly at: Date; readonly reason: string };

export interface AuditCheck {
  /** Resolves at once; one that is under way goes on. */
  begin(): void;
  state(): AuditCheckState;
}

export function openAuditCheck({ verifyAudit }: Pick<Views, 'verifyAudit'>, clock: Clock): AuditCheck {
  let now: AuditCheckState = { state: 'never' };
  const run = async (since: Date): Promise<void> => {
    try {
      const verdicts = await verifyAudit(({ aoo, records, of }) => {
        now = { state: 'running', since, aoo, records, of };
      });
      now = { state: 'done', at: clock.now(), verdicts };
    } catch (error) {
      now = { state: 'failed', at: clock.now(), reason: errorMessage(error) };
    }
  };
  return {
    begin() {
      if (now.state === 'running') return;
      const since = clock.now();
      now = { state: 'running', since, aoo: null, records: 0, of: 0 };
      void run(since);
    },
    state: () => now,
  };
}

export const isWhole = (verdicts: readonly AuditVerdict[]): boolean =>
  verdicts.every(({ brokenAt, found }) => brokenAt === null && found === 0);
