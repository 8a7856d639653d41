/** What only a restart can change. The environment of a process stays; these are files that it names. */
import type { ModiSigner } from '../model/modi.ts';
import { DEFAULT_ACCESS } from './access.ts';
import type { Config } from './config.ts';

/** By variable: the part of the configuration that stays as it was at the start. */
const FIXED: Readonly<Record<string, (config: Config) => unknown>> = {
  INTERPRO_ACCOUNTS: ({ accounts }) => accounts ?? null,
  INTERPRO_ISSUERS: ({ access = DEFAULT_ACCESS }) => access.issuers,
  INTERPRO_SECRET_KEY_FILE: ({ access = DEFAULT_ACCESS }) =>
    access.secretKeys.map((key) => Buffer.from(key).toString('base64')),
  INTERPRO_SIGNING_KEY: ({ webhooks }) => signerOf(webhooks?.signer ?? null),
  // A server that began without TLS, or without asking for client certificates, cannot begin to.
  INTERPRO_TLS_CERT: ({ access = DEFAULT_ACCESS }) => access.tls === null,
  INTERPRO_TLS_CLIENT_CA: ({ access = DEFAULT_ACCESS }) => (access.tls?.ca ?? null) === null,
};

const signerOf = (signer: ModiSigner | null): unknown =>
  signer === null ? null : { key: signer.key.export({ format: 'jwk' }), certificates: signer.certificates };

/** The variables whose files differ in a way that a reload does not change. */
export const needsRestart = (before: Config, after: Config): readonly string[] =>
  Object.entries(FIXED).flatMap(([name, part]) =>
    JSON.stringify(part(before)) === JSON.stringify(part(after)) ? [] : [name],
  );

/** Two environments, without their secrets: what stands in one and not, or otherwise, in the other. */
export function differentSettings(
  here: Readonly<Record<string, string>>,
  running: Readonly<Record<string, string>>,
): readonly string[] {
  const names = [...new Set([...Object.keys(here), ...Object.keys(running)])].sort();
  return names.flatMap((name) =>
    here[name] === running[name]
      ? []
      : [`${name} is ${here[name] ?? 'not set'} here and ${running[name] ?? 'not set'} in the running service`],
  );
}
