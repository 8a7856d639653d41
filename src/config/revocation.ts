/** What the environment says of lists of revoked certificates. config.ts reads it and hands the variables in. */
import { readHosts } from './hosts.ts';

export const REVOCATION_VARIABLES = {
  INTERPRO_REVOCATION: 'on, or off where there is no way out: lists of revoked certificates are fetched (default: on)',
  INTERPRO_REVOCATION_HOSTS:
    'names, addresses and networks, separated by spaces, that lists may be fetched from although they are not public',
} as const satisfies Record<string, string>;

export type RevocationEnv = { readonly [V in keyof typeof REVOCATION_VARIABLES]?: string | undefined };

export interface RevocationConfig {
  readonly isOn: boolean;
  /** Names, addresses, networks. */
  readonly hosts: readonly string[];
}

/** What is wrong is added to `faults`. */
export function readRevocation(env: RevocationEnv, faults: string[]): RevocationConfig {
  const { INTERPRO_REVOCATION: wish = 'on' } = env;
  if (wish !== 'on' && wish !== 'off') faults.push(`INTERPRO_REVOCATION is "${wish}": use on or off`);
  const hosts = readHosts('INTERPRO_REVOCATION_HOSTS', env.INTERPRO_REVOCATION_HOSTS, faults);
  return { isOn: wish !== 'off', hosts };
}
