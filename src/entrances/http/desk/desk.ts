/**
 * The desk: server-rendered pages in Italian for the people of a protocol office, on the use cases that the API has, too. This
 * file says how a page and an act are declared; each screen is a folder beside it and one line in `screens.ts`.
 *
 *   desk.page({ path: '/registro/:year/:number', right: 'register:read' }, async (visit) => ({
 *     title: 'Registrazione', at: 'registro', body: html`…`,
 *   }));
 *   desk.act({ path: '/registro/:year/:number/nota', right: 'register:write' }, async (visit) => {
 *     const noted = await deps.note(visit.office, { text: visit.form.text('nota') }, visit.call);
 *     return noted.ok ? seeOther(back, 'Nota aggiunta.') : refused(noted.problem, back);
 *   });
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../../../kernel/digest.ts';
import type { Right } from '../../../service/people/rights.ts';
import { canonicalJson } from '../idempotency.ts';
import { FRAMEWORK_FIELDS, postedForm } from './form.ts';
import { lackOfActor, lackOfReader } from './gate.ts';
import { deniedView } from './gate-pages.ts';
import { actKeyOf, type DeskAnswer, type DeskParts, openReplies, tokenOfForms } from './replies.ts';
import type { ActVisit, OpenVisit, Visit, WithoutOffice } from './visit.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a person needs to open this page of the desk, or to act there. */
    right?: Right;
  }
}

interface Declared<R extends Right> {
  readonly path: string;
  readonly right: R;
  /** Bytes that a form may have; left out: 1 MiB. */
  readonly mostBytes?: number;
}

export interface Desk {
  /** For what is neither page nor form: streams, files. Its routes say `config: { access: 'desk', right }` and call `admit`. */
  readonly server: FastifyInstance;
  page<R extends Right>(declared: Declared<R>, show: (visit: Visit<R>) => Promise<DeskAnswer>): void;
  act<R extends Right>(declared: Declared<R>, act: (visit: ActVisit<R>) => Promise<DeskAnswer>): void;
  /** Before signing in. */
  openPage(path: string, show: (visit: OpenVisit) => Promise<DeskAnswer>): void;
  openAct(path: string, act: (visit: OpenVisit) => Promise<DeskAnswer>): void;
  /** Of a route that answers by itself: the visit, or null where it has been refused. */
  admit<R extends Right>(request: FastifyRequest, reply: FastifyReply, right: R): Promise<Visit<R> | null>;
}

const MOST_FORM_BYTES = 1024 * 1024;
/** These need no office. */
const WITHOUT_OFFICE: ReadonlySet<Right> = new Set<WithoutOffice>([
  ...(['administration', 'own', 'index:read'] as const),
  ...(['filing:read', 'filing'] as const),
]);

export function openDesk(server: FastifyInstance, parts: DeskParts): Desk {
  const { offices } = parts;
  const { answer, lacking } = openReplies(parts);
  const route = (method: 'GET' | 'POST', url: string, config: object, mostBytes: number | undefined, handle: Handle) =>
    server.route({
      method,
      url,
      config: { access: 'desk', ...config },
      schema: { hide: true },
      bodyLimit: mostBytes ?? MOST_FORM_BYTES,
      handler: async (request, reply) => {
        const lack = method === 'GET' ? lackOfReader(request) : await lackOfActor(request, reply);
        return lack === null ? answer(request, reply, await handle(request, reply)) : lacking(request, reply, lack);
      },
    });
  return {
    server,
    page: ({ path, right, mostBytes }, show) =>
      route('GET', path, { right }, mostBytes, async (request, reply) => {
        const visit = visitOf(request, reply, right, offices);
        return visit === null ? deniedView('right') : show(visit);
      }),
    act: ({ path, right, mostBytes }, act) =>
      route('POST', path, { right }, mostBytes, async (request, reply) => {
        const visit = visitOf(request, reply, right, offices);
        if (visit === null) return deniedView('right');
        // Without its key an act that is sent twice would be done twice.
        const key = actKeyOf(request);
        return key === null ? lacking(request, reply, 'once') : act(actVisit(visit, request, key));
      }),
    openPage: (path, show) =>
      route('GET', path, { isOpen: true }, undefined, (request, reply) => show(openVisit(request, reply))),
    openAct: (path, act) =>
      route('POST', path, { isOpen: true }, undefined, (request, reply) => act(openVisit(request, reply))),
    async admit(request, reply, right) {
      const reads = request.method === 'GET' || request.method === 'HEAD';
      const lack = reads ? lackOfReader(request) : await lackOfActor(request, reply);
      const visit = lack === null ? visitOf(request, reply, right, offices) : null;
      if (visit === null) await lacking(request, reply, lack ?? 'right');
      return visit;
    },
  };
}

type Handle = (request: FastifyRequest, reply: FastifyReply) => Promise<DeskAnswer>;

function actVisit<R extends Right>(visit: Visit<R>, request: FastifyRequest, key: string): ActVisit<R> {
  const form = postedForm(request.body);
  const { caller } = visit;
  const version = form.text(FRAMEWORK_FIELDS.version);
  const asked = canonicalJson([request.raw.url ?? '', form.fields]);
  return {
    ...visit,
    token: visit.token,
    form,
    call: {
      by: caller.name,
      client: `person:${caller.personId}`,
      idempotency: { key, digest: sha256(asked) },
    },
    version: /^\d{1,9}$/.test(version) ? Number(version) : null,
  };
}

/** Null: the right needs an office, and the person has none. */
function visitOf<R extends Right>(
  request: FastifyRequest,
  reply: FastifyReply,
  right: R,
  offices: DeskParts['offices'],
): Visit<R> | null {
  const { deskCaller: caller } = request;
  const office = caller?.aoo == null ? null : (offices.get(caller.aoo) ?? null);
  if (caller === null || (office === null && !WITHOUT_OFFICE.has(right))) return null;
  const visit: Visit<WithoutOffice> = {
    caller,
    office,
    aoo: office?.aoo ?? null,
    params: request.params as Visit['params'],
    query: postedForm(request.query),
    request,
    reply,
    get token() {
      return tokenOfForms(request, reply);
    },
  };
  // Only rights that need none come this far without an office.
  return visit as Visit<R>;
}

const openVisit = (request: FastifyRequest, reply: FastifyReply): OpenVisit => ({
  caller: request.deskCaller,
  params: request.params as OpenVisit['params'],
  query: postedForm(request.query),
  form: postedForm(request.body),
  request,
  reply,
  get token() {
    return tokenOfForms(request, reply);
  },
});
