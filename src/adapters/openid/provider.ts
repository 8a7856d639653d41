/**
 * The provider of the body's accounts, by OpenID Connect: code with PKCE, state, nonce, the issuer in the answer (RFC 9207)
 * and the signature of the ID token. What the provider says of itself is read again every few minutes, its keys at each
 * sign-in: signing in is rare, and a key that was withdrawn must not be trusted from memory.
 */
import * as oidc from 'openid-client';
import type { Log } from '../../kernel/log.ts';
import { type Problem, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { errorCode, errorMessage } from '../../kernel/thrown.ts';
import type { AccountFacts, AccountLogout, AccountProvider } from '../../service/people/accounts.ts';
import { accountFacts, needsMore } from './claims.ts';
import { providerKeys, readLogoutToken } from './logout-token.ts';
import { boundedFetch, isSafeAddress } from './safe-fetch.ts';

export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Null: a public client. */
  readonly clientSecret: string | null;
  readonly scopes: readonly string[];
  readonly groupsClaim: string;
}

/** A person waits: later than this, the provider is away. */
const SECONDS = 6;
const REMEMBERED_MS = 5 * 60_000;
/** Two clocks differ. */
const TOLERANCE_SECONDS = 30;

export function openIdProvider(settings: ProviderSettings, log: Log, seconds = SECONDS): AccountProvider {
  const connect = connector(settings, seconds);
  const tried = async <T>(what: string, work: (config: oidc.Configuration) => Promise<T>): Promise<Result<T>> => {
    let config: oidc.Configuration | null = null;
    try {
      config = await connect.configuration();
      return ok(await work(config));
    } catch (error) {
      const found = config === null ? problem('account-unavailable') : problemOf(error);
      // What it said of itself may be what is wrong.
      if (found.code === 'account-unavailable') connect.forget();
      log.warn({ what, problem: found.code, reason: reasonOf(error) }, "the accounts' provider");
      return refuse(found);
    }
  };
  return {
    authorize: ({ state, nonce, verifier }, redirectUri) =>
      tried('authorize', async (config) => {
        const to = oidc.buildAuthorizationUrl(config, {
          redirect_uri: redirectUri,
          scope: ['openid', ...settings.scopes].join(' '),
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        });
        return safe(to);
      }),
    redeem: ({ state, nonce, verifier }, answer) =>
      tried('redeem', async (config): Promise<AccountFacts> => {
        const tokens = await oidc.authorizationCodeGrant(config, answer, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined || tokens.id_token === undefined) throw new TypeError('no ID token');
        const asked = needsMore(claims, settings) && config.serverMetadata().userinfo_endpoint !== undefined;
        const more = asked ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
        const sid = sidOf(claims['sid']);
        return { ...accountFacts(claims.sub, { ...more, ...claims }, settings), sid, idToken: tokens.id_token };
      }),
    readLogout: (token) =>
      tried('logout', (config): Promise<AccountLogout> => {
        const { issuer, jwks_uri: keys } = config.serverMetadata();
        if (keys === undefined) throw new oidc.ClientError('the provider publishes no keys');
        return readLogoutToken(token, {
          ...{ issuer, clientId: settings.clientId, toleranceSeconds: TOLERANCE_SECONDS },
          keys: connect.keys(keys),
        });
      }),
    async leave(idToken, back) {
      const to = await tried('leave', async (config) =>
        config.serverMetadata().end_session_endpoint === undefined
          ? null
          : safe(
              oidc.buildEndSessionUrl(config, {
                post_logout_redirect_uri: back,
                ...(idToken !== null && { id_token_hint: idToken }),
              }),
            ),
      );
      return to.ok ? to.value : null;
    },
  };
}

/** For `doctor`: what a sign-in will ask of it, asked in advance. Throws the reason why it does not work. */
export async function tryProvider(settings: ProviderSettings): Promise<string> {
  const config = await connector(settings, SECONDS).configuration();
  const { authorization_endpoint: entry, token_endpoint: exchange, jwks_uri: keys } = config.serverMetadata();
  const missing = Object.entries({ authorization_endpoint: entry, token_endpoint: exchange, jwks_uri: keys })
    .filter(([, address]) => address === undefined)
    .map(([name]) => name);
  if (missing.length > 0 || keys === undefined) throw new Error(`the provider names no ${missing.join(', ')}`);
  const answer = await boundedFetch()(keys, {
    ...{ method: 'GET', headers: { accept: 'application/json' }, body: undefined, redirect: 'manual' },
    signal: AbortSignal.timeout(SECONDS * 1000),
  });
  const said: unknown = answer.ok ? await answer.json() : null;
  const known =
    typeof said === 'object' && said !== null && 'keys' in said && Array.isArray(said.keys) ? said.keys : [];
  if (known.length === 0) throw new Error(`no keys at ${keys} (status ${answer.status})`);
  return `${settings.issuer} answers, with ${known.length} key(s)`;
}

