/** What a registration is put under: the plan, the templates of subjects, deferrals. */
import type { Desk } from '../desk.ts';
import { deferralRoutes } from './deferral-routes.ts';
import type { FilingDeps } from './filing-deps.ts';
import { planRoutes } from './plan-routes.ts';
import { templateRoutes } from './template-routes.ts';

export function filingRoutes(desk: Desk, deps: FilingDeps): void {
  planRoutes(desk, deps);
  templateRoutes(desk, deps);
  deferralRoutes(desk, deps);
}
