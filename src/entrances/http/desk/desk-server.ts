/** The desk on the server of the API: its own security headers, cookies, forms and errors; the API sees none of them. */
import compress from '@fastify/compress';
import helmet from '@fastify/helmet';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import { PROBLEMS } from '../../../kernel/problems.ts';
import type { ReservedOpenings } from '../../../service/people/reserved-openings.ts';
import type { Office } from '../../../service/register/office.ts';
import { problemOfError } from '../reply/error-handler.ts';
import { readAssets, serveAssets } from './assets.ts';
import { type Desk, openDesk } from './desk.ts';
import { acceptForms } from './form.ts';
import { acceptFormFiles } from './form-files.ts';
import { type Gate, openGate } from './gate.ts';
import { faultView, notFoundView } from './gate-pages.ts';
import { type LayoutDeps, openLayout } from './layout.ts';
import { logOpenings } from './openings.ts';
import type { View } from './view.ts';

export interface DeskServerDeps extends Gate, Omit<LayoutDeps, 'asset'> {
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly openings: ReservedOpenings;
}

/** Everything comes from this very host; a page with a document adds the origin of its viewer. */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:', 'blob:'],
  'font-src': ["'self'"],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'frame-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
};

/** `declare`: the screens. */
export async function deskRoutes(
  server: FastifyInstance,
  deps: DeskServerDeps,
  declare: (desk: Desk) => void,
): Promise<void> {
  const assets = await readAssets();
  const layout = openLayout({ ...deps, asset: assets.url });
  const show = async (request: FastifyRequest, reply: FastifyReply, view: View): Promise<FastifyReply> => {
    const page = await layout({ view: { ...view, bare: true }, caller: null, office: null, said: null, token: '' });
    return reply
      .status(view.status ?? 200)
      .type('text/html; charset=utf-8')
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'self'; font-src 'self'; script-src 'self'; img-src 'self'",
      )
      .send(request.method === 'HEAD' ? null : page);
  };
  server.decorate('pageNotFound', (request: FastifyRequest, reply: FastifyReply) => show(request, reply, notFoundView));
  await server.register(async (own) => {
    await own.register(helmet, {
      contentSecurityPolicy: { useDefaults: false, directives: POLICY },
      // The API's own headers stay; these would differ from them.
      strictTransportSecurity: false,
      xFrameOptions: false,
      // A page of this host in a sandboxed frame has another origin, and browsers complain of the wish.
      originAgentCluster: false,
    });
    await own.register(compress, { threshold: 1024, encodings: ['br', 'gzip'], brotliOptions: { params: { 1: 4 } } });
    await acceptForms(own);
    acceptFormFiles(own);
    await openGate(own, deps);
    logOpenings(own, deps);
    own.setErrorHandler(async (error: FastifyError, request, reply) => {
      const { problem } = problemOfError(error, request, reply);
      const { http } = PROBLEMS[problem.code];
      return show(request, reply, faultView(titleOf(http), problem.message, http, request.id));
    });
    await serveAssets(own, assets);
    declare(openDesk(own, { offices: deps.offices, layout }));
  });
}

const titleOf = (status: number): string =>
  status === 404 ? 'Pagina non trovata' : status >= 500 ? 'Il servizio non risponde' : 'Richiesta non riuscita';
