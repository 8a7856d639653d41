import type { FastifyBaseLogger, FastifyRequest } from 'fastify';
import { HTTP_LIMITS } from '../limits.ts';
import { openServer, type Tls } from '../open-server.ts';
import type { ApiServer } from '../operation.ts';
import { viewerFiles, viewerRoutes } from './viewer-files.ts';

export interface PreviewServerDeps {
  readonly log: FastifyBaseLogger;
  readonly tls: Tls | null;
  /** Where the desk stands, as seen by the browser that asks. */
  readonly desk: (request: FastifyRequest) => string;
}

/** The second origin: the viewer's own files and nothing else. It knows no session, no data and no other route. */
export async function buildPreviewServer({ log, tls, desk }: PreviewServerDeps): Promise<ApiServer> {
  const server = openServer(log, HTTP_LIMITS, tls);
  viewerRoutes(server, viewerFiles(), { prefix: '', desk });
  await server.ready();
  return server;
}