const sidOf = (claim: unknown): string | null =>
  typeof claim === 'string' && claim !== '' && claim.length <= 255 ? claim : null;

/** Browsers are sent over https alone, but for a provider on this machine. */
function safe(to: URL): string {
  if (!isSafeAddress(to)) throw new oidc.ClientError(`${to.origin} is not https`);
  return to.href;
}

function connector({ issuer, clientId, clientSecret }: ProviderSettings, seconds: number) {
  let known: { readonly at: number; readonly metadata: Promise<oidc.ServerMetadata> } | null = null;
  const server = new URL(issuer);
  const isPlain = server.protocol === 'http:';
  const client = {
    [oidc.clockTolerance]: TOLERANCE_SECONDS,
    ...(clientSecret !== null && { client_secret: clientSecret }),
  };
  const authentication = clientSecret === null ? oidc.None() : bySecret(clientSecret);
  const execute = [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])];
  const fetching = boundedFetch();
  let keySet: { readonly uri: string; readonly keys: ReturnType<typeof providerKeys> } | null = null;
  const discover = async (): Promise<oidc.ServerMetadata> => {
    const options = { timeout: seconds, execute, [oidc.customFetch]: fetching };
    const found = await oidc.discovery(server, clientId, client, authentication, options);
    return found.serverMetadata();
  };
  const metadata = (): Promise<oidc.ServerMetadata> => {
    if (known === null || performance.now() - known.at > REMEMBERED_MS) {
      // Those who come meanwhile wait for the same answer.
      const begun = { at: performance.now(), metadata: discover() };
      known = begun;
      begun.metadata.catch(() => {
        if (known === begun) known = null;
      });
    }
    return known.metadata;
  };
  return {
    /** A new one each time: it would remember keys. */
    async configuration(): Promise<oidc.Configuration> {
      const config = new oidc.Configuration(await metadata(), clientId, client, authentication);
      config.timeout = seconds;
      config[oidc.customFetch] = fetching;
      for (const extend of execute) extend(config);
      return config;
    },
    /** Not for signing in: that asks for keys anew. */
    keys(uri: string): ReturnType<typeof providerKeys> {
      if (keySet?.uri !== uri) keySet = { uri, keys: providerKeys(uri, seconds) };
      return keySet.keys;
    },
    forget() {
      known = null;
    },
  };
}

/** `client_secret_basic` is the standard's default; some providers take the other one alone. */
function bySecret(secret: string): oidc.ClientAuth {
  const basic = oidc.ClientSecretBasic(secret);
  const post = oidc.ClientSecretPost(secret);
  return (server, client, body, headers) => {
    const offered = server.token_endpoint_auth_methods_supported;
    const isPost = offered?.includes('client_secret_post') === true && !offered.includes('client_secret_basic');
    return (isPost ? post : basic)(server, client, body, headers);
  };
}

/** Of answers with an error (RFC 6749 §4.1.2.1, §5.2): it is not the person who can mend these. */
const NOT_THE_PERSON = new Set(['server_error', 'temporarily_unavailable', 'invalid_client', 'unauthorized_client']);
/** Of the library: the answer is none of OpenID Connect. */
const NO_ANSWER = new Set([
  'OAUTH_TIMEOUT',
  'OAUTH_ABORT',
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
  'OAUTH_HTTP_REQUEST_FORBIDDEN',
  'ERR_JWKS_TIMEOUT',
  'ERR_JWKS_INVALID',
  'ERR_JOSE_GENERIC',
]);

function problemOf(error: unknown): Problem {
  const isAnswer = error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError;
  const isAway = isAnswer ? NOT_THE_PERSON.has(error.error) : NO_ANSWER.has(errorCode(error)) || isOfNetwork(error);
  return problem(isAway ? 'account-unavailable' : 'account-refused');
}

/** `fetch` throws a TypeError with a cause where the other side is not reached. */
const isOfNetwork = (error: unknown): boolean => error instanceof TypeError && error.cause instanceof Error;

/** "something went wrong" says nothing: its cause does. Neither holds a token. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${errorMessage(error.cause)}` : '';
  const said = error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError;
  return `${errorMessage(error)}${said ? ` (${error.error})` : ''}${cause}`.slice(0, 300);
};
