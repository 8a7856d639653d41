import type { JSONWebKeySet } from 'jose';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Registrar } from '../register/unit-of-work.ts';
import { clientCertificate, readX509 } from './client-certificate.ts';
import {
  type Credential,
  type CredentialKind,
  REQUIREMENTS,
  type Requirement,
  type TokenIdentity,
} from './credential.ts';
import { EXTERNAL_SCOPES, SCOPES, type Scope } from './scopes.ts';

/** The office a credential belongs to. */
export interface CredentialOwner extends Registrar {
  /** An office of another node, which has no register here. */
  readonly external?: true;
}

export interface NewCredential {
  readonly kind: CredentialKind;
  readonly name: string;
  readonly scopes: readonly string[];
  /** `integrity`, `audit`. */
  readonly requires?: readonly string[];
  /** Null or absent: a year for a key, the end of its validity for a certificate, never for a token. */
  readonly expires?: Date | null;
  /** For `jwt`: which tokens. */
  readonly token?: TokenIdentity;
  /** PEM or DER. For `certificate`: the certificate itself; otherwise the one the key or token is bound to. */
  readonly certificate?: string | Uint8Array;
  /** Public keys that verify what `requires` demands. */
  readonly signingKeys?: JSONWebKeySet;
  /** A client of this office that gets an additional credential. */
  readonly client?: string;
}

const MAX_SIGNING_KEYS = 20;
/** A key that nobody looks after for years should expire by itself. */
export const MAX_KEY_DAYS = 1_100;
const NAME = /^[^\p{Cc}]{1,200}$/u;
const CLAIM = /^[^\p{Cc}]{1,250}$/u;

interface Checked extends Pick<Credential, 'scopes' | 'requires' | 'thumbprint'> {
  /** When the certificate that is the credential expires; null for other kinds. */
  readonly certificateEnds: Date | null;
}

const no = (at: string, detail: string): Result<never> => refuse(problem('credential-invalid', at, detail));

export function checkNewCredential(office: CredentialOwner | null, request: NewCredential, now: Date): Result<Checked> {
  if (!NAME.test(request.name)) return no('name', 'il nome va da 1 a 200 caratteri');
  const scopes = [...new Set(request.scopes)].filter((scope): scope is Scope => SCOPES.some((one) => one === scope));
  const strange = request.scopes.find((scope) => !SCOPES.some((one) => one === scope));
  if (strange !== undefined) return no('scopes', `ambito «${strange}» sconosciuto`);
  if (scopes.length === 0) return no('scopes', 'serve almeno un ambito');
  if (office !== null && scopes.includes('node:admin')) return no('scopes', 'node:admin è solo per il nodo');
  const beyond = scopes.find((scope) => !EXTERNAL_SCOPES.has(scope));
  if (office?.external && beyond !== undefined) return no('scopes', `${beyond} è solo per gli uffici di questo nodo`);
  const asked = request.requires ?? [];
  const requires = REQUIREMENTS.filter((one) => asked.includes(one)) as readonly Requirement[];
  if (requires.length !== new Set(asked).size) return no('requires', 'sono previsti solo integrity e audit');
  if (requires.length > 0 && request.signingKeys === undefined)
    return no('signingKeys', 'servono le chiavi pubbliche del client');
  if (request.signingKeys !== undefined && !arePublicKeys(request.signingKeys))
    return no('signingKeys', `servono da 1 a ${MAX_SIGNING_KEYS} chiavi pubbliche RSA, EC o Ed25519`);
  const { expires = null } = request;
  if (expires !== null && !(expires > now)) return no('expires', 'la scadenza è passata');
  if (expires !== null && request.kind === 'api-key' && expires.getTime() - now.getTime() > MAX_KEY_DAYS * 86_400_000)
    return no('expires', `la scadenza è al massimo fra ${MAX_KEY_DAYS} giorni`);
  if ((request.kind === 'jwt') !== (request.token !== undefined))
    return no('token', 'emittente e client si indicano per i token, e solo per quelli');
  if (request.token !== undefined) {
    const { issuer, subject, purposeId } = request.token;
    if (![issuer, subject, purposeId ?? 'x'].every((text) => CLAIM.test(text)))
      return no('token', 'emittente, client o finalità hanno un valore non ammesso');
  }
  const read = request.certificate === undefined ? null : readX509(request.certificate);
  if (read === null && (request.certificate !== undefined || request.kind === 'certificate'))
    return no('certificate', 'il certificato manca o non è leggibile');
  const certificate = read === null ? null : clientCertificate(read);
  if (certificate !== null && certificate.notAfter <= now) return no('certificate', 'il certificato è scaduto');
  return ok({
    scopes,
    requires,
    thumbprint: certificate?.thumbprint ?? null,
    certificateEnds: request.kind === 'certificate' ? (certificate?.notAfter ?? null) : null,
  });
}

const PRIVATE = ['d', 'p', 'q', 'k', 'priv'];

function arePublicKeys({ keys }: JSONWebKeySet): boolean {
  return (
    Array.isArray(keys) &&
    keys.length > 0 &&
    keys.length <= MAX_SIGNING_KEYS &&
    keys.every((key) => ['RSA', 'EC', 'OKP'].includes(String(key.kty)) && !PRIVATE.some((name) => name in key))
  );
}
