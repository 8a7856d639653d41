import type { Desk } from '../desk.ts';
import { documentUploadRoutes } from '../uploads/document-uploads.ts';
import type { ByHandScreenDeps } from './by-hand-deps.ts';
import { paperRoutes } from './paper-routes.ts';
import { handRoutes } from './register-routes.ts';
import { suggestionRoutes } from './suggestion-routes.ts';

/** Everything of those who register by hand. */
export function byHandRoutes(desk: Desk, deps: ByHandScreenDeps): void {
  documentUploadRoutes(desk, deps);
  handRoutes(desk, deps);
  suggestionRoutes(desk, deps);
  paperRoutes(desk, deps);
}
