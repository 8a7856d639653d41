import type { JSONWebKeySet } from 'jose';
import { problem } from '../../kernel/problems.ts';
import { ok, type Result, refuse } from '../../kernel/result.ts';
import type { Registrar } from '../register/unit-of-work.ts';
import { clientCertificate, readCertificate } from './certificate.ts';
import { EXTERNAL_SCOPES, SCOPES, type Scope } from './client.ts';
import {
  type Credential,
  type CredentialKind,
  REQUIREMENTS,
  type Requirement,
  type TokenIdentity,
} from './credential.ts';

/** Whose a credential is. */
export interface Owner extends Registrar {
  /** Not an office of this node: it may look and ask, and has nothing here. */
  readonly external?: true;
}

export interface CredentialWish {
  readonly kind: CredentialKind;
  readonly name: string;
  readonly scopes: readonly string[];
  /** `integrity`, `audit`. */
  readonly requires?: readonly string[];
  /** Null or left out: a year for a key, the certificate's own end for a certificate, never for a token. */
  readonly expires?: Date | null;
  /** Of a token: which ones. */
  readonly token?: TokenIdentity;
  /** PEM or DER. Of a certificate: itself; of a key or a token: the one it is bound to. */
  readonly certificate?: string | Uint8Array;
  /** Public keys for what `requires` asks. */
  readonly signingKeys?: JSONWebKeySet;
  /** A client that has credentials in this office already, to be given one more way in. */
  readonly client?: string;
}

const MOST_KEYS = 20;
/** Longest life of a key: what nobody looks at for years should end by itself. */
export const MOST_DAYS = 1_100;
const NAME = /^[^\p{Cc}]{1,200}$/u;
const CLAIM = /^[^\p{Cc}]{1,250}$/u;

interface Checked extends Pick<Credential, 'scopes' | 'requires' | 'thumbprint'> {
  /** When the certificate itself ends; null where it is not what the credential is known by. */
  readonly ends: Date | null;
}

const no = (at: string, detail: string): Result<never> => refuse(problem('credential-invalid', at, detail));

/** What may not be asked for is refused with the field and the reason. */
export function checkWish(office: Owner | null, wish: CredentialWish, now: Date): Result<Checked> {
  if (!NAME.test(wish.name)) return no('name', 'il nome va da 1 a 200 caratteri');
  const scopes = [...new Set(wish.scopes)].filter((scope): scope is Scope => SCOPES.some((one) => one === scope));
  const strange = wish.scopes.find((scope) => !SCOPES.some((one) => one === scope));
  if (strange !== undefined) return no('scopes', `ambito «${strange}» sconosciuto`);
  if (scopes.length === 0) return no('scopes', 'serve almeno un ambito');
  if (office !== null && scopes.includes('node:admin')) return no('scopes', 'node:admin è solo per il nodo');
  const beyond = scopes.find((scope) => !EXTERNAL_SCOPES.has(scope));
  if (office?.external && beyond !== undefined) return no('scopes', `${beyond} è solo per gli uffici di questo nodo`);
  const asked = wish.requires ?? [];
  const requires = REQUIREMENTS.filter((one) => asked.includes(one)) as readonly Requirement[];
  if (requires.length !== new Set(asked).size) return no('requires', 'sono previsti integrity e audit');
  if (requires.length > 0 && wish.signingKeys === undefined) return no('signingKeys', 'servono le chiavi pubbliche');
  if (wish.signingKeys !== undefined && !arePublicKeys(wish.signingKeys))
    return no('signingKeys', `da 1 a ${MOST_KEYS} chiavi pubbliche RSA, EC o Ed25519`);
  const { expires = null } = wish;
  if (expires !== null && !(expires > now)) return no('expires', 'la scadenza è passata');
  if (expires !== null && wish.kind === 'api-key' && expires.getTime() - now.getTime() > MOST_DAYS * 86_400_000)
    return no('expires', `al massimo ${MOST_DAYS} giorni`);
  if ((wish.kind === 'jwt') !== (wish.token !== undefined)) return no('token', 'emittente e client sono per i token');
  if (wish.token !== undefined) {
    const { issuer, subject, purposeId } = wish.token;
    if (![issuer, subject, purposeId ?? 'x'].every((text) => CLAIM.test(text)))
      return no('token', 'valore non ammesso');
  }
  const read = wish.certificate === undefined ? null : readCertificate(wish.certificate);
  if (read === null && (wish.certificate !== undefined || wish.kind === 'certificate'))
    return no('certificate', 'il certificato manca o non è leggibile');
  const certificate = read === null ? null : clientCertificate(read);
  if (certificate !== null && certificate.notAfter <= now) return no('certificate', 'il certificato è scaduto');
  return ok({
    scopes,
    requires,
    thumbprint: certificate?.thumbprint ?? null,
    ends: wish.kind === 'certificate' ? (certificate?.notAfter ?? null) : null,
  });
}

const PRIVATE = ['d', 'p', 'q', 'k', 'priv'];

function arePublicKeys({ keys }: JSONWebKeySet): boolean {
  return (
    Array.isArray(keys) &&
    keys.length > 0 &&
    keys.length <= MOST_KEYS &&
    keys.every((key) => ['RSA', 'EC', 'OKP'].includes(String(key.kty)) && !PRIVATE.some((name) => name in key))
  );
}
