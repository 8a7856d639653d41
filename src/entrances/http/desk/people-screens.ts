/** The screens about persons: the door, one's own page, and their administration. */
import type { Desk } from './desk.ts';
import { type DoorDeps, entryRoutes } from './entry/entry-routes.ts';
import { type OwnDeps, ownRoutes } from './own/own-routes.ts';
import { accessAdminRoutes } from './people-admin/access-routes.ts';
import { peopleAdminRoutes } from './people-admin/people-routes.ts';
import { unitAdminRoutes } from './people-admin/unit-routes.ts';

export type PersonScreenDeps = DoorDeps & OwnDeps;

export function peopleScreens(desk: Desk, deps: PersonScreenDeps): void {
  entryRoutes(desk, deps);
  ownRoutes(desk, deps);
  peopleAdminRoutes(desk, deps);
  unitAdminRoutes(desk, deps);
  accessAdminRoutes(desk, deps);
}
