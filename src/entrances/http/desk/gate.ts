/**
 * Who is at the door of the desk. A person is known by the cookie of their session alone. What changes something must come
 * from a page of ours (`Sec-Fetch-Site`, else `Origin`), with the token of that person's forms.
 */
import cookie from '@fastify/cookie';
import csrf from '@fastify/csrf-protection';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DeskCaller } from '../../../service/people/caller.ts';
import { mayDo } from '../../../service/people/rights.ts';
import { FRAMEWORK_FIELDS } from './form.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null: nobody. */
    deskCaller: DeskCaller | null;
  }
  interface FastifyContextConfig {
    /** Of a page before signing in: anybody may open it. */
    isOpen?: boolean;
    /** Pages ask for it by themselves. */
    isBackground?: boolean;
  }
}

export interface Sessions {
  /** Null: no such session, or it has ended. `background`: what a page asks by itself keeps nobody signed in. */
  open(token: string, background: boolean): Promise<DeskCaller | null>;
}

/** What a request lacks. `once`: the key under which an act is done once. */
export type Lack = 'site' | 'session' | 'token' | 'right' | 'once';

export interface Gate {
  readonly sessions: Sessions;
  /** Keys the tokens of forms; the same after a restart. */
  readonly formKey: string;
  /** The service itself answers by TLS, or a proxy does in front of it. */
  readonly isSecure: boolean;
}

/** Browsers take a cookie of this name from this very host alone, and by TLS alone. */
export const sessionCookie = ({ isSecure }: Pick<Gate, 'isSecure'>): string =>
  isSecure ? '__Host-sessione' : 'sessione';

export const cookieRules = ({ isSecure }: Pick<Gate, 'isSecure'>) =>
  ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure }) as const;

export async function openGate(server: FastifyInstance, gate: Gate): Promise<void> {
  await server.register(cookie);
  await server.register(csrf, {
    sessionPlugin: '@fastify/cookie',
    cookieKey: gate.isSecure ? '__Host-moduli' : 'moduli',
    cookieOpts: { ...cookieRules(gate), sameSite: 'strict' },
    getToken,
    getUserInfo: ({ deskCaller }) => userInfo(deskCaller),
    csrfOpts: { hmacKey: gate.formKey },
  });
  server.decorateRequest('deskCaller', null);
  server.addHook('onRequest', async (request) => {
    const token = request.cookies[sessionCookie(gate)];
    request.deskCaller = token === undefined ? null : await gate.sessions.open(token, isBackground(request));
  });
}

const isBackground = ({ headers, routeOptions }: FastifyRequest): boolean =>
  routeOptions.config.isBackground === true || headers['x-background'] !== undefined;

/** Of scripts, a header. */
function getToken({ body, headers }: FastifyRequest): string | undefined {
  const field = (body as Record<string, unknown> | null | undefined)?.[FRAMEWORK_FIELDS.token];
  const header = headers['x-csrf-token'];
  const token = typeof field === 'string' ? field : header;
  return typeof token === 'string' ? token : undefined;
}

const userInfo = (caller: DeskCaller | null): string => caller?.sessionId ?? 'nobody';

export const formToken = (request: FastifyRequest, reply: FastifyReply): string =>
  reply.generateCsrf({ userInfo: userInfo(request.deskCaller) });

/** Of the right that the route names. Null: the person may go on. */
export function lackOfReader({ deskCaller, routeOptions }: FastifyRequest): Lack | null {
  const { right, isOpen } = routeOptions.config;
  if (isOpen === true) return null;
  if (deskCaller === null) return 'session';
  return right !== undefined && mayDo(deskCaller, right) ? null : 'right';
}

/** The same for what changes something. A token of an earlier session is told apart: the person may go on with a new one. */
export async function lackOfActor(request: FastifyRequest, reply: FastifyReply): Promise<Lack | null> {
  if (!isFromOwnPage(request)) return 'site';
  const lack = lackOfReader(request);
  if (lack !== null) return lack;
  return (await hasToken(request, reply)) ? null : 'token';
}

function isFromOwnPage({ headers, host }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = headers;
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host;
}

const hasToken = (request: FastifyRequest, reply: FastifyReply): Promise<boolean> =>
  new Promise((resolve) => {
    // The plugin answers through `done` where all is well, and by sending a refusal where it is not.
    const quiet = Object.create(reply, { send: { value: (): void => resolve(false) } }) as FastifyReply;
    request.server.csrfProtection(request, quiet, () => resolve(true));
  });
