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
  /** GET and HEAD change nothing: a signature is checked where there is one, and not asked for. */
  readonly reads: boolean;
}

export interface CheckedRequest {
  /** SHA-256 (base64) the body must turn out to have; null: no signature was asked for, or there is no body. */
  readonly bodyDigest: string | null;
  readonly evidence: TrackingEvidence | null;
}

export type CheckSignatures = (who: Authenticated, request: SignedRequest) => Promise<Result<CheckedRequest>>;

export interface SignatureDeps {
  readonly store: Pick<CredentialStore, 'seeToken'>;
  readonly clock: Clock;
  /** What clients put into `aud`. */
  readonly audiences: readonly string[];
  readonly skewSeconds: number;
}

/** Base64 SHA-256 of nothing: what a request without a body may say of it. */
const NOTHING = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';
const NOTHING_ASKED: CheckedRequest = { bodyDigest: null, evidence: null };

/** ModI INTEGRITY_REST_01/02 and AUDIT_REST_01/02, for the clients whose credential asks for them. */
export function openCheckSignatures(deps: SignatureDeps): CheckSignatures {
  return async (who, request) => {
    const { credential } = who;
    const keys = credential?.signingKeys ?? null;
    if (credential === null || keys === null || credential.requires.length === 0) return ok(NOTHING_ASKED);
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
  // Files in parts are cut out of the connection before anybody could add up what was signed.
  if (/^\s*multipart\//i.test(headers['content-type']?.toString() ?? '')) return no('corpo multipart');
  const verified = await verifySignedToken(token, rules);
  if (!verified.ok) return no(verified.reason);
  const signed = checkSignedHeaders(verified.payload, headers, hasBody);
  if (!signed.ok) return no(signed.reason);
  if (!hasBody && signed.digest !== NOTHING) return refuse(problem('integrity-digest'));
  if (!(await store.seeToken(verified.once, verified.expires))) return refuse(problem('token-replayed'));
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
  if (evidence === null) return no('userID, userLocation o LoA');
  if (voucher !== null && voucher.digest !== null && !isDigestOf(voucher.digest, token))
    return no('impronta diversa da quella del voucher');
  if (evidence.purposeId !== null && voucher !== null && voucher.purposeId !== evidence.purposeId)
    return no('purposeId');
  return ok(evidence);
}
