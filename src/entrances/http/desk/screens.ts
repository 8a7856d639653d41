/** Every screen of the desk: a folder beside this file, and a line here. */
import type { AssignmentDeps } from './assignments/assignment-deps.ts';
import { assignmentRoutes } from './assignments/assignment-routes.ts';
import type { Desk } from './desk.ts';
import type { DeskServerDeps } from './desk-server.ts';
import { homeRoutes } from './home.ts';

/** What the screens need, each its own part. */
export interface DeskDeps extends DeskServerDeps, AssignmentDeps {}

export function screens(desk: Desk, deps: DeskDeps): void {
  homeRoutes(desk);
  assignmentRoutes(desk, deps);
}
