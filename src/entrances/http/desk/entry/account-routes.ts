/** Signing in with the body's own account: away to its provider and back, and away once more when the person leaves. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LIMITS } from '../../../../kernel/limits.ts';
import { PROBLEMS, type Problem, problem } from '../../../../kernel/problems.ts';
import { type AccountSignIn, ATTEMPT_SECONDS } from '../../../../service/people/account-sign-in.ts';
import { newToken } from '../../../../service/people/sessions.ts';
import { linkButton } from '../components/buttons.ts';
import type { Desk } from '../desk.ts';
import { postedForm } from '../form.ts';
import { cookieRules, type Gate } from '../gate.ts';
import { notFoundView } from '../gate-pages.ts';
import { html } from '../template.ts';
import { seeOther, type View } from '../view.ts';
import type { OpenVisit } from '../visit.ts';
import { giveCookies, returnTo, visitorOf } from './browser.ts';
import { type DoorFrame, doorPage } from './door-page.ts';
import { signInPage } from './sign-in-page.ts';

export interface DeskAccounts extends AccountSignIn {
  /** What follows "Entra con". */
  readonly name: string;
  /** Null: the desk is reached on this machine alone. */
  readonly publicUrl: string | null;
}

export interface AccountRouteDeps extends Pick<Gate, 'isSecure'> {
  readonly accounts: DeskAccounts | null;
  readonly frame: () => DoorFrame;
}

/** Registered with the provider. */
const CALLBACK = '/entra/account/ritorno';

export function accountRoutes(desk: Desk, deps: AccountRouteDeps): void {
  const { accounts, frame } = deps;
  const refusal = ({ token }: OpenVisit, { code, message }: Problem, back: string): View =>
    signInPage(frame(), {
      token,
      returnTo: back,
      refusal: message,
      status: PROBLEMS[code].http,
      accountName: accounts?.name ?? null,
    });

  // A link: browsers apply `form-action` to what a form leads to, and the provider is another host.
  desk.openPage('/entra/account', async (visit) => {
    const { caller, query, request, reply } = visit;
    if (accounts === null) return notFoundView;
    const back = returnTo(query.text('ritorno'));
    if (caller !== null) return seeOther(back);
    const origin = originOf(request, accounts);
    if (origin === null) return refusal(visit, problem('account-unavailable'), back);
    const returns = new URL(CALLBACK, origin).href;
    const to = await accounts.begin(back, returns, browserSecret(request, reply, deps), request.ip);
    return to.ok ? reply.redirect(to.value, 303) : refusal(visit, to.problem, back);
  });

  backChannel(desk, deps);

  desk.openPage(CALLBACK, async (visit) => {
    const { request, reply } = visit;
    if (accounts === null) return notFoundView;
    const origin = originOf(request, accounts);
    if (origin === null) return refusal(visit, problem('account-refused'), '/');
    const answer = new URL(request.raw.url ?? '', origin);
    const done = await accounts.finish(answer, knownSecret(request, deps), visitorOf(request, deps));
    if (!done.ok) return refusal(visit, done.problem, '/');
    giveCookies(reply, deps, done.value.signedIn);
    return seeOther(done.value.returnTo);
  });
}

/**
 * The provider itself asks, and no browser: what it sends is proved by its signature alone, so there is neither a session nor a
 * token of a form. Whoever else asks learns nothing, and makes nothing happen.
 */
function backChannel(desk: Desk, { accounts }: AccountRouteDeps): void {
  desk.server.post(
    '/entra/account/uscita',
    { config: { access: 'desk', isOpen: true }, schema: { hide: true }, bodyLimit: LIMITS.logoutTokenBytes },
    async (request, reply) => {
      reply.header('cache-control', 'no-store');
      // A browser says where its page came from; a provider is none.
      if (request.headers['sec-fetch-site'] !== undefined) return reply.status(403).send({ error: 'access_denied' });
      const token = postedForm(request.body).text('logout_token');
      const done = accounts === null || token === '' ? null : await accounts.loggedOut(token, request.ip);
      if (done?.ok === true) return reply.status(200).send();
      // Tried again later.
      if (done?.problem.code === 'account-unavailable')
        return reply.status(503).send({ error: 'temporarily_unavailable' });
      return reply.status(400).send({ error: 'invalid_request' });
    },
  );
}

/** Where the provider sends the browser back: never to a host that a request has made up. */
export const originOf = ({ protocol, host, hostname }: FastifyRequest, { publicUrl }: DeskAccounts): string | null =>
  publicUrl ?? (LOOPBACK.has(hostname) ? (URL.parse(`${protocol}://${host}`)?.origin ?? null) : null);
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);

/** Ties the provider's answer to the browser that began: a link with somebody else's answer signs nobody in. */
const secretCookie = ({ isSecure }: Pick<Gate, 'isSecure'>): string => (isSecure ? '__Host-ingresso' : 'ingresso');

function knownSecret({ cookies }: FastifyRequest, door: Pick<Gate, 'isSecure'>): string | null {
  const value = cookies[secretCookie(door)];
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : null;
}

/** The same for all tabs of a browser that are on their way. */
function browserSecret(request: FastifyRequest, reply: FastifyReply, door: Pick<Gate, 'isSecure'>): string {
  const secret = knownSecret(request, door) ?? newToken();
  reply.setCookie(secretCookie(door), secret, { ...cookieRules(door), maxAge: ATTEMPT_SECONDS });
  return secret;
}

/** The session here has ended. A form may not lead to another host, so the browser goes on from this page by itself. */
export function leavingPage(frame: DoorFrame, reply: FastifyReply, to: string, name: string): View {
  reply.header('refresh', `0;url=${to}`);
  return doorPage(
    frame,
    'Sei uscito',
    html`<h1 class="d-h1">Sei uscito dal protocollo</h1>
    <p>Ora si chiude anche ${name}: se non succede da sé, continua da qui.</p>
    <p>${linkButton({ label: 'Continua', href: to, kind: 'primary' })}</p>`,
  );
}
