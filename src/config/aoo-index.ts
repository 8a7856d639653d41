/** What the environment says of the index of AOOs. config.ts reads the environment and hands the variables in. */
import { readWhole } from './whole-number.ts';

export const AOO_INDEX_VARIABLES = {
  INTERPRO_INDEX_URLS: 'addresses of the files of the national index, separated by spaces, imported every night',
  INTERPRO_INDEX_TIME: 'when, as hh:mm in Italian legal time (default: 04:30)',
  INTERPRO_INDEX_SHRINK: 'percentage of rows that may vanish at once; a file with fewer is refused (default: 10)',
  INTERPRO_PUBLIC_INDEX: 'requests a minute by which anybody may read the index from one address (unset: nobody may)',
  INTERPRO_NODE: 'name of this node: the source of what it says in the regional index (default: locale)',
  INTERPRO_INDEX_PEERS:
    'nodes whose changes to the regional index are followed: name=https://host, separated by spaces',
} as const satisfies Record<string, string>;

export type AooIndexEnv = { readonly [V in keyof typeof AOO_INDEX_VARIABLES]?: string | undefined };

export interface AooIndexConfig {
  /** Fetched in this order. */
  readonly urls: readonly string[];
  /** `hh:mm`, Italian legal time. */
  readonly time: string;
  /** The largest share of rows (0 to 1) that may vanish at once. */
  readonly shrinkLimit: number;
  /** Requests a minute from one address without a token; null: the index is not public. */
  readonly publicPerMinute: number | null;
  readonly node: string;
  readonly peers: readonly { readonly node: string; readonly url: string }[];
}

const NODE = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** What is wrong is added to `faults`. */
export function readAooIndex(env: AooIndexEnv, faults: string[]): AooIndexConfig {
  const urls = env.INTERPRO_INDEX_URLS?.split(/\s+/) ?? [];
  for (const url of urls) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      faults.push(`INTERPRO_INDEX_URLS: "${url}" is no http or https address`);
  }
  const time = env.INTERPRO_INDEX_TIME ?? '04:30';
  if (!/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(time))
    faults.push(`INTERPRO_INDEX_TIME is "${time}": use hh:mm, as in 04:30`);
  const shrink = readWhole(env, 'INTERPRO_INDEX_SHRINK', { standard: 10, least: 0, most: 100 }, faults);
  const rate = readWhole(env, 'INTERPRO_PUBLIC_INDEX', { standard: 300, least: 1, most: 1_000_000 }, faults);
  const node = env.INTERPRO_NODE ?? 'locale';
  if (!NODE.test(node)) faults.push(`INTERPRO_NODE is "${node}": use up to 32 small letters, digits and hyphens`);
  const peers = (env.INTERPRO_INDEX_PEERS?.split(/\s+/) ?? []).map((peer) => {
    const [name = '', url = ''] = [peer.slice(0, peer.indexOf('=')), peer.slice(peer.indexOf('=') + 1)];
    if (!NODE.test(name) || name === node || !/^https?:\/\//.test(url) || !URL.canParse(url))
      faults.push(`INTERPRO_INDEX_PEERS: "${peer}" is not name=https://host, or it names this node`);
    return { node: name, url };
  });
  const publicPerMinute = env.INTERPRO_PUBLIC_INDEX === undefined ? null : rate;
  return { urls, time, shrinkLimit: shrink / 100, publicPerMinute, node, peers };
}
