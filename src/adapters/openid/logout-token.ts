/**
 * The provider says that somebody has left it (OpenID Connect Back-Channel Logout 1.0 §2.4 and §2.6). The token comes from
 * anybody who reaches this address: its signature, and that it is no ID token, are all there is to trust.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { JWS_ALGORITHMS } from '../../model/modi.ts';
import type { AccountLogout } from '../../service/people/accounts.ts';
import { boundedFetch } from './safe-fetch.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** None that a secret shared with others, or nothing at all, would sign. */
const ALGORITHMS = [...JWS_ALGORITHMS, 'Ed25519'];
/** A provider that did not reach us tries again, and not for long. */
const OLDEST_SECONDS = 600;
const LONGEST_NAME = 255;

export interface LogoutTokenRules {
  readonly issuer: string;
  readonly clientId: string;
  readonly keys: JWTVerifyGetKey;
  readonly toleranceSeconds: number;
}

/** Strangers may ask us for anything: what they send makes us ask the provider twice a minute at most. */
export const providerKeys = (jwksUri: string, seconds: number): JWTVerifyGetKey => {
  const ask = boundedFetch();
  return createRemoteJWKSet(new URL(jwksUri), {
    timeoutDuration: seconds * 1000,
    cooldownDuration: 30_000,
    cacheMaxAge: 5 * 60_000,
    [customFetch]: (url, { headers, method, signal }) =>
      ask(url, { body: undefined, headers: Object.fromEntries(headers), method, redirect: 'manual', signal }),
  });
};

export async function readLogoutToken(token: string, rules: LogoutTokenRules): Promise<AccountLogout> {
  const { payload, protectedHeader } = await jwtVerify(token, rules.keys, {
    issuer: rules.issuer,
    audience: rules.clientId,
    algorithms: ALGORITHMS,
    clockTolerance: rules.toleranceSeconds,
    maxTokenAge: OLDEST_SECONDS,
    requiredClaims: ['iat', 'jti', 'events'],
  });
  // Optional in the norm. Another type was meant for something else (RFC 8725 §3.11).
  const { typ } = protectedHeader;
  if (typ !== undefined && !/^(?:application\/)?(?:logout\+jwt|jwt)$/i.test(typ)) throw wrong('typ', payload);
  if (!namesLogout(payload['events'])) throw wrong('events', payload);
  // It would be an ID token.
  if (payload['nonce'] !== undefined) throw wrong('nonce', payload);
  const [subject, sid, tokenId] = [name('sub', payload), name('sid', payload), name('jti', payload)];
  if (tokenId === null) throw wrong('jti', payload);
  if (subject === null && sid === null) throw wrong('sub', payload);
  const issuedAt = payload.iat ?? 0;
  return {
    subject,
    sid,
    tokenId,
    until: new Date((issuedAt + OLDEST_SECONDS + 2 * rules.toleranceSeconds) * 1000),
  };
}

const wrong = (claim: string, payload: JWTPayload): Error =>
  new errors.JWTClaimValidationFailed(`unexpected "${claim}" in a logout token`, payload, claim);

function name(claim: string, payload: JWTPayload): string | null {
  const value = payload[claim];
  if (value === undefined) return null;
  if (typeof value !== 'string' || value === '' || value.length > LONGEST_NAME) throw wrong(claim, payload);
  return value;
}

function namesLogout(events: unknown): boolean {
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT)) return false;
  const event: unknown = (events as Readonly<Record<string, unknown>>)[EVENT];
  return typeof event === 'object' && event !== null && !Array.isArray(event);
}
