import { type CryptoKey, compactVerify, importJWK, type JSONWebKeySet, type JWK } from 'jose';
import { sha256 } from '../../kernel/digest.ts';
import type { Sha256 } from '../../kernel/ids.ts';
import { JWS_ALGORITHMS } from '../../model/modi.ts';
import { digestIn } from './digest.ts';

/** Longest validity of a signature over one request; it bounds how long used ones must be remembered. */
const LONGEST_SECONDS = 24 * 3_600;
const MOST_CHARACTERS = 16_384;
const MOST_CLAIM = 250;

export interface SignedTokenRules {
  /** Public keys of the client. */
  readonly keys: JSONWebKeySet;
  /** One of these must be in `aud`. */
  readonly audiences: readonly string[];
  readonly now: Date;
  readonly skewSeconds: number;
}

/** `reason`: what is wrong, in Italian. */
export type Verdict<T> = ({ readonly ok: true } & T) | { readonly ok: false; readonly reason: string };

export interface SignedToken {
  readonly payload: Readonly<Record<string, unknown>>;
  /** The same whenever the token is presented, also with its signature rewritten. */
  readonly once: Sha256;
  readonly expires: Date;
}

const no = (reason: string) => ({ ok: false, reason }) as const;

/** Checks a token that the client itself signed (`Agid-JWT-*`): signature, times, audience. */
export async function verifySignedToken(token: string, rules: SignedTokenRules): Promise<Verdict<SignedToken>> {
  if (token.length > MOST_CHARACTERS) return no('il token è troppo lungo');
  const verified = await verifiedBy(token, rules.keys);
  if (typeof verified === 'string') return no(verified);
  const { payload } = verified;
  const times = timesOf(payload);
  if (times === null) return no('iat, nbf o exp mancano o non sono numeri');
  const now = rules.now.getTime() / 1000;
  if (times.exp + rules.skewSeconds <= now || times.iat + LONGEST_SECONDS + rules.skewSeconds <= now)
    return no('il token è scaduto');
  if (Math.max(times.iat, times.nbf) - rules.skewSeconds > now) return no('il token non è ancora valido');
  const aud = Array.isArray(payload['aud']) ? payload['aud'] : [payload['aud']];
  if (!rules.audiences.some((one) => aud.includes(one))) return no('il token è per un altro destinatario (aud)');
  const last = Math.min(times.exp, times.iat + LONGEST_SECONDS) + rules.skewSeconds + 1;
  return { ok: true, payload, once: onceOf(token, payload), expires: new Date(last * 1000) };
}

/** The issuer's `jti`, or else what was signed: an ECDSA signature can be rewritten, its content cannot. */
function onceOf(token: string, payload: Readonly<Record<string, unknown>>): Sha256 {
  const { jti, iss = '' } = payload;
  return typeof jti === 'string' && jti !== ''
    ? sha256(JSON.stringify(['jti', iss, jti]))
    : sha256(token.slice(0, token.lastIndexOf('.')));
}

function timesOf(payload: Readonly<Record<string, unknown>>): { iat: number; nbf: number; exp: number } | null {
  const { iat, exp, nbf = iat } = payload;
  const whole = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
  return whole(iat) && whole(exp) && whole(nbf) ? { iat, exp, nbf } : null;
}

/** The payload, or what is wrong. The header names the key; where it names none, every key is tried. */
async function verifiedBy(
  token: string,
  { keys }: JSONWebKeySet,
): Promise<{ readonly payload: Readonly<Record<string, unknown>> } | string> {
  const header = headerOf(token);
  if (header === null) return 'non è un JWT';
  const algorithm = JWS_ALGORITHMS.find((one) => one === header['alg']);
  if (algorithm === undefined) return "l'algoritmo (alg) non è ammesso";
  if (String(header['typ'] ?? 'JWT').toUpperCase() !== 'JWT') return 'il tipo (typ) non è JWT';
  for (const jwk of keys.filter(namedBy(header))) {
    const key = await imported(jwk, algorithm);
    if (key === null) continue;
    const verified = await compactVerify(token, key, { algorithms: [algorithm] }).catch(() => null);
    if (verified === null) continue;
    const payload = parsed(new TextDecoder().decode(verified.payload));
    return payload === null ? 'non è un JWT' : { payload };
  }
  return 'la firma o la chiave non corrisponde';
}

