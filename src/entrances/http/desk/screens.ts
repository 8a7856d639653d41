/** Every screen of the desk: a folder beside this file, and a line here. */
import { bookRoutes } from './address-book/book-routes.ts';
import type { AdministrationDeps } from './administration/administration-deps.ts';
import { administrationRoutes } from './administration/administration-routes.ts';
import type { AssignmentDeps } from './assignments/assignment-deps.ts';
import { assignmentRoutes } from './assignments/assignment-routes.ts';
import type { ByHandScreenDeps } from './by-hand/by-hand-deps.ts';
import { byHandRoutes } from './by-hand/by-hand-routes.ts';
import { contentKeyRoutes } from './content-keys/content-key-routes.ts';
import type { Desk } from './desk.ts';
import type { DeskServerDeps } from './desk-server.ts';
import { emergencyRoutes } from './emergency/emergency-routes.ts';
import { filingRoutes } from './filing/filing-routes.ts';
import { homeRoutes } from './home.ts';
import type { IndexDeps } from './index/index-deps.ts';
import { indexRoutes } from './index/index-routes.ts';
import { type LiveDeps, liveRoutes } from './live-routes.ts';
import type { MessageDeps } from './message/message-deps.ts';
import { messageRoutes } from './message/message-routes.ts';
import { type OverviewDeps, overviewRoutes } from './overview/overview-routes.ts';
import { type PersonScreenDeps, peopleScreens } from './people-screens.ts';
import { type PresenceDeps, presenceRoutes } from './presence/presence-routes.ts';
import { type RegisterScreenDeps, registerScreens } from './register/register-screens.ts';
import { type PaletteDeps, paletteRoutes } from './search/palette-routes.ts';
import { type LivesDeps, livesRoutes } from './send/lives-routes.ts';
import { type SendPageDeps, sendRoutes } from './send/send-routes.ts';
import { type WorklistDeps, worklistRoutes } from './worklist/worklist-routes.ts';

/** What the screens need, each its own part. */
export interface DeskDeps extends DeskServerDeps, AssignmentDeps, AdministrationDeps {
  readonly persons: Pick<PersonScreenDeps, 'people' | 'accounts' | 'digests' | 'now'>;
  readonly byHand: ByHandScreenDeps;
  readonly live: LiveDeps;
  readonly palette: PaletteDeps;
  readonly presence: PresenceDeps;
  readonly messages: MessageDeps;
  readonly register: RegisterScreenDeps;
  readonly worklist: WorklistDeps;
  readonly indexPages: IndexDeps;
  readonly overview: OverviewDeps;
  readonly sending: SendPageDeps;
  readonly lives: LivesDeps;
}

export function screens(desk: Desk, deps: DeskDeps): void {
  homeRoutes(desk);
  peopleScreens(desk, { ...deps, ...deps.persons });
  liveRoutes(desk, deps.live);
  paletteRoutes(desk, deps.palette);
  presenceRoutes(desk, deps.presence);
  worklistRoutes(desk, deps.worklist);
  messageRoutes(desk, deps.messages);
  assignmentRoutes(desk, deps);
  administrationRoutes(desk, deps);
  contentKeyRoutes(desk, { ...deps.administration, keys: deps.persons.people.contentKeys });
  indexRoutes(desk, deps.indexPages);
  overviewRoutes(desk, deps.overview);
  registerScreens(desk, deps.register);
  sendRoutes(desk, deps.sending);
  livesRoutes(desk, deps.lives);
  byHandRoutes(desk, deps.byHand);
  bookRoutes(desk, deps.byHand);
  emergencyRoutes(desk, deps.byHand);
  filingRoutes(desk, { ...deps.byHand, offices: deps.offices, units: deps.assignments.views.choices });
}
