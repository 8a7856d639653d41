/** What the environment says of callers, TLS and secrets. config.ts reads the environment and hands the variables in. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import { JWS_ALGORITHMS, type JwsAlgorithm } from '../model/modi.ts';
import type { Issuer } from '../service/access/issuer-keys.ts';

export const ACCESS_VARIABLES = {
  INTERPRO_API_PER_MINUTE: 'requests a minute of one client of the API (default: 6000)',
  INTERPRO_API_AUDIENCE: 'what tokens and signatures of clients name as their audience, separated by spaces',
  INTERPRO_ISSUERS: 'JSON file that describes whose tokens are accepted (PDND, others)',
  INTERPRO_TLS_CERT: 'file with the certificate chain (PEM), where the API itself serves TLS',
  INTERPRO_TLS_KEY: 'file with its key (PEM)',
  INTERPRO_TLS_CLIENT_CA: 'file with the authorities (PEM) whose client certificates are accepted',
  INTERPRO_PROXIES: 'addresses or networks of the proxies before the API, separated by spaces; only these are trusted',
  INTERPRO_CERTIFICATE_HEADER: 'header in which these proxies pass the client certificate on',
  INTERPRO_SECRET_KEY:
    'key that seals secrets at rest: 32 bytes in base64; several, separated by spaces: the first seals',
  INTERPRO_SECRET_KEY_FILE: 'file with that key',
} as const satisfies Record<string, string>;

export type AccessEnv = { readonly [V in keyof typeof ACCESS_VARIABLES]?: string | undefined };

export interface AccessConfig {
  readonly perMinute: number;
  readonly audiences: readonly string[];
  readonly issuers: readonly Issuer[];
  /** PEM. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string | null } | null;
  readonly proxies: { readonly addresses: readonly string[]; readonly certificateHeader: string | null };
  /** 32 bytes each; empty: nothing can be sealed. */
  readonly secretKeys: readonly Uint8Array[];
}

const PER_MINUTE = 6_000;
const MOST_PER_MINUTE = 10_000_000;

/** What holds where nothing is configured. */
export const DEFAULT_ACCESS: AccessConfig = {
  perMinute: PER_MINUTE,
  audiences: [],
  issuers: [],
  tls: null,
  proxies: { addresses: [], certificateHeader: null },
  secretKeys: [],
};

/** What is wrong is added to `faults`. */
export function readAccess(env: AccessEnv, faults: string[], trustFolder: string | null = null): AccessConfig {
  const rate = env.INTERPRO_API_PER_MINUTE ?? String(PER_MINUTE);
  const perMinute = Number(rate);
  if (!/^[0-9]{1,8}$/.test(rate) || perMinute < 1 || perMinute > MOST_PER_MINUTE)
    faults.push(`INTERPRO_API_PER_MINUTE is "${rate}": use a whole number from 1 to ${MOST_PER_MINUTE}`);
  const audiences = words(env.INTERPRO_API_AUDIENCE);
  const { INTERPRO_ISSUERS: file } = env;
  return {
    perMinute,
    audiences,
    issuers: file === undefined ? [] : readIssuers(resolve(file), audiences, faults),
    tls: readTls(env, faults, trustFolder),
    proxies: readProxies(env, faults),
    secretKeys: readKeys(env, faults),
  };
}

const words = (text: string | undefined): readonly string[] => text?.split(/\s+/).filter((word) => word !== '') ?? [];

