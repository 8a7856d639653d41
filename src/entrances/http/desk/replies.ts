import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AooId } from '../../../kernel/ids.ts';
import type { Office } from '../../../service/register/office.ts';
import { FRAMEWORK_FIELDS, postedForm } from './form.ts';
import { filesLeftOf, formFilesOf } from './form-files.ts';
import { formToken, type Lack } from './gate.ts';
import { deniedView, type Held, refusalView, repeatView, signInAgainView } from './gate-pages.ts';
import type { PageLayout } from './layout.ts';
import { takeSaid, tellNext } from './said.ts';
import type { Refused, SeeOther, View } from './view.ts';

/** What a page or an act gives: a page, another address, why it was refused, or a reply that it has sent itself. */
export type DeskAnswer = View | SeeOther | Refused | FastifyReply;

export interface Replies {
  /** Sends what a page or an act has given. */
  answer(request: FastifyRequest, reply: FastifyReply, given: DeskAnswer): Promise<FastifyReply>;
  /** Sends what is shown instead: nothing that was typed is lost. */
  lacking(request: FastifyRequest, reply: FastifyReply, lack: Lack): Promise<FastifyReply>;
}

export interface DeskParts {
  readonly offices: ReadonlyMap<AooId, Office>;
  readonly layout: PageLayout;
}

export function openReplies({ offices, layout }: DeskParts): Replies {
  const answer = async (request: FastifyRequest, reply: FastifyReply, given: DeskAnswer): Promise<FastifyReply> => {
    if (hasSent(given, reply)) return reply;
    if ('to' in given) {
      tellNext(reply, given);
      return reply.redirect(given.to, 303);
    }
    const view = 'refusal' in given ? refusalView(given, postedForm(request.body)) : given;
    const { deskCaller: caller } = request;
    const office = caller?.aoo == null ? null : (offices.get(caller.aoo) ?? null);
    const page = await layout({
      view,
      caller,
      office,
      said: takeSaid(request, reply),
      token: tokenOfForms(request, reply),
    });
    return reply
      .status(view.status ?? 200)
      .type('text/html; charset=utf-8')
      .send(page);
  };
  const lacking = async (request: FastifyRequest, reply: FastifyReply, lack: Lack): Promise<FastifyReply> => {
    const asked = request.raw.url ?? '/';
    if (lack === 'session' && (request.method === 'GET' || request.method === 'HEAD')) {
      const wanted = asked === '/' ? '' : `?ritorno=${encodeURIComponent(asked)}`;
      return reply.redirect(`/entra${wanted}`, 303);
    }
    // What is typed before signing in is a secret: it is asked for again.
    if (lack === 'token' && request.routeOptions.config.isOpen === true) return reply.redirect(asked, 303);
    const held = {
      action: asked,
      form: postedForm(request.body),
      act: actKeyOf(request),
      leftFiles: [...filesLeftOf(request), ...formFilesOf(request).map(({ name }) => name)],
      token: tokenOfForms(request, reply),
    };
    return answer(request, reply, lackView(lack, held));
  };
  return { answer, lacking };
}

/** A reply is a promise too, of nothing: who waited for it holds `undefined`. */
const hasSent = (given: DeskAnswer | undefined, reply: FastifyReply): given is FastifyReply =>
  given === undefined || reply.sent;

/** The same for all forms of a page: a browser without the cookie of its secret would get one for each. */
const tokens = new WeakMap<FastifyRequest, string>();
export function tokenOfForms(request: FastifyRequest, reply: FastifyReply): string {
  const token = tokens.get(request) ?? formToken(request, reply);
  tokens.set(request, token);
  return token;
}

function lackView(lack: Lack, held: Held): View {
  switch (lack) {
    case 'session':
      return signInAgainView(held);
    case 'token':
    case 'once':
      return repeatView(held, lack);
    default:
      return deniedView(lack);
  }
}

const ACT_KEY = /^[\w-]{1,200}$/;
/** Under which the form is done once; null: it has none. */
export function actKeyOf({ body }: FastifyRequest): string | null {
  const key = postedForm(body).text(FRAMEWORK_FIELDS.act);
  return ACT_KEY.test(key) ? key : null;
}
