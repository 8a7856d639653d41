import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Clock } from '../../kernel/clock.ts';
import { type ProblemCode, problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import { errorCode } from '../../kernel/thrown.ts';
import { type Issuer, type IssuerKeys, IssuerKeysError } from './issuer-keys.ts';

/** A token may be used this long after it was issued. Bounds the memory of used tokens. */
const MAX_AGE_SECONDS = 24 * 3_600;
/** Vouchers are about 1 KB; the HTTP server already refuses headers of this size. */
const MAX_CHARACTERS = 16_384;
const MAX_CLAIM_CHARACTERS = 250;

/** A token whose signature, times and audience are right. Whose it is has not been checked yet. */
export interface CheckedToken {
  readonly issuer: Issuer;
  readonly tokenId: string;
  readonly expires: Date;
  readonly clientId: string | null;
  readonly subject: string | null;
  readonly purposeId: string | null;
  /** `cnf`: what the token is bound to; null: nothing. */
  readonly confirmation: Readonly<Record<string, unknown>> | null;
  /** AUDIT_REST_02: the digest of the tracking evidence, as the voucher has it. */
  readonly digest: Readonly<Record<string, unknown>> | null;
}

export interface TokenDeps {
  readonly issuers: readonly Issuer[];
  readonly keys: IssuerKeys;
  readonly clock: Clock;
}

const invalid = (detail: string): Result<never> => refuse(problem('token-invalid', '', detail));

/** ID_AUTH_REST_01/02, PDND vouchers and tokens of any other configured issuer (RFC 7519, RFC 9068). */
export async function checkToken(token: string, { issuers, keys, clock }: TokenDeps): Promise<Result<CheckedToken>> {
  if (token.length > MAX_CHARACTERS) return invalid('lunghezza');
  let claimed: string | undefined;
  try {
    claimed = decodeJwt(token).iss;
  } catch {
    return invalid('non è un JWT leggibile');
  }
  const issuer = issuers.find((one) => one.issuer === claimed);
  if (issuer === undefined) return refuse(problem('token-issuer'));
  try {
    const { payload, protectedHeader } = await jwtVerify(token, (header, input) => keys.find(issuer, header, input), {
      issuer: issuer.issuer,
      audience: [...issuer.audiences],
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.skewSeconds,
      requiredClaims: ['exp', 'iat', 'aud', 'jti'],
      maxTokenAge: MAX_AGE_SECONDS,
      currentDate: clock.now(),
    });
    const typ = protectedHeader.typ?.toLowerCase().replace(/^application\//, '') ?? '';
    if (!issuer.types.includes(typ)) return invalid('tipo (typ)');
    return toChecked(issuer, payload);
  } catch (error) {
    return refusalOf(error);
  }
}

function toChecked(issuer: Issuer, payload: JWTPayload): Result<CheckedToken> {
  const { jti = '', exp = 0, iat = 0 } = payload;
  for (const name of ['jti', 'sub', 'client_id', 'purposeId']) {
    const value = payload[name];
    if (value !== undefined && (typeof value !== 'string' || value.length > MAX_CLAIM_CHARACTERS || value === ''))
      return invalid(`il claim ${name} non è ammesso`);
  }
  const { cnf, digest } = payload as { cnf?: unknown; digest?: unknown };
  if (cnf !== undefined && !isObject(cnf)) return invalid('il claim cnf non è ammesso');
  if (digest !== undefined && !isObject(digest)) return invalid('il claim digest non è ammesso');
  return ok({
    issuer,
    tokenId: jti,
    expires: new Date((Math.min(exp, iat + MAX_AGE_SECONDS) + issuer.skewSeconds + 1) * 1000),
    clientId: text(payload['client_id']),
    subject: text(payload.sub),
    purposeId: text(payload['purposeId']),
    confirmation: cnf ?? null,
    digest: digest ?? null,
  });
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const REASONS: Readonly<Record<string, string>> = {
  ERR_JOSE_ALG_NOT_ALLOWED: "l'algoritmo (alg) non è ammesso",
  ERR_JOSE_NOT_SUPPORTED: "l'algoritmo (alg) non è ammesso",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'la firma non corrisponde',
  ERR_JWKS_NO_MATCHING_KEY: 'la chiave (kid) è sconosciuta',
  ERR_JWKS_MULTIPLE_MATCHING_KEYS: 'la chiave (kid) non è indicata',
};
const CLAIMS: Readonly<Record<string, ProblemCode>> = { aud: 'token-audience', nbf: 'token-early', iat: 'token-early' };

/** Whatever jose complains of is the token's fault, also what has no code of its own here (a short key, a broken header). */
function refusalOf(error: unknown): Result<never> {
  if (error instanceof IssuerKeysError) return refuse(problem('issuer-unavailable'));
  if (error instanceof errors.JWTExpired) return refuse(problem('token-expired'));
  if (error instanceof errors.JWTClaimValidationFailed) {
    const code = error.reason === 'check_failed' ? CLAIMS[error.claim] : undefined;
    return code === undefined ? invalid(`il claim ${error.claim} manca o non è ammesso`) : refuse(problem(code));
  }
  return invalid(REASONS[errorCode(error)] ?? 'non è un JWT leggibile');
}
