/** The second origin, from which documents are previewed: a listener of its own beside that of the desk. */
import type { openLogger } from '../adapters/logger.ts';
import { DEFAULT_ACCESS } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import type { ApiServer } from '../entrances/http/operation.ts';
import { buildPreviewServer } from '../entrances/http/preview/preview-server.ts';
import { errorMessage } from '../kernel/thrown.ts';
import { startListening } from './api.ts';

/** How a browser reached one of the two listeners. */
interface Reached {
  readonly protocol: string;
  readonly hostname: string;
}

export interface PreviewOrigin {
  /** For a browser that reached the desk so; null: documents are shown in an opaque frame of the desk. */
  readonly of: (reached: Reached) => string | null;
  readonly server: ApiServer | null;
  stop(): Promise<void>;
}

const NONE: PreviewOrigin = { of: () => null, server: null, stop: async () => undefined };

/** `deskPort`: once the desk listens. Where the port is taken, the opaque frame serves: nobody waits for a document. */
export async function openPreviewOrigin(
  { preview, http, api, access = DEFAULT_ACCESS }: Config,
  deskPort: () => number,
  log: ReturnType<typeof openLogger>,
): Promise<PreviewOrigin> {
  const { port: wanted = null, isPortChosen = false, url = null } = preview ?? {};
  if (wanted === null) return NONE;
  const server = await buildPreviewServer({
    log: log.child({ part: 'preview' }),
    tls: access.tls,
    desk: (reached) => api?.publicUrl ?? originOf(reached, deskPort()),
  });
  try {
    const port = await startListening(server, { ...http, port: wanted }, !isPortChosen);
    return { of: (reached) => url ?? originOf(reached, port), server, stop: () => server.close() };
  } catch (error) {
    log.warn({ reason: errorMessage(error) }, 'documents are previewed in an opaque frame: INTERPRO_PREVIEW_PORT');
    await server.close();
    return NONE;
  }
}

const originOf = ({ protocol, hostname }: Reached, port: number): string =>
  new URL(`${protocol}://${hostname}:${port}`).origin;
