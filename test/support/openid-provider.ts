/** A real OpenID Connect provider on a free loopback port. Whoever comes is signed in at once, as the person that is named. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { importJWK, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';
import Provider, { type Configuration, errors, type JWK } from 'oidc-provider';

export const CLIENT = { clientId: 'protocollo', clientSecret: 'un segreto di prova, lungo' } as const;

/** Somebody in the body's directory. */
export interface DirectoryPerson {
  readonly sub: string;
  readonly name: string;
  readonly login: string;
  readonly groups: readonly string[];
}

export interface TestProvider {
  readonly issuer: string;
  /** Who sits before the browser; null: whoever it is says no. */
  person: DirectoryPerson | null;
  /** `stall`: it takes requests and never answers; `broken`: it answers with an error page. */
  mood: 'well' | 'stall' | 'broken';
  /** Signs with a new key from now on; the old one is no longer published. */
  rotate(): void;
  /** Publishes other keys than it signs with. */
  publishOthers(): void;
  /** Tells its client, by the back channel, that this session has left. */
  tellLeft(sub: string, sid: string): Promise<void>;
  /** A token that it signs with its present key, whatever it says. */
  sign(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  /** Answers to questions about its keys. */
  readonly keysAsked: () => number;
  stop(): Promise<void>;
}

let made = 0;
function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  made += 1;
  return { ...(privateKey.export({ format: 'jwk' }) as JWK), kid: `chiave-${made}`, use: 'sig', alg: 'RS256' };
}

/** `back`: the desks that it sends people back to, asked when the first person comes. */
export async function startProvider(back: () => readonly string[]): Promise<TestProvider> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const directory = new Map<string, DirectoryPerson>();
  let keysAsked = 0;
  let key = signingKey();
  const fresh = () => {
    key = signingKey();
    return providerOf(issuer, back(), key, directory);
  };
  let running: Provider | null = null;
  let published: Provider | null = null;
  const self: TestProvider = {
    issuer,
    person: null,
    mood: 'well',
    rotate() {
      running = fresh();
      published = null;
    },
    publishOthers() {
      published = fresh();
    },
    async tellLeft(sub, sid) {
      running ??= fresh();
      const client = await running.Client.find(CLIENT.clientId);
      const { backchannelLogout: tell } = client as unknown as Record<
        'backchannelLogout',
        (...of: string[]) => Promise<void>
      >;
      await tell.call(client, sub, sid);
    },
    async sign(claims, header = {}) {
      running ??= fresh();
      const { kid, alg = 'RS256' } = key;
      return new SignJWT(claims)
        .setProtectedHeader({ alg, ...(kid !== undefined && { kid }), ...header })
        .sign(await importJWK(key as Parameters<typeof importJWK>[0], alg));
    },
    keysAsked: () => keysAsked,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (self.mood === 'stall') return;
    if (self.mood === 'broken') {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
      return;
    }
    const { pathname } = new URL(request.url ?? '/', issuer);
    running ??= fresh();
    if (pathname === '/jwks') keysAsked += 1;
    if (pathname.startsWith('/interaction/')) {
      void answer(running, self.person, directory, request, response);
      return;
    }
    void (pathname === '/jwks' && published !== null ? published : running).callback()(request, response);
  });
  return self;
}

async function answer(
  provider: Provider,
  person: DirectoryPerson | null,
  directory: Map<string, DirectoryPerson>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (person === null) {
    await provider.interactionFinished(request, response, { error: 'access_denied' });
    return;
  }
  directory.set(person.sub, person);
  await provider.interactionFinished(request, response, { login: { accountId: person.sub, remember: false } });
}

const providerOf = (
  issuer: string,
  back: readonly string[],
  key: JWK,
  directory: ReadonlyMap<string, DirectoryPerson>,
): Provider => {
  const configuration: Configuration = {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: back.map((origin) => `${origin}/entra/account/ritorno`),
        backchannel_logout_session_required: true,
        ...(back[0] !== undefined && { backchannel_logout_uri: `${back[0]}/entra/account/uscita` }),
        post_logout_redirect_uris: back.map((origin) => `${origin}/uscito`),
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: ['prova'] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username', 'groups'] },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    // Its own way would ask no address of this machine.
    fetch: (url, { method, headers, body, redirect, signal } = {}) =>
      fetch(url, { method, headers, body, redirect, signal } as RequestInit),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        // Confirms by itself: no person presses here.
        logoutSource: async (context, form) => {
          const [, secret = ''] = /name="xsrf" value="([^"]*)"/.exec(form) ?? [];
          context.body = `<!doctype html><html lang="it"><title>Uscita</title><link rel="icon" href="data:,"><form method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="${secret}"><input type="hidden" name="logout" value="yes"><button>Esci dal provider</button></form></html>`;
        },
      },
    },
    findAccount: async (_, sub) => {
      const person = directory.get(sub);
      if (person === undefined) throw new errors.AccessDenied();
      const { name, login, groups } = person;
      return { accountId: sub, claims: async () => ({ sub, name, preferred_username: login, groups: [...groups] }) };
    },
    async loadExistingGrant(context) {
      const { client, provider, session } = context.oidc;
      const grant = new provider.Grant({ clientId: client?.clientId ?? '', accountId: session?.accountId ?? '' });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
    ttl: { Session: 600, Interaction: 600, Grant: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
  };
  return new Provider(issuer, configuration);
};

/** Follows the provider's redirects as a browser does, and gives the address at which the desk gets its answer. */
export async function atProvider(to: string): Promise<URL> {
  const jar = new Map<string, string>();
  let at = new URL(to);
  const { origin } = at;
  for (let hops = 0; hops < 10; hops += 1) {
    if (at.origin !== origin) return at;
    const answered = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
    });
    for (const line of answered.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    const next = answered.headers.get('location');
    if (next === null) throw new Error(`the provider answers ${answered.status} at ${at}: ${await answered.text()}`);
    at = new URL(next, at);
  }
  throw new Error('the provider goes round in circles');
}