const imported = (jwk: JWK, algorithm: string): Promise<CryptoKey | null> =>
  importJWK(jwk, algorithm).then(
    (key) => (key instanceof Uint8Array ? null : key),
    () => null,
  );

function namedBy(header: Readonly<Record<string, unknown>>): (key: JWK) => boolean {
  const { kid, x5c } = header;
  const [first] = Array.isArray(x5c) ? x5c : [];
  const x5t =
    header['x5t#S256'] ??
    (typeof first === 'string' ? Buffer.from(sha256(Buffer.from(first, 'base64')), 'hex').toString('base64url') : null);
  return (key) =>
    (typeof kid !== 'string' || key.kid === undefined || key.kid === kid) &&
    (typeof x5t !== 'string' || key['x5t#S256'] === undefined || key['x5t#S256'] === x5t);
}

const headerOf = (token: string): Readonly<Record<string, unknown>> | null =>
  parsed(Buffer.from(token.slice(0, Math.max(0, token.indexOf('.'))), 'base64url').toString('utf8'));

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** Headers as received, names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * INTEGRITY_REST_01/02: the headers that the token signs, the digest among them, are those that came with it.
 * `content-type` and `content-encoding` must be signed where the request has them. Gives the digest (base64) that the body
 * must have.
 */
export function checkSignedHeaders(
  payload: Readonly<Record<string, unknown>>,
  headers: Headers,
  hasBody: boolean,
): Verdict<{ readonly digest: string }> {
  const listed = payload['signed_headers'];
  if (!Array.isArray(listed) || listed.length > 50) return no('signed_headers manca o non è valido');
  const signed = new Map<string, string>();
  for (const one of listed) {
    const pairs = typeof one === 'object' && one !== null ? Object.entries(one) : [];
    for (const [name, value] of pairs.slice(0, 50)) {
      const key = name.toLowerCase();
      if (typeof value !== 'string' || (signed.has(key) && signed.get(key) !== value))
        return no('signed_headers manca o non è valido');
      if (headers[key] !== value)
        return no(`l'intestazione ${key.slice(0, 50).replace(/[^a-z0-9-]/g, '?')} non è quella firmata`);
      signed.set(key, value);
    }
  }
  for (const name of ['content-type', 'content-encoding']) {
    if (hasBody && headers[name] !== undefined && !signed.has(name)) return no(`l'intestazione ${name} non è firmata`);
  }
  const digest = digestIn(signed.get('digest') ?? '');
  return digest === null ? no("l'intestazione Digest non è firmata o non è leggibile") : { ok: true, digest };
}

/** Who acted on the other side (AUDIT_REST_01/02). */
export interface TrackingEvidence {
  readonly userId: string;
  readonly userLocation: string;
  readonly levelOfAssurance: string;
  readonly purposeId: string | null;
}

export function readEvidence(payload: Readonly<Record<string, unknown>>): TrackingEvidence | null {
  const text = (name: string): string | null => {
    const value = payload[name];
    return typeof value === 'string' && value !== '' && value.length <= MOST_CLAIM ? value : null;
  };
  const [userId, userLocation, levelOfAssurance] = [text('userID'), text('userLocation'), text('LoA')];
  if (userId === null || userLocation === null || levelOfAssurance === null) return null;
  return { userId, userLocation, levelOfAssurance, purposeId: text('purposeId') };
}

/** AUDIT_REST_02: the voucher names the digest of the evidence sent with it (`{"alg":"SHA256","value":…}`). */
export function isDigestOf(digest: Readonly<Record<string, unknown>>, token: string): boolean {
  const { alg, value } = digest;
  if (typeof alg !== 'string' || !/^sha-?256$/i.test(alg) || typeof value !== 'string') return false;
  const hex = sha256(token);
  const bytes = Buffer.from(hex, 'hex');
  return [hex, bytes.toString('base64'), bytes.toString('base64url')].includes(
    value.length === 64 ? value.toLowerCase() : value,
  );
}
