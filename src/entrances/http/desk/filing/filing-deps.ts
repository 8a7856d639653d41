import type { AooId } from '../../../../kernel/ids.ts';
import type { UnitChoice } from '../../../../service/assignments/assignment-views.ts';
import type { ByHandStore } from '../../../../service/by-hand/ports.ts';
import type { CommandDeps } from '../../../../service/register/idempotent-command.ts';
import type { Office } from '../../../../service/register/office.ts';

export interface FilingDeps extends CommandDeps {
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly filing: ByHandStore['filing'];
  readonly deferrals: ByHandStore['deferrals'];
  /** Units of an office on a day. */
  readonly units: (aoo: AooId, day: string) => Promise<readonly Pick<UnitChoice, 'unitId' | 'name'>[]>;
}
