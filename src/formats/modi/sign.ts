import { CompactSign } from 'jose';
import type { ModiSigner } from '../../model/modi.ts';
import { digestHeader } from './digest.ts';
import { kidOf } from './public-keys.ts';

export interface IntegrityRequest {
  /** The bytes as they go on the wire. */
  readonly body: Uint8Array;
  /** Header values exactly as they are sent; null where the request has no such header. */
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** Who receives it: what the other side expects as `aud`. */
  readonly audience: string;
  /** Who sends it. */
  readonly issuer: string;
  readonly subject: string | null;
  /** Unique per request, so that a replay is noticed. */
  readonly tokenId: string;
  readonly now: Date;
  /** How long the signature is valid; short, because it covers one request. */
  readonly lifetimeSeconds: number;
}

/** The two headers of ModI INTEGRITY_REST_01 and _02, sent with the body they cover. */
export interface IntegrityHeaders {
  readonly digest: string;
  readonly 'agid-jwt-signature': string;
}

/** Signs a body and its content headers (ModI INTEGRITY_REST_01 where the signer has a certificate, else _02). */
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

/** Times in whole seconds, as JWT wants them; `nbf` is the moment of signing. */
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

/** A compact JWS over these claims, with `typ` JWT. */
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
