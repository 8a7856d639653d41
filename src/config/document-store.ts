/** What the environment says of a bucket for the documents. config.ts reads it and hands the variables in. */
import { readWhole } from './whole-number.ts';

export const DOCUMENT_STORE_VARIABLES = {
  INTERPRO_S3_BUCKET: 'bucket for the documents; without it they lie in INTERPRO_DATA',
  INTERPRO_S3_ENDPOINT: 'address of the S3 server, https://; left out: the public one of the region',
  INTERPRO_S3_REGION: 'region of the bucket (default: eu-south-1)',
  INTERPRO_S3_PREFIX: 'what the names of the objects begin with (default: documents/)',
  INTERPRO_S3_SECONDS: 'so long the server may say nothing (default: 30)',
} as const satisfies Record<string, string>;

export type DocumentStoreEnv = { readonly [V in keyof typeof DOCUMENT_STORE_VARIABLES]?: string | undefined };

/** Its account is found by the client: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a file, or the machine's own service. */
export interface BucketConfig {
  readonly bucket: string;
  readonly endpoint: string | null;
  readonly region: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  readonly silenceMs: number;
}

/** Null: documents lie in the data folder. What is wrong is added to `faults`. */
export function readDocumentStore(env: DocumentStoreEnv, faults: string[]): BucketConfig | null {
  const { INTERPRO_S3_BUCKET: bucket, INTERPRO_S3_ENDPOINT: endpoint = null } = env;
  const seconds = readWhole(env, 'INTERPRO_S3_SECONDS', { standard: 30, least: 1, most: 600 }, faults);
  if (bucket === undefined) {
    const others = (Object.keys(DOCUMENT_STORE_VARIABLES) as (keyof DocumentStoreEnv)[]).filter((name) => env[name]);
    if (others.length > 0)
      faults.push(`INTERPRO_S3_BUCKET is missing: name the bucket, or leave out ${others.join(' and ')}`);
    return null;
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    faults.push(`INTERPRO_S3_BUCKET is "${bucket}": use 3 to 63 of a-z, 0-9, dots and dashes`);
  if (endpoint !== null && !isAddress(endpoint))
    faults.push(
      'INTERPRO_S3_ENDPOINT is not an address: use https:// and a name, without user or path; http:// only on this machine',
    );
  const prefix = (env.INTERPRO_S3_PREFIX ?? 'documents/').replace(/^\/+|\/*$/g, '');
  return {
    bucket,
    endpoint,
    region: env.INTERPRO_S3_REGION ?? 'eu-south-1',
    prefix: prefix === '' ? '' : `${prefix}/`,
    silenceMs: seconds * 1000,
  };
}

/** Documents and the account's signatures never cross a network in clear. */
function isAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || !/^\/?$/.test(url.pathname)) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname));
}
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
