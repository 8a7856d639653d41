import type { Assignments } from '../../../../service/assignments/open-assignments.ts';
import type { ByHandStore } from '../../../../service/by-hand/ports.ts';
import type { ByHandDeps } from '../../../../service/by-hand/register-by-hand.ts';
import type { LookUp } from '../../../../service/index/look-up.ts';
import type { Views } from '../../../../service/queries/views.ts';

/** What the screens of those who register by hand ask. */
export interface ByHandScreenDeps extends Omit<ByHandDeps, 'filing'>, ByHandStore {
  readonly index: Pick<LookUp, 'suggest' | 'show'>;
  readonly assignments: Assignments;
  readonly views: Pick<Views, 'registration'>;
}
