import { CompactSign } from 'jose';
import type { ModiSigner } from '../../model/modi.ts';
import { digestHeader } from './digest.ts';
import { kidOf } from './public-keys.ts';

export interface IntegrityRequest {
  /** The bytes as they go on the wire. */
  readonly body: Uint8Array;
  /** Header values exactly as they are sent; null: the request has no such header. */
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** Who receives it: what the other side expects as `aud`. */
  readonly audience: string;
  /** Who sends it. */
  readonly issuer: string;
  readonly subject: string | null;
  /** Unique for each request, so that a replay is noticed. */
  readonly tokenId: string;
  readonly now: Date;
  /** How long the signature is good for; short, for it covers one request. */
  readonly lifetimeSeconds: number;
}

/** The two headers of ModI INTEGRITY_REST_01 / _02, to be sent with the body they were made of. */
export interface IntegrityHeaders {
  readonly digest: string;
  readonly 'agid-jwt-signature': string;
}

/** Signs a body and what it says of itself (ModI INTEGRITY_REST_01 where the signer has a certificate, and _02). */
export async function signIntegrity(request: IntegrityRequest, signer: ModiSigner): Promise<IntegrityHeaders> {
  const digest = digestHeader(request.body);
  const signed = [
    { digest },
    ...(request.contentType === null ? [] : [{ 'content-type': request.contentType }]),
    ...(request.contentEncoding === null ? [] : [{ 'content-encoding': request.contentEncoding }]),
  ];
  return { digest, 'agid-jwt-signature': await signToken({ ...claims(request), signed_headers: signed }, signer) };
}

export interface TokenRequest extends Pick<IntegrityRequest, 'audience' | 'issuer' | 'subject' | 'tokenId' | 'now'> {
  readonly lifetimeSeconds: number;
}

/** Whole seconds, as JWT counts them; `nbf` is the moment of signing. */
export function claims(request: TokenRequest): Record<string, unknown> {
  const now = Math.floor(request.now.getTime() / 1000);
  return {
    iss: request.issuer,
    ...(request.subject !== null && { sub: request.subject }),
    aud: request.audience,
    iat: now,
    nbf: now,
    exp: now + request.lifetimeSeconds,
    jti: request.tokenId,
  };
}

/** A compact JWS over these claims, `typ` JWT. */
export function signToken(payload: Readonly<Record<string, unknown>>, signer: ModiSigner): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({
      alg: signer.algorithm,
      typ: 'JWT',
      kid: kidOf(signer),
      ...(signer.certificates.length > 0 && {
        x5c: signer.certificates.map((der) => Buffer.from(der).toString('base64')),
      }),
    })
    .sign(signer.key);
}
