/** Assignments, bound to their dependencies: what the desk is given. */
import type { Call, CommandDeps } from '../register/idempotent-command.ts';
import type { Office } from '../register/office.ts';
import type { AssignmentActor } from './actor.ts';
import { type AssignRequest, assign } from './assign.ts';
import type { AssignmentViews } from './assignment-views.ts';
import { type AssignmentDecision, decideAssignment } from './decide-assignment.ts';

export type Assignments = ReturnType<typeof openAssignments>;

export const openAssignments = (deps: CommandDeps, views: AssignmentViews) => ({
  views,
  assign: (office: Office, request: AssignRequest, actor: AssignmentActor, call: Call) =>
    assign(office, request, actor, call, deps),
  decide: (office: Office, request: AssignmentDecision, actor: AssignmentActor, call: Call) =>
    decideAssignment(office, request, actor, call, deps),
  now: () => deps.clock.now(),
});
