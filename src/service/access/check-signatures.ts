import {
  checkSignedHeaders,
  type Headers,
  isDigestOf,
  readEvidence,
  type SignedTokenRules,
  type TrackingEvidence,
  verifySignedToken,
} from '../../formats/modi/verify.ts';
import type { Clock } from '../../kernel/clock.ts';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Authenticated } from './authenticate.ts';
import type { CredentialStore } from './credential.ts';

export interface SignedRequest {
  readonly headers: Headers;
  readonly hasBody: boolean;
  /** GET and HEAD change nothing: they need no signature, but one that is there is checked. */
  readonly reads: boolean;
}

export interface CheckedRequest {
  /** SHA-256 (base64) the body must have; null: no signature is required, or there is no body. */
  readonly bodyDigest: string | null;
  readonly evidence: TrackingEvidence | null;
}

export type CheckSignatures = (who: Authenticated, request: SignedRequest) => Promise<Result<CheckedRequest>>;

export interface SignatureDeps {
  readonly store: Pick<CredentialStore, 'rememberToken'>;
  readonly clock: Clock;
  /** What clients must put into `aud`. */
  readonly audiences: readonly string[];
  readonly skewSeconds: number;
}

/** Base64 SHA-256 of no bytes, which a request without a body may declare. */
const EMPTY_DIGEST = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const UNCHECKED: CheckedRequest = { bodyDigest: null, evidence: null };

/** ModI INTEGRITY_REST_01/02 and AUDIT_REST_01/02, for clients whose credential requires them. */
export function openCheckSignatures(deps: SignatureDeps): CheckSignatures {
  return async (who, request) => {
    const { credential } = who;
    const keys = credential?.signingKeys ?? null;
    if (credential === null || keys === null || credential.requires.length === 0) return ok(UNCHECKED);
    const rules: SignedTokenRules = {
      keys,
      audiences: deps.audiences,
      now: deps.clock.now(),
      skewSeconds: deps.skewSeconds,
    };
    const evidence = await checkEvidence(who, request, rules);
    if (!evidence.ok) return evidence;
    const digest = await checkIntegrity(who, request, rules, deps);
    return digest.ok ? ok({ bodyDigest: digest.value, evidence: evidence.value }) : digest;
  };
}

const one = (value: string | string[] | undefined): string | null => (typeof value === 'string' ? value : null);

async function checkIntegrity(
  { credential }: Authenticated,
  { headers, hasBody, reads }: SignedRequest,
  rules: SignedTokenRules,
  { store }: SignatureDeps,
): Promise<Result<string | null>> {
  if (credential === null || !credential.requires.includes('integrity')) return ok(null);
  const token = one(headers['agid-jwt-signature']);
  if (token === null && reads && !hasBody) return ok(null);
  if (token === null || one(headers['digest']) === null) return refuse(problem('integrity-missing'));
  const no = (reason: string) => refuse(problem('integrity-invalid', '', reason));
  // A multipart body is split while it arrives, so the digest of the whole cannot be checked.
  if (/^\s*multipart\//i.test(headers['content-type']?.toString() ?? ''))
    return no('un corpo multipart non si può firmare');
  const verified = await verifySignedToken(token, rules);
  if (!verified.ok) return no(verified.reason);
  const signed = checkSignedHeaders(verified.payload, headers, hasBody);
  if (!signed.ok) return no(signed.reason);
  if (!hasBody && signed.digest !== EMPTY_DIGEST) return refuse(problem('integrity-digest'));
  if (!(await store.rememberToken(verified.once, verified.expires))) return refuse(problem('token-replayed'));
  return ok(hasBody ? signed.digest : null);
}

async function checkEvidence(
  { credential, token: voucher }: Authenticated,
  { headers }: SignedRequest,
  rules: SignedTokenRules,
): Promise<Result<TrackingEvidence | null>> {
  if (credential === null || !credential.requires.includes('audit')) return ok(null);
  const token = one(headers['agid-jwt-trackingevidence']);
  if (token === null) return refuse(problem('audit-missing'));
  const no = (reason: string) => refuse(problem('audit-invalid', '', reason));
  const verified = await verifySignedToken(token, rules);
  if (!verified.ok) return no(verified.reason);
  const evidence = readEvidence(verified.payload);
  if (evidence === null) return no('mancano userID, userLocation o LoA');
  if (voucher !== null && voucher.digest !== null && !isDigestOf(voucher.digest, token))
    return no("l'impronta non è quella indicata nel voucher");
  if (evidence.purposeId !== null && voucher !== null && voucher.purposeId !== evidence.purposeId)
    return no('purposeId non è quello del voucher');
  return ok(evidence);
}
