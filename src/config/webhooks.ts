/** What the environment says of webhooks and the node's own signature. config.ts reads it and hands the variables in. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JwsAlgorithm, ModiSigner } from '../model/modi.ts';
import { readHosts } from './hosts.ts';

export const WEBHOOK_VARIABLES = {
  INTERPRO_WEBHOOK_HOSTS:
    'names, addresses and networks, separated by spaces, that webhooks may reach although they are not public, and without TLS',
  INTERPRO_SIGNING_KEY: 'file with the key (PEM) that signs what this node sends (Agid-JWT-Signature)',
  INTERPRO_SIGNING_CERT: 'file with its certificate chain (PEM)',
  INTERPRO_SIGNING_KEY_ID: 'name under which PDND knows the key',
} as const satisfies Record<string, string>;

export type WebhookEnv = { readonly [V in keyof typeof WEBHOOK_VARIABLES]?: string | undefined };

export interface WebhookConfig {
  /** Names, addresses, networks. */
  readonly hosts: readonly string[];
  /** Null: the node has no key of its own. */
  readonly signer: ModiSigner | null;
}

/** What holds where nothing is configured. */
export const DEFAULT_WEBHOOKS: WebhookConfig = { hosts: [], signer: null };

/** What is wrong is added to `faults`. */
export function readWebhooks(env: WebhookEnv, faults: string[]): WebhookConfig {
  const hosts = readHosts('INTERPRO_WEBHOOK_HOSTS', env.INTERPRO_WEBHOOK_HOSTS, faults);
  return { hosts, signer: readSigner(env, faults) };
}

function readSigner(env: WebhookEnv, faults: string[]): ModiSigner | null {
  const { INTERPRO_SIGNING_KEY: keyFile, INTERPRO_SIGNING_CERT: certFile, INTERPRO_SIGNING_KEY_ID: keyId } = env;
  if (keyFile === undefined) {
    if (certFile !== undefined || keyId !== undefined)
      faults.push('INTERPRO_SIGNING_KEY is missing: its certificate or its name is given');
    return null;
  }
  if (certFile === undefined && keyId === undefined) {
    faults.push(
      'INTERPRO_SIGNING_CERT or INTERPRO_SIGNING_KEY_ID is missing: receivers could not tell whose key it is',
    );
  }
  const key = attempt(faults, 'INTERPRO_SIGNING_KEY', keyFile, (bytes) => createPrivateKey(bytes));
  const algorithm = key === null ? null : algorithmOf(key);
  if (key !== null && algorithm === null)
    faults.push(
      `INTERPRO_SIGNING_KEY: keys of this kind are not supported: use RSA of 2048 bits or more, P-256 or Ed25519`,
    );
  const certificates =
    certFile === undefined ? [] : (attempt(faults, 'INTERPRO_SIGNING_CERT', certFile, chainOf) ?? []);
  if (key === null || algorithm === null) return null;
  const [own] = certificates;
  if (own !== undefined && !own.checkPrivateKey(key))
    faults.push('INTERPRO_SIGNING_CERT: its first certificate does not belong to INTERPRO_SIGNING_KEY');
  return { key, algorithm, keyId: keyId ?? null, certificates: certificates.map(({ raw }) => raw) };
}

function attempt<T>(faults: string[], name: string, file: string, read: (bytes: Buffer) => T): T | null {
  try {
    return read(readFileSync(resolve(file)));
  } catch (error) {
    faults.push(`${name}: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function chainOf(bytes: Buffer): readonly X509Certificate[] {
  const blocks = bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (blocks === null) throw new Error('it holds no certificate');
  return blocks.map((block) => new X509Certificate(block));
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): JwsAlgorithm | null {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048 ? 'RS256' : null;
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (asymmetricKeyType !== 'ec') return null;
  const curves: { readonly [curve: string]: JwsAlgorithm } = {
    prime256v1: 'ES256',
    secp384r1: 'ES384',
    secp521r1: 'ES512',
  };
  return curves[asymmetricKeyDetails?.namedCurve ?? ''] ?? null;
}
