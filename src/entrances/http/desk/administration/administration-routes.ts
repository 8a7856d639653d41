/** Screen 9: the node, for its administrator, who sees no contents. */
import type { Desk } from '../desk.ts';
import type { AdministrationDeps } from './administration-deps.ts';
import { applicationPages } from './application-pages.ts';
import { configurationPages } from './configuration-pages.ts';
import { mailboxPages } from './mailbox-pages.ts';
import { nodePages } from './node-pages.ts';
import { webhookPages } from './webhook-pages.ts';

export function administrationRoutes(desk: Desk, deps: AdministrationDeps): void {
  mailboxPages(desk, deps);
  configurationPages(desk, deps);
  nodePages(desk, deps);
  applicationPages(desk, deps);
  webhookPages(desk, deps);
}
