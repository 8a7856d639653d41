/**
 * Who may call a route. Each route says so where it is declared (`operation({ access })`): a scope of
 * `service/access/scopes.ts`, or `public`. A route that does not say so, or is public without standing in the list here,
 * cannot be declared.
 */
import type { FastifyInstance } from 'fastify';
import { type Problem, problem } from '../../../kernel/problems.ts';
import type { Client } from '../../../service/access/client.ts';
import type { Scope } from '../../../service/access/scopes.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope a caller needs; `public`: anybody may call; `desk`: the desk asks for a person. Every route has it. */
    access?: Scope | 'public' | 'desk';
    /** Also open to callers without a credential, where the index is public. */
    openIndex?: boolean;
    /** A public route that says more to a caller who shows a credential. */
    knowsCaller?: boolean;
  }
  interface FastifyInstance {
    /** Every route with who may call it, in order of declaration. */
    routeAccess: readonly RouteAccess[];
  }
}

export interface RouteAccess {
  readonly method: string;
  readonly url: string;
  readonly access: Scope | 'public' | 'desk';
  readonly openIndex: boolean;
}

/** The only paths that may be public. */
const PUBLIC_PATHS =
  /^(?:\/rest\/interpro\/v\d+)?\/(?:status|health(?:\/.*)?|docs(?:\/.*)?|openapi(?:\.json|\.yaml)?|problems|signing-keys)$/;

/** Collects the routes declared from now on. */
export function requireRouteAccess(server: FastifyInstance): void {
  const routes: RouteAccess[] = [];
  server.decorate('routeAccess', routes);
  server.addHook('onRoute', ({ url, method, config }) => {
    const { access, openIndex = false } = config ?? {};
    if (access === undefined) throw new Error(`the route ${url} does not say who may call it`);
    if (access === 'public' && !PUBLIC_PATHS.test(url)) throw new Error(`the route ${url} may not be public`);
    for (const one of [method].flat()) routes.push({ method: one, url, access, openIndex });
  });
}

/** Null: the client may call a route that asks for this scope. */
export const refuseScope = ({ scopes }: Pick<Client, 'scopes'>, access: Scope): Problem | null =>
  scopes.has(access) ? null : problem('forbidden');
