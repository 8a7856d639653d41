/** Screen 4: giving registrations to units and persons. */
import type { Desk } from '../desk.ts';
import type { AssignmentDeps } from './assignment-deps.ts';
import { bulkActs } from './bulk-acts.ts';
import { assignmentLists } from './list-page.ts';
import { registrationActs } from './registration-acts.ts';

export function assignmentRoutes(desk: Desk, deps: AssignmentDeps): void {
  registrationActs(desk, deps);
  assignmentLists(desk, deps);
  bulkActs(desk, deps);
}