function content(name: string, file: string, faults: string[]): string | null {
  try {
    return readFileSync(resolve(file), 'utf8');
  } catch (error) {
    faults.push(`${name}: ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

function readTls(env: AccessEnv, faults: string[], trustFolder: string | null): AccessConfig['tls'] {
  const { INTERPRO_TLS_CERT: certFile, INTERPRO_TLS_KEY: keyFile, INTERPRO_TLS_CLIENT_CA: caFile } = env;
  if (certFile === undefined && keyFile === undefined) {
    if (caFile !== undefined)
      faults.push(
        'INTERPRO_TLS_CLIENT_CA needs INTERPRO_TLS_CERT and INTERPRO_TLS_KEY: without TLS no client shows a certificate',
      );
    return null;
  }
  if (certFile === undefined || keyFile === undefined) {
    faults.push('INTERPRO_TLS_CERT and INTERPRO_TLS_KEY go together: one of them is missing');
    return null;
  }
  const cert = content('INTERPRO_TLS_CERT', certFile, faults);
  const key = content('INTERPRO_TLS_KEY', keyFile, faults);
  const ca =
    caFile === undefined ? trustedClients(trustFolder, faults) : content('INTERPRO_TLS_CLIENT_CA', caFile, faults);
  const certificate = parsed('INTERPRO_TLS_CERT', 'certificate', cert, (pem) => new X509Certificate(pem), faults);
  const privateKey = parsed('INTERPRO_TLS_KEY', 'private key', key, (pem) => createPrivateKey(pem), faults);
  parsed('INTERPRO_TLS_CLIENT_CA', 'certificate', ca, (pem) => new X509Certificate(pem), faults);
  if (certificate !== null && privateKey !== null && !certificate.checkPrivateKey(privateKey))
    faults.push('INTERPRO_TLS_KEY is not the key of INTERPRO_TLS_CERT');
  return cert === null || key === null ? null : { cert, key, ca };
}

/** The certificates in `clients` of the folder of trust; neither providers nor seals are clients' authorities. */
function trustedClients(trustFolder: string | null, faults: string[]): string | null {
  const folder = trustFolder === null ? null : join(trustFolder, 'clients');
  if (folder === null || !existsSync(folder)) return null;
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(pem|crt|cer|der)$/i.test(entry.name))
    .map(({ name }) => name);
  const found = names.flatMap((name) => {
    try {
      return certificatesIn(readFileSync(join(folder, name)));
    } catch {
      faults.push(`INTERPRO_TRUST: clients/${name} is no certificate in PEM or DER`);
      return [];
    }
  });
  return found.length === 0 ? null : found.join('');
}

/** As PEM, whatever they are in; every one of them is read, since TLS takes what it can of a bundle and says nothing. */
function certificatesIn(bytes: Buffer): readonly string[] {
  const blocks = bytes.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  return (blocks ?? [bytes]).map((one) => new X509Certificate(one).toString());
}

function parsed<T>(
  name: string,
  what: string,
  pem: string | null,
  read: (pem: string) => T,
  faults: string[],
): T | null {
  if (pem === null) return null;
  try {
    return read(pem);
  } catch {
    faults.push(`${name}: the file holds no ${what} in PEM`);
    return null;
  }
}

function readProxies(env: AccessEnv, faults: string[]): AccessConfig['proxies'] {
  const addresses = words(env.INTERPRO_PROXIES);
  for (const address of addresses) {
    const [host = '', bits, more] = address.split('/');
    const family = isIP(host);
    const most = family === 4 ? 32 : 128;
    const whole = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= most);
    if (family === 0 || !whole || more !== undefined)
      faults.push(`INTERPRO_PROXIES: "${address}" is neither an address nor a network (10.0.0.0/8)`);
  }
  const header = env.INTERPRO_CERTIFICATE_HEADER?.toLowerCase() ?? null;
  if (header !== null && !/^[a-z0-9-]{1,64}$/.test(header))
    faults.push(`INTERPRO_CERTIFICATE_HEADER is "${header}": use the name of a header`);
  if (header !== null && addresses.length === 0)
    faults.push('INTERPRO_PROXIES is missing: INTERPRO_CERTIFICATE_HEADER is trusted only from named proxies');
  return { addresses, certificateHeader: header };
}

function readKeys(env: AccessEnv, faults: string[]): readonly Uint8Array[] {
  const { INTERPRO_SECRET_KEY: inline, INTERPRO_SECRET_KEY_FILE: file } = env;
  if (inline !== undefined && file !== undefined)
    faults.push('INTERPRO_SECRET_KEY and INTERPRO_SECRET_KEY_FILE are both set: use one of them');
  const text = inline ?? (file === undefined ? undefined : content('INTERPRO_SECRET_KEY_FILE', file, faults));
  const name = inline === undefined ? 'INTERPRO_SECRET_KEY_FILE' : 'INTERPRO_SECRET_KEY';
  if (text === undefined || text === null) return [];
  const keys = words(text);
  // This message goes to a log: it must not repeat the key.
  const wrong = keys.findIndex((key) => !/^[A-Za-z0-9+/]{43}=$/.test(key));
  if (keys.length === 0 || wrong >= 0)
    faults.push(`${name}: key ${wrong + 1 || 1} is not 32 bytes in base64; make one with: openssl rand -base64 32`);
  return keys.map((key) => Buffer.from(key, 'base64'));
}

interface IssuerFile {
  readonly issuer: string;
  readonly jwks: string;
  readonly audience?: readonly string[];
  readonly types?: readonly string[];
  readonly algorithms?: readonly JwsAlgorithm[];
  readonly skewSeconds?: number;
  readonly reuse?: boolean;
}

const issuersSchema = new URL('../../schemas/issuers.schema.json', import.meta.url);
/** Over plain HTTP anybody on the way could replace the keys. */
const SAFE_URL = /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$))/;

function readIssuers(file: string, audiences: readonly string[], faults: string[]): readonly Issuer[] {
  const text = content('INTERPRO_ISSUERS', file, faults);
  if (text === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    faults.push(`INTERPRO_ISSUERS: ${file} is not JSON`);
    return [];
  }
  const validate = new Ajv({ allErrors: true }).compile<{ issuers: IssuerFile[] }>(
    JSON.parse(readFileSync(issuersSchema, 'utf8')),
  );
  if (!validate(value)) {
    for (const { instancePath, message } of validate.errors ?? [])
      faults.push(`${file}${instancePath || '/'}: ${message}`);
    return [];
  }
  const { issuers } = value;
  return issuers.map((one, index) => {
    const at = `${file}/issuers/${index}`;
    if (issuers.findIndex(({ issuer }) => issuer === one.issuer) !== index)
      faults.push(`${at}: the issuer ${one.issuer} is there twice`);
    if ((one.audience ?? audiences).length === 0)
      faults.push(`${at}/audience is missing, and INTERPRO_API_AUDIENCE is not set either`);
    const isUrl = /^[a-z]+:\/\//i.test(one.jwks);
    if (isUrl && !(SAFE_URL.test(one.jwks) && URL.canParse(one.jwks)))
      faults.push(`${at}/jwks: "${one.jwks}" is not an https address`);
    return {
      issuer: one.issuer,
      keys: isUrl ? { url: one.jwks } : { file: resolve(dirname(file), one.jwks) },
      audiences: one.audience ?? audiences,
      types: (one.types ?? ['at+jwt', 'JWT']).map((typ) => typ.toLowerCase()),
      algorithms: one.algorithms ?? JWS_ALGORITHMS,
      skewSeconds: one.skewSeconds ?? 30,
      reuse: one.reuse ?? false,
    };
  });
}
